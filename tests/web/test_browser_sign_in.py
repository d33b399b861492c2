"""Pages about sign-in in a real browser, and somebody who comes in with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from browsing import Watched, served
from looking import check
from made_incoming import HOSTILE, LONG, RTL
from pages import LOOKS
from playwright.sync_api import Browser
from signing_in import PASSWORD, Clock, let_join, open_gate

from touchpath.model.member import Role
from touchpath.model.member import Scope as TokenScope
from touchpath.services.gate import Gate
from touchpath.web.app import build_app

pytestmark = pytest.mark.browser


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
