"""Imports: resumed, cancelled, previewed, replayed, and killed in the middle, without a signal lost or doubled."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from touchpath.services.imports import ImportService
from touchpath.sources.files import FileSource, opening
from touchpath.sources.files import feed as feed_module
from touchpath.sources.files.csv_rows import CsvRows
from touchpath.store.signals import Rejected
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.import_jobs import ImportJobFiles
from touchpath.stores.quarantine import QuarantineFile

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: page.viewed, id: id, occurred_at: at, actors: {user: who}, value: n}
"""
ROWS = 150


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(opening, "CsvRows", lambda path, layout: CsvRows(path, layout, block=900))


LAKES = []


@pytest.fixture(autouse=True)
def closed_lakes():
    yield
    while LAKES:
        LAKES.pop().close()


def service(folder):
    folder = Path(folder)
    parts = DeltaLake(folder / "lake"), QuarantineFile(folder / "quarantine"), ImportJobFiles(folder / "jobs")
    LAKES.append(parts[0])
    return ImportService(FileSource(), *parts, clock=lambda: NOW), *parts


def files(folder, rows=ROWS, mapping=MAPPING, bad=()):
    lines = [f"{i},2024-01-01T00:{i % 60:02},u{i % 7},{'x' if i in bad else i}" for i in range(rows)]
    (folder / "rows.csv").write_text("id,at,who,n\n" + "\n".join(lines) + "\n")
    (folder / "mapping.yaml").write_text(mapping)
    return folder / "rows.csv", folder / "mapping.yaml"


def content(lake, columns=("id", "revision", "value", "received_at")):
    return sorted(tuple(row.values()) for batch in lake.scan(columns) for row in batch.to_pylist())


def test_a_file_is_imported_once_however_often_it_is_asked_for(tmp_path):
    imports, lake, quarantine, _ = service(tmp_path)
    path, mapping = files(tmp_path, bad={3, 149})
    seen = []
    first = imports.run(path, mapping, progress=lambda report: seen.append(report.share_done))
    assert (first.read, first.new, first.duplicates, first.rejected, first.silent) == (150, 148, 0, 2, 0)
    assert first.complete
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert [(r.place, r.line, r.record) for r in quarantine.rejected(first.job)] == [
        ("rows.csv", 5, "3,2024-01-01T00:03,u3,x"),
        ("rows.csv", 151, "149,2024-01-01T00:29,u2,x"),
    ]
    assert imports.run(path, mapping) == first
    assert imports.jobs() == [first]
    assert len(content(lake)) == 148


def test_a_changed_file_is_a_new_job_and_its_old_rows_are_duplicates(tmp_path):
    imports, lake, _, _ = service(tmp_path)
    first = imports.run(*files(tmp_path))
    path, mapping = files(tmp_path, rows=160)
    path.write_text(path.read_text().replace("\n7,2024-01-01T00:07,u0,7\n", "\n7,2024-01-01T00:07,u0,7.5\n"))
    second = imports.run(path, mapping)
    assert second.job != first.job
    assert (second.new, second.duplicates, second.corrections) == (10, 149, 1)
    assert len(content(lake)) == 161


def test_a_cancelled_import_goes_on_where_it_stopped(tmp_path):
    imports, lake, _, _ = service(tmp_path)
    path, mapping = files(tmp_path)
    stopped = imports.run(path, mapping, progress=lambda report: report.sequence < 1)
    assert not stopped.complete
    assert stopped.sequence == 1
    assert 0 < stopped.share_done < 1
    done = imports.run(path, mapping)
    assert (done.read, done.new, done.duplicates) == (150, 150, 0)
    assert len(content(lake)) == 150


class Killed(Exception):
    """Stands for a kill at a point between two effects."""


@pytest.mark.parametrize("where", ["keep", "append", "save"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_between_any_two_effects_loses_and_doubles_nothing(tmp_path, monkeypatch, where, after):
    path, mapping = files(tmp_path, bad={i for i in range(ROWS) if i % 20 == 3})
    whole, undisturbed, kept, _ = service(tmp_path / "whole")
    whole.run(path, mapping)
    imports, lake, quarantine, jobs = service(tmp_path / "killed")
    part = {"keep": quarantine, "append": lake, "save": jobs}[where]
    real, calls = getattr(part, where), []

    def failing(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3 and not after:
            raise Killed
        result = real(*args, **kwargs)
        if len(calls) == 3:
            raise Killed
        return result

    monkeypatch.setattr(part, where, failing)
    with pytest.raises(Killed):
        imports.run(path, mapping)
    lake.close()
    again, lake, quarantine, _ = service(tmp_path / "killed")
    report = again.run(path, mapping)
    assert (report.read, report.rejected) == (150, 8)
    assert report.new + report.unsplit == 142
    assert report.duplicates == 0
    assert content(lake) == content(undisturbed)
    assert quarantine.rejected() == kept.rejected()


CHILD = """
import importlib.util
from pathlib import Path
spec = importlib.util.spec_from_file_location("imports_under_test", {file!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.opening.CsvRows = lambda path, layout: module.CsvRows(path, layout, block=8_000)
imports, *_ = module.service({folder!r})
imports.run(Path({path!r}), Path({mapping!r}), progress=lambda report: print(report.sequence, flush=True))
"""


def test_an_import_killed_with_kill_9_gives_the_same_lake_as_an_undisturbed_one(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "CsvRows", lambda path, layout: CsvRows(path, layout, block=8_000))
    path, mapping = files(tmp_path, rows=2_000, bad={17, 1_345})
    whole, undisturbed, kept, _ = service(tmp_path / "whole")
    whole.run(path, mapping)
    folder = tmp_path / "killed"
    child = CHILD.format(file=__file__, folder=str(folder), path=str(path), mapping=str(mapping))
    for batches, pause in ((2, 0.0), (1, 0.02)):
        process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True, env=os.environ)
        for _ in range(batches):
            assert process.stdout.readline()
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    imports, lake, quarantine, _ = service(folder)
    report = imports.run(path, mapping)
    assert report.complete
    assert (report.read, report.rejected, report.new + report.unsplit, report.duplicates) == (2_000, 2, 1_998, 0)
    assert content(lake) == content(undisturbed)
    assert quarantine.rejected() == kept.rejected()


def test_a_dry_run_tells_everything_and_writes_nothing(tmp_path):
    imports, lake, quarantine, jobs = service(tmp_path)
    path, mapping = files(tmp_path, bad={5})
    path.write_text(path.read_text() + "7,2024-03-01,u1,7\nbroken\n")
    preview = imports.preview(path, mapping, first=2)
    assert (preview.report.read, preview.report.signals, preview.report.rejected, preview.report.complete) == (152, 150, 2, True)
    assert [row["id"] for row in preview.first] == ["0", "1"]
    assert [(one.kind, one.signals) for one in preview.kinds] == [("page.viewed", 150)]
    assert (preview.first_at, preview.last_at) == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    assert [one.line for one in preview.rejected] == [7, 153]
    assert preview.repeated_ids == 1
    assert (lake.version, quarantine.rejected(), jobs.all()) == (-1, [], [])


def test_a_dry_run_of_an_empty_file_is_empty(tmp_path):
    imports, *_ = service(tmp_path)
    path, mapping = files(tmp_path, rows=0)
    preview = imports.preview(path, mapping)
    assert (preview.report.read, preview.kinds, preview.first_at, preview.repeated_ids) == (0, (), None, 0)


def test_quarantined_rows_are_replayed_by_a_mended_mapping(tmp_path):
    imports, lake, quarantine, _ = service(tmp_path)
    path, mapping = files(tmp_path, bad={3, 120})
    path.write_text(path.read_text() + "900,never,u1,1\n901\n")
    first = imports.run(path, mapping)
    assert first.rejected == 4
    mapping.write_text(MAPPING.replace("value: n", "value: {column: n, map: {x: 0}}"))
    replayed = imports.replay(first.job, path, mapping)
    assert (replayed.read, replayed.new, replayed.rejected) == (4, 2, 2)
    assert [(one.line, one.record) for one in quarantine.rejected(first.job)] == [(152, "900,never,u1,1"), (153, "901")]
    assert len(content(lake)) == 150
    assert imports.replay(first.job, path, mapping).new == 0


def test_records_without_kept_text_stay_in_the_quarantine(tmp_path):
    imports, _, quarantine, _ = service(tmp_path)
    path, mapping = files(tmp_path)
    quarantine.keep("job", [Rejected("rows.csv", 9, "not utf-8", "")])
    assert imports.replay("job", path, mapping).read == 0
    assert len(quarantine.rejected("job")) == 1


def test_signals_without_an_actor_are_counted(tmp_path):
    imports, *_ = service(tmp_path)
    path, mapping = files(tmp_path)
    path.write_text("id,at,who,n\n1,2024-01-01,,1\n2,2024-01-01,u,1\n")
    assert imports.run(path, mapping).people_unknown == 1


def test_the_looked_up_file_is_part_of_what_a_job_is(tmp_path):
    path, mapping = files(
        tmp_path, mapping=MAPPING.replace("signals:", "join: [{file: people.csv, on: who, columns: [age]}]\nsignals:")
    )
    (tmp_path / "people.csv").write_text("who,age\nu1,5\n")
    before = feed_module.FileSource().open(path, mapping).identity
    (tmp_path / "people.csv").write_text("who,age\nu1,6\n")
    assert feed_module.FileSource().open(path, mapping).identity != before
