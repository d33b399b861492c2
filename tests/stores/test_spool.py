"""Accepted posts are on disk before anybody is told, in order, and gone once the lake has them."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from touchpath.model.errors import Unavailable
from touchpath.store.spool import Post
from touchpath.stores.spool import SpoolFile

LONG = b'{"batch": [' + b'{"a": "some words"},' * 500 + b"{}]}"


def a_post(body=b"{}", number=0):
    return Post(
        "segment", "web-1", 1_770_000_000_000_000 + number, "/v1/batch", "a=1", body, {"user-agent": "x"}, "192.0.2.0", True
    )


@pytest.fixture
def spool(tmp_path):
    spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    yield spool
    spool.close()


def test_a_post_comes_back_as_it_was(spool):
    for post in (a_post(), a_post(LONG, 1)):
        spool.keep(post).result()
    assert [one.post for one in spool.waiting(0, 1 << 20)] == [a_post(), a_post(LONG, 1)]


def test_places_grow_and_are_never_used_twice(spool):
    spool.keep(a_post()).result()
    (first,) = spool.waiting(0, 1 << 20)
    spool.release(first.place)
    assert spool.backlog() == (0, 0)
    spool.keep(a_post(number=1)).result()
    (second,) = spool.waiting(0, 1 << 20)
    assert second.place > first.place


def test_at_least_one_post_waits_however_large_it_is(spool):
    for _ in range(3):
        spool.keep(a_post(LONG)).result()
    assert len(spool.waiting(0, 10)) == 1
    assert len(spool.waiting(0, 2 * len(LONG))) == 2


def test_another_file_is_another_spool(spool, tmp_path):
    other = SpoolFile(tmp_path / "other.sqlite")
    assert spool.identity != other.identity
    assert spool.identity == SpoolFile(tmp_path / "spool.sqlite").identity


def test_a_full_spool_refuses_and_recovers_by_itself(tmp_path):
    spool = SpoolFile(tmp_path / "spool.sqlite", limit_mb=1, reserve_mb=0)
    body = os.urandom(100_000)
    results = [spool.keep(a_post(body)).exception() for _ in range(30)]
    assert results[0] is None
    assert isinstance(results[-1], Unavailable)
    assert "spool is full" in str(results[-1])
    kept = len(spool.waiting(0, 1 << 30))
    assert 8 <= kept <= 12
    spool.release(spool.waiting(0, 1 << 30)[-1].place)
    spool.keep(a_post(body)).result()
    assert len(spool.waiting(0, 1 << 30)) == 1
    spool.close()


def test_no_room_on_the_disk_is_said_before_anything_is_kept(tmp_path):
    spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=1 << 40)
    with pytest.raises(Unavailable, match="nearly full"):
        spool.keep(a_post()).result()
    assert spool.waiting(0, 1 << 20) == []
    spool.close()


def test_released_bytes_are_gone_from_the_file(spool, tmp_path):
    secret = b"zz-somebody-in-particular-zz"
    spool.keep(a_post(secret)).result()
    files = [tmp_path / f"spool.sqlite{end}" for end in ("", "-wal")]
    assert any(secret in file.read_bytes() for file in files if file.exists())
    spool.release(1)
    spool.forget_released()
    assert not any(secret in file.read_bytes() for file in files if file.exists())


def test_many_posts_share_a_sync(spool):
    futures = [spool.keep(a_post(number=number)) for number in range(2_000)]
    for future in futures:
        future.result()
    assert [one.post.received_at % 1_000_000 for one in spool.waiting(0, 1 << 20)] == list(range(2_000))


_KEEPER = """
import sys
from touchpath.store.spool import Post
from touchpath.stores.spool import SpoolFile
spool = SpoolFile(sys.argv[1], reserve_mb=0)
for number in range(100_000):
    spool.keep(Post("segment", "k", number, "/", "", b"{}")).result()
    print(number, flush=True)
"""


def test_what_was_told_to_be_kept_survives_a_kill(tmp_path):
    path = tmp_path / "spool.sqlite"
    with subprocess.Popen([sys.executable, "-c", _KEEPER, str(path)], stdout=subprocess.PIPE, text=True) as keeper:
        told = [int(keeper.stdout.readline()) for _ in range(50)]
        keeper.send_signal(signal.SIGKILL)
        told += [int(line) for line in keeper.stdout if line.endswith("\n")]
    kept = [one.post.received_at for one in SpoolFile(path).waiting(0, 1 << 20)]
    assert kept[: len(told)] == told
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_whoever_left_and_whatever_cannot_be_written_stops_nobody_else(spool):
    with spool._some:  # the writer waits until this is over
        left = spool.keep(a_post(number=1))
        assert left.cancel()
    assert spool.keep(a_post(number=2)).result(10) is None
    with pytest.raises(Unavailable):
        spool.keep(Post("segment", "web-1", 1, "/v1/\ud800", "", b"{}")).result(10)
    assert spool.keep(a_post(number=3)).result(10) is None
