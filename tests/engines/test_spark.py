"""The Spark engine on a real cluster of two workers: the same bits as on this machine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from touchpath.engines.local import LocalEngine
from touchpath.engines.spark import SparkEngine
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Failed, Selection, Whole
from touchpath.timelines.volume import Volume

BAD = (Condition("value", "prefix", "a"),)

_spec = importlib.util.spec_from_file_location("engines_cluster", Path(__file__).with_name("cluster.py"))
cluster_module = importlib.util.module_from_spec(_spec)
sys.modules["engines_cluster"] = cluster_module
_spec.loader.exec_module(cluster_module)

pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning",  # asked for by mapInArrow, never used
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    cluster = cluster_module.Cluster(tmp_path_factory.mktemp("cluster"))
    properties = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.executor.memory": "512m"}
    engine = SparkEngine(cluster.master, properties=properties)
    try:
        yield engine
        engine.close()
    finally:
        cluster_module.stop_gateway()
        cluster.stop()


def shards(seed: int, count: int = 5, people: int = 40) -> TimelineSet:
    draw = np.random.default_rng(seed)
    words = {"kind": ("", "seen", "bought", "left")}

    def one(number: int) -> Timelines:
        sizes = draw.integers(0, 9, people)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        times = np.concatenate([np.sort(draw.integers(0, 10**9, size)) for size in sizes]).astype(np.int64)
        kinds = draw.integers(1, 4, times.size).astype(np.int32)
        skip = (draw.random(people) < 0.2).astype(np.uint8)
        return Timelines(np.arange(number * people, (number + 1) * people, dtype=np.int64), starts, times, kinds, {}, words, skip)

    return TimelineSet("person", tuple(one(number) for number in range(count)), 0, 10**9, "v1")


def test_summaries_and_selections_are_those_of_this_machine(spark):
    timelines, fold = shards(1), Volume((EventRule(("seen",)),))
    chosen = Selection("person", np.arange(0, 200, 3, dtype=np.int64), "some")
    for who in ([], [chosen]):
        assert spark.summarise(fold, timelines, Whole(), who) == LocalEngine(1).summarise(fold, timelines, Whole(), who)
    found, expected = (engine.select(fold, timelines, frozenset({0}), [], "seen") for engine in (spark, LocalEngine(1)))
    assert found.keys.tolist() == expected.keys.tolist()


def test_several_folds_in_one_job_are_those_of_this_machine(spark):
    timelines, rules = shards(2), (EventRule(("seen",)), EventRule(("bought",)))
    asks = [Ask(Volume(rules), Whole()), Ask(Volume(rules[:1], rules[1:]), Whole()), Ask(Volume((EventRule((), BAD),)), Whole())]
    found, expected = (engine.summarise_all(asks, timelines) for engine in (spark, LocalEngine(1)))
    assert found[:2] == expected[:2]
    assert isinstance(found[2], Failed)
    assert str(found[2].error) == str(expected[2].error)


def test_an_empty_workspace_has_a_summary_too(spark):
    nobody, fold = TimelineSet("person", (), 0, 0, "v1"), Volume((EventRule(("seen",)),))
    assert spark.summarise(fold, nobody, Whole(), []) == LocalEngine().summarise(fold, nobody, Whole(), [])
