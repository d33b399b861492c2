"""Answers are kept for one version, worked out once however many ask, and never mixed between versions."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import Cancelled, Missing
from touchpath.services.kept_answers import MOST_KEPT, KeptAnswers

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def visits(start: int, end: int):
    return [Signal("test", str(n), "page.viewed", START + timedelta(minutes=n), (f"user:{n}",)) for n in range(start, end)]


def test_a_question_that_many_ask_at_once_is_answered_once():
    answers, calls, begun, go = KeptAnswers(), [], threading.Event(), threading.Event()

    def ask() -> str:
        calls.append(1)
        begun.set()
        assert go.wait(30)
        return "42"

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(answers.get, 1, "question", ask)
        assert begun.wait(30)
        others = [pool.submit(answers.get, 1, "question", ask) for _ in range(7)]
        go.set()
        assert [found.result() for found in (first, *others)] == ["42"] * 8
    assert len(calls) == 1


def test_an_error_reaches_who_asked_and_is_not_kept():
    answers = KeptAnswers()

    def fail() -> str:
        raise Missing("no signals yet")

    with pytest.raises(Missing, match="no signals yet"):
        answers.get(1, "question", fail)
    assert answers.get(1, "question", lambda: "now there are") == "now there are"


def test_answers_of_an_older_version_are_dropped_and_a_late_one_is_not_kept():
    answers = KeptAnswers()
    assert answers.get(1, "question", lambda: answers.get(2, "other", lambda: "new")) == "new"
    assert answers.get(2, "question", lambda: "of version 2") == "of version 2"
    assert answers.get(2, "other", lambda: "again") == "new"


def test_no_more_answers_are_kept_than_there_is_room_for():
    answers = KeptAnswers()
    for query in range(MOST_KEPT + 1):
        answers.get(1, query, lambda: "kept")
    assert answers.get(1, MOST_KEPT, lambda: "asked again") == "kept"
    assert answers.get(1, 0, lambda: "asked again") == "asked again"


@pytest.fixture
def folder(tmp_path):
    create_workspace(tmp_path / "shop")
    return tmp_path / "shop"


def test_two_open_workspaces_take_turns_at_writing_and_both_see_all(folder):
    server, terminal = open_workspace(folder), open_workspace(folder)
    server.record(visits(0, 3))
    assert server.platform.measure("active_people").total.value == 3
    terminal.record(visits(3, 5))
    server.record(visits(5, 6))
    for workspace in (server, terminal):
        found = workspace.platform.measure("active_people").total
        assert (found.value, found.data_version) == (6, "lake 3, model 0")
        assert len(workspace.platform.find_people("user")) == 6
        workspace.close()


def test_one_answer_reads_one_version_while_signals_come_in(folder):
    """Every day has as many people as the whole: total and readings must agree although another thread writes."""
    workspace, stop = open_workspace(folder), threading.Event()
    workspace.record(visits(0, 5))

    def write() -> None:
        number = 5
        while not stop.is_set():
            workspace.record(visits(number, number + 5))
            number += 5

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            found = workspace.platform.measure("active_people", grain="year")
            assert found.total.value == found.readings[0].number.value
            assert found.total.data_version == found.readings[0].number.data_version
    finally:
        stop.set()
        writer.join()
        workspace.close()


def test_small_files_are_merged_and_readers_go_on(folder):
    writer, reader = open_workspace(folder), open_workspace(folder)
    for number in range(40):
        writer.record(visits(number, number + 1))
        if number % 10 == 0:
            assert reader.platform.measure("active_people").total.value == number + 1
    assert writer.signals.fragments < 20
    assert reader.platform.measure("active_people").total.value == 40
    assert sum(found.signals for found in reader.platform.find_people("user", 100)) == 40
    writer.close()
    reader.close()


def test_who_waits_for_the_same_is_answered_although_the_first_to_ask_went_away():
    answers, begun, go = KeptAnswers(), threading.Event(), threading.Event()

    def gives_up() -> str:
        begun.set()
        assert go.wait(30)
        raise Cancelled("The query was cancelled.")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.get, 1, "question", gives_up)
        assert begun.wait(30)
        second = pool.submit(answers.get, 1, "question", lambda: "42")
        go.set()
        with pytest.raises(Cancelled):
            first.result(30)
        assert second.result(30) == "42"
