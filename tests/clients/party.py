"""Many clients at once, each through a network of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from proxy import Fate, Passage, Proxy
from server import Server

from clients import Client, Play
from lake import TOLERANCE, differences

Served = Callable[..., AbstractContextManager[Proxy]]


class Party:
    """Clients that play the visit to one server at the same time."""

    def __init__(self, server: Server, plays: dict[str, Play], proxies: dict[str, Proxy]) -> None:
        self.server, self.plays, self.proxies = server, plays, proxies
        self._began = time.monotonic()

    @property
    def passages(self) -> list[Passage]:
        """What came by at all proxies."""
        return [passage for proxy in self.proxies.values() for passage in list(proxy.passages)]

    def finish(self, tolerance: timedelta = TOLERANCE) -> dict[str, list[str]]:
        """What is wrong, by client, once all have played and the lake has all that was accepted; empty when nothing is."""
        for play in self.plays.values():
            play.finish()
        lasted = timedelta(seconds=time.monotonic() - self._began)
        self.server.drain()
        rows, wrong = self.server.rows(), {}
        for name, play in self.plays.items():
            may_shift = tolerance if play.client.dates_retries else tolerance + lasted
            if faults := differences(play.client.protocol, play.intended, rows[name], play.given_up, may_shift):
                wrong[name] = faults
        return wrong


@contextmanager
def a_party(
    server: Server,
    served: Served,
    folder: Path,
    clients: Sequence[Client],
    rounds: int,
    pause_seconds: float,
    fate: Callable[[int], Fate] = lambda number: lambda method: "pass",
) -> Iterator[Party]:
    """Everybody starts now; `fate` gives each client's network."""
    with ExitStack() as stack:
        proxies = {
            client.name: stack.enter_context(served(Proxy(server.address, fate(number)))) for number, client in enumerate(clients)
        }
        plays = {
            client.name: client.start(
                proxies[client.name].address, server.keys[client.name], folder / client.name, client.name, rounds, pause_seconds
            )
            for client in clients
        }
        stack.callback(lambda: [play.stop() for play in plays.values()])
        yield Party(server, plays, proxies)
