"""What a client's message says, read without the server's code: the tests hold the lake to this."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Fact:
    """One event as its client made it. `call` is what the visitor did (page, track, identify ...), `name` the client's own word for it."""

    id: str
    call: str
    name: str
    user: str | None = None
    anonymous: str | None = None
    account: str | None = None
    previous: str | None = None
    email: str | None = None
    at: datetime | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    schema: str = ""


def read(protocol: str, message: Mapping[str, Any]) -> Fact:
    """A message of this protocol, as the client noted it or as it came over the wire."""
    return _READERS[protocol](message)


def _segment(message: Mapping[str, Any]) -> Fact:
    known = message.get("context", {}).get("traits") or {}
    told = message.get("properties") or message.get("traits") or {}
    if message["type"] == "identify" and not told:
        told = known  # RudderStack's clients say them there
    if message["type"] in ("page", "screen"):
        told = {**{part: message[part] for part in ("name", "category") if message.get(part)}, **told}
    return Fact(
        id=message["messageId"],
        call=message["type"],
        name=message.get("event") or message.get("name") or "",
        user=message.get("userId") or None,
        anonymous=message.get("anonymousId") or None,
        account=message.get("groupId"),
        previous=message.get("previousId") or message.get("from"),
        email=(message.get("traits") or {}).get("email") or known.get("email"),
        at=_moment(message.get("originalTimestamp") or message.get("timestamp")),
        properties=told,
    )


_POSTHOG_CALLS = {
    "$pageview": "page",
    "$screen": "screen",
    "$identify": "identify",
    "$groupidentify": "group",
    "$create_alias": "alias",
}


def _posthog(message: Mapping[str, Any]) -> Fact:
    told, name = message["properties"], message["event"]
    call, distinct = _POSTHOG_CALLS.get(name, "track"), str(message.get("distinct_id") or told["distinct_id"])
    known = told.get("$is_identified", not is_uuid(distinct))
    groups = told.get("$groups") or {}
    traits = told.get("$group_set") or {**_set(message, told, "$set_once"), **_set(message, told, "$set")}
    return Fact(
        id=message["uuid"],
        call=call,
        name=name,
        user=distinct if known else None,
        anonymous=told.get("$device_id") or (None if known else distinct),
        account=told.get("$group_key") or next(iter(groups.values()), None),
        previous={"identify": told.get("$anon_distinct_id"), "alias": told.get("alias")}.get(call),
        email=traits.get("email"),
        at=_moment(message.get("timestamp")),
        properties=told,
        traits=traits,
    )


def is_uuid(id: str) -> bool:
    """Whether an id looks drawn at random, as those of visitors are."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id) is not None


def _set(message: Mapping[str, Any], told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Traits, which browsers say beside the properties and servers among them."""
    return message.get(name) or told.get(name) or {}


_SNOWPLOW_CALLS = {"pv": "page", "pp": "ping", "ue": "track", "se": "track"}


def _snowplow(message: Mapping[str, Any]) -> Fact:
    event = _carried(message, "ue_px", "ue_pr").get("data", {})
    schema, told = str(event.get("schema", "")), event.get("data", {})
    if message["e"] == "se":
        told = {name: message[key] for key, name in _STRUCTURED.items() if key in message}
    if message["e"] in ("pv", "pp"):
        told = {name: message[key] for key, name in (("url", "url"), ("page", "title"), ("refr", "referrer")) if message.get(key)}
        told |= {name: str(value) for name, value in message.items() if name.startswith("pp_")}
    vendor, _, _ = schema.removeprefix("iglu:").partition("/")
    return Fact(
        id=message["eid"],
        call="screen" if "screen_view" in schema else _SNOWPLOW_CALLS[message["e"]],
        name=schema.split("/")[1] if schema else str(message.get("se_ac", "")),
        user=message.get("uid"),
        anonymous=message.get("duid"),
        at=datetime.fromtimestamp(int(message["dtm"]) / 1000, UTC),
        properties=told,
        schema=f"{vendor}/{schema.split('/')[1]}" if schema else "",
    )


_STRUCTURED = {"se_ca": "category", "se_ac": "action", "se_la": "label", "se_pr": "property", "se_va": "value"}


def _carried(message: Mapping[str, Any], coded: str, plain: str) -> dict[str, Any]:
    """JSON that came as base64url under one name or in clear under another."""
    if coded in message:
        text = str(message[coded])
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return json.loads(message[plain]) if plain in message else {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_READERS: dict[str, Callable[[Mapping[str, Any]], Fact]] = {"segment": _segment, "posthog": _posthog, "snowplow": _snowplow}
