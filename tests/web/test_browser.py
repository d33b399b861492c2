"""The pages in a real browser: accessible, without sideways scroll, whole with the keyboard alone, quiet on the network."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from gettext import NullTranslations
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, served
from likeness import compare, shrink
from mirrored import MIRRORED, Mirrored
from playwright.sync_api import Browser, BrowserType, Page, sync_playwright
from signing_in import PASSWORD, Clock, let_join, open_gate
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from touchpath import Signal
from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import BadInput
from touchpath.model.member import Role
from touchpath.model.member import Scope as TokenScope
from touchpath.services.board_blocks import make_block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_links import BoardLinks
from touchpath.services.board_mails import BoardMails
from touchpath.services.board_schedules import Schedule
from touchpath.services.gate import Gate
from touchpath.services.mail_server import Letter
from touchpath.services.offline import Link
from touchpath.services.own_boards import OwnBoards
from touchpath.services.privacy import Privacy
from touchpath.services.receiving import Terms
from touchpath.services.saved_queries import SavedQueries
from touchpath.store.intake_counts import IntakeDay
from touchpath.store.pulls import PullState
from touchpath.store.records import RecordStore
from touchpath.store.signals import Rejected
from touchpath.stores.pull_states import PullStateFiles
from touchpath.web import languages
from touchpath.web.app import build_app

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "web-assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Widths and colours in which every page is looked at, in one visit; the slow tests load it anew for each of all.
LOOKS = ((1440, "light"), (390, "dark"), (320, "light"))
ALL_LOOKS = tuple((width, scheme) for width in (1440, 390, 320) for scheme in ("light", "dark"))
#: What other colours can change; all rules are asked of the others.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Pages of which pictures are kept, and how high these are.
PICTURED = ("overview", "board-product", "journey", "metric", "person", "voice", "explore-asked", "atlas")
PICTURES, HEIGHT = Path(__file__).parent / "pictures", 1400
PAGES = {
    "workspaces": "/",
    "overview": "/w/shop/",
    "start": "/w/incoming/start",
    "start-empty": "/w/empty/start",
    "start-models": "/w/incoming/start/model",
    "start-model": "/w/incoming/start/model/stores-and-online",
    "start-answers": "/w/incoming/start/answers",
    "board": "/w/shop/board",
    "board-product": "/w/shop/board?of=product:web",
    "happenings": "/w/shop/board/happenings",
    "own-boards": "/w/shop/boards",
    "own-board": "/w/shop/boards/%BOARD%?period=28&compare=before",
    "own-board-edit": "/w/shop/boards/%BOARD%/edit",
    "own-board-block": "/w/shop/boards/%BOARD%/blocks/new?sort=map",
    "own-board-versions": "/w/shop/boards/%BOARD%/versions",
    "own-board-share": "/w/shop/boards/%BOARD%/share?period=28",
    "own-board-mails": "/w/shop/boards/%BOARD%/mails",
    "own-board-present": "/w/shop/boards/%BOARD%/present",
    "own-board-shared": "%SHARED%",
    "voice": "/w/shop/voice",
    "voice-of": "/w/shop/voice?did=order.placed",
    "step-people": "/w/shop/journeys/buy/steps/pay/people?group=here",
    "target": "/w/shop/metrics/nps/target?subject=nps",
    "journey": "/w/shop/journeys/buy",
    "atlas": "/w/shop/journeys",
    "journey-compared": "/w/shop/journeys/buy?zoom=stage&period=28&compare=before",
    "journey-versions": "/w/shop/journeys/buy?version=1",
    "journey-touchpoints": "/w/shop/journeys/buy?zoom=touchpoint&beside=channel:web",
    "journey-parties": "/w/shop/journeys/buy/parties",
    "journey-tasks": "/w/shop/journeys/buy?zoom=task",
    "step": "/w/shop/journeys/buy/steps/pay",
    "card": "/w/shop/journeys/buy/steps/pay/card",
    "model": "/w/shop/model",
    "model-journey": "/w/shop/model/edit?at=journeys/buy",
    "model-step": "/w/shop/model/edit?at=journeys/buy/stages/order/steps/pay",
    "model-add": "/w/shop/model/add?to=tasks",
    "model-text": "/w/shop/model/text",
    "people": "/w/shop/people?q=42",
    "accounts": "/w/shop/accounts",
    "account": "/w/shop/accounts/weird%2F%3Cb%3Ename%3C%2Fb%3E",
    "segments": "/w/shop/segments?by=plan",
    "segment": "/w/shop/segments/persona:regular",
    "explore": "/w/shop/explore",
    "explore-asked": "/w/shop/explore/volume?q.of.0=order.placed&q.of.1=x&grain=month",
    "explore-flows": "/w/shop/explore/flows?q.of=search&q.steps=3",
    "explore-paths": "/w/shop/explore/paths?q.gap=1d&rare=0",
    "timeline": "/w/shop/explore/timeline?of=nps:nps&grain=week",
    "journey-ways": "/w/shop/journeys/buy/paths",
    "explore-faulty": "/w/shop/explore/funnel?q.steps.0=a&where=channel: [",
    "person": "/w/shop/people/user:42",
    "identity": "/w/shop/identity?actor=user:42",
    "metrics": "/w/shop/metrics",
    "metric": "/w/shop/metrics/task_success?subject=checkout&by=channel",
    "question": "/w/shop/metrics/nps?subject=nps&by=channel",
    "number": "/w/shop/metrics/task_success/number?subject=checkout",
    "drivers": "/w/shop/drivers?outcome=nps&of=csat&of=count:order.placed",
    "drivers-refused": "/w/shop/drivers?outcome=nps&of=csat&of=sus1&of=count:order.placed",
    "effect": "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01",
    "effect-units": "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01&by=channel&treated=web",
    "associations": "/w/shop/associations?ux=task_success:checkout&cx=nps:nps&by=channel",
    "people-behind": "/w/shop/metrics/task_success/people?subject=checkout&group=succeeded",
    "signals": "/w/shop/data/catalogue",
    "sources": "/w/shop/data/sources",
    "imports": "/w/shop/data/imports",
    "import-tried": "/w/shop/data/imports/aaaaaaaaaaaaaaa1",
    "import-faulty": "/w/shop/data/imports/aaaaaaaaaaaaaaa2",
    "import-done": "/w/shop/data/imports/aaaaaaaaaaaaaaa3",
    "import-format": "/w/shop/data/imports/aaaaaaaaaaaaaaa4",
    "undo": "/w/incoming/data/undo?job=%JOB%",
    "kind": "/w/incoming/data/catalogue/kind?kind=%KIND%",
    "contact": "/w/incoming/data/contact",
    "qr": "/w/incoming/data/qr?touchpoint=till&campaign=spring&question=csat",
    "visit": "/q/incoming/%TOKEN%",
    "catalogue": "/w/incoming/data/catalogue",
    "connections": "/w/shop/data/connections",
    "connection": "/w/shop/data/connections/help",
    "live": "/w/shop/data/keys",
    "revoke-key": "/w/shop/data/keys/web-1/revoke",
    "quarantine": "/w/shop/data/quarantine",
    "held": "/w/shop/data/quarantine/records?job=record&try=1",
    "give-up": "/w/shop/data/quarantine/give-up?job=record",
    "privacy": "/w/shop/privacy",
    "erase-person": "/w/shop/privacy/erase?actor=user:c1",
    "design": "/design?sort=-success",
    "search": "/w/shop/search?q=pay",
    "settings": "/w/shop/settings",
    "help": "/help",
    "empty": "/w/empty/",
    "missing": "/w/shop/journeys/nothing",
}
EXTREMES = {
    "empty-journey": "/w/empty/journeys/buy",
    "long": "/w/long/",
    "long-board": "/w/long/board?of=journey:forty",
    "long-metric": "/w/long/metrics/nps?subject=csat",
    "long-journey": "/w/long/journeys/forty",
    "long-person": "/w/long/people/user:1",
}


HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3
RTL = "لم أتمكن من إتمام الدفع لأن النموذج رفض رقم هاتفي مرتين"
CSV = "order_id,customer_id,ordered_at,comment,total\n" + "".join(
    f"o{i},c{i % 3},2026-03-0{i % 9 + 1} 10:00:00,{HOSTILE.replace(',', '') if i % 2 else RTL},{'much' if i == 7 else i}\n"
    for i in range(40)
)
UPLOADS = {"orders.csv": "aaaaaaaaaaaaaaa1", "faulty.csv": "aaaaaaaaaaaaaaa2", "done.csv": "aaaaaaaaaaaaaaa3"}
UPLOADS |= {"export.json": "aaaaaaaaaaaaaaa4"}
#: What stands for these in PAGES, once the workspace is there.
FOUND: dict[str, str] = {}
MODEL = b"""format: touchpath-model/1
brand: {id: shop, title: The Shop}
touchpoints:
  - {id: till, title: Till, medium: physical}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered, where: {properties.question: csat}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
MIXPANEL = '{"event": "Sign up", "properties": {"time": 1772000000, "distinct_id": "u1", "$insert_id": "e1", "mp_lib": "web"}}\n'


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A real workspace that holds an upload in each of its states."""
    folder = tmp_path_factory.mktemp("real") / "incoming"
    create_workspace(folder)
    workspace = open_workspace(folder)
    uploads = workspace.incoming.uploads
    for name, id in UPLOADS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(secrets, "token_hex", lambda size, id=id: id)
            receiving = uploads.receive(name)
            receiving.write((MIXPANEL if name == "export.json" else CSV).encode())
            uploads.recognise(receiving.finish().id)
    uploads.keep_mapping(UPLOADS["faulty.csv"], uploads.mapping(UPLOADS["faulty.csv"]).replace("order_id", "order_idd"))
    uploads.start(UPLOADS["done.csv"])
    deadline = time.monotonic() + 60
    while uploads.show(UPLOADS["done.csv"]).upload.active and time.monotonic() < deadline:
        time.sleep(0.02)
    workspace.models.apply(MODEL, "test", "model", file="model.yaml")
    FOUND["%JOB%"] = uploads.show(UPLOADS["done.csv"]).upload.job
    FOUND["%KIND%"] = workspace.signals.kinds()[0].kind
    FOUND["%TOKEN%"] = workspace.incoming.offline.sign(Link("till", "spring", "csat"))
    refused = [Rejected("recorded", n, f"The unit '{HOSTILE}' is too long.", '{"text": "' + RTL + '"}') for n in range(3)]
    workspace.quarantine.keep("record", refused)
    gone = Signal("web", "1", "page.viewed", datetime(2026, 3, 1, tzinfo=UTC), ("user:gone-1",))
    workspace.record([gone])
    workspace.forgetting.forget(["user:gone-1"], RTL, HOSTILE)
    workspace.record([gone])
    workspace.live.keys.add(Terms("", "web", ("https://*.shop.example",), consent="analytics"), HOSTILE)
    counts = {"signals": 1200, "duplicates": 3, "refused": 2, "late": 1}
    workspace.live.counts.add(
        "a", 1, [IntakeDay(datetime.now(UTC).date(), HOSTILE, counts), IntakeDay(datetime.now(UTC).date(), "web", {})]
    )
    workspace.forgetting.backups.note("nightly", HOSTILE, datetime(2026, 3, 1, tzinfo=UTC), "me")
    workspace.connections.add("help", "zendesk", {"subdomain": "example", "token": "env:ZENDESK_TOKEN"})
    began = datetime(2026, 3, 1, 9, tzinfo=UTC)
    PullStateFiles(folder / "connections").save(
        PullState(
            "pull-help-tickets",
            3,
            None,
            None,
            began,
            began,
            12_345,
            45_678,
            40_000,
            5_000,
            678,
            3,
            f"Zendesk refused it: {HOSTILE}",
        )
    )
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def shown(workspaces: dict[str, object], real: Workspace) -> ASGIApp:
    """The application over the workspaces of these tests."""
    incoming, privacy = real.incoming, Privacy(real.forgetting, real.exports)
    named = {**workspaces, "incoming": real.platform}
    return build_app(
        named,  # type: ignore[arg-type]
        incoming={"shop": incoming, "incoming": incoming},
        privacy={"shop": privacy},
        boards={"shop": board_desk(real.records)},
    )


def board_desk(records: RecordStore) -> BoardDesk:
    """A board with a block of every sort, a link to it, and a schedule with a mail that did not go."""
    saved, boards, links = SavedQueries(records), OwnBoards(records), BoardLinks(records)
    saved.save("Orders", {"query": "volume", "of": ["order.placed"]}, "ada")
    said = [
        ("text", {"text": f"# Look\n\n{RTL}\n\n- {LONG}\n- [plan](https://example.org) {HOSTILE}"}),
        ("metric", {"number": "task_success:checkout"}),
        ("goal", {"number": "nps:nps"}),
        ("chart", {"number": "nps:nps"}),
        ("table", {"query": "orders"}),
        ("map", {"journey": "buy"}),
        ("verbatims", {}),
        ("metric", {"number": "nothing:here"}),
    ]
    kept = boards.make(LONG[:100], HOSTILE, [make_block("", sort, says) for sort, says in said])
    _link, secret = links.make(kept.id, HOSTILE, 30, RTL)
    refuses = type("Refuses", (), {"send": lambda *asked: (_ for _ in ()).throw(BadInput(HOSTILE))})()
    mails = BoardMails(records, boards, lambda *asked: Letter("", "", ""), refuses, "UTC")
    mails.schedules.add(Schedule(kept.id, (f"{'a-long-address' * 4}@{'sub.' * 9}example.org",)), "ada")
    mails.send_now(Schedule(kept.id, ("ada@example.org",)), "ada")
    FOUND["%BOARD%"], FOUND["%SHARED%"] = kept.id, f"/shared/shop/{secret}"
    return BoardDesk(boards, saved, links, mails)


@pytest.fixture(scope="module")
def address(shown: ASGIApp) -> Iterator[str]:
    """The application on a free port of this machine."""
    with served(shown) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    browser = chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


class Watched:
    """A page, and what it did that no page of ours may do."""

    def __init__(self, browser: Browser, address: str, width: int, scheme: str, scripts: bool = True) -> None:
        self.address, self.faults = address, []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts, bypass_csp=False
        )  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "request", lambda asked: self.faults.append(asked.url) if not asked.url.startswith((address, "data:")) else None
        )

    def open(self, path: str) -> Page:
        for name, found in FOUND.items():
            path = path.replace(name, found)
        self.page.goto(self.address + path, wait_until="load")
        return self.page


Watch = Callable[..., Watched]


@pytest.fixture
def watch(browser: Browser, address: str) -> Iterator[Watch]:
    opened: list[Watched] = []

    def open_one(width: int = 1440, scheme: str = "light", scripts: bool = True) -> Watched:
        opened.append(Watched(browser, address, width, scheme, scripts))
        return opened[-1]

    yield open_one
    for one in opened:
        one.context.close()


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
    page.evaluate(AXE.read_text("utf-8"))
    seen = set[str]()
    for width, scheme in looks:
        turn(page, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"at {width} pixels"
        if width > 1000:
            assert page.evaluate(NO_ROWS) == []  # a class of the same name elsewhere in the stylesheet once made blocks of them
        rules = {"type": "rule", "values": OF_COLOURS} if scheme == "dark" and seen else RULES
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]] == []
        seen.add(scheme)
        if picture and (width, scheme) in LOOKS[:2]:
            hold_beside_the_kept_picture(page, f"{picture}-{width}-{scheme}")


def turn(page: Page, width: int, scheme: str, height: int = 900) -> None:
    """The same page at another width and in other colours."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]


def take_picture(page: Page) -> bytes:
    """The upper part of a page as it is kept."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": HEIGHT})  # type: ignore[index]
    page.evaluate("document.fonts.ready")
    return shrink(page.screenshot(animations="disabled"))


def hold_beside_the_kept_picture(page: Page, name: str) -> None:
    """The page looks as its kept picture does; to keep new ones: TOUCHPATH_RENEW_PICTURES=1 pytest tests/web/test_browser.py -k accessible"""
    kept, now = PICTURES / f"{name}.png", take_picture(page)
    if os.environ.get("TOUCHPATH_RENEW_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        kept.write_bytes(now)
    found = compare(kept.read_bytes(), now)
    if not found.alike:
        seen = Path(tempfile.gettempdir()) / f"{name}.png"
        seen.write_bytes(now)
        pytest.fail(f"{name} looks otherwise in {found.others:.0%} of it, most of it in {found.where}: see {seen} beside {kept}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits(name: str, watch: Watch) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in web-assets")
    first = list(PAGES).index(name) % len(LOOKS)
    looks = (*LOOKS[first:], *LOOKS[:first])
    watched = watch(*looks[0])
    check(watched, watched.open(PAGES[name]), PAGES[name], looks, name if name in PICTURED else "")


@pytest.mark.slow
@pytest.mark.parametrize("look", ALL_LOOKS)
@pytest.mark.parametrize("name", [*PAGES, *EXTREMES])
def test_a_page_is_accessible_and_fits_however_it_is_loaded(name: str, look: tuple[int, str], watch: Watch) -> None:
    watched, path = watch(*look), (PAGES | EXTREMES)[name]
    check(watched, watched.open(path), path, [look])


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


@pytest.fixture(scope="module")
def gated(workspaces: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Gate]]:
    """An application where people sign in, on a free port, with members, tokens and a log that are hard to show."""
    gate, database = open_gate(tmp_path_factory.mktemp("gate"), Clock(datetime.now(UTC)))
    ada = let_join(gate, "ada@example.org", Role.OWNER, True)
    gate.members.invite(f"{'a-long-address' * 4}@{'sub.' * 9}example.org", Role.EDITOR, True, HOSTILE)
    gate.tokens.make(ada, RTL[:90], set(TokenScope), 30)
    gate.note(HOSTILE, RTL, LONG, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
    for agent in ("", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", LONG):
        gate.sessions.open(ada, "2001:db8::1", agent)
    with served(build_app(workspaces, gate=gate)) as address:  # type: ignore[arg-type]
        yield address, gate
    database.close()


SIGN_IN = ("/sign-in?ended=1&lost=1", "/welcome/%LINK%", "/welcome/nothing")
SETTINGS = ("/settings/account", "/settings/tokens", "/settings/members", "/settings/members/%MEMBER%", "/settings/log")


@pytest.mark.parametrize("path", [*SIGN_IN, *SETTINGS])
def test_pages_about_sign_in_are_accessible_and_fit(path: str, browser: Browser, gated: tuple[str, Gate]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in web-assets")
    address, gate = gated
    ada = gate.members.by_email("ada@example.org")
    watched = Watched(browser, address, *LOOKS[0])
    if path in SETTINGS:
        watched.context.add_cookies([{"name": "touchpath", "value": gate.sessions.open(ada), "url": address}])
    path = path.replace("%LINK%", gate.members.new_link(ada.id)[1]).replace("%MEMBER%", ada.id)
    try:
        page = watched.open(path)
        watched.faults = [fault for fault in watched.faults if "403" not in fault]
        check(watched, page, path, LOOKS)
    finally:
        watched.context.close()


def test_somebody_comes_in_with_the_keyboard_alone_and_is_back_where_they_were(browser: Browser, gated: tuple[str, Gate]) -> None:
    address, _ = gated
    watched = Watched(browser, address, 390, "light")
    page = watched.open("/w/shop/metrics/nps?subject=nps")
    assert "/sign-in?next=" in page.url
    page.focus("#email")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_attribute("#password", "type") == "text"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/shop/metrics/nps?subject=nps")
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    page.wait_for_url("**/sign-in?out=1")
    watched.context.close()


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_contents_stay_accessible_and_fit(name: str, watch: Watch) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in web-assets")
    watched = watch(*LOOKS[2])
    check(watched, watched.open(EXTREMES[name]), EXTREMES[name], (LOOKS[2], *LOOKS[:2]))


class InPieces:
    """An application whose pages come in pieces with pauses between, as through a slow line or from a busy machine.

    without: what is taken out of a page on the way.
    """

    def __init__(self, app: ASGIApp, pieces: int, pause_seconds: float, without: bytes = b"") -> None:
        self._app, self._pieces, self._pause, self._without = app, pieces, pause_seconds, without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = False

        async def send_slowly(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                page = (b"content-type", b"text/html; charset=utf-8") in message["headers"]
                message["headers"] = [one for one in message["headers"] if not page or one[0] != b"content-length"]
            body = message.get("body", b"").replace(self._without, b"") if self._without else message.get("body", b"")
            if not page or not body:
                await send(message)
                return
            size = len(body) // self._pieces + 1
            for start in range(0, len(body), size):
                await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
                await asyncio.sleep(self._pause)
            await send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})

        plain = [one for one in scope.get("headers", ()) if one[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_slowly)


@pytest.fixture(scope="module")
def slow_address(shown: ASGIApp) -> Iterator[str]:
    """The same application, whose pages come in pieces."""
    with served(InPieces(shown, pieces=24, pause_seconds=0.04)) as found:
        yield found


@pytest.fixture(scope="module")
def barred(chromium: BrowserType) -> Iterator[Browser]:
    """A browser whose scroll bars take their room, as on most desktops."""
    browser = chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, ignore_default_args=["--hide-scrollbars"])
    yield browser
    browser.close()


SOURCES = """() => new Promise(done => { const found = [];
  const name = node => node ? (node.nodeType === 1 ? node.tagName + "." + node.className : "text of " + name(node.parentElement)) : "gone";
  const box = one => [one.x, one.y, one.width, one.height].map(Math.round).join(" ");
  new PerformanceObserver(list => { for (const one of list.getEntries()) found.push([one.value,
    one.sources.map(source => `${name(source.node)}: ${box(source.previousRect)} to ${box(source.currentRect)}`)]) })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(found), 60) })"""


def moved(browser: Browser, address: str, path: str, width: int, scheme: str) -> list[object]:
    """What moved while a page was shown on a machine that is ten times as slow: how far, and from where to where."""
    watched = Watched(browser, address, width, scheme)
    try:
        watched.context.new_cdp_session(watched.page).send("Emulation.setCPUThrottlingRate", {"rate": 10})
        found: list[object] = watched.open(path).evaluate(SOURCES)
        return found
    finally:
        watched.context.close()


QUICKLY = ("journey", "person", "import-tried", "visit", "missing")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [LOOKS[0], LOOKS[2], *(pytest.param(*look, marks=pytest.mark.slow) for look in ALL_LOOKS if look not in LOOKS)],
)
@pytest.mark.parametrize(
    "name", [*QUICKLY, *(pytest.param(n, marks=pytest.mark.slow) for n in (*PAGES, *EXTREMES) if n not in QUICKLY)]
)
def test_nothing_moves_however_slowly_a_page_comes(
    name: str, width: int, scheme: str, barred: Browser, slow_address: str
) -> None:
    assert moved(barred, slow_address, (PAGES | EXTREMES)[name], width, scheme) == []


def test_a_page_that_is_painted_piece_by_piece_would_be_seen_to_move(barred: Browser, shown: ASGIApp) -> None:
    waits = b'<link rel="expect" href="#live" blocking="render">'
    with served(InPieces(shown, pieces=40, pause_seconds=0.06, without=waits)) as address:
        assert moved(barred, address, PAGES["missing"], 1440, "dark") != []


# Of buttons of which only one can be chosen, Tab reaches the chosen one or the first; the arrow keys reach the others.
REACHABLE = """() => [...document.querySelectorAll('a[href], button:not([disabled]), input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.type !== 'radio' || one === (document.querySelector(`[name="${one.name}"]:checked`) ?? document.querySelector(`[name="${one.name}"]`)))
  .filter(one => one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) && !one.closest('details:not([open]) > :not(summary)'))
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
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]] == []
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


def test_a_chip_takes_its_filter_away_without_a_new_page(watch: Watch) -> None:
    page = watch().open(PAGES["metric"] + "&period=28&device=phone")
    page.evaluate("window.still = true")
    page.click("[aria-label^='Remove the filter Device']")
    page.wait_for_url("**/metrics/task_success?subject=checkout&by=channel&period=28")
    assert page.locator(".filter-chip").count() == 1
    assert page.locator('#nav a[data-key="m"]').get_attribute("href") == "/w/shop/metrics?period=28"
    assert page.evaluate("window.still") is True


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


def test_a_file_is_imported_with_the_keyboard_and_its_progress_ends_by_itself(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(CSV.replace("order_id,", "order_number,"), "utf-8")
    watched = watch(390)
    page = watched.open(PAGES["imports"])
    page.set_input_files("#bring-file", file)
    page.focus("#bring-file")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Timelines that would come of it")
    page.focus("button[value=import]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The whole file is in", timeout=60_000)
    assert page.locator("[data-quiet]").count() == 0
    assert watched.faults == []


def test_a_code_is_answered_with_the_keyboard_on_a_small_screen(watch: Watch) -> None:
    watched = watch(320, "dark")
    page = watched.open(PAGES["visit"])
    page.focus('input[name="rating"]')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator('input[name="rating"]:checked').input_value() == "3"
    page.keyboard.press("Tab")
    page.keyboard.type("Kind people")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Your answer is kept")
    assert watched.faults == []


def test_a_contact_is_written_down_with_the_keyboard(watch: Watch) -> None:
    watched = watch(390)
    page = watched.open(PAGES["contact"])
    assert not page.locator("#contact-email").is_visible()
    page.focus('input[name="who"]:checked')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.org")
    page.select_option("#contact-touchpoint", "till")
    page.focus("#contact-note")
    page.keyboard.type("The queue was long")
    page.keyboard.press("Tab")
    page.focus("form .primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The contact is kept")
    assert page.locator("#contact-touchpoint").input_value() == "till"
    assert watched.faults == []


def test_a_file_is_imported_without_scripts(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text(CSV.replace("order_id,", "plain_number,"), "utf-8")
    page = watch(320, scripts=False).open(PAGES["imports"])
    page.set_input_files("#bring-file", file)
    page.click("text=Look at the file")
    page.click("button[value=import]")
    for _ in range(200):
        if page.locator("text=The whole file is in").count():
            break
        page.click("text=Look again")
    assert page.locator("text=The whole file is in").count() == 1


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


def test_ux_and_cx_stand_side_by_side_where_there_is_room(watch: Watch) -> None:
    ux, cx = (watch(1440).open(PAGES["board-product"]).locator(f".column.{name}").bounding_box() for name in ("ux", "cx"))
    assert ux["y"] == cx["y"]
    assert ux["x"] + ux["width"] <= cx["x"]
    ux, cx = (watch(390).open(PAGES["board-product"]).locator(f".column.{name}").bounding_box() for name in ("ux", "cx"))
    assert ux["x"] == cx["x"]
    assert ux["y"] + ux["height"] <= cx["y"]


def test_the_content_policy_stops_what_is_not_ours(watch: Watch) -> None:
    watched = watch()
    page = watched.open(PAGES["overview"])
    page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.caught = true'; document.body.append(one) }"
    )
    assert page.evaluate("window.caught") is None
    assert any("Content Security Policy" in fault for fault in watched.faults)


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
