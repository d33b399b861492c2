"""Which of the signals that came are new, which are corrections, and which are known already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.fingerprints import actor_keys, contents, identities
from touchpath.stores.id_index import Entries, IdIndex


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be kept of a batch: `rows` in STORED_SCHEMA, the index `entries` for them, and the counts."""

    rows: pa.Table
    entries: Entries
    new: int
    duplicates: int
    corrections: int


def judge(signals: pa.Table, index: IdIndex, *, once: bool = False) -> Judged:
    """Keep each content of each identity once: the first ever gets revision 0, each further content the next number.

    Any content kept before is a duplicate, also when a newer one has replaced it, so that replaying an old file changes nothing.
    once: an identity that is known is a duplicate whatever it says now.
    """
    high, low = identities(signals["source"], signals["id"])
    content = contents(signals)
    revision = _first_only(high, low, index) if once else _revisions(high, low, content, index)
    kept = np.flatnonzero(revision >= 0)
    entries = Entries(high, low, content, revision).take(kept)
    new = int(np.count_nonzero(entries.revision == 0))
    rows = stored(signals.take(pa.array(kept)), entries)
    return Judged(rows, entries, new, signals.num_rows - kept.size, kept.size - new)


def stored(signals: pa.Table, entries: Entries) -> pa.Table:
    """Signals as the lake keeps them, with key, revision and actor key."""
    added = [pa.array(entries.low.view(np.int64)), pa.array(entries.revision), actor_keys(signals["actors"])]
    return pa.table([*added, *signals.columns], schema=STORED_SCHEMA)


def _revisions(
    high: NDArray[np.uint64], low: NDArray[np.uint64], content: NDArray[np.uint64], index: IdIndex
) -> NDArray[np.int32]:
    """The revision each row gets, -1 for a duplicate."""
    known = index.find(high, low)
    following = np.zeros(high.size, np.int64)
    np.maximum.at(following, known.asked, known.revision.astype(np.int64) + 1)
    fresh = np.ones(high.size, np.bool_)
    fresh[known.asked[content[known.asked] == known.content]] = False
    if np.unique(high).size < high.size:
        fresh &= _first_of_each(high, low, content)
        following[fresh] += _rank(high[fresh], low[fresh])
    return np.where(fresh, following, -1).astype(np.int32)


def _first_only(high: NDArray[np.uint64], low: NDArray[np.uint64], index: IdIndex) -> NDArray[np.int32]:
    """0 for the first row of an identity that was never seen, -1 for every other."""
    fresh = _first_of_each(high, low)
    fresh[index.find(high, low).asked] = False
    return np.where(fresh, 0, -1).astype(np.int32)


def _first_of_each(*columns: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Marks rows that no earlier row equals in all columns."""
    order, changes = _groups(*columns)
    first = np.zeros(order.size, np.bool_)
    first[order[changes]] = True
    return first


def _rank(*columns: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many earlier rows equal each row in all columns."""
    order, changes = _groups(*columns)
    starts = np.flatnonzero(changes)
    sizes = np.diff(np.append(starts, order.size))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - np.repeat(starts, sizes)
    return rank


def _groups(*columns: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A stable order that puts equal rows together, and where in it a new group begins."""
    order = np.lexsort(columns[::-1])
    changes = np.ones(order.size, np.bool_)
    if order.size:
        changes[1:] = False
    for column in columns:
        inside = column[order]
        changes[1:] |= inside[1:] != inside[:-1]
    return order, changes
