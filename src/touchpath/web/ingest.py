"""The fast way in: what trackers and other systems send is taken in front of the application, without any of its layers.

Nothing here reads cookies or answers with anything but what a client sent itself, so a foreign page may ask, too.
"""

from __future__ import annotations

import asyncio
import binascii
import logging
import re
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote_plus

import msgspec
import pyarrow as pa
from starlette.types import ASGIApp, Receive, Scope, Send

from touchpath.model.errors import BadInput, NotAllowed, TouchpathError, Unavailable
from touchpath.services.ip_addresses import KeepAddress, shorten_address, shorten_in_json
from touchpath.services.keys import allows
from touchpath.services.packing import GZIP, GZIP_MAGIC, ZLIB, unpack_deflated
from touchpath.services.receiving import Opened, Receiver, Reply, Route, Terms
from touchpath.services.reception import Desk, Reception
from touchpath.services.traffic import is_internal
from touchpath.store.spool import Post

#: Seconds after which a refused sender should come again. Small: some clients hold back their whole queue for as long.
RETRY_AFTER = 2
#: Seconds in which a body must have come whole.
BODY_SECONDS = 30
#: Bytes of bodies that may be on their way through memory at once.
MOST_BYTES = 128 << 20
#: Bodies above this are read away from the event loop, so that nobody waits for them.
_LARGE = 256 << 10
#: Of a query that carried a body only these stay: when it was sent.
_ABOUT_BODY = frozenset({"_", "sent_at"})
_KEPT_HEADERS = frozenset(
    {
        *(b"user-agent", b"sec-gpc", b"dnt", b"host", b"x-forwarded-proto", b"sp-anonymous", b"content-type"),
        b"posthog-request-timestamp",
    }
)
_READ_HEADERS = frozenset(
    {b"authorization", b"origin", b"content-length", b"content-encoding", b"access-control-request-headers", *_KEPT_HEADERS}
)
_CORS = (
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b"Retry-After"),
    (b"vary", b"Origin"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_KEY_PARAMETERS = ("writeKey", "api_key", "token", "key")
_PACKED = {GZIP_MAGIC: GZIP, **dict.fromkeys((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), ZLIB)}
_KEY_MEMBER = re.compile(rb'"(?:writeKey|api_key|apiKey|token|\$token|key|aid)"\s*:\s*\Z')
_LONGEST_MEMBER = 24
_ZSTD = b"\x28\xb5\x2f\xfd"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    receiver: Receiver
    route: Route


class Ingest:
    """An ASGI application that takes posts for the receivers and hands everything else on.

    app: where the rest goes; None = there is nothing else here. trusts_proxy: the last address of X-Forwarded-For is the sender's.
    """

    def __init__(
        self, receivers: Sequence[Receiver], reception: Reception, app: ASGIApp | None = None, *, trusts_proxy: bool = False
    ) -> None:
        self._app, self._reception, self._trusts_proxy = app, reception, trusts_proxy
        self._plain: dict[str, _Place] = {}
        self._patterns: list[tuple[re.Pattern[str], _Place]] = []
        self._bytes = 0
        self._own = {receiver.name: frozenset(name.encode() for name in receiver.headers) for receiver in receivers}
        self._read = _READ_HEADERS.union(*self._own.values())
        for receiver in receivers:
            for route in receiver.routes:
                self._add(route, _Place(receiver, route))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take what comes to a receiver's address."""
        place = self._find(scope["path"].rstrip("/")) if scope["type"] == "http" else None
        if place is not None:
            await self._take(place, scope, receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _send(send, _problem(404, "missing", "Nothing is at this address."), b"")

    def _add(self, route: Route, place: _Place) -> None:
        if "{" not in route.path:
            if route.path in self._plain:
                raise ValueError(f"{route.path} belongs to two receivers")
            self._plain[route.path] = place
        else:
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", route.path))
            self._patterns.append((re.compile(pattern), place))

    def _find(self, path: str) -> _Place | None:
        return self._plain.get(path) or next((place for pattern, place in self._patterns if pattern.fullmatch(path)), None)

    async def _take(self, place: _Place, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in self._read}
        origin = headers.get(b"origin", b"")
        if scope["method"] == "OPTIONS":
            await _send_preflight(send, headers, place.route, self._reception)
            return
        taken = _Taken(self._hold)
        try:
            if scope["method"] == "HEAD" and "HEAD" in place.route.methods:
                reply = Reply(200, b"")
            elif scope["method"] not in place.route.methods:
                reply = _problem(405, "bad_method", f"Use {', '.join(place.route.methods)} here.")
            else:
                length = int(headers.get(b"content-length", b"0") or 0)
                async with asyncio.timeout(BODY_SECONDS):
                    packed = await _read(receive, length, place.route.largest, taken.grow)
                reply = await self._reply(place, scope, headers, packed, origin.decode("latin-1"))
        except (TouchpathError, ValueError) as error:
            reply = _refusal(error)
        except TimeoutError:
            reply = _problem(408, "too_slow", f"The body was not whole after {BODY_SECONDS} seconds. Send it again.")
        except _TooLarge:
            limit = place.route.largest
            reply = _problem(
                place.route.too_large, "too_large", f"The body is larger than {limit:,} bytes. Send fewer events at a time."
            )
        except RecursionError:
            reply = _problem(400, "bad_input", "The body is nested too deep.")
        except Exception:
            # A body that nobody foresaw: its sender must still be able to read the answer, and hold on to what it has.
            _log.exception("a post to a receiver's address failed")
            reply = _problem(500, "failed", "This could not be taken. Nothing of it was kept; the server's log says why.")
        finally:
            taken.give_back()
        await _send(send, reply, origin)

    def _hold(self, size: int) -> None:
        """Count bytes that are on their way; raises Unavailable when they are too many. Negative: they have gone."""
        self._bytes += size
        if size > 0 and self._bytes > MOST_BYTES:
            raise Unavailable("Too much comes in at once. Send it again in some seconds.")

    async def _reply(self, place: _Place, scope: Scope, headers: Mapping[bytes, bytes], packed: bytes, origin: str) -> Reply:
        if len(packed) > _LARGE:
            post, opened = await asyncio.to_thread(_open, place, scope, headers, packed, self._own[place.receiver.name])
        else:
            post, opened = _open(place, scope, headers, packed, self._own[place.receiver.name])
        if isinstance(opened, Reply):
            return opened
        receiver = place.receiver
        desk, terms = self._admit(opened, headers, post.query, origin)
        if terms.secret and not place.route.signed:
            raise NotAllowed("This key takes signed webhooks only, at /hooks/VENDOR/KEY. Make another one for everything else.")
        receiver.admit(post, terms)
        faults = await asyncio.to_thread(receiver.judge, opened) if len(packed) > _LARGE else receiver.judge(opened)
        await asyncio.wrap_future(desk.keep(_as_kept(post, opened, terms, sender(scope, self._trusts_proxy))))
        return receiver.respond(opened, faults)

    def _admit(self, opened: Opened, headers: Mapping[bytes, bytes], query: str, origin: str) -> tuple[Desk, Terms]:
        key = opened.key or _key(headers) or _key_in_query(query)
        if not key:
            raise _UnknownKey("No write key came. Send it as the user name of Basic authorisation, as Bearer, or in the body.")
        found = self._reception.find(key)
        if found is None:
            raise _UnknownKey("This write key is unknown or was revoked. Make one: touchpath key add SOURCE")
        if origin and not allows(found[1], origin):
            raise NotAllowed(f"Pages of '{origin}' may not send with this key.")
        return found


class _UnknownKey(TouchpathError):
    """The sender does not say who it is in a way that we know."""

    code = "unknown_key"


class _TooLarge(Exception):
    """The body is larger than its route allows."""


class _Taken:
    """The bytes that one post holds while it is on its way, as they come: what a sender says of its length proves nothing."""

    def __init__(self, hold: Callable[[int], None]) -> None:
        self._hold, self._bytes = hold, 0

    def grow(self, size: int) -> None:
        """So many more came; raises Unavailable when all posts together hold too much."""
        self._bytes += size
        self._hold(size)

    def give_back(self) -> None:
        """The post is through, or refused."""
        self._hold(-self._bytes)


def _open(
    place: _Place, scope: Scope, headers: Mapping[bytes, bytes], packed: bytes, own: frozenset[bytes]
) -> tuple[Post, Opened | Reply]:
    """The post and its events, or the answer when it brings none. own: headers that the receiver reads, besides the common ones."""
    post = Post(
        receiver=place.receiver.name,
        key="",
        received_at=time.time_ns() // 1000,
        path=scope["path"].rstrip("/"),
        query=scope["query_string"].decode("latin-1"),
        body=unpack(packed, headers.get(b"content-encoding", b"").decode("latin-1"), place.route.largest),
        headers={
            name.decode(): value.decode("latin-1") for name, value in headers.items() if name in _KEPT_HEADERS or name in own
        },
    )
    reply = place.receiver.answer(post)
    return post, place.receiver.open(post) if reply is None else reply


def _as_kept(post: Post, opened: Opened, terms: Terms, address: str) -> Post:
    """The post as it may be kept: unwrapped, without its key, IP addresses cut short before they reach any disk."""
    keep = KeepAddress(terms.addresses)
    body, path = post.body if opened.plain is None else opened.plain, post.path
    if opened.key:
        body, path = _without_key(body, opened.key), path.replace(f"/{opened.key}", "/-")
    return Post(
        post.receiver,
        terms.key,
        post.received_at,
        path,
        _kept_query(post.query, opened.plain is None) if post.query else "",
        shorten_in_json(body, keep),
        {name: value for name, value in post.headers.items() if name.encode() in _KEPT_HEADERS},
        shorten_address(address, keep) or "",
        is_internal(address, terms.internal),
    )


def _without_key(body: bytes, key: str) -> bytes:
    """A JSON body with the write key taken out of the members that carry it; the same text elsewhere is somebody's content."""
    quoted, done, parts = b'"%b"' % key.encode(), 0, list[bytes]()
    at = body.find(quoted)
    while at >= 0:
        if _KEY_MEMBER.search(body, max(0, at - _LONGEST_MEMBER), at):
            parts += [body[done:at], b'""']
            done = at + len(quoted)
        at = body.find(quoted, at + len(quoted))
    return b"".join([*parts, body[done:]])


def _kept_query(query: str, whole: bool) -> str:
    """A query without its write key; not whole: what was the body goes, too."""
    named = ((unquote_plus(part.partition("=")[0]), part) for part in query.split("&"))
    return "&".join(part for name, part in named if (name not in _KEY_PARAMETERS if whole else name in _ABOUT_BODY))


def unpack(body: bytes, encoding: str, largest: int) -> bytes:
    """The body itself, whatever it says of its packing: gzip, zlib, zstd and brotli are told by their first bytes or the header.

    Raises BadInput when it is damaged; a body of more than `largest` bytes is not unpacked to its end.
    """
    bits = _PACKED.get(body[:2])
    try:
        if bits is not None:
            whole = unpack_deflated(body, bits, largest)
        elif body[:4] == _ZSTD or encoding.strip().lower() == "br":
            with pa.CompressedInputStream(pa.BufferReader(body), "zstd" if body[:4] == _ZSTD else "brotli") as stream:
                whole = stream.read(largest + 1)
        else:
            whole = body
    except OSError as error:
        raise BadInput(f"The packed body is damaged ({error}).") from error
    if len(whole) > largest:
        raise _TooLarge
    return whole


async def _read(receive: Receive, length: int, largest: int, grow: Callable[[int], None]) -> bytes:
    if length > largest:
        raise _TooLarge
    message = await receive()
    if not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > largest:
            raise _TooLarge
        grow(len(body))
        return body
    parts, size = [message.get("body", b"")], len(message.get("body", b""))
    grow(size)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadInput("The connection was closed before the body was whole.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        grow(len(parts[-1]))
        if size > largest:
            raise _TooLarge
    return b"".join(parts)


def _key(headers: Mapping[bytes, bytes]) -> str:
    """The write key of an Authorization header: the user name of Basic, or what Bearer carries."""
    scheme, _, rest = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(rest, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _key_in_query(query: str) -> str:
    if not query:
        return ""
    asked = dict(parse_qsl(query))
    return next((asked[name] for name in _KEY_PARAMETERS if asked.get(name)), "")


def sender(scope: Scope, trusts_proxy: bool) -> str:
    """The address that a request comes from; trusts_proxy: as the proxy in front says, last in X-Forwarded-For."""
    if trusts_proxy:
        forwarded = next((value for name, value in scope["headers"] if name == b"x-forwarded-for"), b"")
        if last := forwarded.decode("latin-1").rsplit(",", 1)[-1].strip():
            return last
    client = scope.get("client")
    return str(client[0]) if client else ""


def _refusal(error: Exception) -> Reply:
    if isinstance(error, Unavailable):
        return _problem(503, "unavailable", str(error), RETRY_AFTER)
    if isinstance(error, _UnknownKey):
        return _problem(401, error.code, str(error))
    if isinstance(error, NotAllowed):
        return _problem(403, "not_allowed", str(error))
    return _problem(400, "bad_input", str(error))


def _problem(status: int, code: str, message: str, retry_after: int = 0) -> Reply:
    body = {"success": False, "status": 0, "code": code, "message": message, "detail": message}
    return Reply(status, msgspec.json.encode(body), headers={"retry-after": str(retry_after)} if retry_after else {})


async def _send(send: Send, reply: Reply, origin: bytes) -> None:
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", str(len(reply.body)).encode()), *_CORS]
    if origin:
        headers.append((b"access-control-allow-origin", origin))
    headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if not reply.headers.get("cache-control"):
        headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _send_preflight(send: Send, headers: Mapping[bytes, bytes], route: Route, reception: Reception) -> None:
    origin = headers.get(b"origin", b"")
    allowed = not origin or reception.allows_origin(origin.decode("latin-1"))
    answer = [(b"content-length", b"0"), *_CORS]
    if allowed:
        answer += [
            (b"access-control-allow-origin", origin or b"*"),
            (b"access-control-allow-methods", ", ".join((*route.methods, "OPTIONS")).encode()),
            (b"access-control-allow-headers", headers.get(b"access-control-request-headers", b"")),
            (b"access-control-max-age", b"7200"),
        ]
    status = HTTPStatus.OK if allowed else HTTPStatus.FORBIDDEN
    await send({"type": "http.response.start", "status": int(status), "headers": answer})
    await send({"type": "http.response.body", "body": b""})
