"""Links that open one board: good for a time, kept as hashes, listed and revoked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from records_in_memory import RecordsInMemory

from touchpath.model.errors import BadInput, Missing
from touchpath.services.board_links import MOST, BoardLinks

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class House:
    def __init__(self) -> None:
        self.now, self.records = NOW, RecordsInMemory()
        self.links = BoardLinks(self.records, lambda: self.now)


@pytest.fixture
def house():
    return House()


def test_a_link_opens_its_board_until_it_ends(house):
    link, secret = house.links.make("b1", "ada", 7, " The  board ", {"period": "28", "segment": ""})
    assert (link.label, link.filters, link.ends_at) == ("The board", {"period": "28"}, NOW + timedelta(days=7))
    house.now += timedelta(days=7) - timedelta(seconds=1)
    assert house.links.open(secret).board == "b1"
    house.now += timedelta(seconds=1)
    with pytest.raises(Missing, match="no longer good"):
        house.links.open(secret)
    assert [one.id for one in house.links.list("b1")] == [link.id]


def test_what_is_kept_of_a_link_does_not_open_it(house):
    link, secret = house.links.make("b1", "ada", 7)
    kept = json.dumps([[row.id, row.document] for row in house.records.rows])
    assert secret not in kept
    for guess in (link.hash, link.id, secret[:-1], "", "x" * 500):
        with pytest.raises(Missing):
            house.links.open(guess)


def test_a_revoked_link_is_over_at_once_and_the_others_stay(house):
    one, first = house.links.make("b1", "ada", 7)
    _, second = house.links.make("b1", "ada", 7)
    assert house.links.revoke("b1", one.id, "ben").revoked
    with pytest.raises(Missing):
        house.links.open(first)
    assert house.links.open(second).board == "b1"
    with pytest.raises(Missing):
        house.links.revoke("another board", one.id, "ben")


@pytest.mark.parametrize(("days", "label"), [(0, ""), (367, ""), (7, "x" * 121), (7, "a\x1bb")])
def test_a_link_that_cannot_be_meant_is_refused(house, days, label):
    with pytest.raises(BadInput):
        house.links.make("b1", "ada", days, label)
    assert house.links.list("b1") == ()


def test_a_board_has_so_many_good_links_and_no_more(house):
    for _ in range(MOST):
        house.links.make("b1", "ada", 7)
    with pytest.raises(BadInput, match="Revoke one first"):
        house.links.make("b1", "ada", 7)
    house.links.make("b2", "ada", 7)
    house.now += timedelta(days=8)
    house.links.make("b1", "ada", 7)
