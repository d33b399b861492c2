"""Federal web sites' scans as a workspace: speed, steadiness and accessibility agree with R on the same file (oracles/web_quality.R)."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.estimate import Estimate
from touchpath.model.signal import Signal
from touchpath.stats.vitals import VITALS, passes_core_vitals

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "web-quality-scans"
SAID = json.loads((Path(__file__).parents[1] / "oracles" / "web_quality.json").read_text())
SCANNED = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: sites, title: Federal sites}
metrics:
  - {id: site-lcp, title: LCP, kind: query, metric: lcp, query: {query: values, column: value, of: {kind: page.measured, where: {properties.measure: LCP}}}}
  - {id: site-cls, title: CLS, kind: query, metric: cls, query: {query: values, column: value, of: {kind: page.measured, where: {properties.measure: CLS}}}}
  - {id: clean, title: Clean, kind: query, metric: accessible_pages, query: {query: counts, of: {kind: page.scanned, where: {value: 0}}, per: page.scanned, part: true}}
"""
COLUMNS = {"LCP": "largest_contentful_paint", "CLS": "cumulative_layout_shift"}
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the data sets are not beside this checkout")


@pytest.fixture(scope="module")
def scans():
    with gzip.open(FOLDER / "gsa_federal_sites_scan.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def platform(tmp_path_factory, scans):
    folder = tmp_path_factory.mktemp("quality") / "sites"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply(MODEL, "test", "", file="model.yaml")
    signals = []
    for place, row in enumerate(scans):
        who = (f"external:{place}-{row['target_url']}",)
        if row["accessibility_scan_status"] == "completed":  # a scan that failed found nothing, which is not "no violation"
            found = json.loads(row["accessibility_violations"] or "{}")
            signals.append(Signal("scan", f"a{place}", "page.scanned", SCANNED, who, value=float(sum(found.values()))))
        for measure, column in COLUMNS.items():
            if row[column]:
                id, unit = f"{measure}{place}", "milliseconds" if measure == "LCP" else ""
                value = float(row[column])
                signals.append(
                    Signal("scan", id, "page.measured", SCANNED, who, value=value, unit=unit, properties={"measure": measure})
                )
    opened.record(signals)
    yield opened.platform
    opened.close()


@pytest.mark.parametrize(("metric", "measure", "step"), [("site-lcp", "lcp", 1e-6), ("site-cls", "cls", 1e-6)])
def test_the_75th_percentile_and_its_limits_agree_with_r(platform, metric, measure, step):
    found, r = platform.measure(metric).total, SAID[measure]
    assert isinstance(found, Estimate)
    assert found.n == r["n"]
    assert (found.value, found.low, found.high) == pytest.approx((r["p75"], r["low"], r["high"]), rel=0.02, abs=step)


@pytest.mark.parametrize("measure", ["LCP", "CLS"])
def test_the_classes_agree_with_r(scans, measure):
    good, poor = VITALS[measure]
    values, r = [float(row[COLUMNS[measure]]) for row in scans if row[COLUMNS[measure]]], SAID[measure.lower()]
    counted = (sum(v <= good for v in values), sum(good < v <= poor for v in values), sum(v > poor for v in values))
    assert counted == (r["good"], r["needs_improvement"], r["poor"])


def test_pages_pass_by_speed_and_steadiness(platform):
    (table,) = platform.ask("{query: vitals, of: page.measured, measure: properties.measure}").tables[:1]
    (row,) = table.rows
    assert "passes" in [str(cell) for cell in row]
    assert passes_core_vitals(SAID["lcp"]["p75"], SAID["cls"]["p75"], None)


def test_pages_without_violations_agree_with_r_and_failed_scans_are_missing(platform):
    found, r = platform.measure("clean").total, SAID["accessible"]
    assert isinstance(found, Estimate)
    assert (found.n, found.value * found.n) == (r["n"], pytest.approx(r["clean"]))
    assert (found.low, found.high) == pytest.approx((r["low"], r["high"]), abs=2e-3)


def test_a_laboratory_run_before_and_after_is_told_by_its_classes():
    before, after = SAID["lighthouse"]["a"], SAID["lighthouse"]["b"]
    good, poor = VITALS["LCP"]
    assert before["lcp"] > poor
    assert good < after["lcp"] <= poor
    assert not passes_core_vitals(after["lcp"], after["cls"], None)
