"""An Experience as plain values: the document that records keep, and the YAML file that people edit."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import yaml

from touchpath.model.experience import Experience, Journey, Question
from touchpath.model.flow_text import is_part, plain_flow
from touchpath.model.kept_query import KeptQuery
from touchpath.model.nodes import plain_value
from touchpath.model.parse import FORMAT
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.model.spans import show_span

Document = dict[str, object]
Keeps = Callable[[dataclasses.Field[Any], object], bool]
_HEAD = ("format", "revision", "about", "brand")
_SECTIONS = {"families": "product_families"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def to_document(experience: Experience) -> Document:
    """Every field of every noun as JSON-like values, defaults included; parse_document reads it back."""
    return {"format": FORMAT, **_plain_noun(experience, lambda field, value: True)}


def dump_model(experience: Experience, revision: int | None = None) -> str:
    """The model as YAML for people: what differs from the defaults, always in the same order.

    `revision` is the one this text is exported from; applying the text later is refused when the records moved on.
    parse_model reads it back to an equal Experience.
    """
    document: Document = {"format": FORMAT}
    if revision is not None:
        document["revision"] = revision
    if experience.about:
        document["about"] = experience.about
    document |= _plain_noun(experience, _differs)
    head = {key: value for key, value in document.items() if key in _HEAD}
    sections = [{key: value} for key, value in document.items() if key not in _HEAD]
    return "\n".join(_yaml(part) for part in (head, *sections))


def _yaml(part: Document) -> str:
    text: str = yaml.dump(part, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _differs(field: dataclasses.Field[Any], value: object) -> bool:
    return field.default is dataclasses.MISSING or value != field.default


def _plain_noun(noun: Any, keeps: Keeps) -> Document:
    plain: Document = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if keeps(field, value):
            plain[_SECTIONS.get(field.name, field.name)] = _plain(value, keeps)
    if isinstance(noun, Question):
        plain["scale"] = {"low": plain.pop("low"), "high": plain.pop("high")}
    if isinstance(noun, Journey) and "flow" in plain:
        plain["flow"] = plain_flow(noun.flow)
    return plain if isinstance(noun, Experience) else dict(sorted(plain.items(), key=_holds_nouns))


def _holds_nouns(item: tuple[str, object]) -> bool:
    """Whether a field lists other nouns, or says how they follow each other: those come last."""
    key, value = item
    return key == "flow" or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _plain(value: Any, keeps: Keeps) -> object:
    if isinstance(value, EventRule):
        return plain_rule(value)
    if isinstance(value, KeptQuery):
        return value.plain()
    if isinstance(value, timedelta):
        return show_span(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one, keeps) for one in value]
    return _plain_noun(value, keeps) if dataclasses.is_dataclass(value) else value


class _Dumper(yaml.SafeDumper):
    """Writes rules, scales and small nouns on one line, days without quotes, texts of several lines as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        """Nothing is ever written as a reference to another part of the file."""
        return True


def _is_small(value: object) -> bool:
    """Whether a mapping or list reads well on one line."""
    if isinstance(value, dict):
        rule = {"kind", "where"} >= value.keys()
        return (
            rule
            or is_part(value)
            or (len(str(value)) <= 100 and not any(isinstance(one, (dict, list)) for one in value.values()))
        )
    return isinstance(value, list) and all(is_part(one) or not isinstance(one, dict) for one in value)


def _show_mapping(dumper: yaml.SafeDumper, value: Document) -> yaml.Node:
    inside = bool(value) and not value.keys() & {"format"} and _is_small(value)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=inside)


def _show_list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_small(value))


def _show_text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    if _DAY.fullmatch(value):
        return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value)
    if not isinstance(plain_value(value), str):
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(dict, _show_mapping)
_Dumper.add_representer(list, _show_list)
_Dumper.add_representer(str, _show_text)
