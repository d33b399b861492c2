"""Somebody who has never seen the pages: goes only by what can be seen, by its role and its name, and every deed is counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

#: More presses of Tab than these until something is reached are no way.
MOST_TABS = 250
#: Milliseconds that an answer may take on a busy machine.
PATIENCE = 90_000

WHERE = """one => { const now = document.activeElement;
  if (one === now) return 'here';
  return now && now !== document.body && now.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING ? 'before' : 'after' }"""


class Newcomer(ABC):
    """What both kinds of newcomers do: read. clicks: with the pointer; presses: of keys, each letter one; pages: those that were shown, the
    same with another question being the same."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.presses, self.pages = page, 0, 0, {urlsplit(page.url).path}
        page.on("framenavigated", lambda frame: self.pages.add(urlsplit(frame.url).path))

    def arrives_at(self, heading: str) -> None:
        """A page with this heading is there."""
        expect(self.page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=PATIENCE)

    def reads(self, text: str) -> None:
        """The text can be seen on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def follow(self, name: str, role: str = "link", among: Locator | None = None) -> None:
        """Open a link or press a button by its name."""
        one = (among or self.page).get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
        expect(one).to_be_visible(timeout=PATIENCE)
        self.press(one)

    def field(self, name: str) -> Locator:
        """A list to choose from, or a field with suggestions."""
        return self.page.get_by_role("combobox", name=name, exact=True)

    @abstractmethod
    def press(self, one: Locator) -> None:
        """Open or press something."""

    @abstractmethod
    def choose(self, field: str, option: str) -> None:
        """Choose an option of a list."""

    @abstractmethod
    def write(self, field: str, text: str) -> None:
        """Write into a field and leave it."""


class WithPointer(Newcomer):
    """Uses a mouse or a finger, and the keyboard only to write."""

    def press(self, one: Locator) -> None:
        one.click()
        self.clicks += 1

    def choose(self, field: str, option: str) -> None:
        self.field(field).select_option(label=option)
        self.clicks += 2  # One opens the list, one takes the option.

    def write(self, field: str, text: str) -> None:
        one = self.field(field)
        one.click()
        self.clicks += 1
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")
        self.presses += len(text) + 1


class WithKeyboard(Newcomer):
    """Has no pointer at all."""

    def reach(self, one: Locator) -> None:
        """Press Tab until it has the focus, or Shift and Tab where it stands before what has it."""
        expect(one).to_be_visible(timeout=PATIENCE)
        for _ in range(MOST_TABS):
            where = one.evaluate(WHERE)
            if where == "here":
                return
            self.page.keyboard.press("Shift+Tab" if where == "before" else "Tab")
            self.presses += 1
        raise AssertionError(f"Tab never came to {one}.")

    def press(self, one: Locator) -> None:
        self.reach(one)
        self.page.keyboard.press("Enter")
        self.presses += 1

    def choose(self, field: str, option: str) -> None:
        one = self.field(field)
        self.reach(one)
        self.page.keyboard.type(option)
        self.presses += len(option)
        expect(one).to_have_value(option)

    def write(self, field: str, text: str) -> None:
        self.reach(self.field(field))
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")
        self.presses += len(text) + 1
