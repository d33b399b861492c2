"""An application over made-up workspaces, a client on this machine, and a real browser on it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from browsing import CHROMIUM, FLAGS, Watch, Watched, served
from made_incoming import board_desk, make_incoming
from made_up import FakePlatform, make_workspaces
from playwright.sync_api import Browser, BrowserType, sync_playwright
from starlette.types import ASGIApp

from touchpath.bootstrap import Workspace
from touchpath.services.privacy import Privacy
from touchpath.web.app import build_app


@pytest.fixture(scope="session")
def workspaces() -> dict[str, FakePlatform]:
    return make_workspaces()


@pytest.fixture
def fresh() -> dict[str, FakePlatform]:
    """Workspaces of one test's own, which it may write to."""
    return make_workspaces()


pytest.register_assert_rewrite("looking")  # Its checks then say what they found, as those of test modules do.
# httpx looks for trio at every request, along the whole path where it is not installed: a tenth of the time of a request.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
Get = Callable[..., httpx.Response]
HOST = "127.0.0.1:8400"


def ask(
    app: object, method: str, path: str, client: tuple[str, int] = ("127.0.0.1", 5000), host: str = HOST, **more: object
) -> httpx.Response:
    """One request to an application without a network."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=client, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as one:
            return await one.request(method, path, **more)  # type: ignore[arg-type]

    return asyncio.run(send())


@pytest.fixture
def send() -> Get:
    """One request to any application."""
    return ask


@pytest.fixture(scope="session")
def app(workspaces: dict[str, FakePlatform]) -> object:
    return build_app(workspaces)


@pytest.fixture
def request_page(app: object) -> Iterator[Get]:
    """Ask for a page as a browser on this machine does."""

    def get(path: str, method: str = "GET", headers: dict[str, str] | None = None, **more: object) -> httpx.Response:
        return ask(app, method, path, headers={"accept": "text/html"} | (headers or {}), **more)

    return get


@pytest.fixture
def request_json(app: object) -> Iterator[Get]:
    """Ask for JSON as a program on this machine does."""

    def get(path: str, method: str = "GET", **more: object) -> httpx.Response:
        return ask(app, method, path, **more)

    return get


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A real workspace with files, answers and keys in it, of one module's own."""
    workspace = make_incoming(tmp_path_factory.mktemp("real") / "incoming")
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def shown(workspaces: dict[str, object], real: Workspace) -> ASGIApp:
    """The application over the workspaces of these tests."""
    incoming, privacy = real.incoming, Privacy(real.forgetting, real.exports)
    named = {**workspaces, "incoming": real.platform}
    return build_app(
        named,  # type: ignore[arg-type]
        incoming={"shop": incoming, "incoming": incoming},
        privacy={"shop": privacy},
        boards={"shop": board_desk(real.records)},
    )


@pytest.fixture(scope="module")
def address(shown: ASGIApp) -> Iterator[str]:
    """The application on a free port of this machine."""
    with served(shown) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    browser = chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def watch(browser: Browser, address: str) -> Iterator[Watch]:
    opened: list[Watched] = []

    def open_one(width: int = 1440, scheme: str = "light", scripts: bool = True) -> Watched:
        opened.append(Watched(browser, address, width, scheme, scripts))
        return opened[-1]

    yield open_one
    for one in opened:
        one.context.close()
