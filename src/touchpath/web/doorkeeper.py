"""Who sends a request, found before any route: by a browser's session or a program's token. Nobody unknown gets further."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from touchpath.model.errors import NotAllowed, NotSignedIn, TouchpathError, Unavailable
from touchpath.services.gate import Gate
from touchpath.services.throttle import Limit, Throttle, whose
from touchpath.web.access import Action, Caller
from touchpath.web.cookies import read_cookie
from touchpath.web.guard import SAFE_METHODS
from touchpath.web.problems import respond
from touchpath.web.site import Site

_log = logging.getLogger(__name__)
#: What is reached without signing in. Everything else is not, whether or not there is such a page.
OPEN = ("/health", "/sign-in")
_FOR_ALL = ("/assets/", "/q/")
OPEN_BELOW = (*_FOR_ALL, "/welcome/", "/shared/")
#: An answer that goes on for longer is looked at again, as pages that listen to news do for hours.
LOOKED_AGAIN_SECONDS = 10.0
_POLICY_VIOLATION = 1008
_TOO_OFTEN = "That was asked too often."
#: Requests of one address that nobody is known to have sent, apart from those that visitors send, too.
_UNKNOWN = Limit(300, 60)
#: Actions that change nothing; others are written down with who did them, and so is whatever is taken out as a file.
_READING = (Action.READ_CATALOGUE, Action.READ_NUMBERS, Action.READ_PEOPLE, Action.ASK, Action.READ_DEEDS)
#: Written down by those who do them, with more words.
_TOLD = (Action.OWN_ACCOUNT, Action.MANAGE_MEMBERS)
_ALWAYS = (Action.EXPORT, Action.READ_CLEAR)


@dataclass
class Doorkeeper:
    """Puts the caller into the scope of each request, or answers it with a problem.

    requests_a_minute: that one member, session or token may send to the JSON API.
    """

    app: ASGIApp
    gate: Gate
    site: Site
    requests_a_minute: int = 600
    unknown: Throttle = field(default_factory=lambda: Throttle(_UNKNOWN))
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.known = Throttle(Limit(self.requests_a_minute, 60))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; answer the rest with a problem."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            scope["caller"] = caller = await self._caller(scope)
            if scope["method"] not in SAFE_METHODS and (caller is None or caller.session is not None):
                self._check_proof(scope, headers)
        except TouchpathError as problem:
            await respond(scope, problem)(scope, receive, send)
            return
        if caller is None:
            await self.app(scope, receive, send)
        else:
            await self._pass(caller, scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        """Who sends this; raises NotSignedIn where that must be known and is not, TooMany."""
        path = scope["path"]
        token, cookie = self._secrets(scope)
        caller = await run_in_threadpool(self._find, token, cookie, not _by_itself(scope)) if token or cookie else None
        if caller is not None:
            if path.startswith("/api/"):
                self.known.take(caller.key, _TOO_OFTEN)
            return caller
        if path != "/health" and not path.startswith(_FOR_ALL):
            self.unknown.take(whose(self.site.sender(scope)), _TOO_OFTEN)
        if path not in OPEN and not path.startswith(OPEN_BELOW):
            if token:
                raise NotSignedIn("This token is unknown, was revoked or has expired. Make one: Settings, Tokens.")
            raise NotSignedIn("Sign in first; programs send a token: Authorization: Bearer TOKEN.", ended=bool(cookie))
        return caller

    def _secrets(self, scope: Scope) -> tuple[str, str]:
        """The token or, without one, the session's secret that a request brings."""
        sent = Headers(scope=scope).get("authorization", "")
        token = sent[7:].strip() if sent[:7].lower() == "bearer " and scope["path"].startswith("/api/") else ""
        return token, "" if token else read_cookie(self.site, scope)

    def _find(self, token: str, cookie: str, used: bool = False) -> Caller | None:
        if token:
            found = self.gate.tokens.find(token)
            return Caller(found[1], scopes=found[0].scopes, token=found[0].id) if found else None
        session = self.gate.sessions.find(cookie, used=used)
        return Caller(session[1], session[0]) if session else None

    def _check_proof(self, scope: Scope, headers: Headers) -> None:
        """Raise NotAllowed unless the browser says that a page of ours sent this: it sends the cookie whoever made the form.

        What the headers say is checked before (`Guard`); here they must be there. An `Origin` of http where pages come by https is
        somebody's on the way.
        """
        origin, marked = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is None and marked is None:
            raise NotAllowed("This browser does not say which page a form comes from. Use a newer one; programs send a token.")
        if origin is not None and self.site.is_secure(scope) and not origin.startswith("https://"):
            raise NotAllowed(f"A page of '{origin}' may not ask this server. Only its own pages may.")

    async def _pass(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        status, seen, over, taken = 500, self.clock(), False, False

        async def watched(message: Message) -> None:
            nonlocal status, seen, over, taken
            if message["type"] == "http.response.start":
                status, taken = message["status"], _is_file(message)
            elif message.get("more_body") and self.clock() - seen >= LOOKED_AGAIN_SECONDS:
                seen, over = self.clock(), await run_in_threadpool(self._is_over, caller, scope)
                if over:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    raise OSError("whoever listened is signed out")
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if not over:
                raise
        if (action := scope.get("action")) is not None and status < 400 and (taken or _tells(action, scope["method"])):
            await run_in_threadpool(self._note, caller, action, scope, taken)

    def _is_over(self, caller: Caller, scope: Scope) -> bool:
        """Whether somebody who listens to an answer without an end was signed out meanwhile, or may no longer do what they asked for."""
        found, action = self._find(*self._secrets(scope)), scope.get("action")
        return found is None or found.key != caller.key or (action is not None and bool(found.lacks(action)))

    def _note(self, caller: Caller, action: Action, scope: Scope, taken: bool) -> None:
        by = f"{', taken out as a file' if taken else ''}{'' if caller.session else ' (by token)'}"
        about = f"{scope['method']} {_without_person(scope)}"
        try:
            self.gate.note(caller.member.email, f"{action}{by}", about, self.site.sender(scope))
        except Unavailable:
            _log.exception("what %s did (%s) could not be written down", caller.member.id, about)


def _is_file(start: Message) -> bool:
    """Whether an answer is one that browsers keep as a file."""
    return Headers(raw=start["headers"]).get("content-disposition", "").startswith("attachment")


def _by_itself(scope: Scope) -> bool:
    """Whether a page asks that follows what is new: left open, it must not keep anybody signed in for ever."""
    headers = Headers(scope=scope)
    return headers.get("touchpath-follows") == "1" or headers.get("accept", "").startswith("text/event-stream")


def _without_person(scope: Scope) -> str:
    """The path without the person whom it names: who is erased must not be left in a log."""
    path, actor = str(scope["path"]), str(scope.get("path_params", {}).get("actor", ""))
    return path.replace(actor, "…") if actor else path


def _tells(action: Action, method: str) -> bool:
    """Whether what was done is written down."""
    return action in _ALWAYS or (method not in SAFE_METHODS and action not in (*_READING, *_TOLD))
