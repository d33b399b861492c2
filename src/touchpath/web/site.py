"""Where this server is reached: its address, whether the way there is encrypted, and who is at the other end."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from touchpath.web.ingest import sender


@dataclass(frozen=True, slots=True)
class Site:
    """How members reach the pages. url: their address, "" = whatever the browser asked for. trusts_proxy: a proxy of ours is in front."""

    url: str = ""
    trusts_proxy: bool = False

    def is_secure(self, scope: Scope) -> bool:
        """Whether the browser came by https: to us, or to the proxy in front."""
        if scope.get("scheme") == "https" or self.url.startswith("https://"):
            return True
        return self.trusts_proxy and _last(scope, b"x-forwarded-proto") == "https"

    def sender(self, scope: Scope) -> str:
        """The address that a request comes from."""
        return sender(scope, self.trusts_proxy)

    def link(self, scope: Scope, path: str) -> str:
        """A whole address that can be handed to somebody."""
        if self.url:
            return self.url.rstrip("/") + path
        return f"{'https' if self.is_secure(scope) else 'http'}://{_last(scope, b'host')}{path}"


def _last(scope: Scope, name: bytes) -> str:
    found = next((value for key, value in scope["headers"] if key == name), b"")
    return found.decode("latin-1").rsplit(",", 1)[-1].strip()
