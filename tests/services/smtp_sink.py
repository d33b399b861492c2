"""A mail server for tests: it speaks SMTP on a free port of this machine, keeps what it gets, and refuses what it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


class Sink(socketserver.ThreadingTCPServer):
    """refuses: by address, what is answered to RCPT. breaks: hang up in the middle of taking the next message. asks: user and password."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.got: list[tuple[str, EmailMessage]] = []
        self.refuses: dict[str, str] = {}
        self.breaks = False
        self.takes = ""
        self.seen_login = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def to(self) -> list[str]:
        return [address for address, _ in self.got]


class _Session(socketserver.StreamRequestHandler):
    server: Sink

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        to = ""
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                self.say("250-sink")
                self.say("250 AUTH PLAIN")
            elif verb == "AUTH":
                self.server.seen_login = line
                self.say("235 yes" if not self.server.takes or self.server.takes in line else "535 no such user")
            elif verb == "RCPT":
                to = line.partition("<")[2].rstrip(">")
                self.say(self.server.refuses.get(to, "250 yes"))
            elif verb == "DATA":
                self.say("354 go on")
                if self.server.breaks:
                    self.rfile.readline()
                    return
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.got.append((to, cast(EmailMessage, message_from_bytes(body, policy=policy.default))))
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")


@contextmanager
def sink() -> Iterator[Sink]:
    """A mail server while this lasts."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)
