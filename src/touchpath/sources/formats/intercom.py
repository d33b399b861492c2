"""Intercom's files: conversations and contacts as JSON lines, as a list, or as the API answers.

**Source**: developers.intercom.com (data export, conversations, contacts). Exports may leave out the parts of a conversation; its closings
are then taken from the statistics, with the ids that a pull gives them.
"""

from __future__ import annotations

from collections.abc import Iterator

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.vendors import intercom

_LISTS = ("conversations", "contacts")
_TALK = frozenset({"conversation_parts", "conversation_rating", "waiting_since", "admin_assignee_id"})


def _tells(head: Head) -> Sure | None:
    keys = head.keys
    if {"statistics", "contacts"} <= keys or len(keys & _TALK) > 1:
        return Sure(0.95, "its lines hold conversations with statistics and contacts")
    if '"conversation_statistics"' in head.text or ('"conversation.list"' in head.text and '"conversations"' in head.text):
        return Sure(0.95, "it holds a list of conversations as Intercom's API writes it")
    if "notification_event" in head.text and "topic" in keys:
        return Sure(0.9, "its lines hold notifications with a topic")
    if any(one.get("type") == "contact" and "workspace_id" in one for one in head.objects):
        return Sure(0.9, "its lines hold contacts of a workspace")
    return None


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        if "topic" in row:
            return intercom.webhook_signals(row, opening.source)
        if row.get("type") in ("contact", "user", "lead"):
            return intercom.contact_signals(row, opening.source)
        if row.get("type") in ("conversation", None) and (row.keys() & _TALK or "statistics" in row or "source" in row):
            return intercom.conversation_signals(row, opening.source)
        raise BadInput("This record is no conversation, contact or notification of Intercom.")

    return convert


INTERCOM = RecordFormat("intercom", "Intercom export", intercom.SOURCE, JsonShape(_LISTS), _tells, _begin)
