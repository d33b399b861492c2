"""However facts arrive, the same is told about them: every query and every fold, through the whole stack, of every unit.

Told = all tables, notes and people of all documents (law_documents.py) over a fresh lake that holds the facts that count, built at
once and read by one thread. The laws let the same facts come in other ways, with questions in between, and must be told the same.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from law_documents import DOCUMENTS, UNITS, documents, experience
from law_facts import FIRST, Fact, draw_facts, shuffled, without
from law_shop import WEEK_START, ZONE, Shop, differences, folds, in_shards

import touchpath.timelines
from touchpath.engines.kept import KeptSummaries
from touchpath.engines.local import LocalEngine
from touchpath.model.keys import name_key
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import planned
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.query import Setting
from touchpath.services.queries.reading import read_asked
from touchpath.stores import timeline_unit
from touchpath.stores.timeline_builder import Limits
from touchpath.timelines.fold import ending_of
from touchpath.timelines.memberships import Shift
from touchpath.timelines.only import OnlySignals
from touchpath.timelines.who import LastBy

LOCAL = LocalEngine(1)
DAY = 86_400_000_000
MANY = (0, *range(100, 160))

#: Gives what is told by a fresh build of some facts.
Fresh = Callable[[Sequence[Fact]], dict[str, Any]]
#: What is told, and what should be.
Pair = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture
def fresh(tmp_path):
    """Told by a fresh build of some facts."""
    numbers = itertools.count()

    def tell(facts):
        with Shop(tmp_path / f"fresh-{next(numbers)}", Limits(10_000, 10_000, 1)) as shop:
            shop.append(facts)
            return shop.told(LOCAL)

    return tell


def test_every_query_has_documents():
    assert set(DOCUMENTS) == set(QUERIES)
    assert all(DOCUMENTS.values())


def test_every_fold_is_reached():
    """A class of timelines/ with `map` is the fold of a document, or in the list of the others."""
    there = set()
    for module in pkgutil.iter_modules(touchpath.timelines.__path__):
        found = importlib.import_module(f"touchpath.timelines.{module.name}")
        there |= {
            one
            for _, one in inspect.getmembers(found, inspect.isclass)
            if one.__module__ == found.__name__ and "end" in inspect.signature(getattr(one, "map", lambda: 0)).parameters
        }
    there -= {one for one in there if getattr(one, "_is_protocol", False)}
    reached = {type(fold) for fold in folds()} | {OnlySignals, Shift}  # a shift takes two periods and no others
    model = experience()
    for _, document in documents("person"):
        asked = read_asked(document, QUERIES, model)
        if asked.query.name != "features":
            from touchpath.model.time import Period
            from touchpath.timelines.arrays import TimelineSet

            period = asked.period or Period(FIRST, FIRST.replace(year=2027))
            setting = Setting(model, TimelineSet("person", (), 0, period.micros[1], ""), period, grain=asked.grain)
            fold = asked.query.fold(setting)
            reached |= {type(fold), type(getattr(fold, "of", fold))}
    assert {one.__name__ for one in there - reached} == set()


def test_every_fold_depends_on_the_end_of_the_data_as_it_says(tmp_path):
    """Two ends with the same mark, beyond the reach of a person's last signal: the same summary, so the kept one is right."""
    draw, compared = random.Random(5), set()
    with Shop(tmp_path / "shop", Limits(10_000, 10_000, 1)) as shop:
        shop.append(draw_facts(5, 200))
        ground = Ground(shop.experience, shop.files, LOCAL, ZONE, WEEK_START)
        for name, document in documents("person"):
            asked = read_asked(document, QUERIES, shop.experience, ZONE)
            if asked.query.name == "features":
                continue
            fold, frame = planned(ground, asked)
            shard = frame.timelines.shards[0]
            cells = frame.cut.cells(shard)
            for _ in range(40):
                early = frame.timelines.end + draw.randrange(12) * DAY // draw.choice([1, 24, 1000])
                late = early + draw.randrange(40) * DAY // draw.choice([1, 24, 1000])
                first, second = (ending_of(fold, cells.edges, end) for end in (early, late))
                if first.mark == second.mark and early < late:
                    closed = LastBy(early - first.reach).people(shard)
                    found = [fold.map(shard, cells, closed, end).summary for end in (early, late)]
                    assert found[0] == found[1], name
                    compared.add(asked.query.name)
    assert compared >= {"funnel", "retention", "sessions", "volume", "lifecycle", "paths", "tasks"}


def arrives_in_any_way(fresh: Fresh, folder: Path, seed: int) -> Iterator[Pair]:
    """Facts in another order, in pieces, some twice, with questions in between, the overlay folded in or not."""
    draw = random.Random(seed)
    facts = draw_facts(seed)
    expected, arriving, begin = fresh(facts), shuffled(facts, seed), 0
    limits, share = Limits(16, draw.choice([10, 24, 1000]), 2), draw.choice([0.2, 100.0])
    kept = KeptSummaries(LocalEngine(draw.choice([1, 3])))
    with Shop(folder / "live", limits, share) as shop, mock.patch.object(timeline_unit, "SMALL", 20):
        while begin < len(arriving):
            after = begin + draw.choice([5, 30, 60, 90])
            shop.append(arriving[begin:after] + draw.sample(arriving[:after], min(after, 2)))
            begin = after
            if draw.random() < 0.6:
                units = draw.sample(UNITS, 1)
                yield shop.told(kept, units=units), shop.told(LOCAL, units=units)
        yield shop.told(LOCAL), expected
        yield shop.told(kept), expected
    with Shop(folder / "live", Limits(16, 24, 2)) as again:
        yield again.told(LOCAL), expected


def is_erased(fresh: Fresh, folder: Path, seed: int) -> Iterator[Pair]:
    """Who is erased is as if they had never come: nobody's number keeps a trace, kept summaries least of all."""
    draw = random.Random(seed)
    facts = draw_facts(seed)
    gone = {f"user:{draw.randrange(9)}", f"anonymous:{draw.randrange(9)}"}
    kept = KeptSummaries(LocalEngine(2))
    with Shop(folder / "live", Limits(16, 24, 2)) as shop:
        shop.append(facts[:80])
        shop.told(kept)
        shop.append(facts[80:])
        shop.told(kept)
        shop.lake.forget(sorted(gone))
        expected = fresh(without(facts, gone))
        yield shop.told(kept), expected
        yield shop.told(LOCAL), expected


def is_in_shards(fresh: Fresh, folder: Path, seed: int) -> Iterator[Pair]:
    """The same timelines in one shard, two or seven."""
    facts = draw_facts(seed)
    with Shop(folder / "live", Limits(16, 24, 2)) as shop:
        shop.append(facts[:100])
        shop.told(LOCAL, units=["person"])
        shop.append(facts[100:])
        expected = fresh(facts)
        for count in (1, 2, 7):
            opened = {unit: in_shards(shop.files.open(unit, shop.experience.properties), count) for unit in UNITS}
            assert [len(one.shards) for one in opened.values()] == [count] * len(UNITS)
            yield shop.told(LocalEngine(count), opened), expected


# By seed 1 the overlay is folded in and three threads read; by the others of MANY it is not, or one reads.
@pytest.mark.parametrize(("law", "seed"), [(arrives_in_any_way, 1), (is_erased, 0), (is_in_shards, 0)])
def test_every_law_holds_for_some_facts(fresh, tmp_path, law, seed):
    for found, expected in law(fresh, tmp_path, seed):
        assert differences(found, expected) == []


@pytest.mark.slow
@pytest.mark.parametrize("law", [arrives_in_any_way, is_erased, is_in_shards])
@pytest.mark.parametrize("seed", MANY)
def test_every_law_holds_for_many_more_facts(fresh, tmp_path, law, seed):
    for found, expected in law(fresh, tmp_path, seed):
        assert differences(found, expected) == []


def test_a_merge_and_its_end_leave_no_trace(fresh, tmp_path):
    """A visitor who turns out to be one user joins them; a second user of the same device takes from them what may be either's."""
    facts = draw_facts(7, 60)
    common = {**facts[0], "source": "merge", "kind": "visit", "actors": ["anonymous:new"], "objects": {}}
    visitor = [{**common, "id": str(number), "occurred_at": FIRST + timedelta(days=number)} for number in range(5)]
    visitor.append({**common, "id": "between", "occurred_at": FIRST + timedelta(days=7)})
    link = {**common, "id": "link", "actors": ["user:1", "anonymous:new"], "occurred_at": FIRST + timedelta(days=6)}
    claim = {**link, "id": "claim", "actors": ["user:2", "anonymous:new"], "occurred_at": FIRST + timedelta(days=9)}
    kept = KeptSummaries(LocalEngine(2))
    with Shop(tmp_path / "live", Limits(16, 24, 2)) as shop:
        told, so_far = [], []
        for more in (facts + visitor, [link], [claim]):
            shop.append(more)
            so_far += more
            told.append(shop.told(kept, units=["person"]))
            assert differences(fresh(so_far), told[-1]) == []
    anonymous = name_key("anonymous:new")
    base = [found["person: volume 4"]["people"] for found in told]
    everybody = [
        set(found["person: volume 5"]["people"]["did"]) | set(found["person: volume 5"]["people"]["did not"]) for found in told
    ]
    assert [anonymous in people for people in everybody] == [True, False, True], base


def test_what_is_folded_in_meanwhile_changes_nothing(fresh, tmp_path):
    """Appends, questions and fold-ins at once, each on a thread of its own; in the end the same is told as by a fresh build."""
    facts = draw_facts(11, 100)
    kept, wrong = KeptSummaries(LocalEngine(2)), list[BaseException]()
    with (
        mock.patch.object(timeline_unit, "SMALL", 5),
        Shop(tmp_path / "live", Limits(16, 24, 2), 0.1, background=True) as shop,
    ):
        shop.append(facts[:20])
        done = threading.Event()

        def ask():
            try:
                while not done.is_set():
                    shop.told(kept)
            except BaseException as error:
                wrong.append(error)

        asking = [threading.Thread(target=ask) for _ in range(2)]
        for thread in asking:
            thread.start()
        for begin in range(20, len(facts), 25):
            shop.append(facts[begin : begin + 25])
        done.set()
        for thread in asking:
            thread.join()
        assert wrong == []
        assert differences(shop.told(kept), fresh(facts)) == []
