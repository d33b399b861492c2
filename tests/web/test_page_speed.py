"""How heavy and how fast pages are: the command that tells it, the handbook page that keeps it, and, slowly, what it tells of the demo."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from browsing import CHROMIUM
from page_speed import (
    HEAVIEST,
    LEAST,
    LIGHTHOUSE,
    PAGES,
    Page,
    Weight,
    below,
    fetch,
    found_on,
    judge,
    loads,
    overweight,
    read_score,
    rewrite,
    score_table,
    weigh,
    weight_table,
)
from pages import EXTREMES, spelled
from pages import PAGES as MADE_UP
from serving import serving

from touchpath.bootstrap import prepare_demo

GUIDE = Path(__file__).parents[2] / "docs" / "reference" / "page-speed.md"
TOLD = {
    "performance": 98, "accessibility": 100, "best-practices": 100, "fcp": 900.0, "lcp": 1400.0, "tbt": 50.4, "cls": 0.0, "faults": [],
    "strangers": [],
}  # fmt: skip
#: Pages of made-up workspaces on which people explore by hand.
EXPLORING = {"explore-asked", "explore-flows", "explore-paths", "explore-faulty", "timeline", "journey-ways"}
HOME, FUNNEL = Page("Home", "/"), Page("Funnel", "/explore", "explorer")


def of(page: Page, own: int) -> Weight:
    return Weight(page, {"HTML": own, "CSS": 12_000, "scripts": 17_000, "typeface": 40_000, "icon": 235}, 6)


def test_what_a_page_loads_is_found_in_it_in_its_stylesheet_and_in_its_script() -> None:
    page = b'<link href="/assets/a.0123456789ab.css"><img src="/assets/b.0123456789ac.svg"><a href="/assets/plain.css">'
    assert loads(page) == {"a.0123456789ab.css", "b.0123456789ac.svg"}
    assert loads(b"src:url(inter.0123456789ab.woff2) format('woff2')") == {"inter.0123456789ab.woff2"}
    assert loads(b'import("./charts.0123456789ab.js")') == {"charts.0123456789ab.js"}


def test_pages_over_their_budget_are_named_with_what_is_wrong() -> None:
    most = HEAVIEST - of(HOME, 0).total
    assert overweight([of(HOME, most), of(FUNNEL, most + 220_000)]) == []
    assert overweight([of(HOME, most + 1)]) == ["Home weighs 90,001 bytes; 90,000 are allowed."]
    assert overweight([of(FUNNEL, most + 220_001)]) == ["Funnel weighs 310,001 bytes; 310,000 are allowed."]
    assert "| Home | reading | 1.0 | 12.0 | 17.0 | 40.0 | 0.2 | **70.2** | 6 |" in weight_table([of(HOME, 1_000)])


def test_pages_that_score_too_little_are_named_with_what_is_wrong() -> None:
    good, slow = read_score(HOME, TOLD), read_score(HOME, {**TOLD, "performance": 96, "cls": 0.02})
    assert below([good, read_score(FUNNEL, {**TOLD, "performance": 90})]) == []
    assert below([slow]) == ["Home: performance 96 of 97, layout shift 0.020."]
    unreadable = read_score(FUNNEL, {**TOLD, "accessibility": 97, "faults": ["color-contrast: Too pale"]})
    assert below([unreadable]) == ["Funnel: accessibility 97 of 100, color-contrast: Too pale."]
    assert below([read_score(HOME, {**TOLD, "strangers": ["https://other.example/x.js"]})]) == [
        "Home: asks https://other.example/x.js."
    ]
    assert "| Home | reading | **98** | 100 | 100 | 0.000 | 0.9 | 1.4 | 50 |" in score_table([good])


def test_a_table_is_written_in_its_place_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- weights -->\nold\n<!-- end of weights -->\nafter\n", "utf-8")
    rewrite(page, "weights", "new")
    assert page.read_text("utf-8") == "before\n<!-- weights -->\nnew\n<!-- end of weights -->\nafter\n"
    with pytest.raises(SystemExit, match="no place for the scores"):
        rewrite(page, "scores", "new")


def test_every_page_is_as_light_as_it_must_be_however_hard_its_contents_are_to_show(address: str) -> None:
    paths = {name: path for name, path in (MADE_UP | EXTREMES).items() if name != "missing"}
    pages = [
        Page(name, spelled(path).replace(" ", "%20"), "explorer" if name in EXPLORING else "reading")
        for name, path in paths.items()
    ]
    weights = list(weigh(address, pages))
    assert overweight(weights) == []
    assert {one.page.name for one in weights if one.kinds["scripts"] > 200_000} == EXPLORING
    assert {one.page.name for one in weights if one.requests < 4} == set()


def test_the_handbook_tells_every_page() -> None:
    weights, _, scores = GUIDE.read_text("utf-8").partition("<!-- end of weights -->")
    assert [page.name for page in PAGES if f"| {page.name} | {page.sort} |" not in weights] == []
    kept = {
        page.name: re.search(rf"\| {page.name} \| {page.sort} \| \*\*(\d+)\*\* \| (\d+) \| (\d+) \|", scores) for page in PAGES
    }
    assert [name for name, found in kept.items() if found is None] == []
    assert [
        page.name for page in PAGES if int(kept[page.name][1]) < LEAST[page.sort] or kept[page.name].group(2, 3) != ("100", "100")
    ] == []


def test_lighthouse_comes_from_a_lock_file_that_names_no_download_addresses() -> None:
    lock = json.loads((LIGHTHOUSE / "package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


@pytest.mark.slow
def test_every_page_of_the_demo_is_as_light_and_as_fast_as_it_must_be(demo_folder: Path) -> None:
    if not CHROMIUM.exists() or shutil.which("node") is None or not (LIGHTHOUSE / "node_modules").exists():
        pytest.skip("Lighthouse or Chromium is not installed: make lighthouse")
    with serving(demo_folder / "company") as address:
        pages = found_on(address)
        assert overweight(weigh(address, pages)) == []
        assert below(judge(address, pages, 1)) == []


@pytest.mark.slow
def test_pages_of_fifty_thousand_people_weigh_no_more_than_those_of_few(tmp_path: Path) -> None:
    prepare_demo("company", tmp_path / "company", 50_000, 3, lambda step: None)
    with serving(tmp_path / "company") as address:
        assert overweight(weigh(address, found_on(address))) == []
        lists = (
            "/explore/volume/people?q.of.0=page.viewed&outcome=did",
            "/journeys/buy/steps/visit/people?group=here",
            "/people?q=user",
        )
        assert {path: len(fetch(address + path)[0]) for path in lists if len(fetch(address + path)[0]) >= 20_000} == {}
