"""Effects of a change in workspaces: exactly what the plain series say, with periods counted from the day of the change, and refusals."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Undefined
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.services.effect_found import EffectAsked
from touchpath.services.effects import SEED
from touchpath.services.periods_around import periods_around
from touchpath.services.tables import rows
from touchpath.space import Space
from touchpath.stats.interruptions import Interruption, judge_interruption
from touchpath.stats.treated_units import Effect, estimate_effect

CHANGE = datetime(2026, 4, 15, tzinfo=UTC)  # a Wednesday: weeks run from Wednesday to Wednesday
START = CHANGE - timedelta(weeks=20)
WEEKS, FIRST, SHOPS, TREATED = 36, 20, 12, 5
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: shop, title: Shop, field: properties.shop}
metrics:
  - {id: order_value, title: Order value, kind: mean, numerator: {kind: order.placed}}
"""


@pytest.fixture(scope="module")
def planted():
    """Mean order value by (week, shop): the last shops rise by 6 with the change."""
    random = np.random.default_rng(11)
    level = random.normal(60, 5, SHOPS)[None, :] + 0.2 * np.arange(WEEKS)[:, None] + random.normal(0, 1, (WEEKS, SHOPS))
    level[FIRST:, -TREATED:] += 6
    return np.round(level, 2)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, planted):
    folder = tmp_path_factory.mktemp("effects") / "shop"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply(MODEL, "test", "", file="model.yaml")
    signals = []
    for week in range(WEEKS):
        for shop in range(SHOPS):
            for k, apart in enumerate((-1.0, 1.0)):
                at = START + timedelta(weeks=week, hours=12 + k)
                who, value = f"w{week}s{shop}k{k}", round(planted[week, shop] + apart, 2)
                signals.append(
                    Signal("till", who, "order.placed", at, (f"user:{who}",), value=value, properties={"shop": f"shop {shop}"})
                )
    for end, at in (("first", START), ("last", START + timedelta(weeks=WEEKS))):
        signals.append(Signal("till", end, "door.opened", at, (f"user:{end}",)))
    one_off = START + timedelta(weeks=3, hours=9)
    signals.append(Signal("till", "fair", "order.placed", one_off, ("user:fair",), value=60.0, properties={"shop": "fair"}))
    opened.record(signals)
    yield opened
    opened.close()


def asked(**more: object) -> EffectAsked:
    return EffectAsked(**{"metric": "order_value", "since": CHANGE, **more})  # type: ignore[arg-type]


GOT = tuple(f"shop {shop}" for shop in range(SHOPS - TREATED, SHOPS))


def test_a_series_is_judged_as_its_weekly_means_are(workspace, planted):
    answer = workspace.platform.effect(asked())
    means = planted.mean(axis=1)
    means[3] = (planted[3].sum() * 2 + 60) / (2 * SHOPS + 1)
    direct = judge_interruption(means.tolist(), FIRST + 1)
    assert isinstance(answer.found, Interruption)
    assert (answer.found.before, answer.found.after) == (20, 16)
    assert answer.found.level.value == pytest.approx(direct.level.value, abs=1e-9)
    assert answer.found.level.limits == pytest.approx(direct.level.limits, abs=1e-9)
    assert answer.found.gaps[-1].gap == pytest.approx(direct.gaps[-1].gap, abs=1e-9)
    assert answer.points[FIRST].period == Period(CHANGE, CHANGE + timedelta(weeks=1))
    assert answer.points[0].n == 2 * SHOPS
    assert answer.evidence.rank == 4
    assert answer.sentence.startswith("Order value: on 2026-04-15 changed in level +")


def test_treated_shops_are_held_beside_the_others(workspace, planted):
    answer = workspace.platform.effect(asked(by="shop", treated=GOT))
    places, units = np.mgrid[0:WEEKS, 0:SHOPS].reshape(2, -1).tolist()
    direct = estimate_effect(
        planted.ravel().tolist(), units, places, dict.fromkeys(range(SHOPS - TREATED, SHOPS), FIRST), seed=SEED
    )
    assert isinstance(answer.found, Effect)
    assert answer.found.effect == pytest.approx(direct.effect, abs=1e-9)
    assert (answer.found.units, answer.found.treated, answer.gaps) == (SHOPS, TREATED, ("fair",))
    assert answer.found.limits is not None
    assert answer.found.limits.low < 6 < answer.found.limits.high
    assert answer.evidence.rank == 2
    assert "moved +" in answer.sentence
    assert "1 segments have no number in some period and are left out." in answer.notes


def test_few_units_are_compared_as_two_series(workspace, planted):
    answer = workspace.platform.effect(asked(by="shop", treated=("shop 11",)))
    direct = judge_interruption((planted[:, -1] - planted[:, :-1].mean(axis=1)).tolist(), FIRST + 1)
    assert isinstance(answer.found, Interruption)
    assert answer.found.level.value == pytest.approx(direct.level.value, abs=1e-9)
    assert answer.evidence.rank == 3


def test_few_units_compared_as_units_get_no_interval(workspace):
    found = workspace.platform.effect(asked(by="shop", treated=("shop 11",), design="units"))
    assert isinstance(found.found, Effect)
    assert found.found.limits is None
    assert "too few for an interval" in found.sentence


def test_where_nothing_was_planted_none_is_called(workspace):
    shops = ("shop 0", "shop 1", "shop 2")
    answer = workspace.platform.effect(
        asked(by="shop", treated=shops, since=CHANGE - timedelta(weeks=9)), period=Period(START, CHANGE)
    )
    assert isinstance(answer.found, Effect)
    assert "no detectable effect" in answer.sentence


def test_short_sides_are_refused_with_what_would_do(workspace):
    answer = workspace.platform.effect(asked(every="month"))
    assert isinstance(answer.found, Undefined)
    assert answer.found.reason == (
        "4 whole months without a gap before the change and 3 from it on, and each side needs 8; more time would do, or shorter periods"
    )
    assert rows(answer)[0]["note"] == answer.found.reason


def test_a_segment_that_all_got_has_no_others(workspace):
    answer = workspace.platform.effect(asked(by="shop", treated=tuple(f"shop {shop}" for shop in range(SHOPS))))
    assert isinstance(answer.found, Undefined)
    assert "none of them is without the change" in answer.found.reason


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: asked(metric="order_values"), Missing, "order_value"),
        (lambda: asked(by="shop", treated=("shop 99",)), Missing, "segment"),
        (lambda: asked(by="shops", treated=("shop 1",)), Missing, "shop"),
        (lambda: asked(by="linked", treated=("x",)), BadInput, "must not overlap"),
        (lambda: asked(by="shop"), BadInput, "which of its segments"),
        (lambda: asked(since=CHANGE + timedelta(weeks=300)), BadInput, "not between the first and the last"),
        (lambda: asked(since=CHANGE + timedelta(hours=1)), BadInput, "midnight in UTC"),
        (lambda: asked(since=datetime(2026, 4, 15)), BadInput, "needs a zone"),  # noqa: DTZ001
        (lambda: asked(every="quarter", since=START + timedelta(days=13)), BadInput, "No whole quarter lies before"),
        (lambda: asked(every="year"), BadInput, "judged by day, week"),
        (lambda: asked(design="units"), BadInput, "With segments the design"),
    ],
)
def test_wrong_questions_say_what_would_do(workspace, wrong, error, says):
    with pytest.raises(error, match=says):
        workspace.platform.effect(wrong())


def test_viewers_see_no_effect_of_few_people(workspace):
    shown = workspace.platform.for_viewers().effect(asked(by="shop", treated=GOT))  # two people a week in a shop
    assert isinstance(shown.found, Undefined)
    assert shown.points == ()
    assert isinstance(workspace.platform.for_viewers().effect(asked()).found, Interruption)


def test_python_tells_the_same_as_the_service(workspace):
    found = Space(workspace).effect("order_value", CHANGE)
    assert found.answer == workspace.platform.effect(asked())
    assert Space(workspace).effect("order_value", CHANGE.date()).answer.sentence == found.answer.sentence
    assert [row["what"] for row in found.rows][:3] == ["level", "slope", "gap"]
    assert len(found.rows) == 5 + WEEKS


@pytest.mark.parametrize("every", ["day", "week", "month", "quarter"])
def test_periods_meet_at_the_change_and_follow_each_other_over_the_clock_change(every):
    since = datetime(2026, 3, 24, 23, tzinfo=UTC)  # midnight in Madrid, days before summer time
    span = Period(datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    periods, first = periods_around(span, since, every, "Europe/Madrid", 10_000)
    assert periods[first].start == since
    assert all(one.end == other.start for one, other in pairwise(periods))
    assert periods[0].start >= span.start
    assert periods[-1].end <= span.end
    hours = {(one.end - one.start) / timedelta(hours=1) for one in periods}
    assert hours >= ({23, 24, 25} if every == "day" else {167, 168, 169} if every == "week" else set())


def test_months_need_a_day_that_every_month_has():
    span = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(BadInput, match="29th"):
        periods_around(span, datetime.combine(date(2026, 5, 29), datetime.min.time(), UTC), "month", "UTC", 100)
    with pytest.raises(BadInput, match="more than 100 periods"):
        periods_around(span, datetime(2026, 6, 1, tzinfo=UTC), "day", "UTC", 100)
