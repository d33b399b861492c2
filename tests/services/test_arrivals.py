"""Which past periods carry a mark: those that late or corrected signals have changed since they were over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.signal import Signal
from touchpath.model.time import Period, calendar_periods
from touchpath.services.arrivals import Arrivals
from touchpath.services.results import Late


def at(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


MONTHS = calendar_periods(Period(at(1, 1), at(3, 31)), "month")


class Lake:
    """A store of (occurred, received, revision); `rewritten` makes it unable to say what is new."""

    def __init__(self, *rows):
        self.appends = [rows]
        self.scans = []

    @property
    def version(self):
        return len(self.appends) - 1

    def scan(self, columns, *, after=None):
        self.scans.append(after)
        for rows in self.appends[0 if after is None else after + 1 :]:
            occurred, received, revision = zip(*rows, strict=True)
            stamps = pa.timestamp("us", tz="UTC")
            arrays = [pa.array(occurred, stamps), pa.array(received, stamps), pa.array(revision, pa.int32())]
            yield pa.RecordBatch.from_arrays(arrays, list(columns))


def test_what_arrives_after_the_day_on_which_a_month_is_known_to_be_over_is_late():
    lake = Lake(
        (at(1, 10), at(1, 10), 0),
        (at(2, 1, 9), at(2, 1, 9), 0),  # January is known to be over on 1 February; 2 February is grace
        (at(1, 30), at(2, 2, 23), 0),
        (at(1, 31), at(2, 3, 0), 0),
        (at(1, 10), at(2, 5), 1),
    )
    assert Arrivals(lake).late(MONTHS) == (Late(2, 1), Late(0, 0), Late(0, 0))


def test_an_import_of_the_past_in_one_go_marks_nothing():
    lake = Lake(*((at(1, day), at(3, 20) + timedelta(minutes=day), 0) for day in range(1, 31)), (at(2, 5), at(3, 20, 13), 0))
    assert not any(late.signals for late in Arrivals(lake).late(MONTHS))


def test_the_day_of_grace_is_one_of_the_zone():
    known, late = (at(2, 1, 20), at(2, 1, 20), 0), (at(1, 10), at(2, 3, 16), 0)
    assert Arrivals(Lake(known, late)).late(MONTHS, "UTC")[0].signals == 1  # grace until 3 February, 0:00 UTC
    assert (
        Arrivals(Lake(known, late)).late(MONTHS, "Asia/Tokyo")[0].signals == 1
    )  # known on the 2nd there, until the 4th, 0:00 = 15:00 UTC
    assert Arrivals(Lake(known, (at(1, 10), at(2, 3, 14), 0))).late(MONTHS, "Asia/Tokyo")[0].signals == 0


def test_only_what_is_new_is_read():
    lake = Lake((at(1, 10), at(1, 10), 0), (at(2, 1), at(2, 1), 0))
    arrivals = Arrivals(lake)
    assert arrivals.late(MONTHS)[0].signals == 0
    lake.appends.append([(at(1, 11), at(2, 20), 0)])
    assert arrivals.late(MONTHS)[0].signals == 1
    assert arrivals.late(MONTHS)[0].signals == 1
    assert lake.scans == [None, 0]


def test_nothing_at_all_is_nothing_late():
    lake = Lake()
    lake.appends = []
    assert Arrivals(lake).late(MONTHS) == (Late(0, 0),) * 3


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (Late(0, 0), ""),
        (Late(3, 0), "3 signals came late after"),
        (Late(3, 1), "2 signals came late and 1 was corrected after"),
        (Late(1, 1), "1 was corrected after"),
    ],
)
def test_a_mark_says_what_happened(late, said):
    assert late.sentence.startswith(said)
    assert bool(late.sentence) == bool(said)


def test_a_late_signal_changes_a_past_month_with_a_mark_and_no_snapshot(tmp_path):
    create_workspace(tmp_path / "shop", zone="UTC")
    workspace = open_workspace(tmp_path / "shop")

    def record(id, occurred, received, **more):
        actors = (f"user:{more.pop('actor', id)}",)
        workspace.record([Signal("shop", id, "order.placed", occurred, actors, received_at=received, **more)])

    query = {"query": "volume", "of": ["order.placed"], "grain": "month"}
    record("1", at(1, 10), at(1, 10))
    record("2", at(2, 10), at(2, 10))
    before = workspace.platform.ask(query)
    taken = workspace.snapshots.take("january", query, before, "ann", "the review")
    record("3", at(1, 20), at(2, 20))
    record("1", at(1, 10), at(2, 21), value=5.0)
    after = workspace.platform.ask(query)
    assert [row["signals"] for row in before.table().records()] == [1, 1]
    assert [row["signals"] for row in after.table().records()] == [2, 1]
    assert before.notes == ()
    assert after.notes == (
        "2026-01-01: 1 signal came late and 1 was corrected after the period was over, "
        "so its numbers may differ from those shown before.",
    )
    assert workspace.snapshots.show("january") == taken
    months = workspace.platform.measure("active_people", grain="month").readings
    assert [reading.late and reading.late.signals for reading in months] == [2, None]
    assert "came late" in months[0].number.notes[-1]
    workspace.close()


def test_what_comes_late_within_a_window_or_time_limit_after_a_period_changes_it_too():
    lake = Lake(
        (at(1, 31), at(1, 31), 0),
        (at(2, 8), at(2, 8), 0),  # a week after January is over on the 8th; the 9th is grace
        (at(2, 3), at(2, 12), 0),
        (at(2, 4), at(2, 12), 1),
        (at(2, 9), at(2, 12), 0),
    )
    january = MONTHS[:1]
    assert Arrivals(lake).late(january) == (Late(0, 0),)
    assert Arrivals(lake).late(january, maturity=timedelta(days=7)) == (Late(2, 1),)
    assert Arrivals(lake).late(january, maturity=timedelta(days=20)) == (Late(0, 0),)  # that while is not over yet


MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
product_families: [{id: all, title: All, products: [{id: web, title: Web shop}]}]
tasks: [{id: order, title: Order, product: web, start: {kind: seen}, success: {kind: bought}, limit: 3d}]
journeys:
  - id: buy
    title: Buy
    window: 3d
    products: [web]
    stages: [{id: all, title: All, steps: [{id: see, title: See, match: {kind: seen}}, {id: pay, title: Pay, match: {kind: bought}}]}]
"""


@pytest.fixture
def shop(tmp_path):
    """Somebody saw something on 31 January and bought it on 2 February, which came to be known in March."""
    create_workspace(tmp_path / "shop", zone="UTC")
    workspace = open_workspace(tmp_path / "shop")
    workspace.models.apply(MODEL, "me", "first")

    def record(id, kind, occurred, received):
        workspace.record([Signal("shop", id, kind, occurred, ("user:1",), received_at=received)])

    record("1", "seen", at(1, 31), at(1, 31))
    record("2", "seen", at(2, 20), at(2, 20))
    record("3", "bought", at(3, 20), at(3, 20))
    before = doors(workspace.platform)
    record("4", "bought", at(2, 2), at(3, 25))
    yield before, doors(workspace.platform)
    workspace.close()


def doors(platform):
    """January, by every question that has a window or a time limit, and February by the others: what came late, and what is said."""
    funnel = {"query": "funnel", "steps": ["seen", "bought"], "window": "3d", "grain": "month"}
    january, february = MONTHS[0], MONTHS[1]
    overview = platform.overview()
    history = {m.metric.id: m.readings[0] for row in overview.rows for m in (*row.ux, *row.cx)}
    return {
        "a query": [note for note in platform.ask(funnel).notes if note.startswith("2026-01")],
        "queries together": [note for note in platform.ask_all([funnel])[0].notes if note.startswith("2026-01")],
        "a measurement": platform.measure("conversion", "buy", grain="month").readings[0].late,
        "its total": platform.measure("task_success", "order", period=january).total.notes,
        "a funnel": platform.funnel(["seen", "bought"], window="3d", grain="month").cells[0].late,
        "its numbers": platform.funnel(["seen", "bought"], window="3d", period=january).cells[0].steps[1].reach.notes,
        "a task": platform.task("order", period=january).late,
        "paths": platform.paths(period=february).late,
        "a map": platform.journey_map("buy", period=january).late,
        "the overview": history["conversion"].late,
        "its row for the task": history["task_success"].late,
    }


def test_no_door_shows_a_past_period_that_changed_without_a_mark(shop):
    before, after = shop
    assert {door: mark for door, mark in before.items() if mark} == {}
    for door, mark in after.items():
        assert "1 signal came late" in (mark.sentence if isinstance(mark, Late) else " ".join(mark)), door
