"""From rows to signals: what a mapping says, done to a whole frame at once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping as Named

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.email import hash_email, is_email_hash
from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.sources.files.conditions import meets
from touchpath.sources.files.mapping import Kind, Mapping, SignalRule, Value
from touchpath.sources.files.repeats import repeat_rows
from touchpath.sources.files.rows import Frame, Refusals, present
from touchpath.sources.files.values import Cells, Times
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.timelines.arrays import Int64s

_ID_PARTS = "/"


def shape_signals(
    mapping: Mapping, frame: Frame, place: str, received_at: int, notes: Counter[str], refusals: Refusals
) -> tuple[pa.Table, Int64s]:
    """The signals of all rows of a frame, and the row (of the chunk) that each came from.

    A row is taken whole or not at all: when one of its signals cannot be read, none of them is kept. Signals stand in the
    order of their rows.
    """
    tables, parents = [], []
    for number, rule in enumerate(mapping.signals, 1):
        path = f"signals/{number}"
        shaped, rows = _shape(rule, mapping.source, frame, path, place, received_at, notes, refusals)
        tables.append(shaped)
        parents.append(rows)
    came_from = np.concatenate(parents)
    refused = np.fromiter(refusals.reasons, np.int64, len(refusals.reasons))
    good = np.flatnonzero(~np.isin(came_from, refused)) if refused.size else np.arange(came_from.size)
    order = good[np.argsort(came_from[good], kind="stable")]
    whole = pa.concat_tables(tables)
    return (whole if len(tables) == 1 and not refused.size else whole.take(pa.array(order))), came_from[order]


def _shape(
    rule: SignalRule, source: str, frame: Frame, path: str, place: str, received_at: int, notes: Counter[str], refusals: Refusals
) -> tuple[pa.Table, Int64s]:
    if rule.repeat is not None:
        frame = repeat_rows(frame, rule.repeat, refusals, path)
    if rule.when:
        frame = frame.take(np.flatnonzero(meets(frame, rule.when)))
    cells = Cells(frame, refusals, place, notes)
    times = cells.times(rule.occurred_at, f"{path}/occurred_at")
    kinds = _kinds(cells, rule.kind, f"{path}/kind")
    taken = times.there & present(kinds)
    if rule.occurred_at.empty == "reject":
        empty = ~present(cells.text(rule.occurred_at.value, path))
        refusals.add(frame, empty, lambda _row: f"{path}/occurred_at: there is no time.")
    if not taken.all():
        rows = np.flatnonzero(taken)
        frame = frame.take(rows)
        kinds = kinds.take(pa.array(rows))
        times = Times(times.micros[rows], times.offsets.take(pa.array(rows)), times.there[rows])
        cells = Cells(frame, refusals, place, notes)
    return _table(rule, source, cells, times, kinds, path, received_at), frame.parents


def _table(rule: SignalRule, source: str, cells: Cells, times: Times, kinds: pa.Array, path: str, received_at: int) -> pa.Table:
    rows = cells.frame.size
    instant = pa.timestamp("us", "UTC")
    singles = {
        key: cells.text(getattr(rule, key), f"{path}/{key}")
        for key in ("account", "touchpoint", "channel", "surface", "unit", "text")
    }
    columns = {
        "source": pa.repeat(pa.scalar(source), rows),
        "id": _ids(cells, rule.id, path),
        "kind": kinds,
        "occurred_at": pa.array(times.micros, instant),
        "received_at": pa.array(np.full(rows, received_at), instant),
        "utc_offset_minutes": times.offsets,
        "actors": _actors(cells, rule.actors, path),
        "objects": _objects(cells, rule.objects, path),
        "value": cells.number(rule.value, f"{path}/value"),
        "properties": _json_objects(cells, rule.properties, f"{path}/properties"),
        "context": _json_objects(cells, rule.context, f"{path}/context"),
        **singles,
    }
    return pa.table([columns[name] for name in SIGNAL_SCHEMA.names], schema=SIGNAL_SCHEMA)


def _kinds(cells: Cells, kind: Kind, path: str) -> pa.Array:
    """The kind of each row; null where the row stands for no signal of this rule."""
    found = cells.text(kind.value, path)
    if isinstance(kind.value.take, str) or not hasattr(kind.value.take, "names"):
        return found
    known = set(kind.value.words.values())
    words = pc.unique(found).drop_null()
    shaped = [word if word in known else kind.prefix + clean_kind(word) for word in words.to_pylist()]
    empty = ~present(cells.text(Value(kind.value.take), path))
    cells.refusals.add(cells.frame, empty, lambda _row: f"{path}: there is no kind.")
    return pa.array(shaped, pa.string()).take(pc.index_in(found, value_set=words)) if shaped else found


def clean_kind(word: str) -> str:
    """A word as a kind of signal: lower case, with _ for whatever a kind may not hold.

    >>> clean_kind("W_Nabellen offertes")
    'w_nabellen_offertes'
    """
    return re.sub(r"[^\w.-]+", "_", word.strip().lower()).strip("_") or "unnamed"


def _ids(cells: Cells, parts: tuple[Value, ...], path: str) -> pa.Array:
    found = [cells.text(part, f"{path}/id") for part in parts]
    for part, column in zip(parts, found, strict=True):
        name = "/".join(getattr(part.take, "names", ("",)))
        cells.refusals.add(cells.frame, ~present(column), lambda _row, name=name: f"{path}/id: the column '{name}' is empty.")  # type: ignore[misc]
    joined = pc.binary_join_element_wise(*found, _ID_PARTS) if len(found) > 1 else found[0]
    return pc.fill_null(joined, "")


def _actors(cells: Cells, actors: Named[str, Value], path: str) -> pa.Array:
    """Namespaced ids, strongest namespace first."""
    strength = {name: place for place, name in enumerate(ACTOR_NAMESPACES)}
    names = sorted(actors, key=lambda name: strength.get(name, len(strength)))
    columns = []
    for name in names:
        texts = cells.text(actors[name], f"{path}/actors/{name}")
        texts = hash_emails(texts) if name == "email" else texts
        columns.append(pc.binary_join_element_wise(pa.scalar(name), texts, ":"))
    offsets, items, _ = _row_major(columns, cells.frame.size)
    return pa.ListArray.from_arrays(offsets, items)


def hash_emails(texts: pa.Array) -> pa.Array:
    """E-mail addresses as the SHA-256 of their trimmed, lower-cased text; what is such a hash already stays."""
    coded = texts.dictionary_encode()
    plain = [text.strip().lower() for text in coded.dictionary.to_pylist()]
    hashed = [text if is_email_hash(text) else hash_email(text) for text in plain]
    return pa.array(hashed, pa.string()).take(coded.indices)


def _objects(cells: Cells, objects: Named[str, Value], path: str) -> pa.Array:
    columns = [cells.text(value, f"{path}/objects/{name}") for name, value in objects.items()]
    offsets, items, which = _row_major(columns, cells.frame.size)
    return pa.MapArray.from_arrays(offsets, pa.array(list(objects), pa.string()).take(pa.array(which)), items)


def _row_major(columns: list[pa.Array], rows: int) -> tuple[pa.Array, pa.Array, Int64s]:
    """What several columns hold, row by row and without gaps: where each row begins, the cells, and each cell's column."""
    if not columns:
        return pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()), np.empty(0, np.int64)
    there = np.stack([present(column) for column in columns], axis=1)
    row, which = np.nonzero(there)
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    items = columns[0].drop_null() if len(columns) == 1 else pa.concat_arrays(columns).take(pa.array(which * rows + row))
    return pa.array(offsets), items, which


def _json_objects(cells: Cells, fields: Named[str, Value], path: str) -> pa.Array:
    """One JSON object a row, its keys in order of the alphabet; null where it would be empty."""
    if not fields:
        return pa.nulls(cells.frame.size, pa.string())
    pairs = []
    for name in sorted(fields):
        fragment = cells.fragment(fields[name], f"{path}/{name}")
        pair = pc.binary_join_element_wise(pa.scalar(json.dumps(name, ensure_ascii=False) + ":"), fragment, pa.scalar(","), "")
        pairs.append(pc.fill_null(pair, ""))
    # A fragment never ends with a comma, so the last one is ours. (Joining with skipped nulls loses rows that have none.)
    inside = pc.utf8_rtrim(pc.binary_join_element_wise(*pairs, "") if len(pairs) > 1 else pairs[0], ",")
    inside = pc.if_else(pc.equal(inside, ""), None, inside)
    return pc.binary_join_element_wise(pa.scalar("{"), inside, pa.scalar("}"), "")
