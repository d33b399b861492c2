"""What connectors of survey tools share: which surveys to read, and reading a list in the order of its records' last changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from touchpath.model.errors import BadInput
from touchpath.services.connectors import RawRecord

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

#: A list may show a change some moments after one that was made later: so much of the past is read again by the next run.
LAG = timedelta(minutes=10)
_STEP = timedelta(seconds=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def chosen(text: str, what: str) -> tuple[str, ...]:
    """The ids in a setting, separated by commas; () = all there are. Raises BadInput for what is no id."""
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for id in ids:
        if not _ID.fullmatch(id):
            raise BadInput(f"{what} came as '{id}'. Ids hold letters, digits, '_' and '-'; separate them with commas.")
    return ids


def going_on(ids: Sequence[str], at: object) -> tuple[str, ...]:
    """The ids in order, beginning with the one that the last run was at, so that a limit never starves those behind it."""
    place = ids.index(at) if isinstance(at, str) and at in ids else 0
    return (*ids[place:], *ids[:place])


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading a list goes on: records changed since a moment, and how many pages of those have been read."""

    since: datetime
    page: int = 0

    @staticmethod
    def of(cursor: object, start: datetime | None) -> Position:
        """A position as it stands in a cursor; the start when there is none, or when reading is to begin earlier than ever before."""
        told = cursor if isinstance(cursor, Mapping) else {}
        since, page, began = told.get("since"), told.get("page"), told.get("start")
        wanted = start or EPOCH
        try:
            if isinstance(since, str) and datetime.fromisoformat(str(began or since)) <= wanted:
                return Position(datetime.fromisoformat(since), page if isinstance(page, int) else 0)
        except (ValueError, TypeError):
            pass
        return Position(wanted)

    def told(self, start: datetime | None) -> dict[str, object]:
        """The position as a cursor keeps it."""
        return {"since": self.since.isoformat(), "page": self.page, "start": (start or EPOCH).isoformat()}


def changes(
    ask: Callable[[Position], Sequence[RawRecord]], changed_at: Callable[[RawRecord], datetime | None], first: Position, full: int
) -> Iterator[tuple[Sequence[RawRecord], Position]]:
    """The records of a list that is ordered by their last change, oldest first, with the position behind each page.

    A page of a list that is being changed cannot be found by its number: a record that changes moves to the end, and those behind it move
    forward, over the border between two pages. So the next page is asked for by the time of the last record (less a second, as times may
    be cut), and by number only among records of one moment. ask: a page of at most `full` records.
    """
    position = first
    while True:
        records = ask(position)
        moments = [moment for record in records if (moment := changed_at(record)) is not None]
        last = max(moments, default=None)
        if len(records) < full:
            settled = max(first.since, (last or position.since) - LAG) if last else position.since
            yield records, Position(settled)
            return
        if last is not None and last - _STEP > position.since:
            position = Position(last - _STEP)
        else:
            position = Position(position.since, position.page + 1)
        yield records, position
