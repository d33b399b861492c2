"""YAML text as a tree of nodes that remember their lines. Knows nothing of what a model may hold."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from touchpath.model.errors import Fault, ModelErrors

#: Limits that keep a hostile or broken file from costing more than a moment.
MOST_CHARACTERS = 1_000_000
MOST_VALUES = 100_000
DEEPEST = 30
MOST_FAULTS = 500

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written; `plain` = without quotes."""

    line: int
    text: str
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Nothing was given: an empty value, ~ or null."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class ListNode:
    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MapNode:
    """Keys in the order written. A key that came twice is a fault; the first one counts."""

    line: int
    pairs: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | ListNode | MapNode


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with one file, so that all of it can be told at once."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note one fault; raises ModelErrors when there are so many that nobody reads on."""
        self.found.append(Fault(self.file, line, message.replace("\n", "\\n")))
        if len(self.found) == MOST_FAULTS:
            self.found.append(Fault(self.file, line, f"There are more than {MOST_FAULTS} faults. Mend these first."))
            raise ModelErrors(self.found)

    def check(self) -> None:
        """Raise ModelErrors if there was any fault."""
        if self.found:
            raise ModelErrors(self.found)


def plain_value(text: str) -> str | int | float | bool:
    """What an unquoted value means: true and false, numbers, and text for everything else.

    A number with a leading zero (007) stays text, and so do yes, no, on and off.
    """
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and not _LEADING_ZERO.match(text):
        return float(text)
    return text


def decode(text: str | bytes, faults: Faults) -> str:
    """The text of a file, which must be UTF-8; raises ModelErrors naming the line of the first wrong byte."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        faults.add(line, f"Byte 0x{text[error.start]:02x} is not UTF-8. Save the file as UTF-8.")
        raise ModelErrors(faults.found) from error


def read_nodes(text: str, faults: Faults) -> Node:
    """The tree of a YAML text; raises ModelErrors when the text is not YAML, too large, too deep or empty."""
    if len(text) > MOST_CHARACTERS:
        faults.add(0, f"The file has {len(text):,} characters; a model file may have {MOST_CHARACTERS:,}.")
        raise ModelErrors(faults.found)
    tree = _Tree(faults)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            tree.take(event)
    except yaml.YAMLError as error:
        faults.add(*_problem(error, text))
        raise ModelErrors(faults.found) from error
    except (ValueError, OverflowError) as error:
        faults.add(0, "The YAML cannot be read: it names a character that does not exist.")
        raise ModelErrors(faults.found) from error
    if tree.root is None:
        faults.add(0, "The file is empty. A model starts with 'format: touchpath-model/1'.")
        raise ModelErrors(faults.found)
    return tree.root


def nodes_of(value: object) -> Node:
    """The same tree from plain values (as kept in records). All lines are 0."""
    if isinstance(value, Mapping):
        return MapNode(0, {str(key): nodes_of(one) for key, one in value.items()})
    if isinstance(value, (list, tuple)):
        return ListNode(0, [nodes_of(one) for one in value])
    if value is None:
        return Scalar(0, "")
    if isinstance(value, bool):
        return Scalar(0, str(value).lower())
    return Scalar(0, str(value), plain=not isinstance(value, str))


def plain_of(node: Node) -> object:
    """A tree as plain values, which `nodes_of` makes the same tree of; a number that is not finite stays text."""
    if isinstance(node, MapNode):
        return {key: plain_of(one) for key, one in node.pairs.items()}
    if isinstance(node, ListNode):
        return [plain_of(one) for one in node.items]
    if node.is_null:
        return None
    value = plain_value(node.text) if node.plain else node.text
    return node.text if isinstance(value, float) and not math.isfinite(value) else value


def came(node: Node) -> str:
    """What was written, short enough for a message."""
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, MapNode):
        return "a mapping"
    if node.is_null:
        return "nothing"
    return quoted(node.text)


def quoted(text: str) -> str:
    """Text in quotes, made printable and short enough for a message."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return f"'{shown[:60]}…'" if len(shown) > 60 else f"'{shown}'"


def unprintable(text: str) -> str | None:
    """The first character that no title, text or name may hold (control characters, lone surrogates), or None."""
    for character in "" if text.isprintable() else text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            return f"U+{ord(character):04X}"
    return None


class _Tree:
    """Builds nodes from YAML events, without recursion."""

    def __init__(self, faults: Faults) -> None:
        self.root: Node | None = None
        self._faults = faults
        self._open: list[ListNode | MapNode] = []
        self._key: list[Scalar | None] = []
        self._documents = 0
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self._faults.add(line, "A second document starts here ('---'). Keep one model per file.")
        elif isinstance(event, yaml.AliasEvent):
            self._faults.add(line, f"'*{event.anchor}' repeats another part of the file. Write it out: aliases are not read.")
            self._add(Scalar(line, ""))
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, line)
            self._add(Scalar(line, event.value, plain=event.implicit[0]))
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._refuse_tag(event.tag, line)
            self._enter(ListNode(line) if isinstance(event, yaml.SequenceStartEvent) else MapNode(line))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._open.pop()
            self._key.pop()

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag is not None:
            self._faults.add(line, f"The tag {quoted(tag)} is not read. Leave it out.")

    def _enter(self, node: ListNode | MapNode) -> None:
        if len(self._open) >= DEEPEST:
            self._faults.add(node.line, f"This is nested more than {DEEPEST} levels deep.")
            raise ModelErrors(self._faults.found)
        self._add(node)
        self._open.append(node)
        self._key.append(None)

    def _add(self, node: Node) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            self._faults.add(
                node.line, f"Up to here there are {MOST_VALUES:,} keys and values; that is the most a file may have."
            )
            raise ModelErrors(self._faults.found)
        if not self._open:
            self.root = self.root if self._documents > 1 else node
            return
        parent = self._open[-1]
        if isinstance(parent, ListNode):
            parent.items.append(node)
            return
        key = self._key[-1]
        if key is None:
            self._key[-1] = self._as_key(node)
            return
        self._key[-1] = None
        if key.text in parent.pairs:
            first = parent.key_lines[key.text]
            self._faults.add(key.line, f"The key {quoted(key.text)} came before, on line {first}. Keep one of them.")
            return
        parent.pairs[key.text] = node
        parent.key_lines[key.text] = key.line

    def _as_key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self._faults.add(node.line, f"A key must be a word, but {came(node)} came.")
        return Scalar(node.line, "")


def _problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Line and sentence for text that is not YAML."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"The character U+{int(error.character):04X} cannot stand in a YAML file."
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 0
    problem = getattr(error, "problem", None) or "no reason is known"
    if "'\\t'" in problem:
        return line, "A tab stands where YAML wants spaces. Indent with spaces."
    misread = isinstance(error, yaml.parser.ParserError) or "mapping values" in problem
    hint = " Put text that holds any of : # ? , [ ] { } in quotes." if misread else ""
    return line, f"This is not YAML: {problem}.{hint}"
