"""Uploads: kept safely, tried out, imported beside the server, stopped, gone on with after a kill."""

import re
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.previews import preview_timelines
from touchpath.settings import Settings
from touchpath.sources.files import opening
from touchpath.sources.files.csv_rows import CsvRows
from touchpath.stores.upload_folder import UploadFolder, safe_name

ROWS = 150
MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: page.viewed, id: id, occurred_at: at, actors: {user: who}, value: n}
"""


def small_blocks(patch=setattr):
    patch(opening, "CsvRows", lambda path, layout: CsvRows(path, layout, block=900))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    small_blocks(monkeypatch.setattr)
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop", Settings(upload_limit_mb=1))
    yield opened
    opened.close()


def rows(bad=()):
    lines = [f"{i},2024-01-01T00:{i % 60:02},u{i % 7},{'x' if i in bad else i}" for i in range(ROWS)]
    return ("id,at,who,n\n" + "\n".join(lines) + "\n").encode()


def bring(workspace, content=None, name="rows.csv", mapping=MAPPING):
    receiving = workspace.incoming.uploads.receive(name)
    receiving.write(rows() if content is None else content)
    upload = receiving.finish()
    workspace.incoming.uploads.keep_mapping(upload.id, mapping)
    return upload.id


def until(workspace, id, *states, seconds=60):
    deadline = time.monotonic() + seconds
    while (shown := workspace.incoming.uploads.show(id)).upload.state not in states and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert shown.upload.state in states, shown
    return shown


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("orders.csv.gz", "orders.csv.gz"), ("../../etc/passwd", "passwd"), ("C:\\me\\ord\ners.csv", "ord_ers.csv"), ("..", "file"), ("", "file"),
        (".bashrc", "bashrc"), ("a/b/", "file"), ("заказы.csv", "заказы.csv"), ("x" * 300 + ".csv", "x" * 107 + ".csv"), ("a\x00b", "a_b"),
    ],
)  # fmt: skip
def test_names_lose_what_could_lead_elsewhere(name, kept):
    assert safe_name(name) == kept
    assert len(safe_name("é" * 500 + ".csv").encode()) <= 120


def test_an_upload_is_proposed_tried_and_imported(workspace):
    uploads = workspace.incoming.uploads
    receiving = uploads.receive("rows.csv")
    receiving.write(rows(bad=(3, 40)))
    id = receiving.finish().id
    uploads.recognise(id)
    assert "column: at" in uploads.mapping(id)
    uploads.keep_mapping(id, MAPPING)
    trial = uploads.try_out(id)
    assert (trial.whole, trial.preview.report.signals, trial.preview.report.rejected) == (True, 148, 2)
    assert workspace.signals.version == -1
    uploads.start(id)
    shown = until(workspace, id, "done")
    assert (shown.report.new, shown.report.rejected, shown.report.share_done) == (148, 2, 1.0)
    assert workspace.quarantine.count(shown.upload.job) == 2
    with pytest.raises(Conflict, match="imported already"):
        uploads.start(id)


@pytest.mark.parametrize("written", ["2024-01-01", "2024-01-01 00:00:00", "01/13/2024 00:00"])
def test_days_without_an_hour_are_days_of_the_workspace(written, tmp_path):
    create_workspace(tmp_path / "lima")
    with closing(open_workspace(tmp_path / "lima", Settings(time_zone="America/Lima"))) as opened:
        uploads = opened.incoming.uploads
        receiving = uploads.receive("visits.csv")
        receiving.write(b"user_id,joined_on\n" + b"".join(b"u%d,%s\n" % (number, written.encode()) for number in range(20)))
        id = uploads.recognise(receiving.finish().id).id
        first = uploads.try_out(id).preview.first_at
    assert re.fullmatch(r"2024-01-(01|13)T00:00:00-05:00", first.astimezone(ZoneInfo("America/Lima")).isoformat())


def test_faults_of_a_mapping_are_told_with_their_line_and_nothing_starts(workspace):
    uploads = workspace.incoming.uploads
    id = bring(workspace, mapping=MAPPING.replace("id: id", "id: idd"))
    trial = uploads.try_out(id)
    assert trial.preview is None
    assert [(fault.line, "idd" in fault.message) for fault in trial.faults] == [(4, True)]
    with pytest.raises(BadInput, match="idd"):
        uploads.start(id)
    assert uploads.show(id).upload.state == "kept"


def test_a_file_that_cannot_be_read_says_why_and_takes_a_mapping_by_hand(workspace):
    receiving = workspace.incoming.uploads.receive("empty.csv")
    receiving.write(b"id,at\n")
    upload = workspace.incoming.uploads.recognise(receiving.finish().id)
    assert "no rows" in upload.said
    assert workspace.incoming.uploads.mapping(upload.id) == ""


@pytest.mark.parametrize("place", ["/etc/passwd", "../mapping/mapping.yaml", "../upload.json", "files/../../upload.json"])
def test_a_mapping_from_the_browser_looks_up_nothing_outside(place, workspace):
    join = f"join:\n  - {{file: {place}, on: who, key: a, columns: {{b: b}}}}\n"
    id = bring(workspace, mapping=MAPPING.replace("signals:", join + "signals:"))
    (fault,) = workspace.incoming.uploads.try_out(id).faults
    assert "without any folder" in fault.message


def test_a_file_above_the_limit_or_without_content_leaves_nothing(workspace):
    uploads, folder = workspace.incoming.uploads, workspace.folder / "uploads"
    receiving = uploads.receive("big.csv")
    receiving.write(b"x" * 900_000)
    with pytest.raises(BadInput, match=r"larger than 1 MiB.*TOUCHPATH_UPLOAD_LIMIT_MB"):
        receiving.write(b"x" * 200_000)
    with pytest.raises(BadInput, match="empty"):
        uploads.receive("none.csv").finish()
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    folder = UploadFolder(tmp_path, 1 << 30)
    receiving = folder.receive("rows.csv")
    receiving.write(b"id\n")
    receiving._file.close()
    receiving._file = full.open("wb", buffering=0)
    with pytest.raises(Exception, match="disk is full"):
        receiving.write(b"x" * 100_000)
    assert folder.all() == []


def test_a_visitor_who_leaves_in_the_middle_leaves_nothing(workspace):
    receiving = workspace.incoming.uploads.receive("rows.csv")
    receiving.write(b"half a fi")
    receiving.abandon()
    assert workspace.incoming.uploads.all() == ()
    assert list((workspace.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("id", ["..", "../../etc", "0123456789abcdef", "ABC", ""])
def test_an_id_that_is_none_is_missing(id, workspace):
    with pytest.raises(Missing, match="no upload"):
        workspace.incoming.uploads.show(id)


def test_a_stopped_import_goes_on_where_it_was(workspace, monkeypatch):
    uploads, first = workspace.incoming.uploads, threading.Event()
    append, free = workspace.signals.append, threading.Event()

    def slowly(*given, **more):
        first.set()
        assert free.wait(30)
        return append(*given, **more)

    monkeypatch.setattr(type(workspace.signals), "append", lambda self, *given, **more: slowly(*given, **more))
    id = bring(workspace)
    uploads.start(id)
    assert first.wait(30)
    with pytest.raises(Conflict, match="Stop that first"):
        uploads.keep_mapping(id, "other")
    uploads.stop(id)
    assert uploads.show(id).stopping
    free.set()
    report = until(workspace, id, "stopped").report
    assert 0 < report.signals < ROWS
    uploads.start(id)
    assert until(workspace, id, "done").report.new == ROWS


def test_several_imports_take_turns_and_one_that_waits_can_be_stopped(workspace, monkeypatch):
    uploads, begun, free = workspace.incoming.uploads, threading.Event(), threading.Event()
    append = workspace.signals.append

    def slowly(self, *given, **more):
        begun.set()
        assert free.wait(30)
        return append(*given, **more)

    monkeypatch.setattr(type(workspace.signals), "append", slowly)
    one, two = bring(workspace), bring(workspace, mapping=MAPPING.replace("shop", "other"))
    uploads.start(one)
    assert begun.wait(30)
    uploads.start(two)
    assert uploads.show(two).upload.state == "waiting"
    uploads.stop(two)
    free.set()
    until(workspace, one, "done")
    until(workspace, two, "stopped")


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_uploads import bring, small_blocks
from touchpath.bootstrap import create_workspace, open_workspace
small_blocks()
create_workspace(Path(sys.argv[1]))
workspace = open_workspace(Path(sys.argv[1]))
append = workspace.signals.append
def dying(table, *, job=None, sequence=None):
    done = append(table, job=job, sequence=sequence)
    if sequence == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
type(workspace.signals).append = lambda self, table, **more: dying(table, **more)
workspace.incoming.uploads.start(bring(workspace))
import threading; threading.Event().wait(60)
"""


def test_a_killed_server_goes_on_and_neither_loses_nor_doubles(tmp_path, monkeypatch):
    small_blocks(monkeypatch.setattr)
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "shop"), str(Path(__file__).parent)], timeout=120)
    assert killed.returncode == -9
    workspace = open_workspace(tmp_path / "shop")
    try:
        (shown,) = workspace.incoming.uploads.all()
        assert shown.upload.state == "running"
        assert workspace.incoming.uploads.resume() == 1
        report = until(workspace, shown.upload.id, "done").report
        assert report.signals == ROWS
        assert sum(kind.signals for kind in workspace.signals.kinds()) == ROWS
    finally:
        workspace.close()


def test_a_server_that_ends_leaves_its_imports_asked_for(workspace):
    id = bring(workspace)
    workspace.incoming.uploads._closing.set()
    workspace.incoming.uploads.start(id)
    workspace.incoming.uploads.close()
    assert workspace.incoming.uploads.show(id).upload.state in ("running", "waiting")


def test_previewed_timelines_join_ids_that_one_signal_holds_in_any_order():
    def one(minute, *actors):
        return {"actors": list(actors), "occurred_at": minute}

    signals = [
        one(3, "user:a"),
        one(1, "anonymous:x"),
        one(9, "user:b"),
        one(2, "anonymous:x", "user:a"),
        one(4, "user:a"),
        one(5),
    ]
    for given in (signals, signals[::-1]):
        first, second = preview_timelines(given)
        assert set(first.actors) == {"user:a", "anonymous:x"}
        assert [row["occurred_at"] for row in first.signals] == [1, 2, 3, 4]
        assert (second.actors, second.total) == (("user:b",), 1)
    assert preview_timelines(signals, people=1, most=2)[0].total == 4
