"""Drivers in workspaces: planted relations are found person by person, exactly as the plain arrays say; and what is refused, and why."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Undefined
from touchpath.model.signal import Signal
from touchpath.services.drivers import SEED, DriversAsked
from touchpath.services.tables import rows
from touchpath.space import Space
from touchpath.stats.driver_slopes import outcome_slopes
from touchpath.stats.drivers import Drivers, find_drivers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: channel, title: Channel, field: channel}
questions:
  - {id: nps, title: Recommend, asked: {kind: survey.answered, where: {properties.question: nps}}, scale: {low: 0, high: 10}, metric: nps}
  - {id: ease, title: Ease, asked: {kind: survey.answered, where: {properties.question: ease}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
  - {id: price, title: Price, asked: {kind: survey.answered, where: {properties.question: price}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
PEOPLE = 60


def answer(who: str, question: str, value: float, at: datetime, channel: str = "web", **more: str) -> Signal:
    id = f"{who}-{question}-{at.timestamp():.0f}"
    return Signal(
        "web",
        id,
        "survey.answered",
        at,
        (f"user:{who}",),
        channel=channel,
        value=value,
        properties={"question": question, **more},
    )


@pytest.fixture(scope="module")
def planted():
    """Per person: nps, ease, price (None = not answered), tickets, weight."""
    random = np.random.default_rng(7)
    ease, price = random.integers(1, 6, PEOPLE), random.integers(1, 6, PEOPLE)
    tickets = random.poisson(1.0, PEOPLE)
    nps = np.clip(np.round(1.6 * ease + 0.4 * price - tickets + random.normal(size=PEOPLE)), 0, 10)
    gaps = [None if k % 10 == 0 else int(price[k]) for k in range(PEOPLE)]
    return nps.tolist(), ease.tolist(), gaps, tickets.tolist(), [1 + k % 3 for k in range(PEOPLE)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, planted):
    folder = tmp_path_factory.mktemp("drivers") / "shop"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply(MODEL, "test", "", file="model.yaml")
    signals = []
    for k, (nps, ease, price, tickets, weight) in enumerate(zip(*planted, strict=True)):
        who, at, channel = f"p{k}", NOON + timedelta(minutes=k), "web" if k % 2 else "app"
        signals.append(answer(who, "nps", nps, at, channel, weight=str(weight)))
        signals.append(answer(who, "nps", 10 - nps, at - timedelta(days=60), channel, weight="1"))
        signals.append(answer(who, "ease", ease, at + timedelta(minutes=3)))
        signals.append(answer(who, "ease", 6 - ease, at - timedelta(hours=1)))
        if price is not None:
            signals.append(answer(who, "price", price, at))
        hours = [timedelta(hours=n + 1) for n in range(tickets)]
        signals += [Signal("desk", f"{who}-t{n}", "ticket.opened", at - one, (f"user:{who}",)) for n, one in enumerate(hours)]
        signals.append(Signal("desk", f"{who}-late", "ticket.opened", at, (f"user:{who}",)))
        if k < 10:
            sent = Signal(
                "web",
                f"{who}-s",
                "survey.sent",
                at - timedelta(days=61),
                (f"user:{who}",),
                channel=channel,
                properties={"question": "nps"},
            )
            signals += [sent, answer(who, "nps", 11, at + timedelta(seconds=1))]
    opened.record(signals)
    yield opened
    opened.close()


def asked(*items: str, **more: object) -> DriversAsked:
    return DriversAsked("nps", items, **{"span": timedelta(days=7), **more})  # type: ignore[arg-type]


def told(found: Drivers) -> dict[str, object]:
    return {
        one.name: (one.importance, one.share_limits, one.correlation, one.correlation_limits, one.ranks) for one in found.drivers
    }


def test_answers_and_deeds_are_joined_as_the_plain_arrays_say(workspace, planted):
    answer = workspace.platform.drivers(asked("ease", "price", "count:ticket.opened"))
    nps, ease, price, tickets, _ = planted
    order = sorted(range(PEOPLE), key=lambda k: owners(workspace)[f"user:p{k}"])
    columns = {"ease": ease, "price": price, "count:ticket.opened": tickets}
    direct = find_drivers([nps[k] for k in order], {name: [one[k] for k in order] for name, one in columns.items()}, seed=SEED)
    assert isinstance(answer.found, Drivers)
    assert told(answer.found) == told(direct)
    assert (answer.answers, answer.people, answer.found.n, answer.missing) == (PEOPLE, PEOPLE, 54, (0, 6, 0))
    assert answer.sentence.startswith("\u201cEase\u201d goes with \u201cRecommend\u201d most")
    whole = [k for k in order if price[k] is not None]
    slopes = outcome_slopes([nps[k] for k in whole], {name: [one[k] for k in whole] for name, one in columns.items()})
    assert [(one.value, one.p_family) for one in answer.slopes] == [pytest.approx((one.value, one.p_family)) for one in slopes]
    assert answer.evidence.rank == 5
    assert "10 ratings of 'Recommend' are off its scale and no answers." in answer.notes


def owners(workspace) -> dict[str, int]:
    """The key of each person by a plain way: one feature row each."""
    found = workspace.platform.features(
        {"query": "features", "anchor": {"kind": "survey.answered", "where": {"properties.question": "nps"}}, "which": "last",
         "features": {"nps": {"known": "properties.weight"}, "at": {"count": "survey.answered", "before": "1d"}}}
    ).read_all()  # fmt: skip
    in_time = sorted(zip(found["anchor_at"].to_pylist(), found["owner"].to_pylist(), strict=True))
    return {f"user:p{k}": owner for k, (_, owner) in enumerate(in_time)}


def test_every_answer_counts_with_people_as_clusters(workspace):
    answer = workspace.platform.drivers(asked("ease", every=True, span=timedelta(days=365)))
    assert isinstance(answer.found, Drivers)
    assert (answer.answers, answer.people, answer.found.n, answer.found.people) == (2 * PEOPLE, PEOPLE, 2 * PEOPLE, PEOPLE)


def test_a_property_weighs_answers(workspace, planted):
    answer = workspace.platform.drivers(asked("ease", "count:ticket.opened", weights="properties.weight"))
    nps, ease, _, tickets, weights = planted
    direct = find_drivers(nps, {"ease": ease, "count:ticket.opened": tickets}, weights=weights, seed=1)
    assert isinstance(answer.found, Drivers)
    assert {one.name: pytest.approx(one.importance) for one in direct.drivers} == {
        one.name: one.importance for one in answer.found.drivers
    }
    assert answer.found.effective_n == pytest.approx(direct.effective_n)


def test_a_dimension_weighs_answers_as_everybody_was_asked(workspace):
    answer = workspace.platform.drivers(asked("ease", weights="channel"))
    assert isinstance(answer.found, Drivers), answer.found
    assert answer.found.effective_n == pytest.approx(PEOPLE)  # as many were asked as answered in both channels


def test_few_people_are_refused_with_how_many_would_do(workspace):
    some = workspace.platform.drivers(asked("ease", "price", span=timedelta(seconds=1)))
    assert isinstance(some.found, Undefined)
    assert some.found.reason == "0 people gave the outcome and every item, and 2 items need 10; 20 would do well"
    assert rows(some)[0]["note"] == some.found.reason


def test_what_does_not_vary_is_refused_and_named(workspace):
    found = workspace.platform.drivers(asked("ease", "did:survey.answered", span=timedelta(days=365))).found
    assert isinstance(found, Undefined)
    assert "all values are the same in Ever survey.answered" in found.reason


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: asked("easy"), Missing, "Did you mean 'ease'"),
        (lambda: asked("count:ticket.open"), Missing, "Did you mean 'ticket.opened'"),
        (lambda: asked("count:"), BadInput, "names no kind"),
        (lambda: asked("ease", weights="properties.question"), BadInput, "no number above 0"),
        (lambda: asked("ease", weights="properties.wait"), Missing, "wait"),
        (lambda: asked("ease", "ease"), BadInput, "'ease' came again"),
        (lambda: asked("nps"), BadInput, "not the outcome itself"),
        (lambda: asked(), BadInput, "1 to 30 items"),
        (lambda: asked("ease", span=timedelta()), BadInput, "within a span above 0"),
        (lambda: DriversAsked("count:ticket.opened", ("ease",)), BadInput, "a question or a score"),
    ],
)
def test_wrong_questions_say_what_would_do(workspace, wrong, error, says):
    with pytest.raises(error, match=says):
        workspace.platform.drivers(wrong())


def test_viewers_see_no_count_of_a_few(workspace):
    shown = workspace.platform.for_viewers().drivers(asked("ease", "price", "count:ticket.opened"))
    assert shown.missing == (0, 6, 0)
    assert shown.off_scale == 10
    few = workspace.platform.for_viewers().drivers(asked("price", span=timedelta(days=7)))
    assert isinstance(few.found, Drivers)


def test_python_tells_the_same_as_the_service(workspace):
    found = Space(workspace).drivers("nps", ["ease", "price"], within=timedelta(days=7))
    assert found.answer == workspace.platform.drivers(asked("ease", "price"))
    assert [row["item"] for row in found.rows] == ["ease", "price"]
    assert {"share", "low", "high", "correlation", "slope", "p_family", "missing"} <= set(found.rows[0])
