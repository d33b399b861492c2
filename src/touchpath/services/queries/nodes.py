"""The nodes and cases that a query about paths names: rules, the steps of a journey, or every kind of signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, MapNode, Node
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import RULE_FIELDS, Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.reading import read_span, rule_title
from touchpath.timelines.cases import Cases

#: Between the steps of a path.
THEN = " > "


@dataclass(frozen=True, slots=True)
class Nodes:
    """What a path runs through: rules with their names, the steps of a journey of the model, or (neither) every kind of signal."""

    names: tuple[str, ...] = ()
    matches: tuple[EventRule, ...] = ()
    journey: str = ""

    def rules(self, experience: Experience) -> tuple[EventRule, ...]:
        """The rule of each node; none = every kind is one."""
        return tuple(step.match for step in experience.journey(self.journey).steps) if self.journey else self.matches

    def told(self, frame: Frame) -> Sequence[str]:
        """What to call each node."""
        if self.journey and frame.experience:
            return [step.id for step in frame.experience.journey(self.journey).steps]
        return self.names or frame.timelines.words.get("kind", ("",))

    @property
    def are_kinds(self) -> bool:
        """Whether every kind of signal is a node."""
        return not (self.names or self.journey)

    def place(self, name: str, experience: Experience) -> int | str:
        """A node by its name: its place among the rules, or the kind itself; raises Missing with what there is."""
        if self.are_kinds:
            return name
        names = [step.id for step in experience.journey(self.journey).steps] if self.journey else self.names
        if name not in names:
            raise Missing(unknown("node", name, names))
        return list(names).index(name)


@dataclass(frozen=True, slots=True)
class CaseWords:
    """How a query divides timelines into cases; keys nodes, journey, gap, window and same."""

    nodes: Nodes
    spans: Cases

    @classmethod
    def read(cls, fields: Fields) -> CaseWords:
        """Keys: nodes (or journey), gap, window, same."""
        gap, window = read_span(fields, "gap"), read_span(fields, "window")
        return cls(read_nodes(fields), Cases(None, gap, window, fields.reference("same", "object kind")))

    def cases(self, experience: Experience) -> Cases:
        """The cases, with the rules of their nodes."""
        rules = self.nodes.rules(experience)
        if self.nodes.journey and not rules:
            raise BadInput(f"The journey '{self.nodes.journey}' has no steps, so there are no paths through it.")
        return Cases(rules or None, self.spans.gap, self.spans.window, self.spans.same)


def read_nodes(fields: Fields) -> Nodes:
    """Keys: nodes (rules in a list, or rules by name), or journey."""
    journey, found = fields.text("journey", ""), fields.node("nodes")
    if journey and found is not None:
        fields.fault(fields.line, "give either 'nodes' or a 'journey' of the model, not both.")
    if found is None:
        return Nodes(journey=journey)
    pairs = dict(_named(fields, found))
    if not pairs:
        fields.fault(found.line, "'nodes' is empty. Leave it out to take every kind of signal.")
    return Nodes(tuple(pairs), tuple(pairs.values()))


def _named(fields: Fields, found: Node) -> Mapping[str, EventRule]:
    """Rules by name: as given in a mapping, else called by their kinds and conditions."""
    if isinstance(found, MapNode) and not set(found.pairs) <= {"kind", "where"}:
        return {name: rule_at(fields, name, node) for name, node in found.pairs.items()}
    rules = [rule_at(fields, "nodes", one) for one in (found.items if isinstance(found, ListNode) else [found])]
    named = {rule_title(rule): rule for rule in rules}
    if len(named) < len(rules):
        fields.fault(found.line, "'nodes' names the same rule twice.")
    return named


def read_path(fields: Fields, key: str) -> tuple[str, ...]:
    """Names of nodes in order, as in `path: [search, cart, order]`; none when nothing is there."""
    found = fields.node(key)
    if found is None:
        return ()
    if not isinstance(found, ListNode) or not found.items:
        fields.fault(found.line, f"'{key}' lists names of nodes in order, as in [search, cart, order].")
        return ()
    return tuple(fields.as_text(one, key) for one in found.items)


def read_coded(fields: Fields, key: str) -> str:
    """The name of a field of signals that holds words, "" when nothing is there."""
    found = fields.text(key, "")
    known = [field for field in RULE_FIELDS if field != "value"]
    if found and found not in known and not (found.startswith("properties.") and found != "properties."):
        fields.fault(fields.line, f"'{key}': {unknown('field of a signal with words', found, (*known, 'properties.NAME'))}")
    return found


def rules_of_column(column: str) -> tuple[EventRule, ...]:
    """A rule that reads a column, so that a property which the model does not declare is noticed."""
    return (EventRule((), (Condition(column, "exists", True),)),) if column else ()
