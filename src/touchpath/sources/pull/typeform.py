"""Pulls Typeform's responses, form by form.

Sources: typeform.com/developers, "Retrieve responses" (newest first, at most 1,000 a page, `before` a token, `since` a time; responses of the last
half hour may be missing), "Retrieve forms", rate limit of two requests a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.surveys import EPOCH, chosen, going_on
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors import typeform as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, records_in
from touchpath.store.pulls import Cursor

_PAGE, _FORMS_PAGE = 1000, 200
#: Typeform says that responses of the last half hour may not be listed yet.
_OVERLAP = timedelta(hours=1)
_PAUSE_SECONDS = 0.5
_FIELDS = ("token", "landed_at", "submitted_at", "answers", "hidden", "variables", "calculated", "form")
_STREAMS = (
    Stream("responses", "Completed responses.", ("token",), "submitted_at", _FIELDS),
    Stream("partial_responses", "Responses that were begun and not completed.", ("token",), "staged_at", _FIELDS),
)


class TypeformConnector:
    """One Typeform account."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._forms = chosen(opening.settings["forms"], "The form")
        token = opening.secrets["token"]
        self._web = Web("Typeform", opening.settings["address"], opening, lambda: {"authorization": f"Bearer {token.reveal()}"})

    def check(self) -> str:
        """Whether the token may list forms."""
        found = maybe_record(self._web.get("forms", {"page_size": 1}))
        return f"Typeform answers; the account has {found.get('total_items', 'some')} forms."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return _STREAMS

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New responses of all forms."""
        if stream not in (one.name for one in _STREAMS):
            raise BadInput(f"Typeform has no stream '{stream}'.")
        cursor = dict(since or {})
        states = dict(maybe_record(cursor.get("forms")))
        for form in going_on(self._forms or self._listed(), cursor.get("at")):
            for records, state in self._form(form, stream, maybe_record(states.get(form))):
                states[form] = state
                yield RawBatch(tuple(records), {"forms": dict(states), "at": form})

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one response, which comes with its form."""
        form, partial = maybe_record(record.get("form")), stream == "partial_responses"
        return vendor.form_response_signals(record, form, self._opening.source, partial=partial)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _listed(self) -> tuple[str, ...]:
        """The ids of all forms."""
        found: list[str] = []
        for page in range(1, 10_000):
            asked = maybe_record(self._web.get("forms", {"page": page, "page_size": _FORMS_PAGE}))
            ids = [id for form in records_in(asked.get("items")) if (id := maybe_id(form.get("id")))]
            found += ids
            if len(ids) < _FORMS_PAGE:
                break
        return tuple(dict.fromkeys(found))

    def _form(self, form: str, stream: str, state: Mapping[str, object]) -> Iterator[tuple[list[RawRecord], dict[str, object]]]:
        """One form, from its newest response down to those that the last pass began with.

        state: since = how far down, newest = the newest moment of a pass that is under way, before = the token behind which it goes on.
        """
        since = self._start(state)
        newest, before = maybe_moment(state.get("newest")), maybe_id(state.get("before"))
        asked: RawRecord | None = None
        begun_anew = False
        while True:
            try:
                items = self._page(form, stream, since, before)
            except (BadInput, Missing):
                # A response that was deleted meanwhile cannot be read before: the pass begins anew, once.
                if before is None or begun_anew:
                    raise
                before, begun_anew = None, True
                continue
            if asked is None and items:
                asked = self._asked(form)
            moments = [moment for item in items if (moment := _moment(item))]
            newest = max([*moments, *([newest] if newest else [])], default=None)
            records: list[RawRecord] = [{**item, "form": asked} for item in items]
            before = maybe_id(items[-1].get("token")) if len(items) == _PAGE else None
            if before is None:
                settled = max(since, newest - _OVERLAP) if newest else since
                yield records, self._told(settled)
                return
            yield records, {**self._told(since), "newest": newest.isoformat() if newest else None, "before": before}
            self._opening.sleep(_PAUSE_SECONDS)

    def _page(self, form: str, stream: str, since: datetime, before: str | None) -> list[RawRecord]:
        """One page, newest first."""
        where: Params = {"page_size": _PAGE, "since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
        if stream == "partial_responses":
            where = {**where, "response_type": "partial,started"}
        page = self._web.get(f"forms/{form}/responses", {**where, "before": before} if before else where)
        return records_in(maybe_record(page).get("items"))

    def _asked(self, form: str) -> RawRecord:
        """What answers need of the form: its questions, title and language."""
        found = maybe_record(self._web.get(f"forms/{form}"))
        return {name: found[name] for name in ("id", "title", "fields", "settings") if name in found}

    def _start(self, state: Mapping[str, object]) -> datetime:
        """How far down to read: to where the last pass began, unless reading is to begin earlier than it ever did."""
        wanted = self._opening.since or EPOCH
        since, start = maybe_moment(state.get("since")), maybe_moment(state.get("start"))
        return since if since and start and start <= wanted else wanted

    def _told(self, since: datetime) -> dict[str, object]:
        return {"since": since.isoformat(), "start": (self._opening.since or EPOCH).isoformat()}


def _moment(item: RawRecord) -> datetime | None:
    return maybe_moment(item.get("submitted_at")) or maybe_moment(item.get("staged_at")) or maybe_moment(item.get("landed_at"))


@dataclass(frozen=True)
class TypeformKind:
    """Typeform as a source that can be connected."""

    title: str = "Typeform"
    settings: tuple[Setting, ...] = (
        Setting("token", "A personal token with the scopes forms:read and responses:read.", secret=True),
        Setting("forms", "The ids of the forms to read, separated by commas; all of them unless given.", ""),
        Setting("address", "Another address: https://api.eu.typeform.com for accounts in the EU.", "https://api.typeform.com"),
    )

    def open(self, opening: Opening) -> TypeformConnector:
        """A connector; asks nothing yet."""
        return TypeformConnector(opening)


TYPEFORM = TypeformKind()
