"""Pulls Qualtrics' responses by its response exports: start one, wait until it is made, download and unpack it.

Sources: api.qualtrics.com, "Getting survey responses via the new export APIs" (POST export-responses, GET its progress, GET its file; `startDate` and
`endDate` bound the recorded date, `allowContinuation` gives a token for what is recorded later), "Survey definitions", "List surveys". Files are zips;
they are unpacked as they are read, never whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.files.parts import ZIP_MAGIC, parts_of
from touchpath.sources.formats.pieces import JsonShape, decode_json
from touchpath.sources.pull.qualtrics_invitations import read_invitations
from touchpath.sources.pull.surveys import EPOCH, chosen, going_on
from touchpath.sources.pull.web import TooMuch, Web
from touchpath.sources.vendors import qualtrics as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, records_in
from touchpath.store.pulls import Cursor

_AT_ONCE = 1000
#: The most that an export may hold after unpacking, in bytes; it is read in pieces, so only time is at stake.
_MOST_UNPACKED = 4 << 30
_LONGEST_WAIT, _MOST_WAIT = 15.0, 3600.0
#: A response is exported some moments after it was recorded.
_OVERLAP = timedelta(minutes=10)
_SHORTEST = timedelta(minutes=2)
_RESPONSES, _INVITATIONS = (
    Stream("responses", "Recorded responses.", ("responseId",), "recordedDate", ("responseId", "values", "labels", "survey")),
    Stream(
        "invitations",
        "Who was invited, and what became of it.",
        ("distributionId", "contactId"),
        "sentAt",
        ("distributionId", "contactId", "status", "sentAt", "openedAt", "responseId", "surveyId"),
    ),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A finished export: its file, and the token for what is recorded later."""

    file: str
    token: str | None


class QualtricsConnector:
    """One Qualtrics account."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        settings = opening.settings
        self._surveys = chosen(settings["surveys"], "The survey")
        token = opening.secrets["token"]
        base = settings["address"] or f"https://{_data_center(settings['datacenter'])}.qualtrics.com"
        self._web = Web(
            "Qualtrics", f"{base.rstrip('/')}/API/v3/", opening, lambda: {"x-api-token": token.reveal(), "accept": "*/*"}
        )

    def check(self) -> str:
        """Who we are to Qualtrics."""
        found = maybe_record(maybe_record(self._web.get("whoami")).get("result"))
        return f"Qualtrics answers; the token belongs to {maybe_id(found.get('userId')) or 'somebody'}."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return (_RESPONSES, _INVITATIONS)

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New responses of all surveys, or invitations to them."""
        if stream == _INVITATIONS.name:
            return read_invitations(self._web, self._opening, self._surveys or self._listed(), since)
        if stream != _RESPONSES.name:
            raise BadInput(f"Qualtrics has no stream '{stream}'.")
        return self._responses(dict(since or {}))

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one response, which comes with its survey, or of one invitation."""
        if stream == _INVITATIONS.name:
            channel = maybe_id(record.get("channel"))
            return vendor.invitation_signals(record, maybe_id(record.get("surveyId")), channel, self._opening.source)
        return vendor.survey_response_signals(record, maybe_record(record.get("survey")), self._opening.source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _responses(self, cursor: dict[str, object]) -> Iterator[RawBatch]:
        states = dict(maybe_record(cursor.get("surveys")))
        for survey in going_on(self._surveys or self._listed(), cursor.get("at")):
            for records, state in self._survey(survey, maybe_record(states.get(survey))):
                states[survey] = state
                yield RawBatch(tuple(records), {"surveys": dict(states), "at": survey})

    def _listed(self) -> tuple[str, ...]:
        """The ids of all surveys of the account."""
        found: list[str] = []
        path: str | None = "surveys"
        for _ in range(10_000):
            if path is None:
                break
            page = maybe_record(maybe_record(self._web.get(path)).get("result"))
            found += [id for survey in records_in(page.get("elements")) if (id := maybe_id(survey.get("id")))]
            path = maybe_id(page.get("nextPage"))
        return chosen(",".join(found), "A survey of Qualtrics")

    def _survey(self, survey: str, state: Mapping[str, object]) -> Iterator[tuple[list[RawRecord], dict[str, object]]]:
        """New responses of one survey: by the token of the last export, or, when there is none that holds, by the recorded date.

        state: token; recorded = up to where everything was read. It stays as it was until a whole export has been read, so a run that
        breaks off reads that export again, and the lake keeps each answer once.
        """
        now, token = self._opening.clock(), maybe_id(state.get("token"))
        start = self._start(state)
        if token is not None and maybe_moment(state.get("recorded")) == start:
            try:
                made = self._export(survey, {"continuationToken": token})
                yield from self._read(survey, made, state, self._told(max(start, now - _OVERLAP), made.token))
                return
            except (BadInput, Missing):
                pass  # a token holds for some days only; and what is too much at once is asked for by date
        yield from self._dated(survey, start, now, state)

    def _dated(
        self, survey: str, start: datetime, end: datetime, state: Mapping[str, object]
    ) -> Iterator[tuple[list[RawRecord], dict[str, object]]]:
        """Responses recorded from a moment on. What is too much for one export is asked for in halves of its time."""
        spans = [(start, end)]
        while spans:
            first, last = spans.pop(0)
            wanted: dict[str, object] = {"startDate": _written(first)}
            wanted |= {"endDate": _written(last)} if spans else {"allowContinuation": True}
            try:
                made = self._export(survey, wanted)
                read = self._told(max(start, last - _OVERLAP) if not spans else last, None if spans else made.token)
                yield from self._read(survey, made, state, read)
                state = read
            except TooMuch:
                if last - first < _SHORTEST:
                    raise
                middle = first + (last - first) / 2
                spans = [(first, middle), (middle, last), *spans]

    def _export(self, survey: str, wanted: Mapping[str, object]) -> Made:
        """Start an export and wait until its file is there."""
        path = f"surveys/{survey}/export-responses"
        begun = maybe_record(maybe_record(self._web.post(path, {"format": "json", "compress": True, **wanted})).get("result"))
        progress, waited, wait = maybe_id(begun.get("progressId")), 0.0, 1.0
        if progress is None:
            raise Unavailable(f"Qualtrics began an export of {survey} without saying which. Run it again later.")
        while waited < _MOST_WAIT:
            found = maybe_record(maybe_record(self._web.get(f"{path}/{quote(progress, safe='')}")).get("result"))
            file, status = maybe_id(found.get("fileId")), found.get("status")
            if status == "failed":
                raise Unavailable(f"Qualtrics could not make the export of {survey}. Run it again later.")
            if file is not None and status == "complete":
                return Made(file, maybe_id(found.get("continuationToken")))
            self._opening.sleep(wait)
            waited, wait = waited + wait, min(_LONGEST_WAIT, wait * 2)
        raise Unavailable(f"Qualtrics did not finish the export of {survey} within an hour. Run it again later.")

    def _read(
        self, survey: str, made: Made, before: Mapping[str, object], after: dict[str, object]
    ) -> Iterator[tuple[list[RawRecord], dict[str, object]]]:
        """The responses of an export, some at a time; the state moves on with the last of them."""
        asked: dict[str, object] | None = None
        for some, is_last in self._unpacked(survey, made.file):
            if some and asked is None:
                asked = self._asked(survey)
            yield [{**record, "survey": asked} for record in some], after if is_last else dict(before)

    def _unpacked(self, survey: str, file: str) -> Iterator[tuple[list[RawRecord], bool]]:
        """The records of an export's file, and whether these are the last."""
        content = self._web.reply("GET", f"surveys/{survey}/export-responses/{quote(file, safe='')}/file").body
        if not content.startswith(ZIP_MAGIC):
            raise Unavailable(f"Qualtrics sent an export of {survey} that is no zip with a file in it. Run it again later.")
        with TemporaryDirectory(prefix="touchpath-") as folder:
            packed = Path(folder) / "export.zip"
            packed.write_bytes(content)
            del content
            records = _records(packed)
            some = list(islice(records, _AT_ONCE))
            while True:
                more = list(islice(records, _AT_ONCE))
                yield some, not more
                if not more:
                    return
                some = more

    def _asked(self, survey: str) -> dict[str, object]:
        found = maybe_record(maybe_record(self._web.get(f"survey-definitions/{survey}")).get("result"))
        return {**vendor.survey_of(found), "id": survey}

    def _start(self, state: Mapping[str, object]) -> datetime:
        wanted = self._opening.since or EPOCH
        recorded, start = maybe_moment(state.get("recorded")), maybe_moment(state.get("start"))
        return recorded if recorded and start and start <= wanted else wanted

    def _told(self, recorded: datetime, token: str | None) -> dict[str, object]:
        told: dict[str, object] = {"recorded": recorded.isoformat(), "start": (self._opening.since or EPOCH).isoformat()}
        return {**told, "token": token} if token else told


def _records(packed: Path) -> Iterator[RawRecord]:
    """The responses in a zip of JSON, streamed."""
    parts = parts_of(packed)
    if sum(part.size for part in parts) > _MOST_UNPACKED:
        raise TooMuch(f"Qualtrics sent an export that unpacks to more than {_MOST_UNPACKED >> 30} GiB.")
    for part in parts:
        for piece in JsonShape(("responses",)).pieces(part):
            if piece.fault:
                raise Unavailable(f"Qualtrics sent an export that breaks off: {piece.fault} Run it again.")
            try:
                yield decode_json(piece.text)
            except BadInput:
                yield {"unreadable": piece.text.decode("utf-8", "backslashreplace")}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _data_center(name: str) -> str:
    found = name.strip().lower().removesuffix(".qualtrics.com")
    if not found or not all(part.isalnum() for part in found.replace(".", "-").split("-")):
        raise BadInput(f"The data center came as '{name}'. It is the word before .qualtrics.com, as in fra1 or acme.iad1.")
    return found


@dataclass(frozen=True)
class QualtricsKind:
    """Qualtrics as a source that can be connected."""

    title: str = "Qualtrics"
    settings: tuple[Setting, ...] = (
        Setting(
            "datacenter", "The word before .qualtrics.com in your account's address (Account settings, Qualtrics IDs).", "www"
        ),
        Setting("token", "An API token (Account settings, Qualtrics IDs).", secret=True),
        Setting("surveys", "The ids of the surveys to read (SV_...), separated by commas; all of them unless given.", ""),
        Setting("address", "Another address than DATACENTER.qualtrics.com.", ""),
    )

    def open(self, opening: Opening) -> QualtricsConnector:
        """A connector; asks nothing yet."""
        return QualtricsConnector(opening)


QUALTRICS = QualtricsKind()
