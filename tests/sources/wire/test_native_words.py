"""Our own protocol: what is wrong with a signal is told in words, with what came and what would do."""

import pytest

from touchpath.services.masks import mask_quoted
from touchpath.sources.wire.native import Native

GOOD = {"id": "v1", "kind": "store.visited", "occurred_at": "2026-02-28T10:00:00Z", "actors": ["user:42"]}
WITHOUT_ID = {name: value for name, value in GOOD.items() if name != "id"}


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (WITHOUT_ID, "There is no id; every signal needs one."),
        (
            {**GOOD, "occurred_at": "yesterday"},
            "occurred_at came as 'yesterday', which is no time with a zone. Write it as in '2026",
        ),
        (
            {**GOOD, "occurred_at": "2026-02-28T10:00:00"},
            "occurred_at came as '2026-02-28T10:00:00', which is no time with a zone",
        ),
        ({**GOOD, "kind": "a\tb"}, "kind came as 'a\\u0009b'; it needs some text"),
        ({**GOOD, "actors": ["user:1", "42"]}, "actors[1] came as '42', which is no id of a person"),
        ({**GOOD, "value": "much"}, "value came as 'much': it needs a number, but a text came."),
        ({**GOOD, "objects": {"order": 7}}, "objects[...] came as '{’order’:7}': it needs a text, but a whole number came."),
        (
            {**GOOD, "properties": ["it's"]},
            "properties came as '[’it’s’]': it needs an object, but a list that holds something came.",
        ),
        ({**GOOD, "text": 5 * "x" * 99}, "text came as '"),
        ({**GOOD, "kinds": "x"}, "No field is called 'kinds'. Did you mean 'kind'?"),
        ("x", "A signal is an object with id, kind and occurred_at, but 'x' came."),
        (None, "A signal is an object with id, kind and occurred_at, but 'null' came."),
        ({**GOOD, "kind": "x" * 129}, f"kind came as '{'x' * 60} ...': it may have 128 characters at most."),
        ({**GOOD, "utc_offset_minutes": 9999}, "utc_offset_minutes came as '9999': it may be 1080 at most."),
    ],
)
def test_what_is_wrong_is_told_in_words(ask, bad, told):
    if isinstance(bad, dict) and "text" in bad:
        bad["text"] *= 1000
    asked = ask(Native(), "/v1/signals", {"signals": [GOOD, bad, {**GOOD, "id": "v3"}]})
    assert [signal.id for signal in asked.signals] == ["v1", "v3"]
    ((place, said),) = asked.faults
    assert (place, said[: len(told)]) == (1, told)
    assert [fault.reason for fault in asked.warned] == [said]


def test_what_turns_the_text_around_it_is_told_as_its_code(ask):
    asked = ask(Native(), "/v1/signals", {"signals": [{**GOOD, "kind": "\u202eevil\n"}]})
    assert asked.faults[0][1].startswith("kind came as '\\u202eevil\\u000a'; it needs")


def test_what_came_is_hidden_from_those_who_may_not_see_it(ask):
    asked = ask(Native(), "/v1/signals", {"signals": [{**GOOD, "occurred_at": "Ann's 3 May"}]})
    assert "Ann" not in mask_quoted(asked.faults[0][1])
