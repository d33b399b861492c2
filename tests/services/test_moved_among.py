"""What the home page calls moved: chosen among all that were compared, so that little of it is chance."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.metrics.catalogue import METRICS
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.time import Period
from touchpath.services.measure import words_of
from touchpath.services.overview import moved_among
from touchpath.services.results import Measurement
from touchpath.stats.multiple import benjamini_hochberg

START = datetime(2026, 1, 5, tzinfo=UTC)
TASKS = 30
MODEL = "format: touchpath-model/1\nbrand: {id: desk, title: Desk}\ntasks:\n" + "".join(
    f"  - {{id: t{n}, title: Task {n}, start: {{kind: start.{n}}}, success: {{kind: done.{n}}}, limit: 1h}}\n"
    for n in range(TASKS)
)


def facts():
    """Thirty tasks of which chance alone moves a few, and one (the last) that got worse in the last whole week."""
    draw = np.random.default_rng(11)
    for week in range(5):
        for task in range(TASKS):
            rate = 0.3 if (task, week) == (TASKS - 1, 3) else 0.7
            for attempt in range(60 if week < 4 else 3):
                at, who = START + timedelta(weeks=week, hours=2 * attempt), (f"user:{week}-{task}-{attempt}",)
                yield Signal("t", f"s{week}-{task}-{attempt}", f"start.{task}", at, who)
                if draw.random() < rate:
                    yield Signal("t", f"d{week}-{task}-{attempt}", f"done.{task}", at + timedelta(minutes=5), who)


def told(p: float | None, name: str) -> Measurement:
    change = Comparison("difference", 0.1, 0.01, 0.19, 0.95, "share", "", None if p is None or p > 0.05 else "up")
    words = replace(words_of(METRICS["task_success"]), id=name)
    return Measurement(words, "", Undefined("none", 0), (), change, Period(START, START + timedelta(1)), "1", change_p=p)


def test_chance_moves_some_of_many_and_the_home_page_names_what_stands(tmp_path):
    create_workspace(tmp_path / "desk", "Desk")
    with closing(open_workspace(tmp_path / "desk")) as workspace:
        workspace.models.apply(MODEL, "me", "first")
        workspace.record(facts())
        measured = [workspace.platform.measure("task_success", f"t{n}", grain="week") for n in range(TASKS)]
    alone = [one for one in measured if one.change.changed]
    assert len(alone) > 1  # Chance did move some, each looked at alone ...
    assert [one.subject for one in moved_among(measured)] == [f"t{TASKS - 1}"]  # ... and only the one that was made worse stands.
    for one in measured:
        assert (one.change_p is not None) == (one.change.changed is not None)
        assert one.change_p is None or one.change_p <= 0.05


def test_what_stands_is_what_benjamini_and_hochberg_leave():
    ps = [0.001, 0.008, 0.039, 0.041, None, None, 0.06, None]
    expected = [p for p, adjusted in zip(ps, benjamini_hochberg([p or 1.0 for p in ps]), strict=True) if adjusted <= 0.05]
    found = [one.change_p for one in moved_among([told(p, str(place)) for place, p in enumerate(ps)])]
    assert found == expected == [0.001, 0.008]
    assert moved_among([]) == []


@pytest.mark.parametrize("count", [1, 40])
def test_one_change_among_many_that_did_not_move_has_to_be_surer(count):
    stands = moved_among([told(0.02, "moved"), *(told(None, str(n)) for n in range(count - 1))])
    assert len(stands) == (1 if count == 1 else 0)
