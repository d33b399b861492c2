"""Pulls Intercom: conversations with all their parts, and contacts.

Sources: developers.intercom.com ("Search conversations", "Retrieve a conversation", "Search contacts", "Pagination", "Rate limiting"). Searches of
contacts may go by whole days, so the last day is read again; conversations are fetched one by one, only those that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.web import Reply, Web
from touchpath.sources.vendors import intercom as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_record, number, records_in
from touchpath.store.pulls import Cursor

_PAGE = 150
_DAY_SECONDS = 86_400
#: So much of the last run is read again: a record may be found later than another that changed after it.
_OVERLAP_SECONDS = 300

_STREAMS = (
    Stream("conversations", "Conversations with what was written and done in them.", ("id",), "updated_at",
           ("id", "created_at", "source", "contacts", "conversation_parts", "statistics", "conversation_rating", "sla_applied")),
    Stream("contacts", "Users and leads, with the ids that belong together.", ("id",), "updated_at",
           ("id", "external_id", "email", "role", "companies", "custom_attributes")),
)  # fmt: skip


class IntercomConnector:
    """One Intercom workspace."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._web = Web(
            "Intercom", opening.settings["address"], opening,
            lambda: {"authorization": f"Bearer {opening.secrets['token'].reveal()}", "intercom-version": opening.settings["version"]},
        )  # fmt: skip

    def check(self) -> str:
        """Which workspace answers."""
        app = maybe_record(maybe_record(self._web.get("me")).get("app"))
        return f"Intercom answers as the workspace '{app.get('name') or app.get('id_code') or 'without a name'}'."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return _STREAMS

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """What changed after a time, oldest change first."""
        cursor = dict(since or {})
        if stream == "conversations":
            return self._search("conversations", cursor, _OVERLAP_SECONDS)
        if stream == "contacts":
            return self._search("contacts", cursor, _DAY_SECONDS)
        raise BadInput(f"Intercom has no stream '{stream}'.")

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one record."""
        read = vendor.conversation_signals if stream == "conversations" else vendor.contact_signals
        return read(record, self._opening.source)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _search(self, what: str, cursor: dict[str, object], overlap: int) -> Iterator[RawBatch]:
        """A search, page by page. cursor: `from` (updated_at), `after` = the page to go on with, `newest` seen."""
        since = self._opening.since
        first = int(number(cursor.get("from")) or (int(since.timestamp()) if since else 0))
        newest, after = int(number(cursor.get("newest")) or 0), cursor.get("after")
        while True:
            page = self._page(what, first, after)
            if page is None:
                after = None
                continue
            found = records_in(page.get(what) or page.get("data"))
            records = [one for one in (self._whole(what, record) for record in found) if one]
            newest = max([newest, *(int(number(record.get("updated_at")) or 0) for record in found)])
            after = maybe_id(maybe_record(maybe_record(page.get("pages")).get("next")).get("starting_after"))
            rests = {"from": max(first, newest - overlap), "newest": newest}
            yield RawBatch(tuple(records), {"from": first, "newest": newest, "after": after} if after else rests)
            if not after:
                return

    def _page(self, what: str, first: int, after: object) -> RawRecord | None:
        """One page; None when Intercom does not know its place any more, so that the search begins anew."""
        body = {
            "query": {"field": "updated_at", "operator": ">", "value": max(0, first - 1)},
            "sort": {"field": "updated_at", "order": "ascending"},
            "pagination": {"per_page": _PAGE, **({"starting_after": after} if after else {})},
        }
        try:
            return maybe_record(self._web.post(f"{what}/search", body))
        except (BadInput, Missing):
            if after:
                return None
            raise

    def _whole(self, what: str, record: RawRecord) -> RawRecord | None:
        """A conversation with its parts, which searches leave out; None when it was deleted meanwhile."""
        if what != "conversations":
            return record
        found = self._web.get(f"conversations/{quote(str(record.get('id')), safe='')}", also=frozenset({404}))
        return None if isinstance(found, Reply) else maybe_record(found)


@dataclass(frozen=True)
class IntercomKind:
    """Intercom as a source that can be connected."""

    title: str = "Intercom"
    settings: tuple[Setting, ...] = (
        Setting("token", "An access token that may read conversations and people.", secret=True),
        Setting("version", "The version of the API.", "2.11"),
        Setting("address", "Another region's address, as in https://api.eu.intercom.io.", "https://api.intercom.io"),
    )

    def open(self, opening: Opening) -> IntercomConnector:
        """A connector; asks nothing yet."""
        return IntercomConnector(opening)


INTERCOM = IntercomKind()
