"""Pulls Zendesk by its incremental exports: tickets with metrics, what happened to them, ratings old and new, and users.

Sources: developer.zendesk.com, "Incremental Exports" (cursor and time based, 10 requests a minute), "Satisfaction Ratings", "CSAT Survey
Responses", "Pagination". Exports leave out the last minute, so what a page tells is settled.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.services.secrets import Secret
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors import zendesk as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, number, records_in
from touchpath.store.pulls import Cursor

R = TypeVar("R")
_PAGE, _LOOKED_UP, _REMEMBERED = 1000, 100, 50_000
#: Ratings are listed by when they were made, and may be answered or changed later: so much of the past is read again.
_RATING_OVERLAP_SECONDS = 14 * 86_400
_CURSOR_OVERLAP_SECONDS = 3_600
_LATEST_SECONDS = 120

_STREAMS = (
    Stream("tickets", "Tickets as they stand, with their metrics.", ("id",), "after_cursor",
           ("id", "created_at", "status", "requester_id", "via", "tags", "custom_fields", "metric_set", "satisfaction_rating")),
    Stream("ticket_events", "Replies, comments, changes of state and of agent.", ("id",), "end_time",
           ("id", "ticket_id", "timestamp", "child_events")),
    Stream("satisfaction_ratings", "Legacy ratings: offered, good, bad.", ("id",), "created_at",
           ("id", "score", "comment", "reason", "requester_id", "ticket_id", "assignee_id")),
    Stream("survey_responses", "Answers to the newer CSAT surveys.", ("id",), "created_at",
           ("id", "survey", "answers", "responder_id", "subject_zrns")),
    Stream("users", "End users, with the ids that belong together.", ("id",), "after_cursor",
           ("id", "external_id", "email", "organization_id", "created_at")),
)  # fmt: skip


class ZendeskConnector:
    """One Zendesk account."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        settings = opening.settings
        base = settings.get("address") or f"https://{_subdomain(settings['subdomain'])}.zendesk.com"
        self._web = Web("Zendesk", base, opening, lambda: _proof(settings.get("email", ""), opening.secrets["token"]))
        self._tickets: dict[str, RawRecord] = {}
        self._roles: dict[str, str] = {}

    def check(self) -> str:
        """Who we are to Zendesk."""
        me = maybe_record(maybe_record(self._web.get("api/v2/users/me.json")).get("user"))
        if maybe_id(me.get("id")) is None:
            raise BadInput("Zendesk answers as to somebody who is not signed in. Check the e-mail address and the token.")
        return f"Zendesk answers; the token belongs to a user with the role '{me.get('role')}'."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return _STREAMS

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New and changed records of one stream."""
        cursor = dict(since or {})
        match stream:
            case "tickets":
                return self._by_cursor("tickets", cursor, {"include": "users,metric_sets"}, _with_requesters)
            case "users":
                return self._by_cursor("users", cursor, {}, lambda page: records_in(page.get("users")))
            case "ticket_events":
                return self._events(cursor)
            case "satisfaction_ratings":
                return self._rated("api/v2/satisfaction_ratings.json", "satisfaction_ratings", cursor, _from_second)
            case "survey_responses":
                return self._rated("api/v2/guide/survey_responses", "survey_responses", cursor, _from_millisecond)
            case _:
                raise BadInput(f"Zendesk has no stream '{stream}'.")

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one record. A ticket's history comes from its events when they are pulled."""
        source = self._opening.source
        match stream:
            case "tickets":
                chosen = self._opening.streams
                return vendor.ticket_signals(record, source, history=bool(chosen) and "ticket_events" not in chosen)
            case "ticket_events":
                return vendor.event_signals(record, source)
            case "satisfaction_ratings":
                return vendor.rating_signals(record, source)
            case "survey_responses":
                return vendor.response_signals(record, source)
            case _:
                return vendor.user_signals(record, source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _by_cursor(
        self, resource: str, cursor: dict[str, object], also: Params, unpack: Callable[[RawRecord], list[RawRecord]]
    ) -> Iterator[RawBatch]:
        """The cursor-based export. A cursor that Zendesk does not know any more is replaced by the time it had reached."""
        path = f"api/v2/incremental/{resource}/cursor.json"
        while True:
            after = cursor.get("after")
            where: Params = {"cursor": str(after)} if after else {"start_time": self._start(cursor)}
            try:
                page = maybe_record(self._web.get(path, {**where, **also, "per_page": _PAGE}))
            except (BadInput, Missing):
                if not after:
                    raise
                cursor = {"time": max(1, _whole(cursor.get("time")) - _CURSOR_OVERLAP_SECONDS)}
                continue
            records = unpack(page)
            reached = max([_whole(cursor.get("time")), *(_reached(record) for record in records)])
            cursor = {"after": page.get("after_cursor") or after, "time": reached}
            yield RawBatch(tuple(records), cursor)
            if page.get("end_of_stream") is not False or not page.get("after_cursor"):
                return

    def _events(self, cursor: dict[str, object]) -> Iterator[RawBatch]:
        """The time-based export; a page begins with the second in which the last one ended, and the lake keeps each once."""
        start = self._start(cursor)
        while True:
            page = maybe_record(
                self._web.get("api/v2/incremental/ticket_events.json", {"start_time": start, "include": "comment_events"})
            )
            events = records_in(page.get("ticket_events"))
            end = _whole(page.get("end_time")) or start
            yield RawBatch(tuple(self._joined(events)), {"time": end})
            if page.get("end_of_stream") is not False or not events:
                return
            start = end if end > start else start + 1

    def _rated(self, path: str, name: str, cursor: dict[str, object], start: Callable[[int], Params]) -> Iterator[RawBatch]:
        """Ratings, page by page; the next run begins some days before the newest of this one."""
        first, newest, after = self._start(cursor), _whole(cursor.get("newest")), cursor.get("page")
        while True:
            where: Params = {"page[size]": 100, **start(first), **({"page[after]": str(after)} if after else {})}
            try:
                page = maybe_record(self._web.get(path, where))
            except BadInput:
                if not after:
                    raise
                after = None
                continue
            records = records_in(page.get(name))
            newest = max([newest, *(_made(record) for record in records)])
            meta = maybe_record(page.get("meta"))
            after = meta.get("after_cursor") if meta.get("has_more") else None
            rests = {"time": max(first, newest - _RATING_OVERLAP_SECONDS), "newest": newest}
            yield RawBatch(tuple(records), {"time": first, "newest": newest, "page": after} if after else rests)
            if not after:
                return

    def _joined(self, events: list[RawRecord]) -> Iterator[RawRecord]:
        """Events with the ticket that they belong to (for its requester) and the roles of those who wrote."""
        self._look_up("tickets", self._tickets, (maybe_id(event.get("ticket_id")) for event in events), _slim)
        self._look_up("users", self._roles, (author for event in events for author in self._strangers(event)), _role)
        for event in events:
            ticket = self._tickets.get(maybe_id(event.get("ticket_id")) or "", {})
            users = [{"id": author, "role": self._roles.get(author, "")} for author in self._strangers(event)]
            yield {**event, "ticket": ticket, "users": users}

    def _strangers(self, event: RawRecord) -> list[str]:
        requester = maybe_id(self._tickets.get(maybe_id(event.get("ticket_id")) or "", {}).get("requester_id"))
        authors = {maybe_id(child.get("author_id")) for child in records_in(event.get("child_events"))}
        return sorted(author for author in authors if author and author != requester)

    def _look_up(self, resource: str, known: dict[str, R], ids: Iterable[str | None], keep: Callable[[RawRecord], R]) -> None:
        wanted = sorted({id for id in ids if id and id not in known})
        if len(known) > _REMEMBERED:
            known.clear()
        for at in range(0, len(wanted), _LOOKED_UP):
            some = wanted[at : at + _LOOKED_UP]
            page = maybe_record(self._web.get(f"api/v2/{resource}/show_many.json", {"ids": ",".join(some)}))
            known.update({str(maybe_id(record.get("id"))): keep(record) for record in records_in(page.get(resource))})

    def _start(self, cursor: Mapping[str, object]) -> int:
        """Where an export begins; Zendesk refuses one that begins within the last minute."""
        since = self._opening.since
        latest = int(self._opening.clock().timestamp()) - _LATEST_SECONDS
        return min(latest, _whole(cursor.get("time")) or (int(since.timestamp()) if since else 1))


@dataclass(frozen=True)
class ZendeskKind:
    """Zendesk as a source that can be connected."""

    title: str = "Zendesk"
    settings: tuple[Setting, ...] = (
        Setting("subdomain", "The first part of your address, as in SUBDOMAIN.zendesk.com."),
        Setting("token", "An API token (with an e-mail address), or an OAuth token (without).", secret=True),
        Setting("email", "The e-mail address of the agent whose API token it is.", ""),
        Setting("address", "Another address than SUBDOMAIN.zendesk.com, as in https://help.example.com.", ""),
    )

    def open(self, opening: Opening) -> ZendeskConnector:
        """A connector; asks nothing yet."""
        return ZendeskConnector(opening)


ZENDESK = ZendeskKind()


def _subdomain(text: str) -> str:
    name = text.removesuffix(".zendesk.com")
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise BadInput(f"The setting 'subdomain' came as '{text}'. Give the first part of your address, as in 'example'.")
    return name


def _proof(email: str, token: Secret) -> Mapping[str, str]:
    if not email:
        return {"authorization": f"Bearer {token.reveal()}"}
    pair = base64.b64encode(f"{email}/token:{token.reveal()}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


def _with_requesters(page: RawRecord) -> list[RawRecord]:
    """Tickets, each with the side-loaded record of its requester."""
    users = {maybe_id(user.get("id")): user for user in records_in(page.get("users"))}
    return [
        {**ticket, "requester": users.get(maybe_id(ticket.get("requester_id")), {})} for ticket in records_in(page.get("tickets"))
    ]


def _slim(ticket: RawRecord) -> RawRecord:
    return {name: ticket.get(name) for name in ("id", "requester_id", "organization_id", "via")}


def _role(user: RawRecord) -> str:
    return str(user.get("role") or "")


def _from_second(start: int) -> Params:
    return {"start_time": start}


def _from_millisecond(start: int) -> Params:
    return {"filter[created_at_start]": start * 1000}


def _whole(value: object) -> int:
    found = number(value)
    return int(found) if found else 0


def _reached(record: RawRecord) -> int:
    return _whole(record.get("generated_timestamp")) or _seconds(record.get("updated_at"))


def _made(record: RawRecord) -> int:
    answers = [_seconds(answer.get("created_at")) for answer in records_in(record.get("answers"))]
    return max([_seconds(record.get("created_at")), *answers])


def _seconds(value: object) -> int:
    found: datetime | None = maybe_moment(value, UTC)
    return int(found.timestamp()) if found else 0
