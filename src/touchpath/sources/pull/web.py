"""Asking other systems over HTTPS: with patience for their limits, bounds on what they send, and no secret in any message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import httpx

from touchpath.model.errors import BadInput, Missing, NotAllowed, Unavailable
from touchpath.services.connectors import Opening
from touchpath.services.secrets import redact

#: The most that one answer may hold, in bytes after unpacking.
MOST_BYTES = 64 << 20
#: The longest wait in seconds that another system may ask for.
MOST_PATIENCE = 900.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_MOST_REDIRECTS = 5
_FAR_SECONDS = 366 * 86_400.0
_MOST_SECONDS = 600.0
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_EXCERPT = 300
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})

#: A query's parameters; a list repeats its name.
Params = Mapping[str, str | int | list[str]]


class TooMuch(BadInput):
    """One answer holds more than is taken at once; asking for less would do."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its headers, and its body after unpacking."""

    status: int
    headers: httpx.Headers
    body: bytes


class Web:
    """One system that is asked. `headers` gives what proves who asks, at the moment of asking.

    Requests stay with the host of `base`: redirects and next pages that lead elsewhere are refused, so that no key goes astray.
    """

    def __init__(
        self,
        title: str,
        base: str,
        opening: Opening,
        headers: Callable[[], Mapping[str, str]] = dict,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._title, self._base = title, checked_base(title, base)
        self._opening, self._headers = opening, headers
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, transport=transport)

    def __repr__(self) -> str:
        return f"Web({self._title!r}, {self._base!r})"

    def get(self, path: str, params: Params | None = None, *, also: frozenset[int] = frozenset()) -> Any:
        """The JSON at a path (or at a whole address of this host); of statuses in `also`, the `Reply` itself."""
        return self._parsed(self.reply("GET", path, params=params, also=also), also)

    def post(self, path: str, body: object, params: Params | None = None, *, also: frozenset[int] = frozenset()) -> Any:
        """The JSON that a posted JSON document is answered with."""
        return self._parsed(self.reply("POST", path, params=params, body=body, also=also), also)

    def reply(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        also: frozenset[int] = frozenset(),
    ) -> Reply:
        """What came back with a status of 200 to 299, or with one in `also`.

        Waits and asks again when the other system is busy, says how long to wait, or the connection breaks. Raises NotAllowed for
        401 and 403, Missing for 404 and 410, BadInput for other refusals, Unavailable when it stays busy.
        """
        address, problem = self._address(path), ""
        for tried in range(self._opening.tries):
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**tried)
            try:
                found = self._once(method, address, params, body)
            except (httpx.TransportError, httpx.DecodingError) as error:
                problem = f"the connection failed ({type(error).__name__}: {self._clean(str(error))})"
            else:
                if 200 <= found.status < 300 or found.status in also:
                    return found
                if found.status not in _BUSY:
                    raise self._refusal(found, address)
                problem = f"it answered {found.status}{self._excerpt(found)}"
                wait = self._asked_to_wait(found, wait)
            if tried + 1 < self._opening.tries:
                self._opening.sleep(wait)
        raise Unavailable(f"{self._title} cannot be read now: {problem}, {_times(self._opening.tries)}. Try again later.")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _once(self, method: str, address: str, params: Params | None, body: object) -> Reply:
        for _ in range(_MOST_REDIRECTS + 1):
            found = self._sent(method, address, params, body)
            if found.status not in (301, 302, 303, 307, 308):
                return found
            if method != "GET":
                raise BadInput(f"{self._title} sends a question on to another address. Check the address in the settings.")
            params = None
            address = self._address(urljoin(address, found.headers.get("location", "")))
        raise BadInput(f"{self._title} sends from one address to the next ({_MOST_REDIRECTS} redirects). Check its address.")

    def _sent(self, method: str, address: str, params: Params | None, body: object) -> Reply:
        headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "touchpath", **self._headers()}
        began = time.monotonic()
        content = None
        if body is not None:
            content, headers["content-type"] = json.dumps(body).encode(), "application/json"
        query = None if params is None else dict(params)
        with self._client.stream(method, address, params=query, headers=headers, content=content) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > MOST_BYTES:
                    raise TooMuch(f"{self._title} sent more than {MOST_BYTES >> 20} MiB at once. Ask for less: a later 'since'.")
                if time.monotonic() - began > _MOST_SECONDS:
                    raise httpx.ReadTimeout("the answer took more than ten minutes")
                parts.append(part)
            return Reply(answer.status_code, answer.headers, b"".join(parts))

    def _address(self, path: str) -> str:
        address = urljoin(self._base, path)
        if _origin(address) != _origin(self._base):
            raise BadInput(f"{self._title} leads to another host ({urlsplit(address).netloc}); nothing was asked there.")
        return address

    def _asked_to_wait(self, found: Reply, otherwise: float) -> float:
        """The seconds that the other system asks to wait (a number or a date), or our own; raises Unavailable for too many."""
        seconds = retry_after(found.headers.get("retry-after", ""), self._opening.clock())
        if seconds is None:
            return otherwise
        if seconds > MOST_PATIENCE:
            until = self._opening.clock() + timedelta(seconds=min(seconds, _FAR_SECONDS))
            raise Unavailable(f"{self._title} asks to wait until {until:%Y-%m-%d %H:%M} UTC. Run it again then; nothing is lost.")
        return seconds

    def _refusal(self, found: Reply, address: str) -> Exception:
        told, path = self._excerpt(found), urlsplit(address).path
        if found.status in (401, 403):
            return NotAllowed(
                f"{self._title} does not let us in: {found.status} for {path}{told}. Check the secret and its rights."
            )
        if found.status in (404, 410):
            return Missing(f"{self._title} has nothing at {path} ({found.status}{told}). Check the address and the plan.")
        return BadInput(f"{self._title} refused a request: {found.status} for {path}{told}.")

    def _parsed(self, found: Reply, also: frozenset[int]) -> Any:
        if found.status in also:
            return found
        try:
            return json.loads(found.body)
        except (ValueError, RecursionError) as error:
            raise Unavailable(f"{self._title} sent what is no JSON{self._excerpt(found)}. Run it again later.") from error

    def _excerpt(self, found: Reply) -> str:
        text = " ".join(found.body[: 4 * _EXCERPT].decode("utf-8", "replace").split())
        return f": {self._clean(text)[:_EXCERPT]}" if text else ""

    def _clean(self, text: str) -> str:
        """The text without our secrets, nor what is made of them."""
        headers = self._headers().values()
        made = [part for header in headers for part in (header, header.rpartition(" ")[2])]
        return redact(text, [*made, *(secret.reveal() for secret in self._opening.secrets.values())])


def checked_base(title: str, base: str) -> str:
    """An address to ask, ending in a slash; raises BadInput unless it is https, or http to this machine."""
    parts = urlsplit(base)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise BadInput(f"The address of {title} came as '{base}'. Give it as in https://example.com.")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise BadInput(f"The address of {title} came as '{base}'. Only https will do: a key must not travel in clear.")
    return base if base.endswith("/") else base + "/"


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, given as seconds or as a date; None when it says nothing usable.

    Source: RFC 9110, 10.2.3.
    """
    text = text.strip()
    try:
        return (
            max(0.0, float(text))
            if text.replace(".", "", 1).isdecimal()
            else max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
        )
    except (ValueError, TypeError, IndexError):
        return None


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
