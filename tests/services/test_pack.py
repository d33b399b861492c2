"""Many metrics at once: each as it is measured alone, read together, and none in the way of another."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.services.small_shop import MODEL, START

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.bootstrap.workspace import Workspace
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.pack import default_pack
from touchpath.services.platform import Platform
from touchpath.services.results import Number
from touchpath.services.tables import rows

OWN = """
tasks: [{id: order, title: Order, start: {kind: page.viewed}, success: {kind: order.placed}, limit: 1h}]
questions: [{id: nps, title: Recommend, asked: {kind: survey.answered}, scale: {low: 0, high: 10}, metric: nps}]
metrics: [{id: mixed, title: Mixed money, kind: mean, numerator: {kind: order.placed}}]
"""


@pytest.fixture
def shop(tmp_path: Path):
    create_workspace(tmp_path / "shop")
    with closing(open_workspace(tmp_path / "shop")) as workspace:
        workspace.models.apply(MODEL + OWN, "me", "first")
        workspace.record(
            [
                Signal(
                    source="web",
                    id=f"{person}-{step}",
                    kind=kind,
                    occurred_at=START + timedelta(days=person % 30, minutes=step),
                    actors=(f"user:{person}",),
                    channel="web" if person % 2 else "app",
                    value=float(person % 11) if kind == "survey.answered" else 5.0,
                    unit="points" if kind == "survey.answered" else "EUR" if person % 2 else "USD",
                )
                for person in range(60)
                for step, kind in enumerate(("page.viewed", "order.placed", "survey.answered"))
                if step < 1 + person % 3
            ],
        )
        yield workspace


def test_a_metric_of_the_pack_is_what_it_is_alone(shop: Workspace) -> None:
    asks = default_pack(shop.platform.experience())
    assert {("task_success", "order"), ("conversion", "buy"), ("nps", "nps"), ("active_people", ""), ("mixed", "")} <= set(asks)
    together = shop.platform.measure_all(grain="week").measurements
    assert len(together) == len(asks) == len({(one.metric.id, one.subject) for one in together})
    for (name, subject), one in zip(asks, together, strict=True):
        if name != "mixed":
            assert one == shop.platform.measure(name, subject, grain="week")
    assert sum(isinstance(one.total, Estimate) for one in together) > 8


def test_a_metric_that_cannot_be_measured_costs_only_its_own_number(shop: Workspace) -> None:
    found = {one.metric.id: one for one in shop.platform.measure_all().measurements}
    assert isinstance(found["mixed"].total, Undefined)
    assert "EUR, USD" in found["mixed"].total.reason
    assert isinstance(found["nps"].total, Estimate)


def test_what_a_task_or_a_journey_does_not_name_is_not_asked_for(shop: Workspace) -> None:
    assert not {("contact_rate", "buy"), ("task_errors", "order"), ("task_error_rate", "order")} & set(
        default_pack(shop.platform.experience())
    )
    with pytest.raises(BadInput, match="does not say what an error is"):
        shop.platform.measure("task_errors", "order")


def test_only_what_is_named_is_measured(shop: Workspace) -> None:
    (one,) = shop.platform.measure_all([("nps", "")]).measurements
    assert one == shop.platform.measure("nps")


def test_rows_tell_each_reading_or_the_total(shop: Workspace) -> None:
    total = rows(shop.platform.measure_all([("nps", ""), ("mixed", "")]))
    assert [row["metric"] for row in total] == ["nps", "mixed"]
    assert total[1]["value"] is None
    assert total[1]["note"]
    by_week = rows(shop.platform.measure_all([("nps", "")], grain="week"))
    assert len(by_week) == len(shop.platform.measure("nps", grain="week").readings) > 3


def test_viewers_see_no_small_group_in_many_at_once(shop: Workspace) -> None:
    viewers = shop.platform.for_viewers()
    asks = [one for one in default_pack(shop.platform.experience()) if one[0] != "mixed"]
    together = viewers.measure_all(asks, grain="day").measurements
    assert together == tuple(viewers.measure(name, subject, grain="day") for name, subject in asks)
    hidden = [reading.number for one in together for reading in one.readings if reading.number.n == 0]
    assert sum(isinstance(number, Undefined) and number.reason.startswith("hidden") for number in hidden) > 30


def test_viewers_see_no_small_group_on_the_overview(shop: Workspace) -> None:
    def readings(platform: Platform) -> list[Number]:
        rows = platform.overview().rows
        return [reading.number for row in rows for one in (*row.ux, *row.cx) for reading in one.readings]

    everybody, viewers = readings(shop.platform), readings(replace(shop.platform, viewers=True, smallest_group=20))
    assert any(0 < number.n < 20 for number in everybody)
    assert not any(0 < number.n < 20 for number in viewers)
