"""Raw calls of Segment or RudderStack as they are archived in object storage: JSON lines of track, page, identify ... calls.

Calls become the same signals as those that the clients send here live, so both ways may be used for one source.

**Source**: "Amazon S3 destination" and "Spec: Common fields", segment.com/docs. Choices made: `timestamp` was put right by the clock of
Segment's servers when the call came in, so it is taken as it stands, and so is `receivedAt`. The IP address is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import to_micros
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, Row
from touchpath.sources.formats.reading import moment_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.wire.segment import Segment
from touchpath.store.spool import Post

_TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
_MARKS = frozenset({"messageId", "anonymousId", "userId", "context", "sentAt", "receivedAt", "originalTimestamp"})
_SEGMENT = Segment()


def _tells(head: Head) -> Sure | None:
    calls = [one for one in head.objects if one.get("type") in _TYPES and ("anonymousId" in one or "userId" in one)]
    marks = frozenset(name for one in calls for name in one) & _MARKS
    if not calls or len(calls) < len(head.objects) / 2 or len(marks) < 3 or not marks & {"messageId", "originalTimestamp"}:
        return None
    return Sure(0.96, "its lines hold calls with a type, a messageId and an anonymousId or userId")


def _begin(opening: Opening) -> Convert:
    terms = Terms(key="", source=opening.source)

    def convert(row: Row) -> Iterator[Signal]:
        moment = moment_of(row.get("timestamp") or row.get("originalTimestamp"), "timestamp")
        post = Post("segment", "", to_micros(moment), "/v1/batch", "", msgspec.json.encode({"batch": [_call(row)]}))
        for _, found in _SEGMENT.signals(post, _SEGMENT.open(post), terms):
            if isinstance(found, Fault):
                raise BadInput(found.reason)
            yield found.but(received_at=None)

    return convert


def _call(row: Row) -> dict[str, Any]:
    """The call as its client made it, its time put right already."""
    call = {name: value for name, value in row.items() if name not in ("sentAt", "receivedAt", "originalTimestamp")}
    context = row.get("context")
    if isinstance(context, dict):
        call["context"] = {name: value for name, value in context.items() if name != "ip"}
    return call | {"timestamp": row.get("timestamp") or row.get("originalTimestamp")}


SEGMENT = RecordFormat(
    name="segment",
    title="Segment or RudderStack archive of calls",
    source="segment",
    shape=JsonShape(),
    tells=_tells,
    begin=_begin,
)
