"""Snapshots stay as they were taken, and tell what has changed since."""

from __future__ import annotations

import pytest

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.snapshots import SnapshotService, changes_since
from touchpath.stores.records import open_records

QUERY = {"query": "volume", "of": ["order.placed", "cart.added"]}


@pytest.fixture
def snapshots(tmp_path):
    records = open_records(tmp_path / "records.sqlite")
    yield SnapshotService(records)
    records.close()


def test_a_snapshot_is_read_as_it_was_taken(snapshots, company):
    answer = company.platform.ask(QUERY)
    taken = snapshots.take("q1", QUERY, answer, "ann", "review")
    assert (taken.member, taken.why, taken.document) == ("ann", "review", QUERY)
    assert taken.answer["data_version"] == answer.data_version
    assert snapshots.show("q1") == taken
    assert snapshots.list() == (taken,)
    assert changes_since(taken, answer) == ()


def test_what_changed_is_told_value_by_value(snapshots, company):
    taken = snapshots.take("q1", QUERY, company.platform.ask(QUERY), "ann")
    half = company.platform.ask({**QUERY, "where": {"channel": "web"}})
    changed = changes_since(taken, half)
    assert {one.column for one in changed} >= {"base", "signals"}
    assert all(one.then != one.now for one in changed)
    assert {one.table for one in changed} == {"volume"}


def test_rows_that_are_new_or_gone_are_told(snapshots, company):
    taken = snapshots.take("q1", QUERY, company.platform.ask(QUERY), "ann")
    changed = changes_since(taken, company.platform.ask({"query": "volume", "of": ["order.placed", "page.viewed"]}))
    assert any(one.now is None and "cart.added" in one.row for one in changed)
    assert any(one.then is None and "page.viewed" in one.row for one in changed)


def test_a_snapshot_is_never_changed(snapshots, company):
    answer = company.platform.ask(QUERY)
    snapshots.take("q1", QUERY, answer, "ann")
    with pytest.raises(Conflict, match="Take another name"):
        snapshots.take("q1", QUERY, answer, "bob")


def test_wrong_names_are_told(snapshots, company):
    with pytest.raises(BadInput, match="cannot name a snapshot"):
        snapshots.take("../q1", QUERY, company.platform.ask(QUERY), "ann")
    with pytest.raises(Missing, match="No snapshot"):
        snapshots.show("q2")
