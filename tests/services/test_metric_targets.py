"""Targets: kept with their history, and judged only by a whole interval on one side."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_in_memory import RecordsInMemory

from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.metric_targets import KeptTarget, MetricTarget, MetricTargets
from touchpath.services.results import MetricWords

WORDS = MetricWords("task_success", "Task success", "?", "UX", "share", "higher", "", "", "", (), "task")
WANTED = MetricTarget("task_success", "checkout", 0.8, date(2026, 6, 30), "as promised")
SHARE = (0.0, 1.0)


@pytest.fixture
def targets():
    return MetricTargets(RecordsInMemory())


def test_a_target_replaces_the_one_before_and_both_stay_in_the_history(targets):
    targets.set(WANTED, WORDS, SHARE, "ana")
    kept = targets.set(replace(WANTED, value=0.85, why=""), WORDS, SHARE, "ben")
    assert (kept.target.value, kept.member, kept.revision, kept.better) == (0.85, "ben", 2, "higher")
    assert [one.target.value for one in targets.history("task_success", "checkout")] == [0.85, 0.8]
    assert targets.list() == (kept,)


def test_a_target_that_is_dropped_is_aimed_at_no_more_and_can_be_set_again(targets):
    targets.set(WANTED, WORDS, SHARE, "ana")
    assert targets.drop("task_success", "checkout", "ana").target == WANTED
    assert targets.list() == ()
    with pytest.raises(Missing, match="no target of 'task_success' of checkout"):
        targets.drop("task_success", "checkout", "ana")
    assert targets.set(WANTED, WORDS, SHARE, "ana").revision == 3
    assert len(targets.history("task_success", "checkout")) == 2


def test_targets_that_are_due_come_before_the_others(targets):
    targets.set(replace(WANTED, subject="a", due=None), WORDS, SHARE, "ana")
    targets.set(replace(WANTED, subject="b"), WORDS, SHARE, "ana")
    targets.set(replace(WANTED, subject="c", due=date(2026, 1, 1)), WORDS, SHARE, "ana")
    assert [one.target.subject for one in targets.list()] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("changes", "better", "said"),
    [
        ({"value": 80.0}, "higher", "Write shares as 0.45, not 45"),
        ({"value": float("nan")}, "higher", "but nan came"),
        ({}, "neither", "can have no target"),
        ({"why": "x" * 501}, "higher", "'why' has up to 500"),
        ({"why": "a\nb"}, "higher", "'why' has up to 500"),
    ],
)
def test_a_target_that_cannot_be_reached_or_judged_is_refused(targets, changes, better, said):
    with pytest.raises(BadInput, match=said):
        targets.set(replace(WANTED, **changes), replace(WORDS, better=better), SHARE, "ana")
    assert targets.list() == ()


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["higher", "lower"]))
def test_only_a_whole_interval_on_one_side_decides(one, other, value, better):
    low, high = sorted((one, other))
    kept = KeptTarget(MetricTarget("m", "", value), better, 1, "ana", None)
    standing = kept.standing(Estimate((low + high) / 2, low, high, 100, "people"))
    beyond = low >= value if better == "higher" else high <= value
    short = high < value if better == "higher" else low > value
    assert standing == ("met" if beyond else "missed" if short else "undecided")
    assert kept.standing(Undefined("too few", 3, "people")) == "unknown"
