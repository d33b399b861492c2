"""The requests that real clients were recorded to make (../shared/reference/wire), read for sending them again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from clients import ROOT

FOLDER = ROOT.parent / "shared" / "reference" / "wire"
#: Which protocol a recorded client speaks; the others send what is no signal of ours.
PROTOCOLS = {
    "segment-analytics-python": "segment", "analytics-python": "segment", "rudder-sdk-python": "segment", "rudder-sdk-node": "segment",
    "segment-analytics-node": "segment", "segment-analytics-next": "segment", "rudderstack-analytics-js": "segment",
    "posthog-python": "posthog", "posthog-node": "posthog", "posthog-js": "posthog",
    "snowplow-tracker-python": "snowplow", "snowplow-browser-tracker": "snowplow",
}  # fmt: skip
_HOP = {"host", "content-length", "connection", "transfer-encoding"}
_TYPES = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@dataclass(frozen=True)
class Recorded:
    """One request, byte by byte, and what its body said once decoded."""

    file: str
    protocol: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    told: Any

    @property
    def name(self) -> str:
        return f"{self.file} {self.method} {self.path}"

    @property
    def key(self) -> str:
        """The write key it came with: in the Authorization header, the body, or for Snowplow the app id."""
        scheme, _, word = self.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            return base64.b64decode(word).decode().partition(":")[0]
        if scheme == "Bearer":
            return word
        said = {**dict(parse_qsl(self.query)), **(self.told if isinstance(self.told, dict) else {})}
        first = next(iter(self.messages), {})
        return said.get("writeKey") or said.get("api_key") or first.get("aid") or first.get("properties", {}).get("token") or ""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The events in it, each as its protocol writes one."""
        if isinstance(self.told, list):
            return [one for one in self.told if "event" in one]
        if not isinstance(self.told, dict):
            return []
        if "batch" in self.told or "data" in self.told:
            return list(self.told.get("batch") or self.told.get("data"))
        last = self.path.rsplit("/", 1)[-1]
        if self.protocol == "segment" and "messageId" in self.told:
            return [{"type": _TYPES.get(last, last), **self.told}]
        return [self.told] if {"event", "e"} & self.told.keys() else []


def recorded(scenario: str = "ok") -> Iterator[Recorded]:
    """All requests of a scenario of the clients whose protocol is one of ours; nothing when the recordings are not there."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():  # of bytes: a text may hold U+2028
            one = json.loads(line)
            protocol = next((PROTOCOLS[name] for name in PROTOCOLS if one["client"].startswith(name)), "")
            if one["scenario"] == scenario and protocol:
                yield _read(path.stem, protocol, one)


def _read(file: str, protocol: str, one: Mapping[str, Any]) -> Recorded:
    headers = {name.lower(): value for name, value in one["headers"] if name.lower() not in _HOP}
    body = base64.b64decode(one.get("body_raw_b64") or one.get("body_b64") or "")
    query = one.get("query_raw") or ""
    return Recorded(
        file, protocol, one["method"], one["path"], query, headers, body, one.get("body_json", dict(parse_qsl(query)))
    )
