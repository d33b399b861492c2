"""Nothing moves while a page is shown, however slowly it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from browsing import CHROMIUM, FLAGS, Watched, served
from pages import ALL_LOOKS, EXTREMES, LOOKS, PAGES
from playwright.sync_api import Browser, BrowserType
from starlette.types import ASGIApp, Message, Receive, Scope, Send

pytestmark = pytest.mark.browser


class InPieces:
    """An application whose pages come in pieces with pauses between, as through a slow line or from a busy machine.

    without: what is taken out of a page on the way.
    """

    def __init__(self, app: ASGIApp, pieces: int, pause_seconds: float, without: bytes = b"") -> None:
        self._app, self._pieces, self._pause, self._without = app, pieces, pause_seconds, without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = False

        async def send_slowly(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                page = (b"content-type", b"text/html; charset=utf-8") in message["headers"]
                message["headers"] = [one for one in message["headers"] if not page or one[0] != b"content-length"]
            body = message.get("body", b"").replace(self._without, b"") if self._without else message.get("body", b"")
            if not page or not body:
                await send(message)
                return
            size = len(body) // self._pieces + 1
            for start in range(0, len(body), size):
                await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
                await asyncio.sleep(self._pause)
            await send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})

        plain = [one for one in scope.get("headers", ()) if one[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_slowly)


@pytest.fixture(scope="module")
def slow_address(shown: ASGIApp) -> Iterator[str]:
    """The same application, whose pages come in pieces."""
    with served(InPieces(shown, pieces=24, pause_seconds=0.04)) as found:
        yield found


@pytest.fixture(scope="module")
def barred(chromium: BrowserType) -> Iterator[Browser]:
    """A browser whose scroll bars take their room, as on most desktops."""
    browser = chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, ignore_default_args=["--hide-scrollbars"])
    yield browser
    browser.close()


SOURCES = """() => new Promise(done => { const found = [];
  const name = node => node ? (node.nodeType === 1 ? node.tagName + "." + node.className : "text of " + name(node.parentElement)) : "gone";
  const box = one => [one.x, one.y, one.width, one.height].map(Math.round).join(" ");
  new PerformanceObserver(list => { for (const one of list.getEntries()) found.push([one.value,
    one.sources.map(source => `${name(source.node)}: ${box(source.previousRect)} to ${box(source.currentRect)}`)]) })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(found), 60) })"""


def moved(browser: Browser, address: str, path: str, width: int, scheme: str) -> list[object]:
    """What moved while a page was shown on a machine that is ten times as slow: how far, and from where to where."""
    watched = Watched(browser, address, width, scheme)
    try:
        watched.context.new_cdp_session(watched.page).send("Emulation.setCPUThrottlingRate", {"rate": 10})
        found: list[object] = watched.open(path).evaluate(SOURCES)
        return found
    finally:
        watched.context.close()


QUICKLY = ("journey", "person", "import-tried", "visit", "missing")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [LOOKS[0], LOOKS[2], *(pytest.param(*look, marks=pytest.mark.slow) for look in ALL_LOOKS if look not in LOOKS)],
)
@pytest.mark.parametrize(
    "name", [*QUICKLY, *(pytest.param(n, marks=pytest.mark.slow) for n in (*PAGES, *EXTREMES) if n not in QUICKLY)]
)
def test_nothing_moves_however_slowly_a_page_comes(
    name: str, width: int, scheme: str, barred: Browser, slow_address: str
) -> None:
    assert moved(barred, slow_address, (PAGES | EXTREMES)[name], width, scheme) == []


def test_a_page_that_is_painted_piece_by_piece_would_be_seen_to_move(barred: Browser, shown: ASGIApp) -> None:
    waits = b'<link rel="expect" href="#live" blocking="render">'
    with served(InPieces(shown, pieces=40, pause_seconds=0.06, without=waits)) as address:
        assert moved(barred, address, PAGES["missing"], 1440, "dark") != []
