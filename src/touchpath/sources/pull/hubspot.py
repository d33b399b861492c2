"""Pulls HubSpot: feedback submissions, tickets with the stages they went through, and contacts.

Sources: developers.hubspot.com ("Search the CRM": at most 10,000 results a query, 200 a page; batch read; associations v4; pipelines; usage
guidelines). A search ends after 10,000 records and goes on from the last change it saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from touchpath.model.errors import BadInput, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.web import Web
from touchpath.sources.vendors import hubspot as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, number, records_in
from touchpath.store.pulls import Cursor

_PAGE, _HISTORIES, _MOST_FOUND = 100, 50, 10_000
#: So much of the last run is read again: a search may find a change some time after it was made.
_OVERLAP_MILLISECONDS = 600_000

_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "feedback_submissions": (
        "hs_survey_id", "hs_survey_name", "hs_survey_type", "hs_survey_channel", "hs_value", "hs_response_group", "hs_sentiment", "hs_content",
        "hs_submission_timestamp", "hs_contact_id", "hs_ticket_id", "hs_lastmodifieddate",
    ),
    "tickets": (
        "subject", "content", "createdate", "closed_date", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hs_ticket_category",
        "source_type", "first_agent_reply_date", "time_to_close", "time_to_first_agent_reply", "hs_lastmodifieddate",
    ),
    "contacts": ("email", "createdate", "lifecyclestage", "lastmodifieddate"),
}  # fmt: skip
_CHANGED = {"contacts": "lastmodifieddate"}
_SAYS = {
    "feedback_submissions": "Answers to HubSpot's surveys.",
    "tickets": "Tickets with the stages they went through.",
    "contacts": "Contacts, with the ids that belong together.",
}


class HubspotConnector:
    """One HubSpot account."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._key = opening, opening.settings["user_key"]
        self._web = Web(
            "HubSpot",
            opening.settings["address"],
            opening,
            lambda: {"authorization": f"Bearer {opening.secrets['token'].reveal()}"},
        )
        self._closed: dict[str, bool] | None = None

    def check(self) -> str:
        """Whether the token may read tickets."""
        self._web.get("crm/v3/objects/tickets", {"limit": 1})
        return "HubSpot answers, and the token may read tickets."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled."""
        return tuple(
            Stream(name, says, ("id",), _CHANGED.get(name, "hs_lastmodifieddate"), _PROPERTIES[name])
            for name, says in _SAYS.items()
        )

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """What changed after a time, oldest change first. cursor: `from` and `newest` in milliseconds, `after` = the page to go on with."""
        if stream not in _PROPERTIES:
            raise BadInput(f"HubSpot has no stream '{stream}'.")
        cursor = since or {}
        begin = int(self._opening.since.timestamp() * 1000) if self._opening.since else 0
        first, after = _whole(cursor.get("from")) or begin, maybe_id(cursor.get("after"))
        newest = _whole(cursor.get("newest")) or first
        while True:
            page = self._page(stream, first, after)
            found = records_in(page.get("results"))
            newest = max([newest, *(_changed_at(stream, record) for record in found)])
            after = maybe_id(maybe_record(maybe_record(page.get("paging")).get("next")).get("after"))
            records = tuple(self._joined(stream, found))
            if after and _whole(after) + _PAGE > _MOST_FOUND:
                if newest <= first:
                    raise Unavailable(
                        f"More than {_MOST_FOUND:,} {stream} changed in one millisecond, and HubSpot lists no more."
                    )
                first, after = newest, None
                yield RawBatch(records, {"from": first, "newest": newest})
                continue
            rests = {"from": max(begin, first, newest - _OVERLAP_MILLISECONDS), "newest": newest}
            yield RawBatch(records, {"from": first, "newest": newest, "after": after} if after else rests)
            if not after:
                return

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one record."""
        read = {
            "feedback_submissions": vendor.feedback_signals,
            "tickets": vendor.ticket_signals,
            "contacts": vendor.contact_signals,
        }[stream]
        return read(record, self._opening.source, user_key=self._key)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _page(self, stream: str, first: int, after: str | None) -> RawRecord:
        changed = _CHANGED.get(stream, "hs_lastmodifieddate")
        properties = [*_PROPERTIES[stream], *([self._key] if self._key and stream == "contacts" else [])]
        body = {
            "filterGroups": [{"filters": [{"propertyName": changed, "operator": "GTE", "value": str(first)}]}],
            "sorts": [{"propertyName": changed, "direction": "ASCENDING"}], "properties": properties, "limit": _PAGE,
            **({"after": after} if after else {}),
        }  # fmt: skip
        return maybe_record(self._web.post(f"crm/v3/objects/{stream}/search", body))

    def _joined(self, stream: str, found: Sequence[RawRecord]) -> Iterator[RawRecord]:
        """Records with the contact that they belong to, tickets also with their history."""
        if stream == "contacts":
            yield from found
            return
        ids = [str(record.get("id")) for record in found]
        if stream == "tickets":
            owners, histories, stages = self._owners(ids), self._histories(ids), self._stages()
        else:
            owners = {
                str(record.get("id")): who
                for record in found
                if (who := maybe_id(maybe_record(record.get("properties")).get("hs_contact_id")))
            }
            histories, stages = {}, {}
        contacts = self._contacts(sorted(set(owners.values())))
        for record in found:
            id = str(record.get("id"))
            more = {"history": histories.get(id, []), "stages": stages} if stream == "tickets" else {}
            yield {**record, "contact": contacts.get(owners.get(id, ""), {}), **more}

    def _owners(self, ids: list[str]) -> dict[str, str]:
        """The first contact of each ticket."""
        found: dict[str, str] = {}
        for one in self._batch("crm/v4/associations/tickets/contacts/batch/read", ids, _PAGE):
            to = [maybe_id(each.get("toObjectId")) for each in records_in(one.get("to"))]
            ticket = maybe_id(maybe_record(one.get("from")).get("id"))
            if ticket and to and to[0]:
                found[ticket] = to[0]
        return found

    def _histories(self, ids: list[str]) -> dict[str, list[RawRecord]]:
        read = self._batch(
            "crm/v3/objects/tickets/batch/read", ids, _HISTORIES, propertiesWithHistory=["hs_pipeline_stage"], properties=[]
        )
        return {
            str(one.get("id")): records_in(maybe_record(one.get("propertiesWithHistory")).get("hs_pipeline_stage"))
            for one in read
        }

    def _contacts(self, ids: list[str]) -> dict[str, RawRecord]:
        wanted = ["email", *([self._key] if self._key else [])]
        return {
            str(one.get("id")): one for one in self._batch("crm/v3/objects/contacts/batch/read", ids, _PAGE, properties=wanted)
        }

    def _batch(self, path: str, ids: list[str], size: int, **more: object) -> Iterator[RawRecord]:
        for at in range(0, len(ids), size):
            page = self._web.post(path, {"inputs": [{"id": id} for id in ids[at : at + size]], **more})
            yield from records_in(maybe_record(page).get("results"))

    def _stages(self) -> dict[str, bool]:
        """Which stages of any pipeline are closed."""
        if self._closed is None:
            pipelines = records_in(maybe_record(self._web.get("crm/v3/pipelines/tickets")).get("results"))
            stages = [stage for pipeline in pipelines for stage in records_in(pipeline.get("stages"))]
            self._closed = {
                str(stage.get("id")): maybe_record(stage.get("metadata")).get("ticketState") == "CLOSED" for stage in stages
            }
        return self._closed


@dataclass(frozen=True)
class HubspotKind:
    """HubSpot as a source that can be connected."""

    title: str = "HubSpot"
    settings: tuple[Setting, ...] = (
        Setting("token", "A private app's token that may read tickets, feedback submissions and contacts.", secret=True),
        Setting("user_key", "The contact property that holds your own id of the person.", ""),
        Setting("address", "Another address than HubSpot's.", "https://api.hubapi.com"),
    )

    def open(self, opening: Opening) -> HubspotConnector:
        """A connector; asks nothing yet."""
        return HubspotConnector(opening)


HUBSPOT = HubspotKind()


def _whole(value: object) -> int:
    return int(number(value) or 0)


def _changed_at(stream: str, record: RawRecord) -> int:
    told = maybe_record(record.get("properties"))
    found = maybe_moment(told.get(_CHANGED.get(stream, "hs_lastmodifieddate"))) or maybe_moment(record.get("updatedAt"))
    return int(found.timestamp() * 1000) if found else 0
