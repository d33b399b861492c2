"""Every interval against worlds whose truth is known: a small seeded version, the long one, and the page that records a long run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from coverage_table import HEAD, cover
from interval_cases import all_cases, share_worlds
from interval_worlds import Case
from touchpath.stats.proportions import adjusted_wald_interval, clopper_pearson_interval, jeffreys_interval, wilson_interval

CASES = all_cases()
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "coverage.md").read_text("utf-8")


def bound(case: Case, rounds: int) -> float:
    """What so many data sets show nearly always when the case's bound holds: three and a half standard errors less."""
    return case.least - 3.5 * (case.least * (1 - case.least) / rounds) ** 0.5


def middle_of_each() -> list[tuple[int, Case]]:
    """Of each interval the case with a middling number of people, and its place among all."""
    of: dict[tuple[str, str], list[tuple[int, Case]]] = {}
    for number, case in enumerate(CASES):
        of.setdefault((case.family, case.interval), []).append((number, case))
    middle = [places[len(places) // 2] for places in of.values()]
    return [(number, case) for number, case in middle if case.slow < 1000]  # those take minutes


def ids(numbered: list[tuple[int, Case]]) -> list[str]:
    return [f"{case.family}, {case.interval}, {case.people}" for _, case in numbered]


@pytest.mark.parametrize(("number", "case"), middle_of_each(), ids=ids(middle_of_each()))
def test_an_interval_holds_the_truth_about_as_often_as_it_should(number, case):
    rounds = max(200 // case.slow, 40 if case.slow < 100 else 5)
    world = case.worlds()[0]
    found = world.cover(np.random.default_rng([3, number]), rounds)
    assert found.holds >= bound(case, rounds)
    assert found.holds + found.below + found.above == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=ids(list(enumerate(CASES))))
def test_an_interval_holds_the_truth_as_often_as_its_bound_says(number, case):
    rounds = 3000
    for name, found in cover(case, number, rounds, seed=2):
        assert found.holds >= bound(case, max(rounds // case.slow, 50)), name


@pytest.mark.parametrize(
    ("interval", "n", "mean", "worst"),
    [
        (adjusted_wald_interval, 5, 0.966, 0.903),
        (wilson_interval, 5, 0.955, 0.859),
        (clopper_pearson_interval, 5, 0.991, 0.976),
        (jeffreys_interval, 5, 0.956, 0.900),
        (adjusted_wald_interval, 10, 0.965, 0.930),
        (wilson_interval, 10, 0.956, 0.904),
        (jeffreys_interval, 10, 0.952, 0.869),
        (adjusted_wald_interval, 20, 0.962, 0.932),
        (wilson_interval, 20, 0.954, 0.925),
        (clopper_pearson_interval, 20, 0.976, 0.959),
    ],
)
def test_the_exact_coverage_of_shares_agrees_with_another_enumeration(interval, n, mean, worst):
    # Full enumeration over true shares .50 to .99, computed elsewhere with SciPy and statsmodels.
    found = [world.cover(np.random.default_rng(0), 1).holds for world in share_worlds(interval, n)]
    assert (np.mean(found), min(found)) == pytest.approx((mean, worst), abs=6e-4)


def recorded() -> dict[tuple[str, str, str], list[str]]:
    """The rows of the page by family, interval and people."""
    found, family = {}, ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            family = line[3:]
        elif line.startswith("| ") and not line.startswith("| Interval"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[family, cells[0], cells[1]] = cells[2:]
    return found


def test_the_page_tells_its_seed_and_date():
    told = re.search(r"^Seed (\d+), ([\d,]+) data sets a world .*, (\d{4}-\d\d-\d\d)\.$", PAGE, re.MULTILINE)
    assert told
    assert int(told[2].replace(",", "")) >= 2000
    assert PAGE.startswith(HEAD.splitlines()[0])


def test_the_page_has_every_interval_and_no_other():
    assert list(recorded()) == [(case.family, case.interval, case.people) for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}, {case.interval}, {case.people}")
def test_what_the_page_records_is_within_its_bound(case):
    mean, worst, _, below, above, none, caveat = recorded()[case.family, case.interval, case.people]
    assert case.least - 0.04 * (case.slow > 1) - 0.005 <= float(worst) <= float(mean) <= 1
    assert float(worst) + float(below) + float(above) == pytest.approx(1, abs=0.0021)
    assert 0 <= float(none) <= 1
    assert caveat == case.caveat


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}, {case.interval}, {case.people}")
def test_an_interval_that_may_miss_its_promise_by_much_says_so(case):
    assert case.least >= 0.9 or case.caveat
