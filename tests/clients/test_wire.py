"""What real clients were recorded to send, sent again byte by byte: it is taken, and stored as what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import facts
import httpx
import pytest
from expected import EXPECTED, differences
from recorded import FOLDER, Recorded, recorded
from server import Server

from touchpath.sources.wire import RECEIVERS

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded requests are not beside this checkout (../shared/reference/wire)"
)
SPOKEN = {receiver.name for receiver in RECEIVERS} & EXPECTED.keys()
REQUESTS = [one for one in recorded() if one.protocol in SPOKEN]
ALL_TIMES = timedelta(days=30)  # recorded times are put right by how long ago they were recorded; a test of its own looks at them


@dataclass(frozen=True)
class Replayed:
    """Each recorded request with its answer, and the rows of the lake by source afterwards."""

    answers: list[tuple[Recorded, httpx.Response]]
    rows: dict[str, list[dict[str, Any]]]

    def of(self, file: str, *methods: str) -> list[tuple[Recorded, httpx.Response]]:
        return [(one, answer) for one, answer in self.answers if one.file == file and one.method in methods]


@pytest.fixture(scope="module")
def replayed(serve_module: Callable[..., Server]) -> Replayed:
    """Every request sent twice, as a client does that missed the answer: the second must change nothing."""
    keys = {_source(key): key for key in {one.key for one in REQUESTS} if key}
    server = serve_module(keys)
    with httpx.Client(base_url=server.address) as client:
        answers = [(one, _send(client, one)) for one in REQUESTS]
        for one in REQUESTS:
            _send(client, one)
    server.drain()
    return Replayed(answers, server.rows())


def _source(key: str) -> str:
    return key.replace("_", "-").lower()


def _send(client: httpx.Client, one: Recorded) -> httpx.Response:
    address = f"{one.path}?{one.query}" if one.query else one.path
    return client.request(one.method, address, headers=dict(one.headers), content=one.body)


FILES = sorted({one.file for one in REQUESTS})


@pytest.mark.parametrize("file", FILES)
def test_every_recorded_body_is_answered_with_exactly_200_and_json(file: str, replayed: Replayed) -> None:
    for one, answer in replayed.of(file, "POST"):
        assert answer.status_code == 200, f"{one.name}: {answer.text}"
        assert answer.json() == "ok" if one.protocol == "snowplow" else isinstance(answer.json(), dict)
        assert answer.headers.get("access-control-allow-origin") == one.headers.get("origin")


@pytest.mark.parametrize("file", FILES)
def test_every_preflight_is_allowed_and_remembered_by_the_browser(file: str, replayed: Replayed) -> None:
    for one, answer in replayed.of(file, "OPTIONS"):
        assert answer.is_success
        assert not answer.has_redirect_location
        asked = one.headers.get("access-control-request-headers", "")
        allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
        assert {name for name in asked.split(",") if name} <= allowed
        assert answer.headers["access-control-allow-origin"] == one.headers["origin"]
        assert int(answer.headers["access-control-max-age"]) >= 7200


@pytest.mark.parametrize("file", FILES)
def test_what_is_asked_for_by_get_is_there(file: str, replayed: Replayed) -> None:
    for one, answer in replayed.of(file, "GET"):
        scripts = one.path.startswith("/static/")  # PostHog's own, which our config never sends a client for
        assert answer.status_code == (404 if scripts else 200), one.name


@pytest.mark.parametrize("key", sorted({one.key for one in REQUESTS if one.messages}))
def test_the_lake_holds_exactly_what_the_recorded_bodies_say(key: str, replayed: Replayed) -> None:
    sent = [one for one in REQUESTS if one.key == key]
    messages = [message for one in sent for message in one.messages]
    robots = [message for one in sent if "Headless" in one.headers["user-agent"] for message in one.messages]
    traffic = {facts.read(sent[0].protocol, message).id: "bot" for message in robots}
    assert differences(sent[0].protocol, messages, replayed.rows[_source(key)], tolerance=ALL_TIMES, traffic=traffic) == []


def test_the_clock_of_a_device_is_put_right_by_when_it_sent(replayed: Replayed) -> None:
    rows = {row["id"]: row for rows in replayed.rows.values() for row in rows}
    sent = [(message, one.told) for one in REQUESTS if one.protocol == "segment" for message in one.messages]
    assert sent
    for message, body in sent:
        row, said = rows[message["messageId"]], message.get("timestamp") or message["originalTimestamp"]
        behind = datetime.fromisoformat(message.get("sentAt") or body["sentAt"]) - datetime.fromisoformat(said)
        right = min(row["received_at"] - behind, row["received_at"])
        assert abs(row["occurred_at"] - right) < timedelta(milliseconds=1)
