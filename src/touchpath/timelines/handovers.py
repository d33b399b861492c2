"""Devices that several people use, one after the other: whose a device was at a time, by the times its links were seen.

A sighting says that a device and a named person stood together on a signal at a time. What the device did without a name
belongs to the person of the next sighting if that follows within one visit, else of the last one if that was no longer ago,
else to nobody. Between two sightings of the same person it is theirs, before the first sighting the first one's, after the
last sighting the last one's. Two people seen at the very same moment are nobody there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.timelines.arrays import NO_INT64S, Int64s
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.links import DEVICE_RANK, ranks_of
from touchpath.timelines.nobody import link_nothing
from touchpath.timelines.order import find_keys
from touchpath.timelines.words import encode, text_keys

Bools = NDArray[np.bool_]

#: How far a sighting reaches into signals without a name, in microseconds: the pause that ends a visit.
VISIT = 30 * 60 * 1_000_000

_EARLIEST = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Sightings:
    """A set of sightings, each once: (sightings,) device key, time in microseconds, key of the named id; in that order."""

    devices: Int64s = field(default_factory=lambda: NO_INT64S)
    times: Int64s = field(default_factory=lambda: NO_INT64S)
    names: Int64s = field(default_factory=lambda: NO_INT64S)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.devices.size)

    @classmethod
    def of(cls, devices: Int64s, times: Int64s, names: Int64s) -> Sightings:
        """The set of some sightings."""
        order = np.lexsort((names, times, devices))
        devices, times, names = devices[order], times[order], names[order]
        new = np.ones(devices.size, np.bool_)
        new[1:] = (devices[1:] != devices[:-1]) | (times[1:] != times[:-1]) | (names[1:] != names[:-1])
        return cls(devices[new], times[new], names[new])

    @classmethod
    def join(cls, parts: Iterable[Sightings]) -> Sightings:
        """The set of all."""
        filled = [part for part in parts if part.size]
        if len(filled) < 2:
            return filled[0] if filled else cls()
        return cls.of(*(np.concatenate([getattr(part, name) for part in filled]) for name in ("devices", "times", "names")))

    def kept(self, rows: Bools) -> Sightings:
        """Some of them."""
        return Sightings(self.devices[rows], self.times[rows], self.names[rows])


def find_sightings(batches: Iterable[pa.RecordBatch], devices: Int64s) -> Sightings:
    """The sightings of some devices on signals with the columns `actors` and `occurred_at`."""
    return Sightings.join(part for batch in batches for part in _of_batch(batch, devices))


def _of_batch(batch: pa.RecordBatch, devices: Int64s) -> Iterator[Sightings]:
    lengths = pc.list_value_length(batch["actors"]).fill_null(0)
    several = batch.filter(pc.greater(lengths, 1))
    if not several.num_rows or not devices.size:
        return
    sizes = pc.list_value_length(several["actors"]).to_numpy(zero_copy_only=False).astype(np.int64)
    times = several["occurred_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False)
    encoded = encode(several["actors"].flatten().fill_null(""))
    codes, words = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary
    keys = text_keys(words)
    wanted, named = find_keys(keys, devices), (ranks_of(words) < DEVICE_RANK) & ~link_nothing(words)
    starts = np.cumsum(sizes) - sizes
    for i in range(int(sizes.max())):
        for j in range(int(sizes.max())):
            rows = np.flatnonzero(sizes > max(i, j)) if i != j else NO_INT64S
            one, other = codes[starts[rows] + i], codes[starts[rows] + j]
            seen = wanted[one] & named[other]
            if seen.any():
                yield Sightings.of(keys[one[seen]], times[rows[seen]], keys[other[seen]])


@dataclass(frozen=True, slots=True)
class Spans:
    """Whose some devices were, from when on: (spans,) device key, first microsecond, key of the person; in that order.

    The first span of each device begins with time itself; a span ends where the device's next one begins.
    """

    devices: Int64s = field(default_factory=lambda: NO_INT64S)
    begins: Int64s = field(default_factory=lambda: NO_INT64S)
    persons: Int64s = field(default_factory=lambda: NO_INT64S)

    @classmethod
    def of(cls, devices: Int64s, times: Int64s, persons: Int64s, own: Int64s, visit: int = VISIT) -> Spans:
        """By sightings in order of device and time. own: (sightings,) the person that a device is when it is nobody's."""
        if not devices.size:
            return cls()
        return cls(*_spans(fixed(devices), fixed(times), fixed(persons), fixed(own), visit))

    def persons_at(self, actors: Int64s, times: Int64s, else_persons: Int64s) -> Int64s:
        """(signals,) whose each signal is, where its actor is one of these devices; else as given."""
        return _at(fixed(self.devices), fixed(self.begins), fixed(self.persons), fixed(actors), fixed(times), fixed(else_persons))

    def kept(self, rows: Bools) -> Spans:
        """Some of them."""
        return Spans(self.devices[rows], self.begins[rows], self.persons[rows])

    def replaced(self, devices: Int64s, part: Spans) -> Spans:
        """These, with others for some devices (ascending)."""
        stay = self.kept(~find_keys(self.devices, devices))
        order = np.argsort(np.concatenate([stay.devices, part.devices]), kind="stable")
        joined = (np.concatenate([getattr(stay, name), getattr(part, name)]) for name in ("devices", "begins", "persons"))
        return Spans(*(column[order] for column in joined))

    def changed(self, before: Spans, devices: Int64s) -> Int64s:
        """Those of some devices whose spans are no longer the same."""
        return np.array([device for device in devices if not self.of_device(device).equals(before.of_device(device))], np.int64)

    def equals(self, other: Spans) -> bool:
        """Whether these are the same."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("devices", "begins", "persons"))
        return all(np.array_equal(one, another) for one, another in pairs)

    def of_device(self, device: int) -> Spans:
        """The spans of one device."""
        first, last = np.searchsorted(self.devices, device), np.searchsorted(self.devices, device, side="right")
        return Spans(self.devices[first:last], self.begins[first:last], self.persons[first:last])


@kernel
def _spans(devices: Int64s, times: Int64s, persons: Int64s, own: Int64s, visit: int) -> tuple[Int64s, Int64s, Int64s]:
    """One pass; each change of hands makes at most two spans, and each tie one."""
    out_devices, out_begins, out_persons = (
        np.empty(3 * devices.size, np.int64),
        np.empty(3 * devices.size, np.int64),
        np.empty(3 * devices.size, np.int64),
    )
    size, i = 0, 0
    held, held_at = 0, 0
    while i < devices.size:
        device, time, person, nobody = devices[i], times[i], persons[i], own[i]
        begins = i == 0 or devices[i - 1] != device
        i += 1
        while i < devices.size and devices[i] == device and times[i] == time:
            if persons[i] != person:
                person = nobody
            i += 1
        if begins:
            out_devices[size], out_begins[size], out_persons[size] = device, _EARLIEST, person
            size += 1
        elif person != held:
            begin = held_at + 1
            if time - held_at > visit:
                begin = time - visit
                if held_at + visit + 1 < begin and held != nobody:
                    out_devices[size], out_begins[size], out_persons[size] = device, held_at + visit + 1, nobody
                    size += 1
            if out_persons[size - 1] != person:
                out_devices[size], out_begins[size], out_persons[size] = device, begin, person
                size += 1
        held, held_at = person, time
    return out_devices[:size].copy(), out_begins[:size].copy(), out_persons[:size].copy()


@kernel
def _at(devices: Int64s, begins: Int64s, persons: Int64s, actors: Int64s, times: Int64s, else_persons: Int64s) -> Int64s:
    """Binary search for the last span that begins by then."""
    found = else_persons.copy()
    for row in range(actors.size):
        low, high = 0, devices.size
        while low < high:
            middle = (low + high) // 2
            if devices[middle] < actors[row] or (devices[middle] == actors[row] and begins[middle] <= times[row]):
                low = middle + 1
            else:
                high = middle
        if low > 0 and devices[low - 1] == actors[row]:
            found[row] = persons[low - 1]
    return found
