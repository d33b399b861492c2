"""The browser clients while things go wrong between them and the server: their events come later, but each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from browser_visit import ONE_PAGE, BrowserVisit
from expected import TOLERANCE, differences
from party import Served, sources
from proxy import LONGEST_WAIT_SECONDS, Fate, Proxy, seeded_fate
from server import Server, wait_until
from stage import Stage

from clients import BROWSERS

INSTALLED = tuple(client for client in BROWSERS if not client.missing())
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not INSTALLED, reason="no browser client is installed; make test installs them"),
]


@pytest.fixture(scope="module")
def server(serve_module: Callable[..., Server]) -> Server:
    return serve_module(sources(BROWSERS, "network", "killed"))


@pytest.fixture
def networks() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Visitors:
    """One visitor per client, all at the same time, each behind a network of their own."""

    def __init__(
        self,
        name: str,
        browser: Any,
        server: Server,
        stage: Stage,
        served: Served,
        networks: ExitStack,
        fate: Callable[[int], Fate],
    ) -> None:
        self.server = server
        self.proxies = [
            networks.enter_context(served(Proxy(server.address, fate(number), stands_in=True)))
            for number in range(len(INSTALLED))
        ]
        self.visits = [
            BrowserVisit(browser, client, server, f"{name}.{client.name}", stage, proxy.address)
            for client, proxy in zip(INSTALLED, self.proxies, strict=True)
        ]
        for visit in self.visits:
            visit.begin(pause_seconds=0.3)

    def unanswered(self) -> int:
        return sum(passage.status == 0 for proxy in self.proxies for passage in list(proxy.passages))

    def finish(self, tolerance: timedelta) -> dict[str, list[str]]:
        """Everybody says the rest, comes back for one more page, which lets go of what still waits, and all of it arrives."""
        for visit in self.visits:
            visit.say_all()
        for proxy in self.proxies:
            proxy.fate = lambda method: "pass"
        for visit in self.visits:
            visit.begin(steps=ONE_PAGE)
        for visit in self.visits:
            visit.say_all()
            visit.wait_until_arrived()
        self.server.drain()
        rows = self.server.rows()
        wrong = {
            one.client.name: differences(one.client.protocol, one.intended, rows[one.source], (), tolerance)
            for one in self.visits
        }
        return {name: faults for name, faults in wrong.items() if faults}


def test_a_bad_network_costs_a_browser_no_event(
    chromium: Any, server: Server, stage: Stage, served: Served, networks: ExitStack
) -> None:
    visitors = Visitors("network", chromium, server, stage, served, networks, seeded_fate)
    assert visitors.finish(TOLERANCE + timedelta(seconds=2 * LONGEST_WAIT_SECONDS)) == {}


def test_a_killed_server_costs_a_browser_no_event(
    chromium: Any, server: Server, stage: Stage, served: Served, networks: ExitStack
) -> None:
    visitors = Visitors("killed", chromium, server, stage, served, networks, lambda number: lambda method: "pass")
    for visit in visitors.visits:
        wait_until(lambda visit=visit: visit.page.wait_for_timeout(50) or len(visit.intended) > 2, "the first steps")
    server.kill_all()
    wait_until(lambda: visitors.visits[0].page.wait_for_timeout(50) or visitors.unanswered() > len(INSTALLED), "silence")
    server.start()
    assert visitors.finish(timedelta(minutes=2)) == {}
