"""The published vectors agree with this version, and the runner notices when one does not."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many import many

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput
from touchpath.services.vector_format import FORMAT, SCHEMA
from touchpath.services.vectors import check_vectors

FOLDER = Path(__file__).parents[2] / "docs" / "conformance"
FILES = sorted(file for file in FOLDER.glob("*.json") if file.stem != "schema")
SIGNALS = [
    {"actor": "ann", "at": "2026-01-01T10:00:00Z", "kind": "A"},
    {"actor": "ann", "at": "2026-01-01T10:00:01+01:00", "kind": "B", "properties": {"plan": "gold"}, "value": 2},
    {"actor": "bob", "at": "2026-01-02T10:00:00Z", "kind": "B", "channel": "web", "account": "acme", "objects": {"order": "1"}},
]


def verdict(**case):
    document = {"format": FORMAT, "cases": [{"name": "case", "signals": SIGNALS, **case}]}
    (found,) = check_vectors(json.dumps(document), LocalEngine(1))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_published_vectors_agree(file):
    verdicts = check_vectors(file.read_bytes(), LocalEngine(1), file.name)
    assert len(verdicts) >= 5
    assert {v.case: v.differences for v in verdicts if not v.passed} == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
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
    ],
)
def test_another_answer_is_told(answer, said):
    found = verdict(query={"query": "volume", "of": ["A"]}, answer=answer)
    assert any(said in difference for difference in found.differences)


def test_an_expected_error_passes_and_an_unexpected_one_does_not():
    assert verdict(query={"query": "volume", "of": []}, error="1 to 31 rules").passed
    assert not verdict(query={"query": "volume", "of": ["A"]}, error="1 to 31 rules").passed
    assert not verdict(query={"query": "volume", "of": []}, answer={"volume": []}).passed


QUERY = {"query": "volume", "of": ["A"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": "volume"}, 'query must be an object, but "volume" came'),
        ({"query": {}}, "query/query is missing"),
        ({"other": 1}, "it has no key 'other'; there are: name, why, signals"),
        ({"answer": {}}, "answer is empty"),
        ({"answer": {"volume": {"people": 1}}}, 'answer/volume must be a list, but {"people": 1} came'),
        ({"answer": {"volume": [{"share": {"mean": 1}}]}}, "answer/volume/1/share has no key 'mean'; there are: value, low"),
        (
            {"answer": {"volume": [{"share": [1]}]}},
            "answer/volume/1/share must be text, a number, true or false, null or an object",
        ),
        ({"error": "x"}, "it has either answer or error"),
        ({"signals": "none"}, "signals must be a list"),
        ({"signals": [{"actor": "a"}]}, "signals/1/at is missing"),
        ({"signals": [SIGNALS[0], {"actor": "a", "at": "noon", "kind": "A"}]}, "signals/2/at is a moment with its zone"),
        ({"signals": [{"actor": "a", "at": "2026-01-01T00:00:00", "kind": "A"}]}, "signals/1/at is a moment with its zone"),
        ({"signals": [{"actor": "a", "at": "0001-01-01T00:00:00+14:00", "kind": "A"}]}, "signals/1/at is a moment"),
        ({"signals": [{**SIGNALS[0], "actor": ""}]}, "signals/1/actor is blank"),
        ({"signals": [{**SIGNALS[0], "value": True}]}, "signals/1/value must be a number or null, but true came"),
        ({"signals": [{**SIGNALS[0], "value": 10**40}]}, "signals/1/value is at most"),
        ({"signals": [{**SIGNALS[0], "objects": {"order": 7}}]}, "signals/1/objects/order must be text"),
        ({"signals": [{**SIGNALS[0], "colour": "red"}]}, "signals/1 has no key 'colour'"),
        ({"end": 5}, "end must be text"),
        ({"zone": "Mars/Base"}, "zone is a time zone as in Europe/Madrid"),
        ({"zone": "../etc"}, "zone is a time zone"),
        ({"week_start": 7}, "week_start is at most 6"),
        ({"week_start": 0.5}, "week_start must be a whole number"),
        ({"name": None}, "name must be text"),
        ({"model": []}, "model must be an object"),
    ],
)
def test_what_is_not_in_the_format_is_told_with_its_place(change, said):
    found = verdict(**{"query": QUERY, "answer": {"volume": [{"people": 1}]}, **change})
    assert any(said in difference for difference in found.differences)


def test_a_case_that_cannot_be_read_fails_alone():
    good = {"name": "good", "signals": SIGNALS, "query": QUERY, "answer": {"volume": [{"people": 1}]}}
    verdicts = check_vectors(json.dumps({"format": FORMAT, "cases": [7, {**good, "query": 1}, good]}), LocalEngine(1))
    assert [(one.case, one.passed) for one in verdicts] == [("1", False), ("good", False), ("good", True)]


def test_a_verdict_holds_the_answer_and_the_refusal():
    assert verdict(query=QUERY, answer={"volume": [{"people": 1}]}).answer["volume"][0]["signals"] == 1
    refused = verdict(query={"query": "volume", "of": []}, error="another reason")
    assert refused.differences == (f"refused with '{refused.error}', expected 'another reason'",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        ("[" * 200_000, "nested too deep|is not JSON"),
        ('{"format": NaN}', "is not JSON"),
        ('{"format": "a", "format": "b"}', "'format' comes twice"),
        ('{"format": "\\ud800"}', "half a character"),
        ("9" * 5_000, "is not JSON"),
        ("[]", "vectors is no vector file: it must be an object, but \\[\\] came"),
        ('{"format": "other", "cases": [1]}', 'format must be "touchpath-conformance/1", but "other" came'),
        ('{"format": "touchpath-conformance/1"}', "cases is missing"),
        ('{"format": "touchpath-conformance/1", "cases": []}', "cases is empty"),
        ('{"format": "touchpath-conformance/1", "cases": [1], "extra": 1}', "no key 'extra'"),
    ],
)
def test_a_file_in_another_format_is_refused(text, said):
    with pytest.raises(BadInput, match=said):
        check_vectors(text, LocalEngine(1))


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr("touchpath.services.vector_format.MOST_BYTES", 10)
    with pytest.raises(BadInput, match="too large: 11 bytes came"):
        check_vectors(" " * 11, LocalEngine(1))


# -- the schema --------------------------------------------------------------------------------------------------------


def test_the_published_schema_is_the_one_that_files_are_held_to():
    assert json.loads((FOLDER / "schema.json").read_bytes()) == json.loads(json.dumps(SCHEMA))


def test_the_schema_among_the_files_has_no_cases():
    assert check_vectors((FOLDER / "schema.json").read_bytes(), LocalEngine(1)) == ()


def test_the_readme_names_every_key_of_a_case_and_of_a_signal():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    case = SCHEMA["properties"]["cases"]["items"]
    keys = {*case["properties"], *case["properties"]["signals"]["items"]["properties"]}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_the_example_of_the_readme_is_in_the_format():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]
    verdicts = check_vectors(example, LocalEngine(1), "README.md")
    assert [(one.case, one.differences) for one in verdicts] == [("a step exactly at the window's end counts", ())]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
PUBLISHED = [case for file in FILES for case in json.loads(file.read_bytes())["cases"] if len(case["signals"]) < 12]


@st.composite
def broken(draw):
    """A published case with one thing in it taken out, exchanged or added."""
    case = json.loads(json.dumps(draw(st.sampled_from(PUBLISHED))))
    place = case
    for _ in range(draw(st.integers(0, 3))):
        inside = [one for one in (place.values() if isinstance(place, dict) else place) if isinstance(one, dict | list) and one]
        place = draw(st.sampled_from(inside)) if inside else place
    key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if draw(st.booleans()):
        place[key] = draw(plain)
    elif isinstance(place, dict) and draw(st.booleans()):
        place[draw(st.text(max_size=5))] = place.pop(key)
    else:
        del place[key]
    return case


@many(200, suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_a_broken_case_is_told_in_words_and_never_as_a_fault_of_ours(case):
    (found,) = check_vectors(json.dumps({"format": FORMAT, "cases": [case]}), LocalEngine(1))
    assert not any("fault of its own" in difference for difference in found.differences), found.differences
    assert found.passed or all(found.differences)


@settings(max_examples=100, deadline=None)
@given(plain | st.fixed_dictionaries({"format": st.just(FORMAT), "cases": st.lists(plain, max_size=2)}))
def test_any_json_is_read_or_refused(document):
    with contextlib.suppress(BadInput):
        assert not any(one.passed for one in check_vectors(json.dumps(document), LocalEngine(1)))
