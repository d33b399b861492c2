"""The drainer goes on whatever a round meets, and gives the lake back after each."""

import sqlite3
import threading

import pytest

from touchpath.model.errors import Unavailable
from touchpath.services.drain import Drained
from touchpath.services.drainer import Drainer, run_all


class Lake:
    fragments = 0

    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


class Rounds:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)

    def round(self):
        outcome = self.outcomes.pop(0) if self.outcomes else Drained()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.mark.parametrize("fault", [Unavailable("busy"), OSError(28, "no space"), sqlite3.OperationalError("disk is full")])
def test_a_round_that_fails_is_tried_again_later(fault):
    now, lake = [0.0], Lake()
    drainer = Drainer(Rounds(fault, Drained(3, 30)), lake, lambda: now[0])
    assert drainer.step() is False
    assert drainer.step() is False
    now[0] = 2.0
    assert drainer.step() is True
    drainer.finish()
    assert lake.closed >= 2


def test_an_empty_spool_is_looked_at_again_soon_and_a_full_one_not_at_once():
    now, lake = [0.0], Lake()
    rounds = Rounds(Drained(1, 1), Drained(1, 1), Drained())
    drainer = Drainer(rounds, lake, lambda: now[0])
    assert drainer.step() is True
    assert drainer.step() is False
    now[0] = 0.5
    assert drainer.step() is True
    now[0] = 1.0
    assert drainer.step() is False
    assert rounds.outcomes == []
    drainer.finish()


def test_draining_stops_when_told_and_gives_every_lake_back():
    stop, lakes = threading.Event(), [Lake(), Lake()]
    stop.set()
    run_all([Drainer(Rounds(), lake) for lake in lakes], stop)
    assert [lake.closed for lake in lakes] == [1, 1]
