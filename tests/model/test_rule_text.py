"""Rules and conditions as they stand in a model file."""

from __future__ import annotations

import pytest
from small_models import HEAD, faults

from touchpath.model.parse import parse_model
from touchpath.model.rules import Condition, EventRule


def rule_of(where: str) -> EventRule:
    text = f"{HEAD}personas: [{{id: p, title: P, rule: {{kind: a.b, where: {where}}}}}]"
    return parse_model(text).personas[0].rule


def rule_faults(where: str) -> list[str]:
    return faults(f"{HEAD}personas: [{{id: p, title: P, rule: {{kind: a.b, where: {where}}}}}]")


@pytest.mark.parametrize(
    ("where", "conditions"),
    [
        ("{channel: web}", [("channel", "equals", "web")]),
        ("{channel: [web, app]}", [("channel", "in", ("web", "app"))]),
        ("{value: 3}", [("value", "equals", 3)]),
        ("{properties.code: '3'}", [("properties.code", "equals", "3")]),
        ("{properties.code: 007}", [("properties.code", "equals", "007")]),
        ("{properties.answer: no}", [("properties.answer", "equals", "no")]),
        ("{properties.trial: true}", [("properties.trial", "equals", True)]),
        ('{value: {">": 1e2, "<": 200.5}}', [("value", ">", 100.0), ("value", "<", 200.5)]),
        (
            "{properties.page: {prefix: /cart, contains: a}}",
            [("properties.page", "prefix", "/cart"), ("properties.page", "contains", "a")],
        ),
        ("{properties.page: {matches: '^/p/[0-9]+$'}}", [("properties.page", "matches", "^/p/[0-9]+$")]),
        ("{objects.session: {exists: false}}", [("objects.session", "exists", False)]),
        ("[{unit: {contains: a}}, {unit: {contains: b}}]", [("unit", "contains", "a"), ("unit", "contains", "b")]),
    ],
)
def test_conditions_are_read_as_written(where, conditions):
    assert rule_of(where).conditions == tuple(Condition(*one) for one in conditions)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{chanel: web}", "a signal has no field 'chanel'. Did you mean 'channel'?"),
        ("{kind: web}", "a signal has no field 'kind'. There are: source, channel, surface,"),
        ("{value: {above: 3}}", "No operator is called 'above'. There are: <, >, contains,"),
        ("{value: {}}", "'value' has no condition. There are: equals, in, prefix,"),
        ('{value: {">": many}}', "'value': '>' wants a number, but 'many' came."),
        ('{value: {">": .nan}}', "'value': '>' wants a number, but '.nan' came."),
        ('{value: {">": 1e999}}', "'value': '>' wants a number, but '1e999' came."),
        ("{unit: {matches: '('}}", "'unit': '(' is no regular expression: missing ), unterminated subpattern."),
        ("{unit: {matches: 'a{99999999999}'}}", "is no regular expression: it is too large."),
        ("{unit: {exists: EUR}}", "'unit': 'exists' wants true or false, but 'EUR' came."),
        ("{unit: {in: EUR}}", "'unit': 'in' wants a list of values, as in [web, app], but 'EUR' came."),
        ("{unit: []}", "'unit': 'in' wants a list of values, as in [web, app], but a list came."),
        ("{unit: }", "'unit': 'equals' wants one value, but nothing came."),
        ("{objects.session: 3}", "'objects.session' can only be tested with exists: true or exists: false."),
        ("web", "'where' names fields and what they must be, as in {channel: web}, but 'web' came."),
    ],
)
def test_a_condition_that_cannot_be_tested_is_explained(where, expected):
    said = rule_faults(where)
    assert len(said) == 1
    assert said[0].startswith("3: personas/p: 'rule': ")
    assert expected in said[0]


@pytest.mark.parametrize("rule", ["{}", "order.placed", "{kind: }", "{kinds: a}", "{kind: [a, [b]]}", "{kind: ' a'}"])
def test_a_rule_that_is_none_is_explained(rule):
    assert "personas/p: 'rule'" in faults(f"{HEAD}personas: [{{id: p, title: P, rule: {rule}}}]")[0]


def test_any_kind_is_written_as_an_empty_list():
    assert parse_model(f"{HEAD}personas: [{{id: p, title: P, rule: {{kind: []}}}}]").personas[0].rule == EventRule(())
