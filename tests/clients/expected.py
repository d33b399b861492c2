"""Holds what the lake has against what a client meant to send, by rules written down here a second time, apart from the server's code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import facts
from facts import Fact

Row = Mapping[str, Any]
#: Clocks are put right by when a request came, so a busy machine shifts a time by as long as a request takes. How they are put right is
#: looked at to the millisecond in test_wire.py.
TOLERANCE = timedelta(seconds=10)
#: Traits that would say who somebody is are not kept, unless a key's terms ask for them.
PERSONAL = {"name", "address", "email", "phone"}
NOT_KEPT = "[not kept]"


@dataclass(frozen=True)
class Expected:
    """What the lake must hold for one fact. kept: what must stand under the same name among the properties or in the context."""

    kind: str
    actors: tuple[str, ...]
    account: str | None
    at: datetime | None
    properties: Mapping[str, Any]
    kept: Mapping[str, Any] = field(default_factory=dict)


def differences(
    protocol: str,
    messages: Iterable[Mapping[str, Any]],
    rows: Sequence[Row],
    given_up: Container[str] = (),
    tolerance: timedelta = TOLERANCE,
    traffic: Mapping[str, str] | None = None,
) -> list[str]:
    """What is wrong, in words: missing, extra, doubled or changed. Empty: the lake holds exactly these messages.

    What the client itself gave up may be there or not: it was told that nobody took it, and the answer may have been lost.
    traffic: what rows must say of who is behind them, by id; of people nothing is said.
    """
    read = [facts.read(protocol, one) for one in messages]
    meant = {fact.id: fact for fact in read if fact.name not in _NOTHING}
    split = {fact.id for fact in read if fact.name in _SPLIT}
    seen = Counter(row["id"] for row in rows)
    parts = {id for id in seen if id.rpartition("/")[0] in split}
    faults = [f"{id} is not in the lake" for id in meant.keys() - seen.keys() - split if id not in given_up]
    faults += [f"{id} has no part in the lake" for id in split - {id.rpartition("/")[0] for id in parts}]
    faults += [f"{id} is in the lake, but nobody sent it" for id in seen.keys() - meant.keys() - parts]
    faults += [f"{id} is there {times} times" for id, times in seen.items() if times > 1]
    for row in rows:
        if row["id"] in meant:
            faults += _changed(EXPECTED[protocol](meant[row["id"]]), row, tolerance, (traffic or {}).get(row["id"]))
    return sorted(faults)


def _changed(expected: Expected, row: Row, tolerance: timedelta, traffic: str | None) -> list[str]:
    told, context = json.loads(row["properties"] or "{}"), json.loads(row["context"] or "{}")
    pairs = {
        "traffic": (told.pop("$traffic", None), traffic),
        "kept": ({name: told.pop(name, context.get(name)) for name in expected.kept}, dict(expected.kept)),
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


_POSTHOG_KINDS = {
    "$pageview": "page.viewed", "$pageleave": "page.left", "$screen": "screen.viewed", "$identify": "user.identified",
    "$set": "user.described", "$set_once": "user.described", "$groupidentify": "account.joined", "$create_alias": "user.aliased",
    "$exception": "page.error", "$rageclick": "page.rage_clicked", "$dead_click": "page.dead_clicked", "survey shown": "survey.sent",
}  # fmt: skip
_CAPTURED = {"click": "element.clicked", "change": "form.changed"}
#: PostHog's properties that say who, when and with what key, and have a place of their own; its newer protocol says `$lib` in a header.
_SAID_ELSEWHERE = {
    "token", "distinct_id", "$set", "$set_once", "$groups", "$group_set", "$session_id", "$insert_id", "$time", "$sent_at", "$lib", "$lib_version",
}  # fmt: skip
_SAID_AGAIN = {
    "page.viewed": {"$current_url": "url", "$pathname": "path", "$referrer": "referrer"},
    "screen.viewed": {"$screen_name": "name"},
    "survey.sent": {"$survey_id": "survey", "$survey_name": "survey_title"},
}
#: One event stands for several signals, "ID/PART" each: an answer, a measure. Recordings of sessions stand for none.
_SPLIT, _NOTHING = {"survey sent", "$web_vitals"}, {"$snapshot"}


def _of_posthog(fact: Fact) -> Expected:
    kind = _POSTHOG_KINDS.get(fact.name, fact.name)
    if fact.name == "$autocapture":
        kind = _CAPTURED[fact.properties["$event_type"]]
    actors = _posthog_actors(fact)
    if kind == "account.joined" and not actors:
        kind = "account.described"
    named = {name: value for name, value in fact.properties.items() if name not in _SAID_ELSEWHERE}
    kept = {name: value for name, value in named.items() if name.startswith("$")}
    removed = PERSONAL - {"name"} if kind.startswith("account.") else PERSONAL
    about = fact.traits if kind.startswith(("account.", "user.identified", "user.described")) else {}
    told = {name: NOT_KEPT if name in removed and value else value for name, value in about.items()}
    told |= {name: value for name, value in named.items() if not name.startswith("$")}
    for theirs, ours in _SAID_AGAIN.get(kind, {}).items():
        if named.get(theirs):
            told.setdefault(ours, named[theirs])
    return Expected(kind, actors, fact.account, fact.at, {name: told[name] for name in told.keys() - kept.keys()}, kept)


def _posthog_actors(fact: Fact) -> tuple[str, ...]:
    who = fact.user or fact.anonymous or ""
    from_server = "$device_id" not in fact.properties
    if fact.call == "group" and from_server and (who.startswith("$") or facts.is_uuid(who)):
        return ()  # a server names nobody, or the group itself
    joined = [id for id in (who, fact.previous) if id] if fact.call == "alias" else []
    user = [f"user:{id}" for id in (fact.user, *joined) if id and not facts.is_uuid(id)]
    anonymous = [f"anonymous:{id}" for id in (*joined, fact.previous, fact.anonymous) if id]
    return tuple(dict.fromkeys(user + _email(fact) + anonymous))


_SNOWPLOW_KINDS = {
    "page": "page.viewed", "ping": "page.pinged", "screen_view": "screen.viewed", "link_click": "link.clicked",
    "button_click": "button.clicked", "submit_form": "form.sent", "change_form": "form.changed", "focus_form": "form.entered",
    "application_error": "page.error", "web_vitals": "page.measured",
}  # fmt: skip


def _of_snowplow(fact: Fact) -> Expected:
    """Snowplow's values are texts, but for what a self-describing event says."""
    actors = [f"user:{fact.user}"] if fact.user else []
    actors += [f"anonymous:{fact.anonymous}"] if fact.anonymous else []
    kind = _SNOWPLOW_KINDS.get(fact.name or fact.call, fact.name)
    told = dict(fact.properties)
    if fact.schema:
        told["schema"] = fact.schema
    elif fact.call == "track":
        told = {name: str(value) for name, value in told.items() if name != "action"}
    return Expected(kind, tuple(actors), None, fact.at, told)


EXPECTED: Mapping[str, Callable[[Fact], Expected]] = {"segment": _of_segment, "posthog": _of_posthog, "snowplow": _of_snowplow}
