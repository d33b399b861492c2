"""The guide to writing a model tells the truth: its examples are valid, and no key or operator is left out."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from touchpath.model import experience, metric_definition
from touchpath.model.document import dump_model
from touchpath.model.parse import parse_model
from touchpath.model.rule_text import OPERATORS
from touchpath.model.rules import RULE_FIELDS

PAGE = (Path(__file__).parents[2] / "docs/guide/model.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RULES = re.findall(r"^\| `(\{(?:kind|where).*?\})` \|", PAGE, re.MULTILINE)
CONDITIONS = re.findall(
    r"`(\{[^`]*\})`(?= or|(?: \| (?:is|starts|contains)))", PAGE.split("| condition |")[1].split("Fields:")[0]
)
EXAMPLE = "".join(BLOCKS)

NOUNS = {
    "family": experience.ProductFamily,
    "surface": experience.Surface,
    "touchpoint": experience.Touchpoint,
    "persona": experience.Persona,
    "dimension": experience.Dimension,
    "task": experience.Task,
    "question": experience.Question,
    "journey": experience.Journey,
    "step": experience.Step,
    "metric": metric_definition.MetricDefinition,
    "part": metric_definition.MetricPart,
    "schedule": experience.Schedule,
}


def with_persona(rule: str) -> str:
    """The example with another rule for its persona."""
    return EXAMPLE.replace("rule: {kind: order.placed}", f"rule: {rule}")


def test_the_blocks_of_the_page_make_one_valid_model():
    assert len(BLOCKS) == 12
    model = parse_model(EXAMPLE, "model.md")
    assert parse_model(dump_model(model)) == model
    assert [step.id for step in model.journey("buy").steps] == ["see-campaign", "place-order", "delivered", "picked-up"]
    assert [step.id for step in model.journey("buy").needed] == ["place-order"]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_the_page_is_valid(rule):
    assert parse_model(with_persona(rule)).personas[0].rule is not None


def test_all_rules_of_the_page_are_found():
    assert len(RULES) == 7


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_of_the_page_is_valid(condition):
    assert len(parse_model(with_persona(f"{{kind: a, where: {condition}}}")).personas[0].rule.conditions) == 1


def test_every_operator_and_field_is_on_the_page():
    shown = {
        parse_model(with_persona(f"{{kind: a, where: {one}}}")).personas[0].rule.conditions[0].operator for one in CONDITIONS
    }
    assert shown == set(OPERATORS)
    assert all(f"`{field}`" in PAGE.split("Fields:")[1] for field in RULE_FIELDS)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_key_of_a_noun_is_in_its_table(noun):
    rows = PAGE.split(f"| key of a {noun} |")[1].split("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in rows.splitlines()[2:])))
    keys = {field.name for field in dataclasses.fields(NOUNS[noun])}
    if noun == "question":
        keys = keys - {"low", "high"} | {"scale"}
    assert told == keys


def test_every_section_of_a_model_is_in_the_example():
    sections = {line.split(":")[0] for line in EXAMPLE.splitlines() if re.match(r"[a-z]", line)}
    fields = {field.name for field in dataclasses.fields(experience.Experience)} - {"families"} | {"product_families", "format"}
    assert sections == fields
