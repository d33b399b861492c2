"""Signals of one instant: what different ones of them can meet, against trying every way; and that any number of them is read quickly."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.rules import EventRule
from touchpath.timelines import ties
from touchpath.timelines.arrays import NO_BYTES, Timelines, one_cell
from touchpath.timelines.funnel import PLAIN, Funnel
from touchpath.timelines.kernels import kernel, plain
from touchpath.timelines.ways import Ways, Without

NAMES = ("a", "b", "c", "x")
FEW, MANY = 8_000, 32_000
#: Four times the signals may take this many times as long: n log n takes about 5, the square 16.
MOST_TIMES = 9


@kernel
def _leads_to(masks, step, taken, steps, tie):
    tied, union = plain(0), plain(0)
    for mask in masks:
        tied = ties.tie_up(tied, mask, steps, tie)
        union |= mask
    return ties.leads_to(step, taken, union, tied, steps, tie), tied


def can_be_met(masks, steps):
    """Whether different signals meet all these steps."""
    if not steps:
        return True
    return any((mask >> steps[0]) & 1 and can_be_met(masks[:at] + masks[at + 1 :], steps[1:]) for at, mask in enumerate(masks))


@given(st.integers(1, 4), st.data())
def test_a_tie_leads_as_far_as_trying_every_way(steps, data):
    """Also where it has far more signals than are looked at."""
    pool = data.draw(st.lists(st.integers(1, (1 << steps) - 1), min_size=1, max_size=4))
    masks = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=40))
    tie = ties.tie_for(steps)
    for step in range(steps):
        meeting = [mask for mask in masks if (mask >> step) & 1]
        for taken in {0, *meeting} if meeting else ():
            found, tied = _leads_to(np.array(masks, np.int64), step, taken, steps, tie)
            left, first = [*masks], step + (taken != 0)
            if taken:
                left.remove(taken)
            last = first - 1
            while last + 1 < steps and can_be_met(left, range(first, last + 2)):
                last += 1
            assert found == last
            assert tied <= min(len(masks), steps * (steps + 1))


def one_person(signals, at_once, kinds):
    """One owner whose signals of these kinds come so many at a time."""
    draw = np.random.default_rng(3)
    names = draw.choice(list(kinds), signals) if at_once > 1 else np.resize(list(kinds), signals)
    codes = np.array([NAMES.index(name) + 1 for name in names], np.int32)
    times = np.arange(signals) // at_once * 1000
    return Timelines(np.array([1]), np.array([0, signals]), times, codes, {}, {"kind": ("", *NAMES)})


def seconds(asked, signals, at_once, kinds):
    timelines, took = one_person(signals, at_once, kinds), []
    for _ in range(3):
        began = time.thread_time()
        asked.map(timelines, one_cell(), NO_BYTES, 1 << 50)
        took.append(time.thread_time() - began)
    return min(took)


def rules(*kinds):
    return tuple(EventRule(tuple(kind)) for kind in kinds)


@pytest.mark.parametrize(
    ("steps", "ways", "kinds"),
    [
        (("ab", "b", "ac", "abc"), PLAIN, "abc"),
        (("ab", "b", "ab"), Ways(totals=True), "ab"),
        (("ab", "b", "ab"), Ways(between=(timedelta(hours=1),)), "ab"),
        (("ab", "b", "c"), Ways(order="any"), "ab"),
        (("a", "b", "c"), Ways(without=(Without(EventRule(("x",))),), effect="drop"), "abx"),
        (("a", "b", "c"), Ways(levels=(), count_open=True), "ab"),
    ],
)
@pytest.mark.parametrize("at_once", [MANY, 2_000, 1])
def test_ties_do_not_take_the_square_of_their_signals(steps, ways, kinds, at_once):
    """All in one instant, many at a time, or one by one in windows that all overlap."""
    asked = Funnel(rules(*steps), timedelta(days=1), ways=ways)
    seconds(asked, 10, at_once, kinds)
    few, many = seconds(asked, FEW, at_once, kinds), seconds(asked, MANY, at_once, kinds)
    assert many < max(few * MOST_TIMES, 0.03), f"{many / few:.0f} times"
