"""What an import brought can be taken out again, and what is too old goes; in both cases for good, and nothing else goes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from touchpath.stores.delta_lake import DeltaLake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMPORTED, SINCE = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


@pytest.fixture
def corrected(lake, signals):
    """Signal 1 said 1, then an import said 2 (and brought 9), then somebody said 3; in three files."""
    lake.append(signals({"id": "1", "value": 1.0}, {"id": "2", "value": 1.0}))
    imported = [{"id": "1", "value": 2.0}, {"id": "9", "text": "merrowdene"}]
    lake.append(signals(*(row | {"received_at": IMPORTED} for row in imported)), job="file", sequence=0)
    lake.append(signals({"id": "1", "value": 3.0, "received_at": SINCE}))
    return lake


def test_an_undone_import_lets_what_it_had_corrected_count_again(lake, signals, read):
    lake.append(signals({"id": "1", "value": 1.0}))
    lake.append(signals({"id": "1", "value": 2.0, "received_at": IMPORTED}))
    assert lake.forget_import("shop", IMPORTED) == 1
    assert read(lake, "id", "revision", "value") == [("1", 0, 1.0)]
    assert lake.kinds()[0].signals == 1


def test_revisions_are_numbered_without_a_gap_afterwards(corrected, read):
    assert corrected.forget_import("shop", IMPORTED) == 2
    assert read(corrected, "id", "revision", "value") == [("1", 0, 1.0), ("1", 1, 3.0), ("2", 0, 1.0)]


def test_a_first_revision_that_was_imported_leaves_its_number_to_the_next(lake, signals, read):
    lake.append(signals({"value": 1.0, "received_at": IMPORTED}))
    lake.append(signals({"value": 2.0}, {"value": 3.0}))
    lake.forget_import("shop", IMPORTED)
    assert read(lake, "revision", "value") == [(0, 2.0), (1, 3.0)]
    assert lake.append(signals({"value": 3.0})).duplicates == 1
    assert lake.append(signals({"value": 1.0})).corrections == 1
    assert read(lake, "revision", "value") == [(0, 2.0), (1, 3.0), (2, 1.0)]


@pytest.mark.parametrize("reopened", [False, True])
def test_the_same_import_can_be_done_again_as_new(lake, signals, read, reopened, tmp_path):
    lake.append(signals({"id": "1"}))
    batch = signals(*({"id": str(number), "received_at": IMPORTED} for number in range(5, 9)))
    lake.append(batch, job="file", sequence=0)
    lake.forget_import("shop", IMPORTED, "file")
    assert (read(lake, "id"), lake.progress("file")) == ([("1",)], None)
    if reopened:
        lake.close()
        (tmp_path / "lake/ids/manifest.json").unlink()
    assert lake.append(batch, job="file", sequence=0).new == 4
    assert lake.append(batch, job="file", sequence=0).new == 0
    assert (len(read(lake)), lake.progress("file")) == (5, 0)


def test_a_job_that_brought_only_duplicates_starts_over_too(lake, signals):
    lake.append(signals({"id": "1"}))
    lake.append(signals({"id": "1", "received_at": IMPORTED}), job="file", sequence=0)
    assert lake.forget_import("shop", IMPORTED, "file") == 0
    assert lake.progress("file") is None


def test_another_source_and_another_moment_stay(corrected, signals, read):
    corrected.append(signals({"source": "other", "id": "9", "received_at": IMPORTED}))
    before = read(corrected)
    assert corrected.forget_import("shop", IMPORTED + timedelta(microseconds=1)) == 0
    assert corrected.forget_import("nowhere", IMPORTED) == 0
    assert read(corrected) == before
    assert corrected.forget_import("shop", IMPORTED) == 2
    assert ("other", "9") in read(corrected, "source", "id")


def test_no_text_of_an_undone_import_is_left(corrected, tmp_path):
    def left() -> str:
        tables = [str(pq.read_table(path).to_pylist()) for path in Path(tmp_path).rglob("*.parquet")]
        return "".join(tables) + "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())

    assert "merrowdene" in left()
    corrected.forget_import("shop", IMPORTED)
    assert "merrowdene" not in left()


def test_an_undo_cut_short_after_the_commit_leaves_a_right_index(corrected, signals, read, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("touchpath.stores.id_index.IdIndex.add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            corrected.forget_import("shop", IMPORTED, "file")
    outcome = corrected.append(signals({"id": "1", "value": 3.0}, {"id": "9", "text": "merrowdene"}))
    assert (outcome.duplicates, outcome.new) == (1, 1)
    assert read(corrected, "id", "revision") == [("1", 0), ("1", 1), ("2", 0), ("9", 0)]


def test_signals_that_are_too_old_go_by_what_their_newest_revision_says(lake, signals, read):
    old, new = {"occurred_at": NOON - timedelta(days=400)}, {"occurred_at": NOON}
    lake.append(signals({"id": "old"} | old, {"id": "new"} | new, {"id": "said old"} | new, {"id": "said new"} | old))
    lake.append(signals({"id": "said old"} | old, {"id": "said new"} | new, {"id": "x", "source": "other"} | old))
    limit = NOON - timedelta(days=365)
    assert lake.count_before("shop", limit) == 3
    assert len(read(lake)) == 7
    assert lake.forget_before("shop", limit) == 3
    assert read(lake, "id", "revision") == [("new", 0), ("said new", 0), ("said new", 1), ("x", 0)]
    assert lake.forget_before("shop", limit) == 0


def test_a_signal_at_the_very_moment_stays(lake, signals, read):
    lake.append(signals({"id": "1", "occurred_at": NOON}))
    assert lake.forget_before("shop", NOON) == 0
    assert lake.forget_before("shop", NOON + timedelta(microseconds=1)) == 1


def test_a_signal_that_was_corrected_to_be_a_persons_goes_whole(lake, signals, read):
    lake.append(signals({"id": "1", "actors": ["user:bob"], "text": "ann wrote this"}, {"id": "2", "actors": ["user:ann"]}))
    lake.append(signals({"id": "1", "actors": ["user:ann"], "text": "ann wrote this"}, {"id": "2", "actors": ["user:bob"]}))
    assert lake.forget(["user:ann"]) == 3
    assert read(lake, "id", "revision", "actors") == [("2", 0, ["user:bob"])]


def test_revisions_left_after_an_erasure_are_known_as_they_are(lake, signals, read):
    lake.append(signals({"id": "2", "actors": ["user:ann"]}))
    lake.append(signals({"id": "2", "actors": ["user:bob"]}))
    lake.forget(["user:ann"])
    assert lake.append(signals({"id": "2", "actors": ["user:bob"]})).duplicates == 1
    lake.close()
    with DeltaLake(lake._folder) as again:
        assert again.append(signals({"id": "2", "actors": ["user:bob"], "value": 1.0})).corrections == 1
