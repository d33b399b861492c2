"""One story with the keyboard alone: find the worst step, make a journey, count what a rule matches, publish it, and take a change back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, served
from playwright.sync_api import Page, expect, sync_playwright
from tests.services.journey_shop import MODEL, signals

from touchpath.bootstrap import build_server, create_workspace, open_workspace

pytestmark = pytest.mark.browser
MOST_TABS = 120


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    create_workspace(tmp_path / "shop")
    with closing(open_workspace(tmp_path / "shop")) as workspace, sync_playwright() as playwright:
        workspace.models.apply(MODEL, "test", "the model")
        workspace.record(signals())
        with served(build_server([workspace])) as address:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            one = browser.new_page()
            faults: list[str] = []
            one.on("pageerror", lambda error: faults.append(str(error)))
            one.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            one.goto(f"{address}/w/shop/journeys")
            yield one
            browser.close()
            assert faults == []


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const e = document.activeElement; return (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '').trim() })()"
        )
        if told.startswith(name):
            return
    raise AssertionError(f"Tab never came to '{name}'.")


def follow(page: Page, name: str, address: str) -> None:
    """Come to a link or button with Tab, press Enter, and wait for the page that it leads to."""
    tab_to(page, name)
    page.keyboard.press("Enter")
    page.wait_for_url(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_journey_is_found_made_and_published_with_the_keyboard_alone(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Journeys")
    follow(page, "Place the order", "**/journeys/buy/steps/order")  # The step before which most are lost.
    page.go_back()
    follow(page, "Edit the model", "**/model")
    follow(page, "Add a journey", "**/model/add?to=journeys")
    tab_to(page, "Title")
    page.keyboard.type("Complain")
    tab_to(page, "Which kind of signal begins it?")
    page.keyboard.type("ticket.opened")
    page.keyboard.press("Enter")
    page.wait_for_url("**/model/edit?at=journeys%2Fcomplain")
    follow(page, "Start", "**stages%2Fstart")
    tab_to(page, "Add a step")  # Past the journey of the same name above.
    follow(page, "Complain", "**steps%2Fcomplain-1")
    tab_to(page, "Only where")
    page.keyboard.type("channel: web")
    page.keyboard.press("Tab")  # Leaving the field counts its matches, and the focus goes on.
    expect(page.locator("#matches-match")).to_contain_text("16 signals of 16 people")
    assert page.evaluate("document.activeElement !== document.body")
    follow(page, "Back to the model", "**/model")
    tab_to(page, "Publish")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Published as revision 2")
