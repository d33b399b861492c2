"""A person's timeline a part at a time: visits, kinds, moments of friction, search, and what a long one costs."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import Missing
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.services.people import show_person
from touchpath.web.app import build_app

START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
tasks:
  - {id: pay, title: Pay, start: {kind: pay.started}, success: {kind: order.placed}, error: {kind: pay.error}}
journeys:
  - {id: buy, title: Buy, stages: [{id: s, title: S, steps: [{id: order, title: Order, match: {kind: order.placed}}]}]}
"""
MANY = 3_000


def signals():
    """Visits of ten signals, an hour apart; in every twentieth visit an error, in the last one a rage click."""
    for n in range(MANY):
        visit, place = divmod(n, 10)
        kind = "pay.error" if visit % 20 == 0 and place == 4 else "order.placed" if place == 9 else "page.viewed"
        text = "My address is ann@mail.example, thanks" if n == 100 else f"note {n}" if n % 500 == 0 else None
        yield Signal("web", f"{n}", kind, START + timedelta(hours=visit, minutes=place), ("user:long",), text=text)
    yield Signal("web", "rage", "page.rage_clicked", START + timedelta(hours=400), ("user:long",))
    yield Signal("app", "other", "page.viewed", START, ("user:short",), account="acme")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strips") / "w"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "", file="model.yaml")
        workspace.record(list(signals()))
        yield workspace


@pytest.fixture(scope="module")
def platform(workspace):
    return workspace.platform


def test_a_period_narrows_all_but_the_whole_which_the_overview_keeps(platform):
    hours = Period(START + timedelta(hours=20), START + timedelta(hours=22))  # visits 20 (with its error) and 21
    whole, part = platform.person("user:long"), platform.person("user:long", within=hours, limit=15)
    assert (part.matching, part.total, part.friction) == (20, MANY + 1, 1)
    assert part.kinds == {"page.viewed": 17, "order.placed": 2, "pay.error": 1}
    assert {entry.occurred_at for entry in part.entries} <= {
        START + timedelta(hours=20 + at // 60, minutes=at % 60) for at in range(120)
    }
    assert (part.sources, part.first, part.last) == (whole.sources, whole.first, whole.last)
    assert sum(one.signals for one in part.overview.stretches) == part.matching
    assert (part.overview.whole, part.overview.life) == (whole.overview.whole, whole.overview.life)
    assert sum(one.signals for one in whole.overview.stretches) == MANY + 1
    assert platform.person("user:long", within=hours, limit=15, start=15).entries[-1].occurred_at == hours.start
    nothing = platform.person("user:long", within=Period(START - timedelta(days=9), START))
    assert (nothing.entries, nothing.matching, nothing.kinds) == ((), 0, {})


def test_an_overview_counts_what_fits_the_filter_in_the_days_of_the_workspace(platform):
    rough = platform.person("user:long", kind="friction").overview
    assert sum(one.signals for one in rough.stretches) == sum(one.friction for one in rough.stretches) == MANY // 200 + 1
    assert sum(one.signals for one in platform.person("user:long", search="note").overview.stretches) == MANY // 500


def test_a_part_has_what_is_newest_and_knows_the_whole(platform):
    person = platform.person("user:long", limit=100)
    assert (len(person.entries), person.total, person.matching) == (100, MANY + 1, MANY + 1)
    assert person.entries[0].kind == "page.rage_clicked"
    assert (person.first, person.last) == (START, START + timedelta(hours=400))
    assert person.kinds == {
        "page.viewed": MANY * 9 // 10 - MANY // 200,
        "order.placed": MANY // 10,
        "pay.error": MANY // 200,
        "page.rage_clicked": 1,
    }
    assert person.actors == ("user:long",)


def test_parts_follow_each_other_and_end(platform):
    parts = [platform.person("user:long", limit=1000, start=start).entries for start in (0, 1000, 2000, 3000)]
    keys = [entry.key for part in parts for entry in part]
    assert len(keys) == len(set(keys)) == MANY + 1
    times = [entry.occurred_at for part in parts for entry in part]
    assert times == sorted(times, reverse=True)
    assert platform.person("user:long", limit=1000, start=99_000).start == 3000  # beyond the end is the last part


def test_signals_that_lie_close_together_are_one_visit(platform):
    person = platform.person("user:long", limit=21)
    assert [one.signals for one in person.visits] == [1, 10, 10]
    assert {entry.visit for entry in person.entries[1:11]} == {person.visits[1].number}
    assert person.visits[1].end - person.visits[1].start == timedelta(minutes=9)


def test_friction_is_told_and_leads_to_the_next(platform):
    person = platform.person("user:long", limit=100)
    assert person.friction == 1 + MANY // 200
    assert [entry.kind for entry in person.entries if entry.friction] == ["page.rage_clicked"]
    start, key = person.earlier
    there = platform.person("user:long", limit=100, start=start)
    (found,) = [entry for entry in there.entries if entry.key == key]
    assert found.kind == "pay.error"
    assert there.later == (0, person.entries[0].key)
    assert all(entry.friction for entry in platform.person("user:long", kind="friction").entries)


def test_only_one_kind_is_shown_where_one_is_asked_for(platform):
    person = platform.person("user:long", kind="order.placed", limit=50)
    assert person.matching == MANY // 10
    assert {entry.kind for entry in person.entries} == {"order.placed"}
    assert {entry.steps for entry in person.entries} == {("Order",)}


def test_words_are_searched_in_all_of_it_but_not_in_hidden_details(platform):
    assert [entry.text for entry in platform.person("user:long", search="note 1500").entries] == ["note 1500"]
    assert platform.person("user:long", search="ann@mail.example").matching == 0
    assert platform.person("user:long", search="ann@mail.example", clear=True).matching == 1
    assert platform.person("user:long", search="note", kind="order.placed").matching == 0


def test_the_accounts_that_signals_name_are_told(platform):
    assert platform.person("user:short").accounts == ("acme",)
    assert platform.person("user:long").accounts == ()


def test_nobody_unknown_has_a_timeline(platform):
    with pytest.raises(Missing, match="Nobody is known"):
        platform.person("user:else")


class Counting:
    """A store that counts the rows which are read with their texts."""

    def __init__(self, store):
        self.store, self.rows = store, 0

    def scan(self, columns, **more):
        for batch in self.store.scan(columns, **more):
            self.rows += batch.num_rows if "text" in columns else 0
            yield batch


def test_a_long_timeline_is_read_no_further_than_it_is_shown(platform):
    counting = Counting(platform.signals)
    person = show_person("user:long", platform.experience(), counting, platform.timelines, limit=100)
    assert len(person.entries) == 100
    assert counting.rows == 100


def test_a_correction_shows_its_newest_revision(workspace):
    late = Signal("web", "7", "page.viewed", START + timedelta(minutes=7), ("user:long",), text="as corrected")
    workspace.record([late])
    found = workspace.platform.person("user:long", search="corrected")
    assert [(entry.text, entry.revision) for entry in found.entries] == [("as corrected", 1)]
    assert found.total == MANY + 1


@pytest.mark.slow
def test_a_person_with_a_hundred_thousand_signals_is_a_page_like_any_other(tmp_path):
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        step = timedelta(minutes=7)
        workspace.record(
            [Signal("web", f"{n}", "page.viewed", START + n * step, ("user:long",), text="x" * 50) for n in range(100_000)]
        )
        counting = Counting(workspace.platform.signals)
        ask = partial(
            show_person, "user:long", workspace.platform.experience(), counting, workspace.platform.timelines, limit=100
        )
        first, last = ask(), ask(start=99_900)
        assert (first.total, len(first.entries), len(last.entries), counting.rows) == (100_000, 100, 100, 200)
        assert last.entries[-1].occurred_at == START
        answers = [
            send_page(build_app({"w": workspace.platform}), f"/w/w/people/user:long?start={start}") for start in (0, 50_000)
        ]
        assert max(len(answer) for answer in answers) < 300_000


def send_page(app, path):
    """The bytes of a page."""

    async def send():
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400") as client:
            return (await client.get(path)).content

    return asyncio.run(send())
