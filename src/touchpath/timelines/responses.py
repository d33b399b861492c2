"""Responses: the answers of one person to one filled-in questionnaire, put together from single signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Question
from touchpath.stats.questionnaires.scoring import NOT_ANSWERED
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Responses:
    """One row per response, in order of owner and last answer.

    owner: place in `timelines.owners`.   cell: of the last answer, -1 = nowhere.   ratings: (responses, items), NOT_ANSWERED where
    there is none.   off_scale: the cell of every rating off its item's scale, which counts as unanswered.   last: the last answer.
    """

    owner: Int64s
    cell: Int64s
    ratings: Int64s
    off_scale: Int64s
    last: Gathered


def read_responses(timelines: Timelines, cells: Cells, people: Bytes, items: Sequence[Question], response: str) -> Responses:
    """The responses to items, which give the columns in their order.

    Answers belong to one response when they name the same object of kind `response`; without one, when they come within 24 hours
    of the first and no item comes twice. Of several answers to one item of a response the last counts.
    """
    gathered = gather(timelines, match(timelines, [question.asked for question in items]), people, cells)
    item = np.empty(gathered.rows.size, np.int64)
    _lowest(gathered.bits, item)
    values = timelines.wide("value")[gathered.rows]
    whole, part = np.divmod(values, VALUE_SCALE)
    low, high = (np.array([getattr(one, name) for one in items], np.int64)[item] for name in ("low", "high"))
    rated = values != NO_VALUE
    fits = rated & (part == 0) & (whole >= low) & (whole <= high)
    objects = timelines.wide(f"objects.{response}")[gathered.rows]
    off_scale = gathered.cells[rated & ~fits & (gathered.cells >= 0)]
    return _put_together(gathered.at(fits), item[fits], whole[fits], objects[fits], len(items), off_scale)


def _put_together(gathered: Gathered, item: Int64s, ratings: Int64s, objects: Int64s, items: int, off_scale: Int64s) -> Responses:
    order = np.lexsort((gathered.rows, objects, gathered.owners))
    gathered, item, ratings, objects = gathered.at(order), fixed(item[order]), ratings[order], fixed(objects[order])
    labels = np.empty(order.size, np.int64)
    count = _label(gathered.owners, objects, gathered.times, item, labels)
    last = np.searchsorted(labels, np.arange(count), side="right") - 1
    table = np.full((count, items), NOT_ANSWERED, np.int64)
    table[labels, item] = ratings
    again = np.argsort(gathered.rows[last], kind="stable")
    ends = gathered.at(last[again])
    return Responses(ends.owners, ends.cells, table[again], off_scale, ends)


@kernel
def _lowest(bits: Int64s, item: Int64s) -> None:
    """The lowest bit of each."""
    for i in range(bits.size):
        place = 0
        while not bits[i] >> place & 1:
            place += 1
        item[i] = place


@kernel
def _label(owners: Int64s, objects: Int64s, times: Int64s, item: Int64s, labels: Int64s) -> int:
    """Number the responses; answers are grouped by owner and object. Returns how many there are."""
    label, seen, began = -1, 0, 0
    for i in range(owners.size):
        fresh = i == 0 or owners[i] != owners[i - 1] or objects[i] != objects[i - 1]
        if fresh or (objects[i] == 0 and (seen >> item[i] & 1 or times[i] - began > _DAY)):
            label, seen, began = label + 1, 0, times[i]
        seen |= 1 << item[i]
        labels[i] = label
    return label + 1
