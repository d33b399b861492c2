"""Numbers by persona: people may fit several or none, so parts overlap and each is held against everybody else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from opened_workspace import workspace_of

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.stats.comparisons import compare_shares
from touchpath.stats.proportions import wilson_interval

START = datetime(2026, 1, 5, tzinfo=UTC)
FIRST, SECOND = (Period(START + timedelta(days=7 * n), START + timedelta(days=7 * (n + 1))) for n in (0, 1))
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: channel, title: Channel, field: channel}
personas:
  - {id: hunter, title: Bargain hunter, rule: {kind: coupon.used}}
  - {id: regular, title: Regular, rule: {kind: order.placed}}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
#: What people did besides answering, how many of them, and how many were satisfied in the first and in the second week.
GROUPS = {
    ("coupon.used",): (100, 40, 42),
    ("coupon.used", "order.placed"): (50, 30, 31),
    ("order.placed",): (100, 85, 60),
    (): (50, 30, 29),
}


def signals():
    for number, (kinds, (people, *satisfied)) in enumerate(GROUPS.items()):
        for k in range(people):
            who = f"user:p{number}-{k}"
            for place, kind in enumerate(kinds):
                yield Signal("web", f"{number}-{k}-{kind}", kind, START + timedelta(minutes=place), (who,))
            for week, yes in enumerate(satisfied):
                at = START + timedelta(days=7 * week, hours=3, minutes=k)
                value = 5.0 if k < yes else 1.0
                yield Signal("web", f"{number}-{k}-a{week}", "survey.answered", at, (who,), channel="web", value=value)
    yield Signal("web", "end", "page.viewed", START + timedelta(days=15), ("user:p3-0",))


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with workspace_of(tmp_path_factory.mktemp("personas") / "w", MODEL, signals()) as workspace:
        yield workspace.platform


def test_a_number_is_told_of_each_persona_and_the_overlap_is_said(platform):
    measured = platform.measure("customer_satisfaction", "csat", by="persona", period=FIRST)
    assert {one.segment: one.number.n for one in measured.readings} == {"Bargain hunter": 150, "Regular": 150}
    assert measured.total.n == 300
    (note,) = measured.notes
    assert "of 300 people 50 are in several and 50 in none" in note
    assert "do not add up" in note


def test_personas_can_be_followed_week_by_week(platform):
    measured = platform.measure("customer_satisfaction", "csat", by="persona", grain="week")
    shares = {(one.segment, one.period.start): one.number.value for one in measured.readings if one.number.n}
    assert shares["Regular", FIRST.start] == pytest.approx(115 / 150)
    assert shares["Regular", SECOND.start] == pytest.approx(91 / 150)
    assert shares["Bargain hunter", SECOND.start] == pytest.approx(73 / 150)


def test_each_persona_is_held_against_everybody_who_does_not_fit_it(platform):
    found = platform.compare("customer_satisfaction", "csat", by="persona", period=FIRST)
    told = {one.after_title: one for one in found.contrasts}
    regular = told["Regular"]
    assert (regular.before.n, regular.after.n) == (150, 150)
    assert (regular.before.value, regular.after.value) == (pytest.approx(70 / 150), pytest.approx(115 / 150))
    # Newcombe's interval is what MOVER makes of two Wilson intervals.
    (low1, high1), (low2, high2) = wilson_interval(70, 150), wilson_interval(115, 150)
    difference = 45 / 150
    assert regular.found.low == pytest.approx(difference - ((115 / 150 - low2) ** 2 + (high1 - 70 / 150) ** 2) ** 0.5)
    assert regular.found.high == pytest.approx(difference + ((high2 - 115 / 150) ** 2 + (70 / 150 - low1) ** 2) ** 0.5)
    assert regular.found == compare_shares((70, 150), (115, 150))
    assert any("Each is held against everybody who is not in it" in note for note in found.notes)
    for asked in ({"pairs": True}, {"against": "Regular"}):
        with pytest.raises(BadInput, match="everybody else"):
            platform.compare("customer_satisfaction", "csat", by="persona", **asked)


def test_two_periods_are_compared_within_each_persona_and_have_no_split(platform):
    found = platform.compare("customer_satisfaction", "csat", by="persona", periods=(FIRST, SECOND))
    told = {one.segment: one for one in found.contrasts}
    assert list(told) == ["", "Bargain hunter", "Regular"]
    assert told["Regular"].changed == "down"
    assert told["Bargain hunter"].changed is None
    assert found.mix is None
    assert any("no split by persona" in note for note in found.notes)


def test_a_trend_is_told_of_each_persona_at_a_rate_of_all_together(platform):
    went = platform.trend("customer_satisfaction", "csat", grain="day", by="persona")
    assert [one.segment for one in went.segments] == ["Bargain hunter", "Regular"]
    assert went.alpha == 0.05
    assert {one.alpha for one in went.segments} == {0.025}
    assert any(one.startswith("Regular: ") for one in went.sentences)
    assert any("in several" in one for one in went.sentences)


VOLUME = "{query: volume, of: [{kind: survey.answered}], by: persona}"


def test_a_query_by_persona_counts_somebody_in_both_twice_and_says_so(platform):
    answer = platform.ask(VOLUME)
    table = answer.tables[0]
    found = {row["segment"]: row for row in table.records()}
    assert set(found) == {"Bargain hunter", "Regular"}
    assert {row["people"] for row in found.values()} == {150}
    assert any("50 are in several" in note for note in answer.notes)
    (together, other) = platform.ask_all([VOLUME, "{query: volume, of: [{kind: survey.answered}]}"])
    assert together == answer
    assert other.tables[0].records()[0]["people"] == 300
    assert platform.select(VOLUME, "did").keys.size == 300
    assert any("asked 2 times" in note for note in platform.explain(VOLUME).notes)


def test_a_query_by_persona_and_a_dimension_says_what_would_do(platform):
    with pytest.raises(BadInput, match=r"who: \{persona"):
        platform.ask("{query: volume, of: [{kind: survey.answered}], by: [persona, channel]}")


def test_viewers_see_no_persona_that_leaves_few_people_besides_it(platform):
    shown = replace(platform, smallest_group=151).for_viewers()
    readings = shown.measure("customer_satisfaction", "csat", by="persona", period=FIRST).readings
    assert all("hidden" in one.number.reason for one in readings)


def test_a_model_without_personas_says_what_to_write(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.record([Signal("web", "1", "survey.answered", START, ("user:a",), value=5.0)])
    workspace.models.apply(MODEL.split("personas:")[0], "test", "", file="model.yaml")
    for ask in (lambda: workspace.platform.measure("active_people", by="persona"), lambda: workspace.platform.ask(VOLUME)):
        with pytest.raises(Missing, match="personas: "):
            ask()
    workspace.close()
