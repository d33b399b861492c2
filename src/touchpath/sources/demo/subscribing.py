"""Seeds by subscription: started, renewed every month, changed, cancelled; paid, refused by the bank, refunded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from touchpath.sources.demo.cast import USER, Bools, Cast
from touchpath.sources.demo.gardening import Gardens
from touchpath.sources.demo.season import DAY, HOUR, LAST, SECOND, Int64s, draw_codes, offset_at, spread
from touchpath.sources.demo.sheet import Coded, Sheet, Text, as_json
from touchpath.sources.demo.truths import PlantedTruths

PLANS = ("sprout", "harvest", "office")
_PRICES = np.array([9.0, 19.0, 79.0])
_MONTH = 30 * DAY
_MONTHS = 12
_CHANGE_SHARE = 0.06
_CANCEL_REASONS = ("too expensive", "no time", "moving", "plants died")


@dataclass(frozen=True, slots=True)
class Declined:
    """Payments that the bank refused."""

    who: Int64s
    at: Int64s
    subscription: Int64s


@dataclass(frozen=True, slots=True)
class _Running:
    """Subscriptions at one moment, one entry each."""

    who: Int64s
    number: Int64s
    plan: Int64s
    at: Int64s

    def only(self, chosen: Bools) -> _Running:
        return _Running(self.who[chosen], self.number[chosen], self.plan[chosen], self.at[chosen])


def write_subscriptions(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, gardens: Gardens) -> Declined:
    """All subscriptions of a block, month by month; gives the payments that failed."""
    running = _start(rng, plan, sheet, cast, gardens)
    declined = [_bill(rng, plan, sheet, cast, running)]
    for _ in range(_MONTHS):
        running = _Running(running.who, running.number, running.plan, running.at + _MONTH).only(running.at + _MONTH < LAST)
        stays = rng.random(running.who.size) < np.where(cast.planner[running.who], plan.renewal_planners, plan.renewal_others)
        _cancel(rng, sheet, cast, running.only(~stays))
        running = running.only(stays)
        _write(sheet, cast, "subscription.renewed", running)
        declined.append(_bill(rng, plan, sheet, cast, running))
        _change(rng, plan, sheet, cast, running)
    return Declined(*(np.concatenate(parts) for parts in zip(*((d.who, d.at, d.subscription) for d in declined), strict=True)))


def _start(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, gardens: Gardens) -> _Running:
    chosen = rng.random(gardens.who.size) < plan.subscribe_share
    who = gardens.who[chosen]
    chosen_plan = np.where(cast.account[who] >= 0, 2, draw_codes(rng, (0.6, 0.4), who.size))
    at = gardens.ready[chosen] + spread(rng, 2 * 86_400.0, 0.8, who.size)
    running = _Running(who, sheet.fresh(who.size), chosen_plan, at)
    _write(sheet, cast, "subscription.started", running)
    return running


def _write(sheet: Sheet, cast: Cast, kind: str, running: _Running, **more: Coded) -> None:
    sheet.add(
        "billing", kind, running.at, (cast.name(USER, running.who),), accounts=cast.account[running.who],
        objects={"subscription": running.number}, touchpoint="subscription", value=_PRICES[running.plan], unit="EUR",
        properties=as_json(running.who.size, plan=Coded(PLANS, running.plan), **more),
    )  # fmt: skip


def _cancel(rng: Generator, sheet: Sheet, cast: Cast, leaving: _Running) -> None:
    why = Coded(_CANCEL_REASONS, rng.integers(0, len(_CANCEL_REASONS), leaving.who.size))
    _write(sheet, cast, "subscription.cancelled", leaving, reason=why)


def _bill(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, running: _Running) -> Declined:
    """One invoice each; where the bank refuses, it is paid three days later."""
    size = running.who.size
    refused = rng.random(size) < plan.payment_failed_share
    at, invoice = running.at + 20 * SECOND, sheet.fresh(size)
    about = {"subscription": running.number, "invoice": invoice}
    sheet.add(
        "billing", "payment.failed", at[refused], (cast.name(USER, running.who[refused]),),
        objects={kind: numbers[refused] for kind, numbers in about.items()}, touchpoint="invoice",
        value=_PRICES[running.plan[refused]], unit="EUR",
        properties=as_json(int(refused.sum()), reason=Coded(("card expired", "no cover"), rng.integers(0, 2, int(refused.sum())))),
    )  # fmt: skip
    sheet.add(
        "billing", "invoice.paid", np.where(refused, at + 3 * DAY + HOUR, at), (cast.name(USER, running.who),),
        accounts=cast.account[running.who], objects=about, touchpoint="invoice", value=_PRICES[running.plan], unit="EUR",
        properties=as_json(size, reason="subscription"),
    )  # fmt: skip
    return Declined(running.who[refused], at[refused], running.number[refused])


def _change(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, running: _Running) -> None:
    """Some people try to change their plan in the app in the days after a renewal."""
    tries = running.only(rng.random(running.who.size) < _CHANGE_SHARE)
    size = tries.who.size
    at = tries.at + DAY + (rng.random(size) * 20 * DAY).astype(np.int64)
    number = sheet.fresh(size)
    _write_change(sheet, cast, "plan_change.started", tries, at, number)
    result = draw_codes(rng, (plan.plan_change_success, 0.07, 0.93 - plan.plan_change_success), size)
    ended = result < 2
    kind = Coded(("plan_change.finished", "plan_change.failed"), result[ended])
    _write_change(sheet, cast, kind, tries.only(ended), (at + spread(rng, 55.0, 0.6, size))[ended], number[ended])


def _write_change(sheet: Sheet, cast: Cast, kind: Text, tries: _Running, at: Int64s, number: Int64s) -> None:
    sheet.add(
        "app", kind, at, (cast.name(USER, tries.who),), offsets=offset_at(at, cast.country[tries.who]),
        accounts=cast.account[tries.who], objects={"subscription": tries.number, "session": number},
        touchpoint="garden-app", channel="app", surface=Coded(("ios", "android"), (tries.who % 5 >= 2).astype(np.int64)),
    )  # fmt: skip
