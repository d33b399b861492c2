"""Questionnaire scores against a slow reader."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from short_form import short_form

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.model.rules import Condition, EventRule
from touchpath.stats.questionnaires import QUESTIONNAIRES, score_items
from touchpath.stats.reliability import alpha_from_sums
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.questionnaires import Scores

DAY = 86_400_000_000


def item(number: int, high: int = 5) -> Question:
    rule = EventRule(("survey.answered",), (Condition("properties.question", "equals", f"q{number}"),))
    return Question(f"q{number}", "", rule, 1, high, "sus", "sus", number)


SUS_ITEMS = tuple(item(number) for number in range(1, 11))
SUS = QUESTIONNAIRES["sus"]
SHORT = short_form(1, 5)
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
        here = {points: n for (where, points), n in counted.items() if where == cell}
        moments = folded.summary.moments.cell(cell)
        assert (moments.x, moments.y) == (sum(here.values()), sum(n * points for points, n in here.items()))
        assert (folded.summary.dropped[cell], folded.summary.imputed[cell]) == (dropped[cell], imputed[cell])
    assert folded.outcomes.tolist() == [last.get(owner, -1) for owner in sorted(people)]


@given(st.lists(st.integers(1, 5), min_size=10, max_size=10))
def test_a_whole_sus_response_has_brookes_points(small_timelines, ratings):
    timeline = [
        (number, "survey.answered", {"properties.question": f"q{number}", "value": rating, "objects.response": "r1"})
        for number, rating in enumerate(ratings, 1)
    ]
    counts = Scores.of(SUS, "sus", SUS_ITEMS).map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary
    assert counts.moments.cell(0).y * 2.5 == score_items(SUS, ["sus"], ratings)["sus"]
    assert counts.straight[0] == (len(set(ratings)) == 1)


def test_ratings_off_the_scale_are_counted_and_count_as_missing(small_timelines):
    timeline = [
        (number, "survey.answered", {"properties.question": f"q{number}", "value": 9 if number < 3 else 4})
        for number in range(1, 11)
    ]
    counts = Scores.of(SUS, "sus", SUS_ITEMS).map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary
    assert (counts.off_scale[0], counts.imputed[0], counts.moments.cell(0).x) == (2, 1, 1)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (SUS_ITEMS[:9], "'sus' is asked as a whole; item 10 is missing"),
        ((*SUS_ITEMS[:9], SUS_ITEMS[0]), r"Item 1 of 'sus' is asked twice \(asked as q1, q1\)"),
        ((*SUS_ITEMS, item(11)), "'sus' has items 1 to 10, but 'item' is 11"),
        ((), "missing: 1, 2, 3"),
    ],
)
def test_a_questionnaire_with_missing_or_doubled_items_is_refused(items, said):
    with pytest.raises(BadInput, match=said):
        Scores.of(SUS, "sus", items)


def test_an_item_on_another_scale_is_refused():
    with pytest.raises(BadInput, match=r"scale of 1 to 5, but its scale runs from 1 to 7 \(asked as q4\)"):
        Scores.of(SUS, "sus", tuple(dataclasses.replace(q, high=7) if q.item == 4 else q for q in SUS_ITEMS))


def test_a_scale_whose_items_are_not_asked_is_refused():
    ueq = QUESTIONNAIRES["ueq"]
    perspicuity = tuple(item(number, high=7) for number in ueq.scale("ueq_perspicuity").items)
    assert len(Scores.of(ueq, "ueq_perspicuity", perspicuity).items) == 4
    with pytest.raises(BadInput, match="'UEQ novelty' of 'ueq' is not asked as a whole; missing: 3, 10, 15, 26"):
        Scores.of(ueq, "ueq_novelty", perspicuity)


def answered(ratings):
    """One response, from {item: rating}."""
    return [
        (place, "survey.answered", {"properties.question": f"q{number}", "value": rating, "objects.response": "r"})
        for place, (number, rating) in enumerate(ratings.items())
    ]


def ueq_items():
    return tuple(item(number, high=7) for number in range(1, 27))


@given(st.lists(st.one_of(st.none(), st.integers(1, 7)), min_size=26, max_size=26))
def test_ueq_scales_agree_with_the_mean_of_the_answered_items(small_timelines, ratings):
    ueq = QUESTIONNAIRES["ueq"]
    reverse = {3, 4, 5, 9, 10, 12, 17, 18, 19, 21, 23, 24, 25}
    timeline = answered({number: rating for number, rating in enumerate(ratings, 1) if rating})
    for scale, numbers in (("ueq_attractiveness", (1, 12, 14, 16, 24, 25)), ("ueq_novelty", (3, 10, 15, 26))):
        given_ = [(4 - x if n in reverse else x - 4) for n, x in enumerate(ratings, 1) if x and n in numbers]
        fold = Scores.of(ueq, scale, ueq_items())
        moments = fold.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary.moments.cell(0)
        if 2 * len(given_) >= len(numbers):
            assert (moments.x, fold.key.score(moments.y)) == (1, pytest.approx(sum(given_) / len(given_)))
        else:
            assert moments.x == 0


def test_weights_of_the_task_load_index_are_asked_as_items(small_timelines):
    # The worked example of the manual, as recalled: 640 / 15 = 42.67.
    tlx = QUESTIONNAIRES["nasa_tlx"]
    asked = tuple(dataclasses.replace(item(n, high=100 if n < 7 else 5), low=0) for n in range(1, 13))
    fold = Scores.of(tlx, "nasa_tlx_weighted", asked)
    right = dict(enumerate([30, 15, 60, 40, 30, 40, 3, 0, 5, 1, 3, 3], 1))
    people = {1: answered(right), 2: answered(right | {12: 4}), 3: answered({n: x for n, x in right.items() if n != 2})}
    counts = fold.map(small_timelines(people), one_cell(), NO_BYTES, 99).summary
    assert (counts.moments.cell(0).x, counts.dropped[0]) == (1, 2)
    assert fold.key.score(counts.moments.cell(0).y) == pytest.approx(640 / 15)
    raw = Scores.of(tlx, "nasa_tlx", asked).map(small_timelines(people), one_cell(), NO_BYTES, 99).summary
    assert (raw.moments.cell(0).x, raw.imputed[0], raw.dropped[0]) == (3, 1, 0)


def test_careless_ueq_responses_are_counted_and_kept(small_timelines):
    ueq = QUESTIONNAIRES["ueq"]
    people = {
        1: answered(dict.fromkeys(range(1, 27), 4)),  # 26 alike
        2: answered(dict.fromkeys(range(1, 27), 7)),  # alike, and contradicting itself on every scale
        3: answered({n: 6 if n not in (3, 4, 5, 9, 10, 12, 17, 18, 19, 21, 23, 24, 25) else 2 for n in range(1, 27)}),
        4: answered({n: 1 + n % 7 for n in range(1, 27)}),
    }
    counts = Scores.of(ueq, "ueq_attractiveness", ueq_items()).map(small_timelines(people), one_cell(), NO_BYTES, 99).summary
    assert (counts.moments.cell(0).x, counts.straight[0], counts.doubtful[0]) == (4, 2, 3)


def test_alpha_can_be_told_from_the_sums(small_timelines):
    # The 8 x 4 worked example of the reference vectors, as four of the SUS's odd items would be summed.
    rows = [[4, 5, 4, 3], [3, 3, 4, 2], [5, 5, 5, 4], [2, 3, 2, 2], [4, 4, 3, 4], [1, 2, 2, 1], [5, 4, 5, 5], [3, 4, 3, 3]]
    visawi = QUESTIONNAIRES["visawi_s"]
    people = {owner: answered(dict(enumerate(row, 1))) for owner, row in enumerate(rows)}
    fold = Scores.of(visawi, "visawi_s", tuple(item(number, high=7) for number in range(1, 5)))
    counts = fold.map(small_timelines(people), one_cell(), NO_BYTES, 99).summary
    sums = [(int(total), int(squares)) for total, squares in counts.spread[0]]
    assert alpha_from_sums(int(counts.complete[0]), sums) == pytest.approx(0.94223724993, abs=1e-9)
