"""The log, while others write to it and sum it up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from deltalake.exceptions import DeltaError

from touchpath.model.errors import Unavailable
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.delta_log import DeltaLog


@pytest.fixture
def filled(tmp_path, signals):
    """A lake with three batches of a job, summed up in one checkpoint."""
    with DeltaLake(tmp_path / "lake") as lake:
        for sequence in range(3):
            lake.append(signals({"id": str(sequence)}), job="import", sequence=sequence)
        lake._log.drop_history(1)
        yield lake


def test_what_was_to_be_read_may_be_summed_up_at_that_moment(filled, monkeypatch):
    other = DeltaLog(filled._log.folder)
    look, dropped = other._look, []

    def look_and_lose():
        table = look()
        if not dropped:
            dropped.append(filled._log.drop_history(0))
        return table

    filled._log.commit([], [], new_rows=True, doing="nothing")
    monkeypatch.setattr(other, "_look", look_and_lose)
    assert other.progress("import") == 2
    assert dropped


def test_a_log_that_stays_unreadable_says_so(filled, monkeypatch):
    def fail(table):
        raise DeltaError("no such file")

    with pytest.raises(Unavailable, match="no such file"):
        filled._log._ask(fail)


def test_what_one_thread_sees_alone_is_no_other_ones(filled, signals):
    """A thread that asks while another one sums the log up must not read from a checkpoint that is gone."""
    log = filled._log
    log.commit([], [], new_rows=True, doing="nothing")
    with log.alone(), ThreadPoolExecutor(1) as beside:
        log.drop_history(0)
        assert beside.submit(log.progress, "import").result() == 2
        assert log.progress("import") == 2
