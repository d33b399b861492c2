"""A receiver that stores nothing and believes everything: it answers as the vendors document, and keeps what came over the wire."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Receiver(ThreadingHTTPServer):
    """`events` are the messages that came, in order, each as its client's protocol writes it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.events: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news here."""


class _Receiving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        events = told.get("batch") or told.get("data") or []
        self._keep(events)
        results = {one["uuid"]: {"result": "ok"} for one in events if "uuid" in one}
        self._answer({"success": True, "status": 1, "results": results})

    def do_GET(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        self._keep([query] if "e" in query else [])
        self._answer({})

    def _keep(self, events: list[dict[str, Any]]) -> None:
        with self.server.lock:
            self.server.events += events

    def _answer(self, told: object) -> None:
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
