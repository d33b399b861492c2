"""What pages say in each language: `_` for words, `locale` for numbers and days. The API, files and the terminal speak English.

The language of a request is kept beside it (a context variable), because words are needed far below the page: in numbers,
charts and the words of comparisons. Nothing outside a page sets it, so everything else gets English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from babel import Locale

from touchpath.web.languages.catalogues import translations

#: Code of each language, and what it calls itself.
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "pt": "Português"}
ENGLISH = "en"
_spoken: ContextVar[str] = ContextVar("touchpath_language", default=ENGLISH)


def language() -> str:
    """The code of the language that this page speaks."""
    return _spoken.get()


@cache
def _locale_of(code: str) -> Locale:
    return Locale.parse(code)


def locale() -> Locale:
    """How that language writes numbers and days."""
    return _locale_of(language())


def direction() -> str:
    """Which way that language is written: "ltr" or "rtl"."""
    return locale().text_direction


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language while this lasts; one that is not known is taken as the way numbers are written, its words are English."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def gettext(message: str) -> str:
    """A text in the language of the page; the English one where nobody has translated it."""
    return translations(language()).gettext(message) if message else ""  # A catalogue answers "" with its own head.


def ngettext(one: str, many: str, number: int) -> str:
    """The same for a text that depends on a number."""
    return translations(language()).ngettext(one, many, number)


def _(message: str, **values: object) -> str:
    """A text in the language of the page, with values in the places that it names.

    >>> _("%(count)s people", count=3)
    '3 people'
    """
    text = gettext(message)
    return text % values if values else text


def _n(one: str, many: str, number: int, **values: object) -> str:
    """The same with the form that a number needs; the number itself is `%(num)s`.

    >>> _n("%(num)s person", "%(num)s people", 1)
    '1 person'
    """
    return ngettext(one, many, number) % ({"num": number} | values)


def inside(title: str) -> str:
    """A title as it stands inside a sentence; German keeps the capitals of its nouns.

    >>> inside("Steps, in order")
    'steps, in order'
    """
    return title if language() == "de" else f"{title[:1].lower()}{title[1:]}"


def N_(message: str) -> str:  # noqa: N802
    """Marks a text that is translated later, where it is shown."""
    return message


def Nn_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """The same for a text that depends on a number."""
    return one, many
