"""A slow reader of funnels that tries every chain of signals: what the general walk must agree with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from touchpath.timelines.ways import AGREE, ENTRY, LAST

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Signal:
    """One signal; `time` is rounded as the funnel asks, `exact` is not."""

    time: int
    exact: int
    kind: str
    fields: dict
    place: int


@dataclass(frozen=True)
class Found:
    """One entry: the last needed step met, {step: time}, whether it is dropped, its cell and entry, when it is left, and whether it is open."""

    reached: int
    times: dict
    dropped: bool
    cell: int
    entered: int
    leaves: int = 0
    open: bool = False

    @property
    def merit(self):
        """What is best comes first."""
        chain = tuple(time for _, time in sorted(self.times.items()))
        return (-self.reached, self.dropped, -len(self.times), max(self.needed), -self.entered, self.needed, self.cell, chain)

    @property
    def needed(self):
        return tuple(self.times[step] for step in self.order[: self.reached + 1]) or (0,)

    order = ()


def meets(rule, signal):
    return not rule.kinds or signal.kind in rule.kinds


class SlowFunnel:
    """The entrants of a funnel with ways, from plain lists of signals (time, kind, fields)."""

    def __init__(self, asked):
        self.asked, self.ways, self.steps = asked, asked.ways, asked.steps
        self.window, self.grace = asked.window // MICROSECOND, asked.ways.grace // MICROSECOND
        self.needed = [step for step in range(len(asked.steps)) if step not in asked.ways.optional]
        spans = asked.ways.between * (len(asked.steps) - 1) if len(asked.ways.between) == 1 else asked.ways.between
        self.spans = {step: span // MICROSECOND for step, span in enumerate(spans, start=1) if span}

    def entrants(self, owner, timeline, cell_of, end):
        """[(cell, owner, reached or -1, {step: time})] of one owner."""
        groups = defaultdict(list)
        for place, (time, kind, fields) in enumerate(timeline):
            groups[self._group(fields)].append(Signal(self._rounded(time), time, kind, fields, place))
        found = []
        for group, signals in groups.items():
            if None not in group:
                entrants = self._entrants(signals, cell_of, end)
                found += [(one.cell, owner, -1 if one.open else one.reached, {} if one.open else one.times) for one in entrants]
        return found

    def _group(self, fields):
        held = [f"objects.{self.asked.same}"] * bool(self.asked.same) + [self.ways.held] * bool(self.ways.held)
        return tuple(fields.get(name) for name in held)

    def _rounded(self, time):
        if self.ways.unit is None:
            return time
        unit = self.ways.unit // MICROSECOND
        return min(range(time - time % unit, time + 2 * unit, unit), key=lambda whole: (abs(whole - time), -whole))

    def _entrants(self, signals, cell_of, end):
        found = [one for signal in signals if self._enters(signal) and (one := self._entry(signal, signals, cell_of, end))]
        if self.ways.totals:
            return [one for one in self._totals(found) if one.open or not one.dropped]
        if self.asked.every:
            return [one for one in found if one.open or not one.dropped]
        by_cell = defaultdict(list)
        for one in found:
            by_cell[one.cell].append(one)
        return [one for entries in by_cell.values() if (one := self._chosen(entries)).open or not one.dropped]

    def _chosen(self, entries):
        if not self.asked.reentry:
            first = min(one.entered for one in entries)
            entries = [one for one in entries if one.entered == first]
        closed = [one for one in entries if not one.open]
        return min(closed, key=lambda one: one.merit) if closed else entries[0]

    def _totals(self, found):
        left = None
        for entered in sorted({one.entered for one in found}):
            if left is None or entered > left:
                best = min((one for one in found if one.entered == entered), key=lambda one: one.merit)
                left = best.leaves
                yield best

    def _enters(self, signal):
        return any(meets(rule, signal) for rule in (self.steps if self.ways.order == "any" else self.steps[:1]))

    def _entry(self, entry, signals, cell_of, end):
        deadline = entry.time + self.window
        chain = self._chain(entry, signals, deadline)
        cut, until = None, deadline
        if self.ways.without and (self.ways.effect != "chain" or self.ways.order == "any"):
            cut = self._cut(chain, signals, deadline)
        if cut is not None:
            until = cut
            if self.ways.effect != "drop":
                chain = [signal for signal in chain if signal.time <= cut]
        reached = len(chain) - 1
        times = {self.needed[number]: signal.time for number, signal in enumerate(chain)}
        whole = reached == len(self.needed) - 1
        leaves = chain[-1].time if whole else until
        came = {self.needed[number]: self._came(signal, signals) for number, signal in enumerate(chain)}
        times |= self._optional(chain, signals, until)
        cell = self._cell(entry, times, times | came, signals, cell_of)
        if cell < 0:
            return None
        is_open = not self.ways.count_open and deadline > end
        dropped = cut is not None and self.ways.effect == "drop"
        found = Found(reached, times, dropped, cell, entry.time, leaves, is_open)
        object.__setattr__(found, "order", self.needed)
        return found

    # -- chains --------------------------------------------------------------------------------------------------------

    def _chain(self, entry, signals, deadline):
        if self.ways.order == "any":
            return self._any_order(entry, [one for one in signals if entry.time <= one.time <= deadline])
        if self.grace:
            return self._graced(entry, signals, deadline)
        found, tried = [(entry,)], [(entry,)]
        for number in range(1, len(self.needed)):
            tried = [
                (*chain, signal)
                for chain in tried
                for signal in signals
                if signal not in chain and signal.time <= deadline and self._follows(number, chain[-1], signal, signals)
            ]
            found += tried
        return list(min(found, key=lambda chain: (-len(chain), [signal.time for signal in chain])))

    def _follows(self, number, before, signal, signals):
        step = self.needed[number]
        if not meets(self.steps[step], signal):
            return False
        if signal.time < before.time or (self.ways.ties == "rise" and signal.time == before.time):
            return False
        if step in self.spans and signal.time - before.time > self.spans[step]:
            return False
        between = [one for one in signals if before.time < one.time < signal.time]
        return not any(self._blocks(number - 1, one) for one in between)

    def _blocks(self, number, signal):
        """Whether a signal blocks the way from a needed step, by its place among them, to the next."""
        return self._excluded(number, signal) or self._is_else(number, signal)

    def _excluded(self, number, signal):
        here = self.needed[number]
        return self.ways.effect == "chain" and any(
            one.first <= here < (one.last if one.last >= 0 else len(self.steps) - 1) and meets(one.rule, signal)
            for one in self.ways.without
        )

    def _is_else(self, number, signal):
        if self.ways.order != "strict" or not (not self.ways.others or any(meets(rule, signal) for rule in self.ways.others)):
            return False
        here = self.needed[number]
        following = self.needed[number + 1] if number + 1 < len(self.needed) else len(self.steps)
        allowed = [*range(here + 1, following), *([here] if self.ways.repeats else [])]
        return not any(meets(self.steps[step], signal) for step in allowed)

    def _any_order(self, entry, inside):
        """As many signals as different steps can be met, when each step more can be."""
        chain = [entry]
        for last in sorted({one.time for one in inside}):
            until = [one for one in inside if one.time <= last]
            most = self._most(tuple(until), frozenset(range(len(self.steps))))
            chain += [replace(entry, time=last)] * (most - len(chain))
        return chain

    def _most(self, signals, steps):
        """How many of these steps different signals can meet."""
        if not signals or not steps:
            return 0
        first, *rest = signals
        best = self._most(tuple(rest), steps)
        for step in steps:
            if meets(self.steps[step], first):
                best = max(best, 1 + self._most(tuple(rest), steps - {step}))
        return best

    def _graced(self, entry, signals, deadline):
        chain, taken = [entry], {entry.place}
        for step in self.needed[1:]:
            now = chain[-1].time
            fitting = [
                one
                for one in signals
                if one.place not in taken and meets(self.steps[step], one) and now - self.grace <= one.time <= deadline
            ]
            if not fitting:
                break
            best = min(fitting, key=lambda one: (one.time, self._steps_met(one)))
            taken.add(best.place)
            chain.append(replace(best, time=max(now, best.time)))
        return chain

    def _steps_met(self, signal):
        bits = [meets(rule, signal) for rule in self.steps]
        return sum(bits), sum(bit << step for step, bit in enumerate(bits))

    # -- what becomes of a chain ---------------------------------------------------------------------------------------

    def _cut(self, chain, signals, deadline):
        times = [one.time for one in chain]
        whole = len(chain) == len(self.needed)
        found = []
        for one in self.ways.without:
            excluded = [signal.time for signal in signals if meets(one.rule, signal)]
            if self.ways.order == "any":
                found += [time for time in excluded if times[0] < time < (times[-1] if whole else deadline + 1)]
                continue
            first, last = (self.needed.index(step) for step in (one.first, one.last if one.last >= 0 else len(self.steps) - 1))
            for number in range(first, min(last, len(chain))):
                until = times[number + 1] - self.grace if number + 1 < len(chain) else deadline + 1
                found += [time for time in excluded if times[number] + self.grace < time < until]
        return min(found, default=None)

    def _optional(self, chain, signals, until):
        """{step: time} of the optional steps on the way."""
        met = {}
        times = {self.needed[number]: signal.time for number, signal in enumerate(chain)}
        for step in sorted(set(self.ways.optional)):
            number = sum(needed < step for needed in self.needed) - 1
            if number >= len(chain):
                continue
            here = chain[number].time
            since = max([here, *(time for option, time in met.items() if option > self.needed[number])])
            if number + 1 < len(chain):
                limit = chain[number + 1].time
            else:
                limit = min([until, *(one.time for one in signals if one.time > here and self._blocks(number, one))])
            if step in self.spans:
                limit = min(limit, here + self.spans[step])
            fitting = []
            for one in signals:
                if not meets(self.steps[step], one) or not since <= one.time <= limit:
                    continue
                beside = one.time == since or (number + 1 < len(chain) and one.time == chain[number + 1].time)
                same = [other for other, time in (times | met).items() if time == one.time and meets(self.steps[other], one)]
                if not (beside and (same or self.ways.ties == "rise")):
                    fitting.append(one.time)
            if fitting:
                met[step] = min(fitting)
        return met

    def _came(self, signal, signals):
        """When the signal that met a step came: with a grace, perhaps before the step counts."""
        return next(one.time for one in signals if one.place == signal.place)

    def _cell(self, entry, times, came, signals, cell_of):
        own = cell_of(replace_segment(entry, entry.fields.get("segment", 0)))
        if self.ways.segment in (ENTRY, 0):
            return own
        segments = {step: self._segment(step, came[step], signals) if step else entry.fields.get("segment", 0) for step in times}
        if self.ways.segment >= 0:
            return cell_of(replace_segment(entry, segments.get(self.ways.segment, -1)))
        if self.ways.segment == AGREE:
            agreed = set(segments.values())
            return cell_of(replace_segment(entry, agreed.pop() if len(agreed) == 1 else -1))
        assert self.ways.segment == LAST
        last = max(times, key=lambda step: (times[step], step in self.needed, step))
        return cell_of(replace_segment(entry, segments[last]))

    def _segment(self, step, time, signals):
        codes = [one.fields.get("segment", 0) for one in signals if one.time == time and meets(self.steps[step], one)]
        return min((code for code in codes if code >= 0), default=-1)


def replace_segment(signal, segment):
    """The signal as cells see it: exact time and a segment."""
    return signal.exact, signal.kind, signal.fields | {"segment": segment}
