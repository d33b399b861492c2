"""Filters of owners."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import EPOCH, Period
from touchpath.timelines.fold import Everyone, Selection
from touchpath.timelines.who import EverMatched, SegmentOnly, _ever, in_segment, restrict, who_are

ORDERED = EventRule(("order.placed",))
REGION = Dimension("region", "Region", "properties.region", "person", "latest")


@pytest.fixture(scope="module")
def people(small_timelines):
    return small_timelines(
        {
            1: [(1, "page.viewed", {"channel": "web"}), (5, "order.placed", {"channel": "app", "properties.region": "north"})],
            2: [(2, "page.viewed", {"properties.region": "south"})],
            3: [(9, "order.placed", {"channel": "web", "properties.region": "north"})],
            4: [],
        }
    )


def test_people_who_ever_did_something(people):
    assert EverMatched(ORDERED).people(people).tolist() == [1, 0, 1, 0]


def test_people_who_did_it_in_a_period_that_ends_before_its_end(people):
    period = Period(EPOCH + timedelta(microseconds=5), EPOCH + timedelta(microseconds=9))
    assert EverMatched(ORDERED, period).people(people).tolist() == [1, 0, 0, 0]


def test_people_of_one_segment(people):
    assert SegmentOnly(REGION, "north").people(people).tolist() == [1, 0, 1, 0]
    assert SegmentOnly(REGION, "").people(people).tolist() == [0, 0, 0, 1]
    assert SegmentOnly(REGION, "west").people(people).tolist() == [0, 0, 0, 0]


def test_a_dimension_of_signals_chooses_signals_and_not_people(people):
    channel = Dimension("channel", "Channel", "channel")
    with pytest.raises(BadInput, match="Restrict the event rules"):
        SegmentOnly(channel, "web").people(people)
    web_orders = restrict(ORDERED, in_segment(channel, "web"))
    assert EverMatched(web_orders).people(people).tolist() == [0, 0, 1, 0]
    assert in_segment(channel, "") == Condition("channel", "exists", False)


def test_all_filters_hold_together(people):
    chosen = Selection("person", np.array([2, 3, 4], np.int64), "three of four")
    assert who_are(people, [Everyone()]).size == 0
    assert who_are(people, [chosen, Everyone(), EverMatched(ORDERED)]).tolist() == [0, 0, 1, 0]
    assert not who_are(people, [chosen]).flags.writeable
    assert len(_ever.signatures) == 1
