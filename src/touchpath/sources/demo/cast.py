"""The people of one block: where they live, what they are like, which ids each silo knows them by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.sources.demo.season import COUNTRY_SHARES, WEEKS, Int64s, draw_codes
from touchpath.sources.demo.truths import PlantedTruths

Bools = NDArray[np.bool_]

#: Ids are laid out in the block's names one sort after the other: code = sort * people + person.
USER, EMAIL, BROWSER, SECOND_BROWSER, PHONE, CARD = range(6)
_LANGUAGE_OF = np.array([1, 1, 2, 0, 0])  # by country: 0 English, 1 German, 2 Spanish
#: Groups of neighbours in number of which some are an account: how large, and how many of all groups are of that size.
_GROUP_SIZES, _GROUP_SHARES = (2, 4, 9, 24, 60), (0.28, 0.46, 0.17, 0.06, 0.03)
_ACCOUNT_SHARE = 0.06
_SHARED_SHARE = 0.015
_SECOND_BROWSER_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Cast:
    """One block of people; every array has one entry per person.

    first: the block's first person. arrives: week of the first visit. visits: how many. on_phone: visits mostly by app.
    account: code of the business account, -1 = none. planner: the persona that plans ahead. browser: code of the browser's id,
    another person's for those who share one.
    """

    first: int
    country: Int64s
    language: Int64s
    arrives: Int64s
    visits: Int64s
    on_phone: Bools
    account: Int64s
    planner: Bools
    has_card: Bools
    browser: Int64s
    second_browser: Bools

    @property
    def size(self) -> int:
        """How many people."""
        return int(self.country.size)

    def name(self, sort: int, who: Int64s) -> Int64s:
        """Codes of these people's ids of one sort."""
        return sort * self.size + who

    def names(self) -> pa.Array:
        """The actor ids that codes point to."""
        numbers = [f"{self.first + person:08d}" for person in range(self.size)]
        emails = [hashlib.sha256(f"p{number}@mail.example".encode()).hexdigest() for number in numbers]
        return pa.array(
            [f"user:u{n}" for n in numbers]
            + [f"email:{digest}" for digest in emails]
            + [f"anonymous:b{n}" for n in numbers]
            + [f"anonymous:c{n}" for n in numbers]
            + [f"anonymous:m{n}" for n in numbers]
            + [f"external:card-{n}" for n in numbers]
        )

    def accounts(self) -> pa.Array:
        """The accounts that codes point to."""
        return pa.array([f"account-{self.first + person:08d}" for person in range(self.size)])


def draw_cast(rng: Generator, plan: PlantedTruths, first: int, size: int) -> Cast:
    """The people numbered from `first`."""
    country = draw_codes(rng, COUNTRY_SHARES, size)
    arrives = rng.integers(0, WEEKS - 1, size)
    liveliness = 5.2 * np.exp(0.9 * rng.standard_normal(size) - 0.405)
    years_share = 0.35 + 0.65 * (WEEKS - arrives) / WEEKS
    people = np.arange(size)
    shares_browser = (rng.random(size) < _SHARED_SHARE) & (people > 0)
    return Cast(
        first=first,
        country=country,
        language=_LANGUAGE_OF[country],
        arrives=arrives,
        visits=1 + rng.poisson(liveliness * years_share),
        on_phone=rng.random(size) < 0.42,
        account=_draw_accounts(rng, size),
        planner=rng.random(size) < plan.planner_share,
        has_card=rng.random(size) < 0.25,
        browser=BROWSER * size + np.where(shares_browser, people - 1, people),
        second_browser=rng.random(size) < _SECOND_BROWSER_SHARE,
    )


def _draw_accounts(rng: Generator, size: int) -> Int64s:
    """Neighbours in number share an account: each opened by one person, joined by those who follow. Most are small, some are large."""
    sizes = np.array(_GROUP_SIZES)[draw_codes(rng, _GROUP_SHARES, size // min(_GROUP_SIZES) + 1)]
    begins = np.cumsum(sizes) - sizes
    works = rng.random(begins.size) < _ACCOUNT_SHARE
    groups = np.searchsorted(begins, np.arange(size), side="right") - 1
    accounts: Int64s = np.where(works[groups], begins[groups], -1)
    return accounts
