"""Answers of queries hide small groups: every kind of query, every table, and what would give a hidden row away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import NotAllowed, TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.counted import COUNTED, Counted
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.results import QueryAnswer, Table
from touchpath.services.small_rows import HIDDEN, Sheet, withheld, withhold_from_answer
from touchpath.services.vectors import answer_case

VECTORS = sorted((Path(__file__).parents[2] / "docs" / "conformance").glob("*.json"))
START = datetime(2026, 1, 1, tzinfo=UTC)
WHERE = ("from", "to", "segment")


@cache
def answers() -> tuple[QueryAnswer, ...]:
    """Every published vector that has an answer, answered."""
    engine, found = LocalEngine(1), []
    for file in VECTORS:
        for case in json.loads(file.read_text()).get("cases", []):
            try:
                found.append(answer_case(case, engine))
            except TouchpathError:
                assert case.get("error")
    return tuple(one for one in found if one.query != "features")


def test_every_kind_of_query_is_known():
    assert set(COUNTED) == set(QUERIES)


def test_every_table_of_every_query_is_known():
    seen: dict[str, set[str]] = {"features": set()}
    for answer in answers():
        seen.setdefault(answer.query, set()).update(table.name for table in answer.tables)
    assert seen == {query: set(tables) for query, tables in COUNTED.items()}


def columns_of(one: Counted) -> set[str]:
    aside = [*one.aside, *one.apart.values(), *one.scarce.values()]
    return {*one.counts, *one.labels, *one.plain, *one.single, *one.quantiles, *(name for names in aside for name in names)}


def test_every_whole_number_of_every_table_is_known_to_count_somebody_or_nobody():
    for answer in answers():
        for table in answer.tables:
            known = columns_of(COUNTED[answer.query][table.name])
            whole = {n for row in table.records() for n, v in row.items() if isinstance(v, int) and not isinstance(v, bool)}
            assert whole <= known, (answer.query, table.name, whole - known)


def test_every_declared_column_is_one_of_some_table():
    seen: dict[tuple[str, str], set[str]] = {}
    for answer in answers():
        for table in answer.tables:
            seen.setdefault((answer.query, table.name), set()).update(table.columns)
    for query, tables in COUNTED.items():
        for name, one in tables.items():
            assert columns_of(one) <= seen[query, name], (query, name)


@pytest.mark.parametrize("least", [2, 3, 5])
def test_no_answer_shows_a_small_count(least):
    hidden = 0
    for answer in answers():
        for table in withhold_from_answer(answer, least).tables:
            one = COUNTED[answer.query][table.name]
            for row in table.records():
                told = [row[name] for name in (*one.counts, *(n for names in one.aside for n in names)) if name in row]
                assert not any(0 < value < least for value in told if isinstance(value, int)), (answer.query, row)
                numbers = [value for value in row.values() if isinstance(value, Estimate | Undefined)]
                assert not any(0 < value.n < least for value in numbers), (answer.query, row)
                hidden += sum(value == withheld(least) for value in numbers)
    assert hidden > 200


@pytest.mark.parametrize("least", [2, 3, 5])
def test_no_hidden_row_of_an_answer_can_be_solved_while_anything_of_its_sum_is_shown(least):
    for answer in answers():
        for sheet in sheets_of(answer, least).values():
            if not sheet.counted.counts:
                continue
            solved = solved_by_rank(sheet.gone, sheet.lines)
            for line in sheet.lines:
                assert not solved[line].any() or sheet.gone[line].all(), (answer.query, sheet.table.name)


def test_nothing_changes_where_nobody_needs_hiding():
    assert all(withhold_from_answer(answer, 1) is answer for answer in answers())


def sheets_of(answer: QueryAnswer, least: int) -> dict[str, Sheet]:
    """The tables of an answer as they are in the end, row by row."""
    sheets = {one.name: Sheet(one, COUNTED[answer.query][one.name], least) for one in answer.tables}
    for name, table in ((one.name, one) for one in withhold_from_answer(answer, least).tables):
        sheet, shown = sheets[name], {tuple(map(str, row)) for row in table.rows}
        sheet.gone = np.array([tuple(map(str, row)) not in shown for row in sheet.table.rows], np.bool_)
    return sheets


def solved_by_rank(hidden: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    places, found = np.flatnonzero(hidden), np.zeros(hidden.size, np.bool_)
    sums = np.array([np.isin(places, line) for line in lines], float).reshape(len(lines), places.size)
    rank = np.linalg.matrix_rank(sums) if sums.size else 0
    for number, place in enumerate(places if sums.size else ()):
        found[place] = np.linalg.matrix_rank(np.vstack([sums, np.eye(places.size)[number]])) == rank
    return found


def a_table(query: str, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> QueryAnswer:
    return an_answer(query, Table(name, columns, tuple(rows)))


def an_answer(query: str, *tables: Table) -> QueryAnswer:
    return QueryAnswer(query, query, tables, "person", Period(START, START + timedelta(days=9)), "v1")


def where(period: int = 0, segment: str = "") -> tuple[Any, ...]:
    return (START + timedelta(days=period), START + timedelta(days=period + 1), segment)


VALUES = (*WHERE, "value", "people", "share", "pooled")


def test_a_rare_value_goes_without_its_name_and_takes_the_next_rarest_with_it():
    rows = [(*where(), word, people, None, 0) for word, people in (("red", 40), ("blue", 9), ("ann@x", 2))]
    (table,) = withhold_from_answer(a_table("values", "values", VALUES, rows), 5).tables
    assert [row[3] for row in table.rows] == ["red", HIDDEN]
    assert table.rows[1] == (*where(), HIDDEN, withheld(5), None, None)


def test_what_is_hidden_is_said():
    answer = a_table("values", "values", VALUES, [(*where(), "red", 40, None, 0), (*where(), "blue", 3, None, 0)])
    assert "fewer than 5 people are hidden" in withhold_from_answer(answer, 5).notes[-1]
    assert withhold_from_answer(answer, 3) is answer


def test_the_extremes_of_a_group_are_those_of_one_person():
    columns = (*WHERE, "signals", "people", "without", "unread", "sum", "lowest", "highest", "per_signal", "per_person")
    (table,) = withhold_from_answer(
        a_table("values", "numbers", columns, [(*where(), 90, 40, 0, 0, 7.0, 0.1, 3.0, None, None)]), 5
    ).tables
    assert table.records()[0] | {"lowest": 0, "highest": 0} == table.records()[0] | {"lowest": 0, "highest": 0, "sum": 7.0}
    assert table.records()[0]["lowest"] == table.records()[0]["highest"] == withheld(5)


def test_a_quantile_is_told_with_enough_people_on_both_sides():
    def number(n: int) -> Estimate:
        return Estimate(3.0, 2.0, 4.0, n, "people", unit="seconds")

    columns = (*WHERE, "of", "tenth", "quarter", "median", "three_quarters", "nine_tenths")
    (table,) = withhold_from_answer(a_table("values", "quantiles", columns, [(*where(), "people", *(number(20),) * 5)]), 5).tables
    assert [isinstance(value, Estimate) for value in table.rows[0][4:]] == [False, True, True, True, False]


def test_of_those_who_did_it_the_few_who_did_not_are_a_group_too():
    columns = (*WHERE, "what", "base", "people", "signals", "share", "per_person")
    rows = [(*where(), "order", 100, 97, 300, None, None), (*where(), "visit", 100, 60, 300, None, None)]
    (table,) = withhold_from_answer(a_table("volume", "volume", columns, rows), 5).tables
    assert table.rows == ((*where(), "order", *(withheld(5),) * 3, None, None), rows[1])


def test_a_small_segment_is_hidden_in_every_table_of_its_answer():
    variants = Table(
        "variants",
        (*WHERE, "rank", "path", "steps", "cases", "people", "share", "seconds"),
        tuple((*where(0, name), 1, "a > b", 2, cases, cases, None, None) for name, cases in (("x", 3), ("y", 30), ("z", 50))),
    )
    cases = Table(
        "cases",
        (*WHERE, "cases", "open", "too_long", "people", "variants", "seconds"),
        tuple((*where(0, name), n, 0, 0, n, 1, None) for name, n in (("x", 3), ("y", 30), ("z", 50))),
    )
    found = withhold_from_answer(an_answer("variants", variants, cases), 5)
    assert [row[4] for row in found.tables[0].rows] == [HIDDEN, HIDDEN, "a > b"]
    assert [isinstance(row[6], Undefined) for row in found.tables[1].rows] == [True, True, False]


def test_a_query_of_which_nothing_is_known_is_refused():
    with pytest.raises(NotAllowed, match="'horoscope'"):
        withhold_from_answer(a_table("horoscope", "stars", WHERE, [where()]), 5)


ratings = st.lists(st.integers(0, 12), min_size=5, max_size=5)


@given(ratings, st.integers(2, 6))
def test_a_spread_is_told_whole_or_not_at_all(counts, least):
    spread = Table("spread", (*WHERE, "rating", "answers", "share"), tuple((*where(), r, n, None) for r, n in enumerate(counts)))
    total = sum(counts)
    answer = Estimate(2.0, 1.0, 3.0, total, "answers", unit="score")
    low = Estimate(counts[0] / total, 0, 1, total, "answers", method="Wilson") if total else Undefined("nobody")
    columns = (*WHERE, "answers", "people", "unrated", "off_scale", "mean", "low_share", "high_share", "net")
    whole = Table("answers", columns, ((*where(), total, total, 0, 0, answer, low, low, None),))
    found = withhold_from_answer(an_answer("answers", whole, spread), least)
    shown = [row[4] for row in found.tables[1].rows]
    if any(0 < n < least for n in counts):
        assert shown == [withheld(least)] * 5
        assert found.tables[0].rows[0][8] == withheld(least)
        assert found.tables[0].rows[0][7] == answer or total < least
    else:
        assert found == an_answer("answers", whole, spread)


def funnel(counts: list[int], *more: list[int]) -> QueryAnswer:
    columns = (*WHERE, "step", "entrants", "open", "reached", "reach", "completion", "lost", "time")
    rows = [
        (*where(0, str(place)), str(step), steps[0], 0, n, None, None, None, None)
        for place, steps in enumerate((counts, *more))
        for step, n in enumerate(steps)
    ]
    return an_answer("funnel", Table("steps", columns, tuple(rows)))


def shrinking(least: int, most: int) -> st.SearchStrategy[list[int]]:
    """How many come to each step."""
    return st.lists(st.integers(0, 60), min_size=least, max_size=most).map(lambda found: sorted(found, reverse=True))


@given(shrinking(2, 6), st.integers(2, 8))
def test_whoever_is_lost_between_shown_steps_is_nobody_or_enough(counts, least):
    (table,) = withhold_from_answer(funnel(counts), least).tables
    shown = [row[6] for row in table.rows]
    told = [n for n in shown if isinstance(n, int)]
    assert all(n == 0 or n >= least for n in told)
    assert all(a == b or a - b >= least for a, b in pairwise(told))
    for place, n in enumerate(shown):  # no hidden step lies between two equal ones, which would tell it
        if not isinstance(n, int):
            before = [one for one in shown[:place] if isinstance(one, int)][-1:]
            after = [one for one in shown[place:] if isinstance(one, int)][:1]
            assert not before or before != after


@given(st.lists(shrinking(3, 3), min_size=2, max_size=4), st.integers(2, 8))
@settings(max_examples=60)
def test_a_step_hidden_in_one_segment_is_hidden_in_another(found, least):
    answer = funnel(*found)
    (sheet,) = sheets_of(answer, least).values()
    solved = solved_by_rank(sheet.gone, sheet.lines)
    for line in sheet.lines:
        assert not solved[line].any() or sheet.gone[line].all()


edges = st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=3)


def matrices(found: list[list[list[int]]]) -> Iterator[tuple[Any, ...]]:
    for period, matrix in enumerate(found):
        for before, line in enumerate(matrix):
            for after, times in enumerate(line):
                if times:
                    yield (*where(period), f"n{before}", f"n{after}", times, times, None)


@given(st.lists(edges, min_size=1, max_size=2), st.integers(2, 6))
@settings(max_examples=60)
def test_no_move_can_be_worked_out_from_the_signals_of_its_ends(found, least):
    columns = (*WHERE, "before", "after", "times", "people", "seconds")
    answer = a_table("paths", "edges", columns, list(matrices(found)))
    (sheet,) = sheets_of(answer, least).values()
    assert not any(0 < n < least for n in sheet.counts[~sheet.gone].ravel().tolist())
    solved = solved_by_rank(sheet.gone, sheet.lines)
    for line in sheet.lines:
        assert not solved[line].any() or sheet.gone[line].all()


def test_the_note_is_not_there_where_all_is_shown():
    answer = a_table("values", "values", VALUES, [(*where(), "red", 40, None, 0)])
    assert withhold_from_answer(replace(answer, notes=("so",)), 5).notes == ("so",)
