"""Pulls Delighted's survey responses, unsubscriptions and bounces.

Sources: delighted.com/docs/api, "Listing survey responses" (pages by number, oldest first, at most 100 a page; `since`, `updated_since`, `expand[]`),
"Listing unsubscribes", "Listing bounces"; Retry-After on 429. Responses that were never changed may have no `updated_at`, so new and
changed ones are asked for apart.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors import delighted as vendor
from touchpath.sources.vendors.reading import number, records_in
from touchpath.store.pulls import Cursor

_PAGE = 100
#: What a list may still be missing when it is read.
_OVERLAP = timedelta(hours=1)
#: Each stream's path, and the parameters that choose what is new or changed, one pass each.
_LISTS = {
    "survey_responses": ("v1/survey_responses.json", ("since", "updated_since")),
    "unsubscribes": ("v1/unsubscribes.json", ("since",)),
    "bounces": ("v1/bounces.json", ("since",)),
}
_STREAMS = (
    Stream("survey_responses", "Scores, comments and answers to additional questions.", ("id",), "updated_at",
           ("id", "person", "survey_type", "score", "comment", "created_at", "person_properties", "tags", "additional_answers")),
    Stream("unsubscribes", "People who asked not to be asked again.", ("person_id",), "unsubscribed_at", ("person_id", "email", "unsubscribed_at")),
    Stream("bounces", "Addresses that a survey could not be delivered to.", ("person_id",), "bounced_at", ("person_id", "email", "bounced_at")),
)  # fmt: skip


class DelightedConnector:
    """One Delighted project: each has a key of its own."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        key = opening.secrets["key"]
        self._web = Web(
            "Delighted", opening.settings["address"], opening, lambda: {"authorization": f"Basic {_proof(key.reveal())}"}
        )

    def check(self) -> str:
        """Whether the key may read."""
        self._web.get("v1/survey_responses.json", {"per_page": 1})
        return "Delighted answers, and the key may read survey responses."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return _STREAMS

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New and changed records of one stream.

        cursor: since = seconds from which on is read; step, page = how far a run that is under way has come; began = when it began.
        """
        if stream not in _LISTS:
            raise BadInput(f"Delighted has no stream '{stream}'.")
        path, steps = _LISTS[stream]
        cursor = dict(since or {})
        first = self._first(cursor)
        began = int(number(cursor.get("began")) or self._opening.clock().timestamp())
        step, page = int(number(cursor.get("step")) or 0), int(number(cursor.get("page")) or 1)
        while step < len(steps):
            where: Params = {"per_page": _PAGE, "page": page, steps[step]: first}
            if stream == "survey_responses":
                where = {**where, "expand[]": "person"}
            records = records_in(self._web.get(path, where))
            step, page = (step, page + 1) if len(records) == _PAGE else (step + 1, 1)
            under_way = {"since": first, "start": self._start(), "began": began, "step": step, "page": page}
            settled = {"since": max(first, began - int(_OVERLAP.total_seconds())), "start": self._start()}
            yield RawBatch(tuple(records), under_way if step < len(steps) else settled)

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one record."""
        source = self._opening.source
        if stream == "survey_responses":
            return vendor.survey_response_signals(record, source)
        return (vendor.unsubscribe_signal(record, source) if stream == "unsubscribes" else vendor.bounce_signal(record, source),)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _start(self) -> int:
        return int(self._opening.since.timestamp()) if self._opening.since else 0

    def _first(self, cursor: dict[str, object]) -> int:
        """Where reading begins: behind the last run, unless it is to begin earlier than it ever did."""
        since, start = number(cursor.get("since")), number(cursor.get("start"))
        if since is not None and start is not None and start <= self._start():
            return int(since)
        cursor.clear()
        return self._start()


def _proof(key: str) -> str:
    return base64.b64encode(f"{key}:".encode()).decode()


@dataclass(frozen=True)
class DelightedKind:
    """Delighted as a source that can be connected."""

    title: str = "Delighted"
    settings: tuple[Setting, ...] = (
        Setting("key", "The project's private API key.", secret=True),
        Setting("address", "Another address than Delighted's.", "https://api.delighted.com"),
    )

    def open(self, opening: Opening) -> DelightedConnector:
        """A connector; asks nothing yet."""
        return DelightedConnector(opening)


DELIGHTED = DelightedKind()
