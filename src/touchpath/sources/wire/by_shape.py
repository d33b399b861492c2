"""Addresses that several vendors have: PostHog's `/track`, `/engage` and `/batch` take what Mixpanel's and Amplitude's clients send there, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.receiving import Fault, Opened, Receiver, Reply, Route, Terms
from touchpath.sources.wire import amplitude, mixpanel
from touchpath.sources.wire.amplitude import Amplitude
from touchpath.sources.wire.mending import read_json
from touchpath.sources.wire.mixpanel import Mixpanel, is_mixpanel
from touchpath.sources.wire.posthog import PostHog
from touchpath.sources.wire.wrapped import unwrap
from touchpath.store.spool import Post

_LARGEST = 20 << 20
_SHARED = frozenset({"/track", "/engage", "/batch"})
_read_any = msgspec.json.Decoder().decode


class ByShape:
    """PostHog's addresses; whose events came is told by what they look like."""

    name: ClassVar[str] = PostHog.name
    routes: Sequence[Route] = PostHog.routes
    headers: frozenset[str] = PostHog.headers

    def __init__(self) -> None:
        self._posthog, self._mixpanel, self._amplitude = PostHog(), Mixpanel(), Amplitude()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """What PostHog's clients ask for besides."""
        return self._posthog.answer(post)

    def open(self, post: Post) -> Opened:
        """The events, read by the vendor whose they are."""
        return self._whose(post).open(post)

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """What is wrong with single events."""
        return self._of(opened).judge(opened)

    def once(self, opened: Opened) -> bool:
        """Each retry says another time of sending."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """As the vendor's clients expect it."""
        return self._of(opened).respond(opened, faults)

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """The signals of each event."""
        return self._of(opened).signals(post, opened, terms)

    def alone(self, opened: Opened, place: int) -> bytes:
        """A body with this event only."""
        return self._of(opened).alone(opened, place)

    def _of(self, opened: Opened) -> Receiver:
        if isinstance(opened.envelope, mixpanel.Envelope):
            return self._mixpanel
        return self._amplitude if isinstance(opened.envelope, amplitude.Envelope) else self._posthog

    def _whose(self, post: Post) -> Receiver:
        if post.path not in _SHARED or b'"batch"' in post.body[:_LARGEST]:
            return self._posthog
        try:
            found = read_json(_read_any, (unwrap(post, _LARGEST) or post.body).strip())
        except BadInput:
            return self._posthog
        if post.path == "/batch":
            return self._amplitude if isinstance(found, dict) and "events" in found else self._posthog
        first: Mapping[str, Any] = next(
            (one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)), {}
        )
        return self._mixpanel if is_mixpanel(first) else self._posthog
