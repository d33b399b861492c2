"""The variant `posthog` against PostHog's own way of reading a person's events, on signals with distinct times and beyond."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from hypothesis import example, given
from hypothesis import strategies as st
from many import many

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.ways import Ways, Without

FAR = 10**9


class PostHog:
    """What a person's events come to, event by event: for each step the latest chain that came so far, and the furthest of all.

    Source: funnel-udf/src/steps.rs of PostHog/posthog (without breakdowns). Steps are counted from 1; negative ones are excluded
    before that step. A chain is (entry, whether it is excluded, events, steps); entry 0 = none.
    """

    def __init__(self, steps, window, strict, optional):
        self.window, self.strict, self.optional = window, strict, optional
        self.chains = [(0, False, (), ())] * (steps + 1)
        self.furthest, self.best = 0, self.chains[0]

    def read(self, events):
        """(furthest step or -1 if excluded, steps met) of (time, number, steps), ascending."""
        for time, group in groupby(events, key=lambda event: event[0]):
            together = list(group)
            self.chains[0] = (time, False, (), ())
            if len({tuple(steps) for *_, steps in together}) == 1:
                for _, number, steps in together:
                    self._take(time, number, steps)
            else:
                each = [(step, number) for _, number, steps in together for step in steps if step > 0]
                for step, number in sorted(each, key=lambda one: one[0]):
                    self._take(time, number, [step], alone=False)
            if self.chains[-1][0]:
                break
        return (-1, ()) if self.best[1] else (self.furthest, self.best[3])

    def _in_time(self, step, time):
        return self.chains[step][0] and time - self.chains[step][0] <= self.window

    def _take(self, time, number, steps, alone=True):
        for step in reversed(steps):
            self._meet(abs(step), time, number, step < 0, alone)
        if alone and self.strict:
            for step in set(range(1, len(self.chains))) - set(steps):
                self.chains[step] = (0, False, (), ())

    def _meet(self, step, time, number, excludes, alone):
        before = step - 1
        while before and before in self.optional and not self._in_time(before, time):
            before -= 1
        chain = self.chains[before]
        if not self._in_time(before, time) or self.chains[step][0] == chain[0]:
            return
        if excludes:
            self.chains[before] = (chain[0], True, *chain[2:])
            if self.furthest == before and not chain[1] and time - self.best[0] <= self.window:
                self.best = (self.best[0], True, *self.best[2:])
            return
        if not alone and number in chain[2]:
            return
        longer = (chain[0], chain[1], (*chain[2], number), (*chain[3], step))
        if not chain[1]:
            self.chains[step] = longer
        if step > self.furthest or (step == self.furthest and self.best[1]):
            self.furthest, self.best = step, longer


def theirs(signals, steps, window, order="ordered", optional=(), without=""):
    events = []
    for number, (time, kind) in enumerate(sorted(signals, key=lambda signal: signal[0])):
        met = [place for place, kinds in enumerate(steps, start=1) if kind in kinds]
        met = [-place for place in range(2, len(steps) + 1)] if kind in without else met
        if met or order == "strict":
            events.append((time, number, met))
    return PostHog(len(steps), window, order == "strict", [step + 1 for step in optional]).read(events)


def ours(small_timelines, signals, steps, window, order="ordered", optional=(), without=""):
    """As the variant counts: furthest needed step (0 = no entrant, or dropped) and all steps met, counted from 1."""
    excluded = (Without(EventRule((without,))),) if without else ()
    ways = Ways(
        order=order,
        repeats=order == "strict",
        optional=optional,
        without=excluded,
        effect="drop" if without else "chain",
        count_open=True,
    )
    asked = Funnel(tuple(EventRule(tuple(kinds)) for kinds in steps), timedelta(microseconds=window), ways=ways)
    rows = asked.rows(small_timelines({1: [(time, kind, {}) for time, kind in signals]}), one_cell(), NO_BYTES, FAR)
    met = int(rows.met[0]) if rows.met.size else 0
    return tuple(step + 1 for step in range(len(steps)) if met >> step & 1)


windows = st.sampled_from([3, 6, 10, 20])
apart = st.lists(st.tuples(st.integers(1, 29), st.sampled_from("abcdx")), max_size=9, unique_by=lambda signal: signal[0])
equal = st.lists(st.tuples(st.integers(1, 8), st.sampled_from("abcd")), max_size=9)
one_each = st.lists(st.sampled_from("abcd"), min_size=2, max_size=4, unique=True)
overlapping = st.lists(st.sampled_from(["a", "b", "c", "ab", "bc"]), min_size=1, max_size=4)


@many(300)
@given(apart, overlapping, windows, st.sampled_from(["ordered", "strict"]))
@example([(1, "a"), (2, "b"), (3, "b"), (4, "c")], ["a", "b", "c"], 10, "strict")
def test_steps_and_strict_steps_are_met_as_in_posthog(small_timelines, signals, steps, window, order):
    assert ours(small_timelines, signals, steps, window, order) == theirs(signals, steps, window, order)[1]


@many(300)
@given(equal, one_each, windows)
def test_equal_times_convert_as_in_posthog(small_timelines, signals, steps, window):
    assert ours(small_timelines, signals, steps, window) == theirs(signals, steps, window)[1]


@many(300)
@given(apart, st.lists(st.sampled_from("abcd"), min_size=3, max_size=4, unique=True), windows)
def test_optional_steps_are_met_as_in_posthog(small_timelines, signals, steps, window):
    """PostHog keeps the first way to the last step; of ways that lead equally far, here the one with more optional steps counts."""
    found, their = ours(small_timelines, signals, steps, window, optional=(1,)), theirs(signals, steps, window, optional=(1,))[1]
    assert [step for step in found if step != 2] == [step for step in their if step != 2]
    assert set(their) <= set(found)


@many(300)
@given(apart, one_each, st.sampled_from([29, 40]))
def test_an_excluded_signal_drops_as_in_posthog(small_timelines, signals, steps, window):
    """Windows that do not close before the data end: PostHog forgets an entry that a later one follows on the same way."""
    level, met = theirs(signals, steps, window, without="x")
    assert ours(small_timelines, signals, steps, window, without="x") == (() if level < 1 else met)
