"""Pulls SurveyMonkey's responses, survey by survey, with each survey's details.

Sources: SurveyMonkey's API docs: /surveys, /surveys/{id}/details, /surveys/{id}/responses/bulk (at most 100 a page, `sort_by=date_modified`,
`start_modified_at`), and the headers X-Ratelimit-App-Global-Minute-* and -Day-*. A private app may ask 120 times a minute and 500 times a day, so a
survey's details are only asked for when it has new responses, and a run that reaches the limit is continued by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta

from touchpath.model.errors import BadInput, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.surveys import Position, changes, chosen, going_on
from touchpath.sources.pull.web import Params, Reply, Web
from touchpath.sources.vendors import surveymonkey as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, number, records_in
from touchpath.store.pulls import Cursor

_PAGE, _SURVEYS_PAGE = 100, 1000
_LIMIT = "x-ratelimit-app-global"
_MOST_WAITS = 5
_STREAM = Stream(
    "responses",
    "Responses, whole and partial, as they were modified last.",
    ("id",),
    "date_modified",
    ("id", "survey_id", "response_status", "date_created", "date_modified", "custom_variables", "pages", "survey"),
)


class SurveyMonkeyConnector:
    """One SurveyMonkey account."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._surveys = chosen(opening.settings["surveys"], "The survey")
        token = opening.secrets["token"]
        self._web = Web(
            "SurveyMonkey", opening.settings["address"], opening, lambda: {"authorization": f"Bearer {token.reveal()}"}
        )

    def check(self) -> str:
        """Whether the token may list surveys."""
        self._get("v3/surveys", {"per_page": 1})
        return "SurveyMonkey answers, and the token may list surveys."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return (_STREAM,)

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New and changed responses of all surveys."""
        if stream != _STREAM.name:
            raise BadInput(f"SurveyMonkey has no stream '{stream}'.")
        cursor = dict(since or {})
        states = dict(maybe_record(cursor.get("surveys")))
        for survey in going_on(self._surveys or self._listed(), cursor.get("at")):
            for records, position in self._survey(survey, states.get(survey)):
                states[survey] = position.told(self._opening.since)
                yield RawBatch(tuple(records), {"surveys": dict(states), "at": survey})

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one response, which comes with its survey."""
        return vendor.survey_response_signals(record, maybe_record(record.get("survey")), self._opening.source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _listed(self) -> tuple[str, ...]:
        """The ids of all surveys."""
        found: list[str] = []
        for page in range(1, 10_000):
            surveys = records_in(self._get("v3/surveys", {"per_page": _SURVEYS_PAGE, "page": page}).get("data"))
            found += [id for survey in surveys if (id := maybe_id(survey.get("id")))]
            if len(surveys) < _SURVEYS_PAGE:
                break
        return tuple(dict.fromkeys(found))

    def _survey(self, survey: str, state: object) -> Iterator[tuple[list[RawRecord], Position]]:
        details: RawRecord | None = None

        def ask(position: Position) -> list[RawRecord]:
            where: Params = {
                "per_page": _PAGE, "page": position.page + 1, "sort_by": "date_modified", "sort_order": "ASC",
                "start_modified_at": position.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            }  # fmt: skip
            return records_in(self._get(f"v3/surveys/{survey}/responses/bulk", where).get("data"))

        first = Position.of(state, self._opening.since)
        for records, position in changes(ask, lambda record: maybe_moment(record.get("date_modified")), first, _PAGE):
            if records and details is None:
                details = self._details(survey)
            yield [{**record, "survey": details} for record in records], position

    def _details(self, survey: str) -> RawRecord:
        found = self._get(f"v3/surveys/{survey}/details", {})
        return {name: found[name] for name in ("id", "title", "language", "pages") if name in found}

    def _get(self, path: str, where: Params) -> RawRecord:
        """What is at a path. Waits for the next minute when this one's requests are used up; ends the run when the day's are."""
        for _ in range(_MOST_WAITS):
            found = self._web.reply("GET", path, params=where, also=frozenset({429}))
            wait = self._wait(found)
            if found.status != 429:
                if wait:
                    self._opening.sleep(wait)
                return _parsed(found)
            self._opening.sleep(wait or 60.0)
        raise Unavailable("SurveyMonkey's limit of requests a minute is used up by somebody else. Run it again later.")

    def _wait(self, found: Reply) -> float:
        """Seconds until the minute's requests are renewed, when none is left; raises Unavailable when none of the day's is."""
        left = {span: number(found.headers.get(f"{_LIMIT}-{span}-remaining")) for span in ("day", "minute")}
        reset = {span: number(found.headers.get(f"{_LIMIT}-{span}-reset")) or 60.0 for span in ("day", "minute")}
        if left["day"] is not None and left["day"] <= 0 and found.status == 429:
            until = self._opening.clock() + timedelta(seconds=reset["day"])
            raise Unavailable(
                f"SurveyMonkey's limit of requests a day is used up until {until:%Y-%m-%d %H:%M} UTC. Run it again then; nothing is lost."
            )
        return reset["minute"] + 1.0 if left["minute"] is not None and left["minute"] <= 0 else 0.0


def _parsed(found: Reply) -> RawRecord:
    try:
        return maybe_record(json.loads(found.body))
    except (ValueError, RecursionError) as error:
        raise Unavailable("SurveyMonkey sent what is no JSON. Run it again later.") from error


@dataclass(frozen=True)
class SurveyMonkeyKind:
    """SurveyMonkey as a source that can be connected."""

    title: str = "SurveyMonkey"
    settings: tuple[Setting, ...] = (
        Setting("token", "An access token with the scopes View Surveys, View Responses and View Response Details.", secret=True),
        Setting("surveys", "The ids of the surveys to read, separated by commas; all of them unless given.", ""),
        Setting(
            "address", "Another address: https://api.eu.surveymonkey.com for accounts in the EU.", "https://api.surveymonkey.com"
        ),
    )

    def open(self, opening: Opening) -> SurveyMonkeyConnector:
        """A connector; asks nothing yet."""
        return SurveyMonkeyConnector(opening)


SURVEYMONKEY = SurveyMonkeyKind()
