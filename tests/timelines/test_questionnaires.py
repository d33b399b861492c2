"""Questionnaire scores against a slow reader."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.model.rules import Condition, EventRule
from touchpath.stats.scores import sus_points
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.questionnaires import SUS, Scores, ScoringKey

DAY = 86_400_000_000


def item(number: int, high: int = 5) -> Question:
    rule = EventRule(("survey.answered",), (Condition("properties.question", "equals", f"q{number}"),))
    return Question(f"q{number}", "", rule, 1, high, "sus", "sus", number)


SUS_ITEMS = tuple(item(number) for number in range(1, 11))
#: Three items, the second reversed, one may be missing: enough to meet every rule often.
SHORT = ScoringKey("short", 3, 1, 5, frozenset({2}), 3, 1)
SHORT_ITEMS = SUS_ITEMS[:3]
EDGES = np.array([1, 3, 6], np.int64) * (DAY // 2)

fields = st.fixed_dictionaries(
    {"properties.question": st.sampled_from(["q1", "q2", "q3"]), "value": st.sampled_from([1, 2, 3, 4, 5, 7])},
    optional={"objects.response": st.sampled_from("ab")},
)
answers = st.tuples(st.integers(0, 7).map(lambda half: half * (DAY // 2)), st.just("survey.answered"), fields)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(answers, max_size=12), max_size=5)


def slow_responses(timeline):
    """[(time and place of the last answer, {item: rating})] of one person."""
    ordered = [s for s in sorted(timeline, key=lambda s: s[0]) if s[2]["value"] <= 5]
    responses = []
    for name in ("a", "b"):
        mine = [(place, s) for place, s in enumerate(ordered) if s[2].get("objects.response") == name]
        if mine:
            ratings = {s[2]["properties.question"]: s[2]["value"] for _, s in mine}
            responses.append(((mine[-1][1][0], mine[-1][0]), ratings))
    loose = None
    for place, (time, _, given_) in enumerate(ordered):
        if "objects.response" not in given_:
            question = given_["properties.question"]
            if loose is None or question in loose[1] or time - loose[2] > DAY:
                loose = [None, {}, time]
                responses.append(loose)
            loose[0] = (time, place)
            loose[1][question] = given_["value"]
    return sorted(((one[0], one[1]) for one in responses), key=lambda one: one[0])


@pytest.mark.parametrize("take", ["all", "first", "latest"])
@given(people=some_people)
def test_responses_are_scored_as_a_slow_reader_scores_them(small_timelines, take, people):
    folded = Scores(SHORT_ITEMS, SHORT, take).map(small_timelines(people), Cells(EDGES), NO_BYTES, 4 * DAY)
    counted, dropped, imputed, last = Counter(), Counter(), Counter(), {}
    for owner, timeline in people.items():
        scored = {0: [], 1: []}
        for (time, _), ratings in slow_responses(timeline):
            cell = next((c for c in range(2) if EDGES[c] <= time < EDGES[c + 1]), None)
            if cell is None:
                continue
            if len(ratings) < 2:
                dropped[cell] += 1
                continue
            given_ = [ratings.get(question, 3) for question in ("q1", "q2", "q3")]
            scored[cell].append((given_[0] - 1 + 5 - given_[1] + given_[2] - 1, len(ratings) < 3))
        for cell, mine in scored.items():
            for points, incomplete in mine if take == "all" else mine[:1] if take == "first" else mine[-1:]:
                counted[cell, points] += 1
                imputed[cell] += incomplete
                last[owner] = points
    for cell in range(2):
        assert folded.summary.points[cell].tolist() == [counted[cell, points] for points in range(13)]
        assert folded.summary.moments.cell(cell).y == sum(n * p for (where, p), n in counted.items() if where == cell)
        assert (folded.summary.dropped[cell], folded.summary.imputed[cell]) == (dropped[cell], imputed[cell])
    assert folded.outcomes.tolist() == [last.get(owner, -1) for owner in sorted(people)]


@given(st.lists(st.integers(1, 5), min_size=10, max_size=10))
def test_a_whole_sus_response_has_brookes_points(small_timelines, ratings):
    timeline = [
        (number, "survey.answered", {"properties.question": f"q{number}", "value": rating, "objects.response": "r1"})
        for number, rating in enumerate(ratings, 1)
    ]
    counts = Scores(SUS_ITEMS).map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary
    assert counts.moments.cell(0).y == sus_points(ratings)[0]
    assert SUS.most_points == 40


def test_ratings_off_the_scale_are_counted_and_count_as_missing(small_timelines):
    timeline = [
        (number, "survey.answered", {"properties.question": f"q{number}", "value": 9 if number < 3 else 4})
        for number in range(1, 11)
    ]
    counts = Scores(SUS_ITEMS).map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary
    assert (counts.off_scale[0], counts.imputed[0], counts.moments.cell(0).x) == (2, 1, 1)


@pytest.mark.parametrize("items", [SUS_ITEMS[:9], (*SUS_ITEMS[:9], SUS_ITEMS[0]), ()])
def test_a_questionnaire_with_missing_or_doubled_items_is_refused(items):
    with pytest.raises(BadInput, match="needs items 1 to 10, each once"):
        Scores(items)


def test_an_item_on_another_scale_is_refused():
    with pytest.raises(BadInput, match="'q4' runs from 1 to 7"):
        Scores(tuple(dataclasses.replace(q, high=7) if q.item == 4 else q for q in SUS_ITEMS))
