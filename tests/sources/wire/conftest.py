"""A receiver asked without a server: what it answers, and the signals that it makes of a body."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.receiving import Terms
from touchpath.services.record import signal_table
from touchpath.store.spool import Post

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Asked:
    """What became of one body. signals: those that the lake takes; faults: (place, reason) of the others."""

    def __init__(self, receiver, post, terms):
        self.opened = receiver.open(post)
        self.warned = receiver.judge(self.opened)
        self.reply = receiver.respond(self.opened, self.warned)
        found = list(receiver.signals(post, self.opened, terms))
        self.signals = [one for _, one in found if isinstance(one, Signal)]
        self.faults = [(place, one.reason) for place, one in found if not isinstance(one, Signal)]
        _, self.unfit = signal_table(enumerate(self.signals), from_micros(post.received_at))

    def properties(self, place=0):
        return json.loads(str(self.signals[place].properties) or "{}")

    def context(self, place=0):
        return json.loads(str(self.signals[place].context) or "{}")


@pytest.fixture
def ask():
    def ask(receiver, path, body, query="", headers=None, at=NOON, **terms):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        post = Post(receiver.name, "key", int(at.timestamp() * 1e6), path, query, content, headers or {})
        assert receiver.answer(post) is None
        asked = Asked(receiver, post, Terms("key", "web", **terms))
        assert asked.unfit == []
        return asked

    return ask
