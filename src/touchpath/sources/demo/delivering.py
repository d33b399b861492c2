"""Orders on their way: paid, packed, delivered on the promised day or late, and asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from touchpath.sources.demo.asking import ask, draw_scores
from touchpath.sources.demo.cast import EMAIL, USER, Bools, Cast
from touchpath.sources.demo.season import DAY, HOUR, MINUTE, SECOND, Int64s, draw_codes, spread
from touchpath.sources.demo.sheet import Coded, Sheet, as_json
from touchpath.sources.demo.truths import PlantedTruths
from touchpath.sources.demo.visits import SURFACES, Orders

_PROMISED_DAYS = 4
_CARRIERS = ("Northpost", "Swiftcart")


@dataclass(frozen=True, slots=True)
class Parcels:
    """One parcel per order, in the order of orders. garden: number of the garden inside, -1 = none."""

    who: Int64s
    order: Int64s
    promised: Int64s
    delivered: Int64s
    late: Bools
    garden: Int64s


def write_deliveries(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, orders: Orders) -> Parcels:
    """Bill, ship and deliver every order, then ask how satisfied people are with the delivery."""
    _write_invoices(sheet, cast, orders)
    _ask_ease(rng, plan, sheet, cast, orders)
    parcels = _draw_parcels(rng, plan, sheet, orders)
    size = parcels.who.size
    about = {"order": parcels.order, "session": parcels.order, "parcel": sheet.fresh(size), "device": parcels.garden}
    mail = (cast.name(EMAIL, parcels.who),)
    carrier = Coded(_CARRIERS, rng.integers(0, 2, size))
    shipped = orders.at + spread(rng, 22 * 3600.0, 0.3, size)
    sheet.add(
        "carrier", "parcel.shipped", np.minimum(shipped, parcels.delivered - HOUR), mail, objects=about, touchpoint="parcel",
        channel="post", properties=as_json(size, carrier=carrier),
    )  # fmt: skip
    days_late = np.maximum(parcels.delivered - parcels.promised, 0) / DAY
    sheet.add(
        "carrier", "parcel.delivered", parcels.delivered, mail, objects=about, touchpoint="parcel", channel="post",
        value=days_late, unit="days late",
        properties=as_json(size, late=parcels.late, promised_days=np.full(size, _PROMISED_DAYS), carrier=carrier),
    )  # fmt: skip
    scores = draw_scores(rng, plan.satisfaction_on_time, plan.satisfaction_late, parcels.late)
    ask(
        rng, sheet, cast, "csat-delivery", "delivery", parcels.who, parcels.delivered + DAY, scores, 5,
        plan.satisfaction_response, objects={"order": parcels.order, "session": parcels.order},
    )  # fmt: skip
    return parcels


def _draw_parcels(rng: Generator, plan: PlantedTruths, sheet: Sheet, orders: Orders) -> Parcels:
    size = orders.who.size
    late = rng.random(size) < plan.late_share
    promised = orders.at + _PROMISED_DAYS * DAY
    early = (rng.random(size) * 1.9 * DAY).astype(np.int64)
    delay = MINUTE + spread(rng, 2.2 * 86_400, 0.5, size)
    garden = np.full(size, -1)
    garden[orders.garden] = sheet.fresh(int(orders.garden.sum()))
    return Parcels(orders.who, orders.number, promised, promised + np.where(late, delay, -early), late, garden)


def _write_invoices(sheet: Sheet, cast: Cast, orders: Orders) -> None:
    size = orders.who.size
    sheet.add(
        "billing", "invoice.paid", orders.at + 40 * SECOND, (cast.name(USER, orders.who),), accounts=cast.account[orders.who],
        objects={"order": orders.number, "invoice": sheet.fresh(size)}, touchpoint="invoice", value=orders.euros, unit="EUR",
        properties=as_json(size, reason="order"),
    )  # fmt: skip


def _ask_ease(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, orders: Orders) -> None:
    """Right after the order, one question on screen: how easy was it?"""
    scores = 1 + draw_codes(rng, plan.ease_checkout, orders.who.size)
    ask(
        rng, sheet, cast, "seq-checkout", "checkout", orders.who, orders.at + 8 * SECOND, scores, 7, plan.ease_response,
        objects={"order": orders.number, "session": orders.number}, after_seconds=25.0,
        channel=Coded(("web", "app"), np.minimum(orders.surface, len(SURFACES) - 2)),
    )  # fmt: skip
