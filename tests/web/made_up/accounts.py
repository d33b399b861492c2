"""Made-up accounts: a plain one, one with a hostile name, one of which nothing is known; and a strip of signals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from touchpath.model.errors import Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period, to_micros
from touchpath.services.account_page import AccountFound, AccountMember, RoleCoverage
from touchpath.services.accounts import AccountRow, Accounts
from touchpath.services.results import Measurement, StripOverview, StripVisit, TimelineEntry
from touchpath.services.stretches import see_from_afar
from touchpath.services.strips import StripPart

IDS = ("acme", "weird/<b>name</b>", "silent")


def share(part: int, whole: int) -> Estimate | Undefined:
    return Estimate(part / whole, 0.2, 0.9, whole, "people") if whole else Undefined("nobody was asked")


def make_row(id: str, span: Period, hostile: str) -> AccountRow:
    place = IDS.index(id)
    title = ("Acme Ltd", f"{hostile} & Sons", "silent")[place]
    score = (
        Estimate(7.4, 5.1, 9.0, 5, "answers", "score"),
        Undefined("one answer (3), and an interval needs two", 1, "answers"),
        Undefined("nobody answered", 0, "answers"),
    )[place]
    paid, recurring, renewal = ((320.0, 120.0, date(2027, 1, 31)), (1e9, None, date(2020, 1, 1)), (None, None, None))[place]
    asked, answered = ((8, 5), (2, 1), (0, 0))[place]
    return AccountRow(
        id,
        title,
        (11, 2, 1)[place],
        900 // (place + 1),
        span.start,
        span.end,
        paid,
        recurring,
        "EUR" if place < 2 else "",
        renewal,
        asked,
        answered,
        share(answered, asked),
        score,
    )


def make_accounts(span: Period, hostile: str, search: str, sort: str, start: int, viewers: bool = False) -> Accounts:
    rows = tuple(one for one in (make_row(id, span, hostile) for id in IDS) if search in one.id)
    mean = Estimate(7.1, 5.0, 9.2, 3, "accounts", "score")
    averages = {
        "people": mean,
        "account": replace(mean, value=6.5),
        "revenue": Undefined("an average needs two accounts with an answer", 1, "accounts"),
    }
    return Accounts(
        rows[start:],
        len(rows),
        len(IDS),
        2,
        start,
        sort,
        "nps",
        "How likely are you to recommend us?",
        (0, 10),
        share(2, 3),
        averages,
        "EUR",
        ("1 renewal dates could not be read. Write them as in 2026-03-31.",),
        "v7",
    )


def make_account(id: str, span: Period, hostile: str, numbers: tuple[Measurement, ...]) -> AccountFound:
    if id not in IDS:
        raise Missing(f"There is no account '{id}'.")
    roles = (
        RoleCoverage("Buyer", 2, 2, 0, share(0, 2)),
        RoleCoverage(hostile, 9, 6, 5, share(5, 6)),
        RoleCoverage("", None, None, None, Undefined("hidden: few people")),
    )
    members = tuple(
        AccountMember(
            f"user:{n}", ("Buyer", hostile) if n else (), 40 - n, span.start, span.end, n > 0, n > 1, float(n) if n > 1 else None
        )
        for n in range(4)
    )
    row = make_row(id, span, hostile)
    return AccountFound(
        row,
        roles if row.people > 1 else (),
        members,
        numbers,
        "How likely are you to recommend us?",
        (0, 10),
        ("3 renewal dates could not be read. Write them as in 2026-03-31.",),
        "v7",
    )


def make_strip(
    entries: list[TimelineEntry], start: int, size: int, kind: str, within: Period | None = None, zone: str = "UTC"
) -> StripPart:
    """Entries in visits of four, of which each first one is a moment of friction."""
    made = [replace(one, key=at + 1, visit=at // 4, friction=at % 4 == 0, actor="user:42") for at, one in enumerate(entries)]
    fitting = [one for one in made if kind in ("", one.kind) or (kind == "friction" and one.friction)]
    afar = _from_afar(fitting, [one.occurred_at for one in made], within, zone) if made else None
    fitting = [one for one in fitting if within is None or within.start <= one.occurred_at < within.end]
    shown = tuple(fitting[start : start + size])
    visits = tuple(
        StripVisit(
            number,
            min(one.occurred_at for one in made if one.visit == number) - timedelta(minutes=5),
            max(one.occurred_at for one in made if one.visit == number),
            4,
            1,
            {"web": 4},
        )
        for number in dict.fromkeys(one.visit for one in shown)
    )
    kinds, sources = Counter(one.kind for one in made), Counter(one.source for one in made)
    rough = sum(one.friction for one in made)
    return StripPart(
        shown,
        visits,
        start,
        len(fitting),
        dict(kinds),
        dict(sources),
        rough,
        (size, 999) if len(fitting) > start + size else None,
        (0, 1) if start else None,
        afar,
    )


def _from_afar(entries: list[TimelineEntry], all_times: list[datetime], within: Period | None, zone: str) -> StripOverview:
    entries = sorted(entries, key=lambda one: one.occurred_at)
    times = np.array([to_micros(one.occurred_at) for one in entries], np.int64)
    rough = np.array([one.friction for one in entries], np.bool_)
    return see_from_afar(times, [one.source for one in entries], rough, (min(all_times), max(all_times)), within, zone)
