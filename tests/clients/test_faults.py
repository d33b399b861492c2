"""The published clients against our server while things go wrong: nothing that was accepted is lost, and nothing is there twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import facts
import pytest
from expected import TOLERANCE, differences
from party import Party, Served, a_party, sources
from proxy import LONGEST_WAIT_SECONDS, seeded_fate
from server import Server, wait_until

from clients import VISIT, Client
from touchpath.services.record import LONGEST

MEGABYTE = 1 << 20
Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def server(serve_module: Serve, installed: Sequence[Client]) -> Server:
    """One server for the parties that do it no lasting harm."""
    return serve_module(sources(installed, "killed", "network", "right", "wrong", "spoiled"))


def test_a_killed_server_loses_nothing(server: Server, served: Served, tmp_path: Path, installed: Sequence[Client]) -> None:
    with a_party("killed", server, served, tmp_path, installed, rounds=12, pause_seconds=0.3) as party:
        kill_and_start(party, random.Random(1), [server.kill_drain, server.kill_all])
        assert party.finish() == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_server_killed_again_and_again_loses_nothing(
    serve: Serve, served: Served, tmp_path: Path, installed: Sequence[Client], seed: int
) -> None:
    server, chance = serve(sources(installed, "killed")), random.Random(seed)
    with a_party("killed", server, served, tmp_path, installed, rounds=80, pause_seconds=0.5) as party:
        kill_and_start(party, chance, chance.choices((server.kill, server.kill_all, server.kill_drain), k=10))
        assert party.finish() == {}


def kill_and_start(party: Party, chance: random.Random, kills: Sequence[Callable[[], None]]) -> None:
    """Kill in each of these ways, every time after some more requests, and start again what does not start by itself.

    A server stays away until a client has met the silence.
    """
    for kill in kills:
        wanted = len(party.passages) + chance.randint(len(party.plays), 3 * len(party.plays))
        wait_until(lambda wanted=wanted: len(party.passages) >= wanted, "more requests")
        silent = unanswered(party)
        kill()
        if party.server.running is None:
            wait_until(lambda silent=silent: unanswered(party) > silent, "a request without an answer")
            party.server.start()


def unanswered(party: Party) -> int:
    return sum(passage.status == 0 for passage in party.passages)


def test_lost_answers_doubled_late_and_reordered_requests_change_nothing(
    server: Server, served: Served, tmp_path: Path, installed: Sequence[Client]
) -> None:
    with a_party("network", server, served, tmp_path, installed, rounds=5, pause_seconds=0.3, fate=seeded_fate) as party:
        assert party.finish(TOLERANCE + timedelta(seconds=2 * LONGEST_WAIT_SECONDS)) == {}
        assert {passage.fault for passage in party.passages} >= {"lose", "double", "hold", "late"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_bad_network_and_a_killed_server_together_change_nothing(
    serve: Serve, served: Served, tmp_path: Path, installed: Sequence[Client], seed: int
) -> None:
    server, chance = serve(sources(installed, "both")), random.Random(seed)
    networks = [seeded_fate(100 * seed + number) for number in range(len(installed))]
    with a_party("both", server, served, tmp_path, installed, rounds=60, pause_seconds=0.5, fate=networks.__getitem__) as party:
        kill_and_start(party, chance, [server.kill_all] * 4)
        assert party.finish(TOLERANCE + timedelta(seconds=2 * LONGEST_WAIT_SECONDS)) == {}


def test_a_wrong_key_is_refused_once_and_the_client_is_told(
    server: Server, served: Served, tmp_path: Path, installed: Sequence[Client]
) -> None:
    with a_party("right", server, served, tmp_path / "right", installed, rounds=1, pause_seconds=0.0) as party:
        assert party.finish() == {}
    with a_party(
        "wrong", server, served, tmp_path / "wrong", installed, rounds=1, pause_seconds=0.0, key="nobody-has-this-key"
    ) as party:
        party.wait()
        server.drain()
        for name, play in party.plays.items():
            assert len(play.given_up) == len(play.intended), f"{name} believes that it delivered something"
        assert {passage.status for passage in party.passages} == {401}
        assert len(party.passages) <= sum(len(play.intended) for play in party.plays.values()), "a client tried again"
    assert not [source for source, rows in server.rows().items() if source.startswith("wrong") and rows]


def test_one_bad_event_goes_to_the_quarantine_and_costs_the_others_nothing(
    server: Server, served: Served, tmp_path: Path, installed: Sequence[Client]
) -> None:
    steps = json.loads(VISIT.read_text(encoding="utf-8"))["steps"]
    spoiled = {"do": "track", "name": "x" * (LONGEST["kind"] + 1), "properties": {"spoiled": True}}
    visit = tmp_path / "visit.json"
    visit.write_text(json.dumps({"steps": [*steps[:3], spoiled, *steps[3:]]}), encoding="utf-8")
    with a_party("spoiled", server, served, tmp_path, installed, rounds=2, pause_seconds=0.0, visit=visit) as party:
        party.wait()
        server.drain()
        rows = server.rows()
        for name, play in party.plays.items():
            good = [one for one in play.intended if facts.read(play.client.protocol, one).name != spoiled["name"]]
            assert len(play.intended) - len(good) == 2
            assert differences(play.client.protocol, good, rows[f"spoiled.{name}"]) == []
            refused = server.quarantined(f"spoiled.{name}")
            assert len(refused) == 2
            assert all(str(LONGEST["kind"]) in one.reason for one in refused), refused


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that a test can fill to the last byte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.getuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "small", str(disk)], capture_output=True).returncode
    ):
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_says_come_again_and_recovers_by_itself(
    serve: Serve, served: Served, tmp_path: Path, small_disk: Path, installed: Sequence[Client]
) -> None:
    server = serve(sources(installed, "full"), small_disk / "space", disk_reserve_mb="8")
    with a_party("full", server, served, tmp_path, installed, rounds=16, pause_seconds=0.3) as party:
        for left_bytes in (MEGABYTE, 0):  # less than the reserve, then not a single byte
            seen, before = len(party.passages), len(refused(party))
            wait_until(lambda seen=seen: len(party.passages) > seen, "a request that is taken")
            fill(small_disk, left_bytes)
            wait_until(lambda before=before: len(refused(party)) > before + 2, "requests to be refused")
            (small_disk / "ballast").unlink()
        assert party.finish() == {}
        assert {status for status, _ in refused(party)} <= {429, 503}
        assert all(retry_after and int(retry_after) > 0 for _, retry_after in refused(party))


def fill(disk: Path, left_bytes: int) -> None:
    """Put a file on the disk that leaves only so many bytes, whatever the server writes meanwhile."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while (free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize) > left_bytes:
            ballast.write(b"\0" * min(free - left_bytes, MEGABYTE))


def refused(party: Party) -> list[tuple[int, str | None]]:
    return [(passage.status, passage.retry_after) for passage in party.passages if passage.status >= 400]
