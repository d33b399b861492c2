"""A small real server on loopback that speaks like other systems: their pages, their limits, and their bad days."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came; `query` has the last value of each name."""

    method: str
    path: str
    query: dict
    headers: dict
    body: object


@dataclass(frozen=True)
class Answered:
    """What is sent back. status 0 = the connection is dropped; cut = so many bytes of the body are held back, then it is dropped."""

    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)
    cut: int = 0


DROP = Answered(0)


class VendorServer:
    """Serves `system(asked) -> Answered | JSON` until closed. `faults` are sent first, one a request, in order."""

    def __init__(self, system):
        self.asked, self.faults = [], deque()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner._serve(self, system)

            def do_POST(self):
                owner._serve(self, system)

            def log_message(self, *words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler, system):
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): text for name, text in handler.headers.items()}
        asked = Asked(handler.command, parts.path, query, headers, json.loads(body) if body else None)
        self.asked.append(asked)
        answer = self.faults.popleft() if self.faults else system(asked)
        if not isinstance(answer, Answered):
            answer = Answered(200, answer)
        if answer.status == 0:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        for name, text in {"content-type": "application/json", **answer.headers}.items():
            handler.send_header(name, text)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) - answer.cut])
        handler.close_connection = handler.close_connection or bool(answer.cut)


def not_let_in():
    return Answered(401, {"error": "Couldn't authenticate you"})


class Zendesk:
    """A Zendesk account: exports by cursor and by time, ratings by page, lookups by id.

    As documented: an export's page holds what changed at or after the start, ordered by generated_timestamp; a cursor points behind
    the last one; time-based pages begin with the second in which the last one ended, and hold all entries of their last second.
    """

    def __init__(
        self, tickets=(), events=(), ratings=(), responses=(), users=(), page=3, token="agent@example.com/token:s3cret-token"
    ):
        self.tickets, self.events, self.ratings = list(tickets), list(events), list(ratings)
        self.responses, self.users, self.page = list(responses), list(users), page
        self.proof = "Basic " + base64.b64encode(token.encode()).decode()
        self.forgotten = set()

    def __call__(self, asked):
        if asked.headers.get("authorization") != self.proof:
            return not_let_in()
        match asked.path.removesuffix(".json"):
            case "/api/v2/users/me":
                return {"user": {"id": 1, "role": "admin"}}
            case "/api/v2/incremental/tickets/cursor":
                page = self._export(asked, self.tickets, "tickets")
                if isinstance(page, Answered):
                    return page
                wanted = {ticket["requester_id"] for ticket in page["tickets"]}
                return {**page, "users": [user for user in self.users if user["id"] in wanted]}
            case "/api/v2/incremental/users/cursor":
                return self._export(asked, self.users, "users")
            case "/api/v2/incremental/ticket_events":
                return self._by_time(asked)
            case "/api/v2/satisfaction_ratings":
                return self._listed(asked, self.ratings, "satisfaction_ratings")
            case "/api/v2/guide/survey_responses":
                return self._listed(asked, self.responses, "survey_responses")
            case "/api/v2/tickets/show_many":
                ids = asked.query["ids"].split(",")
                return {"tickets": [ticket for ticket in self.tickets if str(ticket["id"]) in ids]}
            case "/api/v2/users/show_many":
                ids = asked.query["ids"].split(",")
                return {"users": [user for user in self.users if str(user["id"]) in ids]}
        return Answered(404, {"error": "InvalidEndpoint"})

    def _export(self, asked, records, name):
        ordered = sorted(records, key=lambda one: (one["generated_timestamp"], one["id"]))
        after = asked.query.get("cursor")
        if after in self.forgotten:
            return Answered(400, {"error": "InvalidPaginationParameter", "description": "The cursor is not valid"})
        start = tuple(json.loads(base64.b64decode(after))) if after else (int(asked.query["start_time"]), -1)
        waiting = [one for one in ordered if (one["generated_timestamp"], one["id"]) > start]
        some = waiting[: self.page]
        last = (some[-1]["generated_timestamp"], some[-1]["id"]) if some else start
        cursor = base64.b64encode(json.dumps(last).encode()).decode()
        return {name: some, "after_cursor": cursor, "end_of_stream": len(waiting) <= len(some), "count": len(some)}

    def _by_time(self, asked):
        start = int(asked.query["start_time"])
        waiting = sorted((one for one in self.events if one["timestamp"] >= start), key=lambda one: one["timestamp"])
        some = waiting[: self.page]
        end = some[-1]["timestamp"] if some else start
        some = [one for one in waiting if one["timestamp"] <= end]
        return {"ticket_events": some, "end_time": end, "end_of_stream": len(some) == len(waiting), "count": len(some)}

    def _listed(self, asked, records, name):
        first = int(asked.query.get("page[after]") or 0)
        some = records[first : first + self.page]
        more = first + self.page < len(records)
        return {name: some, "meta": {"has_more": more, "after_cursor": str(first + self.page) if more else None}}
