"""Pulls Stripe: its events, which are kept for 30 days, and the objects that were there before.

Sources: docs.stripe.com/api ("Pagination", "List all events", "Rate limits"), /api/versioning. Lists are newest first: `starting_after`
leads to older objects, `ending_before` to newer ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors import stripe as vendor
from touchpath.sources.vendors.reading import maybe_id, maybe_record, number, records_in
from touchpath.sources.vendors.stripe_objects import USER_KEY
from touchpath.store.pulls import Cursor

_PAGE = 100
#: Events are kept for 30 days. After a longer pause every list is read again from its start.
_KEPT = timedelta(days=29)
_REMEMBERED = 10_000
#: What a page of events may still be missing: events are made seconds before they are listed.
_EVENT_OVERLAP_SECONDS = 900

_LISTS: Mapping[str, tuple[str, Params]] = {
    "customers": ("v1/customers", {}),
    "subscriptions": ("v1/subscriptions", {"status": "all"}),
    "invoices": ("v1/invoices", {}),
    "charges": ("v1/charges", {}),
    "refunds": ("v1/refunds", {"expand[]": ["data.charge"]}),
    "disputes": ("v1/disputes", {"expand[]": ["data.charge"]}),
}
_SAYS = {
    "customers": ("Customers, with the ids that belong together.", ("id", "created", "email", "metadata")),
    "subscriptions": (
        "Subscriptions: started, cancelled, why.",
        ("id", "customer", "status", "items", "ended_at", "cancellation_details"),
    ),
    "invoices": ("Invoices: issued, paid, voided.", ("id", "customer", "amount_due", "amount_paid", "status_transitions")),
    "charges": ("Payments that worked and that failed.", ("id", "customer", "amount", "currency", "status", "failure_code")),
    "refunds": ("Refunds, whole and partial.", ("id", "charge", "amount", "currency", "reason", "status")),
    "disputes": ("Disputes that were opened.", ("id", "charge", "amount", "currency", "reason")),
}


class StripeConnector:
    """One Stripe account."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._key = opening, opening.settings["user_key"]
        self._charges: dict[str, object] = {}
        version = opening.settings["version"]
        self._web = Web(
            "Stripe", opening.settings["address"], opening,
            lambda: {
                "authorization": f"Bearer {opening.secrets['key'].reveal()}", **({"stripe-version": version} if version else {}),
            },
        )  # fmt: skip

    def check(self) -> str:
        """Whether the key may read."""
        self._web.get("v1/events", {"limit": 1})
        return "Stripe answers, and the key may read events."

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled: the lists first, then what happened to them since."""
        lists = tuple(Stream(name, says, ("id",), "created", fields) for name, (says, fields) in _SAYS.items())
        events = Stream(
            "events", "Everything that happened in the last 30 days.", ("id",), "id", ("id", "type", "created", "data")
        )
        return (*lists, events)

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New records of one stream; changed ones come with the events."""
        if stream == "events":
            return self._events(dict(since or {}))
        if stream not in _LISTS:
            raise BadInput(f"Stripe has no stream '{stream}'.")
        return self._list(*_LISTS[stream], dict(since or {}))

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of one record."""
        read = vendor.event_signals if stream == "events" else vendor.object_signals
        return read(record, self._opening.source, user_key=self._key)

    def close(self) -> None:
        """Let go of the connections."""
        self._web.close()

    def _list(self, path: str, also: Params, cursor: dict[str, object]) -> Iterator[RawBatch]:
        """A list, once, from its newest object down to the first or to `since`; what comes later, events tell.

        cursor: `since` = how far down, `at` = when it was read last or seen to need no reading, `after` = the last object of a pass
        that is under way.
        """
        now, since = int(self._opening.clock().timestamp()), self._since()
        after, read = cursor.get("after"), cursor.get("since")
        if not after and read is not None and now - _whole(cursor.get("at")) <= _KEPT.total_seconds() and since >= _whole(read):
            yield RawBatch((), {**cursor, "at": now})
            return
        began = _whole(cursor.get("at")) if after else now
        while True:
            page = self._page(path, {**also, "created[gte]": since}, after)
            records = records_in(page.get("data"))
            more = page.get("has_more") is True and bool(records)
            after = maybe_id(records[-1].get("id")) if more else None
            yield RawBatch(tuple(records), {"since": since, "at": began, **({"after": after} if after else {})})
            if not more:
                return

    def _page(self, path: str, where: Params, after: object) -> RawRecord:
        """One page; an object that was deleted meanwhile cannot be read after, so the pass begins anew."""
        params: Params = {**where, "limit": _PAGE}
        try:
            return maybe_record(self._web.get(path, {**params, "starting_after": str(after)} if after else params))
        except (BadInput, Missing):
            if not after:
                raise
            return maybe_record(self._web.get(path, params))

    def _events(self, cursor: dict[str, object]) -> Iterator[RawBatch]:
        """Events from the oldest that was not read to the newest. An event that is gone is replaced by the time it had."""
        last = maybe_id(cursor.get("last"))
        if last is None:
            last, first = self._oldest(_whole(cursor.get("created")) or self._since())
            if first is None:
                return
            yield RawBatch((self._joined(first),), {"last": last, "created": first.get("created")})
        while True:
            try:
                page = maybe_record(self._web.get("v1/events", {"limit": _PAGE, "ending_before": str(last)}))
            except (BadInput, Missing):
                if cursor.get("last") is None:
                    raise
                yield from self._events({"created": max(1, (_whole(cursor.get("created")) or 1) - _EVENT_OVERLAP_SECONDS)})
                return
            events = records_in(page.get("data"))
            if events:
                last = maybe_id(events[0].get("id"))
                cursor = {"last": last, "created": events[0].get("created")}
                yield RawBatch(tuple(self._joined(event) for event in reversed(events)), cursor)
            if page.get("has_more") is not True or not events:
                yield from self._settled(cursor)
                return

    def _joined(self, event: RawRecord) -> RawRecord:
        """The event of a refund or dispute with the charge that it is about, since only that says whose it is."""
        told = maybe_record(event.get("data"))
        found = maybe_record(told.get("object"))
        charge = maybe_id(found.get("charge"))
        if found.get("object") not in ("refund", "dispute") or charge is None:
            return event
        if charge not in self._charges:
            if len(self._charges) > _REMEMBERED:
                self._charges.clear()
            self._charges[charge] = self._charge(charge)
        return {**event, "data": {**told, "object": {**found, "charge": self._charges[charge]}}}

    def _charge(self, id: str) -> object:
        try:
            return self._web.get(f"v1/charges/{quote(id, safe='')}")
        except (BadInput, Missing):
            return id

    def _settled(self, cursor: dict[str, object]) -> Iterator[RawBatch]:
        """Leave the cursor some minutes before the end: an event may be listed after one that was made later."""
        created = _whole(cursor.get("created")) or 0
        if created and cursor.get("last") and self._opening.clock().timestamp() - created < _EVENT_OVERLAP_SECONDS:
            yield RawBatch((), {"created": max(1, created - _EVENT_OVERLAP_SECONDS)})

    def _oldest(self, created: int) -> tuple[str | None, RawRecord | None]:
        """The oldest event since a time: lists go from the newest down, so their end is looked for."""
        after, oldest = None, None
        for _ in range(100_000):
            where: Params = {"limit": _PAGE, "created[gte]": created, **({"starting_after": after} if after else {})}
            page = maybe_record(self._web.get("v1/events", where))
            events = records_in(page.get("data"))
            oldest = events[-1] if events else oldest
            after = maybe_id(oldest.get("id")) if oldest else None
            if page.get("has_more") is not True or not events:
                return after, oldest
        raise Unavailable("Stripe's list of events has no end. Run it again later.")

    def _since(self) -> int:
        return int(self._opening.since.timestamp()) if self._opening.since else 1


@dataclass(frozen=True)
class StripeKind:
    """Stripe as a source that can be connected."""

    title: str = "Stripe"
    settings: tuple[Setting, ...] = (
        Setting("key", "A restricted key that may read customers, billing, charges, refunds, disputes and events.", secret=True),
        Setting("user_key", "The key in your objects' metadata that holds your own id of the person.", USER_KEY),
        Setting("version", "The version of the API to ask for, as in 2025-10-29; the account's own unless given.", ""),
        Setting("address", "Another address than Stripe's.", "https://api.stripe.com"),
    )

    def open(self, opening: Opening) -> StripeConnector:
        """A connector; asks nothing yet."""
        return StripeConnector(opening)


STRIPE = StripeKind()


def _whole(value: object) -> int:
    return int(number(value) or 0)
