"""Pulls Jira Service Management: requests with their history, all comments, and satisfaction.

Sources: developer.atlassian.com (REST v3: "Search for issues using JQL enhanced search", whose page tokens last 7 days; "Bulk fetch changelogs"; issue
comments; Service Desk REST: request feedback; rate limiting). JQL tells times by the minute, in the zone of whoever asks, so the zone is asked for.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.services.secrets import Secret
from touchpath.sources.pull.web import Reply, Web
from touchpath.sources.vendors import jira as vendor
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.store.pulls import Cursor

_PAGE, _COMMENTS = 50, 100
_OVERLAP_SECONDS = 600
_FIELDS = ("created", "updated", "resolutiondate", "statuscategorychangedate", "status", "summary", "description", "priority", "issuetype", "project",
           "labels", "components", "reporter", "assignee", "comment")  # fmt: skip
_CHANGES = ("status", "resolution", "assignee")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{0,30}")


class JiraConnector:
    """Some projects of one Jira site."""

    def __init__(self, opening: Opening) -> None:
        self._opening, settings = opening, opening.settings
        self._projects = [name.strip().upper() for name in settings["projects"].split(",") if name.strip()]
        for name in self._projects or [""]:
            if not _PROJECT.fullmatch(name):
                raise BadInput(
                    f"The setting 'projects' came as '{settings['projects']}'. Give keys with commas between, as in SUP,HR."
                )
        base = settings["address"] or f"https://{_site(settings['site'])}.atlassian.net"
        self._web = Web("Jira", base, opening, lambda: _proof(settings["email"], opening.secrets["token"]))

    def check(self) -> str:
        """Who we are to Jira."""
        me = maybe_record(self._web.get("rest/api/3/myself"))
        return f"Jira answers; its times are told in the zone {me.get('timeZone') or 'UTC'}."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return (
            Stream(
                "requests",
                "Requests with their history, comments and satisfaction.",
                ("id",),
                "updated",
                (*_FIELDS, "changelog", "feedback"),
            ),
        )

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """What changed after a time, oldest change first. cursor: `from` and `newest` in seconds, `token` = the page to go on with."""
        if stream != "requests":
            raise BadInput(f"Jira has no stream '{stream}'.")
        cursor = since or {}
        begin = int(self._opening.since.timestamp()) if self._opening.since else 0
        first, token = _whole(cursor.get("from")) or begin, cursor.get("token")
        newest = _whole(cursor.get("newest")) or first
        query = self._query(first)
        while True:
            try:
                page = maybe_record(self._web.get("rest/api/3/search/jql", {
                    "jql": query, "maxResults": _PAGE, "fields": ",".join(_FIELDS), **({"nextPageToken": str(token)} if token else {}),
                }))  # fmt: skip
            except (BadInput, Missing):
                if not token:
                    raise
                token = None
                continue
            found = records_in(page.get("issues"))
            newest = max([newest, *(_changed_at(issue) for issue in found)])
            token = None if page.get("isLast") is True else page.get("nextPageToken")
            rests = {"from": max(begin, newest - _OVERLAP_SECONDS), "newest": newest}
            yield RawBatch(tuple(self._whole(found)), {"from": first, "newest": newest, "token": token} if token else rests)
            if not token:
                return

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one request."""
        return vendor.issue_signals(record, self._opening.source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _query(self, first: int) -> str:
        zone = ZoneInfo("UTC")
        if first:
            name = maybe_record(self._web.get("rest/api/3/myself")).get("timeZone")
            try:
                zone = ZoneInfo(str(name))
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise BadInput(
                    f"Jira tells its times in the zone '{name}', which is not known here. Set another in your profile."
                ) from error
        moment = datetime.fromtimestamp(first, UTC).astimezone(zone)
        return f'project in ({", ".join(self._projects)}) AND updated >= "{moment:%Y/%m/%d %H:%M}" ORDER BY updated ASC'

    def _whole(self, found: list[RawRecord]) -> Iterator[RawRecord]:
        """Requests with their whole history, all comments, and the satisfaction of those that are solved."""
        histories = self._histories([str(issue.get("id")) for issue in found])
        for issue in found:
            fields = dict(maybe_record(issue.get("fields")))
            fields["comment"] = {"comments": self._comments(issue, maybe_record(fields.get("comment")))}
            solved = fields.get("resolutiondate") and self._opening.settings["feedback"] != "no"
            feedback = self._feedback(str(issue.get("id"))) if solved else {}
            yield {
                **issue,
                "fields": fields,
                "changelog": {"histories": histories.get(str(issue.get("id")), [])},
                "feedback": feedback,
            }

    def _histories(self, ids: list[str]) -> dict[str, list[RawRecord]]:
        found: dict[str, list[RawRecord]] = {}
        token: object = None
        while ids:
            body = {
                "issueIdsOrKeys": ids,
                "fieldIds": list(_CHANGES),
                "maxResults": 1000,
                **({"nextPageToken": token} if token else {}),
            }
            page = maybe_record(self._web.post("rest/api/3/changelog/bulkfetch", body))
            for one in records_in(page.get("issueChangeLogs")):
                found.setdefault(str(one.get("issueId")), []).extend(records_in(one.get("changeHistories")))
            token = page.get("nextPageToken")
            if not token:
                break
        return found

    def _comments(self, issue: RawRecord, first: RawRecord) -> list[RawRecord]:
        """All comments: a search gives only some of a long list."""
        comments = records_in(first.get("comments"))
        if _whole(first.get("total")) <= len(comments):
            return comments
        comments = []
        while True:
            path = f"rest/api/3/issue/{quote(str(issue.get('id')), safe='')}/comment"
            page = maybe_record(self._web.get(path, {"startAt": len(comments), "maxResults": _COMMENTS}))
            some = records_in(page.get("comments"))
            comments += some
            if not some or len(comments) >= _whole(page.get("total")):
                return comments

    def _feedback(self, id: str) -> RawRecord:
        """The satisfaction of a request; nothing when none was given, or when this is no service project."""
        answer = self._web.get(f"rest/servicedeskapi/request/{quote(id, safe='')}/feedback", also=frozenset({400, 403, 404}))
        return {} if isinstance(answer, Reply) else maybe_record(answer)


@dataclass(frozen=True)
class JiraKind:
    """Jira Service Management as a source that can be connected."""

    title: str = "Jira Service Management"
    settings: tuple[Setting, ...] = (
        Setting("site", "The first part of your address, as in SITE.atlassian.net."),
        Setting("email", "The e-mail address of whoever's API token it is."),
        Setting("token", "An API token.", secret=True),
        Setting("projects", "The keys of the service projects to read, with commas between."),
        Setting("feedback", "Ask for the satisfaction of each solved request, one request each: yes or no.", "yes"),
        Setting("address", "Another address than SITE.atlassian.net.", ""),
    )

    def open(self, opening: Opening) -> JiraConnector:
        """A connector; asks nothing yet."""
        return JiraConnector(opening)


JIRA = JiraKind()


def _site(text: str) -> str:
    name = text.removesuffix(".atlassian.net")
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise BadInput(f"The setting 'site' came as '{text}'. Give the first part of your address, as in 'example'.")
    return name


def _proof(email: str, token: Secret) -> Mapping[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{email}:{token.reveal()}".encode()).decode()}


def _whole(value: object) -> int:
    return int(number(value) or 0)


def _changed_at(issue: RawRecord) -> int:
    found = maybe_moment(maybe_record(issue.get("fields")).get("updated"))
    return int(found.timestamp()) if found else 0
