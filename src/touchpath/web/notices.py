"""What a page says once after something was done: "The target is kept", with a button that undoes it.

The answer to a form redirects, so the words wait in a cookie for the page that comes. They are signed with a key that lives as
long as the server, as a neighbouring site may be able to plant a cookie: what this server did not write is not said.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeVar

from fastapi import Request
from starlette.responses import RedirectResponse, Response

COOKIE = "touchpath-notice"
Answer = TypeVar("Answer", bound=Response)
_SECONDS = 60
_KEY = secrets.token_bytes(32)
_MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """Words for the next page. undo: where a form that takes it back is sent, with these fields; "" = it cannot be undone."""

    words: str
    mood: Literal["good", "bad", "plain"] = "good"
    undo: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def redirect_with(address: str, notice: Notice | None = None) -> RedirectResponse:
    """To another page, which then shows the notice once."""
    response = RedirectResponse(address, 303)
    if notice is not None:
        told = asdict(notice) | {"words": notice.words[:_MOST_LETTERS]}
        kept = urlsafe_b64encode(json.dumps(told).encode()).decode()
        response.set_cookie(COOKIE, f"{_sign(kept)}.{kept}", max_age=_SECONDS, httponly=True, samesite="strict")
    return response


def read_notice(request: Request) -> Notice | None:
    """What the page before left; None for nothing, and for anything that this server did not write."""
    sign, _, kept = request.cookies.get(COOKIE, "").partition(".")
    if not hmac.compare_digest(sign.encode(), _sign(kept).encode()):
        return None
    try:
        told = Notice(**json.loads(urlsafe_b64decode(kept)))
    except (ValueError, TypeError):
        return None
    sound = isinstance(told.words, str) and told.mood in ("good", "bad", "plain") and isinstance(told.fields, dict)
    return told if sound and _is_ours(told.undo) else None


def announce_notice(request: Request, answer: Callable[[Notice | None], Answer]) -> Answer:
    """The page with the notice that the page before left, which is then told."""
    notice = read_notice(request)
    response = tell(request, notice, answer)
    if notice is not None:
        response.delete_cookie(COOKIE)
    return response


def tell(request: Request, notice: Notice | None, answer: Callable[[Notice | None], Answer]) -> Answer:
    """The page with a notice; what only swaps a part of a page gets it as a trigger, from which the script makes the same."""
    if notice is None or not request.headers.get("hx-request"):
        return answer(notice)
    response = answer(None)
    response.headers["HX-Trigger"] = json.dumps({"notice": asdict(notice)})
    return response


def _sign(kept: str) -> str:
    return hmac.digest(_KEY, kept.encode(), "sha256").hex()


def _is_ours(address: object) -> bool:
    return isinstance(address, str) and (not address or (address.startswith("/") and not address.startswith(("//", "/\\"))))
