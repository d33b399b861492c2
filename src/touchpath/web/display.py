"""How somebody wants the pages to look and speak: kept in their browser, as it is about that screen and not about them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from touchpath.web.languages import LANGUAGES, N_
from touchpath.web.languages.choosing import COOKIE as LANGUAGE_COOKIE

SCHEMES = {"": N_("As the device is set"), "light": N_("Light"), "dark": N_("Dark")}
SCHEME_COOKIE = "touchpath-scheme"
_A_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Display:
    """Language ("" = as the browser asks) and colours ("" = as the device is set)."""

    language: str = ""
    scheme: str = ""


def read_display(request: Request) -> Display:
    """What was chosen; anything else counts as not chosen."""
    language, scheme = request.cookies.get(LANGUAGE_COOKIE, ""), request.cookies.get(SCHEME_COOKIE, "")
    return Display(language if language in LANGUAGES else "", scheme if scheme in SCHEMES else "")


def keep_display(response: Response, display: Display) -> None:
    """Let the browser keep a choice, for a year."""
    for name, value in ((LANGUAGE_COOKIE, display.language), (SCHEME_COOKIE, display.scheme)):
        if value:
            response.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="lax")
        else:
            response.delete_cookie(name)
