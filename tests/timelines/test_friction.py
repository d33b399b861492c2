"""Friction against slow readers that keep lists, each tracker's rule written down once more as its own code has it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.friction import Friction, QuickBacks, Told
from touchpath.timelines.rage_clicks import RageClicks, _mark_chained, _mark_windowed

CLICK, VIEW, RAGE = EventRule(("click",)), EventRule(("view",)), EventRule(("rage",))
UNIT = 100_000
GAP = timedelta(microseconds=20 * UNIT)
EDGES = np.array([0, 30 * UNIT, 60 * UNIT], np.int64)
END = 75 * UNIT
places = st.sampled_from(["0", "10", "20", "31", "50", "51", "", "left"])
clicks = st.builds(
    lambda time, x, y, element: (time * UNIT, "click", {"properties.x": x, "properties.y": y, "properties.element": element}),
    st.integers(0, 60),
    places,
    places,
    st.sampled_from(["buy", "buy", "buy", "sell", ""]),
)
others = st.builds(
    lambda time, kind, path: (time * UNIT, kind, {"properties.path": path}),
    st.integers(0, 60),
    st.sampled_from(["view", "rage"]),
    st.sampled_from(["/a", "/b", "/c", ""]),
)
some_people = st.dictionaries(st.integers(1, 2**40), st.lists(clicks | others, max_size=14), max_size=4)
busy = st.dictionaries(st.integers(1, 2**40), st.lists(clicks, min_size=3, max_size=14), max_size=3)
WORDS = {
    "kind": ("", "click", "rage", "view"),
    **{f"properties.{name}": ("", "/a", "/b", "/c", "buy", "sell", "0", "10") for name in ("x", "y", "element", "path")},
}


def in_order(signals):
    return sorted(signals, key=lambda one: one[0])


def number(text):
    return float(text) if text.isdigit() else None


def usable(signals, placed, named):
    for time, kind, more in in_order(signals):
        if kind == "click":
            x, y, element = (more.get(f"properties.{name}", "") for name in ("x", "y", "element"))
            fine = (not placed or None not in (number(x), number(y))) and (not named or element)
            yield time, number(x), number(y), element, bool(fine)


def slow_rage(signals, variant):
    """The times of rage clicks of one person, and of clicks that cannot be judged."""
    placed, named = variant != "openreplay", variant in ("amplitude", "openreplay")
    rows = list(usable(signals, placed, named))
    return _SLOW[variant]([row[:4] for row in rows if row[4]]), [row[0] for row in rows if not row[4]]


def slow_posthog(rows):
    found, kept = [], []
    for row in rows:
        near = kept and abs(row[1] - kept[-1][1]) + abs(row[2] - kept[-1][2]) < 30 and row[0] - kept[-1][0] < 1_000_000
        kept = [*kept, row] if near else [row]
        found += [row[0]] if len(kept) == 3 else []
    return found


def slow_mixpanel(rows):
    found, kept = [], []
    for row in rows:
        if kept and row[0] - kept[-1][0] < 1_000_000 and math.dist(row[1:3], kept[-1][1:3]) < 30:
            kept.append(row)
            if len(kept) >= 4:
                found.append(row[0])
                kept = []
        else:
            kept = [row]
    return found


def slow_amplitude(rows):
    """Windows of clicks, each list kept whole; a window of four or more is one rage click, at its fourth."""
    windows = []
    for row in rows:
        window = windows[-1] if windows else []
        if window:
            box = [*window, row]
            wide = any(max(one[axis] for one in box) - min(one[axis] for one in box) > 50 for axis in (1, 2))
            late = row[0] - window[max(0, len(window) - 3)][0] >= 1_000_000
            if wide or late or window[-1][3] != row[3]:
                windows.append([row])
            else:
                window.append(row)
        else:
            windows.append([row])
    return [window[3][0] for window in windows if len(window) >= 4]


def slow_openreplay(rows):
    """Runs on one label with pauses below 300 ms: each of three clicks or more is one, at its third."""
    runs = []
    for row in rows:
        if runs and runs[-1][-1][3] == row[3] and row[0] - runs[-1][-1][0] < 300_000:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [run[2][0] for run in runs if len(run) >= 3]


_SLOW = {"posthog": slow_posthog, "mixpanel": slow_mixpanel, "amplitude": slow_amplitude, "openreplay": slow_openreplay}


def slow_backs(signals, dwell):
    views = [(time, more.get("properties.path", "")) for time, kind, more in in_order(signals) if kind == "view"]
    named = [view for view in views if view[1]]
    pages = [next(group) for _, group in itertools.groupby(named, key=lambda view: view[1])]
    backs = [c[0] for a, b, c in zip(pages, pages[1:], pages[2:], strict=False) if a[1] == c[1] and c[0] - b[0] < dwell]
    return backs, [time for time, page in views if not page]


def slow_counts(people, judge):
    """Per cell: visits that are over and those still open, events, visits with any, people with any, and what cannot be judged."""
    told = [Counter() for _ in range(2)]
    for owner, signals in people.items():
        events, unread = judge(signals)
        for time in unread:
            if (cell := cell_of(time)) is not None:
                told[cell]["unread"] += 1
        for visit in visits_of(signals):
            cell = cell_of(visit[0])
            if cell is None:
                continue
            if visit[-1] + 20 * UNIT > END:
                told[cell]["open"] += 1
                continue
            met = sum(visit[0] <= time <= visit[-1] for time in events)
            told[cell].update({"visits": 1, "events": met, "visits_with": met > 0})
            told[cell][("met", owner)] |= met > 0
    return told


def visits_of(signals):
    found = []
    for time in sorted(signal[0] for signal in signals):
        if found and time - found[-1][-1] <= 20 * UNIT:
            found[-1].append(time)
        else:
            found.append([time])
    return found


def cell_of(time):
    return next((cell for cell, (low, high) in enumerate(itertools.pairwise(EDGES.tolist())) if low <= time < high), None)


def check(small_timelines, people, marking, judge):
    found = Friction(marking, gap=GAP).map(small_timelines(people, WORDS), Cells(EDGES), NO_BYTES, END).summary
    for cell, told in enumerate(slow_counts(people, judge)):
        events, visits = found.events.cell(cell), found.visits.cell(cell)
        assert (visits.x, events.y, visits.y) == (told["visits"], told["events"], told["visits_with"])
        assert found.people[cell] == sum(count for key, count in told.items() if isinstance(key, tuple))
        assert (found.open[cell], found.unread[cell]) == (told["open"], told["unread"])


@pytest.mark.parametrize("variant", list(_SLOW))
@many(150)
@given(people=some_people | busy)
def test_rage_clicks_agree_with_the_trackers_own_way(small_timelines, variant, people):
    check(small_timelines, people, RageClicks(CLICK, variant), lambda signals: slow_rage(signals, variant))


@many(150)
@given(some_people)
def test_quick_backs_agree_with_a_slow_reader(small_timelines, people):
    marking = QuickBacks(VIEW, timedelta(microseconds=6 * UNIT))
    check(small_timelines, people, marking, lambda signals: slow_backs(signals, 6 * UNIT))


@settings(max_examples=100, deadline=None)
@given(some_people)
def test_what_a_tracker_told_counts_as_it_is(small_timelines, people):
    check(small_timelines, people, Told(RAGE), lambda signals: ([time for time, kind, _ in signals if kind == "rage"], []))


@settings(max_examples=60, deadline=None)
@given(busy, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole, asked = small_timelines(people, WORDS), Friction(RageClicks(CLICK), gap=GAP)
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [asked.map(shard(whole, part), Cells(EDGES), NO_BYTES, END).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, Cells(EDGES), NO_BYTES, END).summary


def test_how_often_somebody_met_it_is_the_outcome(small_timelines):
    people = {1: [(1, "rage", {}), (2, "rage", {})], 2: [(1, "view", {})], 3: [], 4: [(END, "rage", {})]}
    found = Friction(Told(RAGE), gap=GAP).map(small_timelines(people), one_cell(), NO_BYTES, END)
    assert found.outcomes.tolist() == [2, 0, -1, -1]


def test_only_chosen_signals_make_visits(small_timelines):
    people = {1: [(0, "view", {}), (15 * UNIT, "mail", {}), (30 * UNIT, "rage", {})]}
    one = Friction(Told(RAGE), gap=GAP).map(small_timelines(people), one_cell(), NO_BYTES, END).summary
    two = Friction(Told(RAGE), VIEW, GAP).map(small_timelines(people), one_cell(), NO_BYTES, END).summary
    assert (one.visits.cell(0).x, two.visits.cell(0).x) == (1, 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: RageClicks(CLICK, "clarity"), "told as posthog, mixpanel, amplitude, openreplay do, but 'clarity' came"),
        (lambda: QuickBacks(VIEW, timedelta()), "more than 0 and at most 100 years, but 0:00:00 came"),
        (lambda: Friction(Told(RAGE), gap=timedelta(-1)), "above 0 and at most 100 years"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong, said):
    with pytest.raises(BadInput, match=said):
        wrong()


def test_the_kernels_are_compiled_once(small_timelines):
    for people in ({1: [(1, "click", {"properties.x": "1"})]}, {}):
        for variant in _SLOW:
            Friction(RageClicks(CLICK, variant)).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9)
    assert len(_mark_chained.signatures) <= 1
    assert len(_mark_windowed.signatures) <= 1
