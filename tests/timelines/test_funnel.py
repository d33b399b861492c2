"""Funnels against a slow reader that tries every chain of signals, and against examples other tools disagree on."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import chains, funnel, listed
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.durations import Durations
from touchpath.timelines.funnel import Funnel

UNIT = 700  # microseconds: some durations are no whole milliseconds
FAR = 10**9


def steps_of(*kinds):
    return tuple(EventRule(tuple(kind)) for kind in kinds)


def span(units):
    return timedelta(microseconds=units * UNIT)


def at(units, kind, **fields):
    return (units * UNIT, kind, fields)


def reached(small_timelines, people, asked, end=FAR):
    return asked.map(small_timelines(people), one_cell(), NO_BYTES, end).summary.reached[0].tolist()


# The slow reader


def longest_chain(signals, entry, asked):
    """Step times of the best chain from one entry: the furthest, then the earliest, found by trying every one."""
    closes = signals[entry][0] + asked.window // timedelta(microseconds=1)
    found, tried = [(entry,)], [(entry,)]
    for step in asked.steps[1:]:
        tried = [
            (*chain, place)
            for chain in tried
            for place, (time, kind, _) in enumerate(signals)
            if place not in chain and kind in step.kinds and signals[chain[-1]][0] <= time <= closes
        ]
        found += tried
    times = [tuple(signals[place][0] for place in chain) for chain in found]
    return min(times, key=lambda chain: (-len(chain), chain))


def slow_entrants(owner, signals, cell_of, asked, end):
    """[(cell, owner, step times or None if open)] of one owner, of one object."""
    window, by_cell = asked.window // timedelta(microseconds=1), defaultdict(list)
    for place, (time, kind, _) in enumerate(signals):
        if kind in asked.steps[0].kinds and cell_of(signals[place]) >= 0:
            chain = None if time + window > end else longest_chain(signals, place, asked)
            by_cell[cell_of(signals[place])].append((time, chain))
    if asked.every:
        return [(cell, owner, chain) for cell, entries in by_cell.items() for _, chain in entries]
    return [(cell, owner, _chosen(entries, asked.reentry)) for cell, entries in by_cell.items()]


def _chosen(entries, reentry):
    if not reentry:
        first = min(time for time, _ in entries)
        entries = [entry for entry in entries if entry[0] == first]
    closed = [chain for _, chain in entries if chain]
    return min(closed, key=lambda chain: (-len(chain), chain[-1], -chain[0], chain)) if closed else None


def slow_funnel(people, read, cell_of, asked, end):
    entrants = []
    for owner in sorted(set(people) & read):
        groups = defaultdict(list)
        for signal in people[owner]:
            groups[signal[2].get(f"objects.{asked.same}") if asked.same else "all"].append(signal)
        groups.pop(None, None)
        for signals in groups.values():
            entrants += slow_entrants(owner, signals, lambda signal, owner=owner: cell_of(owner, signal), asked, end)
    return entrants


# Random timelines

KINDS = ("a", "b", "c", "a", "b", "d")
fields = st.fixed_dictionaries({"segment": st.integers(-1, 1)}, optional={"objects.order": st.sampled_from("xy")})
signals = st.builds(lambda time, kind, more: (time * UNIT, kind, more), st.integers(0, 7), st.sampled_from(KINDS), fields)
timelines_of_one = st.one_of(st.lists(signals, max_size=3), st.lists(signals, min_size=5, max_size=9))
some_people = st.dictionaries(st.integers(1, 50), timelines_of_one, max_size=3)
rules = st.sampled_from(["a", "b", "a", "b", "c", "ab", "bc", "abc"])
funnels = st.builds(
    lambda kinds, window, reentry, every, same: Funnel(steps_of(*kinds), span(window), reentry, every, same),
    st.lists(rules, min_size=1, max_size=4),
    st.sampled_from([2, 3, 5, 8, 8]),
    st.sampled_from([True, True, False]),
    st.sampled_from([False, False, True]),
    st.sampled_from(["", "", "order"]),
)
edges = st.one_of(st.just([0, 9]), st.lists(st.integers(0, 9), min_size=2, max_size=4, unique=True).map(sorted))
ends = st.sampled_from([20, 20, 20, 8, 11])


def prepared(small_timelines, people, borders, cut):
    """Timelines, their cells, and the same cells told signal by signal."""
    timelines = small_timelines(
        {o: [(t, k, {n: v for n, v in f.items() if n != "segment"}) for t, k, f in s] for o, s in people.items()}
    )
    bounds = np.array(borders, np.int64) * UNIT
    ordered = {owner: sorted(given, key=lambda signal: signal[0]) for owner, given in people.items()}
    per_signal = np.array([f["segment"] for owner in sorted(people) for *_, f in ordered[owner]], np.int32)
    per_owner = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32)
    segments = {"none": 1, "signal": 2, "owner": 2}[cut]
    cells = Cells(
        bounds,
        segments,
        signal_codes=per_signal if cut == "signal" else np.empty(0, np.int32),
        owner_codes=per_owner if cut == "owner" else np.empty(0, np.int32),
    )

    def cell_of(owner, signal):
        period = int(np.searchsorted(bounds, signal[0], "right")) - 1
        segment = {"none": 0, "signal": signal[2]["segment"], "owner": owner % 3 - 1}[cut]
        return period * segments + segment if 0 <= period < len(borders) - 1 and segment >= 0 else -1

    return timelines, cells, cell_of, ordered


@many(400)
@given(some_people, funnels, edges, st.sampled_from(["none", "none", "signal", "owner"]), ends, st.data())
def test_a_funnel_agrees_with_trying_every_chain(small_timelines, people, asked, borders, cut, end, data):
    timelines, cells, cell_of, ordered = prepared(small_timelines, people, borders, cut)
    chosen = data.draw(st.none() | st.none() | st.sets(st.sampled_from(sorted(people) or [0])))
    mask = NO_BYTES if chosen is None else np.array([owner in chosen for owner in sorted(people)], np.uint8)
    read = set(people) if chosen is None or not people else chosen
    expected = slow_funnel(ordered, read, cell_of, asked, end * UNIT)
    rows = asked.chains(timelines, cells, mask, end * UNIT)
    assert Counter(as_rows(rows, timelines.owners)) == Counter((c, o, gaps_of(chain)) for c, o, chain in expected)
    folded = asked.map(timelines, cells, mask, end * UNIT)
    check_counts(folded.summary, expected, cells.count, len(asked.steps))
    furthest = {owner: max((len(c) - 1 for _, o, c in expected if o == owner and c), default=-1) for owner in people}
    assert folded.outcomes.tolist() == [furthest[owner] for owner in sorted(people)]


def gaps_of(chain):
    return None if chain is None else tuple(after - before for before, after in itertools.pairwise(chain))


def as_rows(rows, owners):
    gap = 0
    for cell, place, last in zip(rows.cells.tolist(), rows.places.tolist(), rows.reached.tolist(), strict=True):
        yield cell, int(owners[place]), None if last < 0 else tuple(rows.gaps[gap : gap + last].tolist())
        gap += max(last, 0)


def check_counts(summary, entrants, cells, steps):
    """Every number of a summary against the same number counted from the slow reader's entrants."""
    closed = [(cell, owner, chain) for cell, owner, chain in entrants if chain]
    assert summary.entrants.tolist() == [sum(c == cell for c, *_ in entrants) for cell in range(cells)]
    assert summary.open.tolist() == [sum(c == cell and chain is None for c, _, chain in entrants) for cell in range(cells)]
    for cell in range(cells):
        came = [sum(c == cell and len(chain) > step for c, _, chain in closed) for step in range(steps)]
        assert summary.reached[cell].tolist() == came
        for step in range(steps):
            for moments, floor in ((summary.from_entry, 0), (summary.from_previous, max(step, 1))):
                of = defaultdict(lambda: [0, 0])
                for c, owner, chain in closed:
                    if c == cell and len(chain) >= floor:
                        of[owner][0] += 1
                        of[owner][1] += len(chain) > step
                ratio = moments.cell(cell * steps + step)
                assert (ratio.people, ratio.x, ratio.y) == (
                    len(of),
                    sum(x for x, _ in of.values()),
                    sum(y for _, y in of.values()),
                )
                products = [(x * x, x * y, y * y) for x, y in of.values()]
                assert (ratio.xx, ratio.xy, ratio.yy) == tuple(map(sum, zip(*products, strict=True))) if products else (0, 0, 0)
    whole = [(c, o, (chain[-1] - chain[0]) // 1000) for c, o, chain in closed if len(chain) == steps > 1]
    each = [(c * steps + k, o, gap // 1000) for c, o, chain in closed for k, gap in enumerate(gaps_of(chain), start=1)]
    for found, rows, size in ((summary.times, whole, cells), (summary.step_times, each, cells * steps)):
        ordered = np.array(sorted(rows, key=lambda row: row[1]), np.int64).reshape(-1, 3)
        assert found == Durations.of(size, *np.ascontiguousarray(ordered.T))


@given(some_people, funnels, edges, st.sampled_from(["none", "owner"]), st.randoms(use_true_random=False))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, people, asked, borders, cut, random):
    timelines, cells, *_ = prepared(small_timelines, people, borders, cut)
    shuffled = {owner: random.sample(given, len(given)) for owner, given in people.items()}
    others, same_cells, *_ = prepared(small_timelines, shuffled, borders, cut)
    assert asked.map(timelines, cells, NO_BYTES, 6 * UNIT).summary == asked.map(others, same_cells, NO_BYTES, 6 * UNIT).summary


@given(some_people, funnels, st.sets(st.integers(1, 50)), st.sets(st.integers(1, 50)))
def test_any_division_of_people_adds_up_to_the_same_summary(small_timelines, shard, people, asked, some, others):
    people = {owner: [(t, k, {n: v for n, v in f.items() if n != "segment"}) for t, k, f in s] for owner, s in people.items()}
    all_of_them = small_timelines(people, words={"kind": ("", "a", "b", "c", "d")})
    parts = [
        shard(all_of_them, set(people) & some),
        shard(all_of_them, set(people) & others - some),
        shard(all_of_them, set(people) - some - others),
    ]
    a, b, c = (asked.map(part, one_cell(), NO_BYTES, 6 * UNIT).summary for part in parts)
    whole = asked.map(all_of_them, one_cell(), NO_BYTES, 6 * UNIT).summary
    assert whole == a + b + c == c + (a + b) == (b + c) + a


# Examples that other tools answer differently


def test_a_later_entry_saves_what_the_first_one_missed(small_timelines):
    """A 13:00, A 13:30, B 13:45, C 14:15 within an hour: the first entry alone gets to B only."""
    timeline = {1: [at(0, "a"), at(30, "a"), at(45, "b"), at(75, "c")]}
    assert reached(small_timelines, timeline, Funnel(steps_of("a", "b", "c"), span(60))) == [1, 1, 1]
    assert reached(small_timelines, timeline, Funnel(steps_of("a", "b", "c"), span(60), reentry=False)) == [1, 1, 0]


def test_the_window_includes_its_last_microsecond(small_timelines):
    asked = Funnel(steps_of("a", "b"), span(5))
    assert reached(small_timelines, {1: [at(0, "a"), at(5, "b")]}, asked) == [1, 1]
    assert reached(small_timelines, {1: [at(0, "a"), (5 * UNIT + 1, "b", {})]}, asked) == [1, 0]


@pytest.mark.parametrize("kinds", ["abc", "cba", "bca"])
def test_signals_of_one_instant_convert_in_any_stored_order(small_timelines, kinds):
    assert reached(small_timelines, {1: [at(3, kind) for kind in kinds]}, Funnel(steps_of("a", "b", "c"), span(1))) == [1, 1, 1]


def test_one_signal_never_meets_two_steps(small_timelines):
    asked = Funnel(steps_of("a", "a", "a"), span(9))
    assert reached(small_timelines, {1: [at(0, "a"), at(4, "a")]}, asked) == [1, 1, 0]
    assert reached(small_timelines, {1: [at(4, "a"), at(4, "a"), at(4, "a")]}, asked) == [1, 1, 1]


def test_an_instant_gives_its_signals_to_the_steps_that_need_them(small_timelines):
    """Step 2 could take either signal, step 3 only b: a reader who gives b to step 2 loses the chain."""
    asked = Funnel(steps_of("a", "bc", "b"), span(9))
    assert reached(small_timelines, {1: [at(0, "a"), at(4, "b"), at(4, "c")]}, asked) == [1, 1, 1]
    assert reached(small_timelines, {1: [at(0, "a"), at(4, "c"), at(4, "b")]}, asked) == [1, 1, 1]


@pytest.mark.parametrize("kinds", ["ab", "ba"])
def test_of_entries_in_one_instant_the_one_that_leads_on_at_once_is_taken(small_timelines, kinds):
    """Entering by a leaves b for step 2 at once; entering by b has to wait for the next b. Both end with c."""
    timelines = small_timelines({1: [*(at(0, kind) for kind in kinds), at(2, "b"), at(3, "c")]})
    chain = Funnel(steps_of("ab", "b", "c"), span(9)).chains(timelines, one_cell(), NO_BYTES, FAR)
    assert chain.gaps.tolist() == [0, 3 * UNIT]


def test_a_repeated_first_step_does_not_lose_the_chain(small_timelines):
    """a at 0, a at 1, b at 1: the strict modes of some engines answer one step."""
    assert reached(small_timelines, {1: [at(0, "a"), at(1, "a"), at(1, "b")]}, Funnel(steps_of("a", "b"), span(9))) == [1, 1]


def test_orders_of_one_person_are_followed_apart(small_timelines):
    timeline = [at(0, "a", **{"objects.order": "x"}), at(1, "a", **{"objects.order": "y"}), at(2, "b", **{"objects.order": "x"})]
    asked = Funnel(steps_of("a", "b"), span(9), same="order")
    folded = asked.map(small_timelines({1: [*timeline, at(3, "b")]}), one_cell(), NO_BYTES, FAR)
    assert folded.summary.reached.tolist() == [[2, 1]]
    assert folded.summary.from_entry.cell(1).people == 1
    assert folded.outcomes.tolist() == [1]


def test_an_entrant_whose_window_is_open_is_neither_won_nor_lost(small_timelines):
    people = {1: [at(0, "a"), at(8, "b")], 2: [at(6, "a"), at(7, "b")]}
    asked = Funnel(steps_of("a", "b"), span(5))
    folded = asked.map(small_timelines(people), one_cell(), NO_BYTES, 10 * UNIT)
    assert (folded.summary.entrants.tolist(), folded.summary.open.tolist(), folded.summary.reached.tolist()) == (
        [2],
        [1],
        [[1, 0]],
    )
    assert folded.outcomes.tolist() == [0, -1]


def test_a_signal_of_an_unknown_object_is_in_no_chain(small_timelines):
    asked = Funnel(steps_of("a", "b"), span(5), same="order")
    assert reached(small_timelines, {1: [at(0, "a"), at(1, "b")]}, asked) == [0, 0]


def test_owners_who_are_read_elsewhere_are_left_out(small_timelines):
    people = {1: [at(0, "a")], 2: [at(0, "a")]}
    folded = Funnel(steps_of("a"), span(1)).map(small_timelines(people, skip=[1]), one_cell(), NO_BYTES, FAR)
    assert (folded.summary.entrants.tolist(), folded.outcomes.tolist()) == ([1], [-1, 0])


def test_a_day_on_which_everything_happens_at_once_is_still_quick(small_timelines):
    """Files that know only dates put hundreds of signals into one instant."""
    day = [at(0, kind) for kind in "ab" * 300]
    assert reached(small_timelines, {1: day}, Funnel(steps_of(*["ab"] * 12), span(1))) == [1] * 12


def test_a_funnel_that_cannot_be_asked_says_what_would_do():
    with pytest.raises(BadInput, match="1 to 62 steps, but 0"):
        Funnel((), span(1))
    with pytest.raises(BadInput, match="above 0"):
        Funnel(steps_of("a"), timedelta())


def test_funnels_are_compiled_once(small_timelines, tmp_path):
    timelines = small_timelines({1: [at(0, "a"), at(1, "b")], 2: [at(0, "b")]})
    mapped = np.memmap(tmp_path / "times", np.int64, "w+", shape=timelines.signals)
    mapped[:] = timelines.times
    on_disk = type(timelines)(timelines.owners, timelines.starts, mapped, timelines.kinds, {}, timelines.words)
    for asked in (Funnel(steps_of("a", "b"), span(4)), Funnel(steps_of("a", "b"), span(4), every=True, same="order")):
        for read in (timelines, on_disk):
            asked.map(read, one_cell(), NO_BYTES, FAR)
            asked.map(read, Cells(np.array([0, 5]), 2, owner_codes=np.array([0, 1], np.int32)), np.ones(2, np.uint8), FAR)
    used = (chains._find, listed._write, funnel._count_entrants, funnel._count_ends, funnel._list_durations)
    assert [len(kernel.signatures) for kernel in used] == [1] * len(used)


def test_the_quick_way_gives_what_the_walk_back_gives(small_timelines, monkeypatch):
    random, people = np.random.default_rng(5), {}
    for owner in range(1, 400):
        times = random.choice(60, random.integers(0, 25), replace=owner % 4 == 0)  # a quarter of them with ties
        people[owner] = [at(int(time), "abcd"[random.integers(4)]) for time in times]
    timelines = small_timelines(people)
    owners = np.arange(timelines.people, dtype=np.int32) % 3 - 1
    asked = Funnel(steps_of("a", "b", "c"), span(12))
    edges = [np.array([at(time, "a")[0] for time in times]) for times in ((9, 40), (5, 17, 31, 58), (0, 7, 13, 20))]
    for cells in (one_cell(), *(Cells(borders, 2, owner_codes=owners) for borders in edges)):
        for end in (FAR, at(59, "a")[0], at(30, "a")[0]):
            quick = asked.map(timelines, cells, NO_BYTES, end)
            with monkeypatch.context() as patch:
                patch.setattr(chains, "_steps_of", lambda *_: NO_BYTES)
                slow = asked.map(timelines, cells, NO_BYTES, end)
            assert quick.summary == slow.summary
            assert quick.outcomes.tolist() == slow.outcomes.tolist()
            assert quick.summary.reached[:, 1].sum() > 0 or quick.summary.open.sum() > 0
