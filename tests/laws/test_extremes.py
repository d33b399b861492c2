"""One person with very many signals, nobody at all, and one signal: every query answers, and none takes the square of the signals."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from law_documents import documents, experience
from law_facts import FIRST, KINDS
from law_shop import WEEK_START, ZONE

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.keys import name_key
from touchpath.model.time import to_micros
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import ask, select
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.features import read_features
from touchpath.services.queries.reading import read_asked
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Timelines, TimelineSet

LOCAL = LocalEngine(1)
FEW, MANY, VERY_MANY = 25_000, 200_000, 10_000_000
#: Eight times the signals may take this many times as long: n log n takes about 10, the square 64.
MOST_TIMES = 30
#: Known, and to be mended: two kinds of funnels try the signals of one instant against each other. 100,000 in one microsecond take
#: 9 s and 0.7 s. See docs/reference/laws.md.
SQUARE_OF_AN_INSTANT = {"funnel 3", "funnel 6"}
#: How the signals of the one person lie: over weeks, all in one instant, or in bursts of equal times.
SHAPES = ("spread", "instant", "bursts")
#: Columns of whole numbers that name a row, and count nothing.
LABELS = {"rating", "attempt", "intervals", "complete", "interval", "step"}
TEXTS = {
    "channel": ("", "web", "app", "shop", "mail"),
    "properties.plan": ("", "free", "pro", "team"),
    "properties.item": ("", "1", "2", "3"),
    "account": ("", "acme"),
}


class Stock:
    """Timelines of one unit that are there already."""

    def __init__(self, timelines: TimelineSet) -> None:
        self.timelines = timelines

    def open(self, unit="person", properties=()):
        return replace(self.timelines, unit=unit)


def one_person(signals: int, shape: str, seed: int = 1) -> TimelineSet:
    """One owner with so many signals of all kinds."""
    draw, first = np.random.default_rng(seed), to_micros(FIRST)
    span = 75 * 86_400_000_000
    times = {
        "spread": lambda: np.sort(draw.integers(0, span, signals)),
        "instant": lambda: np.full(signals, span // 2),
        "bursts": lambda: np.sort(draw.integers(0, max(signals // 50, 1), signals)) * (span // max(signals // 50, 1)),
    }[shape]()
    columns = {name: draw.integers(0, len(words), signals).astype(np.int32) for name, words in TEXTS.items()}
    columns |= {
        "key": np.arange(signals),
        "value": np.where(draw.random(signals) < 0.1, NO_VALUE, draw.integers(0, 11, signals) * VALUE_SCALE),
        "objects.order": draw.choice(np.array([0, *(name_key(str(n)) for n in range(200))]), signals),
        "objects.subscription": draw.choice(np.array([0, 5, 6]), signals),
        "objects.response": draw.choice(np.array([0, 7, 8]), signals),
    }
    for column in (times, *columns.values()):
        column.flags.writeable = False
    kinds = draw.integers(1, len(KINDS) + 1, signals).astype(np.int32)
    kinds.flags.writeable = False
    starts = np.array([0, signals]) if signals else np.array([0])
    owners = np.array([name_key("user:1")] if signals else [], np.int64)
    shard = Timelines(owners, starts, first + times, kinds, columns, {"kind": ("", *KINDS), **TEXTS})
    end = int(shard.times[-1]) if signals else 0
    return TimelineSet("person", (shard,), int(shard.times[0]) if signals else 0, end, "made")


def ground_of(timelines: TimelineSet) -> Ground:
    return Ground(experience(), Stock(timelines), LOCAL, ZONE, WEEK_START)


def told(ground: Ground, document) -> object:
    """The answer, or the rows of features."""
    asked = read_asked(document, QUERIES, ground.experience, ground.zone)
    if asked.query.name == "features":
        return sum(batch.num_rows for batch in read_features(ground, asked))
    return ask(ground, asked, 0.95)


def seconds(ground: Ground, document, tries: int = 1) -> float:
    """The least time of the processor; what other programs do meanwhile does not count."""
    took = []
    for _ in range(tries):
        began = time.process_time()
        told(ground, document)
        took.append(time.process_time() - began)
    return min(took)


def times_of(signals: int, shape: str, tries: int) -> dict[str, float]:
    """How long each document takes over one person; without those that are known to take the square of an instant."""
    timelines, left_out = one_person(signals, shape), SQUARE_OF_AN_INSTANT if shape == "instant" else set()
    asked = ((name, document) for name, document in documents("person") if name not in left_out)
    return {name: seconds(ground_of(timelines), document, tries) for name, document in asked}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_query_takes_the_square_of_one_persons_signals(shape):
    few = times_of(FEW, shape, 3)
    many = times_of(MANY, shape, 1)
    slow = {name: f"{many[name] / few[name]:.0f} times" for name in few if many[name] > max(few[name] * MOST_TIMES, 0.5)}
    assert slow == {}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_ten_million_signals_of_one_person_are_read_in_seconds(shape):
    took = times_of(VERY_MANY, shape, 1)
    assert {name: round(found, 1) for name, found in took.items() if found > 60} == {}


def numbers_of(answer) -> list[Estimate | Undefined]:
    return [value for table in answer.tables for row in table.rows for value in row if isinstance(value, Estimate | Undefined)]


def test_without_a_signal_every_query_says_so():
    """The whole span is asked for: there is none. A period of nothing: counts of 0, and blanks with reasons."""
    ground = ground_of(one_person(0, "spread"))
    for name, document in documents("person"):
        given = {**document, "period": {"from": "2026-03-01", "to": "2026-04-01"}}
        if document["query"] == "features":
            assert told(ground, given) == 0, name
            continue
        if "period" not in document or "people" in str(document):
            with pytest.raises(Missing, match="no signals yet"):
                told(ground, document)
        if "people" in str(document):  # Its inner query has no period of its own.
            continue
        answer = told(ground, given)
        assert all(isinstance(number, Undefined) and number.reason for number in numbers_of(answer)), name
        counted = {
            (table.name, column)
            for table in answer.tables
            for row in table.records()
            for column, value in row.items()
            if isinstance(value, int) and value and column not in LABELS
        }
        assert counted == set(), name
        asked = read_asked(given, QUERIES, ground.experience, ground.zone)
        for outcome in asked.query.outcomes():
            assert select(ground, asked, outcome).keys.size == 0


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5])
def test_one_signal_is_answered_by_every_query(kind):
    """A number of one person has no interval: what is told is a count, or blank with the reason."""
    one = one_person(1, "spread", seed=kind)
    kinds = np.array([kind + 1], np.int32)
    kinds.flags.writeable = False
    ground = ground_of(replace(one, shards=(replace(one.shards[0], kinds=kinds),)))
    for name, document in documents("person"):
        answer = told(ground, document)
        if document["query"] == "features":
            assert answer == (KINDS[kind] == "order")
            continue
        for number in numbers_of(answer):
            assert isinstance(number, Undefined) or number.n <= 1, name
            assert not isinstance(number, Undefined) or number.reason, name


def test_an_instant_holds_any_number_of_signals():
    """Everything at once: sessions last no time, and whoever comes back comes back in no later interval."""
    ground = ground_of(one_person(1_000, "instant"))
    sessions = told(ground, {"query": "sessions", "gap": "30m"}).table("sessions").records()[0]
    assert (sessions["sessions"], sessions["open"]) == (1, 1)
    retention = told(ground, {"query": "retention", "interval": "day", "intervals": 3}).table("cohorts").records()
    assert [row["returned"] for row in retention] == [0, 0, 0]
    assert FIRST + timedelta(days=37) < ground.span().start
