"""Back to where somebody was: only ever a page of ours, whatever an address says."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers

SIGN_IN = "/sign-in"
_LONGEST = 2000
#: Pages that nobody is sent back to: one would be asked to sign in again, or signed out.
_NEVER = ("/sign-in", "/sign-out", "/welcome", "/api/", "/assets/")


def safe_return(text: str) -> str:
    """A path of ours with its query, or "/" for everything else: another site's address, one that a browser would take for it, a script."""
    if not text.startswith("/") or len(text) > _LONGEST or text.startswith(_NEVER):
        return "/"
    if any(letter == "\\" or ord(letter) <= 32 or ord(letter) == 127 for letter in text) or text.startswith("//"):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return text if not parts.scheme and not parts.netloc else "/"


def sign_in_address(scope_path: str, query: str, method: str, headers: Headers, ended: bool) -> str:
    """Where somebody signs in, to come back to the page they asked for; after a form to the page that it stood on."""
    here = f"{scope_path}?{query}" if query else scope_path
    if method not in ("GET", "HEAD"):
        here = _path_of(headers.get("referer", ""), headers.get("host", ""))
    elif headers.get("hx-request"):
        here = _path_of(headers.get("hx-current-url", ""), headers.get("host", ""))
    asked = {"next": safe_return(here), "ended": "1" if ended else "", "lost": "" if method in ("GET", "HEAD") else "1"}
    shown = {name: value for name, value in asked.items() if value and not (name == "next" and value == "/")}
    return f"{SIGN_IN}?{urlencode(shown)}" if shown else SIGN_IN


def _path_of(address: str, host: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    if parts.netloc != host:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
