"""Reads a mapping file and notes every fault with its line, so that it can be mended in one go."""

from __future__ import annotations

import json
from collections.abc import Collection
from collections.abc import Mapping as Named
from typing import get_args

import xxhash

from touchpath.model.fields import Fields, Names, nearest
from touchpath.model.nodes import Faults, ListNode, MapNode, Node, Scalar, came, decode, quoted, read_nodes
from touchpath.sources.files.bytestream import ENCODINGS
from touchpath.sources.files.conditions import read_conditions
from touchpath.sources.files.mapping import (
    BLANKS,
    FORMAT,
    FileFormat,
    Join,
    Kind,
    Literally,
    Mapping,
    Reading,
    Repeat,
    SignalRule,
    Value,
)
from touchpath.sources.files.value_text import ValueReader

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " ", "\\t": "\t"}
_SINGLES = ("account", "touchpoint", "channel", "surface", "value", "unit", "text")
_GROUPS = ("actors", "objects", "properties", "context")


def parse_mapping(text: str | bytes, file: str = "mapping.yaml") -> Mapping:
    """The mapping written in a text; raises ModelErrors with all its faults."""
    faults = Faults(file)
    root = read_nodes(decode(text, faults), faults)
    mapping = _Reader(file, faults).read(root)
    faults.check()
    return mapping


def _fingerprint(node: Node) -> str:
    """Tells mappings apart by what they say, not by comments, spaces or the order of keys."""
    return xxhash.xxh3_128_hexdigest(json.dumps(_plain(node), sort_keys=True).encode())


def _plain(node: Node) -> object:
    if isinstance(node, MapNode):
        return {key: _plain(one) for key, one in node.pairs.items()}
    if isinstance(node, ListNode):
        return [_plain(one) for one in node.items]
    return [node.text, node.plain]


class _Reader(ValueReader):
    """Reads the nouns of one mapping file, and remembers every column they name."""

    def __init__(self, file: str, faults: Faults) -> None:
        super().__init__()
        self.file, self.faults = file, faults

    def read(self, root: Node) -> Mapping:
        fields = Fields(root, "", "a mapping", Names(self.faults))
        fields.choice("format", (FORMAT,))
        source = fields.text("source")
        reading = self._reading(fields)
        joins = fields.each("join", "a join", self._join)
        defaults = fields.inside("defaults", "defaults")
        self.zone = self.zone_of(defaults, "UTC") if defaults else "UTC"
        shared = self._cells(defaults) if defaults else {}
        if defaults:
            self.time_default = defaults.node("occurred_at")
            defaults.close()
        found = fields.needed("signals")
        signals = self._signals(fields, found, shared)
        fields.close()
        return Mapping(self.file, source, reading, joins, signals, tuple(self.uses), _fingerprint(root))

    # -- how the file is read ------------------------------------------------------------------------------------------

    def _reading(self, fields: Fields) -> Reading:
        read = fields.inside("read", "'read'")
        if read is None:
            return Reading()
        header = read.flag("header", True) if read.node("header") is not None else None
        form: FileFormat | None = read.choice("format", get_args(FileFormat)) if read.node("format") is not None else None
        encoding = read.choice("encoding", ENCODINGS) if read.node("encoding") is not None else None
        found = Reading(
            format=form,
            encoding=encoding,
            delimiter=self._sign(read, "delimiter", ""),
            quote=self._sign(read, "quote", '"') or "",
            escape=self._sign(read, "escape", "") or "",
            header=header,
            columns=self.names(read, "columns"),
            skip_lines=read.whole("skip_lines", 0, 10_000, 0),
            skip_rows=read.whole("skip_rows", 0, 10_000, 0),
            missing=self.names(read, "missing") or ("",),
        )
        read.close()
        return found

    def _sign(self, read: Fields, key: str, default: str) -> str | None:
        """One character, by itself or by name; None when nothing was said and there is no default."""
        found = read.node(key)
        if found is None:
            return default or None
        sign = _DELIMITERS.get(found.text, found.text) if isinstance(found, Scalar) else "??"
        if sign == "none":
            return ""
        if key == "delimiter" and sign == BLANKS:
            return sign
        if len(sign) != 1 or not sign.isascii() or sign in "\r\n":
            names = ", ".join([*(name for name in _DELIMITERS if name.isalpha()), *([BLANKS] if key == "delimiter" else [])])
            read.fault(found.line, f"'{key}' is one character, a name ({names}) or none, but {came(found)} came.")
            return default or None
        return sign

    def _join(self, fields: Fields) -> Join:
        file = fields.text("file")
        on = fields.text("on")
        self.use(on, fields.line, fields)
        key = fields.text("key", on)
        columns = self._renamed(fields)
        reading = self._reading(fields)
        return Join(file, on, key, columns, reading)

    def _renamed(self, fields: Fields) -> dict[str, str]:
        """[a, b] or {a: new_name}."""
        found = fields.needed("columns")
        if isinstance(found, MapNode):
            return {key: node.text for key, node in found.pairs.items() if isinstance(node, Scalar)}
        if isinstance(found, ListNode):
            return {one.text: one.text for one in found.items if isinstance(one, Scalar)}
        if found is not None:
            fields.fault(found.line, f"'columns' is a list of names, or {{name: new_name}}, but {came(found)} came.")
        return {}

    # -- signals -------------------------------------------------------------------------------------------------------

    def _signals(self, fields: Fields, found: Node | None, shared: Named[str, object]) -> tuple[SignalRule, ...]:
        """The entries under signals, called by their number in every fault."""
        if found is None:
            return ()
        if not isinstance(found, ListNode) or not found.items:
            fields.fault(
                found.line, "'signals' is a list with at least one signal that a row stands for, each starting with '- '."
            )
            return ()
        signals = []
        for number, node in enumerate(found.items, 1):
            one = Fields(node, f"signals/{number}", "a signal", fields.names)
            signals.append(self._signal(one, shared, len(found.items) > 1))
            one.close()
        return tuple(signals)

    def _signal(self, fields: Fields, shared: Named[str, object], several: bool) -> SignalRule:
        repeat = self._repeat(fields)
        self.virtual = repeat.virtual if repeat else ()
        when = read_conditions(fields, "when")
        for condition in when:
            self.use(condition.field, fields.line, fields)
        kind = self._kind(fields)
        id = self._id(fields)
        time = self.time(fields, "occurred_at", "skip" if several else "reject")
        cells = _merged(shared, self._cells(fields))
        self.virtual = ()
        return SignalRule(kind=kind, id=id, occurred_at=time, when=when, repeat=repeat, **cells)  # type: ignore[arg-type]

    def _cells(self, fields: Fields) -> dict[str, object]:
        """Actors, objects, properties and single cells: what a signal says of its own, and what defaults say for all."""
        cells: dict[str, object] = {key: self._group(fields, key) for key in _GROUPS}
        for key in _SINGLES:
            cells[key] = self.maybe(fields, key)
        return cells

    def _repeat(self, fields: Fields) -> Repeat | None:
        inside = fields.inside("repeat", "'repeat'")
        if inside is None:
            return None
        repeat = Repeat(
            name=inside.text("as"),
            columns=self.names(inside, "columns"),
            count=inside.text("count", ""),
            split=inside.text("split", ""),
            by=inside.text("by", ";"),
        )
        for name in (*repeat.columns, repeat.count, repeat.split):
            self.use(name, inside.line, inside)
        if sum(map(bool, (repeat.columns, repeat.count, repeat.split))) != 1:
            inside.fault(inside.line, "Say one of columns: [a, b], count: COLUMN or split: COLUMN.")
        inside.close()
        return repeat

    def _kind(self, fields: Fields) -> Kind:
        found = fields.needed("kind")
        if found is None or isinstance(found, Scalar):
            return Kind(Value(Literally(fields.as_text(found, "kind") if found else "")))
        inside = Fields(found, f"{fields.path}/kind", "'kind'", fields.names)
        prefix = inside.text("prefix", "")
        value = self.value(inside, otherwise="reject" if inside.node("map") is not None else "keep")
        inside.close()
        return Kind(value, prefix)

    def _id(self, fields: Fields) -> tuple[Value, ...]:
        found = fields.needed("id")
        nodes = found.items if isinstance(found, ListNode) else [] if found is None else [found]
        if isinstance(found, ListNode) and not nodes:
            fields.fault(found.line, "'id' is empty. List the columns that tell a row from all others.")
        return tuple(self.as_value(one, fields, "id") for one in nodes)

    def _group(self, fields: Fields, key: str) -> dict[str, Value]:
        found = fields.node(key)
        if found is None:
            return {}
        if not isinstance(found, MapNode):
            fields.fault(found.line, f"'{key}' is written as {{name: column}}, but {came(found)} came.")
            return {}
        return {name: self.as_value(node, fields, f"{key}/{name}") for name, node in found.pairs.items()}


def _merged(shared: Named[str, object], own: dict[str, object]) -> dict[str, object]:
    """What a signal says, and for the rest what the defaults say."""
    merged: dict[str, object] = {}
    for key, value in own.items():
        common = shared.get(key)
        if isinstance(value, dict):
            merged[key] = {**common, **value} if isinstance(common, dict) else value
        else:
            merged[key] = value or common
    return merged


def check_columns(mapping: Mapping, there: Collection[str]) -> None:
    """Raise ModelErrors for every column that the mapping names and the file has not."""
    faults = Faults(mapping.file)
    for use in mapping.uses:
        if use.name not in there:
            near = nearest(use.name, there)
            hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(there) or 'none'}."
            faults.add(
                use.line,
                f"{use.path}: the file has no column {quoted(use.name)}. {hint} For a fixed text write {{literal: ...}}.",
            )
    faults.check()
