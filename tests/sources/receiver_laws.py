"""What holds for every receiver, whatever comes: nothing but BadInput, a signal or a fault for each event, and one judgement."""

import json

from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.receiving import Terms
from touchpath.services.record import signal_table
from touchpath.store.spool import Post

AT = 1_772_366_400_000_000

texts = st.text(max_size=12) | st.sampled_from(
    [
        "",
        " ",
        "u1",
        "x" * 600,
        "a\x00b",
        "null",
        "ada@example.com",
        "2026-03-01T10:00:00Z",
        "0001-01-01",
        "9" * 400,
        "-1e5",
        "🙂",
        "\ud83d",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.integers(-(10**30), 10**30) | st.floats() | texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


def encoded(value):
    """As a careless client writes it: NaN and halves of emoji come through."""
    return json.dumps(value, ensure_ascii=True).encode()


def check(receiver, path, body, query=""):
    post = Post(receiver.name, "key", AT, path, query, body)
    try:
        opened = receiver.open(post)
    except BadInput:
        return
    faults = {fault.place: fault for fault in receiver.judge(opened) if fault.result != "warning"}
    assert receiver.respond(opened, list(faults.values())).status == 200
    found = list(receiver.signals(post, opened, Terms("key", "web")))
    dropped = {place for place, one in found if not isinstance(one, Signal)}
    assert {place for place, _ in found} == set(range(len(opened.events)))
    assert dropped == faults.keys()
    assert dropped.isdisjoint(place for place, one in found if isinstance(one, Signal))
    signals = [one for _, one in found if isinstance(one, Signal)]
    _, unfit = signal_table(enumerate(signals), from_micros(AT))
    assert unfit == []
    for place in range(len(opened.events)):
        again = receiver.open(Post(receiver.name, "key", AT, path, query, receiver.alone(opened, place)))
        assert len(again.events) == 1
        assert bool([fault for fault in receiver.judge(again) if fault.result != "warning"]) == (place in faults)
