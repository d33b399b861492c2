"""An application over made-up workspaces, and a client on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from made_up import FakePlatform, make_workspaces

from touchpath.web.app import build_app


@pytest.fixture(scope="session")
def workspaces() -> dict[str, FakePlatform]:
    return make_workspaces()


@pytest.fixture
def fresh() -> dict[str, FakePlatform]:
    """Workspaces of one test's own, which it may write to."""
    return make_workspaces()


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
