"""What stands before every request and after every response: known hosts, no forged writes, strict headers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from touchpath.model.errors import BadInput, NotAllowed
from touchpath.web.problems import respond
from touchpath.web.site import Site

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
#: What begins so may be asked under the name that visitors know, too.
_FOR_VISITORS = ("/q/", "/assets/")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
#: For a year browsers come by https only. Names below ours are not ours to speak for.
STRICT_TRANSPORT = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Puts the security headers on every response, whatever made it."""

    app: ASGIApp
    site: Site = field(default_factory=Site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                if self.site.is_secure(scope):
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, dressed)


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses requests for hosts that are not ours, and writes that another site's page sent.

    The first stops DNS rebinding: a foreign page whose name suddenly points here still sends its own name as Host. The
    second stops cross-site request forgery: browsers mark where a request comes from (Sec-Fetch-Site, Origin), and a page
    cannot change the mark. Programs that are no browsers send neither and are let through.

    visited: names under which visitors from outside reach the pages behind QR codes, and nothing else. addresses: IP addresses are
    names of ours, too: a foreign page can point its own name to us, but cannot make a browser take it for an address.
    """

    app: ASGIApp
    hosts: Collection[str]
    visited: frozenset[str] = frozenset()
    addresses: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; answer the rest with a problem."""
        if scope["type"] == "http":
            try:
                self.check(Headers(scope=scope), scope["method"], scope["path"])
            except (BadInput, NotAllowed) as problem:
                await respond(scope, problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def check(self, headers: Headers, method: str, path: str = "/") -> None:
        """Raise BadInput for an unknown host, NotAllowed for a foreign origin."""
        host, visited = headers.get("host", ""), self.visited if path.startswith(_FOR_VISITORS) else frozenset()
        if host_name(host) not in self.hosts and host_name(host) not in visited and not (self.addresses and _is_address(host)):
            known = ", ".join(sorted(self.hosts))
            raise BadInput(f"This server is not called '{host}'. Open it as one of: {known}.")
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host and host_name(urlsplit(origin).netloc) not in visited
        if foreign and (method not in SAFE_METHODS or host_name(urlsplit(origin or "").netloc) not in self.hosts):
            raise NotAllowed(f"A page of '{origin}' may not ask this server. Only its own pages may.")
        if method not in SAFE_METHODS and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise NotAllowed("Another site's page may not change anything here. Use the form on our own page.")


def _is_address(host: str) -> bool:
    try:
        ip_address(host_name(host))
    except ValueError:
        return False
    return True


def host_name(host: str) -> str:
    """The name without its port: "127.0.0.1:8400" gives "127.0.0.1", "[::1]:8400" gives "::1"."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
