"""Compiles every kernel ahead of time, by building timelines and asking each fold something about two made-up people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa

from touchpath.metrics.catalogue import METRICS, QUESTION_METRICS, QUESTION_SCALES
from touchpath.metrics.questionnaires import items_of
from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension, Journey, Question, Stage, Step, Task
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period, from_micros
from touchpath.store.signals import STORED_SCHEMA
from touchpath.timelines.alignment import explain
from touchpath.timelines.amounts import Amounts
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Timelines, TimelineSet
from touchpath.timelines.belonging import Belonging
from touchpath.timelines.between import Between
from touchpath.timelines.build import assemble
from touchpath.timelines.by_period import ByPeriod
from touchpath.timelines.cases import Cases
from touchpath.timelines.conformance import Conformance
from touchpath.timelines.contacts import Contacts
from touchpath.timelines.cooccurrence import Cooccurrence
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.crossing import prepare_crossing
from touchpath.timelines.cut import prepare_cut
from touchpath.timelines.design import compile_flow
from touchpath.timelines.encode import Encoder
from touchpath.timelines.features import Feature, Features
from touchpath.timelines.felt import Felt
from touchpath.timelines.flows import Flows
from touchpath.timelines.fold import Cut, Fold, Who, Whole
from touchpath.timelines.forms import Forms
from touchpath.timelines.friction import Friction, Told
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.kernels import fixed
from touchpath.timelines.labels import Labels
from touchpath.timelines.lifecycle import Lifecycle
from touchpath.timelines.lostness import Lostness
from touchpath.timelines.memberships import Did, Memberships
from touchpath.timelines.one_by_one import ByAccount
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.patterns import Patterns
from touchpath.timelines.purchases import Purchases
from touchpath.timelines.rage_clicks import RageClicks
from touchpath.timelines.recurring import Recurring
from touchpath.timelines.retention import Retention
from touchpath.timelines.rework import Rework
from touchpath.timelines.rfm import Rfm
from touchpath.timelines.states import States
from touchpath.timelines.stickiness import Stickiness
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.totals import Totals
from touchpath.timelines.undeclared import KeyedColumn
from touchpath.timelines.values import Values
from touchpath.timelines.variants import Variants
from touchpath.timelines.volume import Volume
from touchpath.timelines.ways import Ways
from touchpath.timelines.who import EverMatched, who_are

_MINUTE = 60_000_000
_START, _DONE = EventRule(("start",)), EventRule(("done",))
_ASKED = EventRule(("answer",), (Condition("channel", "equals", "web"), Condition("value", "exists", True)))
_TASK = Task("task", "Task", _START, _DONE, error=_ASKED)
_TIED = Task("tied", "Tied", _START, _DONE, same="order")
_JOURNEY = Journey(
    "journey", "Journey", (Stage("stage", "Stage", (Step("a", "A", _START), Step("b", "B", _DONE))),), contacts=_ASKED
)
_SUBJECTS = {"task": _TASK, "journey": _JOURNEY, "signals": EventRule(())}

_NOW = {"occurred_at": 0, "received_at": 0, "objects": [("order", "7")], "properties": '{"plan": "gold"}'}

_FEATURES = Features(
    _START,
    (
        Feature("n", "count"),
        Feature("most", "max"),
        Feature("kinds", "distinct", column="kind"),
        Feature("known", "known", column="channel"),
    ),
)


def _question(metric: str) -> Question:
    scales = QUESTION_SCALES.get(metric, ())
    low, high = next(iter(scales if not callable(scales) else ()), (1, 7))
    return Question("question", "Question", _ASKED, low, high, metric)


def _items(metric: str) -> tuple[Question, ...]:
    short = next(short for short, names in QUESTION_METRICS.items() if metric in names)
    return items_of(short, lambda _: _ASKED)


def _people() -> Timelines:
    """Two people with five signals."""
    columns = {
        "key": fixed(np.arange(1, 6)),
        "value": fixed(np.array([NO_VALUE, NO_VALUE, 4 * VALUE_SCALE, NO_VALUE, NO_VALUE])),
        "channel": fixed(np.array([1, 1, 1, 2, 0], np.int32)),
        "objects.order": fixed(np.array([7, 7, 0, 8, 8])),
    }
    words = {"kind": ("", "start", "done", "answer"), "channel": ("", "web", "app")}
    times = fixed(np.array([0, _MINUTE, 2 * _MINUTE, 0, _MINUTE]))
    kinds = fixed(np.array([1, 2, 3, 1, 2], np.int32))
    return Timelines(fixed(np.array([1, 2])), fixed(np.array([0, 3, 5])), times, kinds, columns, words)


_DIMENSIONS = (
    Dimension("signal", "Signal", "channel", "signal", "as_of_signal"),
    Dimension("known", "Known by then", "channel", "person", "as_of_signal"),
    Dimension("latest", "Latest", "channel", "person", "latest"),
    Dimension("first", "First", "channel", "person", "fixed"),
)


def _cuts(timelines: TimelineSet) -> Iterator[Cut]:
    yield Whole()
    yield prepare_cut(timelines, (Period(from_micros(_MINUTE), from_micros(2 * _MINUTE)),), None)[0]
    yield from (prepare_cut(timelines, (), dimension)[0] for dimension in _DIMENSIONS)
    yield prepare_crossing(timelines, (), _DIMENSIONS[:2])[0]


def _build() -> None:
    """Put timelines together from signals, as whatever came after the base is at the first question of a process."""
    signal = {"key": 1, "revision": 0, "actor_key": 1, "source": "warm", "id": "1", "kind": "start"} | _NOW
    rows = pa.RecordBatch.from_pylist([signal | {"key": key} for key in range(4)], schema=STORED_SCHEMA)
    assemble(Encoder("person", ("plan",)).encode(rows))


def _folds() -> Iterator[Fold[object]]:  # type: ignore[type-var]
    for metric in METRICS.values():
        yield metric.fold(
            _items(metric.name) if metric.subject == "questionnaire" else _SUBJECTS.get(metric.subject, _question(metric.name))
        )
    hour = timedelta(hours=1)
    yield Belonging((EverMatched(_START), EverMatched(_DONE)))
    yield Memberships((Did(_START), Did(_DONE)))
    yield Funnel((_START, _DONE), hour, same="order")
    yield Funnel((_START, _DONE), hour, reentry=False)
    yield Funnel((_START, _DONE), hour, every=True)
    yield Funnel((_START, _DONE), hour, ways=Ways(count_open=True))
    yield METRICS["task_success"].fold(_TIED)
    yield from (ByAccount(fold) for fold in (Answers(_question("customer_effort")), Attempts(_TIED)))
    yield CountSessions()
    yield CountMoves()
    yield DirectlyFollows()
    yield DirectlyFollows((_START, _DONE))
    yield Flows(_START, Cases(None, hour, hour, "order"))
    yield Cooccurrence(Cases(None, hour, hour, "order"))
    yield Patterns(_DONE, Cases(None, hour, hour, "order"))
    yield Rework(Cases(None, hour, hour, "order"), "channel")
    yield Variants(Cases(None, hour, hour, "order"))
    yield Volume((_START,), (_DONE,))
    yield States((_START, _DONE), hour)
    yield ByPeriod(States((_START, _DONE), hour), (_START,))
    yield Lifecycle(0)
    yield Retention()
    yield Between(_START, _DONE, hour, "order", promise=hour)
    yield (way := Conformance((_START, _DONE), ("sequence", ("step", 0), ("optional", ("step", 1))), hour, "order"))
    yield replace(way, variant=(0, 1))
    yield Contacts(_START, _DONE, window=hour, ticket="order", follows="channel")
    yield Contacts(_START, _DONE, reopened=_ASKED, variant="no_reopen", window=hour)
    yield Values("channel")
    yield Amounts(_START)
    yield Totals(_DONE, _START)
    yield Lostness(_TASK, _START, 1, "kind")
    yield Forms(_START, _DONE, "channel")
    yield Friction(Told(_DONE))
    yield from (Friction(RageClicks(_START, variant)) for variant in ("posthog", "amplitude"))
    yield Rfm(_START)
    yield Purchases(_START)
    yield Stickiness((NO_VALUE, np.iinfo(np.int64).max))
    yield Labels(_START, _DONE, _ASKED)
    yield Felt(_ASKED, _START, _DONE)
    yield Recurring(_START, _DONE, "order")


def warm_kernels(*, backwards: bool = False) -> float:
    """Compile what is not compiled yet; gives the seconds it took. Quick when the compiled kernels are on disk.

    backwards: the last fold first, so that two processes may share the work: each finds on disk what the other has compiled.
    """
    began = time.perf_counter()
    timelines = _people()
    together = TimelineSet("person", (timelines,), 0, 10 * _MINUTE, "warm")
    everybody: list[Who] = [EverMatched(_ASKED), EverMatched(_START)]
    folds = list(_folds())
    for cut in _cuts(together):
        for fold in reversed(folds) if backwards else folds:
            with suppress(BadInput):  # Some folds refuse segments of signals.
                fold.map(timelines, cut.cells(timelines), who_are(timelines, everybody), together.end)
    KeyedColumn.of(timelines.wide("key"), timelines.code("channel"), ("", "web", "app")).column(timelines.wide("key"))
    explain(compile_flow(("sequence", ("step", 0), ("step", 1))), (0, 1))
    _build()
    for _ in _FEATURES.read(timelines, who_are(timelines, everybody), together.end):
        pass
    return time.perf_counter() - began
