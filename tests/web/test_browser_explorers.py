"""What is drawn by hand and taken along: explorers under the content policy, with the keyboard and without scripts, and figures as pictures and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Watch, Watched
from looking import check
from pages import PAGES
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def test_the_content_policy_stops_what_is_not_ours(watch: Watch) -> None:
    watched = watch()
    page = watched.open(PAGES["overview"])
    page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.caught = true'; document.body.append(one) }"
    )
    assert page.evaluate("window.caught") is None
    assert any("Content Security Policy" in fault for fault in watched.faults)


def test_a_figure_is_had_as_a_picture_and_as_numbers(watch: Watch, tmp_path: Path) -> None:
    watched = watch()
    page = watched.open("/design")
    page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('refused')) }")
    with page.expect_download() as saved:
        page.click("#figure-trend >> text=PNG")
    saved.value.save_as(tmp_path / "trend.png")
    assert (tmp_path / "trend.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (tmp_path / "trend.png").stat().st_size > 10_000
    page.wait_for_selector("#live:has-text('saved as a file')", state="attached")
    with page.expect_download() as saved:
        page.click("#figure-trend >> text=CSV")
    assert saved.value.suggested_filename == "trend.csv"
    assert watched.faults == []


DRAWN = "() => { const one = document.querySelector('by-hand'); return one?.shadowRoot?.querySelectorAll('svg path').length > 3 }"


def drawn_by_hand(watched: Watched, path: str) -> Page:
    """A page whose explorer is in sight and has drawn."""
    page = watched.open(path)
    page.locator("by-hand").first.scroll_into_view_if_needed()
    page.wait_for_function(DRAWN)
    return page


@pytest.mark.parametrize("name", ["explore-flows", "explore-paths", "timeline", "journey-ways"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (320, "light")])
def test_an_explorer_draws_under_the_content_policy_and_fits(name: str, width: int, scheme: str, watch: Watch) -> None:
    watched = watch(width, scheme)
    page = drawn_by_hand(watched, PAGES[name])
    page.locator("by-hand").first.hover()
    check(watched, page, PAGES[name], [(width, scheme)])
    colour = page.evaluate("getComputedStyle(document.querySelector('by-hand').shadowRoot.querySelector('svg text')).fill")
    light = sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(", ")[:3])) > 382
    assert light == (scheme == "dark")


def test_a_mark_of_an_explorer_leads_where_the_table_leads(watch: Watch) -> None:
    page = drawn_by_hand(watch(), PAGES["explore-flows"])
    leads = page.locator("figure details a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    page.locator("by-hand svg:not(.links) text", has_text="look").first.click()
    page.wait_for_url("**/explore/flows?*q.of=look*")
    assert page.url.removeprefix(page.url.split("/w/")[0]) in leads


def test_without_scripts_or_in_colours_of_ones_own_the_drawing_of_the_server_stays(
    browser: Browser, address: str, watch: Watch
) -> None:
    plain = watch(scripts=False)
    page = plain.open(PAGES["explore-flows"])
    assert page.locator("by-hand svg.links").is_visible()
    forced = browser.new_context(forced_colors="active")
    try:
        page = forced.new_page()
        page.goto(address + PAGES["explore-flows"], wait_until="networkidle")
        assert page.locator("by-hand svg.links").is_visible()
        assert page.evaluate("document.querySelector('by-hand').shadowRoot") is None
        page.emulate_media(forced_colors="none")
        page.wait_for_function(DRAWN)
        page.emulate_media(forced_colors="active")
        page.locator("by-hand svg.links").wait_for(state="visible")
    finally:
        forced.close()


def test_a_timeline_is_gone_into_with_the_keyboard_and_by_hand_and_its_address_says_where(watch: Watch) -> None:
    watched = watch()
    page = drawn_by_hand(watched, PAGES["timeline"])
    page.focus("#lens-closer")
    page.keyboard.press("Enter")
    page.wait_for_url("**zoom=*")
    page.wait_for_function("document.activeElement.id === 'lens-closer'")
    shown = page.locator(".lenses [role=status]").text_content()
    page.go_back()
    page.wait_for_function("was => document.querySelector('.lenses [role=status]').textContent !== was", arg=shown)
    page.wait_for_function(DRAWN)
    whole = page.locator(".lenses [role=status]").text_content()
    box = page.locator("by-hand").bounding_box()
    assert box is not None
    slider = box["y"] + box["height"] - 23
    page.mouse.move(box["x"] + 25, slider)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, slider, steps=8)
    page.mouse.up()
    page.wait_for_url("**zoom=*")
    page.wait_for_function("was => document.querySelector('.lenses [role=status]').textContent !== was", arg=whole)
    assert watched.faults == []


def test_a_persons_timeline_is_gone_into_by_hand_and_on_the_keyboard_and_back(watch: Watch) -> None:
    watched = watch(1440)
    page = watched.open(PAGES["person"])
    heading = page.locator("#afar figcaption h2")
    other = "was => document.querySelector('#afar figcaption h2').textContent !== was"
    whole, entries = heading.text_content(), page.locator(".entry").count()
    box = page.locator(".plot.lanes").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 30, steps=5)
    assert page.locator(".brush").bounding_box()["width"] == pytest.approx(box["width"] * 0.4, abs=3)
    page.mouse.up()
    page.wait_for_function(other, arg=whole)
    assert "zoom=2026-06-2" in page.url
    assert 0 < page.locator(".entry").count() < entries
    part = heading.text_content()
    page.locator(".lanes .point").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # into the second stretch with signals
    page.wait_for_function(other, arg=part)
    assert page.locator(".entry").count() < 5
    page.wait_for_function("document.activeElement.matches('.lanes .point')")
    page.keyboard.press("0")
    page.wait_for_function("was => document.querySelector('#afar figcaption h2').textContent === was", arg=whole)
    assert "zoom" not in page.url
    page.go_back()
    page.wait_for_function(other, arg=whole)
    assert "zoom=" in page.url
    assert watched.faults == []
