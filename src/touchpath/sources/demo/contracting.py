"""Business accounts as the CRM keeps them: who their people are there, what the company is called, its contract and when that renews."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.random import Generator

from touchpath.model.time import from_micros
from touchpath.sources.demo.cast import EMAIL, Cast
from touchpath.sources.demo.season import DAY, FIRST, HOUR, WEEKS, Int64s, draw_codes
from touchpath.sources.demo.sheet import Coded, Sheet, as_json

ROLES = ("buyer", "payer", "user", "admin")
_FIRST_WORDS = (
    "Amber",
    "Birch",
    "Cobalt",
    "Dover",
    "Ember",
    "Fjord",
    "Garnet",
    "Harbour",
    "Ivory",
    "Juniper",
    "Kestrel",
    "Linden",
    "Maple",
    "North",
    "Olive",
    "Pine",
)
_LAST_WORDS = (
    "Analytics",
    "Architects",
    "Bakery",
    "Clinic",
    "Consulting",
    "Engineering",
    "Foundation",
    "Insurance",
    "Labs",
    "Logistics",
    "Media",
    "Partners",
    "School",
    "Studio",
    "Systems",
    "Works",
)
#: Contracts run for so many days; a price a month for each person in the account.
_TERMS, _TERM_SHARES, _SEAT = (180, 365), (0.3, 0.7), 24.0


def write_contracts(rng: Generator, sheet: Sheet, cast: Cast) -> None:
    """Everybody in an account is listed with a role; each account signs a contract and renews it at its end."""
    members = np.flatnonzero(cast.account >= 0)
    accounts, first, place, sizes = np.unique(cast.account[members], return_index=True, return_inverse=True, return_counts=True)
    order = np.arange(members.size) - first[place]
    names = [f"{one} {other}" for one in _FIRST_WORDS for other in _LAST_WORDS]
    company = Coded(names, rng.integers(0, len(names), accounts.size))
    # Who opened the account buys, the next one mostly pays, and some of the others look after it.
    others = draw_codes(rng, (0.0, 0.0, 0.8, 0.2), members.size)
    role = np.where(order == 0, 0, np.where((order == 1) & (rng.random(members.size) < 0.8), 1, others))
    listed = _weeks(cast.arrives[members]) + rng.integers(0, 5, members.size) * DAY + 9 * HOUR
    sheet.add(
        "crm", "contact.listed", listed, (cast.name(EMAIL, members),), accounts=cast.account[members],
        properties=as_json(members.size, role=Coded(ROLES, role), company=Coded(names, company.codes[place])),
    )  # fmt: skip
    opened = np.minimum.reduceat(cast.arrives[members], first) if members.size else members
    signed = _weeks(opened) + 3 * DAY + 10 * HOUR
    term = np.array(_TERMS)[draw_codes(rng, _TERM_SHARES, accounts.size)]
    _write(sheet, accounts, "contract.signed", signed, term, sizes, company)
    renewed = signed + term * DAY - 5 * DAY
    stays = rng.random(accounts.size) < 0.9
    again = Coded(names, company.codes[stays])
    _write(sheet, accounts[stays], "contract.renewed", renewed[stays], term[stays], sizes[stays], again)


def _weeks(weeks: Int64s) -> Int64s:
    """The beginning of a week of the season."""
    found: Int64s = FIRST + np.minimum(weeks, WEEKS - 1) * 7 * DAY
    return found


def _write(sheet: Sheet, accounts: Int64s, kind: str, at: Int64s, term: Int64s, seats: Int64s, company: Coded) -> None:
    """A contract names the account and nobody; it renews when its term is over."""
    days = [(from_micros(int(one)) + timedelta(days=int(days))).date().isoformat() for one, days in zip(at, term, strict=True)]
    texts = sorted(set(days))
    renews = Coded(texts, np.array([texts.index(day) for day in days], np.int64))
    sheet.add(
        "crm", kind, at, (), accounts=accounts, value=seats * _SEAT, unit="EUR",
        properties=as_json(accounts.size, company=company, renews_on=renews),
    )  # fmt: skip
