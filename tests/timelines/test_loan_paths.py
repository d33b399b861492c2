"""Variants, rework and self-distances of 13,087 real loan applications against pm4py."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.rework import REWORK, Rework
from touchpath.timelines.variants import Variants

FILE = Path(__file__).parents[3] / "shared" / "data" / "bpi2012-loan-applications" / "events.csv.gz"
FAR = 10**18

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the example data sets are not beside this checkout (../shared/data)"),
]


def read_log():
    """{case: [(microseconds, activity, fields)]} in order of time, and of the file where times are equal."""
    found = {}
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for place, row in enumerate(csv.DictReader(lines)):
            time = round(datetime.fromisoformat(row["timestamp"]).timestamp() * 1_000_000)
            found.setdefault(int(row["case_id"]), []).append((time, row["activity"], {"key": place}))
    return {case: sorted(signals, key=lambda one: (one[0], one[2]["key"])) for case, signals in found.items()}


def test_loan_applications_agree_with_pm4py(small_timelines):
    log = read_log()
    timelines, script = small_timelines(log), Path(__file__).with_name("pm4py_paths.py")
    asked = json.dumps([[[activity for _, activity, _ in log[case]] for case in sorted(log)]])
    done = subprocess.run([sys.executable, script], input=asked, capture_output=True, text=True, check=True)
    (theirs,) = json.loads(done.stdout)
    names = timelines.words["kind"]
    variants = Variants(longest=1_000).map(timelines, one_cell(), NO_BYTES, FAR).summary
    assert (variants.cases.cell(0).x, variants.variants.count) == (13_087, 4_366)
    counts = variants.variants.sums[:, 1].tolist()
    mine = {"".join(names[n] for n in trail): counts[row] for row, (_, trail) in enumerate(variants.variants.trails())}
    assert mine == theirs["variants"]
    rework = Rework().map(timelines, one_cell(), NO_BYTES, FAR).summary
    again = {names[node]: rework.share(row, REWORK).y for node, row in rework.nodes_of(0).items()}
    assert {name: count for name, count in again.items() if count} == theirs["rework"]
    nearest = {
        names[node]: next((between for between, count in enumerate(rework.returns(row)) if count), None)
        for node, row in rework.nodes_of(0).items()
    }
    assert {name: between for name, between in nearest.items() if between is not None} == theirs["distances"]
