"""Zendesk's files: the CSV that a view or the account exports, and JSON, as its own export and its API write it.

**Source**: support.zendesk.com, "Exporting data" (columns, 4408886165402); developer.zendesk.com for the JSON. Choices made:

- The CSV tells times in the zone of the account, and names it nowhere: the zone is asked for.
- It has minutes only, no comments, and of states only the last. `ticket.solved` and `ticket.assigned` go by the minute everywhere, so
  they are not doubled by a pull. A satisfaction has no id there: import such a file for the time before you connect, not beside it.
- Names of people are left out. The assignee is known by name only, so there is no agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import CsvShape, JsonShape, Row
from touchpath.sources.formats.reading import moment_of, number_of, text_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.vendors import zendesk

_ZONE = Option("zone", "In which time zone is the Zendesk account? Its CSV files do not say.", kind="zone", required=True)
_MARKS = frozenset(
    {"requester id", "ticket type", "group stations", "assignee stations", "satisfaction score", "summation column"}
)
_METRICS = {
    "first reply time": "reply_time_in_minutes", "first resolution time": "first_resolution_time_in_minutes",
    "full resolution time": "full_resolution_time_in_minutes", "agent wait time": "agent_wait_time_in_minutes",
    "requester wait time": "requester_wait_time_in_minutes", "on hold time": "on_hold_time_in_minutes",
}  # fmt: skip
_METRIC = re.compile(r"(.+?) in minutes( within business hours)?")
_FIELD = re.compile(r"(.+) \[(\w+)\]")
_COUNTS = ("reopens", "replies", "group stations", "assignee stations")
_LISTS = ("tickets", "ticket_events", "satisfaction_ratings", "survey_responses", "users")
_NOTHING = frozenset({"", "-"})


def _tells_csv(head: Head) -> Sure | None:
    names = {name.strip().lower() for name in head.header}
    if not {"id", "status", "created at"} <= names:
        return None
    marks = len(names & _MARKS) + ("first reply time in minutes" in names)
    return Sure(0.97 if marks > 2 else 0.8, "its columns are those of Zendesk's export") if marks else None


def _begin_csv(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        named = {name.strip().lower(): text for name, text in row.items() if text not in _NOTHING}
        return zendesk.ticket_signals(_ticket(named, row, opening.zone), opening.source)

    return convert


def _ticket(row: Mapping[str, str], written: Row, zone: str) -> dict[str, object]:
    """A row as the API would write the ticket."""

    def time(name: str) -> str | None:
        return moment_of(row[name], name, zone).isoformat() if name in row else None

    if "id" not in row:
        raise BadInput("This row has no Id.")
    created = time("created at")
    if created is None:
        raise BadInput(f"Ticket {row['id']} has no time under 'Created at'.")
    score = row.get("satisfaction score", "").lower()
    rating = {"id": f"ticket-{row['id']}", "score": score} if score in ("good", "bad", "offered") else None
    metrics = {
        "solved_at": time("solved at"),
        "assigned_at": time("assigned at"),
        "updated_at": time("updated at"),
        **_metrics(row),
    }
    fields = [
        {"id": found[1], "value": text}
        for name, text in written.items()
        if text not in _NOTHING and (found := _FIELD.fullmatch(name.strip()))
    ]
    return {
        "id": row["id"], "created_at": created, "updated_at": time("updated at"), "status": row.get("status", "").lower(),
        "requester_id": row.get("requester id"), "requester": {"external_id": row.get("requester external id"), "email": row.get("requester email")},
        "subject": row.get("subject"), "priority": row.get("priority", "").lower(), "type": row.get("ticket type", "").lower(),
        "via": {"channel": row.get("via", "").lower().replace(" ", "_")}, "tags": row.get("tags", "").replace(",", " ").split(),
        "group": row.get("group"), "organization": {"title": row.get("organization")}, "due": time("due date"), "custom_fields": fields,
        "satisfaction_rating": rating, "metric_set": {name: value for name, value in metrics.items() if value is not None},
    }  # fmt: skip


def _metrics(row: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {name.replace(" ", "_"): number_of(row[name]) for name in _COUNTS if name in row}
    times: dict[str, dict[str, float | None]] = {}
    for name, text in row.items():
        told = _METRIC.fullmatch(name)
        if told and told[1] in _METRICS:
            times.setdefault(_METRICS[told[1]], {})["business" if told[2] else "calendar"] = number_of(text)
    return {**found, **times}


def _tells_json(head: Head) -> Sure | None:
    named = (
        [name for name in _LISTS[:4] if re.search(rf'"{name}"\s*:\s*\[', head.text)]
        if head.text.lstrip("\ufeff \n\r\t").startswith("{")
        else []
    )
    if named and ("requester_id" in head.text or "survey_responses" in named or "child_events" in head.text):
        return Sure(0.95, f"it holds a list '{named[0]}' as Zendesk's API writes it")
    keys = head.keys
    if {"requester_id", "created_at", "status"} <= keys and ("via" in keys or "submitter_id" in keys):
        return Sure(0.95, "its lines hold tickets with requester_id and via")
    if {"ticket_id", "child_events"} <= keys:
        return Sure(0.95, "its lines hold child_events of tickets")
    return None


def _begin_json(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        record = row["ticket"] if isinstance(row.get("ticket"), dict) and "id" not in row else row
        if "child_events" in record or "events" in record:
            return zendesk.event_signals(record, opening.source)
        if "answers" in record:
            return zendesk.response_signals(record, opening.source)
        if "score" in record and "ticket_id" in record:
            return zendesk.rating_signals(record, opening.source)
        if "requester_id" in record or text_of(record.get("subject")):
            return zendesk.ticket_signals(record, opening.source)
        if "role" in record:
            return zendesk.user_signals(record, opening.source)
        if text_of(record.get("type")):
            return zendesk.webhook_signals(record, opening.source)
        raise BadInput("This record is no ticket, event, rating, response or user of Zendesk.")

    return convert


ZENDESK_CSV = RecordFormat("zendesk-csv", "Zendesk CSV export", zendesk.SOURCE, CsvShape(), _tells_csv, _begin_csv, (_ZONE,))
ZENDESK = RecordFormat("zendesk", "Zendesk JSON export", zendesk.SOURCE, JsonShape(_LISTS), _tells_json, _begin_json)
