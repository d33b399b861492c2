"""A page in a real browser follows new signals by itself: within two seconds, without a reload, and only while it may."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from browsing import served
from playwright.sync_api import Page, expect

from touchpath import Signal
from touchpath.bootstrap import build_server, create_workspace, open_workspace

pytestmark = pytest.mark.browser
CATALOGUE = "/w/shop/data/catalogue"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    record(opened, "page.viewed")
    yield opened
    opened.close()


@pytest.fixture
def page(browser, workspace):
    with served(build_server([workspace])) as address:
        context = browser.new_context()
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.goto(address + CATALOGUE)
        page.evaluate("window.here = true")
        yield page
        assert page.faults == []
        context.close()


def record(workspace, kind, number=1):
    now = datetime.now(UTC)
    workspace.record([Signal("web", f"{kind} {number}", kind, now - timedelta(minutes=number), (f"user:{number}",))])


def seen(page: Page, kind: str, within: float = 5_000) -> None:
    expect(page.locator("#main")).to_contain_text(kind, timeout=within)


def test_a_new_signal_is_on_the_page_without_a_reload(page, workspace):
    page.focus("#main a >> nth=0")
    focused = page.evaluate("document.activeElement.outerHTML")
    record(workspace, "cart.filled")
    seen(page, "cart.filled", 20_000)
    assert page.evaluate("window.here") is True
    assert page.evaluate("document.activeElement.outerHTML") == focused
    expect(page.locator("#followed")).to_contain_text("Numbers as of")
    expect(page.locator("#live")).to_contain_text("Numbers as of")


def test_a_paused_page_stays_as_it_is_and_catches_up_when_it_goes_on(page, workspace):
    page.click("#follow")
    assert page.get_attribute("#follow", "aria-pressed") == "false"
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    record(workspace, "cart.filled")
    page.wait_for_timeout(1_500)
    assert asked == []
    assert "cart.filled" not in page.inner_text("#main")
    page.click("#follow")
    seen(page, "cart.filled")
    assert page.get_attribute("#follow", "aria-pressed") == "true"
    page.reload()
    assert page.get_attribute("#follow", "aria-pressed") == "true"


def test_a_server_with_listeners_stops_at_once(browser, workspace):
    app = build_server([workspace])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    page = browser.new_page()
    with page.expect_request("**/news?since=*"):
        page.goto(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}{CATALOGUE}")
    page.wait_for_timeout(300)
    app.state.newsroom.close()
    server.should_exit = True
    thread.join(5)
    assert not thread.is_alive()
    page.close()


def test_a_page_says_that_the_server_is_gone_keeps_its_numbers_and_catches_up_when_it_is_back(browser, workspace):
    app, page = build_server([workspace]), browser.new_page()
    with served(app) as address:
        with page.expect_request("**/news?since=*"):
            page.goto(address + CATALOGUE)
        page.evaluate("window.here = true")
        app.state.newsroom.close()
    expect(page.locator("#toasts")).to_contain_text("No word from the server", timeout=30_000)
    expect(page.locator("#live")).to_contain_text("No word from the server")
    expect(page.locator("#main")).to_contain_text("page.viewed")
    page.focus("#main a >> nth=0")
    record(workspace, "cart.filled")
    with served(build_server([workspace]), int(address.rpartition(":")[2])):
        expect(page.locator("#toasts")).to_contain_text("answers again", timeout=30_000)
        seen(page, "cart.filled", 20_000)
        assert page.evaluate("window.here") is True
        page.close()
