"""CDNOW purchases and the telco's customers against R on the same files (oracles/customers.R), where the files are at hand."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from touchpath.stats.bgnbd import NAMES, fit_buying, histories_of
from touchpath.stats.gamma_gamma import expected_value, fit_spending
from touchpath.stats.lifetime_value import Terms, base_of, discounted_sum, holdout, lifetime_value, spending_correlation
from touchpath.stats.procedures import run_procedure

DATA = Path(__file__).parents[3] / "shared" / "data"
SAID = json.loads((Path(__file__).parents[1] / "oracles" / "customers.json").read_text())
CDNOW, TELCO = SAID["cdnow"], SAID["telco"]
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data sets are not beside this checkout")
UNTIL = date(1997, 9, 30)


@pytest.fixture(scope="module")
def purchases():
    """x, t_x, T in weeks, m, and purchases of the following 39 weeks, of the 2,357 customers of the usual sample."""
    days = defaultdict(lambda: defaultdict(float))
    with gzip.open(DATA / "cdnow-purchases" / "CDNOW_sample.txt.gz", "rt") as lines:
        for _, customer, day, _, value in map(str.split, lines):
            days[customer][date(int(day[:4]), int(day[4:6]), int(day[6:]))] += float(value)
    rows = []
    for spent in days.values():
        first = min(spent)
        again = [day for day in spent if first < day <= UNTIL]
        mean = sum(spent[day] for day in again) / len(again) if again else 0.0
        last = (max(again) - first).days / 7 if again else 0.0
        later = sum(UNTIL < day <= UNTIL + timedelta(weeks=39) for day in spent)
        rows.append((len(again), last, (UNTIL - first).days / 7, mean, later))
    return [np.array(column) for column in zip(*rows, strict=True)]


def test_purchases_give_the_models_of_r_and_of_the_papers(purchases):
    x, last, until, value, _ = purchases
    assert (x.size, x.sum(), ((x > 0) & (value > 0)).sum()) == (CDNOW["customers"], CDNOW["repeats"], CDNOW["repeat_customers"])
    found = run_procedure("bgnbd_fit", {"frequency": x.tolist(), "recency": last.tolist(), "T": until.tolist()})
    assert [found[name] for name in NAMES] == pytest.approx(CDNOW["parameters"], rel=1e-3)
    # Fader, Hardie & Lee 2005, table 2.
    assert [found[name] for name in NAMES] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=1e-3)
    assert found["log_likelihood"] == pytest.approx(CDNOW["log_likelihood"], abs=1e-4)
    some = (x > 0) & (value > 0)
    fit = fit_spending(x[some], value[some])
    assert fit.spending == pytest.approx(CDNOW["spending"], rel=2e-3)
    assert fit.log_likelihood == pytest.approx(CDNOW["spending_log_likelihood"], abs=1e-4)
    each = expected_value(fit.spending, np.where(some, x, 0), value)
    assert (each.mean(), value[some].mean()) == pytest.approx((CDNOW["mean_value_all"], CDNOW["mean_value_seen"]), rel=1e-4)


def test_frequency_and_value_hardly_go_together(purchases):
    x, _, _, value, _ = purchases
    some = (x > 0) & (value > 0)
    found = spending_correlation(x[some], value[some])
    assert [found.value, *found.limits] == pytest.approx(CDNOW["correlation"], abs=1e-8)
    assert found.warning is None


def test_the_held_out_weeks_by_frequency_are_those_of_r(purchases):
    x, last, until, _, later = purchases
    found, of = histories_of(x, last, until)
    checked = holdout(fit_buying(found).buying, found, of, later, 39)
    assert [one.customers for one in checked.bins] == CDNOW["holdout"]["customers"]
    assert [one.predicted for one in checked.bins] == pytest.approx(CDNOW["holdout"]["predicted"], rel=1e-3)
    assert [one.actual for one in checked.bins] == pytest.approx(CDNOW["holdout"]["actual"], rel=1e-10)
    assert [checked.total.predicted, checked.total.actual] == pytest.approx(CDNOW["holdout"]["total"], rel=1e-3)
    # What the check is for: in these weeks people bought more than the model foresaw, and by more than chance.
    assert checked.total.predicted < checked.total.limits.low


def test_the_mean_lifetime_value_is_that_of_r_and_has_limits(purchases):
    x, last, until, value, _ = purchases
    # R sums thirteen periods of four weeks; here a period is the unit of time, so times come in fours of weeks.
    worth = lifetime_value(base_of(x, last / 4, until / 4, value), Terms(13, 0.3, 0.01), seed=20050302)
    assert worth.mean == pytest.approx(CDNOW["mean_clv"], rel=1e-3)
    assert worth.low < worth.mean < worth.high
    assert worth.failed == 0
    found, of = histories_of(x, last / 4, until / 4)
    alone = discounted_sum(worth.buying, worth.spending, found, np.zeros(found.x.size), Terms(13, 0.3, 0.01))
    assert alone.value[of][x == 0] == pytest.approx(worth.by_row[x == 0])


@pytest.fixture(scope="module")
def customers():
    with (DATA / "ibm-telco-churn" / "Telco-Customer-Churn.csv").open() as file:
        return list(csv.DictReader(file))


def columns(rows):
    return {"durations": [int(row["tenure"]) for row in rows], "event_observed": [int(row["Churn"] == "Yes") for row in rows]}


def test_the_telcos_curve_is_that_of_r(customers):
    at = TELCO["at"]
    found = run_procedure("kaplan_meier", columns(customers) | {"at_times": at})["at"]
    for place, point in enumerate(found.values()):
        said = {"survival": TELCO["survival"][place], "se_greenwood": TELCO["se"][place]}
        said |= {"loglog_lower": TELCO["lower"][place], "loglog_upper": TELCO["upper"][place]}
        assert {key: point[key] for key in said} == pytest.approx(said, abs=1e-10)
    assert run_procedure("restricted_mean_survival_time", columns(customers) | {"tau": 60})["rmst"] == pytest.approx(
        TELCO["rmst_60"]
    )
    month = [row for row in customers if row["Contract"] == "Month-to-month"]
    assert run_procedure("kaplan_meier", columns(month))["median"] == TELCO["median_monthly"]


def test_the_telcos_groups_differ_as_in_r(customers):
    given = columns(customers)
    contract = run_procedure("log_rank", given | {"group": [row["Contract"] for row in customers]})
    assert [contract["chi2"], contract["df"]] == pytest.approx(TELCO["log_rank_contract"])
    paperless = [int(row["PaperlessBilling"] == "Yes") for row in customers]
    assert run_procedure("log_rank", given | {"group": [str(one) for one in paperless]})["chi2"] == pytest.approx(
        TELCO["log_rank_paperless"]
    )
    senior = [int(row["SeniorCitizen"]) for row in customers]
    for covariate, ties, said in (
        (senior, "efron", "senior_efron"),
        (senior, "breslow", "senior_breslow"),
        (paperless, "efron", "paperless_efron"),
    ):
        found = run_procedure("cox_single_covariate", given | {"covariate": covariate, "ties": ties})
        assert [found["coef"], found["se"]] == pytest.approx(TELCO[said], rel=1e-7)


def test_the_telcos_churn_is_that_of_r(customers):
    found = run_procedure(
        "period_churn", {"at_start": len(customers), "lost_of_start": sum(columns(customers)["event_observed"]), "joined": 0}
    )
    assert [found["lower"], found["upper"]] == pytest.approx(TELCO["wilson"], abs=1e-9)
