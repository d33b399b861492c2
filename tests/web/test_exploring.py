"""Questions as forms: what a form says is what its document says, and the other way round; nothing typed is lost or taken for more."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput, ModelErrors
from touchpath.model.estimate import Undefined
from touchpath.model.kept_query import KeptQuery
from touchpath.model.nodes import plain_of
from touchpath.model.time import Period
from touchpath.services.queries.keys import form_of
from touchpath.services.queries.reading import root_of
from touchpath.services.results import Reading
from touchpath.web.charts.arcs import Move, Place, draw_arcs, in_order
from touchpath.web.charts.links import MOST, OTHER, Doors, Link, draw_links, pool
from touchpath.web.charts.timeline import Window, window_over, zoom_of
from touchpath.web.exploring.asking import document_of, python_of
from touchpath.web.exploring.files import csv_pieces, harmless, parquet_pieces
from touchpath.web.exploring.filling import fill_form
from touchpath.web.exploring.form import Faulty, read_form
from touchpath.web.exploring.rows import MOST_ROWS, changed, count_rows
from touchpath.web.exploring.written import flow, write
from touchpath.web.pages.explore_timeline import span_of

VECTORS = Path(__file__).parents[2] / "docs" / "conformance"


def documents() -> list[dict[str, object]]:
    """Every query of the published vectors."""
    found = []
    for file in sorted(VECTORS.glob("*.json")):
        for case in json.loads(file.read_text()).get("cases", []):
            one = case.get("query")
            found += [one] if isinstance(one, dict) and "answer" in case else []
    return found


def test_every_published_query_comes_back_from_its_form_as_it_was() -> None:
    assert len(documents()) > 100
    for document in documents():
        form, faulty = form_of(str(document["query"])), Faulty()
        filled = read_form(form, fill_form(form, document), None, faulty)
        assert not faulty, (document, faulty.by_field)
        assert plain_of(root_of(filled.written.text)) == json.loads(json.dumps(filled.document))
        assert _alike(filled.document) == _alike(document), document


def _alike(value: object, key: str = "") -> object:
    """Without the ways in which a document may say the same: a list of one, a kind in a mapping."""
    if isinstance(value, list):
        value = [_alike(one) for one in value]
        return value[0] if len(value) == 1 else value
    if isinstance(value, dict):
        if set(value) == {"kind"}:
            return _alike(value["kind"])
        return {name: _alike(one, name) for name, one in value.items() if (name, one) != ("kind", [])}
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


VALUES = st.recursive(
    st.booleans()
    | st.integers(-1000, 1000)
    | st.text(max_size=12)
    | st.sampled_from(["yes", "null", "1e3", "007", "a: b", "- x", "#"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.from_regex("[a-z]{1,6}", fullmatch=True), VALUES, min_size=1, max_size=4))
def test_whatever_is_written_is_read_back(document: dict[str, object]) -> None:
    text = write({"query": "x", **document}, {}).text
    try:
        root = root_of(text)
    except ModelErrors:  # characters that no document may hold are refused, not changed
        return
    assert KeptQuery.of(plain_of(root)) == KeptQuery.of({"query": "x", **document})


def test_a_fault_stands_beside_the_field_that_it_is_about() -> None:
    faulty = Faulty()
    params = {"q.steps.0": "a", "q.steps.1": "b", "q.steps.1.where": "chanel: web", "q.window": "sevn", "grain": "moon"}
    filled = read_form(form_of("funnel"), params, None, faulty)
    assert not faulty
    assert [filled.written.place(line) for line in range(1, 7)] == ["", "q.steps", "q.steps.0", "q.steps.1", "q.window", "grain"]
    read_form(form_of("funnel"), {"where": "channel: [web"}, None, faulty)
    assert set(faulty.by_field) == {"where"}


def test_a_text_cannot_become_another_key() -> None:
    faulty = Faulty()
    filled = read_form(form_of("volume"), {"q.of.0": "a}\nwho: {ids: x", "title": "x\ngrain: day"}, None, faulty)
    assert set(plain_of(root_of(filled.written.text))) == {"query", "title", "of"}  # type: ignore[call-overload]


def test_what_no_field_can_say_goes_with_the_rest_as_text() -> None:
    document = {"query": "volume", "of": ["a"], "who": [{"people": {"query": "volume", "of": ["b"]}, "outcome": "did"}]}
    fields = fill_form(form_of("volume"), document)
    assert "people" in fields["more"]
    faulty = Faulty()
    assert read_form(form_of("volume"), fields, None, faulty).document == document
    read_form(form_of("volume"), {**fields, "who.0": "ids", "who.0.value": "user:1"}, None, faulty)
    assert "field of its own" in faulty.by_field["more"][0]


def test_rows_are_added_removed_and_moved() -> None:
    params = {"q.s.0": "a", "q.s.1": "b", "q.s.1.where": "x: 1", "q.s.n": "2", "other": "1"}
    assert changed(params, "add:q.s")["q.s.n"] == "3"
    assert changed(params, "drop:q.s:0") == {"q.s.0": "b", "q.s.0.where": "x: 1", "q.s.n": "1", "other": "1"}
    assert changed(params, "up:q.s:1") == {"q.s.0": "b", "q.s.0.where": "x: 1", "q.s.1": "a", "q.s.n": "2", "other": "1"}
    assert changed(params, "down:q.s:1") == params
    for wish in ("", "drop:q.s", "drop:q.s:9", "up:q.s:x", "burn:q.s:0", "up:q.s:٣"):
        assert changed(params, wish) == params


@given(
    st.dictionaries(
        st.sampled_from(["a", "a.0", "a.1", "a.39", "a.40", "a.99999999", "a.n", "a.x"]),
        st.sampled_from(["", "1", "-1", "9" * 30, "x"]),
    )
)
def test_no_address_makes_more_rows_than_there_may_be(params: dict[str, str]) -> None:
    assert 1 <= count_rows(params, "a") <= MOST_ROWS
    for wish in ("add:a", "drop:a:0", "up:a:1"):
        assert 1 <= count_rows(changed(params, wish), "a") <= MOST_ROWS


def test_python_says_the_same() -> None:
    document = {"query": "volume", "of": ["a", {"kind": "b", "where": {"x": 'say "hi"'}}], "part": True}
    assert eval(python_of(document)) == document


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", "  =1", "＝1"])
def test_no_text_of_a_file_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text).startswith("'")
    batch = pa.record_batch({"x": [text], "n": [-5]})
    assert b"".join(csv_pieces([batch], ["x", "n"])).decode().endswith(",-5\r\n")


def test_a_parquet_file_is_whole_when_its_pieces_are_joined() -> None:
    table = pa.table({"x": list(range(5_000)), "y": ["a"] * 5_000})
    whole = b"".join(parquet_pieces(table.to_batches(1_000), table.schema))
    assert pq.read_table(pa.BufferReader(whole)) == table


def test_ribbons_are_as_wide_as_their_moves_are_frequent_and_stay_inside() -> None:
    links = [
        Link(0, "a", "b", 60),
        Link(0, "a", "<c>", 40),
        Link(1, "b", "d", 60),
        *(Link(1, "<c>", f"n{n}", 1) for n in range(MOST)),
    ]
    figure = draw_links(links, "Most often b follows a", "Moves.")
    drawn = str(figure.drawing)
    assert drawn.count('class="ribbon"') == MOST
    assert "&lt;c&gt;" in drawn
    assert "<c>" not in drawn
    assert len(figure.rows) == len(links)
    assert all(0 <= float(y) <= 26 * MOST for y in re.findall(r' y="([-0-9.]+)"', drawn))


def test_rare_nodes_of_a_column_are_drawn_together_and_nothing_is_lost() -> None:
    links = [
        Link(0, "a", "b", 90, 80), Link(0, "a", "(nothing)", 1, 1), Link(0, "a", "x", 5, 5), Link(0, "a", "y", 4, 4),
        Link(1, "b", "a", 50, 50), Link(1, "x", "a", 3, 3), Link(1, "y", "a", 4, 4), Link(1, "b", "c", 2, 2),
    ]  # fmt: skip
    pooled = pool(links, 0.1)
    assert Link(0, "a", OTHER, 9, 0) in pooled
    assert Link(1, OTHER, "a", 7, 0) in pooled
    assert Link(1, "b", "c", 2, 2) in pooled  # alone in its column: to call it other would say less
    assert sum(one.times for one in pooled) == sum(one.times for one in links)
    assert pool(links, 0.0) == tuple(links)
    assert Link(0, OTHER, "b", 9, 0) in pool(
        [Link(1, "b", "a", 99, 9), Link(0, "x", "b", 5, 5), Link(0, "y", "b", 4, 4)], 0.1, True
    )


def test_what_a_drawing_leads_to_is_in_its_table_too() -> None:
    doors = Doors(lambda name: f"/from/{name}", lambda link: f"/people/{link.after}")
    figure = draw_links([Link(0, "a", "b", 2, 1), Link(0, "a", "(nothing)", 1)], "Finding", "Moves.", 0.0, doors)
    assert figure.rows[0][2:] == ('<a href="/from/b">b</a>', "2", '<a href="/people/b">1</a>')
    assert figure.rows[1][4] == ""
    assert figure.by_hand is not None
    assert [one["href"] for one in figure.by_hand["links"]] == ["/people/b", ""]  # type: ignore[attr-defined]


def test_places_stand_so_that_little_goes_back() -> None:
    moves = [Move("look", "buy", 50), Move("search", "look", 90), Move("look", "search", 10), Move("buy", "search", 5)]
    assert in_order(moves) == ["search", "look", "buy"]


def test_loops_dead_ends_and_deviations_are_told_apart() -> None:
    places = [Place("a", "A <b>", 100, 2), Place("b", "B", 90, 45, dead=True), Place("c", "C", 40, 40)]
    moves = [
        Move("a", "b", 90, 50, 0.9, True), Move("b", "a", 30, 20, 0.33, False), Move("b", "b", 15, 10, 0.17, False),
        Move("a", "c", 0, 0, 0.0, True), Move("b", "c", 1, 1, 0.01, False),
    ]  # fmt: skip
    figure = draw_arcs(places, moves, "Finding", "Caption", 0.02)
    drawn = str(figure.drawing)
    assert drawn.count('class="arc plain"') == drawn.count('class="arc back"') == drawn.count('class="arc never"') == 1
    assert 'class="arc off"' not in drawn  # rarer than what is asked for
    assert "dead end for 50.0" in drawn
    assert "17.0" in drawn
    assert "A &lt;b&gt;" in drawn
    assert {row[5] for row in figure.rows} == {"as designed", "back", "again at once", "designed, never made", "not as designed"}
    assert "1 move of fewer than 2.0" in figure.key


def test_a_window_of_a_timeline_goes_closer_farther_back_and_on_and_never_out_of_it() -> None:
    whole = Window(0, 9, 10)
    assert whole.sized(5) == Window(2, 6, 10)
    assert whole.sized(20) == whole
    assert Window(8, 9, 10).sized(4) == Window(6, 9, 10)
    assert Window(4, 5, 10).sized(1).size == 2
    assert Window(2, 5, 10).shifted(-3) == Window(0, 3, 10)
    assert Window(2, 5, 10).shifted(30) == Window(6, 9, 10)


def test_the_span_of_an_address_is_the_periods_that_it_touches() -> None:
    days = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 8, 15, 22, 29)]
    readings = [Reading(Undefined("not asked"), Period(start, end)) for start, end in pairwise(days)]
    window = window_over(readings, span_of("2026-03-10..2026-03-15", "UTC"))
    assert window == Window(1, 2, 4)
    assert zoom_of(window, readings, "UTC") == "2026-03-08..2026-03-21"
    assert window_over(readings, span_of(zoom_of(window, readings, "UTC"), "UTC")) == window
    assert window_over(readings, span_of("2026-03-02..2026-03-02", "UTC")).size == 2
    assert window_over(readings, span_of("2020-01-01..2020-01-02", "UTC")).is_whole
    for wrong in ("2026-03-01", "2026-03-09..2026-03-01", "x..y"):
        with pytest.raises(BadInput):
            span_of(wrong, "UTC")


def test_a_document_without_a_query_is_refused() -> None:
    with pytest.raises(Exception, match="names no query"):
        document_of("steps: [a]")
    assert flow("a, b") == '"a, b"'
