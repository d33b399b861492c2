"""Recording signals: checks each one, keeps the good ones, and says what is wrong with the others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pyarrow as pa

from touchpath.model.email import is_email_hash
from touchpath.model.errors import BadInput
from touchpath.model.signal import ACTOR_NAMESPACES, JsonText, Signal
from touchpath.services.signal_columns import plain_rows
from touchpath.store.signals import SIGNAL_SCHEMA, Appended, Rejected, SignalStore

#: The longest texts that a signal may carry, in characters; `properties` and `context` count as JSON.
LONGEST = {
    "source": 128,
    "id": 512,
    "kind": 128,
    "actors": 512,
    "account": 512,
    "objects": 512,
    "touchpoint": 256,
    "channel": 256,
    "surface": 256,
    "unit": 64,
    "text": 100_000,
    "properties": 262_144,
    "context": 262_144,
}
_REQUIRED = ("source", "id", "kind")
_OPTIONAL = ("account", "touchpoint", "channel", "surface", "unit", "text")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FARTHEST_OFFSET = 18 * 60
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the signals handed over: what the store did, and the refused ones (place "signal", line = which one, from 1)."""

    appended: Appended
    rejected: tuple[Rejected, ...]


def record_signals(store: SignalStore, signals: Iterable[Signal], *, received_at: datetime | None = None) -> Recorded:
    """Keep these signals; a bad one is handed back with the reason and never costs the others.

    received_at: when they came (with zone), for signals that do not say so themselves; now, if not given. Signals are read and
    kept 50,000 at a time; what was kept stays kept when a later one fails to be read.
    """
    came = received_at or datetime.now(UTC)
    numbered = enumerate(signals, start=1)
    total, rejected = Appended(0, 0, 0, store.version), list[Rejected]()
    while batch := list(islice(numbered, _BATCH)):
        table, refused = signal_table(batch, came)
        rejected += refused
        if table.num_rows:
            more = store.append(table)
            total = Appended(
                total.new + more.new,
                total.duplicates + more.duplicates,
                total.corrections + more.corrections,
                more.version,
                total.turned_away + more.turned_away,
            )
    return Recorded(total, tuple(rejected))


def signal_table(numbered: Iterable[tuple[int, Signal]], received_at: datetime) -> tuple[pa.Table, list[Rejected]]:
    """Good signals as a table (SIGNAL_SCHEMA), bad ones with their number and the reason.

    Signals that are plainly good are turned all at once; only the others are looked at one by one.
    """
    listed = list(numbered)
    table, plain = plain_rows([signal for _, signal in listed], received_at, LONGEST)
    if plain.all():
        return table, []
    table = table.filter(pa.array(plain)) if plain.any() else SIGNAL_SCHEMA.empty_table()
    others = np.flatnonzero(~plain)
    slow, taken, rejected = _one_by_one([listed[place] for place in others], received_at)
    order = np.argsort(np.concatenate([np.flatnonzero(plain), others[taken]]), kind="stable")
    return pa.concat_tables([table, slow]).take(pa.array(order)).combine_chunks(), rejected


def _one_by_one(numbered: Iterable[tuple[int, Signal]], received_at: datetime) -> tuple[pa.Table, list[int], list[Rejected]]:
    """Good signals as a table, which of them those are, and the bad ones."""
    rows: list[tuple[object, ...]] = []
    taken: list[int] = []
    rejected: list[Rejected] = []
    for place, (number, signal) in enumerate(numbered):
        try:
            rows.append(_row(signal, received_at))
            taken.append(place)
        except BadInput as fault:
            rejected.append(Rejected("signal", number, str(fault), _shown(signal)))
    columns = zip(*rows, strict=True) if rows else ([] for _ in SIGNAL_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SIGNAL_SCHEMA, strict=True)]
    return pa.table(arrays, schema=SIGNAL_SCHEMA), taken, rejected


def _row(signal: Signal, received_at: datetime) -> tuple[object, ...]:
    """The signal's fields in the order of SIGNAL_SCHEMA, checked."""
    texts = {name: _text(signal, name) for name in (*_REQUIRED, *_OPTIONAL)}
    return (
        texts["source"],
        texts["id"],
        texts["kind"],
        _time(signal, "occurred_at", signal.occurred_at),
        _time(signal, "received_at", signal.received_at or received_at),
        _offset(signal),
        list(_actors(signal)) or None,
        texts["account"],
        _objects(signal) or None,
        texts["touchpoint"],
        texts["channel"],
        texts["surface"],
        _value(signal),
        texts["unit"],
        texts["text"],
        _json(signal, "properties"),
        _json(signal, "context"),
    )


def _text(signal: Signal, name: str) -> str | None:
    text = getattr(signal, name)
    if text is None and name not in _REQUIRED:
        return None
    if text is None or (name in _REQUIRED and not str(text).strip()):
        raise _fault(signal, name, f"is empty ({text!r}); every signal needs one")
    fitting = _fitting(signal, name, text)
    if name in _REQUIRED and _CONTROL.search(fitting):
        raise _fault(signal, name, f"holds a control character ({text!r}); leave it out")
    return fitting


def _fitting(signal: Signal, name: str, text: object) -> str:
    if not isinstance(text, str):
        raise _fault(signal, name, f"must be text, but came as {type(text).__name__} ({text!r})")
    if len(text) > LONGEST[name]:
        raise _fault(signal, name, f"has {len(text):,} characters; at most {LONGEST[name]:,} will do")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _fault(signal, name, f"is not valid Unicode at character {error.start}; decode it with its own encoding") from error
    return text


def _time(signal: Signal, name: str, moment: object) -> datetime:
    if not isinstance(moment, datetime):
        raise _fault(signal, name, f"must be a datetime, but came as {type(moment).__name__} ({moment!r})")
    if moment.utcoffset() is None:
        raise _fault(signal, name, f"is {moment.isoformat()}, without a zone; give one, as in 2026-03-01T12:00:00+00:00")
    if not _EARLIEST <= moment < _LATEST:
        raise _fault(signal, name, f"is {moment.isoformat()}; times from 1900 to 2199 will do")
    return moment


def _offset(signal: Signal) -> int | None:
    """The local offset the signal says, or that of its time when it is not plain UTC."""
    minutes = signal.utc_offset_minutes
    if minutes is None:
        offset = signal.occurred_at.utcoffset()
        return int(offset.total_seconds() // 60) if offset else None
    if not isinstance(minutes, int) or abs(minutes) > _FARTHEST_OFFSET:
        raise _fault(signal, "utc_offset_minutes", f"is {minutes!r}; whole minutes between -1080 and 1080 will do")
    return minutes


def _actors(signal: Signal) -> Iterator[str]:
    if not isinstance(signal.actors, tuple | list):
        raise _fault(signal, "actors", f"must be a tuple of ids, but came as {type(signal.actors).__name__} ({signal.actors!r})")
    for actor in dict.fromkeys(signal.actors):
        namespace, _, name = _fitting(signal, "actors", actor).partition(":")
        if namespace not in ACTOR_NAMESPACES or not name.strip():
            shapes = ", ".join(f"{one}:ID" for one in ACTOR_NAMESPACES)
            raise _fault(signal, "actors", f"has {actor!r}; an id names its kind: {shapes}")
        if namespace == "email" and not is_email_hash(name):
            raise _fault(
                signal, "actors", "has an e-mail id that is not a hash; send email: and the SHA-256 (hex) of the address"
            )
        yield actor


def _objects(signal: Signal) -> list[tuple[str, str]]:
    for kind, id in _mapping(signal, "objects").items():
        if not (_fitting(signal, "objects", kind) and _fitting(signal, "objects", id)):
            raise _fault(signal, "objects", f"has {{{kind!r}: {id!r}}}; each kind and id must be there")
    return sorted(signal.objects.items())


def _value(signal: Signal) -> float | None:
    if signal.value is None:
        return None
    if isinstance(signal.value, bool) or not isinstance(signal.value, int | float):
        raise _fault(signal, "value", f"must be a number, but came as {type(signal.value).__name__} ({signal.value!r})")
    try:
        value = float(signal.value)
    except OverflowError as error:
        raise _fault(signal, "value", "is too large for a number with 64 bits") from error
    if not math.isfinite(value):
        raise _fault(signal, "value", f"is {value}; leave it out when there is no number")
    return value


def _mapping(signal: Signal, name: str) -> Mapping[str, object]:
    mapping = getattr(signal, name)
    if not isinstance(mapping, Mapping):
        raise _fault(signal, name, f"must map names to values, but came as {type(mapping).__name__} ({mapping!r})")
    return mapping


def _json(signal: Signal, name: str) -> str | None:
    """JSON with sorted names, so that their order is never a correction; nothing at all for an empty mapping."""
    given = getattr(signal, name)
    if isinstance(given, JsonText):
        return _fitting(signal, name, str(given)) if given not in ("", "{}") else None
    mapping = _mapping(signal, name)
    if not mapping:
        return None
    try:
        text = json.dumps(dict(mapping), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise _fault(signal, name, f"cannot be written as JSON: {error}") from error
    return _fitting(signal, name, text)


def _fault(signal: Signal, name: str, what: str) -> BadInput:
    return BadInput(f"Signal {signal.source!r} {signal.id!r}: {name} {what}.")


def _shown(signal: Signal) -> str:
    """The signal as JSON, as far as it can be written, so that it can be mended and sent again."""
    return json.dumps({name: getattr(signal, name) for name in Signal.__struct_fields__}, default=str)
