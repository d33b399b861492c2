"""Made-up signals for the lake's benchmarks: seeded, in order of arrival, with people of very unequal activity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.time import to_micros
from touchpath.store.signals import SIGNAL_SCHEMA

START = to_micros(datetime(2025, 1, 1, tzinfo=UTC))
YEAR = 365 * 86_400_000_000
KINDS = pa.array([f"screen{number:02d}.viewed" for number in range(40)])
SOURCES = pa.array(["web", "app", "desk", "billing"])
CHANNELS = pa.array(["web", "app", "phone", "store"])


def draw_signals(rows: int, seed: int, batch: int = 1_000_000) -> Iterator[pa.Table]:
    """`rows` signals of rows / 40 people over a year, a batch at a time: 70 % by known users, 20 % with a device too, 10 % by nobody.

    Every third is about an order, two in five have properties (about 60 bytes), one in fifty a text (about 100 bytes).
    """
    random = np.random.default_rng(seed)
    people = max(1, rows // 40)
    for first in range(0, rows, batch):
        count = min(batch, rows - first)
        numbers = np.arange(first, first + count)
        times = START + (numbers * YEAR) // rows + random.integers(0, 60_000_000, count)
        person = np.minimum((people * random.power(0.6, count)).astype(np.int64), people - 1)
        yield _table(numbers, times, person, random)


def user(person: int) -> str:
    """The actor id of a made-up person."""
    return f"user:{person}"


def _table(numbers: np.ndarray, times: np.ndarray, person: np.ndarray, random: np.random.Generator) -> pa.Table:
    count = numbers.size
    at = pa.array(times, pa.timestamp("us", "UTC"))
    columns = {
        "source": _of(SOURCES, count, random),
        "id": _texts("e-", numbers),
        "kind": _of(KINDS, count, random),
        "occurred_at": at,
        "received_at": at,
        "actors": _actors(person, random),
        "objects": _objects(numbers, random),
        "channel": _of(CHANNELS, count, random),
        "value": pa.array(random.integers(0, 10_000, count) / 100, mask=random.random(count) < 0.7),
        "text": _some(
            _texts("What I wanted to say about it is that it was fine, more or less, for the number ", numbers), 0.02, random
        ),
        "properties": _some(
            _texts('{"page": "/a/b/c", "referrer": "mail", "load_ms": ', random.integers(0, 999, count), "}"), 0.4, random
        ),
    }
    arrays = [columns.get(field.name, pa.nulls(count, field.type)).cast(field.type) for field in SIGNAL_SCHEMA]
    return pa.table(arrays, schema=SIGNAL_SCHEMA)


def _of(words: pa.Array, count: int, random: np.random.Generator) -> pa.Array:
    return words.take(pa.array(random.integers(0, len(words), count)))


def _texts(before: str, numbers: np.ndarray, after: str = "") -> pa.Array:
    return pc.binary_join_element_wise(before, pa.array(numbers).cast(pa.string()), after, "")


def _some(texts: pa.Array, share: float, random: np.random.Generator) -> pa.Array:
    return pc.if_else(pa.array(random.random(len(texts)) < share), texts, None)


def _actors(person: np.ndarray, random: np.random.Generator) -> pa.Array:
    luck = random.random(person.size)
    sizes = np.where(luck < 0.7, 1, np.where(luck < 0.9, 2, 0))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    owner = np.repeat(person, sizes)
    second = np.arange(owner.size) - np.repeat(offsets[:-1], sizes) == 1
    names = pc.if_else(pa.array(second), _texts("anonymous:d", owner * 3), _texts("user:", owner))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names)


def _objects(numbers: np.ndarray, random: np.random.Generator) -> pa.Array:
    sizes = (random.random(numbers.size) < 0.33).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    orders = _texts("o", np.repeat(numbers // 5, sizes))
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(["order"] * len(orders), pa.string()), orders)
