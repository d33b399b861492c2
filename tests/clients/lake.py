"""Holds what the lake has against what a client meant to send, by rules written down here a second time, apart from the server's code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import facts
from facts import Fact

Row = Mapping[str, Any]
#: Clocks are put right by when a request came: a delayed one may shift a time by its delay, snowplow-tracker's own rounding by a second.
TOLERANCE = timedelta(seconds=2.5)
#: Traits that would say who somebody is are not kept, unless a key's terms ask for them.
PERSONAL = {"name", "address", "email", "phone"}
NOT_KEPT = "[not kept]"


@dataclass(frozen=True)
class Expected:
    """What the lake must hold for one fact."""

    kind: str
    actors: tuple[str, ...]
    account: str | None
    at: datetime | None
    properties: Mapping[str, Any]


def differences(
    protocol: str,
    messages: Iterable[Mapping[str, Any]],
    rows: Sequence[Row],
    given_up: Container[str] = (),
    tolerance: timedelta = TOLERANCE,
    traffic: str | None = None,
) -> list[str]:
    """What is wrong, in words: missing, extra, doubled or changed. Empty: the lake holds exactly these messages.

    What the client itself gave up may be there or not: it was told that nobody took it, and the answer may have been lost.
    traffic: what the rows must say of who is behind them; None = of people nothing is said.
    """
    meant = {fact.id: fact for fact in (facts.read(protocol, one) for one in messages)}
    seen = Counter(row["id"] for row in rows)
    faults = [f"{id} is not in the lake" for id in meant.keys() - seen.keys() if id not in given_up]
    faults += [f"{id} is in the lake, but nobody sent it" for id in seen.keys() - meant.keys()]
    faults += [f"{id} is there {times} times" for id, times in seen.items() if times > 1]
    for row in rows:
        if row["id"] in meant:
            faults += _changed(EXPECTED[protocol](meant[row["id"]]), row, tolerance, traffic)
    return sorted(faults)


def _changed(expected: Expected, row: Row, tolerance: timedelta, traffic: str | None) -> list[str]:
    told = json.loads(row["properties"] or "{}")
    pairs = {
        "traffic": (told.pop("$traffic", None), traffic),
        "kind": (row["kind"], expected.kind),
        "actors": (tuple(row["actors"] or ()), expected.actors),
        "account": (row["account"], expected.account),
        "properties": (told, dict(expected.properties)),
    }
    faults = [f"{row['id']}: {name} is {is_!r}, not {should!r}" for name, (is_, should) in pairs.items() if is_ != should]
    if expected.at and abs(row["occurred_at"] - expected.at) > tolerance:
        faults.append(f"{row['id']}: it happened at {expected.at}, but stands at {row['occurred_at']}")
    return faults


_SEGMENT_KINDS = {
    "identify": "user.identified", "page": "page.viewed", "screen": "screen.viewed", "group": "account.joined", "alias": "user.aliased",
}  # fmt: skip


def _of_segment(fact: Fact) -> Expected:
    told = dict(fact.properties)
    if fact.call in ("identify", "group"):
        removed = PERSONAL if fact.call == "identify" else PERSONAL - {"name"}
        told = {name: NOT_KEPT if name in removed and value else value for name, value in told.items()}
    user = [f"user:{id}" for id in (fact.user, fact.previous) if id]
    anonymous = [f"anonymous:{id}" for id in (fact.anonymous, fact.previous) if id]
    actors = tuple(dict.fromkeys(user + _email(fact) + anonymous))
    return Expected(_SEGMENT_KINDS.get(fact.call, fact.name), actors, fact.account, fact.at, told)


def _email(fact: Fact) -> list[str]:
    return [f"email:{hashlib.sha256(fact.email.strip().lower().encode()).hexdigest()}"] if fact.email else []


EXPECTED: Mapping[str, Callable[[Fact], Expected]] = {"segment": _of_segment}
