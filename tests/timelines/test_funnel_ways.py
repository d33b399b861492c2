"""Funnels in every way they can be counted, against a slow reader that tries every chain, and against the plain walk."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import slow_funnel
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import (
    ties,
    walk_any,
    walk_choose,
    walk_count,
    walk_finish,
    walk_grace,
    walk_levels,
    walk_ordered,
    walk_rows,
)
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.durations import Durations
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.ways import AGREE, ENTRY, LAST, Ways, Without

UNIT = 700
FAR = 10**9


def rule(kinds):
    return EventRule(tuple(kinds))


def steps_of(*kinds):
    return tuple(map(rule, kinds))


def span(units):
    return timedelta(microseconds=units * UNIT)


def at(units, kind, **fields):
    return (units * UNIT, kind, fields)


# Random questions

fields = st.fixed_dictionaries(
    {"segment": st.integers(-1, 1)}, optional={"objects.order": st.sampled_from("xy"), "properties.plan": st.sampled_from("gs")}
)
signals = st.builds(lambda time, kind, more: (time * UNIT, kind, more), st.integers(0, 8), st.sampled_from("abcabcxd"), fields)
timelines_of_one = st.one_of(st.lists(signals, max_size=4), st.lists(signals, min_size=5, max_size=9))
some_people = st.dictionaries(st.integers(1, 50), timelines_of_one, max_size=3)
kinds_of_steps = st.lists(st.sampled_from(["a", "b", "c", "a", "b", "c", "ab", "bc", "abc"]), min_size=1, max_size=4)
spans = st.sampled_from([None, span(1), span(2), span(3), span(5)])


@st.composite
def ways_of(draw, steps):
    """Any ways that go together, of a funnel of so many steps."""
    order = draw(st.sampled_from(["ordered", "ordered", "strict", "any"]))
    strict, unordered = order == "strict", order == "any"
    optional = (
        draw(st.sets(st.integers(1, steps - 2), max_size=2)) if steps > 2 and not unordered and draw(st.booleans()) else set()
    )
    needed = [step for step in range(steps) if step not in optional]
    without = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2])) if steps > 1 else 0):
        first = draw(st.sampled_from(needed[:-1]))
        last = draw(st.sampled_from(needed[needed.index(first) + 1 :]))
        ends = (0, -1) if unordered or draw(st.booleans()) else (first, last)
        without.append(Without(rule(draw(st.sampled_from(["x", "xd", "d", "b", "a"]))), *ends))
    effect = draw(st.sampled_from(["chain", "stop", "drop"]))
    ties = "either" if unordered else draw(st.sampled_from(["either", "either", "rise"]))
    between = ()
    if steps > 1 and not unordered and draw(st.booleans()):
        size = draw(st.sampled_from([1, steps - 1]))
        between = tuple(draw(st.lists(spans, min_size=size, max_size=size)))
    grace = timedelta()
    may_grace = order == "ordered" and ties == "either" and not between and not (without and effect == "chain")
    if may_grace and draw(st.booleans()):
        grace = draw(st.sampled_from([span(1), span(2)]))
    return Ways(
        order=order,
        others=draw(st.sampled_from([(), (), steps_of("x"), steps_of("a", "x"), steps_of("bd")])) if strict else (),
        repeats=strict and draw(st.booleans()),
        between=between,
        without=tuple(without),
        effect=effect,
        optional=tuple(optional),
        ties=ties,
        grace=grace,
        unit=draw(st.sampled_from([None, None, None, span(2), span(3)])),
        held=draw(st.sampled_from(["", "", "", "properties.plan"])),
        segment=ENTRY if unordered else draw(st.sampled_from([ENTRY, LAST, AGREE, *range(steps)])),
        totals=draw(st.sampled_from([False, False, True])),
        count_open=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def funnels(draw):
    kinds = draw(kinds_of_steps)
    ways = draw(ways_of(len(kinds)))
    every = draw(st.sampled_from([False, False, True]))
    same = draw(st.sampled_from(["", "", "", "order"]))
    return Funnel(steps_of(*kinds), span(draw(st.sampled_from([2, 3, 5, 8, 9]))), draw(st.booleans()), every, same, ways)


edges = st.one_of(st.just([0, 10]), st.lists(st.integers(0, 10), min_size=2, max_size=4, unique=True).map(sorted))
ends = st.sampled_from([20, 20, 20, 8, 11])
cuts = st.sampled_from(["none", "signal", "signal", "owner"])


def prepared(small_timelines, people, borders, cut):
    """Timelines, their cells, and the same cells told signal by signal."""
    bare = {o: [(t, k, {n: v for n, v in f.items() if n != "segment"}) for t, k, f in s] for o, s in people.items()}
    timelines = small_timelines(bare, words={"kind": ("", "a", "b", "c", "d", "x"), "properties.plan": ("", "g", "s")})
    bounds = np.array(borders, np.int64) * UNIT
    ordered = {owner: sorted(given, key=lambda signal: signal[0]) for owner, given in people.items()}
    per_signal = np.array([f["segment"] for owner in sorted(people) for *_, f in ordered[owner]], np.int32)
    per_owner = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32)
    segments = {"none": 1, "signal": 2, "owner": 2}[cut]
    codes = {"signal_codes": per_signal} if cut == "signal" else {"owner_codes": per_owner} if cut == "owner" else {}
    if cut == "signal" and not per_signal.size:
        segments, codes = 1, {}

    def cell_of(owner, signal):
        period = int(np.searchsorted(bounds, signal[0], "right")) - 1
        segment = {"none": 0, "signal": signal[2]["segment"], "owner": owner % 3 - 1}[cut]
        return period * segments + segment if 0 <= period < len(borders) - 1 and segment >= 0 else -1

    if cut != "signal":  # Only segments of signals can be those of a step.
        ordered = {o: [(t, k, f | {"segment": 0}) for t, k, f in s] for o, s in ordered.items()}
    return timelines, Cells(bounds, segments, **codes), cell_of, ordered


def slow_entrants(people, read, cell_of, asked, end):
    slow, found = slow_funnel.SlowFunnel(asked), []
    for owner in sorted(set(people) & read):
        found += slow.entrants(owner, people[owner], lambda signal, owner=owner: cell_of(owner, signal), end)
    return found


def gaps_of(asked, times):
    """Time of each step met from the needed step before it."""
    needed = [step for step in sorted(times) if step not in asked.ways.optional]
    return tuple(time - times[max(before for before in needed if before < step)] for step, time in sorted(times.items()) if step)


def as_rows(rows, owners):
    gap = 0
    for cell, place, reached, met in zip(*(column.tolist() for column in rows[:4]), strict=True):
        steps = bin(met >> 1).count("1")
        yield cell, int(owners[place]), reached, met, tuple(rows.gaps[gap : gap + steps].tolist())
        gap += steps
    assert gap == rows.gaps.size


def as_slow_rows(asked, entrants):
    needed = [step for step in range(len(asked.steps)) if step not in asked.ways.optional]
    for cell, owner, reached, times in entrants:
        last = needed[reached] if reached >= 0 else -1
        yield cell, owner, last, sum(1 << step for step in times), gaps_of(asked, times)


@many(600, suppress_health_check=[HealthCheck.too_slow])
@given(some_people, funnels(), edges, cuts, ends, st.data())
def test_a_funnel_in_any_way_agrees_with_trying_every_chain(small_timelines, people, asked, borders, cut, end, data):
    timelines, cells, cell_of, ordered = prepared(small_timelines, people, borders, cut)
    chosen = data.draw(st.none() | st.none() | st.sets(st.sampled_from(sorted(people) or [0])))
    mask = NO_BYTES if chosen is None else np.array([owner in chosen for owner in sorted(people)], np.uint8)
    read = set(people) if chosen is None or not people else chosen
    expected = slow_entrants(ordered, read, cell_of, asked, end * UNIT)
    rows = asked.rows(timelines, cells, mask, end * UNIT)
    assert Counter(as_rows(rows, timelines.owners)) == Counter(as_slow_rows(asked, expected))
    assume(asked.ways != Ways())
    folded = asked.map(timelines, cells, mask, end * UNIT)
    check_counts(folded.summary, asked, expected, cells.count)
    needed = [step for step in range(len(asked.steps)) if step not in asked.ways.optional]
    furthest = {owner: max((reached for _, o, reached, _ in expected if o == owner), default=-1) for owner in people}
    assert folded.outcomes.tolist() == [needed[furthest[o]] if furthest[o] >= 0 else -1 for o in sorted(people)]


def check_counts(summary, asked, entrants, cells):
    """Every number of a summary against the same number counted from the slow reader's entrants."""
    steps = len(asked.steps)
    before = [max([0, *(s for s in range(step) if s not in asked.ways.optional)]) for step in range(steps)]
    for cell in range(cells):
        here = [(owner, times) for c, owner, _, times in entrants if c == cell]
        assert summary.entrants[cell] == len(here)
        assert summary.open[cell] == sum(not times for _, times in here)
        for step in range(steps):
            assert summary.reached[cell, step] == sum(step in times for _, times in here)
            for moments, base in ((summary.from_entry, 0), (summary.from_previous, before[step])):
                owners = sorted({owner for owner, times in here if base in times})
                pairs = [
                    (sum(base in t for o, t in here if o == owner), sum(step in t for o, t in here if o == owner))
                    for owner in owners
                ]
                ratio = moments.cell(cell * steps + step)
                assert (ratio.people, ratio.x, ratio.y) == (len(owners), sum(x for x, _ in pairs), sum(y for _, y in pairs))
                assert (ratio.xx, ratio.xy) == (sum(x * x for x, _ in pairs), sum(x * y for x, y in pairs))
    whole = [(c, o, (t[steps - 1] - t[0]) // 1000) for c, o, _, t in entrants if steps > 1 and steps - 1 in t]
    each = [
        (c * steps + step, o, gap // 1000)
        for c, o, _, t in entrants
        for step, gap in zip(sorted(t)[1:], gaps_of(asked, t), strict=True)
    ]
    for found, rows, size in ((summary.times, whole, cells), (summary.step_times, each, cells * steps)):
        ordered = np.array(sorted(rows, key=lambda row: row[1]), np.int64).reshape(-1, 3)
        assert found == Durations.of(size, *np.ascontiguousarray(ordered.T))


@many(200)
@given(
    some_people, kinds_of_steps, st.sampled_from([2, 3, 5, 8]), st.booleans(), st.booleans(), st.sampled_from(["", "order"]), ends
)
def test_the_general_walk_finds_what_the_plain_one_finds(small_timelines, people, kinds, window, reentry, every, same, end):
    timelines, cells, *_ = prepared(small_timelines, people, [0, 4, 10], "signal")
    asked = Funnel(steps_of(*kinds), span(window), reentry, every, same)
    chains, rows = (walk(timelines, cells, NO_BYTES, end * UNIT) for walk in (asked.chains, asked.rows))
    plain, gap = [], 0
    for cell, place, last in zip(chains.cells.tolist(), chains.places.tolist(), chains.reached.tolist(), strict=True):
        times = tuple(chains.gaps[gap : gap + max(last, 0)].tolist())
        plain.append((cell, int(timelines.owners[place]), last, (1 << (last + 1)) - 1, times))
        gap += max(last, 0)
    assert Counter(plain) == Counter(as_rows(rows, timelines.owners))


@given(some_people, funnels(), edges, st.randoms(use_true_random=False))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, people, asked, borders, random):
    shuffled = {owner: random.sample(given, len(given)) for owner, given in people.items()}
    found = []
    for these in (people, shuffled):
        timelines, cells, *_ = prepared(small_timelines, these, borders, "signal")
        found.append(asked.map(timelines, cells, NO_BYTES, 6 * UNIT).summary)
    assert found[0] == found[1]


@given(some_people, funnels(), st.sets(st.integers(1, 50)), st.sets(st.integers(1, 50)))
def test_any_division_of_people_adds_up_to_the_same_summary(small_timelines, shard, people, asked, some, others):
    timelines, *_ = prepared(small_timelines, people, [0, 10], "none")
    shards = (set(people) & some, set(people) & others - some, set(people) - some - others)
    a, b, c = (asked.map(shard(timelines, part), one_cell(), NO_BYTES, 6 * UNIT).summary for part in shards)
    whole = asked.map(timelines, one_cell(), NO_BYTES, 6 * UNIT).summary
    assert whole == a + b + c == c + (a + b) == (b + c) + a


# Examples


def reached(small_timelines, timeline, kinds, window=60, **ways):
    asked = {name: ways.pop(name) for name in ("reentry", "every", "same") if name in ways}
    funnel = Funnel(steps_of(*kinds), span(window), ways=Ways(**ways), **asked)
    return funnel.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, FAR).summary.reached[0].tolist()


def test_the_earliest_way_is_not_always_the_one_that_leads_on(small_timelines):
    """From b at 1 no c is near enough; from b at 5 there is, and b at 5 is near enough to a."""
    timeline = [at(0, "a"), at(1, "b"), at(5, "b"), at(7, "c")]
    assert reached(small_timelines, timeline, "abc", between=(span(6), span(3))) == [1, 1, 1]
    assert reached(small_timelines, timeline, "abc", between=(span(4), span(3))) == [1, 1, 0]


def test_a_double_click_may_or_may_not_count_as_something_else(small_timelines):
    timeline = [at(0, "a"), at(1, "b"), at(2, "b"), at(3, "c")]
    assert reached(small_timelines, timeline, "abc", order="strict") == [1, 1, 0]
    assert reached(small_timelines, timeline, "abc", order="strict", repeats=True) == [1, 1, 1]


def test_an_exclusion_has_the_effect_that_is_named(small_timelines):
    timeline = [at(0, "a"), at(1, "x"), at(2, "a"), at(3, "b"), at(4, "x"), at(5, "c")]
    without = (Without(rule("x")),)
    assert reached(small_timelines, timeline, "abc", without=without) == [1, 1, 0]
    assert reached(small_timelines, timeline, "abc", without=without, effect="stop") == [1, 1, 0]
    assert reached(small_timelines, timeline, "abc", without=without, effect="drop") == [0, 0, 0]
    assert reached(small_timelines, timeline, "abc", without=without, effect="stop", reentry=False) == [1, 0, 0]
    assert reached(small_timelines, timeline, "abc", without=(Without(rule("x"), 1, 2),), effect="drop", reentry=False) == [
        0,
        0,
        0,
    ]


def test_a_step_that_is_skipped_is_no_loss(small_timelines):
    timeline = [at(0, "a"), at(2, "c"), at(3, "b"), at(4, "c")]
    asked = Funnel(steps_of("a", "b", "c"), span(9), ways=Ways(optional=(1,)))
    summary = asked.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, FAR).summary
    assert summary.reached.tolist() == [[1, 0, 1]]
    assert summary.from_previous.cell(2).y == 1


def test_a_grace_never_adds_up(small_timelines):
    """Each step may come 2 units early, but c is 4 before a."""
    assert reached(small_timelines, [at(10, "a"), at(8, "b"), at(6, "c")], "abc", grace=span(2)) == [1, 1, 0]
    assert reached(small_timelines, [at(10, "a"), at(8, "b"), at(8, "c")], "abc", grace=span(2)) == [1, 1, 1]


def test_an_owner_enters_again_after_leaving(small_timelines):
    """Mixpanel's example: the second a is excluded and ends the entry, the third enters again and converts."""
    timeline = [at(1, "a"), at(2, "a"), at(3, "a"), at(4, "b")]
    found = reached(small_timelines, timeline, "ab", totals=True, without=(Without(rule("a")),), effect="stop", grace=timedelta())
    assert found == [2, 1]


def test_a_heavy_owner_is_read_in_linear_time(small_timelines):
    """Each signal enters and none ever gets to the last step: trying the signals of every window would take hours."""
    timeline = [at(i, "ab"[i % 2]) for i in range(60_000)]
    for ways in ({"between": (span(50_000),)}, {"order": "strict"}, {"order": "any"}, {"optional": (1,), "grace": span(3)}):
        assert reached(small_timelines, timeline, "abac" if ways.get("order") != "any" else "abc", 50_000, **ways)[-1] == 0


@pytest.mark.parametrize("way", ["ordered", "any"])
def test_thirty_steps_can_be_asked_with_everything(small_timelines, way):
    kinds = [chr(97 + i % 20) * 1 + str(i) for i in range(30)]
    timeline = [at(2 * i, kind) for i, kind in enumerate(kinds)] + [at(2 * i + 1, "x") for i in range(30, 40)]
    more = {"between": (span(6),), "optional": (3, 4)} if way == "ordered" else {}
    asked = Funnel(
        tuple(EventRule((kind,)) for kind in kinds), span(60), ways=Ways(order=way, without=(Without(rule("x")),), **more)
    )
    assert asked.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, FAR).summary.reached[0, -1] == 1


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        ({"order": "odd"}, "order is one of ordered, strict, any"),
        ({"optional": (0,)}, "Step 1 of 3 cannot be optional"),
        ({"optional": (2,)}, "first and the last step"),
        ({"without": (Without(rule("x"), 2, 1),)}, "first before the second, but 3 and 2"),
        ({"without": (Without(rule("x"), 1, 2),), "optional": (1,)}, "but step 2 is optional"),
        ({"between": (span(1), span(1), span(1))}, "one for each of the 2 after the first, but 3 came"),
        ({"between": (timedelta(),)}, "above 0"),
        ({"grace": timedelta(days=2)}, "at most a day"),
        ({"repeats": True}, "strict order"),
        ({"order": "any", "between": (span(1),)}, "leave out between"),
        ({"order": "any", "optional": (1,)}, "leave out optional"),
        ({"grace": span(1), "without": (Without(rule("x")),)}, "grace does not go with exclusions of a chain"),
        ({"levels": ("odd",)}, "modes are strict_deduplication"),
        ({"levels": ("allow_reentry",)}, "together with strict_order"),
        ({"levels": (), "totals": True}, "no other way"),
        ({"segment": 3}, "step 4 came"),
    ],
)
def test_ways_that_cannot_be_asked_say_what_would_do(ways, says):
    with pytest.raises(BadInput, match=says):
        Funnel(steps_of("a", "b", "c"), span(1), ways=Ways(**ways))


def test_more_rules_than_bits_are_refused():
    with pytest.raises(BadInput, match="62 rules at most, but 60 steps and 3"):
        Funnel(steps_of(*"a" * 60), span(1), ways=Ways(without=(Without(rule("x")),) * 3))


def test_parts_are_compiled_once(small_timelines):
    timelines = small_timelines({1: [at(0, "a"), at(1, "b"), at(1, "x")], 2: [at(0, "b")]})
    for ways in (Ways(order="any"), Ways(grace=span(1), optional=(1,)), Ways(levels=()), Ways(totals=True, held="channel")):
        asked = Funnel(steps_of("a", "b", "a"), span(4), ways=replace(ways, count_open=True))
        asked.map(timelines, one_cell(), NO_BYTES, FAR)
        asked.map(timelines, Cells(np.array([0, 5]), 2, owner_codes=np.array([0, 1], np.int32)), np.ones(2, np.uint8), FAR)
    modules = (ties, walk_any, walk_choose, walk_count, walk_finish, walk_grace, walk_levels, walk_ordered, walk_rows)
    used = [one for module in modules for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
    parts = [one for one in used if hasattr(one, "signatures") and not one.targetoptions.get("forceinline")]
    outer = [walk_rows._walk, walk_rows._measure, walk_count._count_entrants, walk_count._list_durations]
    assert parts
    assert [len(one.signatures) for one in outer] == [1] * len(outer)
    assert all(len(one.signatures) <= 1 for one in parts)


@pytest.mark.parametrize("turn", [1, -1])
def test_of_entries_of_one_instant_the_best_decides_when_the_next_can_come(small_timelines, turn):
    """By a (b is left) step 2 comes at once and the entry is left at 0; by b it would wait until its window closes."""
    timeline = [*[at(0, "a"), at(0, "b")][::turn], at(3, "a")]
    asked = Funnel(steps_of("ab", "b"), span(9), ways=Ways(totals=True))
    summary = asked.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 5 * UNIT).summary
    assert (summary.entrants.tolist(), summary.open.tolist()) == ([2], [2])
