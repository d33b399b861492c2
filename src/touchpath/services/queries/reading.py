"""Reads the document of a query: what all queries share, and parts that many have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput, unknown
from touchpath.model.experience import BUILT_IN_OBJECT_KINDS, Experience
from touchpath.model.fields import Fields, Names
from touchpath.model.nodes import Faults, ListNode, MapNode, Node, Scalar, came, decode, nodes_of, read_nodes
from touchpath.model.rule_text import read_conditions, rule_at
from touchpath.model.rules import RULE_FIELDS, Condition, EventRule
from touchpath.model.spans import parse_span
from touchpath.model.time import Grain, Period
from touchpath.services.queries.query import Query
from touchpath.timelines.crossing import MOST_DIMENSIONS
from touchpath.timelines.status import STATUSES

#: What a query is asked of when it does not say.
PERSON = "person"
#: Fields of a signal that hold words.
COLUMNS = tuple(field for field in RULE_FIELDS if field != "value")


#: The keys of a filter of people, of which each has one.
_WHO = ("did", "segment", "persona", "role", "status", "people", "ids")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter of people: exactly one of them is given. `negated`: everybody but these.

    did: they ever did this (in `period`, if given).   dimension, value: their segment.   persona, role: they fit its rule. status: they
    are potential, current or past customers at the end of `period`, or of the signals.
    people, outcome: those with this outcome of another query, or those with an object of it.   ids: by name.
    """

    did: EventRule | None = None
    period: Period | None = None
    dimension: str = ""
    value: str = ""
    persona: str = ""
    role: str = ""
    status: str = ""
    people: Asked | None = None
    outcome: str = ""
    ids: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with where, of whom and of what it is asked.

    unit: whose timelines are read: "person", "account" or an object kind.   where: only signals that meet these conditions count.
    as_of: only signals count at whose time the owner's value of a dimension (`field`: its id) meets the condition.
    who: only people who pass every one.   confidence: of intervals, None = as the workspace has it.
    """

    query: Query
    unit: str = PERSON
    period: Period | None = None
    grain: Grain | None = None
    by: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    as_of: tuple[Condition, ...] = ()
    who: tuple[Chosen, ...] = ()
    confidence: float | None = None
    title: str = ""


Document = Mapping[str, Any] | str


def read_asked(document: Document, queries: Mapping[str, type[Query]], experience: Experience, zone: str = "UTC") -> Asked:
    """A query from its document: YAML or JSON text, or the same as a mapping; raises BadInput with every fault at once."""
    faults = Faults("query")
    root = read_nodes(decode(document, faults), faults) if isinstance(document, str) else _plain_nodes(document)
    return _read(root, faults, queries, experience, zone)


def root_of(document: Document) -> Node:
    """What a document says, before anybody reads it; raises BadInput for what is no document."""
    faults = Faults("query")
    root = read_nodes(decode(document, faults), faults) if isinstance(document, str) else _plain_nodes(document)
    faults.check()
    return root


def parts_of(text: str) -> tuple[Node, ...] | None:
    """The queries that a text lists; None when it is no list but one query. Raises BadInput for what cannot be read at all."""
    faults = Faults("query")
    root = read_nodes(decode(text, faults), faults)
    faults.check()
    return tuple(root.items) if isinstance(root, ListNode) else None


def read_part(part: Node, queries: Mapping[str, type[Query]], experience: Experience, zone: str = "UTC") -> Asked:
    """One query of a list; raises BadInput with its faults, which cost the others nothing."""
    return _read(part, Faults("query"), queries, experience, zone)


def read_fields(fields: Fields, queries: Mapping[str, type[Query]], experience: Experience, zone: str = "UTC") -> Asked | None:
    """The query that stands inside another file, whose ids are declared there; faults are noted in `fields`, None = no usable one."""
    return _Reader(queries, zone, tuple(one.id for one in experience.dimensions)).read(fields)


def _read(root: Node, faults: Faults, queries: Mapping[str, type[Query]], experience: Experience, zone: str) -> Asked:
    names = Names(faults)
    names.declared[("object kind", "")] = dict.fromkeys((*BUILT_IN_OBJECT_KINDS, *(k.id for k in experience.object_kinds)), 0)
    asked = read_fields(Fields(root, "", "a query", names), queries, experience, zone)
    names.resolve()
    faults.check()
    assert asked is not None
    return asked


def _plain_nodes(document: Mapping[str, Any]) -> Node:
    try:
        return nodes_of(json.loads(json.dumps(document)))
    except (TypeError, ValueError) as error:
        raise BadInput(f"A query holds texts, numbers, lists and mappings only: {error}.") from None


@dataclass(frozen=True, slots=True)
class _Reader:
    queries: Mapping[str, type[Query]]
    zone: str
    dimensions: tuple[str, ...] = ()

    def read(self, fields: Fields) -> Asked | None:
        """The query in some fields, None if it has no usable name."""
        kind = fields.text("query")
        if kind not in self.queries:
            fields.fault(fields.line, unknown("query", kind, self.queries))
            return None
        query = self._query(self.queries[kind], fields)
        if query is None:
            return None
        dimensions = [name for name in self.dimensions if name not in RULE_FIELDS]
        where = read_conditions(fields, "where", dimensions)
        asked = Asked(
            query=query,
            unit=fields.text("unit", PERSON),
            period=self._period(fields, "period"),
            grain=fields.choice("grain", get_args(Grain)) if fields.node("grain") else None,
            by=_names(fields, "by"),
            where=tuple(one for one in where if one.field not in dimensions),
            as_of=tuple(one for one in where if one.field in dimensions),
            who=self._who(fields),
            confidence=_share(fields, "confidence"),
            title=fields.text("title", ""),
        )
        fields.close()
        return asked

    def _query(self, kind: type[Query], fields: Fields) -> Query | None:
        before = len(fields.faults.found)
        try:
            return kind.read(fields)
        except BadInput as error:
            if len(fields.faults.found) == before:
                fields.fault(fields.line, str(error))
            return None

    def _period(self, fields: Fields, key: str) -> Period | None:
        return read_period(fields, key, self.zone)

    def _who(self, fields: Fields) -> tuple[Chosen, ...]:
        found = fields.node("who")
        if isinstance(found, MapNode):
            inside = fields.inside("who", "a filter of people")
            return () if inside is None else (self._chosen(inside),)
        return fields.each("who", "a filter of people", self._chosen)

    def _chosen(self, fields: Fields) -> Chosen:
        """One of did, segment, persona, role, status, people and ids."""
        given = [key for key in _WHO if fields.node(key) is not None]
        if len(given) != 1:
            came_instead = ", ".join(given) or "none of them"
            fields.fault(fields.line, f"a filter of people has one of {', '.join(_WHO)}, but {came_instead} came.")
            return Chosen()
        chosen = Chosen(negated=fields.flag("not", False), period=self._period(fields, "in"))
        if given == ["did"]:
            return replace(chosen, did=needed_rule_at(fields, "did"))
        if given == ["persona"]:
            return replace(chosen, persona=fields.text("persona"))
        if given == ["role"]:
            return replace(chosen, role=fields.text("role"))
        if given == ["status"]:
            return replace(chosen, status=fields.choice("status", STATUSES, STATUSES[0]))
        if given == ["segment"]:
            return self._segment(fields, chosen)
        if given == ["ids"]:
            return replace(chosen, ids=_ids(fields))
        inside = fields.inside("people", "a query")
        asked = self.read(inside) if inside else None
        return replace(chosen, people=asked, outcome=fields.text("outcome"))

    def _segment(self, fields: Fields, chosen: Chosen) -> Chosen:
        node = fields.node("segment")
        if not isinstance(node, MapNode) or len(node.pairs) != 1:
            fields.fault(fields.line, "'segment' names a dimension and its value, as in {plan: gold}.")
            return chosen
        ((dimension, value),) = node.pairs.items()
        return replace(chosen, dimension=dimension, value=fields.as_text(value, dimension))


def read_period(fields: Fields, key: str, zone: str) -> Period | None:
    """The period under a key, as in {from: 2026-03-01, to: 2026-04-01}; None when there is none."""
    inside = fields.inside(key, "a period")
    if inside is None:
        return None
    start, end = (_moment(inside, name, zone) for name in ("from", "to"))
    inside.close()
    if start is None or end is None:
        return None
    if start >= end:
        inside.fault(inside.line, f"a period starts before it ends, but {start} to {end} came.")
        return None
    return Period(start, end)


def _moment(fields: Fields, key: str, zone: str) -> datetime | None:
    """A day in the workspace's zone, or a moment with its own offset."""
    text = fields.text(key)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone)).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901
    if moment.tzinfo is None:
        fields.fault(fields.line, f"'{key}' is a day as in 2026-03-01 or a moment as in 2026-03-01T12:00:00Z, but '{text}' came.")
        return None
    return moment.astimezone(UTC)


def _ids(fields: Fields) -> tuple[str, ...]:
    """Names of people, accounts or objects; a single one may stand without brackets."""
    node = fields.node("ids")
    names = tuple(fields.as_text(one, "ids") for one in (node.items if isinstance(node, ListNode) else [node] if node else []))
    if node is not None and not (names and all(names)):
        fields.fault(node.line, "'ids' lists ids, as in [user:42].")
    return names


def _names(fields: Fields, key: str) -> tuple[str, ...]:
    """One to three names; a single one may stand without brackets."""
    node = fields.node(key)
    if node is None:
        return ()
    names = tuple(fields.as_text(one, key) for one in (node.items if isinstance(node, ListNode) else [node]))
    if len(names) > MOST_DIMENSIONS or len(set(names)) < len(names):
        fields.fault(node.line, f"'{key}' names up to {MOST_DIMENSIONS} different dimensions, but {', '.join(names)} came.")
        return ()
    return tuple(name for name in names if name)


def _share(fields: Fields, key: str) -> float | None:
    number = read_number(fields, key)
    if number is not None and not 0 < number < 1:
        fields.fault(fields.line, f"'{key}' lies between 0 and 1, as in 0.95, but {number} came.")
        return None
    return number


# -- parts that many queries have --------------------------------------------------------------------------------------


def needed_rule_at(fields: Fields, key: str) -> EventRule:
    """The event rule under a key that must be there: a kind, or a mapping as in a model file."""
    found = fields.needed(key)
    return EventRule(()) if found is None else rule_at(fields, key, found)


def optional_rule(fields: Fields, key: str) -> EventRule | None:
    """The event rule under a key, None when there is none."""
    found = fields.node(key)
    return None if found is None else rule_at(fields, key, found)


def rules_at(fields: Fields, key: str) -> tuple[EventRule, ...]:
    """The event rules listed under a key; a single one may stand without brackets; none when nothing is there."""
    found = fields.node(key)
    if found is None:
        return ()
    return tuple(rule_at(fields, key, one) for one in (found.items if isinstance(found, ListNode) else [found]))


def read_span(fields: Fields, key: str, default: timedelta | None = None) -> timedelta | None:
    """A span as in 30m or 7d, or None (also for `none`, where a span could be left out on purpose)."""
    found = fields.node(key)
    if found is None:
        return default
    if isinstance(found, Scalar) and found.text == "none":
        return None
    try:
        return parse_span(found.text if isinstance(found, Scalar) else came(found))
    except BadInput as error:
        fields.fault(found.line, f"'{key}': {error}")
        return default


def read_spans(fields: Fields, key: str) -> tuple[timedelta, ...]:
    """The spans listed under a key, as in [1h, 1d]; a single one may stand without brackets; none when nothing is there."""
    found, spans = fields.node(key), []
    for one in found.items if isinstance(found, ListNode) else [] if found is None else [found]:
        try:
            spans.append(parse_span(one.text if isinstance(one, Scalar) else came(one)))
        except BadInput as error:
            fields.fault(one.line, f"'{key}': {error}")
    return tuple(spans)


def column_at(fields: Fields, key: str) -> str:
    """The column that tells signals apart under a key: an object kind, a field of the signal, or properties.NAME; "" = none."""
    text = fields.text(key, "")
    if not text or text in COLUMNS or text.startswith("properties."):
        return text
    if "." not in text:
        return f"objects.{fields.reference(key, 'object kind')}"
    fields.fault(fields.line, f"'{key}' is an object kind, one of {', '.join(COLUMNS)}, or properties.NAME, but '{text}' came.")
    return ""


def read_number(fields: Fields, key: str, default: float | None = None) -> float | None:
    """A plain number, or the default."""
    found = fields.node(key)
    if found is None:
        return default
    try:
        number = float(found.text) if isinstance(found, Scalar) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        fields.fault(found.line, f"'{key}' is a number, but {came(found)} came.")
        return default
    return number


def rule_title(rule: EventRule) -> str:
    """What to call a rule in an answer: its kinds, and how many conditions it has beside them."""
    kinds = " or ".join(rule.kinds) or "anything"
    return f"{kinds} where {', '.join(_told(c) for c in rule.conditions)}" if rule.conditions else kinds


def _told(condition: Condition) -> str:
    operand = condition.operand
    shown = ", ".join(map(str, operand)) if isinstance(operand, tuple) else str(operand)
    return f"{condition.field} {'is' if condition.operator == 'equals' else condition.operator} {shown}"
