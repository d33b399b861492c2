"""After an erasure no byte of the person is left anywhere under the folder."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from touchpath.store.signals import Rejected
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.quarantine import QuarantineFile

ANN = "user:ann.smith@example.org"


def readable(folder: Path) -> str:
    """All that anyone can read under a folder: the bytes of every file, and the contents of Parquet files."""
    texts = []
    for path in folder.rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
            if path.suffix == ".parquet":
                texts.append(str(pq.read_table(path).to_pylist()))
                texts.append(str(pq.read_metadata(path).to_dict()))
    return "".join(texts)


@pytest.fixture
def busy_lake(lake, signals):
    """A lake with Ann, in first and second place, in large and small and replaced files."""
    for number in range(4):
        ann = {"id": f"a{number}", "actors": [ANN], "text": "ann wrote this"}
        second = {"id": f"b{number}", "actors": ["anonymous:7", ANN]}
        lake.append(signals(ann, second, {"id": f"c{number}", "actors": ["user:bob"]}))
        if number == 2:
            lake.compact()
    lake._log.checkpoint()
    return lake


def test_nothing_of_a_forgotten_person_is_left_on_disk(busy_lake, read, tmp_path):
    assert ANN in readable(tmp_path)
    assert busy_lake.forget([ANN]) == 8
    left = readable(tmp_path)
    assert ANN not in left
    assert "ann wrote this" not in left
    assert "user:bob" in left
    assert read(busy_lake, "id") == [(f"c{number}",) for number in range(4)]


def test_the_log_never_holds_a_text_of_a_signal(busy_lake, tmp_path):
    log = readable(tmp_path / "lake/signals/_delta_log")
    assert not any(text in log for text in ("ann.smith", "ann wrote", "bob", "page.viewed", "shop"))


def test_an_erasure_cut_short_is_finished_by_the_next_write(busy_lake, signals, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("touchpath.stores.delta_log.DeltaLog.drop_unused", lambda self, *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            busy_lake.forget([ANN])
    assert ANN in readable(tmp_path)
    busy_lake.append(signals({"id": "new", "actors": ["user:bob"]}))
    assert ANN not in readable(tmp_path)


def test_what_a_crashed_compaction_left_behind_is_erased_too(busy_lake, tmp_path):
    busy_lake.close()
    (tmp_path / "lake/spill").mkdir()
    (tmp_path / "lake/spill/00000.arrows").write_text(ANN)
    with DeltaLake(tmp_path / "lake") as lake:
        lake.forget([ANN])
    assert ANN not in readable(tmp_path)


def test_progress_of_jobs_outlives_an_erasure(busy_lake, signals, tmp_path):
    busy_lake.append(signals({"id": "x", "actors": ["user:bob"]}), job="import", sequence=7)
    busy_lake.forget([ANN])
    busy_lake.close()
    assert DeltaLake(tmp_path / "lake").progress("import") == 7


def test_a_lake_can_be_emptied_by_erasure_and_filled_again(lake, signals, read):
    lake.append(signals({"id": "1", "received_at": datetime(2026, 3, 2, tzinfo=UTC)}))
    assert lake.forget(["user:1"]) == 1
    assert (read(lake), lake.kinds(), lake.files()) == ([], [], [])
    lake.append(signals({"id": "1"}))
    assert read(lake, "id") == [("1",)]


def test_one_text_instead_of_a_list_of_actors_is_refused(lake):
    with pytest.raises(Exception, match="as a list"):
        lake.forget("user:1")


def test_quarantined_records_of_a_person_are_erased_too(tmp_path):
    quarantine = QuarantineFile(tmp_path / "quarantine.sqlite")
    records = ['{"actors": ["user:4711-ab"]}', "4711-ab;page", "x4711-abc;page", "Ann@Example.org,5", "bob@example.org,5"]
    quarantine.keep("import", [Rejected("file.csv", line, "bad time", record) for line, record in enumerate(records)])
    ann = "email:438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331"
    assert quarantine.forget(["user:4711-ab", ann]) == 3
    assert [one.line for one in quarantine.rejected()] == [2, 4]
