"""Folders and object storage: each file once, in order, by format or mapping, whatever is killed, changed, broken or refused."""

from __future__ import annotations

import gzip
import json
import os
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from storage_server import Storage, StorageServer

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.services.connections import ConnectionService
from touchpath.services.pulling import PullService
from touchpath.sources.pull import folder as folder_module
from touchpath.sources.pull.choice import choose_source
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.pull_states import PullStateFiles
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import open_records

MAPPING = """format: touchpath-mapping/1
source: till
signals:
  - {kind: receipt.printed, id: [{row: true}], occurred_at: at, actors: {user: who}, value: total}
"""


class Bench:
    """A workspace's parts around one connection to a folder, two minutes after now."""

    def __init__(self, folder):
        self.lake, self.quarantine = DeltaLake(folder / "lake"), QuarantineFile(folder / "quarantine.sqlite")
        self.records, self.states = open_records(folder / "records.sqlite"), PullStateFiles(folder / "connections")
        clock = lambda: datetime.now(UTC) + timedelta(minutes=2)  # noqa: E731
        self.connections = ConnectionService(self.records, choose_source, clock)
        self.pulls = PullService(
            self.connections,
            self.lake,
            self.quarantine,
            self.states,
            give_back=self.lake.close,
            clock=clock,
            sleep=lambda _: None,
        )

    def connect(self, **settings):
        self.connections.add("it", "folder", settings)

    def run(self):
        return self.pulls.run("it")[0]

    def ids(self):
        return sorted(row["id"].partition("/")[0] for batch in self.lake.scan(["id"]) for row in batch.to_pylist())

    def close(self):
        self.lake.close()
        self.records.close()


@pytest.fixture
def bench(tmp_path):
    with closing(Bench(tmp_path)) as bench:
        yield bench


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def events(*ids):
    rows = [{"event": "Order", "properties": {"time": 1772355600, "distinct_id": "u1", "$insert_id": one}} for one in ids]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


ZONE = {"options": "zone=UTC"}


def test_new_files_are_read_once_each_in_the_order_of_their_names(bench, inbox):
    for name, content in {
        "d10.json": events("c"),
        "d2.json.gz": gzip.compress(events("a", "b")),
        "sub/d1.json": events("d"),
    }.items():
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(content)
    (inbox / "_SUCCESS").write_bytes(b"")
    (inbox / ".hidden.json").write_bytes(events("hidden"))
    bench.connect(place=str(inbox), **ZONE)
    assert bench.pulls.check("it") == f"{inbox} holds 3 files that match (0.0 MB)."
    seen = []
    read = bench.connections.open(bench.connections.get("it")).read("files", None)
    for batch in read:
        seen += [record["file"] for record in batch.records]
    assert seen == ["d2.json.gz", "d2.json.gz", "d10.json", "sub/d1.json"]
    assert (bench.run().new, bench.run().records) == (4, 0)
    (inbox / "d11.json").write_bytes(events("e"))
    assert bench.run().records == 1
    assert bench.ids() == ["a", "b", "c", "d", "e"]


def test_one_place_may_hold_files_of_several_tools(bench, inbox):
    call = {
        "type": "track",
        "event": "Seen",
        "messageId": "m1",
        "userId": "u1",
        "timestamp": "2026-03-01T09:00:00Z",
        "context": {},
    }
    (inbox / "calls.json").write_text(json.dumps(call) + "\n")
    (inbox / "events.json").write_bytes(events("a"))
    bench.connect(place=str(inbox), **ZONE)
    state = bench.run()
    assert (state.problem, bench.ids()) == ("", ["a", "m1"])


def test_a_file_that_was_written_anew_is_read_anew(bench, inbox):
    (inbox / "a.json").write_bytes(events("a"))
    bench.connect(place=str(inbox), **ZONE)
    bench.run()
    (inbox / "a.json").write_bytes(events("a", "b"))
    state = bench.run()
    assert (state.records, state.new, state.duplicates) == (2, 1, 1)


def test_a_file_that_somebody_is_writing_to_waits(bench, inbox):
    (inbox / "a.json").write_bytes(events("a"))
    bench.connect(place=str(inbox), settle_seconds="600", **ZONE)
    assert bench.run().records == 0
    long_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(inbox / "a.json", (long_ago, long_ago))
    assert bench.run().new == 1


def test_files_go_through_a_mapping_and_bad_rows_wait_to_be_read_again(bench, inbox, tmp_path):
    (tmp_path / "till.yaml").write_text(MAPPING)
    (inbox / "a.csv").write_text("who,at,total\nu1,2026-03-01T10:00Z,5\nu2,soon,6\nu3,2026-03-01T11:00Z\n")
    (inbox / "b.csv").write_text("who,at,total\nu1,2026-03-01T10:00Z,7\n")
    bench.connect(place=str(inbox), mapping=str(tmp_path / "till.yaml"))
    state = bench.run()
    assert (state.problem, state.new, state.rejected) == ("", 2, 2)
    assert bench.ids() == ["a.csv:2", "b.csv:2"]
    refused = bench.pulls.rejected(bench.connections.get("it"))
    assert {json.loads(one.record)["line"] for one in refused} == {3, 4}
    (tmp_path / "till.yaml").write_text(MAPPING.replace("occurred_at: at", "occurred_at: {literal: 2026-03-01T12:00Z}"))
    (again,) = bench.pulls.replay("it")
    assert (again.new, again.rejected) == (1, 1)
    assert bench.ids() == ["a.csv:2", "a.csv:3", "b.csv:2"]


def test_records_of_a_format_are_read_again_without_their_file(bench, inbox):
    (inbox / "a.json").write_bytes(events("a") + b'{"event": "Order", "properties": {"time": "?", "distinct_id": "u1"}}\n')
    bench.connect(place=str(inbox), **ZONE)
    assert bench.run().rejected == 1
    (inbox / "a.json").unlink()
    (again,) = bench.pulls.replay("it")
    assert (again.records, again.rejected) == (1, 1)
    (refused,) = bench.quarantine.rejected()
    bench.quarantine.keep(
        refused_job := "pull-it-files",
        [type(refused)(refused.place, refused.line, refused.reason, refused.record.replace('\\"?\\"', "1772355600"))],
    )
    (mended,) = bench.pulls.replay("it")
    assert (mended.new, bench.quarantine.count(refused_job)) == (1, 0)


def test_a_file_that_nobody_knows_costs_no_other_and_is_tried_again(bench, inbox):
    (inbox / "a.txt").write_text("nothing in particular\n")
    (inbox / "b.json").write_bytes(events("b"))
    (inbox / "c.zip").write_bytes(b"PK\x03\x04broken")
    bench.connect(place=str(inbox), **ZONE)
    state = bench.run()
    assert state.new == 1
    assert "2 files could not be read: a.txt: It is none of the exports" in state.problem
    assert "c.zip is a damaged zip" in state.problem
    (inbox / "a.txt").write_bytes(events("a"))
    assert bench.run().new == 1


def test_a_run_that_was_killed_goes_on_inside_the_file(bench, inbox, monkeypatch):
    from touchpath.services import pulling

    monkeypatch.setattr(folder_module, "_RECORDS_AT_ONCE", 10)
    monkeypatch.setattr(pulling, "_RECORDS_AT_ONCE", 10)
    (inbox / "a.json").write_bytes(events(*(f"a{n:02}" for n in range(55))))
    (inbox / "b.json").write_bytes(events(*(f"b{n:02}" for n in range(15))))
    bench.connect(place=str(inbox), **ZONE)
    real, calls = bench.lake.append, []

    def failing(*args, after=False, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            real(*args, **kwargs)
        if len(calls) in (3, 6):
            raise RuntimeError("killed")
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(bench.lake, "append", failing)
        assert "killed" in bench.run().problem
        assert "killed" in bench.run().problem
    last = bench.run()
    assert last.problem == ""
    assert last.duplicates == 0
    assert bench.ids() == sorted([f"a{n:02}" for n in range(55)] + [f"b{n:02}" for n in range(15)])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"place": "in"}, "Give the whole path"),
        ({"place": "ftp://x/y"}, "Give it as /a/folder, s3://"),
        ({"place": "s3://"}, "Give it as /a/folder, s3://"),
        ({"place": "/in", "options": "zone"}, "Write name=value"),
        ({"place": "/in", "options": "zoen=UTC"}, "No option is called 'zoen'. Did you mean 'zone'"),
        ({"place": "/in", "format": "ga5"}, "Did you mean 'ga4'"),
        ({"place": "/in", "format": "ga4", "options": "zone=UTC"}, "No option is called 'zone'"),
        ({"place": "/in", "settle_seconds": "soon"}, "Whole seconds"),
        ({"place": "/in", "mapping": "/nowhere.yaml"}, "no mapping file"),
        ({"place": "s3://b/p", "endpoint": "http://example.com"}, "Only https will do"),
        ({"place": "s3://b/p", "secret_key": "clear"}, "never kept in clear"),
    ],
)
def test_settings_are_checked_when_a_connection_is_added(bench, settings, says):
    with pytest.raises(BadInput, match=says):
        bench.connect(**settings)


def test_a_place_that_is_not_there_is_told(bench, tmp_path):
    bench.connect(place=str(tmp_path / "gone"))
    with pytest.raises(Missing, match="no such place"):
        bench.pulls.check("it")


@pytest.fixture
def storage(monkeypatch):
    monkeypatch.setenv("AK", "AKIATEST")
    monkeypatch.setenv("SK", "very-secret-key")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with StorageServer(Storage(page=7)) as server:
        server.storage.address = server.address
        yield server.storage


def connect_storage(bench, storage, place="s3://shop/exports", **more):
    keys = {"access_key": "env:AK", "secret_key": "env:SK", "region": "eu-west-1", "endpoint": storage.address}
    bench.connect(place=place, **keys, **ZONE, **more)


def test_object_storage_is_listed_in_pages_and_each_object_read_once(bench, storage):
    for n in range(20):
        storage.put(f"exports/day={n}/part-{n}.json.gz", gzip.compress(events(f"e{n:02}")))
    storage.put("exports-other/x.json", events("other"))
    storage.put("exports/note.txt", b"not this")
    connect_storage(bench, storage, pattern="*.json.gz")
    assert bench.pulls.check("it").startswith("s3://shop/exports holds 20 files")
    assert sum("list-type" in asked for _, _, asked, _ in storage.requests) >= 3
    state = bench.run()
    assert (state.problem, state.new) == ("", 20)
    storage.put("exports/day=20/part-20.json.gz", gzip.compress(events("e20")))
    storage.requests.clear()
    assert bench.run().new == 1
    assert {key for method, key, _, _ in storage.requests if method == "GET" and key} == {"exports/day=20/part-20.json.gz"}


def test_a_large_object_comes_whole(bench, storage):
    storage.put("exports/a.json", events(*(f"{n:06}" for n in range(20_000))))
    connect_storage(bench, storage)
    state = bench.run()
    assert (state.problem, state.new) == ("", 20_000)


def test_storage_that_is_busy_is_asked_again(bench, storage):
    storage.put("exports/a.json", events("a"))
    storage.busy = 2
    connect_storage(bench, storage)
    assert bench.run().new == 1


def test_storage_that_refuses_is_told_without_the_secret(bench, storage):
    storage.put("exports/a.json", events("a"))
    storage.locked = True
    connect_storage(bench, storage)
    with pytest.raises(Unavailable, match="cannot be listed") as told:
        bench.pulls.check("it")
    assert "very-secret-key" not in str(told.value)
    assert "very-secret-key" not in bench.run().problem


def test_a_bucket_that_is_not_there_is_told(bench, storage):
    connect_storage(bench, storage, place="s3://nowhere/exports")
    assert bench.run().problem
