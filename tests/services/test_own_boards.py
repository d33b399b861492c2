"""Boards that members make: versions, copies, undo; blocks that are checked when they are kept, and what they answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from made_up import FakePlatform, shop_experience
from records_in_memory import RecordsInMemory

from touchpath.model.errors import BadInput, Conflict, Missing, NotAllowed
from touchpath.model.experience import Dimension
from touchpath.model.time import Period
from touchpath.services.board_answers import BoardView, fill_board, narrowed
from touchpath.services.board_blocks import (
    MOST_BLOCKS,
    add_block,
    drop_block,
    find_block,
    make_block,
    move_block,
    read_block,
)
from touchpath.services.own_boards import OwnBoards
from touchpath.services.saved_queries import SavedQueries

NUMBER = make_block("", "metric", {"number": "task_success:checkout"})
LAST_MONTH = Period(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
BEFORE = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture
def boards():
    return OwnBoards(RecordsInMemory())


@pytest.fixture
def saved():
    queries = SavedQueries(RecordsInMemory())
    queries.save("Orders", {"query": "volume", "of": ["order.placed"]}, "ada")
    return queries


@pytest.fixture
def shop():
    return FakePlatform("shop", "The Shop", shop_experience())


def test_every_version_of_a_board_stays_and_can_be_the_newest_again(boards):
    made = boards.make("Weekly look", "ada", [NUMBER])
    changed = boards.save(made.id, "ben", expected=1, title="Look at the week", blocks=[])
    assert (changed.revision, changed.owner, changed.member, changed.blocks) == (2, "ada", "ben", ())
    again = boards.restore(made.id, 1, "ada")
    assert (again.revision, again.title, again.blocks) == (3, "Weekly look", made.blocks)
    assert [one.revision for one in boards.history(made.id)] == [3, 2, 1]
    with pytest.raises(Missing, match="version"):
        boards.restore(made.id, 9, "ada")


def test_what_is_the_same_is_not_saved_again(boards):
    made = boards.make("Weekly look", "ada", [NUMBER])
    assert boards.save(made.id, "ben", expected=1, title=" Weekly  look ").revision == 1


def test_of_two_who_change_a_board_the_second_is_told(boards):
    made = boards.make("Weekly look", "ada")
    boards.save(made.id, "ben", expected=1, title="Ben's")
    with pytest.raises(Conflict):
        boards.save(made.id, "eve", expected=1, title="Eve's")
    assert boards.show(made.id).title == "Ben's"


def test_a_board_that_is_taken_away_is_gone_until_it_is_brought_back(boards):
    made = boards.make("Weekly look", "ada", [NUMBER])
    assert boards.remove(made.id, "ben").title == "Weekly look"
    assert boards.list() == ()
    for ask in (boards.show, boards.history):
        with pytest.raises(Missing):
            ask(made.id)
    with pytest.raises(Missing):
        boards.save(made.id, "ben", expected=2, title="x")
    assert boards.bring_back(made.id, "ben").blocks == made.blocks
    assert [one.id for one in boards.list()] == [made.id]


def test_a_copy_is_a_board_of_ones_own(boards):
    made = boards.make("Weekly look", "ada", [NUMBER])
    copy = boards.duplicate(made.id, "ben")
    assert (copy.title, copy.owner, copy.blocks) == ("Weekly look (copy)", "ben", made.blocks)
    boards.save(copy.id, "ben", expected=1, blocks=[])
    assert boards.show(made.id).blocks == made.blocks


@pytest.mark.parametrize("title", ["", "  ", "---", "x" * 121, "a\x00b"])
def test_a_title_that_says_nothing_is_refused(boards, title):
    with pytest.raises(BadInput):
        boards.make(title, "ada")
    assert boards.list() == ()


def test_a_board_is_found_by_its_title_while_only_one_has_it(boards):
    made = boards.make("Weekly look", "ada")
    assert boards.find("Weekly look") == boards.find(made.id) == made
    boards.make("Weekly look", "ben")
    with pytest.raises(BadInput, match="2 boards are called"):
        boards.find("Weekly look")
    with pytest.raises(Missing, match="Weekly look"):
        boards.find("Weekly lok")


def test_blocks_are_added_moved_and_dropped_under_ids_that_stay():
    blocks = ()
    for text in "abc":
        blocks = add_block(blocks, make_block("", "text", {"text": text}))
    assert [one.id for one in blocks] == ["1", "2", "3"]
    assert [one.id for one in move_block(blocks, "3", -1)] == ["1", "3", "2"]
    assert move_block(blocks, "1", -5) == blocks
    assert [one.id for one in move_block(blocks, "1", 99)] == ["2", "3", "1"]
    assert [one.id for one in add_block(drop_block(blocks, "2"), NUMBER)] == ["1", "3", "2"]
    with pytest.raises(Missing, match="block"):
        find_block(blocks, "9")


def test_a_board_holds_so_many_blocks_and_no_more(boards):
    many = [NUMBER] * MOST_BLOCKS
    made = boards.make("Many", "ada", many)
    assert len({one.id for one in made.blocks}) == MOST_BLOCKS
    with pytest.raises(BadInput, match="at most 40"):
        boards.make("More", "ada", [*many, NUMBER])


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"sort": "gauge"}, "There are: metric, chart"),
        ({"sort": "metric"}, "needs 'number'"),
        ({"sort": "metric", "says": {"number": "nps:nps", "colour": "red"}}, "came with 'colour'"),
        ({"sort": "metric", "says": {"number": ["nps"]}}, "is a text, but list came"),
        ({"sort": "metric", "says": {"number": "x" * 301}}, "301 characters"),
        ({"sort": "metric", "says": {"number": "nps"}, "width": "third"}, "There are: half, full"),
        ({"sort": "metric", "says": {"number": "nps"}, "title": "x" * 121}, "at most 120"),
        ({"sort": "metric", "says": {"number": "nps"}, "id": "../x"}, "letters and digits"),
        ({"sort": "metric", "says": {"number": "nps"}, "style": "x"}, "came with 'style'"),
        ({"sort": "chart"}, "'number' or 'query', and not both"),
        ({"sort": "chart", "says": {"number": "nps:nps", "query": "orders"}}, "and not both"),
        ({"sort": "chart", "says": {"number": "nps:nps", "grain": "hour"}}, "There are: day, week"),
        ({"sort": "map", "says": {"journey": "buy", "lanes": "volume smoke"}}, "came as 'smoke'"),
        ({"sort": "verbatims", "says": {"most": "many"}}, "whole number from 1 to 20"),
        ({"sort": "verbatims", "says": {"most": "0"}}, "whole number from 1 to 20"),
        ({"sort": "text", "says": {"text": "a\x00b"}}, "cannot be shown"),
        ({"sort": "text", "says": {"text": "x" * 8_001}}, "at most 8,000"),
        ({"sort": "text", "says": "x"}, "is an object"),
        ("text", "is an object"),
        ({}, "is an object"),
    ],
)
def test_a_block_that_cannot_be_meant_is_refused_in_words(plain, said):
    with pytest.raises(BadInput, match=said):
        read_block(plain)


def test_a_block_is_read_back_as_it_was_kept():
    blocks = [
        make_block("7", "map", {"journey": "buy", "lanes": ["attitude", "volume"]}, "  A   map ", "half"),
        make_block("a", "text", {"text": "one\r\n\r\ntwo\n"}),
        make_block("b", "verbatims", {}),
    ]
    assert [read_block(json.loads(json.dumps(one.as_document()))) for one in blocks] == blocks
    assert (blocks[0].lanes, blocks[0].title, blocks[1].get("text"), blocks[2].most) == (
        ("volume", "attitude"),
        "A map",
        "one\n\ntwo",
        5,
    )


BOARD = [
    make_block("1", "metric", {"number": "task_success:checkout"}),
    make_block("2", "metric", {"number": "nothing:here"}),
    make_block("3", "metric", {"number": "task_success:gone"}),
    make_block("4", "goal", {"number": "nps:nps"}),
    make_block("5", "chart", {"number": "nps:nps", "grain": "month"}),
    make_block("6", "table", {"query": "orders"}),
    make_block("7", "table", {"query": "gone"}),
    make_block("8", "table", {"query": "orders", "table": "edges"}),
    make_block("9", "map", {"journey": "buy"}),
    make_block("10", "map", {"journey": "gone"}),
    make_block("11", "text", {"text": "Look."}),
    make_block("12", "verbatims", {}),
]


def test_a_block_whose_metric_query_or_journey_is_gone_says_so_and_harms_no_other(shop, saved):
    filled = {one.block.id: one for one in fill_board(shop, saved, BOARD, BoardView(people=True))}
    assert {id for id, one in filled.items() if one.problem} == {"2", "3", "7", "8", "10"}
    assert "No metric is called 'nothing'" in filled["2"].problem
    assert "saved query" in filled["7"].problem
    assert filled["1"].measured.total.n
    assert filled["4"].target is None
    assert len([one for one in filled["5"].measured.readings if one.period]) == 6
    assert filled["6"].answer.query == "volume"
    assert filled["9"].drawn.lanes == ("volume", "completion", "task_success", "attitude")
    assert filled["12"].voice.said


def test_a_fault_that_nobody_foresaw_costs_its_own_block_only(shop, saved, monkeypatch, caplog):
    monkeypatch.setattr(shop, "live_map", lambda asked: 1 / 0, raising=False)
    filled = {one.block.id: one for one in fill_board(shop, saved, BOARD, BoardView())}
    assert "not foreseen" in filled["9"].problem
    assert filled["6"].answer is not None
    assert "ZeroDivisionError" in caplog.text


def test_all_blocks_are_narrowed_alike(shop, saved, monkeypatch):
    asked = {"query": [], "map": [], "voice": [], "compare": []}
    real = {name: getattr(shop, name) for name in ("ask", "live_map", "voice", "compare")}
    monkeypatch.setattr(shop, "ask", lambda query: asked["query"].append(json.loads(query)) or real["ask"](query), raising=False)
    monkeypatch.setattr(shop, "live_map", lambda one: asked["map"].append(one) or real["live_map"](one), raising=False)
    monkeypatch.setattr(
        shop, "voice", lambda one, limit: asked["voice"].append(one) or real["voice"](one, limit=limit), raising=False
    )
    monkeypatch.setattr(
        shop, "compare", lambda *ask, **more: asked["compare"].append((ask, more)) or real["compare"](*ask, **more), raising=False
    )
    view = BoardView(LAST_MONTH, BEFORE, ("channel", "web"), people=True)
    filled = {one.block.id: one for one in fill_board(shop, saved, BOARD, view)}
    assert asked["query"][0]["where"] == asked["query"][1]["where"] == {"channel": "web"}
    assert [one["period"]["from"][:10] for one in asked["query"][:2]] == ["2026-06-01", "2026-05-01"]
    slice_, beside = asked["map"][0].of, asked["map"][0].beside
    assert (slice_.period, slice_.cuts, beside.period, beside.cuts) == (LAST_MONTH, (("channel", "web"),), BEFORE, slice_.cuts)
    assert (asked["voice"][0].period, asked["voice"][0].segment) == (LAST_MONTH, ("channel", "web"))
    assert asked["compare"][0] == (("task_success", "checkout"), {"by": "channel", "periods": (BEFORE, LAST_MONTH)})
    whole, web = shop.measure("task_success", "checkout", by="channel", period=LAST_MONTH), filled["1"].measured
    assert web.total == next(one.number for one in whole.readings if one.segment == "web")
    assert web.period == LAST_MONTH


def test_whoever_may_not_see_people_gets_no_texts_even_where_the_workspace_would_give_them(shop, saved, monkeypatch):
    words = [BOARD[-1]]
    assert fill_board(shop, saved, words, BoardView(people=False))[0].hidden

    def refuse(asked, limit):
        raise NotAllowed("people")

    monkeypatch.setattr(shop, "voice", refuse, raising=False)
    (one,) = fill_board(shop, saved, words, BoardView(people=True))
    assert (one.hidden, one.voice) == (True, None)


def test_without_signals_every_block_but_a_text_says_so(saved):
    empty = FakePlatform("empty", "Empty", shop_experience(), span=None)
    filled = fill_board(empty, saved, BOARD, BoardView())
    assert [one.block.sort for one in filled if not one.problem] == ["text"]


def test_a_query_is_narrowed_besides_what_it_asks_for():
    by_signal = Dimension("channel", "Channel", "channel")
    by_person = replace(by_signal, id="plan", field="properties.plan", level="person", changes="latest")
    document = {
        "query": "volume",
        "of": ["a"],
        "period": {"from": "2020-01-01"},
        "who": [{"persona": "p"}],
        "where": {"unit": "EUR"},
    }
    assert json.loads(narrowed(document, None)) == document
    signals = json.loads(narrowed(document, LAST_MONTH, by_signal, "web"))
    assert signals["where"] == {"unit": "EUR", "channel": "web"}
    assert signals["period"] == {"from": "2026-06-01T00:00:00+00:00", "to": "2026-07-01T00:00:00+00:00"}
    people = json.loads(narrowed(document, None, by_person, "pro"))
    assert people["who"] == [{"persona": "p"}, {"segment": {"plan": "pro"}}]
    with pytest.raises(BadInput, match="says itself which 'channel'"):
        narrowed({"query": "volume", "where": {"channel": "app"}}, None, by_signal, "web")
    assert document["where"] == {"unit": "EUR"}
