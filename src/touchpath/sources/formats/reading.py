"""What converters of records share: texts, numbers, times, hashes and ids, read from whatever a tool writes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import xxhash

from touchpath.model.email import email_actor, is_email_hash
from touchpath.model.errors import BadInput
from touchpath.model.signal import JsonText
from touchpath.model.time import from_micros
from touchpath.sources.files.zones import find_zone

_MILLISECONDS_SINCE = 100_000_000_000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CONTACT = re.compile(
    r"\$?(e-?mail(_address)?|phone(_?number)?|mobile|(first|last|full|family|given|user)?_?name|address|street|ip(_address)?)",
    re.I,
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{11,16}(-[0-9a-f]{4,16}){2,4}", re.I)
_PLAIN = msgspec.json.Encoder(order="sorted")


def text_of(value: object) -> str | None:
    """A value as a text without spaces around it; None for nothing, for "" and for what is neither text nor number."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def number_of(value: object) -> float | None:
    """A value as a finite number; None for everything else."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def seconds_or_milliseconds(value: object, name: str) -> datetime:
    """An instant counted from 1970, in seconds or (when that would lie beyond the year 5138) in milliseconds."""
    number = number_of(value)
    if number is None:
        raise BadInput(f"'{name}' came as {value!r}. It should be a count of seconds since 1970.")
    micros = round(number * (1_000 if abs(number) > _MILLISECONDS_SINCE else 1_000_000))
    return instant(micros, name)


def instant(micros: int, name: str) -> datetime:
    """Microseconds since 1970 UTC as a time; raises BadInput."""
    try:
        return from_micros(micros)
    except OverflowError as error:
        raise BadInput(f"'{name}' is {micros:,} microseconds since 1970, which is no time.") from error


def moment_of(value: object, name: str, zone: str = "UTC") -> datetime:
    """A time written as in ISO 8601, with a T or a space; one without an offset is one of the zone.

    Of a local time that a clock shows twice the first is taken; one that it leaves out is moved on. Raises BadInput.
    """
    try:
        found = datetime.fromisoformat(str(value).strip().removesuffix(" UTC"))
    except ValueError as error:
        raise BadInput(f"'{name}' came as {value!r}. It should be a time such as 2026-03-01 12:30:05.") from error
    return found if found.tzinfo else in_zone(found, zone)


def in_zone(local: datetime, zone: str) -> datetime:
    """A local time of a zone."""
    return local.replace(tzinfo=UTC) if zone == "UTC" else local.replace(tzinfo=ZoneInfo(find_zone(zone).key))


def as_if_local(moment: datetime, zone: str) -> datetime:
    """The instant meant by a tool that counts local time of a zone as if it were UTC."""
    if zone == "UTC":
        return moment
    return in_zone(moment.replace(tzinfo=None), zone)


def actor_of_email_cell(address: object) -> str | None:
    """An e-mail address as an actor id: the SHA-256 of its trimmed, lower-cased text; a hash stays as it is."""
    text = (text_of(address) or "").lower()
    return f"email:{text}" if is_email_hash(text) else email_actor(text)


def person_actor(id: str) -> str:
    """The actor id of a known person; whoever is known by an e-mail address is known by its hash."""
    return (email_actor(id) if _EMAIL.fullmatch(id) else None) or f"user:{id}"


def seems_generated(id: str) -> bool:
    """Whether an id looks drawn at random by a client, as ids of devices do: a UUID or a relative of one."""
    return _UUID.fullmatch(id) is not None


def digest_of(*values: object) -> str:
    """32 hex digits that stay the same for the same values, whatever the order of their fields."""
    return xxhash.xxh3_128_hexdigest(_PLAIN.encode(values))


def filled(fields: Mapping[str, Any], without: Iterable[str] = ()) -> dict[str, Any]:
    """The fields that hold something (not None, "", {} or []), except some. An e-mail address comes as its hash."""
    left_out = frozenset(without)
    found = {name: value for name, value in fields.items() if name not in left_out and not _is_nothing(value)}
    return {name: _hashed(value) for name, value in found.items()} if _may_hold_address(found) else found


def packed(fields: Mapping[str, Any]) -> JsonText:
    """What `filled` gives, as the text that a signal carries."""
    found = {name: value for name, value in fields.items() if not _is_nothing(value)}
    try:
        text = _PLAIN.encode(found)
        if b"@" in text:
            text = _PLAIN.encode({name: _hashed(value) for name, value in found.items()})
    except (OverflowError, TypeError, ValueError) as error:
        raise BadInput(f"What it says cannot be written as JSON: {error}.") from error
    return JsonText(text.decode())


def _may_hold_address(fields: Mapping[str, Any]) -> bool:
    """Whether an @ stands anywhere in the fields; a look at their text is much faster than a walk through them."""
    try:
        return b"@" in _PLAIN.encode(fields)
    except (OverflowError, TypeError, ValueError):
        return True


def traits_of(fields: Mapping[str, Any], without: Iterable[str] = ()) -> dict[str, Any]:
    """What a tool knows of a person, without what tells who it is: name, address, phone, e-mail."""
    return {name: value for name, value in filled(fields, without).items() if not _CONTACT.fullmatch(name)}


def _hashed(value: Any) -> Any:
    if isinstance(value, str):
        return email_actor(value) if "@" in value and _EMAIL.fullmatch(value.strip()) else value
    if isinstance(value, dict):
        return {name: _hashed(one) for name, one in value.items()}
    return [_hashed(one) for one in value] if isinstance(value, list) else value


def _is_nothing(value: object) -> bool:
    return value is None or (not value and value in ("", {}, []))


def offset_minutes(seconds: object) -> int | None:
    """An offset from UTC in seconds as whole minutes; None for what no zone has."""
    number = number_of(seconds)
    span = timedelta(seconds=number) if number is not None and abs(number) <= 18 * 3600 else None
    return None if span is None else int(span.total_seconds() // 60)
