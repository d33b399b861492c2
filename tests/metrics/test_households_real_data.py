"""What households spend agrees with R on the same file (oracles/studies.R), where the file is at hand."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from touchpath.metrics.defined import defined_metric
from touchpath.model.estimate import Estimate
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.rules import EventRule

FILE = Path(__file__).parents[3] / "shared" / "data" / "complete-journey-households" / "transactions_sample.csv.gz"
R = json.loads((Path(__file__).parents[1] / "oracles" / "studies.json").read_text())["households"]
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the data sets are not beside this checkout")


@pytest.fixture(scope="module")
def baskets():
    """By household, what each of its baskets came to."""
    found = defaultdict(lambda: defaultdict(float))
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[int(row["household_id"])][row["basket_id"]] += float(row["sales_value"])
    return {household: [round(value, 2) for value in values.values()] for household, values in found.items()}


def measured(summarise, baskets, per) -> Estimate:
    definition = MetricDefinition("spent", "Spent", "mean", numerator=EventRule(("basket",)), per=per)
    one = defined_metric(definition, None)
    people = {owner: [(place, "basket", value) for place, value in enumerate(values)] for owner, values in baskets.items()}
    found = one.estimate(summarise(one.fold(definition), people), 0)
    assert isinstance(found, Estimate)
    return found


def test_what_a_household_spends_agrees_with_r(summarise, baskets):
    found, r = measured(summarise, baskets, "person"), R["spent"]
    assert len(baskets) == R["households"]
    assert (found.n, found.value, found.low, found.high) == pytest.approx(
        (R["households"], r["mean"], r["low"], r["high"]), rel=1e-6
    )


def test_what_a_basket_is_worth_agrees_with_r_clustered_by_household(summarise, baskets):
    found, r = measured(summarise, baskets, "signal"), R["basket"]
    assert (found.n, found.value) == (R["baskets"], pytest.approx(r["mean"], rel=1e-6))
    assert (found.low, found.high) == pytest.approx((r["low"], r["high"]), rel=1e-4)
