"""What every vendor's records need: times, ids, money, and whatever else they say, within bounds and without names."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from itertools import islice

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.personal_fields import tells_somebody

#: Not who somebody is, but nothing that a record of a contact needs to say.
_GENDER = "gender"
_SECONDS_AT_MOST = 100_000_000_000  # the year 5138; larger numbers count milliseconds
_LONGEST_TEXT = 1_000
_MOST_ITEMS = 100
_DEEPEST = 5
_MOST_CHARACTERS = 32_000
_ADDRESS = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:]+\.[^\s@<>\"',;:]+")
#: Currencies whose smallest unit is not a hundredth, as Stripe counts them: zero- and three-decimal ones.
#: Source: docs.stripe.com/currencies (presentment currencies); ISO 4217.
_DECIMALS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
#: Zero-decimal by ISO 4217, but counted in hundredths by Stripe for reasons of its own.
_STRIPE_HUNDREDTHS = frozenset({"UGX", "ISK"})


def record_of(value: object, what: str) -> Mapping[str, object]:
    """A JSON object; raises BadInput for anything else."""
    if not isinstance(value, Mapping):
        raise BadInput(f"{what} must be a JSON object, but came as {type(value).__name__} ({_short(value)}).")
    return value


def maybe_record(value: object) -> Mapping[str, object]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def records_in(value: object) -> list[Mapping[str, object]]:
    """The JSON objects of a list; none of anything else."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def id_of(record: Mapping[str, object], name: str = "id", what: str = "record") -> str:
    """An id as text; raises BadInput when it is missing."""
    found = maybe_id(record.get(name))
    if found is None:
        raise BadInput(f"The {what} has no '{name}': {_short(record)}.")
    return found


def maybe_id(value: object) -> str | None:
    """An id as text: numbers without a fraction, texts trimmed; None for anything else, and for 0 and ""."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, int | str):
        text = str(value).strip()
        return text if text not in ("", "0") else None
    return None


def text_in(value: object) -> str | None:
    """A text that says something, or None."""
    return value if isinstance(value, str) and value.strip() else None


def moment(value: object, what: str, zone: tzinfo | None = None) -> datetime:
    """A time: Unix seconds (or milliseconds, when too large for seconds), or ISO 8601. Raises BadInput for anything else.

    zone: of texts that name none; without it such texts are refused.
    """
    found = maybe_moment(value, zone)
    if found is None:
        raise BadInput(
            f"{what} came as {_short(value)}. Unix seconds or a time with its zone will do, as in 2026-03-01T12:00:00Z."
        )
    return found


def maybe_moment(value: object, zone: tzinfo | None = None) -> datetime | None:
    """As `moment`, but None for what is no time."""
    if isinstance(value, str) and value.strip().lstrip("-").replace(".", "", 1).isdecimal():
        value = float(value)
    if isinstance(value, bool) or value in (None, "", 0):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if abs(value) > _SECONDS_AT_MOST else value, UTC)
        found = datetime.fromisoformat(str(value).strip().replace(" UTC", "Z"))
    except (ValueError, OverflowError, OSError):
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=zone) if zone else None
    return found


def minute(when: datetime) -> str:
    """A time as a part of an id, to the minute: exports and webhooks tell the same moment with different precision."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def second(when: datetime) -> str:
    """A time as a part of an id, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user_id(value: object) -> str | None:
    """The actor id of somebody whom the organisation's own product knows; an e-mail address that serves as such an id is hashed."""
    known = maybe_id(value)
    return email_actor(known) or f"user:{known}" if known else None


def external_id(source: str, value: object) -> str | None:
    """The actor id of somebody whom another system knows; an e-mail address that serves as such an id is hashed."""
    known = maybe_id(value)
    return email_actor(known) or f"external:{source}-{known}" if known else None


def actors(*ids: str | None) -> tuple[str, ...]:
    """The ids that are known, strongest first."""
    return tuple(dict.fromkeys(id for id in ids if id))


def decimals(currency: str) -> int:
    """How many decimals a currency has."""
    return _DECIMALS.get(currency.upper(), 2)


def stripe_decimals(currency: str) -> int:
    """How many decimals Stripe's amounts in a currency have."""
    return 2 if currency.upper() in _STRIPE_HUNDREDTHS else decimals(currency)


def amount(minor: object, places: int) -> float | None:
    """An amount in the smallest unit as a plain number: 4900 with 2 places is 49.0. None for what is no number."""
    if isinstance(minor, bool) or not isinstance(minor, int | float | str):
        return None
    try:
        found = Decimal(str(minor)).scaleb(-places)
    except InvalidOperation:
        return None
    plain = float(found)
    return plain if math.isfinite(plain) else None


def number(value: object) -> float | None:
    """A number, also one written as a text; None for anything else."""
    return amount(value, 0) if value != "" else None


def properties_of(record: Mapping[str, object], *, without: Collection[str] = (), **more: object) -> dict[str, object]:
    """Whatever else a record says: no empty fields, no names or addresses of people, at most 32,000 characters.

    `more` comes first and is never left out. Fields that do not fit are left out, and `left_out` says how many.
    """
    told = {name: plain for name, value in more.items() if not _is_nothing(plain := _plain(value, _DEEPEST))}
    rest = {
        name: plain
        for name, value in record.items()
        if name not in without
        and name not in told
        and not (tells_somebody(str(name)) or str(name).lower() == _GENDER)
        and not _is_nothing(plain := _plain(value, _DEEPEST))
    }
    kept = {**told, **rest}
    return kept if len(json.dumps(kept)) <= _MOST_CHARACTERS else _fitting(told, rest)


def _fitting(told: Mapping[str, object], rest: Mapping[str, object]) -> dict[str, object]:
    """As many of the other fields, smallest first, as there is room for; `left_out` says how many there was none for."""
    kept, room = dict(told), _MOST_CHARACTERS - len(json.dumps(told))
    for name, value in sorted(rest.items(), key=lambda field: len(json.dumps(field))):
        room -= len(json.dumps([name, value]))
        if room < 0:
            break
        kept[name] = value
    return {**kept, "left_out": len(told) + len(rest) - len(kept)}


def _is_nothing(value: object) -> bool:
    return value is None or (not value and value in ("", [], {}))


def _plain(value: object, depth: int) -> object:
    if isinstance(value, str):
        text = value[:_LONGEST_TEXT]
        return _ADDRESS.sub("[e-mail]", text) if "@" in text else text
    if value is None or isinstance(value, bool | int):
        return value if value is None or isinstance(value, bool) or abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else None
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        found = {
            str(name)[:200]: _plain(each, depth - 1)
            for name, each in islice(value.items(), _MOST_ITEMS)
            if not (tells_somebody(str(name)) or str(name).lower() == _GENDER)
        }
        return {name: each for name, each in found.items() if not _is_nothing(each)}
    if isinstance(value, list | tuple):
        return [_plain(each, depth - 1) for each in value[:_MOST_ITEMS]]
    return str(value)[:_LONGEST_TEXT]


def _short(value: object) -> str:
    shown = _ADDRESS.sub("[e-mail]", json.dumps(value, default=str, ensure_ascii=False))
    return shown if len(shown) <= 120 else shown[:120] + "..."
