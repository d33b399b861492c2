"""What the general walk of a funnel is told and works with: the plan of the question, and room for one owner at a time.

The plain funnel (`chains`) has a quicker walk of its own; this one knows every other way of counting, see `ways`. Rules of steps
that are needed come first (bits 0, 1, ...), then those of optional steps, then exclusions, then what else may not happen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.ties import Tie, tie_for

#: How chains are found: in order with everything a plan can hold; in any order; in order with a grace; as windowFunnel does.
IN_ORDER, ANY_ORDER, WITH_GRACE, BY_LEVEL = 0, 1, 2, 3
#: Which entries are entrants: the first of an owner and cell, the one that leads furthest, each, each after the one before ended.
FIRST, BEST, EVERY, TOTALS = 0, 1, 2, 3
#: What an excluded signal does to a chain that is found (`CHAIN`: it was kept from being found).
CHAIN, STOP, DROP = 0, 1, 2
#: `reached` of an entrant whose window is still open.
OPEN = -1

NEVER: int = int(np.iinfo(np.int64).max)
UNSEEN = -2


class Plan(NamedTuple):
    """The question. Times are microseconds; `needed` and `optional` count steps; step numbers are bits unless said otherwise.

    spans: (steps,) longest time from the needed step before, 0 = any.   after: (optional,) the needed step before each.
    blocks, soft, passes: per needed step, the bits that block its way to the next; of them those that do not where a signal
    meets one of `passes` too.   cuts: (exclusions, 2) between which needed steps.   free: meeting each step as early as possible is
    never worse.   numbers: (steps,) the number in the question of each bit.   segment: ENTRY, LAST, AGREE or a bit.
    """

    way: int
    needed: int
    optional: int
    window: int
    end: int
    mode: int
    effect: int
    segment: int
    rise: bool
    free: bool
    grace: int
    unit: int
    levels: int
    spans: Int64s
    after: Int64s
    blocks: Int64s
    soft: Int64s
    passes: Int64s
    cuts: Int64s
    numbers: Int64s


class Where(NamedTuple):
    """The cells, as in `Cells`, and the exact times of all signals."""

    edges: Int64s
    segments: int
    signals: Int32s
    owners: Int32s
    times: Int64s


class Rows(NamedTuple):
    """One row per entrant, rows of one owner together.

    cells, places (which owner), reached (last needed step, by its number in the question; OPEN), met (bits of the steps met, by
    number).   gaps: microseconds to each step met after the entry from the needed step before, one entrant after the other.
    """

    cells: Int64s
    places: Int64s
    reached: Int64s
    met: Int64s
    gaps: Int64s


class Met(NamedTuple):
    """The signals of one owner that meet a rule, in order of time (those of one group together): time, bits of the rules, place."""

    times: Int64s
    masks: Int64s
    signals: Int64s


class Nodes(NamedTuple):
    """Instants from which chains lead on: where the instant begins, the last step met in it, the node that follows (-1 = none)."""

    at: Int64s
    last: Int64s
    following: Int64s


class Heads(NamedTuple):
    """Entries of one owner, the latest first: the signal, its instant, the last step met in it, the node after, the step aimed at."""

    signal: Int64s
    at: Int64s
    last: Int64s
    following: Int64s
    aim: Int64s


class Chain(NamedTuple):
    """The chain in hand: when each step is met (NEVER = not), and a signal of that instant."""

    times: Int64s
    at: Int64s


class Chosen(NamedTuple):
    """The chosen chain of each cell so far (and one row more).

    reached: last needed step, UNSEEN or OPEN.   dropped: whether it is.   skipped: how many optional steps it does not meet.
    times: of its steps.
    """

    reached: Int64s
    dropped: Int64s
    skipped: Int64s
    times: Int64s
    cells: Int64s


class Room(NamedTuple):
    """Scratch of one shard.

    spare: to sort signals by group.   first, arrives: (needed, aims) the nearest node to come that meets a step and leads to an aim, and when it gets there.
    blocked: (needed,) the next time at which the way from a step is blocked.   marks, marked: (optional + exclusions or needed,
    longest) where signals meet those rules, and how many do.   table: (longest, needed) times in any order, found with three
    lists of signals.   levels: the state of each cell, see `walk_levels`.
    """

    met: Met
    spare: Int64s
    tie: Tie
    first: Int64s
    arrives: Int64s
    blocked: Int64s
    nodes: Nodes
    heads: Heads
    marks: Int64s
    marked: Int64s
    table: Int64s
    list_times: Int64s
    list_masks: Int64s
    chain: Chain
    chosen: Chosen
    levels: Int64s


def room_for(plan: Plan, longest: int, fits: int, cells: int) -> Room:
    """Scratch for owners of at most so many signals, which meet needed steps so often. Memory that is not used costs nothing."""

    def row(size: int) -> Int64s:
        return np.empty(size, np.int64)

    steps, aims = plan.needed + plan.optional, 1 if plan.free else plan.needed
    ordered, graced, unordered = (plan.way == way for way in (IN_ORDER, WITH_GRACE, ANY_ORDER))
    lists = plan.optional + plan.cuts.shape[0] + (plan.needed if graced else 0)
    pool = fits * aims + 1 if ordered else 1
    lists_in_any_order = 3 * (longest + plan.needed) if unordered else 0
    reached, times = np.full(cells + 1, UNSEEN, np.int64), np.empty((cells + 1, steps), np.int64)
    chosen = Chosen(reached, row(cells + 1), row(cells + 1), times, row(cells + 1))
    return Room(
        met=Met(row(longest), row(longest), row(longest)),
        spare=row(longest),
        tie=tie_for(plan.needed, lists_in_any_order),
        first=np.empty((plan.needed, aims), np.int64),
        arrives=np.empty((plan.needed, aims), np.int64),
        blocked=row(plan.needed),
        nodes=Nodes(row(pool), row(pool), row(pool)),
        heads=Heads(*(row(longest) for _ in range(5))),
        marks=np.empty((lists, longest), np.int64),
        marked=np.zeros(lists, np.int64),
        table=np.empty((longest if unordered else 0, plan.needed), np.int64),
        list_times=row(lists_in_any_order),
        list_masks=row(lists_in_any_order),
        chain=Chain(row(steps), row(steps)),
        chosen=chosen,
        levels=np.zeros((cells if plan.way == BY_LEVEL else 0, 3 + plan.needed**2), np.int64),
    )
