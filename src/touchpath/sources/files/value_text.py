"""Reads the values and times of a mapping: where each cell of a signal comes from."""

from __future__ import annotations

from typing import get_args

from touchpath.model.errors import BadInput
from touchpath.model.fields import Fields, nearest
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came, plain_value
from touchpath.sources.files.clock import EPOCHS, compile_format
from touchpath.sources.files.mapping import Columns, ColumnUse, Later, Literally, Otherwise, RowPlace, TimeRule, Value, ValueType
from touchpath.sources.files.numbers import UNITS
from touchpath.sources.files.zones import find_zone

_HOW = "Write a column's name, or {literal: some text} for the same value in every row."
_UNSETTLED = "unsettled"
_FROM = ("column", "columns", "literal", "row", "later", "map", "otherwise", "by", _UNSETTLED)


class ValueReader:
    """Reads values, and remembers every column that they name.

    `virtual`: columns that the signal at hand adds itself. `zone`, `time_default`: what times take unless they say otherwise.
    """

    def __init__(self) -> None:
        self.uses: list[ColumnUse] = []
        self.virtual: tuple[str, ...] = ()
        self.zone = "UTC"
        self.time_default: Node | None = None

    def names(self, fields: Fields, key: str) -> tuple[str, ...]:
        """A list of texts; a single one may stand without brackets."""
        found = fields.node(key)
        if found is None:
            return ()
        nodes = found.items if isinstance(found, ListNode) else [found]
        for one in nodes:
            if not isinstance(one, Scalar):
                fields.fault(one.line, f"'{key}' is a list of names, but {came(one)} came in it.")
        return tuple(one.text for one in nodes if isinstance(one, Scalar))

    # -- values --------------------------------------------------------------------------------------------------------

    def as_value(self, node: Node, fields: Fields, key: str) -> Value:
        """A column's name, or a mapping that says more."""
        if isinstance(node, Scalar) and not node.is_null:
            self.use(node.text, node.line, fields, key)
            return Value(Columns((node.text,)))
        if not isinstance(node, MapNode):
            fields.fault(node.line, f"'{key}': {_HOW} But {came(node)} came.")
            return Value(Literally(""))
        inside = Fields(node, f"{fields.path}/{key}" if fields.path else key, f"'{key}'", fields.names)
        value = self.value(inside)
        inside.close()
        return value

    def value(self, fields: Fields, otherwise: Otherwise = "keep") -> Value:
        return Value(
            self._take(fields),
            self._words(fields),
            fields.choice("otherwise", get_args(Otherwise), otherwise),
            fields.choice("type", get_args(ValueType), "text"),
            fields.choice("decimal", (".", ","), "."),
        )

    def _take(self, fields: Fields) -> Columns | Literally | RowPlace | Later:
        given = [key for key in ("column", "columns", "literal", "row", "later") if fields.node(key) is not None]
        if len(given) != 1:
            fields.fault(fields.line, "Say one of column, columns, literal, row and later.")
            return Literally("")
        if given[0] in ("column", "columns"):
            names = self.names(fields, given[0])
            for name in names:
                self.use(name, fields.line, fields)
            return Columns(names, fields.text("by", "/"))
        if given[0] == "literal":
            return Literally(self._literal(fields))
        if given[0] == "row":
            fields.flag("row", True)
            return RowPlace()
        return self._later(fields)

    def _literal(self, fields: Fields) -> str | float | bool:
        node = fields.node("literal")
        if isinstance(node, Scalar):
            return plain_value(node.text) if node.plain else node.text
        fields.fault(fields.line, f"'literal' is one value, but {came(node) if node else 'nothing'} came.")
        return ""

    def _later(self, fields: Fields) -> Later | Literally:
        names = self.names(fields, "later")
        if len(names) != 2:
            fields.fault(fields.line, f"'later' names two time columns, as in [delivered, promised], but {len(names)} came.")
            return Literally("")
        form, zone = self._format(fields), self.zone_of(fields, self.zone)
        for name in names:
            self.use(name, fields.line, fields)
        return Later(*(TimeRule(Value(Columns((name,))), form, zone) for name in names))

    def _words(self, fields: Fields) -> dict[str, str]:
        found = fields.node("map")
        if found is None:
            return {}
        if not isinstance(found, MapNode):
            fields.fault(found.line, f"'map' is written as {{what stands in the file: what is kept}}, but {came(found)} came.")
            return {}
        return {key: fields.as_text(node, f"map/{key}") for key, node in found.pairs.items()}

    # -- times ---------------------------------------------------------------------------------------------------------

    def time(self, fields: Fields, key: str, empty: str) -> TimeRule:
        found = _with_default(fields.node(key), self.time_default)
        if found is None:
            fields.needed(key)
            return TimeRule(Value(Literally("")))
        if isinstance(found, Scalar):
            return TimeRule(self.as_value(found, fields, key), zone=self.zone, empty="skip" if empty == "skip" else "reject")
        inside = Fields(found, f"{fields.path}/{key}", f"'{key}'", fields.names)
        if inside.node(_UNSETTLED) is not None:
            inside.fault(inside.line, inside.text(_UNSETTLED))
            return TimeRule(Value(Literally("")))
        time = TimeRule(
            self.value(inside),
            self._format(inside),
            self.zone_of(inside, self.zone),
            self.maybe(inside, "plus"),
            inside.choice("unit", tuple(UNITS), "seconds"),
            inside.choice("empty", ("skip", "reject"), "skip" if empty == "skip" else "reject"),
        )
        inside.close()
        return time

    def _format(self, fields: Fields) -> str:
        form = fields.text("format", "iso")
        if form != "iso" and form not in EPOCHS:
            try:
                compile_format(form)
            except BadInput as error:
                near = nearest(form, ("iso", *EPOCHS)) if "%" not in form else None
                fields.fault(fields.line, f"'format': {error}" + (f" Did you mean '{near}'?" if near else ""))
        return form

    def zone_of(self, fields: Fields, default: str) -> str:
        zone = fields.text("zone", default)
        try:
            find_zone(zone)
        except BadInput as error:
            fields.fault(fields.line, f"'zone': {error}")
            return "UTC"
        return zone

    def use(self, name: str, line: int, fields: Fields, key: str = "") -> None:
        if name and name not in self.virtual:
            self.uses.append(ColumnUse(name, line, "/".join(part for part in (fields.path, key) if part)))

    def maybe(self, fields: Fields, key: str) -> Value | None:
        found = fields.node(key)
        return None if found is None else self.as_value(found, fields, key)


def _with_default(own: Node | None, default: Node | None) -> Node | None:
    """A time as the signal and the defaults say together; where a signal takes its time from counts before the default."""
    if own is None or default is None:
        return own or default
    if isinstance(own, Scalar):
        return own
    common = default if isinstance(default, MapNode) else MapNode(default.line, {"column": default})
    if not isinstance(own, MapNode):
        return own
    other = {key: node for key, node in common.pairs.items() if not (key in _FROM and any(one in own.pairs for one in _FROM))}
    return MapNode(own.line, {**other, **own.pairs}, {**common.key_lines, **own.key_lines})
