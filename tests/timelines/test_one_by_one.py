"""What counts one by one: the same as the folds count, each with the account that it names or that its person has alone."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.experience import Question, Task
from touchpath.model.rules import EventRule
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.attempts import SUCCEEDED
from touchpath.timelines.one_by_one import ACCOUNT, PERSON, POINTS, TIMES, ByAccount
from touchpath.timelines.tasks import Attempts

NPS = Question("nps", "", EventRule(("answered",)), 0, 10, "nps")
TASK = Task("t", "", EventRule(("start",)), EventRule(("done",)), limit=timedelta(microseconds=5))
WORDS = {"kind": ("", "start", "done", "answered"), "account": ("", "acme", "tiny"), "channel": ("", "web", "shop")}
END = 30

fields = st.fixed_dictionaries(
    {},
    optional={
        "value": st.integers(-1, 11),
        "account": st.sampled_from(["acme", "tiny"]),
        "channel": st.sampled_from(["web", "shop"]),
        "objects.thing": st.sampled_from("ab"),
    },
)
signals = st.tuples(st.integers(0, END), st.sampled_from(["start", "done", "answered"]), fields)
some_people = st.dictionaries(st.integers(1, 2**60), st.lists(signals, max_size=10), min_size=1, max_size=6)


def cells_of(timelines):
    return Cells(np.array([3, 10, 28], np.int64), 2, signal_codes=(timelines.code("channel") - 1).astype(np.int32))


@settings(max_examples=80)
@given(people=some_people)
def test_answers_one_by_one_add_up_to_what_the_fold_counts(small_timelines, people):
    timelines = small_timelines(people, WORDS)
    cells = cells_of(timelines)
    counts = Answers(NPS).map(timelines, cells, NO_BYTES, END).summary
    rows = ByAccount(Answers(NPS)).map(timelines, cells, NO_BYTES, END).summary
    for cell in range(cells.count):
        mine, ratio = rows.of(cell), counts.moments.cell(cell)
        assert (mine[:, TIMES].sum(), (mine[:, POINTS] * mine[:, TIMES]).sum()) == (ratio.x, ratio.y)
        assert np.unique(mine[:, PERSON]).size == ratio.people


@pytest.mark.parametrize("task", [TASK, dataclasses.replace(TASK, same="thing")], ids=["alone", "with objects"])
@settings(max_examples=80)
@given(people=some_people)
def test_attempts_one_by_one_add_up_to_what_the_fold_counts(small_timelines, task, people):
    timelines = small_timelines(people, WORDS)
    cells = cells_of(timelines)
    counts = Attempts(task).map(timelines, cells, NO_BYTES, END).summary
    rows = ByAccount(Attempts(task)).map(timelines, cells, NO_BYTES, END).summary
    for cell in range(cells.count):
        mine, ratio = rows.of(cell), counts.success.cell(cell)
        assert (mine[:, TIMES].sum(), mine[mine[:, POINTS] == SUCCEEDED, TIMES].sum()) == (ratio.x, ratio.y)


@settings(max_examples=80)
@given(people=some_people)
def test_each_answer_has_the_account_of_a_slow_reader(small_timelines, people):
    rows = ByAccount(Answers(NPS, "all")).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, END).summary.rows
    expected = []
    for person, timeline in people.items():
        named = {fields["account"] for _, _, fields in timeline if "account" in fields}
        alone = named.pop() if len(named) == 1 else ""
        for _, kind, fields in timeline:
            if kind == "answered" and 0 <= fields.get("value", -1) <= 10:
                account = WORDS["account"].index(fields.get("account", alone))
                expected.append((account, person, fields["value"]))
    found = [(int(row[ACCOUNT]), int(row[PERSON]), int(row[POINTS])) for row in rows for _ in range(row[TIMES])]
    assert sorted(found) == sorted(expected)
