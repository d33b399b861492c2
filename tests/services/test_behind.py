"""What stands behind a number: the same counts again, what is left out, and the people."""

from __future__ import annotations

import dataclasses

import pytest

import touchpath
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.behind import equivalent
from touchpath.services.left_out import _WHY
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.services.targets import find_target


def test_the_sides_of_a_share_make_its_value(company):
    behind = company.platform.behind("task_success", "checkout")
    above, below = (one.count for one in behind.counted)
    assert behind.measured.total.value == above / below
    assert below == behind.measured.total.n


def test_a_number_that_is_no_share_has_no_sides(company):
    assert company.platform.behind("task_time", "checkout").counted == ()
    assert company.platform.behind("active_people").counted == ()


def test_net_scores_means_and_parts_of_money_have_sides(company):
    """The counts of the query `answers` and of `totals` and `recurring` say the same."""
    nps, ease, cost, kept = (
        company.platform.behind(metric, subject)
        for metric, subject in (
            ("nps", "nps"),
            ("single_ease", "seq-checkout"),
            ("cost-of-help", ""),
            ("seeds-revenue", ""),
        )
    )
    low, high, answers, ratings = 0, 0, 0, 0
    for row in company.platform.ask(nps.document).table("spread").records():
        low, high = low + row["answers"] * (row["rating"] <= 6), high + row["answers"] * (row["rating"] >= 9)
        answers += row["answers"]
    assert [one.count for one in nps.counted] == [high - low, answers]
    assert [one.words for one in nps.counted] == ["promoters - detractors", "answers"]
    ratings = sum(row["answers"] * row["rating"] for row in company.platform.ask(ease.document).table("spread").records())
    assert ease.counted[0].count == ratings
    [totals] = company.platform.ask(cost.document).table().records()
    assert [(one.count, one.unit) for one in cost.counted] == [(totals["sum"], "value"), (totals["per"], "count")]
    assert kept.counted[0].count / kept.counted[1].count == pytest.approx(kept.measured.total.value, rel=1e-12)
    assert kept.counted[1].count != kept.measured.total.n


@pytest.mark.parametrize("summary", _WHY, ids=lambda summary: summary.__name__)
def test_what_is_told_as_left_out_is_counted_by_its_summary(summary):
    assert set(_WHY[summary]) <= {field.name for field in dataclasses.fields(summary)}


def test_what_is_left_out_is_what_the_query_counts_as_open(company):
    behind = company.platform.behind("conversion", "buy")
    waiting = company.platform.ask(behind.document).table("steps").records()[0]["open"]
    told = {one.why: one.count for one in behind.left_out}
    assert told.get("entrants are still under way: their window has not closed", 0) == waiting


def test_the_query_behind_a_task_counts_the_same(company):
    behind = company.platform.behind("task_success", "checkout")
    assert (behind.document["query"], behind.document["task"]) == ("tasks", "checkout")
    assert company.platform.read_query(behind.document).period == behind.measured.period
    shares = [value for record in company.platform.ask(behind.document).table().records() for value in record.values()]
    assert behind.measured.total.value in [one.value for one in shares if isinstance(one, Estimate)]


def test_the_people_of_a_group_are_those_that_the_query_selects(company):
    platform = company.platform
    behind = platform.behind("task_success", "checkout")
    assert behind.groups == ("succeeded", "failed", "abandoned")
    found = platform.people_behind("task_success", "checkout", "abandoned", limit=5)
    assert found.count == len(platform.select(behind.document, "abandoned").keys)
    assert len(found.people) == min(5, found.count)
    with pytest.raises(Missing, match="No group of people behind this number is called 'gone'"):
        platform.people_behind("task_success", "checkout", "gone")


def test_the_people_behind_a_questionnaire_are_those_who_answered(company):
    found = company.platform.people_behind("sus", "sus", "did", limit=5)
    assert found.count == company.platform.measure("sus", "sus").total.n
    assert len(found.people) == 5


def test_every_metric_of_the_demo_opens(company):
    experience = company.platform.experience()
    asked = [("task_success", one.id) for one in experience.tasks] + [("conversion", one.id) for one in experience.journeys]
    asked += [("active_people", ""), ("sessions_per_person", ""), ("session_time", ""), ("sus", "sus"), ("nps", "nps")]
    for metric, subject in asked:
        behind = company.platform.behind(metric, subject)
        assert behind.measured.metric.id == metric
        assert "space.measure" in behind.python
        document = equivalent(find_target(experience, metric, subject))
        assert document is None or read_asked(document, QUERIES, experience)


def test_python_opens_a_number_too(demo_folder):
    with touchpath.open(demo_folder / "company") as space:
        behind = space.behind("task_success", "checkout")
        period = behind.measured.period
        assert space.measure("task_success", "checkout", period=period).answer.total.value == behind.measured.total.value
        assert space.behind("seeds-health").measured.parts[0].words.id == "seeds-churn"


@pytest.mark.parametrize(("by", "groups"), [("country", True), ("channel", False)])
def test_the_number_of_every_segment_opens_and_its_query_counts_the_same(company, by, groups):
    platform = company.platform
    whole = platform.measure("task_success", "checkout", by=by)
    for reading in [one for one in whole.readings if isinstance(one.number, Estimate)]:
        behind = platform.behind("task_success", "checkout", by=by, segment=reading.segment)
        assert (behind.measured.total, behind.by, behind.segment) == (reading.number, by, reading.segment)
        above, below = (one.count for one in behind.counted)
        assert (above / below, below) == (pytest.approx(reading.number.value), reading.number.n)
        rows = platform.ask(behind.document).table().records()
        shares = [value for row in rows if by not in row or row[by] == reading.segment for value in row.values()]
        assert reading.number.value in [one.value for one in shares if isinstance(one, Estimate)]
        assert bool(behind.groups) == (groups and reading.segment != "(none)")
        assert repr(reading.segment) in behind.python


def test_the_people_behind_a_segment_are_some_of_those_behind_the_whole(company):
    platform = company.platform
    whole = platform.people_behind("task_success", "checkout", "succeeded")
    parts = [
        platform.people_behind("task_success", "checkout", "succeeded", by="country", segment=segment).count
        for segment in platform.segments("country")
        if segment != "(none)"
    ]
    assert 0 < sum(parts) <= whole.count


def test_the_number_of_one_period_opens_by_its_period(company):
    whole = company.platform.measure("task_success", "checkout", grain="month")
    for reading in whole.readings[1:4]:
        behind = company.platform.behind("task_success", "checkout", period=reading.period)
        assert behind.measured.total.value == reading.number.value


def test_half_a_point_and_an_unknown_segment_are_refused(company):
    with pytest.raises(BadInput, match="or neither"):
        company.platform.behind("task_success", "checkout", by="country")
    with pytest.raises(Missing, match="No segment is called 'Atlantis'"):
        company.platform.behind("task_success", "checkout", by="country", segment="Atlantis")


def test_viewers_open_no_small_segment(company):
    viewers = company.platform.for_viewers()
    for reading in viewers.measure("task_success", "checkout", by="country").readings:
        if isinstance(reading.number, Undefined):
            continue
        assert viewers.behind("task_success", "checkout", by="country", segment=reading.segment).measured.total == reading.number
