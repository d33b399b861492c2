"""The cookie that carries a session's secret."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response
from starlette.types import Scope

from touchpath.web.site import Site

_NAME = "touchpath"
#: Browsers take a cookie of such a name only over https, for this host alone and all of its paths: nobody else can plant one.
_SECURE_NAME = f"__Host-{_NAME}"


def read_cookie(site: Site, scope: Scope) -> str:
    """The secret of the session that a browser sent, or ""."""
    return Request(scope).cookies.get(_name(site, scope), "")


def set_cookie(response: Response, site: Site, scope: Scope, secret: str, seconds: int) -> None:
    """Let the browser send this secret from now on."""
    secure = site.is_secure(scope)
    response.set_cookie(_name(site, scope), secret, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def drop_cookie(response: Response, site: Site, scope: Scope) -> None:
    """Let the browser forget its secret."""
    secure = site.is_secure(scope)
    response.delete_cookie(_name(site, scope), path="/", secure=secure, httponly=True, samesite="lax")


def _name(site: Site, scope: Scope) -> str:
    return _SECURE_NAME if site.is_secure(scope) else _NAME
