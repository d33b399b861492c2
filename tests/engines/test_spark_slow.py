"""What takes long on a real cluster: connections that end, workers that come back, answers too large, every vector."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from contract import VECTORS, differences, parted
from engine_folds import Held, Large

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import Unavailable
from touchpath.model.rules import EventRule
from touchpath.services.vectors import check_vectors
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Whole
from touchpath.timelines.volume import Volume

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

SEEN = Volume((EventRule(("seen",)),))


@pytest.fixture
def timelines():
    """Ninety people with one signal each, in four base shards and an overlay."""
    words = {"kind": ("", "seen", "left")}
    kinds = np.arange(90, dtype=np.int32) % 2 + 1
    whole = Timelines(np.arange(90), np.arange(91), np.arange(90) * 1000, kinds, {}, words)
    return parted(TimelineSet("person", (whole,), 0, 90_000, "v1"), 4)


@pytest.fixture
def here(timelines):
    """What this machine answers."""
    return LocalEngine(1).summarise(SEEN, timelines, Whole(), [])


def test_a_query_that_waits_goes_on_when_workers_come(connected, timelines, here, tmp_path):
    fold = Held(SEEN, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(connected.engine.summarise, fold, timelines, Whole(), [])
        fold.processes(answer)
        connected.cluster.kill_workers()
        connected.cluster.replace_killed()
        fold.let_go()
        assert differences(answer.result(120), here) == []


def test_after_the_driver_lost_its_java_process_the_next_query_connects_anew(connected, timelines, here):
    context = connected.engine.open().sparkContext
    os.kill(context._gateway.proc.pid, signal.SIGKILL)
    context._gateway.proc.wait(30)
    assert differences(connected.engine.summarise(SEEN, timelines, Whole(), []), here) == []


def test_a_java_process_that_dies_in_a_query_is_told_and_the_next_query_connects_anew(connected, timelines, here, tmp_path):
    fold, context = Held(SEEN, tmp_path), connected.engine.open().sparkContext
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(connected.engine.summarise, fold, timelines, Whole(), [])
        fold.processes(answer)
        os.kill(context._gateway.proc.pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="could not finish the query"):
            answer.result(60)
    fold.let_go()
    assert differences(connected.engine.summarise(SEEN, timelines, Whole(), []), here) == []


def test_another_cluster_is_refused_while_this_one_is_connected(connected):
    connected.engine.open()
    with pytest.raises(Unavailable, match=r"connected to the Spark cluster at spark://.* already"):
        replace(connected.engine, master="local[1]").open()


def test_answers_larger_than_the_driver_takes_are_told(connected, timelines):
    connected.engine.close()
    small = connected.patient(properties={**connected.engine.properties, "spark.driver.maxResultSize": "1m"}, task_signals=1)
    try:
        with pytest.raises(Unavailable, match=r"tasks take .* at most\. Ask for fewer periods"):
            small.summarise(Large(1 << 18), timelines, Whole(), [])
        here = LocalEngine(1).summarise(Large(100), timelines, Whole(), [])
        assert differences(small.summarise(Large(100), timelines, Whole(), []), here) == []
    finally:
        small.close()


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: file.stem)
def test_the_published_vectors_agree_on_a_cluster(connected, file):
    verdicts = check_vectors(file.read_bytes(), connected.engine, file.name)
    assert {v.case: v.differences for v in verdicts if not v.passed} == {}
