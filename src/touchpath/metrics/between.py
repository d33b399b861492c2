"""What times between signals mean: the share that is met in time, the typical time, and the share of promises kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from touchpath.metrics.conclude import conclude_share, conclude_time, few, people_behind
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.clustered import each_once
from touchpath.stats.survival import Survival, kaplan_meier
from touchpath.timelines.between import BetweenCounts
from touchpath.timelines.waits import Waits


def estimate_met(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were met in time, clustered by person."""
    return conclude_share(summary.share.cell(cell), "cases", "no case is decided", confidence)


def estimate_time(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds of the cases that were met."""
    return conclude_time(summary.times, cell, "cases", "no case was met", confidence)


def estimate_kept(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of promises kept, of those whose time is over, clustered by person."""
    number = conclude_share(summary.promises.cell(cell), "promises", "no promise is due", confidence)
    if isinstance(number, Estimate) and (unpromised := int(summary.unpromised[cell])):
        number = number.warned(f"{unpromised:,} starts promise nothing that can be read and are left out.")
    return number


def estimate_late(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds beyond the promise, of those that came late; those that never came are not in it."""
    return conclude_time(summary.late, cell, "promises", "nothing came late", confidence)


def estimate_waits(waits: Waits, cell: int, shares: Sequence[float], confidence: float = 0.95) -> list[Number]:
    """After how many seconds each of some shares of all cases is met; cases that still wait count as long as they were seen to."""
    curve, cases = _curve(waits, cell, confidence), waits.cases.cell(cell)
    if isinstance(curve, Undefined):
        return [curve for _ in shares]
    found = [_quantile(curve, share, cases.x, _method(waits, cell), few(cases.people), confidence) for share in shares]
    return [replace(one, people=people_behind(cases)) for one in found]


def estimate_met_by(waits: Waits, cell: int, seconds: Sequence[float], confidence: float = 0.95) -> list[tuple[int, Number]]:
    """How many cases were still seen waiting at each of some times, and the share of all that is met by then.

    Undefined beyond the longest wait that was seen.
    """
    curve, cases = _curve(waits, cell, confidence), waits.cases.cell(cell)
    if isinstance(curve, Undefined):
        return [(0, curve) for _ in seconds]
    table = waits.table(cell)
    seen = (table.over + table.waiting).sum(axis=0)
    found: list[tuple[int, Number]] = []
    for asked in seconds:
        at_risk = int(seen[curve.times > asked].sum())
        left, limits = curve.at(asked)
        if asked > curve.times[-1] and left > 0:
            found.append((0, Undefined("no case was seen for so long", cases.x, "cases", people=people_behind(cases))))
            continue
        method, warnings = _method(waits, cell), few(cases.people)
        met = Estimate(
            1 - left, 1 - limits.high, 1 - limits.low, cases.x, "cases", "share", confidence, method, warnings=warnings,
            people=people_behind(cases),
        )  # fmt: skip
        found.append((at_risk, met))
    return found


def _curve(waits: Waits, cell: int, confidence: float) -> Survival | Undefined:
    """The curve of those who still wait, over seconds; each bin counts at its middle."""
    cases, table = waits.cases.cell(cell), waits.table(cell)
    independent = each_once(cases)
    if cases.x == 0:
        return Undefined("there is no case", 0, "cases")
    if not independent and int(((table.over + table.waiting).sum(axis=1) > 0).sum()) < 2:
        return Undefined("too few people to tell how sure this is", cases.x, "cases", people=cases.people)
    times = (table.low + table.high) / 2000
    return kaplan_meier(times, table.over, table.waiting, independent, confidence)


def _method(waits: Waits, cell: int) -> str:
    cases = waits.cases.cell(cell)
    people = "" if each_once(cases) else f", clustered by person ({cases.people} people)"
    return f"Kaplan-Meier, limits on ln(-ln){people}"


def _quantile(curve: Survival, share: float, cases: int, method: str, warnings: tuple[str, ...], confidence: float) -> Number:
    value, low, high = curve.quantile(share)
    if math.isinf(value):
        return Undefined(f"no more than {1 - float(curve.waits[-1]):.0%} are seen to be met", cases, "cases")
    if math.isinf(high):
        warnings += ("The upper limit lies beyond what was seen.",)
    return Estimate(value, low, high, cases, "cases", "seconds", confidence, method, warnings=warnings)
