"""What a form in an address says, as the document of a query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from touchpath.model.errors import BadInput, ModelErrors
from touchpath.model.nodes import Faults, MapNode, plain_of, read_nodes
from touchpath.model.time import Period
from touchpath.services.queries.keys import SHARED, Key, QueryForm
from touchpath.web.exploring.rows import Params, count_rows
from touchpath.web.exploring.written import Written, write

#: Before the names of a query's own keys, so that they never meet those of filters.
OWN = "q."
#: The form as a whole.
WHOLE = ""
#: Filters of people that have a row of their own; `people` has none, it goes with the rest of the document.
WHO = ("did", "segment", "persona", "role", "status", "ids")


@dataclass(slots=True)
class Faulty:
    """What is wrong in a form, by field."""

    by_field: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, message: str) -> None:
        """Note one fault."""
        self.by_field.setdefault(place, []).append(message)

    def add_error(self, error: BadInput, written: Written) -> None:
        """Note the faults that a reader found in a document, beside the fields that its lines come from."""
        if not isinstance(error, ModelErrors):
            self.add(WHOLE, str(error))
            return
        for fault in error.faults:
            self.add(written.place(fault.line), fault.message)

    def __bool__(self) -> bool:
        return bool(self.by_field)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was read. blank: nothing but the query was chosen, and something has to be."""

    document: Mapping[str, object]
    written: Written
    missing: tuple[Key, ...]


def read_form(form: QueryForm, params: Params, period: Period | None, faulty: Faulty) -> Filled:
    """The document that a form's fields come to; what cannot be read is noted, and the rest is read all the same."""
    reading = _Reading(params, faulty)
    document: dict[str, object] = {"query": form.query}
    places = {"query": WHOLE}
    if title := params.get("title", "").strip():
        document["title"], places["title"] = title, "title"
    for key in form.keys:
        value = reading.value(key)
        if value is not None:
            document[key.name], places[key.name] = value, OWN + key.name
    missing = tuple(key for key in form.keys if key.needed and key.name not in document)
    for name, value in reading.shared(period):
        document[name], places[name] = value, name
    for name, value in reading.rest():
        if name in document:
            faulty.add("more", f"'{name}' has a field of its own above. Change it there, or clear that field.")
        elif name in SHARED or any(name == key.name for key in form.keys) or name.strip():
            document[name], places[name] = value, "more"
    return Filled(document, write(document, places), tuple(key for key in missing if key.name not in document))


@dataclass(frozen=True, slots=True)
class _Reading:
    params: Params
    faulty: Faulty

    def text(self, name: str) -> str:
        """What stands in a field, without blanks around it."""
        return self.params.get(name, "").strip()

    def value(self, key: Key) -> object:
        """What a query's own key says; None when nothing was given."""
        name = OWN + key.name
        if key.what == "rule":
            return self.rule(name)
        if key.what == "rules":
            found = [
                rule for number in range(count_rows(self.params, name)) if (rule := self.rule(f"{name}.{number}")) is not None
            ]
            return found or None
        if key.what == "named":
            return dict(self.named(name)) or None
        if not (text := self.text(name)):
            return None
        if key.what in ("names", "spans"):
            return [plain(part, name, self.faulty) for part in _parts(text)]
        if key.what == "flag":
            return {"yes": True, "no": False}.get(text, text)
        if key.what in ("whole", "number"):
            return plain(text, name, self.faulty)
        return plain(text, name, self.faulty) if key.what in ("plain", "schedule") else text

    def rule(self, name: str) -> object:
        """An event rule: kinds, parted by commas, and conditions."""
        kinds, where = _parts(self.text(name)), self.text(f"{name}.where")
        if not where:
            return None if not kinds else kinds[0] if len(kinds) == 1 else {"kind": kinds}
        conditions = plain(where, f"{name}.where", self.faulty, inside="{}")
        kind = {"kind": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
        return {**kind, "where": conditions}

    def named(self, name: str) -> Iterator[tuple[str, object]]:
        """Rules by name; a name that stands twice is noted."""
        known = set[str]()
        for number in range(count_rows(self.params, name)):
            called, rule = self.text(f"{name}.{number}.name"), self.rule(f"{name}.{number}")
            if rule is not None and not called:
                self.faulty.add(f"{name}.{number}", "Give it a name.")
            elif called and rule is None:
                self.faulty.add(f"{name}.{number}", f"Say what leads to '{called}'.")
            elif called in known:
                self.faulty.add(f"{name}.{number}", f"Another one is called '{called}' already.")
            elif rule is not None:
                known.add(called)
                yield called, rule

    def shared(self, period: Period | None) -> Iterator[tuple[str, object]]:
        """The keys that all queries share."""
        if self.text("from") or self.text("to"):
            yield "period", {name: text for name in ("from", "to") if (text := self.text(name))}
        elif period is not None:
            yield "period", {"from": period.start.isoformat(), "to": period.end.isoformat()}
        if by := _parts(self.text("by")):
            yield "by", by[0] if len(by) == 1 else by
        for name in ("grain", "unit"):
            if text := self.text(name):
                yield name, text
        if text := self.text("confidence"):
            yield "confidence", plain(text, "confidence", self.faulty)
        if text := self.text("where"):
            yield "where", plain(text, "where", self.faulty, inside="{}")
        if who := [one for number in range(count_rows(self.params, "who")) if (one := self.chosen(f"who.{number}"))]:
            yield "who", who

    def chosen(self, name: str) -> dict[str, object]:
        """One filter of people; nothing when no value was given."""
        kind, text = self.text(name), self.text(f"{name}.value")
        if not kind or not text:
            return {}
        if kind not in WHO:
            self.faulty.add(name, f"There is no filter '{kind}'. There are: {', '.join(WHO)}.")
            return {}
        negated = {"not": True} if self.text(f"{name}.not") == "not" else {}
        return {kind: self._who_value(kind, text, f"{name}.value"), **negated}

    def _who_value(self, kind: str, text: str, place: str) -> object:
        if kind == "did":
            kinds = _parts(text)
            return plain(text, place, self.faulty) if text.startswith("{") else kinds[0] if len(kinds) == 1 else {"kind": kinds}
        if kind == "segment":
            dimension, equals, value = text.partition(":")
            if not equals:
                self.faulty.add(place, f"A segment is a dimension and its value, as in plan: gold, but '{text}' came.")
            return {dimension.strip().strip("{"): value.strip().strip("}").strip()}
        return _parts(text) if kind == "ids" else text

    def rest(self) -> Iterator[tuple[str, object]]:
        """Keys that were written as text."""
        text = self.text("more")
        if not text:
            return
        found = plain(text, "more", self.faulty, mapping=True)
        if isinstance(found, Mapping):
            yield from found.items()


def plain(text: str, place: str, faulty: Faulty, *, inside: str = "", mapping: bool = False) -> object:
    """What a field's text means in a document. inside: "{}" = the brackets round it may be left out. mapping: it must be one."""
    bare = bool(inside) and text[:1] not in ("{", "[")
    written = f"{inside[0]}{text}{inside[1]}" if bare else text
    try:
        faults = Faults("field")
        node = read_nodes(written, faults)
        faults.check()
    except BadInput as error:
        said = error.faults[0].message if isinstance(error, ModelErrors) else str(error)
        faulty.add(place, f"This cannot be read: {said}")
        return {} if inside or mapping else ""
    if mapping and not isinstance(node, MapNode):
        faulty.add(place, "Write keys and values, as in unit: order.")
        return {}
    return plain_of(node)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
