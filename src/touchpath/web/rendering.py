"""What building blocks may know of the page that is being made: its own address, and which terms it explains.

Macros cannot see a page's context, and should not need it handed on through every call; so this is kept beside the rendering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import Request
from markupsafe import Markup

from touchpath.web.glossary import TERMS, Term
from touchpath.web.icons import icon
from touchpath.web.languages import _


@dataclass(slots=True)
class Rendering:
    """One page while it is made."""

    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    explained: dict[str, Term] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> Rendering:
        """For the address that was asked for."""
        return cls(request.url.path, tuple(request.query_params.multi_items()))

    def address(self, *without: str, **changes: object) -> str:
        """This address with changes; what is blank or named in `without` is left out."""
        kept = [(name, value) for name, value in self.query if value and name not in changes and name not in without]
        asked = kept + [(name, str(value)) for name, value in changes.items() if value not in ("", None)]
        return f"{self.path}?{urlencode(asked)}" if asked else self.path


_now: ContextVar[Rendering] = ContextVar("touchpath_rendering")


@contextmanager
def rendering(request: Request) -> Iterator[Rendering]:
    """Remember the request while a page is made of it."""
    one = Rendering.of(request)
    token = _now.set(one)
    try:
        yield one
    finally:
        _now.reset(token)


def here(*without: str, **changes: object) -> str:
    """The address of this page with some query values changed; a blank one, and those named, are left out."""
    return _now.get(Rendering()).address(*without, **changes)


def address_of(request: Request, *without: str, **changes: object) -> str:
    """The same for a request whose page is not being made yet."""
    return Rendering.of(request).address(*without, **changes)


def explain(term: str, spoken: bool = False) -> Markup:
    """A small button that opens what a term means; the words come once, at the end of the page.

    spoken: show the question that it answers; without, it is a sign, and the question its name.
    """
    one = TERMS[term]
    _now.get(Rendering()).explained[term] = one
    if spoken:
        return Markup('<button type="button" class="quiet-link" popovertarget="term-{}">{}</button>').format(
            term, _(one.question)
        )
    return Markup('<button type="button" class="what" popovertarget="term-{}" aria-label="{}">{}</button>').format(
        term, _(one.question), icon("help")
    )


def explained() -> Mapping[str, Term]:
    """The terms that this page has buttons for."""
    return _now.get(Rendering()).explained
