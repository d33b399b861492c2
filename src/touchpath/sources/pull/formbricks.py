"""Pulls Formbricks' responses by its management API, with the survey that each belongs to.

Sources: formbricks.com/docs, api-v2-reference, "Get responses" (limit up to 250, skip, sortBy, order, startDate, filterDateField), api-reference, "Get
survey by id" (v1, as v2 lists no surveys). Servers of one's own answer in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.surveys import Position, changes, chosen, going_on
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors import formbricks as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, records_in
from touchpath.store.pulls import Cursor

_PAGE = 250
#: The key of the cursor for all surveys at once, when none is chosen.
_ALL = "*"
_STREAM = Stream(
    "responses",
    "Responses, finished or not, as they were updated last.",
    ("id",),
    "updatedAt",
    ("id", "surveyId", "createdAt", "updatedAt", "finished", "data", "contactId", "contactAttributes", "survey"),
)


class FormbricksConnector:
    """One Formbricks project (environment): its key reads no other."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._surveys = chosen(opening.settings["surveys"], "The survey") or (_ALL,)
        key = opening.secrets["key"]
        self._web = Web("Formbricks", opening.settings["address"], opening, lambda: {"x-api-key": key.reveal()})
        self._asked: dict[str, RawRecord] = {}

    def check(self) -> str:
        """Whether the key may read responses."""
        self._web.get("api/v2/management/responses", {"limit": 1})
        return "Formbricks answers, and the key may read responses."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return (_STREAM,)

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New and changed responses."""
        if stream != _STREAM.name:
            raise BadInput(f"Formbricks has no stream '{stream}'.")
        cursor = dict(since or {})
        states = dict(maybe_record(cursor.get("surveys")))
        for survey in going_on(self._surveys, cursor.get("at")):
            first = Position.of(states.get(survey), self._opening.since)
            found = changes(partial(self._page, survey), _updated_at, first, _PAGE)
            for records, position in found:
                states[survey] = position.told(self._opening.since)
                joined = tuple({**record, "survey": self._survey(maybe_id(record.get("surveyId")))} for record in records)
                yield RawBatch(joined, {"surveys": dict(states), "at": survey})

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one response, which comes with its survey."""
        return vendor.survey_response_signals(record, maybe_record(record.get("survey")), self._opening.source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _page(self, survey: str, position: Position) -> list[RawRecord]:
        where: Params = {
            "limit": _PAGE, "skip": position.page * _PAGE, "sortBy": "updatedAt", "order": "asc", "filterDateField": "updatedAt",
            "startDate": position.since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **({} if survey == _ALL else {"surveyId": survey}),
        }  # fmt: skip
        return records_in(maybe_record(self._web.get("api/v2/management/responses", where)).get("data"))

    def _survey(self, id: str | None) -> RawRecord:
        """What answers need of a survey; {} of one that is gone, whose answers then have ids and no wordings."""
        if id is None:
            return {}
        if id not in self._asked:
            try:
                told = maybe_record(self._web.get(f"api/v1/management/surveys/{quote(id, safe='')}"))
            except Missing:
                told = {}
            found = maybe_record(told.get("data"))
            names = ("id", "name", "type", "questions", "blocks", "hiddenFields")
            self._asked[id] = {name: found[name] for name in names if name in found}
        return self._asked[id]


def _updated_at(record: RawRecord) -> datetime | None:
    return maybe_moment(record.get("updatedAt"))


@dataclass(frozen=True)
class FormbricksKind:
    """Formbricks as a source that can be connected."""

    title: str = "Formbricks"
    settings: tuple[Setting, ...] = (
        Setting("key", "An API key that may read the environment's responses and surveys.", secret=True),
        Setting("surveys", "The ids of the surveys to read, separated by commas; all of them unless given.", ""),
        Setting("address", "The address of your own server, if you run one.", "https://app.formbricks.com"),
    )

    def open(self, opening: Opening) -> FormbricksConnector:
        """A connector; asks nothing yet."""
        return FormbricksConnector(opening)


FORMBRICKS = FormbricksKind()
