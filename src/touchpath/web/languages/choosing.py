"""Which language somebody gets: the one that they chose, else the one that is set, else the best that their browser asks for."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from touchpath.web.languages import ENGLISH, LANGUAGES, speaking

COOKIE = "touchpath-language"
#: Programs read these, and programs read English.
_FOR_PROGRAMS = ("/api/", "/v1/", "/assets/")
_MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class Languages:
    """Speaks the right language while a page is made.

    usual: the language of everybody who did not choose one; "" = as their browser asks.
    """

    app: ASGIApp
    usual: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_FOR_PROGRAMS):
            await self.app(scope, receive, send)
            return
        with speaking(choose_language(Headers(scope=scope), self.usual)):
            await self.app(scope, receive, send)


def choose_language(headers: Headers, usual: str = "") -> str:
    """The code of a language that there is."""
    chosen = read_cookie(headers.get("cookie", ""), COOKIE)
    return chosen if chosen in LANGUAGES else usual_language(headers, usual)


def usual_language(headers: Headers, usual: str = "") -> str:
    """The same for somebody who chose none."""
    return usual if usual in LANGUAGES else best_of(headers.get("accept-language", ""))


def read_cookie(header: str, name: str) -> str:
    """The value of one cookie; "" if there is none, or if the header is not one."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def best_of(accepted: str) -> str:
    """The language of ours that a browser likes best (RFC 9110, 12.5.4), English if it likes none.

    >>> best_of("fr, pt-BR;q=0.8, de;q=0.3"), best_of("*"), best_of("")
    ('pt', 'en', 'en')
    """
    liked = [(-quality, place, code) for place, (code, quality) in enumerate(map(_read_range, accepted.split(",")[:_MOST_ASKED]))]
    return next((code for quality, _, code in sorted(liked) if code in LANGUAGES and quality < 0), ENGLISH)


def _read_range(text: str) -> tuple[str, float]:
    code, _, more = text.strip().partition(";")
    name, _, quality = more.strip().partition("=")
    try:
        return code.strip().lower().split("-")[0], float(quality) if name.strip() == "q" else 1.0
    except ValueError:
        return "", 0.0
