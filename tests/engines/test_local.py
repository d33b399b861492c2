"""The local engine: the same bits on any number of threads, errors that name their shard, and a way to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest

from touchpath.engines import together
from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput, Cancelled
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_INT32S, Cells, Int64s, Timelines, TimelineSet, one_cell
from touchpath.timelines.fold import Ask, Everyone, Failed, Folded, Selection, Whole
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.stopping import watched_by
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.totals import Totals
from touchpath.timelines.volume import Volume


@dataclass(frozen=True)
class InOrder:
    """A summary that, unlike real ones, remembers the order of merging."""

    owners: tuple[int, ...]

    def __add__(self, other: InOrder) -> InOrder:
        return InOrder(self.owners + other.owners)


@dataclass(frozen=True)
class ListOwners:
    """Lists the owners it reads; the outcome is the last digit of the key."""

    fail_at: int = -1
    stop: threading.Event | None = None

    def map(self, timelines, cells, people, end):
        owners = timelines.owners[people == 1] if people.size else timelines.owners
        if self.fail_at in owners:
            raise BadInput("Owner cannot be read.")
        if self.stop:
            self.stop.set()
        return Folded(InOrder(tuple(owners.tolist())), (timelines.owners % 10).astype(np.int32))


def shards(count: int, size: int = 3) -> TimelineSet:
    def one(number: int) -> Timelines:
        owners: Int64s = np.arange(number * size, (number + 1) * size, dtype=np.int64)
        return Timelines(owners, np.zeros(size + 1, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))

    return TimelineSet("person", tuple(one(number) for number in range(count)), 0, 0, "v7")


@pytest.mark.parametrize("threads", [1, 2, 7, None])
def test_shards_are_merged_in_order_on_any_number_of_threads(threads):
    summary = LocalEngine(threads).summarise(ListOwners(), shards(20), Whole(), [Everyone()])
    assert summary.owners == tuple(range(60))


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_keeps_its_type_and_names_its_shard(threads):
    with pytest.raises(BadInput, match="cannot be read") as caught:
        LocalEngine(threads).summarise(ListOwners(fail_at=7), shards(5), Whole(), [])
    assert caught.value.__notes__ == ["in shard 2 (3 owners, 0 signals)"]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_cancelled_query_stops_between_shards(threads):
    stop = threading.Event()
    with pytest.raises(Cancelled):
        LocalEngine(threads, stop.is_set).summarise(ListOwners(stop=stop), shards(30), Whole(), [])


def test_a_query_cancelled_in_its_last_shard_gives_no_answer():
    stop = threading.Event()
    with pytest.raises(Cancelled):
        LocalEngine(1, stop.is_set).summarise(ListOwners(stop=stop), shards(1), Whole(), [])


def test_an_empty_workspace_has_a_summary_too():
    assert LocalEngine().summarise(ListOwners(), shards(0), Whole(), []).owners == ()


def test_a_selection_holds_the_owners_with_the_wanted_outcomes():
    found = LocalEngine(2).select(ListOwners(), shards(8), frozenset({3, 5}), [], "threes and fives")
    assert found.keys.tolist() == [3, 5, 13, 15, 23]
    assert (found.unit, found.title, found.data_version) == ("person", "threes and fives", "v7")


def test_filters_reach_every_shard():
    chosen = Selection("person", np.array([2, 3, 19], np.int64), "some")
    assert LocalEngine(2).summarise(ListOwners(), shards(8), Whole(), [chosen]).owners == (2, 3, 19)


@pytest.mark.parametrize("threads", [1, 3])
def test_several_folds_are_asked_together_and_one_that_fails_costs_the_others_nothing(threads):
    asks = [Ask(ListOwners(), Whole()), Ask(ListOwners(fail_at=7), Whole()), Ask(ListOwners(), Whole(), (Everyone(),))]
    first, failed, last = LocalEngine(threads).summarise_all(asks, shards(5))
    assert first.owners == last.owners == tuple(range(15))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, BadInput)
    assert "3 owners" in failed.error.__notes__[0]
    assert LocalEngine(threads).summarise_all([], shards(5)) == ()


@dataclass(frozen=True)
class Counting:
    """A filter of everybody, or a cut into one cell, that counts how often it is asked."""

    asked: list[int] = field(default_factory=list, hash=False)

    def people(self, timelines):
        self.asked.append(int(timelines.owners[0]))
        return np.ones(timelines.people, np.uint8)

    def cells(self, timelines):
        self.asked.append(int(timelines.owners[0]))
        return one_cell()


def test_equal_filters_and_cuts_are_worked_out_once_per_shard():
    who, cut = Counting(), Counting()
    asks = [Ask(ListOwners(), cut, (who,)), Ask(ListOwners(fail_at=99), cut, (who,)), Ask(ListOwners(fail_at=98), cut)]
    LocalEngine(1).summarise_all(asks, shards(2))
    assert who.asked == cut.asked == [0, 3]


@dataclass(frozen=True)
class Periods:
    """A cut by borders."""

    borders: tuple[int, ...]

    def cells(self, timelines):
        return Cells(np.array(self.borders, np.int64))


@dataclass(frozen=True)
class ListBoth(ListOwners):
    """Tells how it was asked in each shard; in one pass for a cut and the whole, unless it fails."""

    how: str = "well"
    asked: list[str] = field(default_factory=list, compare=False)

    def map(self, timelines, cells, people, end):
        self.asked.append("one")
        return Folded(InOrder((cells.count,) * timelines.people), np.zeros(timelines.people, np.int32))

    def tally(self, cells):
        return None if self.how == "never" else OfBoth(self)


@dataclass
class OfBoth:
    """Counts with such a fold."""

    fold: ListBoth
    apart: tuple[int, ...] = ()
    together: tuple[int, ...] = ()

    def add(self, timelines, cells, people, end):
        self.fold.asked.append("both")
        if self.fold.how == "badly" or (self.fold.how == "at first" and timelines.owners[0] > 0):
            raise BadInput("Not both.")
        self.apart += (cells.count,) * timelines.people
        self.together += (1,) * timelines.people

    def both(self):
        return InOrder(self.apart), InOrder(self.together)


@pytest.mark.parametrize(
    ("how", "asked"),
    [
        ("well", ["both", "one"] * 3),
        ("badly", ["both", "one", "one", "one"] + ["one"] * 6),
        ("at first", ["both", "one", "both", "one", "one"] + ["one"] * 6),
        ("never", ["one", "one", "one"] * 3),
    ],
)
def test_a_cut_and_the_whole_are_read_in_one_pass_where_that_goes(how, asked):
    fold = ListBoth(how=how)
    asks = [Ask(fold, Periods(borders)) for borders in ((0, 9), (0, 3, 9), (0, 3, 8), (0, 3, 9))]
    found = LocalEngine(1).summarise_all(asks, shards(3))
    assert [one.owners for one in found] == [(1,) * 9, *[(2,) * 9] * 3]
    assert sorted(fold.asked) == sorted(asked)


def test_a_tally_ends_before_it_has_read_too_many_signals(monkeypatch):
    asks, tallies = [Ask(ListBoth(), Periods(borders)) for borders in ((0, 9), (0, 3, 9))], []
    one_each = np.arange(4), np.zeros(3, np.int64), np.ones(3, np.int32)
    timelines = TimelineSet("person", tuple(Timelines(shard.owners, *one_each) for shard in shards(5).shards), 0, 9, "v")
    whole = LocalEngine(1).summarise_all(asks, timelines)
    monkeypatch.setattr(ListBoth, "tally", lambda fold, cells: tallies.append(OfBoth(fold)) or tallies[-1])
    monkeypatch.setattr(together, "_MOST_SIGNALS", 7)
    assert LocalEngine(1).summarise_all(asks, timelines) == whole
    assert [len(one.apart) for one in tallies] == [6, 6, 3]


def test_what_cannot_be_counted_together_is_read_again_before_its_shard_is_told_as_read(monkeypatch):
    waiting, seen, read = Waiting(99), list[int](), ListBoth.map
    monkeypatch.setattr(ListBoth, "map", lambda *asked: seen.append(waiting.read_so_far) or read(*asked))
    asks = [Ask(ListBoth(how="at first"), Periods(borders)) for borders in ((0, 9), (0, 3, 9))]
    with watched_by(waiting):
        found = LocalEngine(1).summarise_all(asks, shards(3))
    assert [one.owners for one in found] == [(1,) * 9, (2,) * 9]
    assert seen == [1] * 4 + [2] * 2


def test_cuts_that_are_not_alike_in_every_shard_are_no_pair():
    @dataclass(frozen=True)
    class Moving:
        def cells(self, timelines):
            return Cells(np.array([0, 3, 9 + timelines.owners[0]], np.int64))

    fold = ListBoth()
    found = LocalEngine(1).summarise_all([Ask(fold, Periods((0, 9))), Ask(fold, Moving())], shards(2))
    assert [one.owners for one in found] == [(1,) * 6, (2,) * 6]
    assert fold.asked.count("both") == 1


@dataclass(frozen=True)
class Some:
    """A cut into one segment of the owners with an even key, in one period."""

    def cells(self, timelines):
        return Cells(np.array([0, 9], np.int64), 1, NO_INT32S, -(timelines.owners % 2).astype(np.int32))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_segment_is_no_whole_where_a_shard_has_nobody(threads):
    starts, times, kinds = np.arange(4), np.arange(3), np.ones(3, np.int32)
    full = [Timelines(shard.owners, starts, times, kinds, {}, {"kind": ("", "a")}) for shard in shards(4).shards]
    nobody = Timelines(np.empty(0, np.int64), np.zeros(1, np.int64), *(one[:0] for one in (times, kinds)), {}, full[0].words)
    timelines = TimelineSet("person", (nobody, *full[:2], nobody, *full[2:]), 0, 9, "v")
    asks = [Ask(Volume((EventRule(("a",)),)), cut) for cut in (Some(), Periods((0, 4, 9)), Periods((0, 9)))]
    found = LocalEngine(threads).summarise_all(asks, timelines)
    assert [one.people.ravel().tolist() for one in found] == [[6], [12, 0], [12]]


def test_folds_of_other_people_are_no_pair():
    fold = ListBoth()
    asks = [Ask(fold, Periods((0, 9)), (Everyone(),)), Ask(fold, Periods((0, 3, 9)))]
    assert [one.owners for one in LocalEngine(1).summarise_all(asks, shards(1))] == [(1,) * 3, (2,) * 3]
    assert fold.asked == ["one", "one"]


def test_what_real_folds_say_together_is_what_they_say_alone():
    random, parts = np.random.default_rng(3), []
    for first in range(0, 40, 10):
        lengths = random.integers(0, 12, 10)
        times = [np.sort(random.integers(0, 60, size)) * 1000 for size in lengths]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        kinds = random.integers(1, 5, starts[-1]).astype(np.int32)
        owners = np.arange(first, first + 10, dtype=np.int64)
        parts.append(Timelines(owners, starts, np.concatenate(times).astype(np.int64), kinds, {}, {"kind": ("", *"abcd")}))
    timelines = TimelineSet("person", tuple(parts), 0, 60_000, "v")
    a, b, c, d = (EventRule((kind,)) for kind in "abcd")
    window = timedelta(milliseconds=9)
    task = Task("t", "T", a, b, failure=c, error=d, limit=window)
    folds = [
        Attempts(task),
        Funnel((a, b, c), window, step_times=False),
        Funnel((b, c), window),
        Totals(a, d),
        Volume((a, b), (c,)),
        Volume((c,)),
    ]
    cuts = [Periods((0, 50_000)), Periods((0, 11_000, 30_000, 50_000))]
    asks = [Ask(fold, cut) for fold in folds for cut in cuts]
    together = LocalEngine(1).summarise_all(asks, timelines)
    assert list(together) == [LocalEngine(2).summarise(one.fold, timelines, one.cut, ()) for one in asks]


def test_a_cancelled_engine_answers_nothing():
    stop = threading.Event()
    with pytest.raises(Cancelled):
        LocalEngine(1, stop.is_set).summarise_all([Ask(ListOwners(stop=stop), Whole())], shards(3))


@dataclass
class Waiting:
    """Whoever waits: they leave after some shards were read, and note what they were told."""

    leaves_after: int
    told: list[int] = field(default_factory=list)
    read_so_far: int = 0

    def wants_none(self) -> bool:
        return self.read_so_far >= self.leaves_after

    def planned(self, shards: int) -> None:
        self.told.append(shards)

    def read(self) -> None:
        self.read_so_far += 1


@pytest.mark.parametrize("threads", [1, 2])
def test_whoever_waits_sees_how_far_it_is_and_ends_it_by_leaving(threads):
    stays, leaves = Waiting(99), Waiting(2)
    with watched_by(stays):
        LocalEngine(threads).summarise_all([Ask(ListOwners(), Whole())], shards(4))
    assert (stays.told, stays.read_so_far) == ([4], 4)
    with watched_by(leaves), pytest.raises(Cancelled):
        LocalEngine(threads).summarise_all([Ask(ListOwners(), Whole())], shards(8))
    assert leaves.read_so_far < 8
    assert LocalEngine(threads).summarise_all([Ask(ListOwners(), Whole())], shards(2))
