"""PostHog's exports of events: batch exports as JSON lines or Parquet, and tables saved as CSV.

Events become the same signals as those that PostHog's clients send here live (see `sources/vendors/posthog.py` for who is who), so both
ways may be used for one source.

**Source**: "S3 destination for batch exports", posthog.com/docs. Choices made:

- `properties` and `person_properties` are objects in JSON lines and JSON as text in Parquet and CSV; a CSV may also hold single
  properties, in columns such as `properties.$current_url`. Times that name no zone are UTC, and were put right by PostHog already.
- `person_id` is PostHog's judgement of who is who when the event came in: an id of another system, `external:posthog-ID`. An event that
  asked for no person has none.
- The IP address is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import ACTOR_NAMESPACES, Signal
from touchpath.services.formats import Option
from touchpath.services.receiving import Terms
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import CsvShape, JsonShape, ParquetShape, Row, Shape
from touchpath.sources.formats.reading import digest_of, moment_of, text_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.vendors.posthog import account_of
from touchpath.sources.wire.posthog_signals import Event, Reading
from touchpath.store.spool import Post

_TELLING = frozenset({"event", "distinct_id", "timestamp"})
_MARKS = frozenset({"uuid", "person_id", "person_properties", "elements_chain", "team_id", "_inserted_at"})
_NOT_ITS_OWN = frozenset({"created_at", "_inserted_at"})
_INSIDE = "properties."
_NO_POST = Post("posthog", "", 0, "", "", b"")


def _tells(head: Head) -> Sure | None:
    named = head.keys | frozenset(head.header)
    if not named >= _TELLING:
        return None
    marks = named & _MARKS
    inside = {name for one in head.objects for name in _named(one.get("properties"))} | {
        name.removeprefix(_INSIDE) for name in named if name.startswith(_INSIDE)
    }
    ours = any(name.startswith("$lib") or name == "$current_url" for name in inside)
    if not marks and not ours:
        return None
    return Sure(0.97 if ours or len(marks) > 1 else 0.75, "it holds event, distinct_id, timestamp and fields of PostHog")


def _shape(head: Head, _options: Mapping[str, str]) -> Shape:
    return ParquetShape() if head.columns else CsvShape() if head.rows else JsonShape()


def _begin(opening: Opening) -> Convert:
    terms, account = Terms(key="", source=opening.source), opening.options["account"]

    def convert(row: Row) -> Iterator[Signal]:
        properties = _properties(row)
        moment = moment_of(row.get("timestamp"), "timestamp").astimezone(UTC)
        event = _event(row, properties, moment.isoformat())
        # The server's clock put the time right already, so the event came when it happened.
        reading = Reading(_NO_POST, terms, moment, None)
        person = _person(row, properties)
        for signal in reading.signals(event, msgspec.json.encode(row)):
            found = signal.but(received_at=None, actors=_with(signal.actors, person) if person else signal.actors)
            yield found.but(account=account_of(event.event, properties, account)) if account else found

    return convert


def _event(row: Row, properties: dict[str, Any], time: str) -> Event:
    name, distinct = text_of(row.get("event")), text_of(row.get("distinct_id"))
    if name is None or distinct is None:
        raise BadInput("This record is no event of PostHog: it needs 'event' and 'distinct_id'.")
    id = text_of(row.get("uuid")) or digest_of({key: value for key, value in row.items() if key not in _NOT_ITS_OWN})
    said = _object(row.get("person_properties")) or _object(row.get("set"))
    return Event(event=name, distinct_id=distinct, uuid=id, timestamp=time, properties=properties, set=said)


def _properties(row: Row) -> dict[str, Any]:
    """The properties without the IP address, wherever they stand."""
    single = {name.removeprefix(_INSIDE): value for name, value in row.items() if name.startswith(_INSIDE) and value != ""}
    found = _object(row.get("properties")) | single
    found.pop("$ip", None)
    return found


def _object(value: object) -> dict[str, Any]:
    """Properties, which come as an object or as JSON in a text."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"Its properties are not JSON: {str(value)[:80]!r}.") from error
    return value if isinstance(value, dict) else {}


def _named(value: object) -> Iterable[str]:
    """The names of properties, as far as they can be read."""
    try:
        return _object(value)
    except BadInput:
        return ()


def _person(row: Row, properties: Mapping[str, Any]) -> str | None:
    id = text_of(row.get("person_id"))
    return f"external:posthog-{id}" if id and properties.get("$process_person_profile") is not False else None


def _with(actors: tuple[str, ...], person: str) -> tuple[str, ...]:
    return (
        tuple(sorted((*actors, person), key=lambda actor: ACTOR_NAMESPACES.index(actor.partition(":")[0]))) if actors else actors
    )


POSTHOG = RecordFormat(
    name="posthog",
    title="PostHog event export",
    source="posthog",
    shape=_shape,
    tells=_tells,
    begin=_begin,
    options=(
        Option("account", "Which group type names the organisation that people belong to? Left open: account, company ..."),
    ),
    version=2,
)
