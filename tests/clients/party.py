"""Many clients at once, each through a network of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from expected import TOLERANCE, differences
from proxy import Fate, Passage, Proxy
from server import Server

from clients import VISIT, Client, Play

Served = Callable[..., AbstractContextManager[Proxy]]


class Party:
    """Clients that play the visit to one server at the same time; each has a source of its own, "PARTY.CLIENT"."""

    def __init__(self, name: str, server: Server, plays: dict[str, Play], proxies: dict[str, Proxy]) -> None:
        self.name, self.server, self.plays, self.proxies = name, server, plays, proxies
        self._began = time.monotonic()

    @property
    def passages(self) -> list[Passage]:
        """What came by at all proxies."""
        return [passage for proxy in self.proxies.values() for passage in list(proxy.passages)]

    def wait(self) -> None:
        """Until all have played to the end."""
        for play in self.plays.values():
            play.finish()

    def finish(self, tolerance: timedelta = TOLERANCE) -> dict[str, list[str]]:
        """What is wrong, by client, once all have played and the lake has all that was accepted; empty when nothing is."""
        self.wait()
        lasted = timedelta(seconds=time.monotonic() - self._began)
        self.server.drain()
        rows, wrong = self.server.rows(), {}
        for name, play in self.plays.items():
            may_shift = tolerance if play.client.dates_retries else tolerance + lasted
            if faults := differences(play.client.protocol, play.intended, rows[f"{self.name}.{name}"], play.given_up, may_shift):
                wrong[name] = faults
        return wrong


def sources(clients: Sequence[Client], *parties: str) -> dict[str, str]:
    """A source for each client at each party, with a key that is drawn: what a server is made with."""
    return {f"{party}.{client.name}": "" for party in parties for client in clients}


@contextmanager
def a_party(
    name: str,
    server: Server,
    served: Served,
    folder: Path,
    clients: Sequence[Client],
    rounds: int,
    pause_seconds: float,
    fate: Callable[[int], Fate] = lambda number: lambda method: "pass",
    visit: Path = VISIT,
    key: str = "",
) -> Iterator[Party]:
    """Everybody starts now; `fate` gives each client's network, `key` stands in for everybody's own."""
    with ExitStack() as stack:
        proxies = {
            client.name: stack.enter_context(served(Proxy(server.address, fate(number)))) for number, client in enumerate(clients)
        }
        plays = {
            client.name: client.start(
                proxies[client.name].address,
                key or server.keys[f"{name}.{client.name}"],
                folder / client.name,
                rounds,
                pause_seconds,
                visit,
            )
            for client in clients
        }
        stack.callback(lambda: [play.stop() for play in plays.values()])
        yield Party(name, server, plays, proxies)
