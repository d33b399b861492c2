"""What stands where: kept pictures, wide and narrow screens, and languages from right to left."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from browsing import Watch, Watched, served, turn
from likeness import compare
from looking import PICTURES, take_picture
from mirrored import MIRRORED, Mirrored
from pages import PAGES
from playwright.sync_api import Browser

from touchpath.web import languages
from touchpath.web.app import build_app

pytestmark = pytest.mark.browser


def test_a_broken_page_is_another_picture_and_other_letters_are_not(watch: Watch) -> None:
    page = watch().open(PAGES["overview"])
    kept = take_picture(page)
    broken = {
        "no styles": "document.styleSheets[0].disabled = true",
        "one column": "document.styleSheets[0].insertRule('.home-columns { display: block }', document.styleSheets[0].cssRules.length)",
        "no card": "document.querySelector('.home-columns').remove()",
        "other colours": "document.documentElement.dataset.scheme = 'dark'",
    }
    for what, deed in broken.items():
        page.reload()
        page.evaluate(deed)
        assert not compare(kept, take_picture(page)).alike, what
    page.reload()
    letters = "body { text-rendering: geometricPrecision; letter-spacing: 0.1px; font-synthesis: none }"
    page.evaluate(f"document.styleSheets[0].insertRule('{letters}', document.styleSheets[0].cssRules.length)")
    assert compare(kept, take_picture(page)).alike
    assert sum(one.stat().st_size for one in PICTURES.glob("*.png")) < 1_000_000


def test_the_map_is_a_table_on_wide_screens_and_a_stack_on_narrow_ones(watch: Watch) -> None:
    wide = watch(1440).open(PAGES["journey"])
    assert wide.locator(".map-table").is_visible()
    assert not wide.locator(".map-narrow").is_visible()
    before = wide.locator(".map-table tbody th").first.bounding_box()
    wide.evaluate("document.querySelector('.map-wide').scrollLeft = 400")
    assert wide.locator(".map-table tbody th").first.bounding_box()["x"] == before["x"]
    narrow = watch(320).open(PAGES["journey"])
    assert narrow.locator(".map-narrow").is_visible()
    assert not narrow.locator(".map-table").is_visible()


def test_the_steps_of_a_map_stay_above_their_numbers_and_never_hide_what_has_the_focus(watch: Watch) -> None:
    page = watch(1440).open(PAGES["journey"])
    window, steps = page.locator(".map-wide"), page.locator(".map-table .steps")
    assert window.bounding_box()["height"] <= page.viewport_size["height"]
    page.evaluate("document.querySelector('.map-wide').scrollTop = 10000")
    assert steps.bounding_box()["y"] - window.bounding_box()["y"] < 120
    assert page.evaluate("document.querySelector('.map-wide').scrollTop") > 100
    hidden = """(much) => {
      document.querySelectorAll(".map-table .steps a").forEach((one) => (one.textContent += " and on".repeat(much)));
      return new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
        const edge = () => document.querySelector(".map-table thead").getBoundingClientRect().bottom;
        const side = (one) => one.closest("td").parentElement.firstElementChild.getBoundingClientRect().right;
        const seen = [...document.querySelectorAll(".map-table td a, .map-table td summary, .map-table td button")].reverse().map((one) => {
          one.focus();
          const box = one.getBoundingClientRect();
          return !box.width || box.top >= edge() - 1 && (!one.closest("tbody") || box.left >= side(one) - 1);
        });
        done([seen.length, seen.filter((one) => !one).length]);
      })));
    }"""
    for much in (0, 20):  # names of steps that take many lines, too
        count, behind = page.evaluate(hidden, much)
        assert count > 5
        assert behind == 0


@pytest.mark.parametrize("name", ["person", "account"])
def test_a_strip_of_signals_takes_the_width_of_a_narrow_screen(watch: Watch, name: str) -> None:
    page = watch(320).open(PAGES[name])
    main, entry = page.locator("main").bounding_box(), page.locator(".entry").first.bounding_box()
    assert entry["width"] > 0.85 * main["width"]
    heading = page.locator(".day > :is(h2, h3)").first
    assert heading.evaluate("one => getComputedStyle(one).position") == "static"


def test_ux_and_cx_stand_side_by_side_where_there_is_room(watch: Watch) -> None:
    ux, cx = (watch(1440).open(PAGES["board-product"]).locator(f".column.{name}").bounding_box() for name in ("ux", "cx"))
    assert ux["y"] == cx["y"]
    assert ux["x"] + ux["width"] <= cx["x"]
    ux, cx = (watch(390).open(PAGES["board-product"]).locator(f".column.{name}").bounding_box() for name in ("ux", "cx"))
    assert ux["x"] == cx["x"]
    assert ux["y"] + ux["height"] <= cx["y"]


@pytest.fixture(scope="module")
def mirrored(workspaces: dict[str, object]) -> Iterator[str]:
    """The application in a made-up language from right to left, whose words are long and are no English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(languages.LANGUAGES, MIRRORED, "made up")
        patch.setattr(languages, "translations", lambda code: Mirrored() if code == MIRRORED else NullTranslations())
        with served(build_app(workspaces, language=MIRRORED)) as found:  # type: ignore[arg-type]
            yield found


FROM_THE_RIGHT = (
    "overview",
    "board-product",
    "journey",
    "atlas",
    "person",
    "metric",
    "voice",
    "explore-asked",
    "model-journey",
    "design",
)


@pytest.mark.parametrize("name", FROM_THE_RIGHT)
def test_pages_turn_round_for_languages_from_right_to_left(name: str, browser: Browser, mirrored: str) -> None:
    watched = Watched(browser, mirrored, 1440, "light")
    page = watched.open(PAGES[name])
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", MIRRORED]
    nav, main = page.locator("#nav").bounding_box(), page.locator("#main").bounding_box()
    assert main["x"] + main["width"] <= nav["x"]  # type: ignore[index]
    for width in (1440, 320):
        turn(page, width, "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"at {width} pixels"
    assert watched.faults == []
    watched.context.close()
