"""One contract for every engine, and the Spark engine on a real cluster: errors, cancelling, lost workers, versions, files."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from contract import differences, documents, every_query, fold_classes, folds_in, owners_of, parted, without_a_query
from engine_folds import Broken, Held, Refused, Signatures, stubborn, together

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.engines import spark_run
from touchpath.engines.local import LocalEngine
from touchpath.engines.shipping import pack
from touchpath.engines.spark import SparkEngine
from touchpath.engines.spark_run import Run, grouped
from touchpath.engines.versions import versions_here
from touchpath.model.errors import BadInput, Cancelled, Unavailable
from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.model.signal import Signal
from touchpath.services.ground import KeptCut
from touchpath.services.queries.catalogue import QUERIES
from touchpath.settings import load_settings
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.cut import prepare_cut
from touchpath.timelines.fold import Ask, Selection, Whole
from touchpath.timelines.volume import Volume

pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning"
)  # asked for by mapInArrow

#: Queries that give rows instead of a summary, which no engine is asked for.
ROWS = {"features"}
SEEN = Volume((EventRule(("seen",)),))


@pytest.fixture(scope="module")
def asked():
    """By query and unit: timelines in several shards and an overlay, and what is asked of them."""
    return {**every_query(), ("without a query", "person"): without_a_query()}


@pytest.fixture(scope="module")
def expected(asked):
    """What one thread on this machine answers."""
    return {key: [call.by(LocalEngine(1), timelines) for call in calls] for key, (timelines, calls) in asked.items()}


def people(count: int = 60, shards: int = 5) -> TimelineSet:
    """Made-up people in several shards."""
    draw = np.random.default_rng(count)
    starts = np.concatenate([[0], np.cumsum(draw.integers(0, 9, count))])
    signals = int(starts[-1])
    owner, times = np.repeat(np.arange(count), np.diff(starts)), draw.integers(0, 10**9, signals)
    columns = {"channel": draw.integers(0, 4, signals).astype(np.int32)}
    words = {"kind": ("", "seen", "bought", "left"), "channel": ("", "web", "app", "shop")}
    kinds = draw.integers(1, 4, signals).astype(np.int32)
    whole = Timelines(np.arange(count), starts, times[np.lexsort((times, owner))], kinds, columns, words)
    return parted(TimelineSet("person", (whole,), 0, int(times.max()), "v1"), shards - 1)


def without(shard: Timelines, owner: int) -> Timelines:
    """The same timelines without those of an owner."""
    return owners_of(shard, np.flatnonzero(shard.owners != owner))


# -- the contract -------------------------------------------------------------------------------------------------------


def test_every_query_and_every_fold_is_held_to_the_contract(asked):
    assert set(documents()) - ROWS == set(QUERIES) - ROWS
    assert {name for name, _ in asked} >= set(QUERIES) - ROWS
    held = set().union(*(folds_in(call.fold) for _, calls in asked.values() for call in calls))
    assert set(fold_classes()) - held == set()


def test_the_contract_holds_what_it_should(asked, expected):
    answers = [answer for key in asked for answer in expected[key]]
    calls = [call for _, calls in asked.values() for call in calls]
    assert {unit for _, unit in asked} >= {"person", "account", "subscription"}
    assert any(timelines.shards[0].skip.any() for timelines, _ in asked.values())
    assert sum(isinstance(answer, Refused) for answer in answers) > 10
    assert sum(bool(call.who) for call in calls) > 50
    assert sum(isinstance(answer, Selection) and answer.keys.size > 0 for answer in answers) > 50
    assert {len(timelines.shards) for timelines, _ in asked.values()} == {4}


def test_threads_change_no_bit(asked, expected):
    for key, (timelines, calls) in asked.items():
        found = [call.by(LocalEngine(2), timelines) for call in calls]
        assert differences(found, expected[key], str(key)) == []


def summaries(calls, every: int) -> list[int]:
    """The places of the calls for summaries: of those for the same folds the first, and then one in so many."""
    places, met = [], Counter()
    for place, call in enumerate(calls):
        if call.outcomes is None:
            folds = frozenset(folds_in(call.fold))
            places += [place] if met[folds] % every == 0 else []
            met[folds] += 1
    return places


@pytest.mark.parametrize(
    ("engine", "every"),
    [("one thread", 1), ("two threads", 1), ("cluster", 4), pytest.param("cluster", 1, marks=pytest.mark.slow)],
)
def test_asked_together_no_bit_changes(engine, every, request, asked, expected):
    """On the cluster, half of the shards are added by a worker, half by the driver."""
    for key, (timelines, calls) in asked.items():
        if engine == "cluster":
            half = sum(shard.signals for shard in timelines.shards) // (2 if key[1] == "person" else 1)
            runs = request.getfixturevalue("connected").patient(task_signals=half)
        else:
            runs = LocalEngine(1 if engine == "one thread" else 2)
        places = summaries(calls, every)
        found = together([calls[place] for place in places], runs, timelines)
        assert differences(found, [expected[key][place] for place in places], str(key)) == []


def test_a_cluster_gives_the_same_summaries_people_and_errors(connected, asked, expected):
    """A selection of each query, some summaries and some errors, asked one by one."""
    few = dict.fromkeys(["summary", "error"], 3)
    for key, (timelines, calls) in asked.items():
        chosen = {}
        for call, answer in zip(calls, expected[key], strict=True):
            what = "error" if isinstance(answer, Refused) else "selection" if isinstance(answer, Selection) else "summary"
            if what != "selection" or answer.keys.size:
                chosen.setdefault(what, (call, answer))
        for what, (call, answer) in chosen.items() if key[1] == "person" else ():
            few[what] = few.get(what, 100) - 1
            if few[what] >= 0:
                assert differences(call.by(connected.engine, timelines), answer, call.about) == []
    assert max(few["summary"], few["error"]) <= 0
    assert few["selection"] < 90


def test_workers_compile_each_kernel_once(connected):
    """After all of the contract: arrays that travelled are as those on this machine, so there is one signature."""
    counts = connected.patient(task_signals=1).summarise(Signatures(), people(), Whole(), ()).counts
    assert len(counts) > 20
    assert {name: count for name, count in counts.items() if count > 1} == {}


def test_cells_that_are_kept_here_stay_here(connected):
    """A cut keeps the cells of shards by their place in memory, which means nothing elsewhere."""
    timelines = people()
    cut, segments = prepare_cut(timelines, (), Dimension("spot", "Spot", "channel"))
    assert len(segments) > 2
    kept, fresh = KeptCut(cut), KeptCut(cut)
    here = LocalEngine(1).summarise(SEEN, timelines, kept, [])
    assert len(pickle.dumps(kept)) == len(pickle.dumps(fresh))
    for engine in (connected.engine, connected.patient(task_signals=1)):
        assert differences(engine.summarise(SEEN, timelines, kept, []), here) == []


def test_an_empty_workspace_has_a_summary_too(connected):
    nobody = TimelineSet("person", (), 0, 0, "v1")
    assert connected.engine.summarise(SEEN, nobody, Whole(), []) == LocalEngine().summarise(SEEN, nobody, Whole(), [])


def test_answers_of_many_tasks_are_added_up_on_workers(connected):
    timelines = people(120, 9)
    parcels = [parcel for number, shard in enumerate(timelines.shards) for parcel in pack(number, shard)]
    run = Run(connected.engine.open(), lambda: False, 60, task_signals=1, most_answers=2)
    from touchpath.engines.executor import Question
    from touchpath.engines.shards import add_summaries, ask_summary

    replies = run.replies(parcels, Question(ask_summary(SEEN, timelines, Whole(), []), add_summaries, timelines.words))
    assert len(list(grouped(parcels, 8, 1))) > 2 >= len(replies)
    assert add_summaries([pickle.loads(reply.content) for reply in replies]) == LocalEngine(1).summarise(
        SEEN, timelines, Whole(), []
    )


def test_no_words_of_timelines_stay_in_files_of_the_driver(connected):
    """They hold what people wrote into properties, who may be erased a moment later."""
    timelines = people()
    words = {**timelines.words, "channel": ("", "web", "app", "zorawyth")}
    told = replace(timelines, shards=tuple(replace(shard, words=words) for shard in timelines.shards))
    connected.engine.summarise(SEEN, told, Whole(), [])
    folder = Path(connected.engine.open().sparkContext._temp_dir)
    assert [file.name for file in folder.rglob("*") if file.is_file() and b"zorawyth" in file.read_bytes()] == []


# -- errors, cancelling, many at once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [BadInput, ZeroDivisionError])
def test_an_error_keeps_its_type_its_words_and_names_its_shard(connected, error):
    timelines = people()
    moved = int(timelines.shards[4].owners[9])
    timelines = replace(timelines, shards=(*(without(shard, moved) for shard in timelines.shards[:4]), timelines.shards[4]))
    for engine in (connected.engine, LocalEngine(2)):
        with pytest.raises(error, match=f"Owner {moved} cannot be read") as caught:
            engine.summarise(Broken(moved, error), timelines, Whole(), [])
        assert caught.value.__notes__ == [
            f"in shard 4 ({timelines.shards[4].people} owners, {timelines.shards[4].signals} signals)"
        ]


def test_an_error_among_several_questions_costs_the_others_nothing(connected):
    timelines = people()
    asks = [Ask(SEEN, Whole()), Ask(Broken(18), Whole()), Ask(Broken(18, stubborn), Whole()), Ask(SEEN, Whole())]
    found, here = (engine.summarise_all(asks, timelines) for engine in (connected.engine, LocalEngine(1)))
    assert differences([found[0], found[3]], [here[0], here[3]]) == []
    assert (type(found[1].error), str(found[1].error)) == (BadInput, "Owner 18 cannot be read.")
    assert str(found[2].error) == str(here[2].error)
    assert found[1].error.__notes__ == here[1].error.__notes__


def test_trouble_of_a_worker_is_told_after_some_tries(connected):
    with pytest.raises(Unavailable, match="could not finish the query: MemoryError: Owner 17"):
        connected.engine.summarise(Broken(17, MemoryError), people(), Whole(), [])


def test_a_cancelled_query_stops_on_the_cluster(connected, tmp_path):
    stop, fold = threading.Event(), Held(SEEN, tmp_path)
    engine = connected.patient(cancelled=stop.is_set)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(engine.summarise, fold, people(), Whole(), [])
        fold.processes(answer)
        stop.set()
        with pytest.raises(Cancelled):
            answer.result(60)
    tracker = engine.open().sparkContext.statusTracker()
    assert list(tracker.getActiveJobsIds()) == []
    with pytest.raises(Cancelled):
        engine.summarise(SEEN, people(), Whole(), [])


def test_many_threads_share_the_cluster_and_a_short_query_does_not_wait_for_a_long_one(connected, tmp_path):
    timelines, long = people(), Held(SEEN, tmp_path)
    here = LocalEngine(1).summarise(SEEN, timelines, Whole(), [])
    with ThreadPoolExecutor(7) as pool:
        held = pool.submit(connected.engine.summarise, long, timelines, Whole(), [])
        long.processes(held)
        short = [pool.submit(connected.engine.summarise, SEEN, timelines, Whole(), []) for _ in range(6)]
        assert all(differences(answer.result(60), here) == [] for answer in short)
        assert not held.done()
        long.let_go()
        assert differences(held.result(60), here) == []


def test_answers_that_are_too_large_for_the_driver_are_told_in_words():
    from touchpath.engines.spark_words import in_words

    said = in_words(
        RuntimeError(
            "Job aborted due to stage failure: Total size of serialized results of 4 tasks (1200.0 MiB) is bigger than "
            "spark.driver.maxResultSize (1024.0 MiB)"
        )
    )
    assert "4 tasks take 1200.0 MiB, and Spark's driver takes 1024.0 MiB" in str(said)


# -- files --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A real workspace: 400 people in base shards, some of them touched since and therefore in the overlay."""
    folder = tmp_path_factory.mktemp("lake") / "w"
    create_workspace(folder)
    opened = open_workspace(folder, load_settings({}))
    opened.record(lived(person, step) for person in range(400) for step in range(1 + person % 5))
    opened.timelines.open("person", ("plan",))
    opened.record(lived(person, 9) for person in range(0, 400, 7))
    yield opened
    opened.close()


def lived(person: int, step: int) -> Signal:
    """One signal of somebody."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=person % 31, hours=7 * step)
    properties = {"plan": ("free", "pro")[person % 2], "hidden": str(person % 3)}
    kind = ("seen", "bought", "left")[step % 3]
    return Signal(
        "test", f"{person}.{step}", kind, at, (f"user:{person}",), channel=("web", "app")[step % 2], properties=properties
    )


PLANS = Volume((EventRule(("seen",), (Condition("properties.plan", "equals", "pro"),)), EventRule(("left",))))


def watched(monkeypatch) -> list:
    """What leaves for the cluster, group by group."""
    left, true = [], spark_run.grouped
    monkeypatch.setattr(spark_run, "grouped", lambda parcels, *more: left.extend(parcels) or true(parcels, *more))
    return left


def test_workers_open_the_files_themselves(connected, workspace, monkeypatch):
    left, timelines = watched(monkeypatch), workspace.timelines.open("person", ("plan",))
    assert timelines.shards[0].skip.any()
    found = connected.engine.summarise(PLANS, timelines, Whole(), [])
    assert differences(found, LocalEngine(1).summarise(PLANS, timelines, Whole(), [])) == []
    *base, overlay = left
    assert base
    assert all(parcel.by_hand is None for parcel in base)
    assert overlay.by_hand is not None
    shard = timelines.shards[0]
    travels = len(pickle.dumps(base[0])) - shard.skip.nbytes
    assert travels < 5_000


def test_only_the_keys_of_an_undeclared_property_travel(connected, workspace):
    queries = [{"query": "volume", "of": [{"kind": "seen", "where": {"properties.hidden": value}}]} for value in ("0", "2")]
    here = [workspace.platform.ask(query).tables for query in queries]
    there = replace(workspace.platform, engine=connected.engine)
    assert [there.ask(query).tables for query in queries] == here


def test_a_base_that_was_built_anew_is_sent_and_a_large_one_is_told(connected, workspace, monkeypatch):
    """An answer goes on with the base that it began with, even when its files are gone."""
    timelines = workspace.timelines.open("person", ("plan",))
    here = LocalEngine(1).summarise(PLANS, timelines, Whole(), [])
    workspace.timelines.rebuild("person", ("plan",))
    left = watched(monkeypatch)
    assert differences(connected.engine.summarise(PLANS, timelines, Whole(), []), here) == []
    assert left[0].by_hand is None
    for file in workspace.folder.joinpath("timelines").rglob("*"):
        if file.is_file() and file.suffix not in (".json", ""):
            file.rename(file.with_name(f"{file.name}.away"))
    try:
        fresh = connected.engine.summarise(PLANS, timelines, Whole(), [])
        assert differences(fresh, here) == []
        assert any(parcel.by_hand is not None and parcel.place[0] == 0 for parcel in left)
        with pytest.raises(Unavailable, match=r"cannot open the files of \d+ of \d+ shards.*under the same path"):
            connected.patient(most_sent=100).summarise(PLANS, timelines, Whole(), [])
    finally:
        for file in workspace.folder.joinpath("timelines").rglob("*.away"):
            file.rename(file.with_suffix(""))


def test_the_doors_use_the_engine_of_the_settings(connected, workspace):
    """From the settings to an answer: the connection of this process is used."""
    query = {"query": "funnel", "steps": ["seen", "bought"], "window": "7d", "grain": "week"}
    settings = load_settings({"TOUCHPATH_ENGINE": "spark", "TOUCHPATH_SPARK_MASTER": connected.cluster.master})
    connected.engine.open()
    chosen = open_workspace(workspace.folder, settings)
    try:
        assert isinstance(chosen.platform.engine.engine, SparkEngine)
        assert chosen.platform.ask(query).tables == workspace.platform.ask(query).tables
    finally:
        chosen.close()


# -- versions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["touchpath", "numpy"])
def test_another_version_on_a_worker_is_told_with_both(connected, package):
    folder = connected.versions / f"{package}-99.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 99.1\n")
    try:
        with pytest.raises(Unavailable, match=rf"{package} is [0-9.]+ here and 99\.1 there.*Install the same"):
            connected.engine.summarise(SEEN, people(), Whole(), [])
    finally:
        (folder / "METADATA").unlink()
        folder.rmdir()
    connected.engine.summarise(SEEN, people(), Whole(), [])


def test_other_code_under_the_same_version_is_told(connected, monkeypatch):
    found = {**versions_here(), "touchpath's code": "0badc0de"}
    monkeypatch.setattr(spark_run, "versions_here", lambda: found)
    with pytest.raises(Unavailable, match=r"touchpath's code is 0badc0de here and [0-9a-f]{8} there"):
        connected.engine.summarise(SEEN, people(), Whole(), [])


def test_another_python_on_a_worker_is_told_with_both(connected, monkeypatch):
    monkeypatch.setattr(connected.engine.open().sparkContext, "pythonVer", "3.99")
    with pytest.raises(Unavailable, match=r"Python is 3\.99 here and 3\.\d+ there"):
        connected.engine.summarise(SEEN, people(), Whole(), [])


# -- lost processes -----------------------------------------------------------------------------------------------------


def asked_while(connected, fold, strike):
    """The answer to a query during which something happens to those who work on it."""
    engine = connected.patient(task_signals=1)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(engine.summarise, fold, people(), Whole(), [])
        strike(fold.processes(answer)[0])
        fold.let_go()
        return answer.result(120)


def test_a_killed_python_process_changes_nothing(connected, tmp_path):
    found = asked_while(connected, Held(SEEN, tmp_path), lambda process: os.kill(process, signal.SIGKILL))
    assert differences(found, LocalEngine(1).summarise(SEEN, people(), Whole(), [])) == []


def test_a_killed_worker_changes_nothing(connected, tmp_path):
    connected.cluster.replace_killed()
    found = asked_while(connected, Held(SEEN, tmp_path), connected.cluster.kill_worker_of)
    assert differences(found, LocalEngine(1).summarise(SEEN, people(), Whole(), [])) == []
    assert len(connected.cluster.workers) == 1


def test_without_any_worker_a_query_ends_in_bounded_time_and_says_what_to_do(connected, tmp_path):
    engine, fold = connected.patient(patience_seconds=2), Held(SEEN, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(engine.summarise, fold, people(), Whole(), [])
        fold.processes(answer)
        connected.cluster.kill_workers()
        with pytest.raises(Unavailable, match=r"no worker of the Spark cluster at spark://.*Start a worker"):
            answer.result(60)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="no worker"):
        engine.summarise(SEEN, people(), Whole(), [])
    assert time.monotonic() - began < 30
