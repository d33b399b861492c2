"""Answers against a slow reader, and the rules of docs/definitions/answers.md."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.answers import ABOVE, BELOW, MIDDLE, Answers, BandedAnswers, bands
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.kernels import bucket_of

ASKED = EventRule(("survey.answered",), (Condition("properties.question", "equals", "csat"),))
CSAT = Question("csat", "Satisfied?", ASKED, 1, 5, "customer_satisfaction")
EDGES = np.array([3, 10, 20], np.int64)

fields = st.fixed_dictionaries(
    {"properties.question": st.sampled_from(["csat", "csat", "csat", "nps"])},
    optional={"value": st.sampled_from([0, 1, 2, 3, 4, 5, 6, 2.5]), "channel": st.sampled_from(["web", "shop"])},
)
signals = st.tuples(st.integers(0, 22), st.sampled_from(["survey.answered"] * 3 + ["page.viewed"]), fields)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=10), max_size=6)


def in_cell(time, fields):
    """Period * 2 + channel, or None."""
    channel = {"web": 0, "shop": 1}.get(fields.get("channel"))
    period = next((k for k in range(2) if EDGES[k] <= time < EDGES[k + 1]), None)
    return None if channel is None or period is None else period * 2 + channel


def slow_answers(timeline, take):
    """[(cell, rating)] of one person, in time order."""
    rated = [
        (in_cell(time, fields), int(fields["value"]))
        for time, kind, fields in sorted(timeline, key=lambda s: s[0])
        if kind == "survey.answered" and fields["properties.question"] == "csat" and fields.get("value") in (1, 2, 3, 4, 5)
    ]
    rated = [(cell, rating) for cell, rating in rated if cell is not None]
    by_period = [[answer for answer in rated if answer[0] // 2 == period] for period in range(2)]
    if take == "all":
        return rated
    return [answers[0 if take == "first" else -1] for answers in by_period if answers]


@pytest.mark.parametrize("take", ["all", "first", "latest"])
@given(people=some_people)
def test_answers_are_counted_as_a_slow_reader_counts_them(small_timelines, take, people):
    timelines = small_timelines(people, {"channel": ("", "web", "shop")})
    cells = Cells(EDGES, 2, signal_codes=(timelines.code("channel") - 1).astype(np.int32))
    folded = Answers(CSAT, take).map(timelines, cells, NO_BYTES, 22)
    kept = {owner: slow_answers(timeline, take) for owner, timeline in people.items()}
    spread = Counter((cell, bucket_of(owner), rating) for owner, answers in kept.items() for cell, rating in answers)
    expected = np.zeros((4, 64, 5), np.int64)
    for (cell, bucket, rating), number in spread.items():
        expected[cell, bucket, rating - 1] = number
    assert np.array_equal(folded.summary.buckets, expected)
    for cell in range(4):
        mine = [[rating for where, rating in answers if where == cell] for answers in kept.values()]
        ratio = folded.summary.moments.cell(cell)
        assert (ratio.x, ratio.y) == (sum(map(len, mine)), sum(map(sum, mine)))
        assert (ratio.xx, ratio.yy) == (sum(len(m) ** 2 for m in mine), sum(sum(m) ** 2 for m in mine))
    assert folded.outcomes.tolist() == [kept[owner][-1][1] - 1 if kept[owner] else -1 for owner in sorted(people)]


def answered(*values, at=None):
    times = at or range(len(values))
    question = {"properties.question": "csat"}
    return [
        (time, "survey.answered", question | ({} if value is None else {"value": value}))
        for time, value in zip(times, values, strict=True)
    ]


def test_answers_off_the_scale_are_counted_apart(small_timelines):
    counts = Answers(CSAT, "all").map(small_timelines({1: answered(0, 1, 5, 6, 2.5, None)}), one_cell(), NO_BYTES, 9).summary
    assert counts.scores.tolist() == [[1, 0, 0, 0, 1]]
    assert (counts.off_scale[0], counts.unrated[0]) == (3, 1)


def test_a_wrong_latest_answer_does_not_hide_the_right_one_before_it(small_timelines):
    counts = Answers(CSAT).map(small_timelines({1: answered(4, 9)}), one_cell(), NO_BYTES, 9).summary
    assert counts.scores.tolist() == [[0, 0, 0, 1, 0]]


def test_of_answers_at_one_time_the_one_stored_last_is_the_latest(small_timelines):
    timelines = small_timelines({1: answered(2, 5, at=[3, 3])})
    assert Answers(CSAT).map(timelines, one_cell(), NO_BYTES, 9).outcomes.tolist() == [4]


def test_an_unknown_way_of_taking_answers_is_refused(small_timelines):
    with pytest.raises(BadInput, match="all, first, latest, but 'newest' came"):
        Answers(CSAT, "newest").map(small_timelines({1: answered(2)}), one_cell(), NO_BYTES, 9)


@pytest.mark.parametrize(
    ("low", "high", "ends"), [(0, 10, (6, 9)), (1, 5, (1, 3)), (1, 7, (1, 5)), (1, 4, (1, 2)), (1, 3, (0, 2)), (1, 2, (0, 1))]
)
def test_the_ends_of_a_scale(low, high, ends):
    assert bands(Question("q", "?", ASKED, low, high, "")) == ends


def test_people_fall_into_the_ends_and_the_middle_of_the_scale(small_timelines):
    timelines = small_timelines({rating: answered(rating) for rating in range(1, 6)} | {9: answered(None)})
    folded = BandedAnswers(Answers(CSAT)).map(timelines, one_cell(), NO_BYTES, 9)
    assert folded.outcomes.tolist() == [BELOW, BELOW, MIDDLE, ABOVE, ABOVE, -1]
    assert folded.summary == Answers(CSAT).map(timelines, one_cell(), NO_BYTES, 9).summary
