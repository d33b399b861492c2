"""What a browser asked lately: the last form of each query, in a cookie that only this server reads."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response

from touchpath.services.queries.catalogue import QUERIES

COOKIE = "touchpath-asked"
#: So many are remembered, as long as they fit: browsers drop cookies of more than 4 KB.
MOST, _MOST_BYTES = 5, 3_000
_SECONDS = 90 * 86_400

#: The name of a query, and its form as the query of an address.
Asked = tuple[str, str]


def read_recent(request: Request, workspace: str) -> Sequence[Asked]:
    """The last forms, newest first; nothing of what this server did not write."""
    try:
        kept = json.loads(urlsafe_b64decode(request.cookies.get(_name(workspace), "")))
        return [(str(query), str(fields)) for query, fields in kept if query in QUERIES][:MOST]
    except (ValueError, TypeError):
        return []


def remember(request: Request, response: Response, workspace: str, query: str, fields: str) -> None:
    """Put a form first; of one query only the last is remembered, so that a form which is being filled in is there once."""
    kept = [(query, fields), *(one for one in read_recent(request, workspace) if one[0] != query)][:MOST]
    while kept and len(text := urlsafe_b64encode(json.dumps(kept).encode()).decode()) > _MOST_BYTES:
        kept.pop()
    if kept:
        path = f"/w/{workspace}/explore" if workspace.isascii() and workspace.replace("-", "").isalnum() else "/"
        response.set_cookie(_name(workspace), text, max_age=_SECONDS, path=path, httponly=True, samesite="strict")


def _name(workspace: str) -> str:
    return f"{COOKIE}-{urlsafe_b64encode(workspace.encode()).decode().rstrip('=')}"
