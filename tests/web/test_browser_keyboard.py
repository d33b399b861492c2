"""Pages with the keyboard alone: Tab visits everything and leaves, arrow keys move over figures, and dialogs give the focus back."""

from __future__ import annotations

import pytest
from browsing import Watch, turn
from looking import violations
from pages import PAGES

pytestmark = pytest.mark.browser
# Of buttons of which only one can be chosen, Tab reaches the chosen one or the first; the arrow keys reach the others.
REACHABLE = """() => [...document.querySelectorAll('a[href], button:not([disabled]), input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.type !== 'radio' || one === (document.querySelector(`[name="${one.name}"]:checked`) ?? document.querySelector(`[name="${one.name}"]`)))
  .filter(one => one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) && !one.closest('details:not([open]) > :not(summary)'))
  .filter(one => !one.matches('.point[tabindex="-1"]'))  // arrow keys lead there from the one that Tab stops at
  .map(one => { one.dataset.reach = 'no'; return 1 }).length"""
# What gets the focus is marked where it gets it; when the focus leaves the page, nothing else has it.
WATCH_FOCUS = """() => { window.left = false;
  document.addEventListener('focusin', event => event.target.dataset.reach = 'yes');
  document.addEventListener('focusout', event => { if (!event.relatedTarget) window.left = true }) }"""
# Days and times are fields of several parts, each with a stop of its own.
PARTS = "() => 7 * document.querySelectorAll('input[type=date], input[type=time], input[type=datetime-local]').length"
TABBED = (
    "overview", "journey", "person", "metric", "signals", "people", "design", "imports", "import-tried", "held", "contact", "qr", "voice",
    "explore-asked",
)  # fmt: skip


@pytest.mark.parametrize("name", TABBED)
def test_tab_reaches_everything_and_leaves(name: str, watch: Watch) -> None:
    page = watch(1440).open(PAGES[name])
    page.evaluate(WATCH_FOCUS)
    for width in (1440, 320):
        turn(page, width, "light")
        page.evaluate("() => { document.activeElement.blur(); window.getSelection().removeAllRanges(); window.left = false }")
        total = page.evaluate(REACHABLE)
        assert total > 4
        for _ in range(total + page.evaluate(PARTS) + 3):
            page.keyboard.press("Tab")
        missed = page.evaluate("() => [...document.querySelectorAll('[data-reach=no]')].map(one => one.outerHTML.slice(0, 120))")
        assert (missed, page.evaluate("window.left")) == ([], True), f"at {width} pixels"


def test_arrow_keys_move_along_a_trend_and_read_it_out(watch: Watch) -> None:
    page = watch().open(PAGES["metric"])
    page.focus('.point[tabindex="0"]')
    first = page.inner_text(".readout")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    second = page.inner_text(".readout")
    assert first != second
    assert "95" in second
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == second
    page.keyboard.press("End")
    assert page.locator('.point[tabindex="0"]').count() == 1


def test_arrow_keys_move_over_a_grid_in_four_directions_and_along_a_quadrant(watch: Watch) -> None:
    watched = watch()
    page = watched.open("/design")
    grid = page.locator("#figure-heat")
    grid.locator('.point[tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("12 Jan, Week 1: 71")
    assert grid.locator(".readout").inner_text().startswith("12 Jan, Week 1: 71")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("5 Jan, Week 0")
    assert grid.locator('.point[tabindex="0"]').count() == 1
    page.locator('#figure-quadrant .point[tabindex="0"]').focus()
    page.keyboard.press("End")
    assert "Renew" in page.locator("#figure-quadrant .readout").inner_text()
    assert watched.faults == []


def test_a_lane_opens_to_its_definition_with_the_keyboard_and_closes_again(watch: Watch) -> None:
    page = watch().open(PAGES["journey"])
    page.focus('[popovertarget="what-completion"]')
    page.keyboard.press("Enter")
    assert page.locator("#what-completion").is_visible()
    assert "Definition" in page.inner_text("#what-completion")
    page.keyboard.press("Escape")
    assert not page.locator("#what-completion").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('popovertarget')") == "what-completion"


def test_the_menu_opens_on_a_narrow_screen(watch: Watch) -> None:
    page = watch(320).open(PAGES["overview"])
    assert not page.locator("#nav").is_visible()
    page.click(".menu-button")
    assert page.locator("#nav").is_visible()
    page.click("#nav >> text=Data")
    page.wait_for_url("**/data/imports")
    page.click(".menu-button")
    page.click("#nav >> text=Catalogue")
    page.wait_for_url("**/data/catalogue")


def test_the_palette_goes_anywhere_with_the_keyboard_alone(watch: Watch) -> None:
    watched = watch()
    page = watched.open(PAGES["overview"] + "?period=28")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette [role=option]")
    page.keyboard.type("nps")
    page.wait_for_selector("#palette [aria-selected=true][data-href*='/metrics/nps']")
    input = page.locator("#palette-input")
    chosen = input.get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert input.get_attribute("aria-activedescendant") == chosen
    page.keyboard.press("Enter")
    page.wait_for_url("**/metrics/nps?period=28")
    page.focus("#filter-period")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "filter-period"
    assert watched.faults == []


def test_without_scripts_the_search_button_opens_a_page_that_does_the_same(watch: Watch) -> None:
    page = watch(390, scripts=False).open(PAGES["overview"])
    page.click("#open-palette")
    page.fill("#search-all", "nps")
    page.keyboard.press("Enter")
    page.click(".hits >> text=Net Promoter Score")
    page.wait_for_url("**/metrics/nps")
    assert page.inner_text("h1").startswith("Net Promoter Score")


def test_single_letters_go_to_areas_until_they_are_turned_off(watch: Watch) -> None:
    page = watch().open(PAGES["overview"])
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/w/shop/metrics")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.focus("#single-keys")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    page.keyboard.press("?")
    assert not page.locator("#keys").is_visible()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.reload()
    assert page.url.endswith("/w/shop/metrics")
    assert not page.locator("#single-keys").is_checked()


def test_a_tip_shows_on_focus_and_goes_on_escape_and_a_dialog_gives_the_focus_back(watch: Watch) -> None:
    page = watch(320).open("/design")
    page.focus("[aria-describedby=tip-sample]")
    words = page.locator("#tip-sample")
    assert words.is_visible()
    box = words.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    page.keyboard.press("Escape")
    assert not words.is_visible()
    page.focus("[commandfor=sample-dialog]")
    page.keyboard.press("Enter")
    assert page.locator("#sample-dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('commandfor')") == "sample-dialog"
