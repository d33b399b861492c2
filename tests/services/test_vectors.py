"""The published vectors agree with this version, and the runner notices when one does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput
from touchpath.services.vectors import FORMAT, check_vectors

FOLDER = Path(__file__).parents[2] / "docs" / "conformance"
SIGNALS = [
    {"actor": "ann", "at": "2026-01-01T10:00:00Z", "kind": "A"},
    {"actor": "ann", "at": "2026-01-01T10:00:01+01:00", "kind": "B", "properties": {"plan": "gold"}, "value": 2},
    {"actor": "bob", "at": "2026-01-02T10:00:00Z", "kind": "B", "channel": "web", "account": "acme", "objects": {"order": "1"}},
]


def verdict(**case):
    document = {"format": FORMAT, "cases": [{"name": "case", "signals": SIGNALS, **case}]}
    (found,) = check_vectors(json.dumps(document), LocalEngine(1))
    return found


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_the_published_vectors_agree(file):
    verdicts = check_vectors(file.read_bytes(), LocalEngine(1), file.name)
    assert len(verdicts) >= 5
    assert {v.case: v.differences for v in verdicts if not v.passed} == {}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_published_case_has_a_name_of_its_own_and_says_why(file):
    cases = json.loads(file.read_bytes())["cases"]
    assert len({case["name"] for case in cases}) == len(cases)
    assert all(case.get("why") for case in cases)


def test_an_answer_as_expected_passes():
    found = verdict(query={"query": "volume", "of": ["A", "B"]}, answer={"volume": [{"people": 1, "share": 0.5}, {"signals": 2}]})
    assert found.passed


def test_rules_accounts_objects_and_properties_are_read():
    rule = {"kind": "B", "where": {"properties.plan": "gold", "value": {">": 1}}}
    assert verdict(query={"query": "volume", "of": [rule]}, answer={"volume": [{"people": 1, "base": 2}]}).passed
    assert verdict(query={"query": "volume", "of": ["B"], "unit": "account"}, answer={"volume": [{"base": 1}]}).passed
    orders = {"query": "volume", "of": ["B"], "unit": "order"}
    model = {"object_kinds": [{"id": "order", "title": "Order"}]}
    assert verdict(query=orders, model=model, answer={"volume": [{"base": 1}]}).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"volume": [{"people": 2}]}, "people is 1, expected 2"),
        ({"volume": [{"share": None}]}, "share is 0.5, expected None"),
        ({"volume": [{"share": {"n": 3}}]}, "share is 0.5, expected {'n': 3}"),
        ({"volume": []}, "0 rows expected, 1 came"),
        ({"volume": [{"persons": 2}]}, "no column 'persons'"),
        ({"funnel": []}, "no table 'funnel'"),
        ({}, "expects nothing"),
    ],
)
def test_another_answer_is_told(answer, said):
    found = verdict(query={"query": "volume", "of": ["A"]}, answer=answer)
    assert any(said in difference for difference in found.differences)


def test_an_expected_error_passes_and_an_unexpected_one_does_not():
    assert verdict(query={"query": "volume", "of": []}, error="1 to 31 rules").passed
    assert not verdict(query={"query": "volume", "of": ["A"]}, error="1 to 31 rules").passed
    assert not verdict(query={"query": "volume", "of": []}, answer={"volume": []}).passed


@pytest.mark.parametrize("case", [{"query": "volume"}, {"query": {"query": "volume", "of": ["A"]}, "other": 1}])
def test_a_case_that_cannot_be_read_fails_alone(case):
    assert not verdict(**case).passed


@pytest.mark.parametrize(
    "signal", [{"actor": "a"}, {"actor": "a", "at": "noon", "kind": "A"}, {"actor": "a", "at": "2026-01-01", "kind": "A"}]
)
def test_a_signal_that_cannot_be_read_fails_its_case(signal):
    found = verdict(signals=[signal], query={"query": "volume", "of": ["A"]}, answer={"volume": [{"people": 1}]})
    assert not found.passed


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other"}', '{"format": "touchpath-conformance/1"}'])
def test_a_file_in_another_format_is_refused(text):
    with pytest.raises(BadInput, match=r"vector file|JSON"):
        check_vectors(text, LocalEngine(1))
