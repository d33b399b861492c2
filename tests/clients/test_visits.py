"""Each published client plays the visit to our server, and the lake holds exactly it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from party import Served, a_party, sources
from server import Server, wait_until
from stage import ESBUILD, Stage, bundle

from clients import BROWSERS, SERVER_SIDE, Client
from lake import EXPECTED, differences
from touchpath.sources.wire import RECEIVERS

SPOKEN = {receiver.name for receiver in RECEIVERS} & EXPECTED.keys()
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
#: Headless Chromium calls itself so, and would be marked as a bot.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


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
def stage(served: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The shop's pages, each client bundled with its driver."""
    if not ESBUILD.exists():
        pytest.skip("esbuild is not installed; make test installs it")
    folder = tmp_path_factory.mktemp("scripts")
    bundle(tuple(client for client in BROWSERS if not client.missing()), folder)
    with served(Stage(folder)) as stage:
        yield stage


@pytest.fixture(scope="module")
def pages(server: Server, stage: Stage) -> Iterator[dict[str, BrowserVisit]]:
    """The visit in Chromium, once per client that is installed, all pages open at the same time."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    playing = [client for client in BROWSERS if client.protocol in SPOKEN and not client.missing()]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        visits = {client.name: BrowserVisit(browser, client, server, stage) for client in playing}
        for visit in visits.values():
            visit.play()
        yield visits
        browser.close()


class BrowserVisit:
    """One page that plays the visit: what its client noted, and what the browser complained about."""

    def __init__(self, browser: object, client: Client, server: Server, stage: Stage) -> None:
        self.client, self.server, self.stage, self.source = client, server, stage, f"visits.{client.name}"
        self.page = browser.new_context(user_agent=PERSON, viewport={"width": 1280, "height": 800}).new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda answer: answer.status >= 300 and self.complaints.append(f"{answer.status} {answer.url}"))
        self.page.goto(stage.put_up(client, server.address, server.keys[self.source], client.name), wait_until="commit")

    @property
    def intended(self) -> list[dict]:
        return json.loads(self.page.evaluate("localStorage.getItem('intended')") or "[]")

    def play(self) -> None:
        """Say all of it, wait until it has arrived, and leave the page, which some clients tell of as well."""
        self.page.wait_for_selector("html[data-said=yes]", state="attached", timeout=30_000)
        self.page.get_by_role("button", name="Buy").click()
        self._wait_until_arrived()
        self.page.goto(f"{self.stage.address}/left")
        self._wait_until_arrived()

    def _wait_until_arrived(self) -> None:
        def arrived() -> bool:
            self.page.wait_for_timeout(100)
            return len(self.intended) <= len(self.server.rows()[self.source])

        wait_until(arrived, f"{len(self.intended)} events of {self.client.name}")


@pytest.mark.browser
@pytest.mark.parametrize("client", BROWSERS, ids=lambda client: client.name)
def test_the_lake_holds_exactly_the_visit_in_a_browser(client: Client, pages: dict[str, BrowserVisit], server: Server) -> None:
    skip_unless_it_can_run(client)
    intended = pages[client.name].intended
    assert len(intended) == client.events
    server.drain()
    assert differences(client.protocol, intended, server.rows()[f"visits.{client.name}"]) == []


@pytest.mark.browser
@pytest.mark.parametrize("client", BROWSERS, ids=lambda client: client.name)
def test_the_browser_has_nothing_to_complain_about(client: Client, pages: dict[str, BrowserVisit]) -> None:
    skip_unless_it_can_run(client)
    assert pages[client.name].complaints == []
