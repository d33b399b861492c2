"""Metrics of journeys and activity, from signals to numbers."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from touchpath.metrics.activity import ACTIVE_PEOPLE, CONTACT_RATE, SESSION_TIME, SESSIONS_PER_PERSON, SIGNALS_PER_PERSON
from touchpath.metrics.journeys import (
    CONVERSION,
    TIME_TO_CONVERT,
    compare_step,
    estimate_lost,
    estimate_reach,
    estimate_step,
    estimate_step_time,
)
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Journey, Stage, Step
from touchpath.model.rules import EventRule
from touchpath.stats.proportions import wilson_interval
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.ways import Ways

STEPS = (
    Step("see", "See", EventRule(("seen",))),
    Step("try", "Try", EventRule(("tried",))),
    Step("ask", "Ask", EventRule(("asked",)), optional=True),
    Step("buy", "Buy", EventRule(("bought",))),
)
BUY = Journey("buy", "Buy", (Stage("all", "All", STEPS),), window=timedelta(minutes=10), contacts=EventRule(("called",)))


def three_of_eight(at=0.0, first=0):
    """Eight people enter, five try, three buy 100, 200 and 300 seconds after entry."""
    people = {first + owner: [(at, "seen")] for owner in range(8)}
    for owner in range(5):
        people[first + owner].append((at + 50, "tried"))
    for owner in range(3):
        people[first + owner].append((at + 100 * (owner + 1), "bought"))
    return people


def test_completion_is_the_share_of_entrants_who_got_through(summarise):
    found = CONVERSION.estimate(summarise(CONVERSION.fold(BUY), three_of_eight()), 0)
    assert (found.value, found.n, found.n_unit, found.method) == (3 / 8, 8, "entrants", "Wilson")
    assert (found.low, found.high) == pytest.approx(wilson_interval(3, 8))


def test_completion_rests_on_those_at_the_step_before_that_is_needed(summarise):
    """Eight see, five try, three buy; trying is optional here, and one who buys did not try on the way."""
    people = three_of_eight() | {8: [(0.0, "seen"), (400.0, "bought")]}
    funnel = Funnel(tuple(EventRule((kind,)) for kind in ("seen", "tried", "bought")), BUY.window, ways=Ways(optional=(1,)))
    counts = summarise(funnel, people)
    assert (estimate_step(counts, 0, 1).value, estimate_step(counts, 0, 1).n) == (5 / 9, 9)
    assert (estimate_step(counts, 0, 2).value, estimate_step(counts, 0, 2).n) == (4 / 9, 9)
    assert estimate_step_time(counts, 0, 2).value == pytest.approx((100 * 200 * 300 * 400) ** (1 / 4), rel=1e-5)


def test_every_step_has_its_reach_completion_loss_and_time(summarise):
    counts = summarise(dataclasses.replace(CONVERSION.fold(BUY), step_times=True), three_of_eight())
    assert estimate_reach(counts, 0, 1).value == 5 / 8
    assert (estimate_step(counts, 0, 2).value, estimate_step(counts, 0, 2).n) == (3 / 5, 5)
    lost, kept = estimate_lost(counts, 0, 2), estimate_step(counts, 0, 2)
    assert (lost.value, lost.low, lost.high) == pytest.approx((1 - kept.value, 1 - kept.high, 1 - kept.low))
    assert estimate_step_time(counts, 0, 1).value == pytest.approx(50)
    assert estimate_step_time(counts, 0, 2).value == pytest.approx((50 * 150 * 250) ** (1 / 3), rel=1e-5)


def test_time_to_complete_runs_from_the_first_to_the_last_step(summarise):
    found = TIME_TO_CONVERT.estimate(summarise(TIME_TO_CONVERT.fold(BUY), three_of_eight()), 0)
    assert found.value == pytest.approx((100 * 200 * 300) ** (1 / 3), rel=1e-5)
    assert "Only 3 people: read it as a story, not as a measure." in found.warnings


def test_entrants_under_way_are_left_out_and_told(summarise):
    people = three_of_eight() | {20: [(5000, "seen")], 21: [(5000, "seen")]}
    found = CONVERSION.estimate(summarise(CONVERSION.fold(BUY), people, end=5001), 0)
    assert (found.value, found.n) == (3 / 8, 8)
    assert found.warnings == ("2 of 10 who entered are still under way and left out.",)


def test_nobody_is_undefined_with_the_reason(summarise):
    nobody = summarise(CONVERSION.fold(BUY), {1: [(0, "slept")]})
    assert CONVERSION.estimate(nobody, 0) == Undefined("nobody entered", 0, "entrants")
    assert TIME_TO_CONVERT.estimate(nobody, 0).reason == "nobody entered"
    with_step_times = dataclasses.replace(CONVERSION.fold(BUY), step_times=True)
    entered = summarise(with_step_times, {1: [(0, "seen")], 2: [(0, "seen")]})
    assert estimate_step(entered, 0, 2).reason == "nobody reached the step before"
    assert estimate_step_time(entered, 0, 1).reason == "nobody reached it"
    assert TIME_TO_CONVERT.estimate(entered, 0).reason == "nobody got through"
    under_way = summarise(CONVERSION.fold(BUY), {1: [(0, "seen")]}, end=1)
    assert CONVERSION.estimate(under_way, 0).reason == "all 1 who entered are still under way"


def test_periods_are_compared(summarise):
    people = three_of_eight() | {100 + k: [(5000, "seen"), (5050, "tried"), (5060, "bought")] for k in range(8)}
    counts = summarise(CONVERSION.fold(BUY), people, edges=(0, 1000, 9000))
    assert CONVERSION.compare(counts, 0, 1).changed == "up"
    assert compare_step(counts, 0, 1, 2).value == pytest.approx(2 / 5)
    faster = TIME_TO_CONVERT.compare(counts, 0, 1)
    assert faster.value == pytest.approx(60 / (100 * 200 * 300) ** (1 / 3), rel=1e-5)
    assert faster.changed is None  # three times tell too little
    assert CONVERSION.compare(counts, 0, 0).sentence == "no detectable change"


def test_a_journey_of_one_required_step_has_no_conversion():
    short = dataclasses.replace(BUY, stages=(Stage("all", "All", STEPS[2:]),))
    with pytest.raises(BadInput, match="journey 'buy' has 1"):
        CONVERSION.fold(short)


def test_contact_rate_counts_people_on_the_journey_only(summarise):
    people = three_of_eight() | {50: [(0, "called")]}
    people[0] = [*people[0], (400, "called"), (401, "called")]
    found = CONTACT_RATE.estimate(summarise(CONTACT_RATE.fold(BUY), people), 0)
    assert (found.value, found.n, found.n_unit) == (1 / 8, 8, "people")
    assert (found.low, found.high) == pytest.approx(wilson_interval(1, 8))


def test_contact_rate_without_contacts_in_the_model_is_refused():
    with pytest.raises(BadInput, match="does not say what counts as a contact"):
        CONTACT_RATE.fold(dataclasses.replace(BUY, contacts=None))


def test_active_people_are_a_count_with_a_poisson_interval(summarise):
    people = {owner: [(0, "seen"), (1, "seen"), (2, "slept")] for owner in range(10)} | {99: [(0, "slept")]}
    found = ACTIVE_PEOPLE.estimate(summarise(ACTIVE_PEOPLE.fold(STEPS[0].match), people), 0)
    assert (found.value, found.unit) == (10.0, "count")
    assert (found.low, found.high) == pytest.approx((4.795389, 18.390356), abs=1e-6)  # R poisson.test(10)


def test_nobody_active_is_a_count_of_zero_and_compares_with_nothing(summarise):
    counts = summarise(ACTIVE_PEOPLE.fold(STEPS[0].match), {1: [(0, "slept")]})
    assert ACTIVE_PEOPLE.estimate(counts, 0).value == 0
    assert ACTIVE_PEOPLE.compare(counts, 0, 0) == Undefined("nobody was active")


def test_numbers_of_people_are_compared_as_a_ratio(summarise):
    people = {owner: [(0 if owner < 20 else 500, "seen")] for owner in range(100)}
    found = ACTIVE_PEOPLE.compare(summarise(ACTIVE_PEOPLE.fold(STEPS[0].match), people, edges=(0, 100, 1000)), 0, 1)
    assert (found.kind, found.value, found.changed) == ("ratio", 4.0, "up")


def test_signals_per_person_is_a_mean_over_those_who_did_it(summarise):
    people = {owner: [(time, "seen") for time in range(owner + 1)] for owner in range(5)} | {99: [(0, "slept")]}
    found = SIGNALS_PER_PERSON.estimate(summarise(SIGNALS_PER_PERSON.fold(STEPS[0].match), people), 0)
    assert (found.value, found.n, found.unit) == (3.0, 5, "per_person")
    assert (found.low, found.high) == pytest.approx((3 - 1.963243, 3 + 1.963243), abs=1e-5)  # R t.test(1:5)


def visits(*seconds_long, apart=10_000):
    return [(visit * apart + at, "seen") for visit, long in enumerate(seconds_long) for at in sorted({0, long})]


def test_sessions_per_person_is_a_mean_over_people_who_came(summarise):
    people = {owner: visits(*[60] * (owner + 1)) for owner in range(5)}
    found = SESSIONS_PER_PERSON.estimate(summarise(SESSIONS_PER_PERSON.fold(STEPS[0].match), people), 0)
    assert (found.value, found.n, found.unit) == (3.0, 5, "per_person")
    assert (found.low, found.high) == pytest.approx((3 - 1.963243, 3 + 1.963243), abs=1e-5)  # R t.test(1:5)


def test_session_time_is_told_by_person_and_leaves_single_signals_out(summarise):
    people = {owner: visits(100, 400, 0) for owner in range(6)}
    found = SESSION_TIME.estimate(summarise(SESSION_TIME.fold(STEPS[0].match), people), 0)
    assert (found.n, found.method) == (12, "geometric mean, t on logarithms, clustered by person (6 people)")
    assert found.value == pytest.approx(200, rel=1e-5)
    assert found.warnings == (
        "Everybody counts the same, so the interval has no width; that is no certainty.",
        "6 visits of a single signal tell no time and are left out.",
    )


def test_sessions_are_compared_between_periods(summarise):
    people = {owner: visits(*[60 + owner] * (1 + owner % 2), apart=5000) for owner in range(20)}
    people |= {50 + k: [(20_000 + at, kind) for at, kind in visits(*[600 + k] * (3 + k % 2), apart=5000)] for k in range(20)}
    counts = summarise(SESSIONS_PER_PERSON.fold(STEPS[0].match), people, edges=(0, 20_000, 90_000))
    assert SESSIONS_PER_PERSON.compare(counts, 0, 1).changed == "up"
    assert SESSION_TIME.compare(counts, 0, 1).changed == "up"


def test_visits_without_a_time_are_undefined_with_the_reason(summarise):
    counts = summarise(SESSION_TIME.fold(STEPS[0].match), {1: [(0, "seen")]})
    assert SESSION_TIME.estimate(counts, 0).reason == "every visit is a single signal, or still goes on"
