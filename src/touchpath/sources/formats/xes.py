"""XES event logs (IEEE 1849), plain or gzipped: the events of cases, as process mining exchanges them.

**Source**: IEEE Std 1849-2016 and its standard extensions (concept, lifecycle, organizational, time, cost, identity). Choices made:

- An event's name (`concept:name`) is the signal's kind as it stands. Logs that record several moments of one activity tell them apart by
  `lifecycle:transition`: a property, or part of the kind (`kind`), or only what was completed is taken (`completed`).
- The case is the signal's object, and stands for its person too, unless an attribute of the event or the case names one.
- Attributes of the case come along with each of its events, as `case:NAME`. Those of the standard extensions lose their prefix.
- An event's id is its `identity:id`, else a digest of what it holds; events of one case that are alike in everything are numbered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.files.parts import Part
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Piece, Row, decode_json
from touchpath.sources.formats.reading import digest_of, moment_of, number_of, packed, text_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.xml_events import Step, steps

_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_HOLDING = _VALUES | {"list", "container", "values"}
_PREFIXES = ("org:", "cost:")
_TAKEN = frozenset({"concept:name", "time:timestamp", "identity:id", "lifecycle:transition", "concept:instance", "cost:currency"})
_SLASHED = re.compile(r"^\s*([0-9]{4})/([0-9]{2})/([0-9]{2})(?=\D|$)")
_COMPLETE = frozenset({"complete", ""})

Attributes = dict[str, Any]


class XesShape:
    """The events of a log, each with the attributes of its case, as JSON."""

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The events in the order of the file. What cannot be read ends the file and is told."""
        walk = _Walk()
        line = position = 0
        try:
            for step in steps(part):
                line, position = step.line, step.position
                event = walk.take(step)
                if event is not None:
                    yield Piece(part.name, walk.line, msgspec.json.encode(event), "", position)
        except BadInput as fault:
            yield Piece(part.name, line + 1, b"", str(fault), position)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """None."""
        return ()

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The event with its case."""
        return decode_json(text)


class _Walk:
    """Where in a log a pass has got to: in which case, which event, which attribute."""

    def __init__(self) -> None:
        self.line = 0
        self._case: Attributes = {}
        self._event: Attributes | None = None
        self._open: list[str] = []
        self._seen: Counter[str] = Counter()
        self._number = 0

    def take(self, step: Step) -> Mapping[str, Any] | None:
        """One step on; the event that ended with it, if one did."""
        if step.opens:
            self._start(step)
            return None
        if step.name in _HOLDING and self._open:
            self._open.pop()
        elif step.name == "trace":
            self._case = {}
        if step.name != "event" or self._event is None:
            return None
        event, self._event = self._event, None
        digest = digest_of(event)
        self._seen[digest] += 1
        return {"case": self._case, "event": event, "number": self._number, "digest": digest, "repeat": self._seen[digest]}

    def _start(self, step: Step) -> None:
        if step.name == "trace":
            self._case, self._number = {}, self._number + 1
            self._seen.clear()
        elif step.name == "event":
            self._event, self.line = {}, step.line
        elif step.name in _HOLDING:
            key = step.attributes.get("key", "")
            self._open.append(key)
            inside = self._event if self._event is not None else self._case if self._number else None
            if inside is not None and key and step.name in _VALUES:
                inside["/".join(filter(None, self._open))] = _value(step)


def _value(step: Step) -> object:
    text = step.attributes.get("value", "")
    if step.name in ("int", "float"):
        number = number_of(text)
        return text if number is None else int(number) if step.name == "int" and number.is_integer() else number
    return text.strip().lower() == "true" if step.name == "boolean" else text


def _tells(head: Head) -> Sure | None:
    start = head.text.lstrip("\ufeff \t\r\n")[:20_000]
    if not start.startswith("<") or "<log" not in start or "<events" in start or "<object-types" in start:
        return None
    if "xes" in start.lower() or "<trace" in start:
        return Sure(0.98, "it is XML with a log of traces")
    keyed = re.search(r"<(string|date|int|float|boolean|id)\s+key=", start) is not None
    return Sure(0.9, "it is XML with a log of values that have keys") if keyed else None


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        event, case = row["event"], row["case"]
        transition = str(event.get("lifecycle:transition", "")).lower()
        if opening.options["lifecycle"] == "completed" and transition not in _COMPLETE:
            return
        yield _signal(row, event, case, transition, opening)

    return convert


def _signal(row: Row, event: Attributes, case: Attributes, transition: str, opening: Opening) -> Signal:
    options, name = (
        opening.options,
        text_of(case.get("concept:name")) or text_of(case.get("identity:id")) or f"trace-{row['number']}",
    )
    kind = text_of(event.get("concept:name"))
    if kind is None:
        raise BadInput("This event has no concept:name, so nothing says what happened.")
    if "time:timestamp" not in event:
        raise BadInput(f"The event '{kind}' has no time:timestamp.")
    with_transition = options["lifecycle"] == "kind" and transition
    person = text_of(event.get(options["person"])) or text_of(case.get(options["person"])) if options["person"] else name
    value = number_of(event.get("cost:total"))
    return Signal(
        source=opening.source,
        id=text_of(event.get("identity:id")) or f"{name}/{row['digest']}" + (f"/{row['repeat']}" if row["repeat"] > 1 else ""),
        kind=f"{kind}.{transition}" if with_transition else kind,
        occurred_at=moment_of(_dashed(event["time:timestamp"]), "time:timestamp", opening.zone),
        actors=(f"external:{opening.source}-{person}",) if person else (),
        objects={options["object"]: name},
        value=value,
        unit=text_of(event.get("cost:currency")) if value is not None else None,
        properties=packed(
            {
                **_plain(event),
                **{f"case:{key}": one for key, one in _plain(case).items()},
                "lifecycle": "" if with_transition else transition,
                "instance": event.get("concept:instance"),
            }
        ),
    )


def _dashed(time: object) -> object:
    """A time whose day is written with slashes, as some tools do, with the dashes that the standard wants."""
    return _SLASHED.sub(r"\1-\2-\3", time) if isinstance(time, str) else time


def _plain(attributes: Attributes) -> Attributes:
    """Attributes beyond those that say what, when and which, the prefixes of standard extensions taken off."""
    found = {}
    for key, value in attributes.items():
        if key not in _TAKEN:
            prefix = next((one for one in _PREFIXES if key.startswith(one)), "")
            found[key.removeprefix(prefix)] = value
    return found


XES = RecordFormat(
    name="xes",
    title="XES event log",
    source="",
    shape=XesShape(),
    tells=_tells,
    begin=_begin,
    options=(
        Option("object", "What is a case of this log: an order, an application, a claim ...?", default="case"),
        Option(
            "person", "Which attribute of an event or a case names the person? Leave it open when a case stands for one person."
        ),
        Option(
            "lifecycle",
            "How should the moments of an activity (start, complete ...) be told apart: as a property, as part of the kind, or should only "
            "what was completed be taken?",
            "choice",
            "property",
            choices=("property", "kind", "completed"),
        ),
        Option("zone", "Which zone are times in that name no offset?", "zone", "UTC"),
    ),
)
