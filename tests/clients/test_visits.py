"""Each published client plays the visit to our server, and the lake holds exactly it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from browser_visit import BrowserVisit
from expected import EXPECTED, differences
from party import Served, a_party, sources
from server import Server
from stage import Stage

from clients import BROWSERS, SERVER_SIDE, Client
from touchpath.sources.wire import RECEIVERS

SPOKEN = {receiver.name for receiver in RECEIVERS} & EXPECTED.keys()


def skip_unless_it_can_run(client: Client) -> None:
    if client.protocol not in SPOKEN:
        pytest.skip(f"no receiver speaks {client.protocol}")
    if client.missing():
        pytest.skip(client.missing())


@pytest.fixture(scope="module")
def server(serve_module: Callable[..., Server]) -> Server:
    return serve_module(sources((*SERVER_SIDE, *BROWSERS), "visits"))


@pytest.fixture(scope="module")
def wrong(
    server: Server, served: Served, installed: Sequence[Client], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """All server-side clients at once, each twice through the visit: what the lake has wrong."""
    with a_party("visits", server, served, tmp_path_factory.mktemp("visits"), installed, rounds=2, pause_seconds=0.1) as party:
        wrong = party.finish()
        assert not [play.given_up for play in party.plays.values() if play.given_up]
        return wrong


@pytest.mark.parametrize("client", SERVER_SIDE, ids=lambda client: client.name)
def test_the_lake_holds_exactly_the_visit(client: Client, wrong: dict[str, list[str]]) -> None:
    skip_unless_it_can_run(client)
    assert wrong.get(client.name, []) == []


@pytest.fixture(scope="module")
def visits(server: Server, stage: Stage, chromium: Any) -> dict[str, BrowserVisit]:
    """The visit in Chromium, once per client that is installed, all pages open at the same time."""
    playing = [client for client in BROWSERS if client.protocol in SPOKEN and not client.missing()]
    visits = {one.name: BrowserVisit(chromium, one, server, f"visits.{one.name}", stage) for one in playing}
    for visit in visits.values():
        visit.begin()
    for visit in visits.values():
        visit.say_all()
        visit.click()
        visit.wait_until_arrived()
        visit.leave()
        visit.wait_until_arrived()
    return visits


@pytest.mark.browser
@pytest.mark.parametrize("client", BROWSERS, ids=lambda client: client.name)
def test_the_lake_holds_exactly_the_visit_in_a_browser(client: Client, visits: dict[str, BrowserVisit], server: Server) -> None:
    skip_unless_it_can_run(client)
    intended = visits[client.name].intended
    assert len(intended) == client.events
    server.drain()
    assert differences(client.protocol, intended, server.rows()[f"visits.{client.name}"]) == []


@pytest.mark.browser
@pytest.mark.parametrize("client", BROWSERS, ids=lambda client: client.name)
def test_the_browser_has_nothing_to_complain_about(client: Client, visits: dict[str, BrowserVisit]) -> None:
    skip_unless_it_can_run(client)
    assert visits[client.name].complaints == []
