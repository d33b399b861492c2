"""Events that are JSON objects with whatever members their senders like: judged and read one by one, each at its own cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.wire.mending import UNREADABLE, in_words, plain_words, read_json
from touchpath.sources.wire.shape import refused_consent
from touchpath.store.spool import Post

Event = Mapping[str, Any]

#: Bytes of one event. Amplitude and Mixpanel allow less.
LARGEST_EVENT = 250_000
read_event = msgspec.json.Decoder(dict[str, Any]).decode


def fault_of(place: int, raw: object, reason_against: Callable[[Event], str]) -> Fault | None:
    """Why an event cannot be taken, by its size, its form, and what its protocol says; None = it can."""
    if len(raw) > LARGEST_EVENT:  # type: ignore[arg-type]
        return Fault(place, "too_large", f"An event may have {LARGEST_EVENT:,} bytes.")
    try:
        reason = reason_against(read_json(read_event, raw))
    except BadInput as error:
        reason = f"The event has the wrong form: {plain_words(error)}."
    return Fault(place, "bad_event", reason) if reason else None


def read_each(
    events: Sequence[object],
    post: Post,
    terms: Terms,
    reason_against: Callable[[Event], str],
    signal_of: Callable[[dict[str, Any], bytes], Signal],
) -> Iterator[tuple[int, Signal | Fault]]:
    """One signal an event, or why there is none."""
    for place, raw in enumerate(events):
        if fault := fault_of(place, raw, reason_against):
            yield place, fault
            continue
        if refused_consent(terms, post, {}):
            yield place, Fault(place, "no_consent", "")
            continue
        try:
            whole = bytes(raw)  # type: ignore[call-overload]
            yield place, signal_of(read_json(read_event, raw), whole)
        except (BadInput, *UNREADABLE) as error:
            yield place, Fault(place, "bad_event", f"The event has the wrong form: {plain_words(in_words(error))}.")
