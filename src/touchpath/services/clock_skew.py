"""When something happened, by the clocks of a device and of the server that took it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from touchpath.model.errors import BadInput

#: A signal that came in longer than this after it happened is late: numbers that were told before may change.
LATE = timedelta(days=7)
#: What is said to lie before this cannot be meant.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_SECONDS_UNTIL, _MILLISECONDS_UNTIL = 1e11, 1e14  # the year 5138 in seconds; as milliseconds that is 1973


class Settled(NamedTuple):
    """When it happened, and what had to be noted: "future" (set back to when it came), "late", "unreadable" or "".

    Unreadable is what is no time, or none that could be meant.
    """

    occurred_at: datetime
    note: str = ""


def settle(said: datetime | None, sent: datetime | None, received: datetime) -> Settled:
    """The device's own time, put right by how far its clock was off when it sent: received - (sent - said).

    Nothing can happen after it was received: a later time is set to then. Without a time, or with one that cannot be meant, it is
    when it was received.

    Source: Segment, "Common fields: timestamps"; PostHog's ingestion does the same.
    """
    if said is None:
        return Settled(received)
    try:
        occurred = said if sent is None else received - (sent - said)
    except OverflowError:
        return Settled(received, "unreadable")
    if occurred < EARLIEST:
        return Settled(received, "unreadable")
    if occurred > received:
        return Settled(received, "future" if occurred - received > timedelta(seconds=1) else "")
    return Settled(occurred, "late" if received - occurred > LATE else "")


def settle_said(said: object, sent: datetime | None, received: datetime) -> Settled:
    """`settle` of a time as clients write it: one that cannot be read is unreadable, and it is when it was received."""
    moment = moment_or_none(said)
    return Settled(received, "unreadable") if moment is None and said is not None else settle(moment, sent, received)


def moment_or_none(said: object) -> datetime | None:
    """A time as clients write it; None = nothing said, or nothing that can be read."""
    try:
        return read_moment(said)
    except BadInput:
        return None


def read_moment(said: object) -> datetime | None:
    """A time as clients write it: ISO 8601 (without a zone: UTC), or a number since 1970 in seconds, ms or µs; None = nothing said.

    Raises BadInput for anything else.
    """
    if said is None or said == "":
        return None
    try:
        if isinstance(said, str) and ("-" in said or not said.replace(".", "", 1).isdigit()):
            moment = datetime.fromisoformat(said.strip())
        elif isinstance(said, str | int | float) and not isinstance(said, bool):
            moment = _since_1970(float(said))
        else:
            raise ValueError(said)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(
            f"The time came as {said!r}. Write it as in 2026-03-01T12:00:00.000Z, or as milliseconds since 1970."
        ) from error


def _since_1970(number: float) -> datetime:
    scale = 1.0 if abs(number) < _SECONDS_UNTIL else 1e3 if abs(number) < _MILLISECONDS_UNTIL else 1e6
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / scale)
