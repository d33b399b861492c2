"""Visits to the shop by web and app: pages, searches, products, carts, checkouts; anonymous first, known later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.model.time import to_micros
from touchpath.sources.demo.cast import EMAIL, PHONE, SECOND_BROWSER, USER, Bools, Cast
from touchpath.sources.demo.season import (
    SECOND,
    WEEKS,
    Floats,
    Int64s,
    draw_clock,
    draw_codes,
    draw_weekdays,
    local_to_utc,
)
from touchpath.sources.demo.sheet import Coded, Sheet
from touchpath.sources.demo.shelf import shop_properties
from touchpath.sources.demo.truths import PlantedTruths

WEB, IOS, ANDROID = range(3)
SURFACES = ("web", "ios", "android")
_VISITS_PER_EPISODE = 2.5
_SIGN_UP_SHARE = 0.14
_REMEMBERED_SHARE = 0.85

#: The fixed order of what can happen in a visit, each any number of times.
_SLOTS = (
    "page.viewed",  # landing
    "account.created",  # unasked
    "page.viewed",  # looking around
    "search.started",
    "search.result_opened",  # or search.empty
    "product.viewed",
    "page.error",
    "page.rage_clicked",
    "cart.added",
    "user.signed_in",  # or account.created
    "checkout.started",
    "checkout.error",
    "order.placed",  # or checkout.failed, checkout.left
    "page.viewed",  # thanks
)
_LANDING, _SIGN_UP, _LOOK, _SEARCH, _FOUND, _PRODUCT, _ERROR, _RAGE, _CART, _SIGN_IN, _START, _FAULT, _END, _THANKS = range(14)
KINDS = (*dict.fromkeys(_SLOTS), "search.empty", "checkout.failed", "checkout.left")
_KIND_OF_SLOT = np.array([KINDS.index(kind) for kind in _SLOTS])
PLACED, CREATED = KINDS.index("order.placed"), KINDS.index("account.created")
NEVER = np.iinfo(np.int64).max
_GAP_SECONDS = np.array([1, 25, 16, 14, 9, 21, 3, 1.2, 18, 14, 9, 1, 1, 4.0])


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of one block, ordered by person and time; one entry each.

    start: UTC microseconds. surface: code into SURFACES. known: signed in from the first moment.
    new: account created in this visit. counts: (visits, slots) how often each thing happens.
    result: 0 order, 1 failed, 2 left, 3 went silent; found: 0 found, 1 nothing found, 2 gave up (-1 = did not try).
    garden: what an order would hold is a garden. seconds: how long the checkout takes.
    """

    who: Int64s
    start: Int64s
    offsets: NDArray[np.int16]
    surface: Int64s
    number: Int64s
    counts: Int64s
    result: Int64s
    found: Int64s
    known: Bools
    new: Bools
    garden: Bools
    seconds: Floats


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of one block, ordered by person and time. Visit and order share a number."""

    who: Int64s
    at: Int64s
    offsets: NDArray[np.int16]
    surface: Int64s
    number: Int64s
    garden: Bools
    euros: Floats


def draw_visits(rng: Generator, plan: PlantedTruths, cast: Cast, sheet: Sheet) -> Visits:
    """All visits of a block, before anything of them is written."""
    who, start, offsets = _draw_times(rng, plan, cast)
    surface = _draw_surfaces(rng, cast, who)
    viewed = rng.random(who.size) < plan.view_share
    in_cart = viewed & (rng.random(who.size) < plan.cart_share)
    buys = in_cart & (rng.random(who.size) < plan.checkout_share)
    joins = ~buys & (rng.random(who.size) < _SIGN_UP_SHARE)
    new, known = _who_is_known(rng, who, buys | joins)
    result = np.where(buys, _draw_results(rng, plan, start, surface), -1)
    found = np.where(rng.random(who.size) < plan.search_share, _draw_searches(rng, plan, who.size), -1)
    counts = _draw_counts(rng, plan, start, surface, viewed, in_cart, result, found)
    counts[:, _SIGN_UP] = joins & new
    counts[:, _SIGN_IN] = buys & ~known
    median = np.where(surface == WEB, plan.checkout_seconds_web, plan.checkout_seconds_app)
    seconds = median * np.exp(0.55 * rng.standard_normal(who.size))
    number = sheet.fresh(who.size)
    garden = _draw_gardens(rng, who, result)
    return Visits(who, start, offsets, surface, number, counts, result, found, known, new, garden, seconds)


def _draw_times(rng: Generator, plan: PlantedTruths, cast: Cast) -> tuple[Int64s, Int64s, NDArray[np.int16]]:
    """Visits come in episodes: a few within one week, then nothing for long."""
    who = np.repeat(np.arange(cast.size), cast.visits)
    episodes = np.ceil(cast.visits / _VISITS_PER_EPISODE).astype(np.int64)
    before = np.cumsum(episodes) - episodes
    ahead = WEEKS - np.repeat(cast.arrives, episodes)
    weeks = np.repeat(cast.arrives, episodes) + (rng.random(int(episodes.sum())) * ahead).astype(np.int64)
    weeks[before] = cast.arrives
    chosen = before[who] + (rng.random(who.size) * episodes[who]).astype(np.int64)
    days = weeks[chosen] * 7 + draw_weekdays(rng, plan.weekday_shares, who.size)
    start, offsets = local_to_utc(days, draw_clock(rng, who.size), cast.country[who])
    order = np.lexsort((start, who))
    return who[order], start[order], offsets[order]


def _draw_surfaces(rng: Generator, cast: Cast, who: Int64s) -> Int64s:
    """People stay with what they like, nine times in ten; each phone is of one make."""
    by_app = (rng.random(who.size) < 0.9) == cast.on_phone[who]
    return np.where(by_app, np.where(who % 5 < 2, IOS, ANDROID), WEB)


def _who_is_known(rng: Generator, who: Int64s, signs: Bools) -> tuple[Bools, Bools]:
    """Which visits are a person's first with a reason to sign up, and which begin signed in because of an earlier one."""
    order = np.arange(who.size)
    first = np.full(int(who[-1]) + 1, who.size)
    np.minimum.at(first, who[signs], order[signs])
    new = order == first[who]
    known = (order > first[who]) & (rng.random(who.size) < _REMEMBERED_SHARE)
    return new, known


def _draw_results(rng: Generator, plan: PlantedTruths, start: Int64s, surface: Int64s) -> Int64s:
    """How each checkout ends: by surface, before and after the releases."""
    on_app = np.where(start < to_micros(plan.app_release), plan.checkout_success_app_before, plan.checkout_success_app_after)
    on_web = np.where(_is_bad(plan, start), plan.checkout_success_web_bad, plan.checkout_success_web)
    succeeds = rng.random(start.size) < np.where(surface == WEB, on_web, on_app)
    return np.where(succeeds, 0, 1 + draw_codes(rng, (0.5, 0.3, 0.2), start.size))


def _is_bad(plan: PlantedTruths, start: Int64s) -> Bools:
    bad: Bools = (start >= to_micros(plan.bad_release)) & (start < to_micros(plan.bad_release_mended))
    return bad


def _draw_searches(rng: Generator, plan: PlantedTruths, count: int) -> Int64s:
    """0 found, 1 nothing found, 2 gave up without a signal."""
    other = 1 - plan.search_success - plan.search_failure
    return draw_codes(rng, (plan.search_success, plan.search_failure, other), count)


def _draw_gardens(rng: Generator, who: Int64s, result: Int64s) -> Bools:
    """Most first orders are a garden, later ones mostly seeds."""
    orders = np.cumsum(result == 0)
    before = (orders - (result == 0))[np.searchsorted(who, who)]
    first = orders - before == 1
    gardens: Bools = rng.random(who.size) < np.where(first, 0.72, 0.12)
    return gardens


def _draw_counts(
    rng: Generator,
    plan: PlantedTruths,
    start: Int64s,
    surface: Int64s,
    viewed: Bools,
    in_cart: Bools,
    result: Int64s,
    found: Int64s,
) -> Int64s:
    """(visits, slots) how often each thing happens."""
    size = start.size
    counts = np.zeros((size, len(_SLOTS)), np.int64)
    counts[:, _LANDING] = 1
    counts[:, _LOOK] = rng.geometric(0.42, size) - 1
    counts[:, _SEARCH] = found >= 0
    counts[:, _FOUND] = (found == 0) | (found == 1)
    counts[:, _PRODUCT] = np.where(viewed, rng.geometric(0.5, size), 0)
    bad = _is_bad(plan, start) & (surface == WEB)
    errors = rng.random(size) < np.where(bad, plan.page_error_share_bad, plan.page_error_share)
    counts[:, _ERROR] = errors
    counts[:, _RAGE] = np.where(errors & (rng.random(size) < plan.rage_share_after_error), rng.integers(1, 4, size), 0)
    counts[:, _CART] = np.where(in_cart, 1 + rng.poisson(0.3, size), 0)
    counts[:, _START] = result >= 0
    more = np.where(result == 0, plan.checkout_errors_success, plan.checkout_errors_other)
    counts[:, _FAULT] = np.where(result >= 0, rng.poisson(more), 0)
    counts[:, _END] = (result >= 0) & (result < 3)
    counts[:, _THANKS] = result == 0
    return counts


def write_visits(rng: Generator, sheet: Sheet, cast: Cast, visits: Visits) -> tuple[Orders, Int64s]:
    """Write every signal of the visits; gives the orders they ended with, and when each person signed up (or NEVER)."""
    size, slots = visits.counts.shape
    row = np.repeat(np.repeat(np.arange(size), slots), visits.counts.ravel())
    slot = np.repeat(np.tile(np.arange(slots), size), visits.counts.ravel())
    at = _moments(rng, visits, row, slot)
    kind = _kinds(visits, row, slot)
    orders = _orders(rng, visits, at, row, kind)
    who, surface = visits.who[row], visits.surface[row]
    values = np.full(row.size, np.nan)
    values[kind == PLACED] = orders.euros
    sheet.add(
        Coded(("web", "app"), np.minimum(surface, 1)),
        Coded(KINDS, kind),
        at,
        _actors(cast, visits, row, slot),
        offsets=visits.offsets[row],
        accounts=np.where(_is_known(visits, row, slot), cast.account[who], -1),
        objects={
            "session": visits.number[row],
            "order": np.where((slot >= _START) & (slot <= _END), visits.number[row], -1),
        },
        touchpoint="shop",
        channel=Coded(("web", "app"), np.minimum(surface, 1)),
        surface=Coded(SURFACES, surface),
        value=values,
        unit=Coded(("EUR",), np.where(kind == PLACED, 0, -1)),
        properties=shop_properties(rng, cast.country[who], kind, KINDS, slot == _LANDING, visits.garden[row]),
    )
    joined = np.full(cast.size, NEVER)
    joined[who[kind == CREATED]] = at[kind == CREATED]
    return orders, joined


def _orders(rng: Generator, visits: Visits, at: Int64s, row: Int64s, kind: Int64s) -> Orders:
    placed = np.flatnonzero(kind == PLACED)
    visit = row[placed]
    garden = visits.garden[visit]
    seeds = 26 * np.exp(0.5 * rng.standard_normal(placed.size))
    euros = np.round(seeds + np.where(garden, 129.0, 0.0), 2)
    return Orders(
        visits.who[visit], at[placed], visits.offsets[visit], visits.surface[visit], visits.number[visit], garden, euros
    )


def _moments(rng: Generator, visits: Visits, row: Int64s, slot: Int64s) -> Int64s:
    """When each thing happened: lognormal gaps, added up inside a visit; checkouts take the seconds drawn for them."""
    seconds = _GAP_SECONDS[slot] * np.exp(0.9 * rng.standard_normal(row.size))
    part = visits.seconds / (visits.counts[:, _FAULT] + 1)
    paying = (slot == _FAULT) | (slot == _END)
    seconds = np.where(paying, part[row], np.minimum(seconds, 20 * 60))
    gaps = np.where(slot == _LANDING, 0, np.maximum(seconds * SECOND, 1_000)).astype(np.int64)
    run = np.cumsum(gaps)
    moments: Int64s = visits.start[row] + run - run[slot == _LANDING][row]
    return moments


def _kinds(visits: Visits, row: Int64s, slot: Int64s) -> Int64s:
    kind = _KIND_OF_SLOT[slot]
    kind[(slot == _FOUND) & (visits.found[row] == 1)] = KINDS.index("search.empty")
    kind[(slot == _SIGN_IN) & visits.new[row]] = CREATED
    kind[(slot == _END) & (visits.result[row] == 1)] = KINDS.index("checkout.failed")
    kind[(slot == _END) & (visits.result[row] == 2)] = KINDS.index("checkout.left")
    return kind


def _is_known(visits: Visits, row: Int64s, slot: Int64s) -> Bools:
    """Whether the visitor is signed in at this moment, the signing in itself included."""
    signs_up = (visits.counts[:, _SIGN_UP] > 0)[row] & (slot >= _SIGN_UP)
    signs_in = (visits.counts[:, _SIGN_IN] > 0)[row] & (slot >= _SIGN_IN)
    known: Bools = visits.known[row] | signs_up | signs_in
    return known


def _actors(cast: Cast, visits: Visits, row: Int64s, slot: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Anonymous until signing in; that signal names both ids (and the e-mail address of a new account); then the user."""
    who = visits.who[row]
    elsewhere = cast.second_browser[who] & (visits.number[row] % 3 == 0)
    browser = np.where(elsewhere, cast.name(SECOND_BROWSER, who), cast.browser[who])
    device = np.where(visits.surface[row] == WEB, browser, cast.name(PHONE, who))
    signing = (slot == _SIGN_UP) | (slot == _SIGN_IN)
    first = np.where(_is_known(visits, row, slot), cast.name(USER, who), device)
    return first, np.where(signing & visits.new[row], cast.name(EMAIL, who), -1), np.where(signing, device, -1)
