"""Funnels against ClickHouse's windowFunnel: its modes as they are, and the plain funnel where both mean the same."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Timelines, one_cell
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.kernels import fixed
from touchpath.timelines.ways import Ways

pytest.importorskip("chdb", reason="chdb (dependency group dev) is not installed")
SHARED = Path(__file__).parents[3] / "shared" / "data"
MODES = ("strict_deduplication", "strict_order", "strict_increase")
COMBINED = [[mode for mode, on in zip(MODES, flags, strict=True) if on] for flags in product([False, True], repeat=3)]
REENTRY = [[*modes, "allow_reentry"] for modes in COMBINED if "strict_order" in modes]
FAR = 2**60


def timelines_of(person, time, kind, kinds):
    """Timelines of columns of numbers; kind k is called str(k)."""
    order = np.lexsort((np.arange(person.size), time, person))
    owners, counts = np.unique(person, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(counts)))
    words = {"kind": ("", *map(str, range(1, kinds + 1)))}
    columns = (owners.astype(np.int64), starts.astype(np.int64), time[order].astype(np.int64))
    return Timelines(*map(fixed, columns), fixed(kind[order].astype(np.int32)), {}, words)


def theirs(folder, person, time, kind, questions):
    file = folder / "signals.parquet"
    columns = {"person": person.astype(np.uint32), "time": time.astype(np.uint64), "kind": kind.astype(np.uint16)}
    pq.write_table(pa.table(columns), file)
    script = Path(__file__).with_name("windowfunnel.py")
    asked = json.dumps({"file": str(file), "questions": questions})
    done = subprocess.run([sys.executable, script], input=asked, capture_output=True, text=True, check=True)
    return [{int(person): level for person, level in levels.items()} for levels in json.loads(done.stdout)]


def ours(timelines, question, ways):
    """Level of each owner by a fold, 1 = entered."""
    steps = tuple(EventRule(tuple(map(str, step))) for step in question["steps"])
    asked = Funnel(steps, timedelta(microseconds=question["window"]), ways=ways)
    outcomes = asked.map(timelines, one_cell(), NO_BYTES, FAR).outcomes
    return {int(owner): int(level) + 1 for owner, level in zip(timelines.owners, outcomes, strict=True) if level >= 0}


def random_signals(seed, people, instants, kinds=5):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(1, people + 1), rng.integers(0, 13, people))
    return person, rng.integers(0, instants, person.size), rng.integers(1, kinds + 1, person.size)


def drawn_questions(seed, modes, size=3):
    """Questions whose steps may share kinds and repeat."""
    rng = np.random.default_rng(seed)
    for mode in modes:
        for _ in range(size):
            steps = [sorted({int(kind) for kind in rng.integers(1, 5, rng.integers(1, 3))}) for _ in range(rng.integers(1, 6))]
            yield {"window": int(rng.integers(1, 30)), "modes": list(mode), "steps": steps}


@pytest.mark.parametrize("instants", [8, 40, 100_000])
def test_every_mode_of_windowfunnel_is_answered_as_it_answers(tmp_path, instants):
    """Few instants: many equal times. Many instants: none, so the windows are wide."""
    person, time, kind = random_signals(11, 1_500, instants)
    questions = list(drawn_questions(instants, [*COMBINED, *REENTRY]))
    for question in questions:
        question["window"] *= max(instants // 40, 1)
    timelines = timelines_of(person, time, kind, 5)
    for question, levels in zip(questions, theirs(tmp_path, person, time, kind, questions), strict=True):
        assert ours(timelines, question, Ways(levels=tuple(question["modes"]), count_open=True)) == levels, question


def test_a_signal_that_meets_one_step_only_is_the_plain_funnel(tmp_path):
    """strict_once is what our funnel is without any mode, with strict_increase it is rising times."""
    person, time, kind = random_signals(12, 1_500, 10)
    questions = list(drawn_questions(5, [["strict_once"], ["strict_once", "strict_increase"]], 12))
    timelines = timelines_of(person, time, kind, 5)
    for question, levels in zip(questions, theirs(tmp_path, person, time, kind, questions), strict=True):
        ways = Ways(count_open=True, ties="rise") if "strict_increase" in question["modes"] else Ways()
        assert ours(timelines, question, ways) == levels, question


def test_where_each_signal_meets_one_step_windowfunnel_is_the_plain_funnel(tmp_path):
    person, time, kind = random_signals(13, 3_000, 12)
    questions = [
        {"window": w, "modes": [], "steps": [[k] for k in steps]}
        for w in (1, 4, 9)
        for steps in ((1, 2), (1, 2, 3), (4, 2, 3, 1))
    ]
    timelines = timelines_of(person, time, kind, 5)
    for question, levels in zip(questions, theirs(tmp_path, person, time, kind, questions), strict=True):
        assert ours(timelines, question, Ways()) == levels == ours(timelines, question, Ways(count_open=True)), question


def test_strict_increase_loses_a_chain_that_rises(tmp_path):
    """a at 0, a at 1, b at 1: windowFunnel forgets the first a; strictly rising times find both steps."""
    person, time, kind = np.array([1, 1, 1]), np.array([0, 1, 1]), np.array([1, 1, 2])
    question = {"window": 5, "modes": ["strict_increase"], "steps": [[1], [2]]}
    timelines = timelines_of(person, time, kind, 2)
    assert theirs(tmp_path, person, time, kind, [question]) == [{1: 1}]
    assert ours(timelines, question, Ways(levels=("strict_increase",), count_open=True)) == {1: 1}
    assert ours(timelines, question, Ways(ties="rise")) == {1: 2}


# Real data

needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)"
)


def moments(text):
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def loan_signals():
    """Applications, as persons, and what happened to them."""
    with gzip.open(SHARED / "bpi2012-loan-applications" / "events.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(int(row["case_id"]), moments(row["timestamp"]), row["activity"]) for row in csv.DictReader(file)]
    names = sorted({name for *_, name in rows})
    kinds = {name: code for code, name in enumerate(names, start=1)}
    return np.array([(person, time, kinds[name]) for person, time, name in rows], np.int64).T, kinds


def order_signals():
    """Orders, as persons: bought, approved, handed over, delivered."""
    names = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date")
    with gzip.open(SHARED / "olist-orders-4k" / "orders.csv.gz", "rt", encoding="utf-8") as file:
        rows = [
            (person, moments(row[name] + "+00:00"), code)
            for person, row in enumerate(csv.DictReader(file), start=1)
            for code, name in enumerate(names, start=1)
            if row[name]
        ]
    return np.array(rows, np.int64).T, {name: code for code, name in enumerate(names, start=1)}


@needs_shared
@pytest.mark.parametrize("read", [loan_signals, order_signals], ids=["loans", "orders"])
def test_real_journeys_are_counted_as_windowfunnel_counts_them(tmp_path, read):
    (person, time, kind), kinds = read()
    day = 86_400_000_000
    if "A_SUBMITTED" in kinds:
        names = ("A_SUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "O_SENT", "O_SENT_BACK", "A_APPROVED")
        twice = ["W_Nabellen offertes", "W_Nabellen offertes", "A_APPROVED"]
    else:
        names, twice = tuple(kinds), list(kinds)[:2]
    steps = [[[kinds[name]] for name in chain] for chain in (names, names[::2], twice)]
    questions = [
        {"window": (3, 21)[number % 2] * day, "modes": modes, "steps": chain}
        for number, (modes, chain) in enumerate(product([*COMBINED, *REENTRY], steps))
    ]
    timelines = timelines_of(person, time, kind, len(kinds))
    reached = set()
    for question, levels in zip(questions, theirs(tmp_path, person, time, kind, questions), strict=True):
        assert ours(timelines, question, Ways(levels=tuple(question["modes"]), count_open=True)) == levels, question
        if not question["modes"] and len(question["steps"]) == len(set(map(tuple, question["steps"]))):
            assert ours(timelines, question, Ways()) == levels, question
        reached |= set(levels.values())
    assert len(reached) > 2
