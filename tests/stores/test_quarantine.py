"""Refused records are kept once, found again in order, and go when they were mended."""

import itertools
import sqlite3
from contextlib import closing

import pytest

from touchpath.store.signals import Rejected
from touchpath.stores.quarantine import _OF_GROUP, QuarantineFile


@pytest.fixture
def quarantine(tmp_path):
    return QuarantineFile(tmp_path / "deep" / "quarantine.sqlite")


def refused(line: int, reason: str = "no time", place: str = "orders.csv") -> Rejected:
    return Rejected(place, line, reason, f'{{"order": {line}}}')


def test_nothing_is_kept_before_something_is(quarantine, tmp_path):
    assert (quarantine.rejected(), list(quarantine.replay("a")), quarantine.count(), quarantine.jobs()) == ([], [], 0, {})
    assert quarantine.forget(["user:1"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_records_are_kept_by_job_in_order_of_place_and_line(quarantine):
    quarantine.keep("b", [refused(1)])
    quarantine.keep("a", [refused(10), refused(9), refused(2, place="items.csv")])
    assert quarantine.rejected("a") == [refused(2, place="items.csv"), refused(9), refused(10)]
    assert [one.line for one in quarantine.rejected()] == [2, 9, 10, 1]
    assert quarantine.jobs() == {"a": 3, "b": 1}


def test_a_record_refused_again_is_kept_once_with_the_newest_reason(quarantine, tmp_path):
    quarantine.keep("a", [refused(1), refused(2)])
    QuarantineFile(tmp_path / "deep" / "quarantine.sqlite").keep("a", [refused(1, "no zone")])
    assert [one.reason for one in quarantine.rejected("a")] == ["no zone", "no time"]


def test_reading_is_bounded_and_replay_is_not(quarantine):
    quarantine.keep("a", (refused(line) for line in range(25)))
    assert len(quarantine.rejected("a", limit=10)) == 10
    assert quarantine.count("a") == quarantine.count() == 25
    assert [one.line for one in itertools.islice(quarantine.replay("a"), 20, 23)] == [20, 21, 22]


def test_the_records_of_one_reason_are_found_without_reading_the_others(quarantine, tmp_path):
    """With tens of thousands of records and hundreds of reasons, a page that shows some of each took half a minute."""
    quarantine.keep("a", [refused(n, "no time" if n % 2 else f"no zone {'x' * n}") for n in range(20)])
    assert [one.line for one in quarantine.of_group("a", "no time", limit=3)] == [1, 3, 5]
    assert len(list(quarantine.of_group("a"))) == 20
    with closing(sqlite3.connect(tmp_path / "deep" / "quarantine.sqlite")) as database:
        plan = str(database.execute(f"EXPLAIN QUERY PLAN {_OF_GROUP}", ("a", "no time", 3)).fetchall())
    assert "rejected_by_pattern" in plan
    assert "TEMP B-TREE" not in plan


def test_mended_records_go_while_they_are_replayed(quarantine):
    quarantine.keep("a", [refused(1), refused(2), refused(3)])
    for one in quarantine.replay("a"):
        if one.line != 2:
            quarantine.release("a", [one])
    assert quarantine.rejected() == [refused(2)]


def test_what_a_record_says_is_never_a_statement(quarantine):
    odd = Rejected("a'; DROP TABLE rejected; --", 1, "%", "x\x00ü\U0001f600")
    quarantine.keep("job'", [odd])
    assert quarantine.rejected("job'") == [odd]


@pytest.mark.parametrize(
    ("record", "gone"),
    [
        ('{"actor": "user:9"}', True),
        ('{"actor": "user:99"}', False),
        ("9;page", False),
        ("customer-12345;page", True),
        ("customer-123456;page", False),
    ],
)
def test_only_records_that_name_a_person_are_erased(quarantine, record, gone):
    quarantine.keep("a", [Rejected("f", 1, "why", record)])
    assert quarantine.forget(["user:9", "external:customer-12345"]) == int(gone)
