"""Answers on their way: looked at, stopped, given up when nobody looks, and never seen by whoever asks something else."""

from __future__ import annotations

import threading

import pytest

from touchpath.model.errors import Cancelled, TooMany
from touchpath.services.runs import LAPSE_SECONDS, Runs
from touchpath.timelines.stopping import nobody_waits, watcher


def test_an_answer_is_given_to_whoever_asks_the_same_and_to_nobody_else() -> None:
    runs = Runs()
    run = runs.begin("mine", lambda: 42)
    assert run.answer.result(5) == 42
    assert runs.find(run.id, "mine") is run
    assert runs.find(run.id, "yours") is None


def test_what_is_stopped_ends_at_the_next_shard_and_says_so() -> None:
    runs, began, go = Runs(), threading.Event(), threading.Event()

    def ask() -> int:
        began.set()
        go.wait(5)
        if nobody_waits():
            raise Cancelled("The query was cancelled.")
        return 1

    run = runs.begin("x", ask)
    assert began.wait(5)
    runs.stop(run.id)
    go.set()
    with pytest.raises(Cancelled):
        run.answer.result(5)


def test_a_run_that_nobody_looks_at_wants_no_answer() -> None:
    now = [0.0]
    runs, go = Runs(clock=lambda: now[0]), threading.Event()
    run = runs.begin("x", lambda: go.wait(5))
    now[0] = LAPSE_SECONDS - 1
    run.look()
    now[0] = 2 * LAPSE_SECONDS - 2
    assert not run.wants_none()
    now[0] = 2 * LAPSE_SECONDS
    assert run.wants_none()
    go.set()
    run.answer.result(5)


def test_how_far_it_has_come_is_told_by_shards() -> None:
    def ask() -> None:
        one = watcher()
        assert one is not None
        one.planned(4)
        one.read()

    run = Runs().begin("x", ask)
    run.answer.result(5)
    assert run.share == 0.25


def test_too_many_at_once_are_refused_and_those_that_are_over_do_not_count() -> None:
    go, runs = threading.Event(), Runs(at_once=1, most=1)
    waiting = [runs.begin(number, lambda: go.wait(5)) for number in range(2)]
    with pytest.raises(TooMany):
        runs.begin("third", lambda: 1)
    go.set()
    for run in waiting:
        run.answer.result(5)
    assert runs.begin("third", lambda: 1).answer.result(5) == 1


def test_an_error_is_the_answer_and_costs_the_next_run_nothing() -> None:
    runs = Runs(at_once=1)

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        runs.begin("x", fail).answer.result(5)
    assert runs.begin("x", lambda: 2).answer.result(5) == 2


def test_a_server_that_stops_waits_for_no_answer_and_begins_none() -> None:
    runs, begun = Runs(), threading.Event()

    def ask() -> str:
        begun.set()
        while not nobody_waits():
            threading.Event().wait(0.005)
        return "stopped"

    run = runs.begin("q", ask)
    assert begun.wait(5)
    runs.close()
    assert run.answer.result(5) == "stopped"
    with pytest.raises(TooMany, match="stops just now"):
        runs.begin("q", ask)
