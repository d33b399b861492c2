"""People who ask for help: tickets and calls, answers, reopenings, repeats, refunds, and how hard it was for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from touchpath.sources.demo.asking import ask, draw_scores
from touchpath.sources.demo.cast import EMAIL, USER, Bools, Cast
from touchpath.sources.demo.delivering import Parcels
from touchpath.sources.demo.gardening import Gardens
from touchpath.sources.demo.season import DAY, HOUR, MINUTE, Int64s, draw_codes, spread
from touchpath.sources.demo.sheet import Coded, Sheet, as_json
from touchpath.sources.demo.subscribing import Declined
from touchpath.sources.demo.truths import PlantedTruths
from touchpath.sources.demo.words import BAD, TOPICS, draw_texts

CHANNELS = ("email", "chat", "phone")
_ROUNDS = 4  # a first contact and at most three repeats
_STUCK_SHARE = 0.30
_DECLINED_SHARE = 0.20
_REFUND_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Tickets:
    """Tickets of one round. order, device, subscription: what each is about, -1 = not that."""

    who: Int64s
    at: Int64s
    topic: Int64s
    order: Int64s
    device: Int64s
    subscription: Int64s
    channel: Int64s

    def only(self, chosen: Bools) -> _Tickets:
        return _Tickets(
            self.who[chosen], self.at[chosen], self.topic[chosen], self.order[chosen],
            self.device[chosen], self.subscription[chosen], self.channel[chosen],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contacts:
    """Every ticket of a block: who asked, when it had its last answer, by which channel, and its number."""

    who: Int64s
    at: Int64s
    channel: Int64s
    number: Int64s


def write_tickets(
    rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, parcels: Parcels, stuck: Gardens, declined: Declined
) -> Contacts:
    """Every ticket of a block, and those that follow because the first one did not help."""
    asks = _draw_reasons(rng, plan, parcels, stuck, declined)
    _refund(rng, sheet, cast, asks.only(asks.topic == TOPICS.index("late")))
    rounds = []
    for round_ in range(_ROUNDS):
        repeats = round_ > 0
        number = sheet.fresh(asks.who.size)
        solved_at = _write_round(rng, plan, sheet, cast, asks, number, repeats)
        rounds.append((asks.who, solved_at, asks.channel, number))
        again = rng.random(asks.who.size) < plan.repeat_contact
        later = solved_at + HOUR + (rng.random(asks.who.size) * 5 * DAY).astype(np.int64)
        asks = _Tickets(asks.who, later, asks.topic, asks.order, asks.device, asks.subscription, asks.channel).only(again)
    return Contacts(*(np.concatenate(column) for column in zip(*rounds, strict=True)))


def _draw_reasons(rng: Generator, plan: PlantedTruths, parcels: Parcels, stuck: Gardens, declined: Declined) -> _Tickets:
    """First contacts: about orders (most about late ones), gardens that would not start, payments that failed."""
    troubled = rng.random(parcels.who.size) < np.where(parcels.late, plan.contacts_late, plan.contacts_on_time)
    late, order = parcels.late[troubled], parcels.order[troubled]
    since = (rng.random(order.size) * 2 * DAY).astype(np.int64)
    order_at = np.where(late, parcels.promised[troubled], parcels.delivered[troubled]) + 2 * HOUR + since
    calls = rng.random(stuck.who.size) < _STUCK_SHARE
    writes = rng.random(declined.who.size) < _DECLINED_SHARE
    who = np.concatenate((parcels.who[troubled], stuck.who[calls], declined.who[writes]))
    about_orders = np.where(late, TOPICS.index("late"), TOPICS.index("order"))
    topics = (about_orders, _codes("garden", calls), _codes("billing", writes))
    at = np.concatenate((order_at, stuck.ready[calls] + HOUR, declined.at[writes] + 2 * HOUR))
    size, orders, gardens = who.size, order.size, int(calls.sum())
    place = np.arange(size)
    return _Tickets(
        who=who,
        at=at,
        topic=np.concatenate(topics),
        order=_between(place, 0, order),
        device=_between(place, orders, stuck.number[calls]),
        subscription=_between(place, orders + gardens, declined.subscription[writes]),
        channel=draw_codes(rng, (0.5, 0.3, 0.2), size),
    )


def _codes(topic: str, chosen: Bools) -> Int64s:
    return np.full(int(chosen.sum()), TOPICS.index(topic))


def _between(place: Int64s, begin: int, numbers: Int64s) -> Int64s:
    """`numbers` from place `begin` on, -1 elsewhere."""
    found = np.full(place.size, -1)
    found[begin : begin + numbers.size] = numbers
    return found


def _write_round(
    rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, asks: _Tickets, number: Int64s, repeats: bool
) -> Int64s:
    """One round of tickets from opening to the last solution; gives the time of each ticket's first answer or solution."""
    size = asks.who.size
    _write_calls(rng, sheet, cast, asks, number)
    text = draw_texts(rng, asks.topic, np.full(size, BAD), cast.language[asks.who])
    _write(sheet, cast, "ticket.opened", asks, number, asks.at, repeats, text=text)
    replied = rng.random(size) < plan.replied_share
    first = asks.at + spread(rng, 3 * 3600.0, 0.9, size)
    _write(sheet, cast, "ticket.replied", asks.only(replied), number[replied], first[replied], repeats)
    solved = replied & (rng.random(size) < plan.solved_share)
    done = first + spread(rng, 10 * 3600.0, 0.9, size)
    _write(sheet, cast, "ticket.solved", asks.only(solved), number[solved], done[solved], repeats)
    back = solved & (rng.random(size) < plan.reopened_share)
    reopened = done + spread(rng, 20 * 3600.0, 0.6, size)
    _write(sheet, cast, "ticket.reopened", asks.only(back), number[back], reopened[back], repeats)
    finally_ = np.where(back, reopened + spread(rng, 8 * 3600.0, 0.7, size), done)
    _write(sheet, cast, "ticket.solved", asks.only(back), number[back], finally_[back], repeats)
    scores = draw_scores(rng, plan.effort_solved_at_once, plan.effort_reopened, back)
    ask(
        rng, sheet, cast, "ces-support", "support", asks.who[solved], finally_[solved] + 30 * MINUTE, scores[solved], 7,
        plan.effort_response, objects={"ticket": number[solved]}, after_seconds=4 * 3600.0,
    )  # fmt: skip
    return np.where(solved, finally_, first)


def _write(
    sheet: Sheet, cast: Cast, kind: str, asks: _Tickets, number: Int64s, at: Int64s, repeats: bool, *, text: object = None
) -> None:
    size = asks.who.size
    sheet.add(
        "helpdesk", kind, at, (cast.name(EMAIL, asks.who),),
        objects={"ticket": number, "order": asks.order, "device": asks.device, "subscription": asks.subscription},
        touchpoint="help-desk", channel=Coded(CHANNELS, asks.channel), text=text,
        properties=as_json(size, topic=Coded(TOPICS, asks.topic), repeat=np.full(size, repeats)),
    )  # fmt: skip


def _write_calls(rng: Generator, sheet: Sheet, cast: Cast, asks: _Tickets, number: Int64s) -> None:
    """Who phones has waited and talked before there is a ticket."""
    phones = asks.channel == CHANNELS.index("phone")
    seconds = 240 * np.exp(0.5 * rng.standard_normal(int(phones.sum())))
    sheet.add(
        "helpdesk", "call.received", asks.at[phones] - 5 * MINUTE, (cast.name(EMAIL, asks.who[phones]),),
        objects={"ticket": number[phones]}, touchpoint="help-line", channel="phone", value=np.round(seconds), unit="seconds",
    )  # fmt: skip


def _refund(rng: Generator, sheet: Sheet, cast: Cast, late: _Tickets) -> None:
    """Half of those who complain about a late parcel get something back."""
    paid = late.only(rng.random(late.who.size) < _REFUND_SHARE)
    sheet.add(
        "billing", "refund.paid", paid.at + 2 * DAY, (cast.name(USER, paid.who),), objects={"order": paid.order},
        touchpoint="invoice", value=np.full(paid.who.size, 10.0), unit="EUR", properties=as_json(paid.who.size, reason="late"),
    )  # fmt: skip
