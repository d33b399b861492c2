"""Who was asked and who answered: a survey whose channels answer unlike, counted by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: channel, title: Channel, field: channel}
questions:
  - {id: nps, title: Recommend, asked: {kind: survey.answered, where: {properties.question: nps}}, scale: {low: 0, high: 10}, metric: nps}
  - {id: ease, title: Ease, asked: {kind: survey.answered, where: {properties.question: ease}}, scale: {low: 1, high: 5}, metric: csat}
"""
#: Channel: asked, answered, promoters among the answers.
CHANNELS = {"email": (200, 20, 15), "app": (100, 50, 10)}


def said(
    kind: str, who: str, hours: float, channel: str, question: str = "nps", value: float | None = None, source: str = "surveys"
) -> Signal:
    at = NOON + timedelta(hours=hours)
    return Signal(
        source,
        f"{question}{who}{hours}{kind}",
        kind,
        at,
        (f"user:{who}",),
        channel=channel,
        value=value,
        properties={"question": question},
    )


def survey() -> list[Signal]:
    signals = []
    for channel, (asked, answered, promoters) in CHANNELS.items():
        for n in range(asked):
            who = f"{channel}{n}"
            signals.append(said("survey.sent", who, 0, channel))
            if n < answered + 30:
                signals.append(said("survey.shown", who, 1, channel))
            if n < answered:
                signals.append(said("survey.answered", who, 2, channel, value=10 if n < promoters else 3))
            elif n < answered + 7:
                signals.append(said("survey.dismissed", who, 2, channel))
    # Much later, so that nobody's window is open; asked then, two may still answer.
    return [*signals, *(said("survey.sent", f"late{n}", 24 * 60, "email") for n in range(2))]


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    yield workspace
    workspace.close()


@pytest.fixture
def platform(workspace):
    workspace.record(survey())
    return workspace.platform


def test_who_was_asked_saw_and_answered_is_counted(platform):
    found = platform.responses("nps", by="channel")
    assert (found.people.asked, found.people.answered) == (300, 70)
    assert (found.seen, found.dismissed, found.waiting) == (130, 14, 2)
    assert {one.segment: (one.asked, one.answered) for one in found.people.segments} == {"email": (200, 20), "app": (100, 50)}
    assert isinstance(found.rate, Estimate)
    assert found.rate.value == pytest.approx(70 / 300)
    assert "70 of 300 people asked answered (23%). Not represented as they were asked" in found.sentence


def test_the_number_is_told_as_answered_and_as_asked(platform):
    found = platform.responses("nps", by="channel")
    # As answered (25 - 45) / 70; as asked two thirds of the e-mail's +50 and one third of the app's -60.
    assert found.plain.value == pytest.approx(100 * (25 - 45) / 70)
    assert found.weighted.value == pytest.approx(50 * 2 / 3 - 60 / 3)
    assert found.weighted.low < found.weighted.value < found.weighted.high
    assert found.plain.high < found.weighted.value


def test_segments_that_answer_unlike_have_a_low_r(platform):
    r = platform.responses("nps", by="channel").r_indicator
    assert isinstance(r, Estimate)
    assert 0.5 < r.low < r.value < r.high < 0.75


def test_without_segments_there_is_a_rate_and_no_r(platform):
    found = platform.responses("nps")
    assert found.rate.value == pytest.approx(70 / 300)
    assert isinstance(found.r_indicator, Undefined)
    assert found.weighted.value == pytest.approx(found.plain.value)


def test_a_short_window_counts_only_answers_in_time(platform):
    found = platform.responses("nps", window=timedelta(hours=1))
    assert found.people.answered == 0
    assert isinstance(found.weighted, Undefined)


def test_answers_nobody_was_asked_for_are_told(workspace):
    workspace.record([said("survey.answered", f"p{n}", n, "web", "ease", value=1 + n % 5) for n in range(20)])
    found = workspace.platform.responses("ease", by="channel")
    assert found.people is None
    assert found.plain.value == pytest.approx(3.0)
    assert isinstance(found.weighted, Undefined)
    assert "Who was asked is not told" in found.sentence


def test_people_whose_silos_joined_are_compared_with_the_others(workspace):
    workspace.record(survey())
    workspace.record([said("order.placed", f"app{n}", 3, "app", "", source="shop") for n in range(40)])
    measured = workspace.platform.measure("nps", "nps", by="linked")
    assert {one.segment: one.number.n for one in measured.readings} == {
        "known to two sources or more": 40,
        "known to one source": 30,
    }
    assert measured.readings[0].number.value == pytest.approx(100 * (10 - 30) / 40)


def test_what_cannot_be_told_is_refused(platform):
    with pytest.raises(Missing, match="nsp"):
        platform.responses("nsp")
    with pytest.raises(BadInput, match="must not overlap"):
        platform.responses("nps", by="linked")
    with pytest.raises(BadInput, match="window"):
        platform.responses("nps", window=timedelta())
    with pytest.raises(Missing, match="chanel"):
        platform.responses("nps", by="chanel")


def test_a_workspace_without_signals_says_what_to_do(workspace):
    with pytest.raises(Missing, match="no signals yet"):
        workspace.platform.responses("nps")


def test_viewers_see_no_small_group_and_nothing_that_gives_one_away(workspace):
    workspace.record(survey())
    workspace.record([said("survey.answered", f"store{n}", 2, "store", value=10) for n in range(3)])
    everybody = workspace.platform.measure("nps", "nps", by="channel")
    viewers = workspace.platform.for_viewers().measure("nps", "nps", by="channel")
    assert {one.segment: one.number.n for one in everybody.readings} == {"app": 50, "email": 20, "store": 3}
    assert viewers.total == everybody.total
    told = {one.segment: one.number for one in viewers.readings}
    assert told["app"] == next(one.number for one in everybody.readings if one.segment == "app")
    # The e-mail's 20 are hidden too: taken off the total together with the app's they would leave the three of the store.
    for segment in ("store", "email"):
        assert isinstance(told[segment], Undefined)
        assert told[segment].n == 0
        assert "fewer than 5 people" in told[segment].reason


def test_viewers_see_responses_by_segment_only_where_no_group_is_small(workspace):
    workspace.record(survey())
    viewers = workspace.platform.for_viewers()
    assert len(viewers.responses("nps", by="channel").people.segments) == 2
    workspace.record([said("survey.sent", f"store{n}", 0, "store") for n in range(3)])
    few = viewers.responses("nps", by="channel")
    assert few.people.segments == ()
    assert few.rate.value == pytest.approx(70 / 303)
    assert isinstance(few.weighted, Undefined)
    assert len(workspace.platform.responses("nps", by="channel").people.segments) == 3


def test_a_total_of_a_few_people_is_hidden_from_viewers(workspace):
    workspace.record([said("survey.answered", f"p{n}", n, "web", value=9) for n in range(4)])
    assert isinstance(workspace.platform.measure("nps", "nps").total, Estimate)
    assert isinstance(workspace.platform.for_viewers().measure("nps", "nps").total, Undefined)
