"""Filters and settings in a real browser: the page changes without losing the focus, its address or, on a bad line, anything else."""

from __future__ import annotations

import pytest
from browsing import Watch
from looking import SHIFTS
from pages import PAGES

pytestmark = pytest.mark.browser


def test_a_filter_changes_the_page_without_losing_focus_or_its_address(watch: Watch) -> None:
    watched = watch()
    page = watched.open(PAGES["journey"])
    page.focus("#filter-channel")
    page.select_option("#filter-channel", "app")
    page.wait_for_url("**/journeys/buy?channel=app")
    page.wait_for_selector("dd.small:has-text('app')")
    assert page.evaluate("document.activeElement.id") == "filter-channel"
    assert page.input_value("#filter-channel") == "app"
    assert "Updated" in page.inner_text("#live")
    page.go_back()
    page.wait_for_url("**/journeys/buy")
    page.wait_for_selector("dd.small:not(:has-text('app'))")
    assert watched.faults == []


def test_the_show_button_keeps_focus_too(watch: Watch) -> None:
    page = watch().open(PAGES["journey"])
    page.focus("#filter-show")
    with page.expect_response("**/journeys/buy*"):
        page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('live').textContent.startsWith('Updated')")
    assert page.evaluate("document.activeElement.id") == "filter-show"


def test_filters_work_without_scripts(watch: Watch) -> None:
    page = watch(scripts=False).open(PAGES["journey"])
    page.select_option("#filter-period", "28")
    page.click("#filter-show")
    page.wait_for_url("**/journeys/buy?*period=28*")
    assert page.locator("#filter-period").input_value() == "28"


def test_searching_a_timeline_swaps_the_entries_and_keeps_the_caret(watch: Watch) -> None:
    page = watch().open(PAGES["person"])
    page.focus("#timeline-search")
    page.keyboard.type("ticket")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/user%3A42?q=ticket")
    page.wait_for_function("document.querySelectorAll('.entry').length === 6")
    assert page.evaluate("document.activeElement.id") == "timeline-search"


def test_a_chip_takes_its_filter_away_without_a_new_page(watch: Watch) -> None:
    page = watch().open(PAGES["metric"] + "&period=28&device=phone")
    page.evaluate("window.still = true")
    page.click("[aria-label^='Remove the filter Device']")
    page.wait_for_url("**/metrics/task_success?subject=checkout&by=channel&period=28")
    assert page.locator(".filter-chip").count() == 1
    assert page.locator('#nav a[data-key="m"]').get_attribute("href") == "/w/shop/metrics?period=28"
    assert page.evaluate("window.still") is True


def test_a_setting_is_kept_said_and_taken_back(watch: Watch) -> None:
    watched = watch(390)
    page = watched.open(PAGES["settings"])
    page.select_option("#set-language", "de")
    page.click("form .primary")
    page.wait_for_selector(".toast >> text=Ihre Einstellungen sind in diesem Browser gespeichert.")
    assert page.evaluate("document.documentElement.lang") == "de"
    page.wait_for_selector("#live:has-text('gespeichert')", state="attached")
    page.click(".toast >> text=Rückgängig")
    page.wait_for_selector("h1 >> text=Settings")
    page.click("[data-dismiss]")
    assert page.locator(".toast").count() == 0
    assert watched.faults == []


def test_a_page_comes_through_a_slow_line_whole_and_a_filter_waits_without_losing_anything(watch: Watch) -> None:
    watched = watch(390)
    line = watched.context.new_cdp_session(watched.page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", slow)
    page = watched.open(PAGES["journey"])
    assert page.evaluate(SHIFTS) == 0
    assert page.locator(".map-narrow").is_visible()
    page.focus("#filter-channel")
    for choice in ("app", "web", "app"):  # As arrow keys do: each is asked for before the one before is answered.
        page.select_option("#filter-channel", choice)
    assert "htmx-request" in (page.locator("form.filters").get_attribute("class") or "")
    assert page.locator("h1").is_visible()
    page.wait_for_url("**/journeys/buy?channel=app")
    page.wait_for_selector("dd.small:has-text('app')")
    assert (page.evaluate("document.activeElement.id"), page.input_value("#filter-channel")) == ("filter-channel", "app")
    assert watched.faults == []


def test_a_filter_without_an_answer_is_told_and_the_page_stays_as_it_was(watch: Watch) -> None:
    watched = watch(390)
    page = watched.open(PAGES["journey"])
    watched.context.set_offline(True)
    page.select_option("#filter-channel", "app")
    page.wait_for_selector(".toast.bad >> text=The server did not answer")
    assert page.locator("h1").inner_text() == "Buy something"
    assert page.url.endswith("/journeys/buy")
    watched.context.set_offline(False)
    page.click("#filter-show")
    page.wait_for_url("**/journeys/buy?channel=app")
