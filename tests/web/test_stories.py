"""Stories of a newcomer on the simulated company: the way is found by what the pages show, its clicks are counted, and what is found is true.

docs/guide/stories.md tells the same counts beside those of other products.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import served
from newcomer import PATIENCE, Newcomer, WithKeyboard, WithPointer
from playwright.sync_api import Browser, expect

from touchpath.bootstrap import Workspace, build_server
from touchpath.model.estimate import Estimate
from touchpath.services.live_map import MapAsked
from touchpath.web.numbers import show_change

pytestmark = pytest.mark.browser
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "stories.md"


@pytest.fixture(scope="module")
def address(company: Workspace) -> Iterator[str]:
    app = build_server([company])
    with served(app) as found:
        yield f"{found}/w/{company.platform.name}/"
        app.state.newsroom.close()


def find_the_worst_step_and_why(one: Newcomer, company: Workspace) -> None:
    one.follow("Journeys")
    one.arrives_at("Journeys")
    rows = one.page.get_by_role("row").filter(has_text="lost,")
    lost = [float(re.search(r"([\d.]+)\s*% lost", text).group(1)) for text in rows.all_inner_texts()]  # type: ignore[union-attr]
    row = rows.nth(lost.index(max(lost)))
    title = row.get_by_role("link").last.inner_text()
    one.follow(title, among=row)
    one.arrives_at(title)
    journey, step, drop = worst(company)
    assert (title, max(lost)) == (step.title, pytest.approx(100 * drop, abs=0.5))
    before = journey.needed[journey.needed.index(step) - 1]
    one.follow(f"People who came to “{before.title}” and no further, in time")
    gone = company.platform.people_at(journey.id, step.id, "lost before")
    one.reads(f"{gone.count:,} people")
    one.reads(gone.said[0].text)


def worst(company: Workspace):  # type: ignore[no-untyped-def]
    """The step of all journeys before which the largest share is lost, by the service."""
    found = []
    for journey in company.platform.experience().journeys:
        for stage in company.platform.live_map(MapAsked(journey.id, lanes=("drop_off",))).whole.stages:
            found += [(journey, one.step, one.drop_off.value) for one in stage.steps if isinstance(one.drop_off, Estimate)]
    return max(found, key=lambda one: one[2])


def tell_whether_the_score_really_moved(one: Newcomer, company: Workspace) -> None:
    one.follow("Metrics")
    one.arrives_at("Metrics")
    one.follow("Net promoter score")
    one.arrives_at("Net promoter score How likely are you to recommend Oddlefern to a friend?")
    measured = company.platform.measure("nps", "nps", grain="month")
    assert measured.change is not None
    assert measured.change.changed is None  # The planted score never moves, so whatever it seems to do is noise.
    one.reads(show_change(measured.change, "higher").word)


def hear_who_met_the_error(one: Newcomer, company: Workspace) -> None:
    one.follow("Voice")
    one.arrives_at("Voice")
    one.choose("Said by people who left", "checkout.error")
    met = len(company.platform.select_who_did("checkout.error").keys)
    one.reads(f"{met:,} people left “checkout.error”")
    expect(one.page.get_by_role("heading", name="In their words, newest first")).to_be_visible()
    one.follow("Who they are")
    one.arrives_at("People behind it")
    one.reads(f"{met:,} people")


def share_a_board(one: Newcomer, company: Workspace) -> None:
    one.follow("Board")
    title = company.platform.board().place.title
    one.arrives_at(title)
    one.follow("Copy the link")
    one.reads("Copied.")
    link = one.page.evaluate("navigator.clipboard.readText()")
    executive = one.page.context.browser.new_page(viewport={"width": 390, "height": 800})  # type: ignore[union-attr]
    executive.goto(link)
    expect(executive.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    card = one.page.get_by_role("article").first.inner_text()
    assert executive.get_by_role("article").first.inner_text() == card
    executive.close()


def build_a_funnel(one: Newcomer, company: Workspace) -> None:
    one.follow("Explore")
    one.arrives_at("Explore")
    one.follow("Funnel")
    one.arrives_at("Funnel")
    one.write("Steps, in order 1.", "product.viewed")
    one.write("Steps, in order 2.", "cart.added")
    one.follow("Add a step", "button")
    one.write("Steps, in order 3.", "order.placed")
    counted = company.platform.ask({"query": "funnel", "steps": ["product.viewed", "cart.added", "order.placed"], "window": "7d"})
    entrants = counted.tables[0].rows[0][counted.tables[0].columns.index("entrants")]
    one.reads(f"{entrants:,}")


Story = Callable[[Newcomer, Workspace], None]
#: Each story with its clicks, its presses of keys, and its pages, the first among them.
STORIES: dict[str, tuple[Story, tuple[int, int, int]]] = {
    "Find the worst step and why": (find_the_worst_step_and_why, (3, 0, 4)),
    "Is the drop of the NPS real": (tell_whether_the_score_really_moved, (2, 0, 3)),
    "Who met the checkout error, and what did they say": (hear_who_met_the_error, (4, 0, 3)),
    "Share a board with an executive": (share_a_board, (2, 0, 2)),
    "Build a funnel": (build_a_funnel, (6, 39, 3)),
}


@pytest.mark.parametrize("kind", [WithPointer, WithKeyboard])
@pytest.mark.parametrize("story", STORIES)
def test_a_newcomer_finds_the_answer(
    story: str, kind: type[Newcomer], browser: Browser, address: str, company: Workspace
) -> None:
    tell, counts = STORIES[story]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(address)
    one = kind(page)
    tell(one, company)
    context.close()
    assert faults == []
    if kind is WithPointer:
        assert (one.clicks, one.presses, len(one.pages)) == counts
    else:
        assert one.clicks == 0


def test_the_guide_tells_the_same_counts() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.read_text("utf-8").splitlines()]
    told = {row[0]: tuple(map(int, row[1:4])) for row in rows if row[0] in STORIES and all(cell.isdigit() for cell in row[1:])}
    assert told == {story: counts for story, (_, counts) in STORIES.items()}
