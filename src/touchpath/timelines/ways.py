"""The ways in which a funnel may differ from the plain one: order, windows, exclusions, optional steps, ties, segments.

See docs/definitions/funnel.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from touchpath.model.errors import BadInput, unknown
from touchpath.model.rules import RULE_FIELDS, EventRule

#: ordered: anything may happen in between; strict: nothing else may; any: the steps may come in any order.
Order = Literal["ordered", "strict", "any"]
#: Whether signals of one instant may be taken in either order, or times must rise from step to step.
Ties = Literal["either", "rise"]
#: What an excluded signal does: the chain is none; the entry stops there and what it met counts; the entrant is dropped.
Effect = Literal["chain", "stop", "drop"]
#: Modes of ClickHouse's windowFunnel that its own walk knows.
Mode = Literal["strict_deduplication", "strict_order", "strict_increase", "allow_reentry"]

#: Words for `Ways.segment`, beside the number of a step.
ENTRY, LAST, AGREE = -1, -2, -3

#: Windows may not be longer than this.
LONGEST_WINDOW = timedelta(days=100 * 366)
_LONGEST_GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Without:
    """Signals that must not happen between two steps, told by their numbers from 0 (`last` -1 = the last step)."""

    rule: EventRule
    first: int = 0
    last: int = -1


@dataclass(frozen=True, slots=True)
class Ways:
    """How a funnel differs from the plain one; without arguments it does not.

    order, others, repeats: `strict` lets nothing happen between two steps that meets one of `others` (none given = any signal);
        with `repeats`, signals that meet the step just met do not count as others.
    between: longest time from each step to the next, () = no limit, one for all, or one for each step after the first (None = none).
    without, effect: signals that must not happen between steps.
    optional: numbers of steps (from 0) that may be skipped; neither the first nor the last.
    ties, grace: whether equal times convert; by how much a step may come too early and still count.
    unit: times are rounded to the nearest whole one; None = as they are.
    held: a column ("channel", "properties.plan" ...) of which a chain has one value.
    segment: ENTRY, LAST step reached, AGREE = all steps reached are in one segment, or the number of a step.
    totals: an owner enters again after leaving: by the last step, an excluded signal, or the end of the window.
    count_open: entries whose window has not closed count as they stand.
    levels: None, or modes with which the answer is that of ClickHouse's windowFunnel itself.
    """

    order: Order = "ordered"
    others: tuple[EventRule, ...] = ()
    repeats: bool = False
    between: tuple[timedelta | None, ...] = ()
    without: tuple[Without, ...] = ()
    effect: Effect = "chain"
    optional: tuple[int, ...] = ()
    ties: Ties = "either"
    grace: timedelta = timedelta()
    unit: timedelta | None = None
    held: str = ""
    segment: int = ENTRY
    totals: bool = False
    count_open: bool = False
    levels: tuple[Mode, ...] | None = None

    def check(self, steps: int) -> None:
        """Raise BadInput for what cannot be asked of a funnel of so many steps."""
        for fault in self._faults(steps):
            raise BadInput(fault)

    def _faults(self, steps: int) -> Iterator[str]:
        for what, given, known in (("order", self.order, Order), ("ties", self.ties, Ties), ("effect", self.effect, Effect)):
            if given not in get_args(known):
                yield f"A funnel's {what} is one of {', '.join(get_args(known))}, but '{given}' came."
        if self.held.startswith("objects.") or self.held == "value":
            yield f"'{self.held}' holds no words. Hold a chain to a column such as properties.plan, and to one object with 'same'."
        elif self.held and not self.held.startswith("properties.") and self.held not in RULE_FIELDS:
            yield unknown("field of a signal", self.held, (*RULE_FIELDS, "properties.NAME"))
        yield from self._step_faults(steps)
        yield from self._span_faults(steps)
        yield from self._clashes()

    def _step_faults(self, steps: int) -> Iterator[str]:
        for number in self.optional:
            if not 0 < number < steps - 1:
                yield f"Step {number + 1} of {steps} cannot be optional: the first and the last step are always needed."
        for one in self.without:
            last = one.last if one.last >= 0 else steps - 1
            if not 0 <= one.first < last < steps:
                yield f"An exclusion lies between two steps of 1 to {steps}, the first before the second, but {one.first + 1} and {last + 1} came."
            for number in sorted({one.first, last} & set(self.optional)):
                yield f"An exclusion lies between steps that are needed, but step {number + 1} is optional."
        if self.segment >= steps:
            yield f"The segment is that of one of {steps} steps, but step {self.segment + 1} came."

    def _span_faults(self, steps: int) -> Iterator[str]:
        if self.between and len(self.between) not in {1, steps - 1}:
            yield f"Give one longest time between steps, or one for each of the {steps - 1} after the first, but {len(self.between)} came."
        for span in self.between:
            if span is not None and not timedelta() < span <= LONGEST_WINDOW:
                yield f"The time between steps is above 0 and at most 100 years, but {span} came."
        if not timedelta() <= self.grace <= _LONGEST_GRACE:
            yield f"A grace is 0 or more and at most a day, but {self.grace} came."
        if self.unit is not None and not timedelta() < self.unit <= _LONGEST_GRACE:
            yield f"Times are rounded to a unit above 0 and at most a day, but {self.unit} came."

    def _clashes(self) -> Iterator[str]:
        strict, unordered = self.order == "strict", self.order == "any"
        if (self.others or self.repeats) and not strict:
            yield "What else may not happen ('else', 'repeats') is a matter of the strict order."
        plain = {"between": bool(self.between), "optional": bool(self.optional), "ties: rise": self.ties == "rise"}
        if unordered:
            plain |= {"grace": bool(self.grace), "segment": self.segment != ENTRY}
            plain |= {"exclusions between given steps": any((one.first, one.last) != (0, -1) for one in self.without)}
            yield from (f"In any order no step comes before another: leave out {name}." for name, given in plain.items() if given)
        if self.grace:
            hard = {"order: strict": strict, "exclusions of a chain": bool(self.without) and self.effect == "chain"}
            plain |= hard
            yield from (f"A grace does not go with {name}." for name, given in plain.items() if given and name != "optional")
        if self.levels is not None:
            yield from self._level_faults()

    def _level_faults(self) -> Iterator[str]:
        modes = self.levels or ()
        for mode in modes:
            if mode not in get_args(Mode):
                yield f"windowFunnel's modes are {', '.join(get_args(Mode))}, but '{mode}' came."
        if "allow_reentry" in modes and "strict_order" not in modes:
            yield "windowFunnel takes allow_reentry together with strict_order only."
        if self != Ways(levels=self.levels, held=self.held, count_open=True):
            yield "windowFunnel knows steps, a window from entry and its modes, and no other way of counting."
