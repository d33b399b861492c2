"""Reads the fields of one noun from its node and notes every fault, so that a file can be mended in one go."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from typing import TypeVar

from touchpath.model.errors import BadInput, unknown
from touchpath.model.nodes import Faults, ListNode, MapNode, Node, Scalar, came, plain_value, quoted, unprintable
from touchpath.model.spans import parse_span

T = TypeVar("T")
Choice = TypeVar("Choice", bound=str)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_TEXT = 10_000
_YES = ("true", "True", "TRUE", "yes", "Yes", "YES")
_NO = ("false", "False", "FALSE", "no", "No", "NO")


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that must be declared somewhere: a `noun` inside a `scope` ("" = the whole model)."""

    noun: str
    scope: str
    name: str
    line: int
    path: str


@dataclass(slots=True)
class Names:
    """Every id that a file declares and every name it refers to; `metrics`: the fields of each metric, in order."""

    faults: Faults
    declared: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    metrics: list[Fields] = field(default_factory=list)

    def declare(self, noun: str, scope: str, name: str, line: int, path: str) -> None:
        """Note an id; a second one of the same noun in the same scope is a fault."""
        known = self.declared.setdefault((noun, scope), {})
        if name in known:
            where = f" (the first is on line {known[name]})" if known[name] else ""
            self.faults.add(line, f"{path}: another {noun} is called '{name}' already{where}. Give each its own id.")
        known.setdefault(name, line)

    def resolve(self) -> None:
        """Check that whatever is referred to was declared."""
        for reference in self.references:
            known = self.declared.get((reference.noun, reference.scope), {})
            scope_is_known = not reference.scope or bool(known)
            if reference.name not in known and scope_is_known:
                self.faults.add(reference.line, f"{reference.path}: {_not_there(reference, known)}")


def _not_there(reference: Reference, known: Collection[str]) -> str:
    if not reference.scope:
        return unknown(reference.noun, reference.name, known)
    near = nearest(reference.name, known)
    hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(sorted(known)) or 'none'}."
    return f"{reference.noun} {quoted(reference.name)} is not in {reference.scope}. {hint}"


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that looks most like this one, or None."""
    folded = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), sorted(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


class Fields:
    """The fields of one noun. Each reader notes a fault and gives a harmless value when something is wrong."""

    def __init__(self, node: Node, path: str, noun: str, names: Names) -> None:
        self.path, self.noun, self.names, self.line = path, noun, names, node.line
        self.faults = names.faults
        self.broken = not isinstance(node, MapNode)
        self._node = node if isinstance(node, MapNode) else MapNode(node.line)
        self._asked: dict[str, None] = {}
        if self.broken:
            self.fault(node.line, f"{noun} is written as 'key: value' pairs, but {came(node)} came.")

    def fault(self, line: int, message: str) -> None:
        """Note what is wrong, saying where in the model."""
        self.faults.add(line, f"{self.path}: {message}" if self.path else message)

    def node(self, key: str) -> Node | None:
        """What was written for a key; None when nothing was."""
        self._asked[key] = None
        found = self._node.pairs.get(key)
        return None if found is None or (isinstance(found, Scalar) and found.is_null) else found

    def needed(self, key: str) -> Node | None:
        """What was written for a key that must be there."""
        found = self.node(key)
        if found is None and not self.broken:
            self.fault(self.line, f"'{key}' is missing.")
        return found

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._node.pairs:
            if key not in self._asked:
                near = nearest(key, self._asked)
                hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(self._asked)}."
                self.fault(self._node.key_lines.get(key, 0), f"{self.noun} has no key {quoted(key)}. {hint}")

    # -- single values ---------------------------------------------------------------------------------------------

    def text(self, key: str, default: str | None = None) -> str:
        """Any text; needed when there is no default."""
        found = self.needed(key) if default is None else self.node(key)
        if found is None:
            return default or ""
        text = self.as_text(found, key)
        if default is None and isinstance(found, Scalar) and not found.text.strip():
            self.fault(found.line, f"'{key}' is blank. Write something.")
        return text

    def as_text(self, node: Node, key: str) -> str:
        """A node as text."""
        if not isinstance(node, Scalar):
            self.fault(node.line, f"'{key}' is text, but {came(node)} came.")
            return ""
        if (character := unprintable(node.text)) is not None:
            self.fault(node.line, f"'{key}' holds the character {character}, which cannot be printed. Take it out.")
            return ""
        if len(node.text) > _LONGEST_TEXT:
            self.fault(node.line, f"'{key}' has {len(node.text):,} characters; at most {_LONGEST_TEXT:,} are kept.")
        return node.text

    def id(self, scope: str = "") -> str:
        """The noun's own id, declared for others to refer to."""
        found = self.needed("id")
        if found is None:
            return ""
        if not isinstance(found, Scalar) or not _ID.fullmatch(found.text):
            hint = "Use up to 64 letters, digits, - and _, as in web-shop."
            self.fault(found.line, f"{came(found)} cannot be an id. {hint}")
            return found.text if isinstance(found, Scalar) else ""
        self.names.declare(self.noun.split(" ", 1)[1], scope, found.text, found.line, self.path)
        return found.text

    def choice(self, key: str, options: tuple[Choice, ...], default: Choice | None = None) -> Choice:
        """One of a few words; needed when there is no default."""
        found = self.needed(key) if default is None else self.node(key)
        if found is not None:
            for option in options:
                if isinstance(found, Scalar) and found.text == option:
                    return option
            self.fault(found.line, f"'{key}' cannot be {came(found)}. There are: {', '.join(options)}.")
        return options[0] if default is None else default

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        found = self.node(key)
        if found is None:
            return default
        if isinstance(found, Scalar) and found.text in _YES + _NO:
            return found.text in _YES
        self.fault(found.line, f"'{key}' is true or false, but {came(found)} came.")
        return default

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from low to high; needed when there is no default."""
        found = self.needed(key) if default is None else self.node(key)
        if found is not None:
            value = plain_value(found.text) if isinstance(found, Scalar) and found.plain else ""
            if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
                return value
            self.fault(found.line, f"'{key}' is a whole number from {low:,} to {high:,}, but {came(found)} came.")
        return low if default is None else default

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number from low to high; needed when there is no default."""
        found = self.needed(key) if default is None else self.node(key)
        if found is not None:
            value = plain_value(found.text) if isinstance(found, Scalar) and found.plain else ""
            if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
                return float(value)
            self.fault(found.line, f"'{key}' is a number from {low:,g} to {high:,g}, but {came(found)} came.")
        return low if default is None else default

    def span(self, key: str, default: timedelta) -> timedelta:
        """A span as in 30m or 7d."""
        found = self.node(key)
        if found is None:
            return default
        try:
            return parse_span(found.text if isinstance(found, Scalar) else came(found))
        except BadInput as error:
            self.fault(found.line, f"'{key}': {error}")
            return default

    def day(self, key: str) -> date | None:
        """A calendar day as in 2027-01-31."""
        found = self.node(key)
        if found is None:
            return None
        if isinstance(found, Scalar) and _DAY.fullmatch(found.text):
            try:
                return date.fromisoformat(found.text)
            except ValueError:
                pass
        self.fault(found.line, f"'{key}' is a day of the calendar as in 2027-01-31, but {came(found)} came.")
        return None

    # -- names of other nouns --------------------------------------------------------------------------------------

    def reference(self, key: str, noun: str, scope: str = "") -> str:
        """The id of another noun, or ""."""
        found = self.node(key)
        return "" if found is None else self._refer(found, key, noun, scope)

    def references(self, key: str, noun: str) -> tuple[str, ...]:
        """The ids of other nouns; a single one may stand without brackets."""
        found = self.node(key)
        if found is None:
            return ()
        nodes = found.items if isinstance(found, ListNode) else [found]
        return tuple(self._refer(one, key, noun, "") for one in nodes)

    def _refer(self, node: Node, key: str, noun: str, scope: str) -> str:
        name = self.as_text(node, key)
        if name:
            self.names.references.append(Reference(noun, scope, name, node.line, self.path))
        return name

    # -- nouns inside this one -------------------------------------------------------------------------------------

    def inside(self, key: str, noun: str) -> Fields | None:
        """The fields of one noun kept under a key."""
        found = self.node(key)
        return None if found is None else Fields(found, _join(self.path, key), noun, self.names)

    def each(self, key: str, noun: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """The nouns listed under a key, each read by `read`."""
        found = self.node(key)
        if found is None:
            return ()
        if not isinstance(found, ListNode):
            self.fault(found.line, f"'{key}' is a list, each entry starting with '- ', but {came(found)} came.")
            return ()
        return tuple(
            self._one(node, f"{_join(self.path, key)}/{_own_name(node, at)}", noun, read) for at, node in enumerate(found.items)
        )

    def _one(self, node: Node, path: str, noun: str, read: Callable[[Fields], T]) -> T:
        fields = Fields(node, path, noun, self.names)
        noun_read = read(fields)
        fields.close()
        return noun_read


def _join(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def _own_name(node: Node, at: int) -> str:
    """What an entry of a list is called in messages: its id, or its number counted from 1."""
    own = node.pairs.get("id") if isinstance(node, MapNode) else None
    return own.text if isinstance(own, Scalar) and _ID.fullmatch(own.text) else str(at + 1)
