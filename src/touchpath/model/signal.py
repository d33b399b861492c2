"""A signal: any recorded fact about somebody's experience."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import msgspec.structs


class JsonText(str):
    """A JSON object as text, names sorted and without blanks, as a decoder of JSON wrote it: needs no second look."""

    __slots__ = ()


#: Namespaces of actor ids, strongest first: the first actor of a signal is the one it is filed under.
ACTOR_NAMESPACES = ("user", "external", "email", "anonymous")


class Signal(msgspec.Struct, frozen=True):
    """One recorded fact: a page view, an answer, a ticket, an invoice, a store visit, a usability-test result ...

    (`source`, `id`) is unique for ever: the same pair with the same content is a duplicate, with other content a correction.
    `actors` are namespaced ids ("user:42", "anonymous:9f", "email:<sha256 hex>", "external:crm-7"), never persons.
    `objects` names what the fact is about, {kind: id}: order, ticket, subscription, response, session, device ...
    `value` is a plain number in `unit` (EUR, seconds, points). `properties` holds whatever else the source said, JSON-like.
    A struct rather than a dataclass: it is made for every live event, and a frozen dataclass takes ten times as long.
    """

    source: str
    id: str
    kind: str
    occurred_at: datetime
    actors: tuple[str, ...] = ()
    account: str | None = None
    objects: Mapping[str, str] = msgspec.field(default_factory=dict)
    touchpoint: str | None = None
    channel: str | None = None
    surface: str | None = None
    value: float | None = None
    unit: str | None = None
    text: str | None = None
    properties: Mapping[str, object] | JsonText = msgspec.field(default_factory=dict)
    context: Mapping[str, object] | JsonText = msgspec.field(default_factory=dict)
    utc_offset_minutes: int | None = None
    received_at: datetime | None = None

    def but(self, **changes: Any) -> Signal:
        """The same signal with other values in some fields."""
        return msgspec.structs.replace(self, **changes)
