"""What was planted in the simulated company comes out of the platform, from signals in the lake to the interval on the page.

Intervals at 99.9 % must hold the planted number; the seed is fixed, so this either holds or does not.
"""

import math

import pytest

from touchpath.model.estimate import Estimate
from touchpath.model.time import Period
from touchpath.sources.demo import truths

TRUTHS = truths(1500, 7)
SURE = 0.999


def reading(measurement, segment):
    (found,) = (one.number for one in measurement.readings if one.segment == segment)
    assert isinstance(found, Estimate)
    return found


def checkout_success(company, channel, start, end):
    measured = company.platform.measure("task_success", "checkout", by="channel", period=Period(start, end), confidence=SURE)
    return reading(measured, channel)


def holds(number, truth):
    return number.low <= truth <= number.high


def test_checkout_on_the_web_succeeds_as_planted_until_the_bad_release(company):
    number = checkout_success(company, "web", TRUTHS.start, TRUTHS.bad_release)
    assert holds(number, TRUTHS.checkout_success_web)
    assert number.n > 300


def test_the_bad_release_is_seen_for_what_it_is(company):
    number = checkout_success(company, "web", TRUTHS.bad_release, TRUTHS.bad_release_mended)
    assert holds(number, TRUTHS.checkout_success_web_bad)


def test_checkout_in_the_app_rises_with_the_release_that_mended_it(company):
    before = checkout_success(company, "app", TRUTHS.start, TRUTHS.app_release)
    after = checkout_success(company, "app", TRUTHS.app_release, TRUTHS.end)
    assert holds(before, TRUTHS.checkout_success_app_before)
    assert holds(after, TRUTHS.checkout_success_app_after)
    assert after.value > before.value


@pytest.mark.parametrize("channel", ["web", "app", "email"])
def test_the_net_promoter_score_of_each_channel_is_the_planted_one(company, channel):
    measured = company.platform.measure("nps", by="channel", confidence=SURE)
    assert holds(reading(measured, channel), TRUTHS.nps[channel])


def test_late_parcels_cost_satisfaction_as_planted(company):
    measured = company.platform.measure("customer_satisfaction", "csat-delivery", by="late", confidence=SURE)
    assert holds(reading(measured, "false"), TRUTHS.satisfied_on_time)
    assert holds(reading(measured, "true"), TRUTHS.satisfied_late)


def test_people_learn_to_plan_the_watering_as_planted(company):
    by_attempt = company.platform.task("schedule").attempts
    assert all(holds(one, TRUTHS.schedule_success) for one in by_attempt[:3])


def test_the_usability_study_scores_as_planted(company):
    measured = company.platform.measure("sus", by="round", confidence=SURE)
    for study_round, truth in zip(("1", "2"), TRUTHS.sus, strict=True):
        assert holds(reading(measured, study_round), truth)


def test_no_number_of_the_whole_platform_is_nan_or_out_of_its_interval(company):
    overview = company.platform.overview()
    numbers = [m.total for row in overview.rows for m in row.ux + row.cx]
    numbers += [one.number for row in overview.rows for m in row.ux + row.cx for one in m.readings]
    for journey in company.platform.experience().journeys:
        for stage in company.platform.journey_map(journey.id).stages:
            for step in stage.steps:
                numbers += [step.volume, step.reach, step.completion, step.drop_off, step.time, step.contacts]
                numbers += [lane.number for lane in step.tasks + step.attitude]
    defined = [number for number in numbers if isinstance(number, Estimate)]
    assert len(defined) > 300
    assert all(math.isfinite(n.value) and n.low <= n.value + 1e-9 and n.value <= n.high + 1e-9 and n.n > 0 for n in defined)
    assert all(number.reason for number in numbers if not isinstance(number, Estimate))
