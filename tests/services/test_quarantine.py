"""The quarantine: grouped by reason, tried again without writing, taken after a mend, given up."""

import json
import sqlite3
import threading
import time
from datetime import UTC, datetime

import msgspec
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.signal import Signal
from touchpath.services.masks import mask, mask_quoted
from touchpath.services.quarantine import read_signal
from touchpath.services.record import LONGEST, _shown
from touchpath.sources.wire.native import SignalIn
from touchpath.store.signals import Rejected, reason_pattern
from touchpath.store.spool import Post
from touchpath.stores.quarantine import QuarantineFile

MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: order.placed, id: id, occurred_at: at, actors: {user: who}, value: n}
"""
MENDED = MAPPING.replace("value: n", "value: {column: n, map: {much: 99}}")
CSV = "id,at,who,n\n" + "".join(
    f"{i},{'yesterday' if i == 9 else f'2026-01-0{i % 9 + 1}'},u{i % 3},{'much' if i % 4 == 0 else i}\n" for i in range(20)
)


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    yield opened
    opened.close()


def brought(workspace, mapping=MAPPING):
    uploads = workspace.incoming.uploads
    receiving = uploads.receive("orders.csv")
    receiving.write(CSV.encode())
    id = receiving.finish().id
    uploads.keep_mapping(id, mapping)
    uploads.start(id)
    deadline = time.monotonic() + 60
    while uploads.show(id).upload.active and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return uploads.show(id).upload


@pytest.mark.parametrize(
    ("reason", "pattern"),
    [
        ("The time '31.02.2026' cannot be read.", "The time … cannot be read."),
        ("Line 7 has 12 cells, the header 1,208.", "Line N has N cells, the header N"),
        ('The name "Zoë\'s" is long', "The name … is long"),
        ("It begins 'and never ends", "It begins …"),
        ("x" * 900, "x" * 500),
        ("Line 7 needs a SHA-256 by RFC3339, not -3", "Line N needs a SHA-256 by RFC3339, not -N"),
    ],
)
def test_reasons_that_differ_in_what_they_quote_are_one(reason, pattern):
    assert reason_pattern(reason).startswith(pattern.rstrip("."))


def test_masks_keep_the_form_and_hide_the_words():
    assert mask('{"who": "Zoë 42", "naïve": "日本"}') == '{"xxx": "xxx 00", "xxxxx": "xx"}'
    assert mask_quoted("The time 'Anna, 3 May' cannot be read.") == "The time 'xxxx, 0 xxx' cannot be read."
    assert "secret" not in mask_quoted("The value 'secret is cut")


def test_imports_are_grouped_tried_and_taken_after_a_mend(workspace):
    upload, quarantine = brought(workspace), workspace.incoming.quarantine
    many, one = quarantine.groups()
    assert (many.records, one.records, many.title, many.origin, many.mendable) == (5, 1, "orders.csv", "import", True)
    assert len(many.samples) == 2
    assert "'much'" in many.samples[0].reason
    assert quarantine.retry(upload.job, many.pattern).taken == 0
    workspace.incoming.uploads.keep_mapping(upload.id, MENDED)
    version = workspace.signals.version
    tried = quarantine.retry(upload.job)
    assert (tried.taken, tried.refused, tried.signals) == (5, 1, 5)
    assert workspace.signals.version == version
    assert quarantine.total() == 6
    assert quarantine.retry(upload.job, many.pattern, keep=True).taken == 5
    assert quarantine.total() == 1
    assert workspace.signals.kinds()[0].signals == 19
    with pytest.raises(Missing, match="any more"):
        quarantine.group(upload.job, many.pattern)


def test_what_is_taken_later_belongs_to_its_import(workspace):
    upload = brought(workspace)
    workspace.incoming.uploads.keep_mapping(upload.id, MENDED)
    workspace.incoming.quarantine.retry(upload.job, keep=True)
    received = {row["received_at"] for batch in workspace.signals.scan(["received_at"]) for row in batch.to_pylist()}
    assert received == {workspace.imports.job(upload.job).started_at}


def test_without_its_file_an_import_says_how_to_replay_it(workspace):
    upload = brought(workspace)
    workspace.incoming.uploads.drop(upload.id)
    held = workspace.incoming.quarantine.groups()[0]
    assert not held.mendable
    assert f"touchpath replay {upload.job[:12]} orders.csv" in held.advice
    with pytest.raises(Conflict, match="touchpath replay"):
        workspace.incoming.quarantine.retry(upload.job)


def test_giving_up_erases_only_what_was_meant(workspace):
    upload, quarantine = brought(workspace), workspace.incoming.quarantine
    many, one = quarantine.groups()
    assert quarantine.give_up(upload.job, one.pattern) == 1
    assert [held.pattern for held in quarantine.groups()] == [many.pattern]
    assert quarantine.give_up(upload.job) == 5
    assert quarantine.groups() == ()
    assert b"yesterday" not in (workspace.folder / "quarantine.sqlite").read_bytes()


def test_groups_can_be_narrowed(workspace):
    brought(workspace)
    quarantine = workspace.incoming.quarantine
    assert len(quarantine.groups(origin="import")) == 2
    assert quarantine.groups(origin="live") == ()
    assert [held.records for held in quarantine.groups(words="TIME")] == [1]
    assert quarantine.groups(job="record") == ()
    with pytest.raises(BadInput, match="origin"):
        quarantine.groups(origin="moon")


class Loose(SignalIn):
    """As signals are sent, with room for long units."""

    unit: str | None = None


def bad(id, **more):
    return Signal("app", id, "page.viewed", datetime(2026, 1, 1, tzinfo=UTC), ("user:1",), unit="x" * 65, **more)


def test_refused_signals_of_two_calls_are_both_kept_and_tried_again_by_the_rules_of_today(workspace, monkeypatch):
    for id in ("a", "b"):
        with pytest.raises(BadInput, match="refused"):
            workspace.record([bad(id, objects={"order": "o1"}, properties={"plan": "pro"})])
    quarantine = workspace.incoming.quarantine
    (held,) = quarantine.groups()
    assert (held.records, held.origin, held.mendable) == (2, "record", True)
    assert (quarantine.retry("record").taken, quarantine.retry("record").refused) == (0, 2)
    monkeypatch.setitem(LONGEST, "unit", 70)
    assert quarantine.retry("record", keep=True).taken == 2
    assert quarantine.total() == 0
    assert workspace.signals.kinds()[0].signals == 2


def test_a_kept_signal_reads_back_as_it_was():
    one = bad("a", objects={"order": "o1"}, properties={"plan": "pro"}, text="hm", received_at=datetime(2026, 1, 2, tzinfo=UTC))
    back = read_signal(_shown(one))
    assert (back.id, back.actors, back.objects, back.received_at, back.occurred_at) == (
        one.id, one.actors, one.objects, one.received_at, one.occurred_at,
    )  # fmt: skip
    with pytest.raises(BadInput, match="no signal"):
        read_signal("{half")


def test_live_events_are_tried_and_taken_when_the_rules_let_them_in(workspace, monkeypatch):
    body = {
        "signals": [{"id": f"{n}", "kind": "seen", "occurred_at": "2026-03-01T11:00:00Z", "unit": "x" * 65} for n in range(3)]
    }
    monkeypatch.setattr(
        "touchpath.sources.wire.native._checked", lambda raw: (_ for _ in ()).throw(BadInput("The unit 'x' is too long."))
    )
    workspace.live.spool.keep(Post("native", "web", 1_772_362_800_000_000, "/v1/signals", "", json.dumps(body).encode())).result(
        30
    )
    workspace.live.drain.round()
    workspace.signals.close()
    quarantine = workspace.incoming.quarantine
    (held,) = quarantine.groups()
    assert (held.origin, held.title, held.records, held.mendable) == ("live", "web", 3, True)
    still = quarantine.retry(held.job)
    assert (still.taken, still.still) == (0, (("The unit … is too long.", 3),))
    monkeypatch.undo()
    monkeypatch.setattr("touchpath.sources.wire.native._checked", msgspec.json.Decoder(Loose).decode)
    monkeypatch.setitem(LONGEST, "unit", 70)
    assert quarantine.retry(held.job).taken == 3
    assert workspace.signals.kinds() == []
    assert quarantine.retry(held.job, held.pattern, keep=True).taken == 3
    assert (quarantine.total(), workspace.signals.kinds()[0].signals) == (0, 3)


def test_a_signal_of_a_live_event_that_the_lake_could_not_keep_is_tried_again_as_it_is(workspace, monkeypatch):
    workspace.quarantine.keep("live web", [Rejected("signal 7", 0, "too long", _shown(bad("a"))), Rejected("p", 1, "odd", "{")])
    quarantine = workspace.incoming.quarantine
    assert quarantine.retry("live web").taken == 0
    monkeypatch.setitem(LONGEST, "unit", 70)
    assert (quarantine.retry("live web", keep=True).taken, quarantine.total()) == (1, 1)


def test_a_job_that_nobody_knows_is_shown_and_can_be_given_up(workspace):
    workspace.quarantine.keep("x ../../etc/passwd", [Rejected("p", 1, "no", "{}")])
    held = workspace.incoming.quarantine.group("x ../../etc/passwd")
    assert (held.mendable, held.title) == (False, "x ../../etc/passwd")
    with pytest.raises(Conflict, match="cannot be tried again"):
        workspace.incoming.quarantine.retry(held.job)
    assert workspace.incoming.quarantine.give_up(held.job) == 1


def test_a_file_from_before_there_were_groups_is_grouped_once(tmp_path):
    path = tmp_path / "quarantine.sqlite"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE rejected (job TEXT NOT NULL, place TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, "
            "record TEXT NOT NULL, PRIMARY KEY (job, place, line)) WITHOUT ROWID"
        )
        rows = [("j", "f", i, f"The time 'x{i}' cannot be read.", "r") for i in range(3)]
        database.executemany("INSERT INTO rejected VALUES (?, ?, ?, ?, ?)", rows)
    database.close()
    kept = QuarantineFile(path)
    assert [(group.job, group.pattern, group.records) for group in kept.groups()] == [("j", "The time … cannot be read.", 3)]
    kept.keep("j", [Rejected("f", 9, "The time 'y' cannot be read.", "r")])
    assert kept.groups()[0].records == 4


def test_many_records_are_grouped_without_reading_them(tmp_path):
    kept = QuarantineFile(tmp_path / "quarantine.sqlite")
    kept.keep(
        "j", (Rejected("f", i, f"The {'time' if i % 2 else 'value'} '{i}' cannot be read.", "r" * 200) for i in range(50_000))
    )
    began = time.perf_counter()
    assert [group.records for group in kept.groups()] == [25_000, 25_000]
    assert time.perf_counter() - began < 2
