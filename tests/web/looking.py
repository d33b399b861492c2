"""How a page is looked at: axe, sideways scroll, shifts, requests, and its kept picture."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from browsing import Watch, Watched, turn
from likeness import compare, shrink
from pages import LOOKS
from playwright.sync_api import Page

#: axe-core as tests read it; no page loads it.
AXE = Path(__file__).parents[2] / "web-assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What other colours can change; all rules are asked of the others.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Pages of which pictures are kept, and how high these are.
PICTURED = ("overview", "board-product", "journey", "metric", "person", "voice", "explore-asked", "atlas")
PICTURES, HEIGHT = Path(__file__).parent / "pictures", 1400
SHIFTS = """() => new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 60) })"""
NO_ROWS = """() => [...document.querySelectorAll("tr")].map(row => [row.className, getComputedStyle(row).display])
  .filter(([_, display]) => display != "table-row" && display != "none")"""


def check(watched: Watched, page: Page, path: str, looks: Sequence[tuple[int, str]], picture: str = "") -> None:
    """Nothing but our own requests and no shift; at each width and in its colours no sideways scroll and no violation, and the known picture.

    The page was loaded as in the first look; the others are the same page, turned."""
    assert [fault for fault in watched.faults if "404" not in fault or "nothing" not in path] == []
    assert page.evaluate(SHIFTS) == 0
    seen = set[str]()
    for width, scheme in looks:
        turn(page, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"at {width} pixels"
        if width > 1000:
            assert page.evaluate(NO_ROWS) == []  # a class of the same name elsewhere in the stylesheet once made blocks of them
        rules = {"type": "rule", "values": OF_COLOURS} if scheme == "dark" and seen else RULES
        assert violations(page, rules) == []
        seen.add(scheme)
        if picture and (width, scheme) in LOOKS[:2]:
            hold_beside_the_kept_picture(page, f"{picture}-{width}-{scheme}")


def violations(page: Page, rules: object = RULES) -> list[tuple[str, list[str]]]:
    """What axe finds wrong with a page: the rule, and the first elements that break it."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in web-assets")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]]


def look_at(watch: Watch, pages: Mapping[str, str], name: str) -> None:
    """Open one of some pages and look at it in every look; the pages take turns at which is the one they are loaded in."""
    first = list(pages).index(name) % len(LOOKS)
    looks = (*LOOKS[first:], *LOOKS[:first])
    watched = watch(*looks[0])
    check(watched, watched.open(pages[name]), pages[name], looks, name if name in PICTURED else "")


def take_picture(page: Page) -> bytes:
    """The upper part of a page as it is kept."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": HEIGHT})  # type: ignore[index]
    page.evaluate("document.fonts.ready")
    return shrink(page.screenshot(animations="disabled"))


def hold_beside_the_kept_picture(page: Page, name: str) -> None:
    """The page looks as its kept picture does; to keep new ones: TOUCHPATH_RENEW_PICTURES=1 pytest tests/web/test_browser_*.py -k is_accessible"""
    kept, now = PICTURES / f"{name}.png", take_picture(page)
    if os.environ.get("TOUCHPATH_RENEW_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        kept.write_bytes(now)
    found = compare(kept.read_bytes(), now)
    if not found.alike:
        seen = Path(tempfile.gettempdir()) / f"{name}.png"
        seen.write_bytes(now)
        pytest.fail(f"{name} looks otherwise in {found.others:.0%} of it, most of it in {found.where}: see {seen} beside {kept}")
