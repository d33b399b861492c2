"""What is kept of a base: how much is computed again after new signals, that it is the same bits, and when it goes."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.engines import kept_bases
from touchpath.engines.kept import KeptSummaries
from touchpath.engines.kept_bases import Unlike, likeness
from touchpath.engines.local import LocalEngine
from touchpath.model.experience import Dimension, Question
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.across import Across
from touchpath.timelines.arrays import NO_BYTES, Timelines, TimelineSet, one_cell
from touchpath.timelines.between import Between
from touchpath.timelines.build import assemble
from touchpath.timelines.conformance import Conformance
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.cut import Cutting
from touchpath.timelines.felt import Felt
from touchpath.timelines.fold import Selection, Whole, ending_of
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.labels import Labels
from touchpath.timelines.lifecycle import Lifecycle
from touchpath.timelines.only import OnlySignals
from touchpath.timelines.overlay import skipped_rows
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.purchases import Purchases
from touchpath.timelines.recurring import Recurring
from touchpath.timelines.retention import Retention
from touchpath.timelines.rfm import Rfm
from touchpath.timelines.rows import Rows
from touchpath.timelines.sessions import Sessions
from touchpath.timelines.states import States
from touchpath.timelines.stickiness import Stickiness
from touchpath.timelines.summaries import Counts, subtracts
from touchpath.timelines.undeclared import KeyedColumn, join
from touchpath.timelines.values import Values
from touchpath.timelines.volume import Volume
from touchpath.timelines.ways import Ways, Without
from touchpath.timelines.who import EverMatched, LastBy, Otherwise, SegmentOnly

HOUR, DAY = 3_600_000_000, 86_400_000_000
WORDS = {"kind": ("", "a", "b", "c"), "channel": ("", "web", "shop")}
RULES = tuple(EventRule((name,)) for name in "abc")
A, B, C = RULES
LATEST = Dimension("c", "", "channel", "person", "latest")
ASKED = Question("q", "", A, 0, 8, "")
WEB = EventRule((), (Condition("channel", "equals", "web"),))


@dataclass
class Counting:
    """The engine of this machine, noting the signals of every shard it reads."""

    read: list[int] = field(default_factory=list)
    engine: LocalEngine = field(default_factory=lambda: LocalEngine(1))

    def summarise(self, fold, timelines, cut, who):
        self.read += [shard.signals for shard in timelines.shards]
        return self.engine.summarise(fold, timelines, cut, who)

    def select(self, *asked):
        return self.engine.select(*asked)


@dataclass(frozen=True)
class Reopen:
    """Stands for files."""

    number: int

    def __call__(self) -> Timelines:
        raise AssertionError("These timelines are in memory, so no file is opened again.")


def rows(draw: np.random.Generator, owners: int, signals: int, low: int = 0, high: int = 60) -> Rows:
    columns = {
        "key": draw.integers(0, 1 << 40, signals),
        "kind": draw.integers(1, 4, signals).astype(np.int32),
        "channel": draw.integers(0, 3, signals).astype(np.int32),
        "value": draw.integers(0, 9, signals) * 1_000_000,
    }
    times = draw.integers(low, high, signals) * DAY // 2
    return Rows(draw.integers(1, owners + 1, signals), times, np.zeros(signals, np.int32), columns)


def base(seed: int = 1, shards: int = 3, owners: int = 20, signals: int = 60, high: int = 60) -> TimelineSet:
    draw = np.random.default_rng(seed)
    drawn = [rows(draw, owners, signals, high=high) for _ in range(shards)]
    parts = [assemble(replace(one, owners=one.owners + owners * place)) for place, one in enumerate(drawn)]
    made = tuple(replace(part, words=WORDS, reopen=Reopen(place)) for place, part in enumerate(parts))
    return TimelineSet("person", made, 0, max(int(part.times.max()) for part in parts), "v1")


def touched(timelines: TimelineSet, owners: set[int], seed: int = 2, low: int = 0, high: int = 60) -> TimelineSet:
    """Some owners with three new signals each, in an overlay."""
    draw = np.random.default_rng(seed)
    new = rows(draw, 1, 3 * len(owners), low, high)
    new = replace(new, owners=np.repeat(np.array(sorted(owners)), 3))
    below = tuple(
        replace(shard, skip=np.isin(shard.owners, list(owners)).astype(np.uint8)) for shard in timelines.shards if shard.reopen
    )
    over = replace(assemble(Rows.join([*(skipped_rows(shard) for shard in below), new])), words=WORDS)
    last = max(int(s.times[s.starts[1:] - 1][s.skip == 0 if s.skip.size else slice(None)].max()) for s in (*below, over))
    return replace(timelines, shards=(*below, over), end=last, data_version="v2")


FOLDS = (
    Volume(RULES),
    Funnel((A, B, C), timedelta(days=5)),
    Funnel((A, B, C), timedelta(days=5), ways=Ways(optional=(1,), unit=timedelta(hours=20), ties="rise")),
    Funnel((A, B), timedelta(days=5), ways=Ways(order="any", without=(Without(C),))),
    Funnel((A, B, C), timedelta(days=5), ways=Ways(levels=("strict_order",), count_open=True)),
    Sessions(timedelta(hours=13)),
    CountSessions(timedelta(hours=13)),
    CountMoves(),
    DirectlyFollows(),
    DirectlyFollows(RULES, timedelta(days=2)),
    Retention(A, B, borders=tuple(range(0, 41 * DAY, 3 * DAY)), intervals=4),
    Retention(A, B, length=timedelta(days=2), intervals=3),
    Retention(length=timedelta(days=2), kind="bracket", brackets=((1, 2), (2, 5)), first="period", rounded=True),
    Lifecycle(-10 * DAY),
    States((A, B), timedelta(days=4)),
    Rfm(A),
    Purchases(A),
    Recurring(A, B),
    Recurring(A, B, involuntary=WEB),
    Labels(A, B, C),
    Across(ASKED),
    Felt(A, B, C, window=timedelta(days=9)),
    Stickiness(tuple(range(-DAY, 42 * DAY, DAY))),
    Values("channel"),
    Between(A, B, timedelta(days=3)),
    Between(A, C),
    Between(A, B, promise=timedelta(days=1)),
    Conformance((A, B, C), ("sequence", ("step", 0), ("step", 1), ("step", 2)), timedelta(days=3)),
    OnlySignals(WEB, Funnel((A, B), timedelta(days=5))),
)
EDGES = np.array([0, 10 * DAY, 20 * DAY, 41 * DAY])
CUTS = (Whole(), Cutting(EDGES), Cutting(EDGES[1:], ("web", "other"), LATEST, np.array([1, 0, 1], np.int32)))
WHO = (EverMatched(C), Otherwise(SegmentOnly(LATEST, "web")))


def cut_for(fold, cut):
    return Cutting(EDGES) if isinstance(fold, Stickiness) else cut


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: type(fold).__name__)
@settings(max_examples=12)
@given(
    st.integers(0, 10**6), st.sampled_from(CUTS), st.sets(st.sampled_from(WHO)), st.lists(st.sets(st.integers(1, 70)), max_size=4)
)
def test_what_is_kept_never_changes_a_bit(fold, seed, cut, who, turns):
    """One base, asked again and again while ever other owners are touched by signals of any time and the end moves on and back."""
    plain, kept, start = LocalEngine(1), KeptSummaries(LocalEngine(1)), base(seed)
    cut = cut_for(fold, cut)
    for turn, owners in enumerate([set(), *turns]):
        low, high = (0, 60) if turn % 2 else (50, 80)
        now = touched(start, owners, seed + turn, low, high) if owners else start
        assert kept.summarise(fold, now, cut, tuple(who)) == plain.summarise(fold, now, cut, tuple(who))


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: type(fold).__name__)
@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 12 * DAY), st.integers(0, 12 * DAY), st.sampled_from(CUTS))
def test_a_fold_depends_on_the_end_as_it_says(fold, seed, later, more, cut):
    """Two ends with the same mark, both beyond the reach of every signal, give one summary."""
    cut = cut_for(fold, cut)
    timelines = base(seed, 1, 5, 20, high=30)
    shard, cells = timelines.shards[0], cut.cells(timelines.shards[0])
    early, late = timelines.end + later, timelines.end + later + more
    first, second = (ending_of(fold, cells.edges, end) for end in (early, late))
    if first.mark == second.mark:
        closed = LastBy(early - first.reach).people(shard)
        found = [fold.map(shard, cells, closed, end).summary for end in (early, late)]
        assert found[0] == found[1]


def test_after_new_signals_only_whom_they_touched_is_read():
    inner = Counting()
    engine, start = KeptSummaries(inner), base()
    engine.summarise(Volume(RULES), start, Whole(), ())
    assert inner.read == [60, 60, 60]
    inner.read.clear()
    engine.summarise(Volume(RULES), start, Whole(), ())
    assert inner.read == []
    now = touched(start, {3, 30})
    engine.summarise(Volume(RULES), now, Whole(), ())
    before = [int(np.diff(shard.starts)[shard.skip == 1].sum()) for shard in now.shards if shard.skip.size]
    assert inner.read == [*before, sum(before) + 6]


def test_another_question_is_another_entry():
    inner = Counting()
    engine, start = KeptSummaries(inner), base()
    engine.summarise(Volume(RULES), start, Whole(), ())
    for fold, cut, who in [
        (Volume(RULES[:2]), Whole(), ()),
        (Volume(RULES), Cutting(EDGES), ()),
        (Volume(RULES), Whole(), (EverMatched(A),)),
        (Volume(RULES), Whole(), (Selection("person", np.array([1, 2]), "two"),)),
        (Volume(RULES), Whole(), (Selection("person", np.array([1, 3]), "two"),)),
    ]:
        inner.read.clear()
        engine.summarise(fold, start, cut, who)
        assert sum(inner.read) == 180


def test_while_the_end_moves_on_only_those_who_may_have_something_open_are_read_again():
    """A window of 5 days: after the second time everybody who is closed is kept."""
    inner = Counting()
    engine, start, fold = KeptSummaries(inner), base(high=80), Funnel((A, B), timedelta(days=5))
    engine.summarise(fold, start, Whole(), ())
    first = touched(start, {3}, low=81, high=82)
    second = touched(start, {3, 4}, low=82, high=83)
    expected = [LocalEngine(1).summarise(fold, now, Whole(), ()) for now in (first, second)]
    assert engine.summarise(fold, first, Whole(), ()) == expected[0]
    kept = [one for known, _ in engine.kept._bases.values() for one in known.kept.values()]
    assert [one.until is None for one in kept] == [False]
    assert engine.summarise(fold, second, Whole(), ()) == expected[1]
    closed = sum(int(LastBy(kept[0].until).people(shard).sum()) for shard in start.shards)
    assert closed > 5


def test_the_default_period_may_end_later_without_a_new_entry():
    inner = Counting()
    engine, start = KeptSummaries(inner), base()
    engine.summarise(Volume(RULES), start, Cutting(np.array([0, start.end + 1])), ())
    inner.read.clear()
    now = touched(start, {3}, low=70, high=71)
    found = engine.summarise(Volume(RULES), now, Cutting(np.array([-5, now.end + 1])), ())
    assert max(inner.read) < 60
    assert found == LocalEngine(1).summarise(Volume(RULES), now, Cutting(np.array([-5, now.end + 1])), ())


def test_new_words_do_not_hide_in_a_kept_table():
    """A fold that says nothing of itself, such as a table of kinds, is asked again when there are new words."""
    engine, start = KeptSummaries(LocalEngine(1)), base()
    engine.summarise(CountMoves(), start, Whole(), ())
    more = WORDS | {"kind": ("", "a", "b", "c", "d")}
    now = replace(start, shards=tuple(replace(shard, words=more) for shard in start.shards))
    assert engine.summarise(CountMoves(), now, Whole(), ()).moves.shape == (1, 5, 5)


def test_what_is_kept_goes_with_the_timelines():
    engine, start = KeptSummaries(LocalEngine(1)), base()
    engine.summarise(Volume(RULES), start, Whole(), ())
    assert engine.kept.size > 0
    del start
    gc.collect()
    assert engine.kept.size == 0


def test_what_is_kept_is_bounded_and_can_be_cleared():
    start = base()
    engine = KeptSummaries(LocalEngine(1), most_bytes=20_000)
    for number in range(50):
        engine.summarise(Funnel((A, B), timedelta(days=number + 1)), start, Whole(), ())
        everything = [kept for known, _ in engine.kept._bases.values() for kept in known.kept.values()]
        assert 0 < sum(kept.size for kept in everything) == engine.kept.size <= 20_000
    engine.clear()
    assert engine.kept.size == 0
    none = KeptSummaries(LocalEngine(1), most_bytes=0)
    assert none.summarise(Volume(RULES), start, Whole(), ()) == LocalEngine(1).summarise(Volume(RULES), start, Whole(), ())
    assert none.kept.size == 0


def test_to_keep_one_more_costs_the_same_however_many_are_kept(monkeypatch):
    """Each is weighed when it comes, and never again."""
    weighed = Counter[int]()
    monkeypatch.setattr(kept_bases, "_bytes_of", lambda value: weighed.update([number]) or 1)
    start, engine = base(), KeptSummaries(LocalEngine(1))
    for number in range(30):
        engine.summarise(Funnel((A, B), timedelta(days=number + 1)), start, Whole(), ())
    assert len(set(weighed.values())) == 1


def test_selections_and_timelines_in_memory_pass_through():
    start = base()
    memory = replace(start, shards=tuple(replace(shard, reopen=None) for shard in start.shards))
    engine, plain = KeptSummaries(LocalEngine(1)), LocalEngine(1)
    assert engine.summarise(Volume(RULES), memory, Whole(), ()) == plain.summarise(Volume(RULES), memory, Whole(), ())
    assert engine.kept.size == 0
    found = [one.select(Volume(RULES), start, frozenset({1, 3}), (), "some").keys.tolist() for one in (engine, plain)]
    assert found[0] == found[1]


def test_what_was_joined_for_one_question_is_never_kept():
    """Undeclared properties are looked up anew for each question, and may have changed for whoever was touched."""
    inner, start = Counting(), base()
    engine, gold = KeptSummaries(inner), EventRule((), (Condition("properties.plan", "equals", "gold"),))
    keys = np.sort(np.concatenate([shard.wide("key") for shard in start.shards]))
    for codes in (np.ones(keys.size, np.int32), np.zeros(keys.size, np.int32)):
        joined = join(start, {"properties.plan": KeyedColumn.of(keys, codes, ("", "gold"))})
        found = engine.summarise(Volume((gold,)), joined, Whole(), ())
        assert found == LocalEngine(1).summarise(Volume((gold,)), joined, Whole(), ())
        assert int(found.signals[0, 0]) == codes.sum()
    assert engine.kept.size == 0


def test_whoever_never_did_something_is_selected_from_the_overlay_alone():
    start = base()
    fold, now = Rfm(A), touched(start, {3, 30, 45})
    never = LocalEngine(1).select(fold, now, frozenset({-1}), (), "never").keys
    assert never.size == np.unique(never).size
    outcomes = {
        int(owner): int(outcome)
        for shard in now.shards
        for place, (owner, outcome) in enumerate(
            zip(shard.owners, fold.map(shard, one_cell(), NO_BYTES, now.end).outcomes, strict=True)
        )
        if not (shard.skip.size and shard.skip[place])
    }
    assert never.tolist() == sorted(owner for owner, outcome in outcomes.items() if outcome == -1)


def test_a_largest_value_is_never_subtracted():
    """What is added by taking the larger cannot be taken away again."""

    @dataclass(frozen=True, eq=False)
    class Largest(Counts):
        most: np.ndarray

        def __add__(self, other: Largest) -> Largest:
            return Largest(np.maximum(self.most, other.most))

    @dataclass(frozen=True, eq=False)
    class Holder(Counts):
        inner: Largest

    largest = Largest(np.array([3]))
    assert not subtracts(largest)
    assert not subtracts(Holder(largest))
    assert subtracts(LocalEngine(1).summarise(Volume(RULES), base(), Whole(), ()))


def test_likeness_tells_apart_what_python_takes_for_equal():
    texts = [Condition("value", "equals", operand) for operand in (1, 1.0, True, "1")]
    assert len({likeness(one) for one in texts}) == 4
    assert likeness(Volume(RULES)) == likeness(Volume(tuple(EventRule((name,)) for name in "abc")))
    assert likeness(np.array([1])) != likeness(np.array([1], np.int32))
    with pytest.raises(Unlike):
        likeness(object())
