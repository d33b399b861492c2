"""The company comes to people, and people come to its showrooms: newsletters and visits on foot."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from touchpath.sources.demo.cast import CARD, EMAIL, USER, Cast
from touchpath.sources.demo.season import (
    DAY,
    FIRST,
    HOUR,
    LAST,
    MINUTE,
    WEEKS,
    Int64s,
    draw_weekdays,
    local_to_utc,
    spread,
)
from touchpath.sources.demo.sheet import Coded, Sheet, as_json
from touchpath.sources.demo.truths import PlantedTruths

_SUBSCRIBED_SHARE = 0.8
_SUBJECTS = ("Sow now", "Harvest time", "New seeds", "Your winter garden", "A friend for your basil")
_CITIES = ("Hamburg", "Vienna", "Valencia", "Leeds", "Boston")  # by country
_BOUGHT_SHARE = 0.35


def write_newsletters(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, joined: Int64s) -> None:
    """Every fourth Tuesday at ten in the morning, to those with an account who did not object."""
    days = np.arange(2, WEEKS * 7, 28)
    wants = rng.random(cast.size) < _SUBSCRIBED_SHARE
    who, issue = np.nonzero((FIRST + days * DAY)[None, :] > np.where(wants, joined, LAST)[:, None])
    at, _ = local_to_utc(days[issue], np.full(who.size, 10 * HOUR), cast.country[who])
    at = at + rng.integers(0, 20 * MINUTE, who.size)
    number = sheet.fresh(who.size)
    opened = rng.random(who.size) < plan.mail_opened
    clicked = opened & (rng.random(who.size) < plan.mail_clicked)
    opened_at = at + spread(rng, 5 * 3600.0, 1.3, who.size)
    clicked_at = opened_at + spread(rng, 25.0, 0.8, who.size)
    for kind, moment, chosen in (
        ("email.sent", at, np.ones(who.size, bool)),
        ("email.opened", opened_at, opened),
        ("email.clicked", clicked_at, clicked),
    ):
        count = int(chosen.sum())
        sheet.add(
            "mailer", kind, moment[chosen], (cast.name(EMAIL, who[chosen]),), objects={"email": number[chosen]},
            touchpoint="newsletter", channel="email",
            properties=as_json(count, issue=issue[chosen] + 1, subject=Coded(_SUBJECTS, issue[chosen] % len(_SUBJECTS))),
        )  # fmt: skip


def write_store_visits(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, joined: Int64s) -> None:
    """Showroom visits of people with a loyalty card; the card is tied to the account at the first visit after joining."""
    holders = np.flatnonzero(cast.has_card)
    who = np.repeat(holders, rng.poisson(1.4, holders.size))
    days = rng.integers(0, WEEKS, who.size) * 7 + draw_weekdays(rng, plan.weekday_shares, who.size)
    clock = 10 * HOUR + (rng.random(who.size) * 9 * HOUR).astype(np.int64)
    at, offsets = local_to_utc(days, clock, cast.country[who])
    order = np.lexsort((at, who))
    who, at, offsets = who[order], at[order], offsets[order]
    city = Coded(_CITIES, cast.country[who])
    bought = rng.random(who.size) < _BOUGHT_SHARE
    euros = np.round(32 * np.exp(0.5 * rng.standard_normal(who.size)), 2)
    known = at > joined[who]
    linking = known & np.r_[True, (who[1:] != who[:-1]) | ~known[:-1]][: who.size]
    cards = cast.name(CARD, who)
    sheet.add(
        "stores", "store.visited", at, (cards,), offsets=offsets, touchpoint="showroom", channel="store",
        properties=as_json(who.size, city=city),
    )  # fmt: skip
    sheet.add(
        "stores", "store.bought", (at + 25 * MINUTE)[bought], (cards[bought],), offsets=offsets[bought], touchpoint="showroom",
        channel="store", value=euros[bought], unit="EUR",
        properties=as_json(int(bought.sum()), city=Coded(_CITIES, cast.country[who[bought]])),
    )  # fmt: skip
    sheet.add(
        "stores", "card.linked", (at + 10 * MINUTE)[linking], (cast.name(USER, who[linking]), cards[linking]),
        offsets=offsets[linking], touchpoint="showroom", channel="store",
    )  # fmt: skip
