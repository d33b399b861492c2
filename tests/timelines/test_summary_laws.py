"""Laws that every fold over people keeps: any division of people, any mask and any order of adding gives the same counts."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from short_form import short_form

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question, Task
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.kano import KanoPairs
from touchpath.timelines.one_by_one import ByAccount
from touchpath.timelines.questionnaires import Scores
from touchpath.timelines.summaries import Counts, add_all
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.volume import Volume

END = 30
ANSWERED = EventRule(("answered",))
NPS = Question("nps", "", ANSWERED, 0, 10, "nps")
TASK = Task("t", "", EventRule(("start",)), EventRule(("done",)), error=EventRule(("wrong",)), limit=timedelta(microseconds=5))
KEY = short_form(0, 10)
ITEMS = tuple(
    Question(f"q{n}", "", EventRule(("answered",), (Condition("properties.item", "equals", str(n)),)), 0, 10, "short", "short", n)
    for n in (1, 2, 3)
)
PAIR = tuple(dataclasses.replace(item, low=1, high=5) for item in ITEMS[:2])

FOLDS = [
    Attempts(TASK),
    Attempts(dataclasses.replace(TASK, same="thing")),
    Answers(NPS, "all"),
    Answers(NPS),
    Scores(ITEMS, KEY, response="thing"),
    KanoPairs(PAIR, response="thing"),
    ByAccount(Attempts(TASK)),
    ByAccount(Answers(NPS)),
    ByAccount(Scores(ITEMS, KEY, response="thing")),
    Volume((EventRule(("done",)), EventRule(("wrong",)))),
    Volume((EventRule(("done",)),), among=(EventRule(("start",)),)),
]
every_fold = pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: f"{type(fold).__name__}")

fields = st.fixed_dictionaries(
    {},
    optional={
        "value": st.integers(-1, 11),
        "properties.item": st.sampled_from("123"),
        "objects.thing": st.sampled_from("ab"),
        "channel": st.sampled_from(["web", "shop"]),
        "account": st.sampled_from(["acme", "tiny"]),
    },
)
signals = st.tuples(st.integers(0, END), st.sampled_from(["start", "done", "wrong", "answered", "noise"]), fields)
some_people = st.dictionaries(st.integers(-(2**60), 2**60), st.lists(signals, max_size=12), min_size=1, max_size=8)
WORDS = {
    "kind": ("", "start", "done", "wrong", "answered", "noise"),
    "channel": ("", "web", "shop"),
    "account": ("", "acme", "tiny"),
    "properties.item": ("", "1", "2", "3"),
}


def cells_of(timelines):
    """Three periods by channel (web, shop; signals without one count nowhere)."""
    return Cells(np.array([3, 10, 20, 28], np.int64), 2, signal_codes=(timelines.code("channel") - 1).astype(np.int32))


def folded(fold, timelines, people=NO_BYTES):
    return fold.map(timelines, cells_of(timelines), people, END)


@every_fold
@settings(max_examples=50)
@given(people=some_people, data=st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, fold, people, data):
    whole = small_timelines(people, WORDS)
    part = {owner: data.draw(st.integers(0, 2)) for owner in people}
    a, b, c = (folded(fold, shard(whole, [o for o in people if part[o] == number])).summary for number in range(3))
    assert (a + b) + c == folded(fold, whole).summary
    assert c + (b + a) == folded(fold, whole).summary
    assert add_all([a, b, c]) == folded(fold, whole).summary


@every_fold
@settings(max_examples=50)
@given(people=some_people, data=st.data())
def test_masks_and_skips_leave_people_out(small_timelines, shard, fold, people, data):
    chosen = [owner for owner in people if data.draw(st.booleans())]
    whole = small_timelines(people, WORDS)
    mask = np.array([owner in chosen for owner in sorted(people)], np.uint8)
    expected = folded(fold, shard(whole, chosen)).summary
    masked = folded(fold, whole, mask)
    skipped = folded(fold, small_timelines(people, WORDS, skip=[o for o in people if o not in chosen]))
    assert masked.summary == expected
    assert skipped.summary == expected
    assert set(masked.outcomes[mask == 0].tolist()) <= {-1}
    assert masked.outcomes.tolist() == skipped.outcomes.tolist()


@dataclasses.dataclass(frozen=True, eq=False)
class Most(Counts):
    """Counts of which the largest stays."""

    counts: np.ndarray

    def __add__(self, other):
        return Most(np.maximum(self.counts, other.counts))


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 7])
def test_summaries_that_add_in_a_way_of_their_own_keep_it(parts):
    assert add_all([Most(np.array([number, -number])) for number in range(parts)]).counts.tolist() == [parts - 1, 0]


def test_sums_of_many_are_refused_as_those_of_two_are():
    most = np.array([2**62, 1])
    assert add_all([most, -most, most]).tolist() == most.tolist()
    with pytest.raises(BadInput, match="64 bits"):
        add_all([most] * 3)


@every_fold
def test_nobody_gives_a_summary_of_zeros(small_timelines, fold):
    nobody = folded(fold, small_timelines({}, WORDS))
    somebody = folded(fold, small_timelines({5: [(4, "start", {"channel": "web"})]}, WORDS))
    assert nobody.summary + somebody.summary == somebody.summary
    assert nobody.outcomes.size == 0


@every_fold
def test_summaries_hold_only_int64(small_timelines, fold):
    summary = folded(fold, small_timelines({5: [(4, "start", {"channel": "web"})]}, WORDS)).summary
    arrays = [getattr(summary, field.name) for field in dataclasses.fields(summary)]
    assert all(array.dtype == np.int64 for array in arrays if isinstance(array, np.ndarray))
