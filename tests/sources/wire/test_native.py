"""Our own protocol: what a signal may hold and what not."""

import pytest

from touchpath.sources.wire.native import PATH, Native

SIGNAL = {"id": "s1", "kind": "page.viewed", "occurred_at": "2026-03-01T10:00:00Z", "actors": ["user:u1"]}
MAPS = ("objects", "properties", "context", "consent")


def test_an_empty_array_is_an_empty_object_as_php_writes_it(ask):
    asked, like = (ask(Native(), PATH, {"signals": [{**SIGNAL, **dict.fromkeys(MAPS, none)}]}) for none in ([], {}))
    assert (asked.faults, asked.warned) == ([], [])
    assert asked.signals == like.signals


def test_marks_are_kept_where_nothing_else_was_said(ask):
    asked = ask(Native(), PATH, {"signals": [{**SIGNAL, "properties": [], "context": {"user_agent": "Googlebot/2.1"}}]})
    assert asked.properties() == {"$traffic": "bot"}


@pytest.mark.parametrize("name", MAPS)
def test_an_array_that_holds_something_is_no_object(ask, name):
    asked = ask(Native(), PATH, {"signals": [{**SIGNAL, name: ["a"]}, SIGNAL]})
    assert [signal.id for signal in asked.signals] == ["s1"]
    assert asked.faults == [(0, f"{name} came as '[’a’]': it needs an object, but a list that holds something came.")]
