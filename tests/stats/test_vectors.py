"""How vectors are judged: every way to be right, and every way not to be."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from procedure_inputs import JSON

from touchpath.stats.procedures import table
from touchpath.stats.procedures.described import takes
from touchpath.stats.procedures.table import PROCEDURES
from touchpath.stats.procedures.vectors import judge, say_verdict


class Pair(NamedTuple):
    """An answer in order whose places have names."""

    first: float
    second: float


def judged(expected, answer, tolerance=None, monkeypatch=None):
    """The verdict on a procedure that answers so."""
    monkeypatch.setattr("touchpath.stats.procedures.vectors.run_procedure", lambda name, inputs: answer)
    vector = {"id": "v", "procedure": "mcnemar", "input": {}, "expected": expected}
    return judge(vector if tolerance is None else vector | {"tolerance": tolerance})


@pytest.mark.parametrize(
    ("expected", "answer", "tolerance"),
    [
        ({"a": 1.0}, {"a": 1}, {"exact": True}),
        ({"a": 1.0}, {"a": 1.0, "b": 7}, None),
        ({"a": 100.0}, {"a": 100.9}, {"abs": 1}),
        ({"a": 100.0}, {"a": 101.0}, {"abs": 0.1, "rel": 0.01}),
        ({"a": -100.0}, {"a": -101.0}, {"rel": 0.01}),
        ({"a": 1.0, "b": 5.0}, {"a": 1.0, "b": 5.4}, {"abs": 1e-9, "per_key": {"b": {"abs": 0.5}}}),
        ({"at": {"9": {"s": 0.5}}}, {"at": {9: {"s": 0.52}}}, {"per_key": {"at.9.s": {"abs": 0.03}}}),
        ({"at": {"9": {"s": 0.5}}}, {"at": {9: {"s": 0.52}}}, {"per_key": {"at": {"abs": 0.03}}}),
        ({"at": {"9.0": {"s": 0.5}, "2.50": {"s": 0.7}}}, {"at": {"9": {"s": 0.5}, "2.5": {"s": 0.7}}}, None),
        ({"a": [1, [2.0, None]]}, {"a": (1, [2.0000001, None])}, {"abs": 1e-6}),
        ({"a": None}, {}, None),
        ({"a": [1.0, 2.0]}, {"a": Pair(1.0, 2.0)}, None),
        ({"a": {"first": 1.0, "second": 2.0}}, {"a": Pair(1.0, 2.0)}, None),
        ({"a": True, "b": "text"}, {"a": True, "b": "text"}, {"abs": 1}),
    ],
)
def test_an_answer_within_its_tolerance_passes(monkeypatch, expected, answer, tolerance):
    assert judged(expected, answer, tolerance, monkeypatch).outcome == "pass"


@pytest.mark.parametrize(
    ("expected", "answer", "tolerance", "key"),
    [
        ({"a": 1.0}, {"a": 1.0000001}, {"exact": True}, "a"),
        ({"a": 1.0}, {"a": 1.0000001}, None, "a"),
        ({"a": 1.0}, {"a": 9.0}, {"exact": True, "abs": 100}, "a"),
        ({"a": 1.0}, {"a": True}, {"abs": 1}, "a"),
        ({"a": True}, {"a": 1}, {"abs": 1}, "a"),
        ({"a": 1.0}, {"a": None}, {"abs": 1}, "a"),
        ({"a": 1.0}, {}, {"abs": 1}, "a"),
        ({"a": None}, {"a": 0.0}, {"abs": 1}, "a"),
        ({"a": "1"}, {"a": 1}, {"abs": 1}, "a"),
        ({"a": [1, 2]}, {"a": [1]}, {"abs": 1}, "a"),
        ({"a": [1, 2]}, {"a": [1, 4]}, {"abs": 1}, "a[1]"),
        ({"a": {"b": 1}}, {"a": 1}, {"abs": 1}, "a"),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 3}]}}, {"abs": 1}, "a.b[0].c"),
        ({"a": 1.0, "b": 1.0}, {"a": 1.3, "b": 1.3}, {"abs": 0.5, "per_key": {"b": {"rel": 0.1}}}, "b"),
        ({"error": False}, {"a": 1}, {"abs": 1}, "error"),
        ({"a": {"second": 1.0}}, {"a": Pair(1.0, 2.0)}, None, "a.second"),
        ({"at": {"9.0": 1.0, "nan": 1.0}}, {"at": {"9": 1.0, "inf": 1.0}}, None, "at.nan"),
    ],
)
def test_an_answer_that_differs_fails_and_names_where(monkeypatch, expected, answer, tolerance, key):
    verdict = judged(expected, answer, tolerance, monkeypatch)
    assert (verdict.outcome, [one.key for one in verdict.differences]) == ("fail", [key])
    assert f"{key}: got" in say_verdict(verdict)


def test_an_input_that_should_be_refused_but_is_not_fails():
    vector = {"id": "v", "procedure": "mcnemar", "input": {"only_a": 1, "only_b": 7}, "expected": {"error": True}}
    assert "should be refused" in judge(vector).says
    assert judge(vector | {"input": {"only_a": -1, "only_b": 7}}).outcome == "pass"
    assert "was refused" in judge(vector | {"input": {}, "expected": {"p_mid": 1}}).says


def test_an_id_may_be_a_number_or_missing_and_a_tolerance_null():
    vector = {"procedure": "mcnemar", "input": {"only_a": 1, "only_b": 7}, "expected": {"p_mid": 0.0390625}, "tolerance": None}
    assert (judge(vector, "vector 4").id, judge(vector | {"id": 4}).id, judge(vector | {"id": None}, "vector 5").id) == (
        "vector 4",
        "4",
        "vector 5",
    )
    assert judge(vector).outcome == "pass"
    assert len(judge(vector | {"id": "x" * 10_000}).id) < 300


def test_a_procedure_that_breaks_is_not_a_refusal(monkeypatch):
    def broken(name, inputs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("touchpath.stats.procedures.vectors.run_procedure", broken)
    verdict = judge({"id": "v", "procedure": "mcnemar", "input": {}, "expected": {"error": True}})
    assert (verdict.outcome, verdict.says) == ("broken", "The procedure itself failed: ZeroDivisionError: division by zero.")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, -(10**400)])
def test_numbers_that_nothing_can_miss_or_meet_make_a_vector_unfit(number):
    vector = {"id": "v", "procedure": "mcnemar", "input": {"only_a": 1, "only_b": 7}, "expected": {"p_mid": 0.5}}
    assert judge(vector | {"expected": {"p_mid": [number]}}).outcome == "unfit"
    assert judge(vector | {"tolerance": {"abs": number}}).outcome == "unfit"
    assert judge(vector | {"tolerance": {"per_key": {"p_mid": {"rel": number}}}}).outcome == "unfit"


@given(JSON)
def test_nothing_that_comes_as_a_vector_ends_the_run(raw):
    assert judge(raw).outcome == "unfit"
    assert "\n" not in say_verdict(judge({"id": raw, "procedure": raw, "input": raw, "expected": raw}))


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_what_a_procedure_takes_is_told_in_words(name):
    told = [str(one) for one in takes(table.PROCEDURES[name])]
    assert told
    assert not any("anything" in one for one in told)
