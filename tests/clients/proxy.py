"""A bad network between a client and the server: it loses answers, delays, doubles and reorders requests, and remembers all of it."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: What may happen to a request. "lose": the server gets it, the client gets a closed connection. "late": the answer waits.
#: "double": the server gets it twice, at the same moment. "hold": it waits until a later request has passed (or nothing comes).
FAULTS = ("pass", "lose", "late", "double", "hold")
LONGEST_WAIT_SECONDS = 0.4
_NOT_FORWARDED = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}

Fate = Callable[[str], str]


@dataclass(frozen=True)
class Passage:
    """One request that came by: what was done to it, and what the server answered (0: no answer)."""

    method: str
    path: str
    fault: str
    status: int
    retry_after: str | None
    body: bytes


def seeded_fate(seed: int) -> Fate:
    """Every fault as often as any other, shuffled; no request after a lost one is lost, so that every client gets through in the end."""
    chance, lock, deck = random.Random(seed), threading.Lock(), list[str]()
    last = ""

    def choose(method: str) -> str:
        nonlocal last
        with lock:
            if method == "OPTIONS":
                return "pass"
            if not deck:
                deck.extend(chance.sample(FAULTS, len(FAULTS)))
            if deck[-1] == last == "lose":
                deck.insert(0, deck.pop())
            last = deck.pop()
            return last

    return choose


class Proxy(ThreadingHTTPServer):
    """Forwards everything to `upstream` (as in http://127.0.0.1:8400), and does to each request what `fate` says.

    stands_in: while nobody answers there it says 503 itself, as a load balancer does; else it closes the connection.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str, fate: Fate = lambda method: "pass", stands_in: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarder)
        self.upstream, self.fate, self.stands_in = urlsplit(upstream).netloc, fate, stands_in
        self.passages: list[Passage] = []
        self.passed = threading.Condition()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def wait_for_another(self) -> None:
        """Until a request that came later has passed, for a moment at most."""
        with self.passed:
            self.passed.wait(LONGEST_WAIT_SECONDS)

    def note(self, passage: Passage) -> None:
        with self.passed:
            self.passages.append(passage)
            self.passed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news here."""


class _Forwarder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *_: object) -> None:
        """Quiet: the passages tell what happened."""

    def _forward(self) -> None:
        body, fault = self._body(), self.server.fate(self.command)
        if fault == "hold":
            self.server.wait_for_another()
        answers = self._ask_server(body, 2 if fault == "double" else 1)
        if fault == "late":
            threading.Event().wait(LONGEST_WAIT_SECONDS)
        status, headers, answer = answers[0]
        told = {name.lower(): value for name, value in headers}
        self.server.note(Passage(self.command, self.path, fault, status, told.get("retry-after"), body))
        if not status and self.server.stands_in:
            status, headers = (200 if self.command == "OPTIONS" else 503), self._allowing()
        if fault == "lose" or not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _NOT_FORWARDED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _allowing(self) -> list[tuple[str, str]]:
        """What lets a page read the answer."""
        asked = self.headers.get("Access-Control-Request-Headers", "")
        origin, allow = self.headers.get("Origin", "*"), "Access-Control-Allow"
        return [(f"{allow}-Origin", origin), (f"{allow}-Credentials", "true"), (f"{allow}-Headers", asked)]

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _ask_server(self, body: bytes, times: int) -> list[tuple[int, list[tuple[str, str]], bytes]]:
        """The answers to `times` copies of the request, sent at once; status 0 where none came."""
        answers: list[tuple[int, list[tuple[str, str]], bytes]] = []
        threads = [threading.Thread(target=lambda: answers.append(self._ask_once(body))) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _ask_once(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _NOT_FORWARDED:
                    connection.putheader(name, value)
            if body or self.command == "POST":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, http.client.HTTPException):
            return 0, [], b""
        finally:
            connection.close()

    do_GET = do_POST = do_OPTIONS = _forward  # noqa: N815 (http.server's own names)
