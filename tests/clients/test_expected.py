"""The comparison itself: what is missing, extra, doubled or changed is told, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from expected import differences

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MESSAGES = [
    {
        "type": "track",
        "event": "Viewed",
        "messageId": id,
        "userId": "u1",
        "anonymousId": "a1",
        "timestamp": NOON.isoformat(),
        "properties": {"sku": "B"},
    }
    for id in ("m1", "m2")
]


def a_row(id: str, **more: object) -> dict[str, object]:
    row = {"id": id, "kind": "Viewed", "actors": ["user:u1", "anonymous:a1"], "account": None, "occurred_at": NOON}
    return {**row, "properties": '{"sku":"B"}', "context": None, **more}


def test_what_was_meant_and_nothing_else_is_no_difference() -> None:
    assert differences("segment", MESSAGES, [a_row("m2"), a_row("m1")]) == []
    assert differences("segment", MESSAGES, [a_row("m1")], given_up={"m2"}) == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (lambda: [a_row("m1")], "m2 is not in the lake"),
        (lambda: [a_row("m1"), a_row("m2"), a_row("m3")], "m3 is in the lake, but nobody sent it"),
        (lambda: [a_row("m1"), a_row("m2"), a_row("m2")], "m2 is there 2 times"),
        (lambda: [a_row("m1"), a_row("m2", kind="Seen")], "m2: kind is 'Seen', not 'Viewed'"),
        (lambda: [a_row("m1"), a_row("m2", properties='{"sku":"C"}')], "m2: properties is {'sku': 'C'}, not {'sku': 'B'}"),
        (lambda: [a_row("m1"), a_row("m2", actors=["user:u1"])], "m2: actors is ('user:u1',), not ('user:u1', 'anonymous:a1')"),
        (lambda: [a_row("m1"), a_row("m2", properties='{"sku":"B","$traffic":"bot"}')], "m2: traffic is 'bot', not None"),
    ],
)
def test_every_way_to_be_wrong_is_told(rows: Callable[[], list[dict[str, object]]], told: str) -> None:
    assert differences("segment", MESSAGES, rows()) == [told]


def test_a_time_that_moved_further_than_it_may_is_told() -> None:
    moved = [a_row("m1"), a_row("m2", occurred_at=NOON + timedelta(seconds=30))]
    assert differences("segment", MESSAGES, moved, tolerance=timedelta(minutes=1)) == []
    assert len(differences("segment", MESSAGES, moved)) == 1
