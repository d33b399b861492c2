"""Keys that do something on every page. Single letters can be turned off (WCAG 2.1.4); with Ctrl or Cmd they stay."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.web.languages import N_


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys in the order in which they are pressed, and what they do. single: whether they are letters alone."""

    keys: tuple[str, ...]
    words: str
    single: bool = True


SHORTCUTS = (
    Shortcut(("Ctrl", "K"), N_("Search, and do"), single=False),
    Shortcut(("/",), N_("Search, and do")),
    Shortcut(("?",), N_("Show these keys")),
    Shortcut(("f",), N_("Go to the filters")),
    Shortcut(("t",), N_("Go to the beginning of the page")),
)
