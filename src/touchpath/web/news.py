"""Tells open pages that there is something new: server-sent events, with one look at a workspace for all who listen to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from touchpath.model.errors import Unavailable

#: Seconds from one look to the next: so much later than the lake pages know, at most.
EVERY = 0.5
#: A listener hears that the server is still there this often, in seconds, so that what stands between does not hang up.
STILL_HERE = 15.0
#: After so many seconds a listener has to ask again, and is asked again who it is.
LONGEST = 300.0
#: More listeners than this are sent away; their pages ask again later.
MOST_LISTENERS = 1_000
#: Milliseconds after which a browser asks again.
_AGAIN = 2_000


@dataclass
class _Watch:
    """One workspace as of the last look."""

    seen: str = ""
    at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Newsroom:
    """What is new in each workspace, for the pages that are open."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._watches, self._listeners = clock, dict[str, _Watch](), 0
        self.closed = False

    def close(self) -> None:
        """Let every listener go within EVERY seconds: the server stops. May be called by a signal handler."""
        self.closed = True

    async def newest(self, name: str, look: Callable[[], str]) -> str:
        """What all answers of a workspace depend on, as one word; looked up at most once in EVERY seconds."""
        watch = self._watches.setdefault(name, _Watch())
        async with watch.lock:
            if self._clock() - watch.at >= EVERY:
                watch.seen = await run_in_threadpool(look)
                watch.at = self._clock()
            return watch.seen

    def check(self) -> None:
        """Raise Unavailable if there is no room for one more listener."""
        if self._listeners >= MOST_LISTENERS:
            raise Unavailable(
                f"{MOST_LISTENERS:,} open pages are told already what is new. This one can be loaded again by hand."
            )

    async def tell(self, name: str, look: Callable[[], str], since: str) -> AsyncIterator[bytes]:
        """Events for one listener who knows a workspace as of `since` ("" = as of now)."""
        self._listeners += 1
        try:
            yield f"retry: {_AGAIN}\n\n".encode()
            began = quiet = self._clock()
            known = since or await self.newest(name, look)
            while not self.closed and self._clock() - began < LONGEST:
                newest = await self.newest(name, look)
                if newest != known:
                    yield f"id: {newest}\nevent: news\ndata: {newest}\n\n".encode()
                    known, quiet = newest, self._clock()
                elif self._clock() - quiet >= STILL_HERE:
                    yield b": still here\n\n"
                    quiet = self._clock()
                await asyncio.sleep(EVERY)
        finally:
            self._listeners -= 1
