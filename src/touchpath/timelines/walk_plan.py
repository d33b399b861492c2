"""Turns a question about a funnel into the plan of the general walk: which rules it tests, and what each step may be met by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import fixed
from touchpath.timelines.match import MAX_RULES
from touchpath.timelines.walk import ANY_ORDER, BY_LEVEL, CHAIN, DROP, IN_ORDER, NEVER, STOP, WITH_GRACE, Plan
from touchpath.timelines.walk_levels import DEDUPLICATION, INCREASE, ORDER, REENTRY
from touchpath.timelines.ways import Ways

_EFFECTS = {"chain": CHAIN, "stop": STOP, "drop": DROP}
_MODES = {"strict_deduplication": DEDUPLICATION, "strict_order": ORDER, "strict_increase": INCREASE, "allow_reentry": REENTRY}
_ANYTHING = EventRule(())


def rules_of(steps: Sequence[EventRule], ways: Ways) -> tuple[EventRule, ...]:
    """All rules a walk tests, in the order of its bits; raises BadInput for more than it can."""
    needed = [rule for number, rule in enumerate(steps) if number not in ways.optional]
    optional = [steps[number] for number in sorted(set(ways.optional))]
    apart = bool(ways.order == "strict" or (ways.levels and "strict_order" in ways.levels))
    others = (ways.others or (_ANYTHING,)) if apart else ()
    rules = (*needed, *optional, *(one.rule for one in ways.without), *others)
    if len(rules) > MAX_RULES:
        raise BadInput(
            f"A funnel tests {MAX_RULES} rules at most, but {len(steps)} steps and {len(rules) - len(steps)} rules of what may not "
            "happen came."
        )
    return rules


def plan_of(steps: int, window: int, end: int, mode: int, ways: Ways) -> Plan:
    """The plan of a funnel of so many steps. window, end: microseconds."""
    optional = sorted(set(ways.optional))
    needed = [number for number in range(steps) if number not in optional]
    numbers = [*needed, *optional]
    limits = (ways.between * (steps - 1) if len(ways.between) == 1 else ways.between) or (None,) * (steps - 1)
    spans = [0 if number == 0 or (limit := limits[number - 1]) is None else microseconds(limit) for number in numbers]
    after = [sum(number < step for number in needed) - 1 for step in optional]
    way = ANY_ORDER if ways.order == "any" else WITH_GRACE if ways.grace else IN_ORDER if ways.levels is None else BY_LEVEL
    effect = STOP if way == ANY_ORDER and ways.effect == "chain" else _EFFECTS[ways.effect]
    cuts = [(needed.index(one.first), needed.index(one.last if one.last >= 0 else steps - 1)) for one in ways.without]
    blocks, soft, passes = _blocks(len(needed), after, cuts if effect == CHAIN else [], len(cuts), ways)
    return Plan(
        way=way,
        needed=len(needed),
        optional=len(optional),
        window=window,
        end=NEVER if ways.count_open else end,
        mode=mode,
        effect=effect,
        segment=ways.segment if ways.segment < 0 else numbers.index(ways.segment),
        rise=ways.ties == "rise",
        free=not any(spans[: len(needed)]) and not any(blocks),
        grace=microseconds(ways.grace),
        unit=microseconds(ways.unit) if ways.unit else 1,
        levels=sum(_MODES[mode] for mode in ways.levels or ()),
        spans=_numbers(spans),
        after=_numbers(after),
        blocks=_numbers(blocks),
        soft=_numbers(soft),
        passes=_numbers(passes),
        cuts=fixed(np.array(cuts, np.int64).reshape(-1, 2)),
        numbers=_numbers(numbers),
    )


def _numbers(given: Sequence[int]) -> Int64s:
    return fixed(np.array(given, np.int64))


def _blocks(
    needed: int, after: Sequence[int], cuts: Sequence[tuple[int, int]], exclusions: int, ways: Ways
) -> tuple[list[int], list[int], list[int]]:
    """For each needed step what blocks the way to the next, what of it softly, and what passes all the same."""
    first = needed + len(after)
    others = (
        sum(1 << (first + exclusions + number) for number in range(max(len(ways.others), 1))) if ways.order == "strict" else 0
    )
    blocks, passes = [others] * needed, [(1 << step) * ways.repeats for step in range(needed)]
    for option, step in enumerate(after):
        passes[step] |= 1 << (needed + option)
    for number, (start, stop) in enumerate(cuts):
        for step in range(start, stop):
            blocks[step] |= 1 << (first + number)
    return blocks, [others] * needed, passes
