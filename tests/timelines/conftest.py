"""Small timelines written by hand or drawn by Hypothesis, as the same read-only arrays that production reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pytest

from touchpath.model.keys import name_key
from touchpath.timelines.arrays import NO_BYTES, NO_VALUE, VALUE_SCALE, Column, Timelines

SmallSignal = tuple[int, str, Mapping[str, object]]
SmallTimelines = Callable[..., Timelines]


def _read_only(values: Sequence[int], dtype: type[np.generic]) -> np.ndarray:
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array


def _words(texts: Sequence[str], first: Sequence[str] = ()) -> tuple[str, ...]:
    return ("", *first, *sorted(set(texts) - {""} - set(first)))


def _wide(field: str, given: object) -> int:
    if field == "value":
        return NO_VALUE if given is None else round(float(given) * VALUE_SCALE)  # type: ignore[arg-type]
    if field.startswith("objects."):
        return name_key("" if given is None else str(given))
    return int(given or 0)  # type: ignore[call-overload]


def _text(given: object) -> str:
    if given is None:
        return ""
    return str(given).lower() if isinstance(given, bool) else str(given)


def build_timelines(
    people: Mapping[int, Sequence[SmallSignal]],
    words: Mapping[str, Sequence[str]] | None = None,
    skip: Collection[int] = (),
) -> Timelines:
    """Timelines of {owner: [(time in microseconds, kind, {field: value}), ...]}, signals in any order.

    Fields: "value" (a plain number), "objects.KIND" (an id), "key" (an int; by default the place in the list, which then
    orders ties), all others texts (a bool is kept as "true" or "false", a number as its text). `words`: dictionaries
    that must start this way (several shards of one workspace). `skip`: owners who are to be read elsewhere.
    """
    owners = sorted(people)
    rows = []
    for owner in owners:
        given = [(time, int(fields.get("key", place)), kind, fields) for place, (time, kind, fields) in enumerate(people[owner])]  # type: ignore[call-overload]
        rows.append(sorted(given, key=lambda row: row[:2]))
    signals = [row for timeline in rows for row in timeline]
    dictionaries = {"kind": _words([kind for _, _, kind, _ in signals], tuple((words or {}).get("kind", ()))[1:])}
    kinds = {kind: code for code, kind in enumerate(dictionaries["kind"])}
    columns: dict[str, Column] = {"key": _read_only([key for _, key, _, _ in signals], np.int64)}
    named = {field for _, _, _, fields in signals for field in fields} | set(words or {})
    for field in sorted(named - {"key", "kind"}):
        if field == "value" or field.startswith("objects."):
            columns[field] = _read_only([_wide(field, fields.get(field)) for *_, fields in signals], np.int64)
            continue
        texts = [_text(fields.get(field)) for *_, fields in signals]
        dictionaries[field] = _words(texts, tuple((words or {}).get(field, ()))[1:])
        codes = {text: code for code, text in enumerate(dictionaries[field])}
        columns[field] = _read_only([codes[text] for text in texts], np.int32)
    return Timelines(
        owners=_read_only(owners, np.int64),
        starts=_read_only([0, *np.cumsum([len(timeline) for timeline in rows])], np.int64),
        times=_read_only([time for time, *_ in signals], np.int64),
        kinds=_read_only([kinds[kind] for _, _, kind, _ in signals], np.int32),
        columns=columns,
        words=dictionaries,
        skip=_read_only([owner in skip for owner in owners], np.uint8) if skip else NO_BYTES,
    )


def only_owners(timelines: Timelines, owners: Collection[int]) -> Timelines:
    """The same workspace with only some of its owners: one shard of it."""
    places = [place for place, owner in enumerate(timelines.owners.tolist()) if owner in owners]
    spans = [(int(timelines.starts[place]), int(timelines.starts[place + 1])) for place in places]
    rows = np.array([row for low, high in spans for row in range(low, high)], np.int64)
    columns = {name: _read_only(column[rows].tolist(), column.dtype.type) for name, column in timelines.columns.items()}
    return Timelines(
        owners=_read_only(timelines.owners[places].tolist(), np.int64),
        starts=_read_only([0, *np.cumsum([high - low for low, high in spans])], np.int64),
        times=_read_only(timelines.times[rows].tolist(), np.int64),
        kinds=_read_only(timelines.kinds[rows].tolist(), np.int32),
        columns=columns,
        words=timelines.words,
        skip=_read_only(timelines.skip[places].tolist(), np.uint8) if timelines.skip.size else NO_BYTES,
    )


@pytest.fixture(scope="session")
def small_timelines() -> SmallTimelines:
    """`build_timelines`, see there."""
    return build_timelines


@pytest.fixture(scope="session")
def shard() -> Callable[[Timelines, Collection[int]], Timelines]:
    """`only_owners(timelines, owners)`: one shard of a workspace, with the workspace's dictionaries."""
    return only_owners
