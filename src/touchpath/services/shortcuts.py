"""Questions put directly: a funnel over kinds, a task, what follows what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from touchpath.metrics.catalogue import metric
from touchpath.metrics.conclude import conclude_mean
from touchpath.metrics.journeys import estimate_reach, estimate_step, estimate_step_time
from touchpath.metrics.tasks import estimate_attempt
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Undefined
from touchpath.model.rules import EventRule
from touchpath.model.spans import parse_span
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.measure import words_of
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    FunnelStep,
    LaneNumber,
    Number,
    PathAnswer,
    PathEdge,
    TaskAnswer,
)
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.attempt_sums import NUMBERS
from touchpath.timelines.fold import Selection
from touchpath.timelines.funnel import Funnel, FunnelCounts
from touchpath.timelines.paths import NODE_BITS, DirectlyFollows, PathCounts
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import EverMatched

TASK_METRICS = ("task_success", "task_time", "task_errors", "task_abandonment")


def _rules(steps: Sequence[str], timelines: TimelineSet) -> tuple[EventRule, ...]:
    """One rule per kind; raises Missing for a kind that no signal has, naming the nearest that some have."""
    known = [word for word in timelines.words.get("kind", ()) if word]
    for kind in steps:
        if kind not in known:
            raise Missing(unknown("kind of signal", kind, known))
    return tuple(EventRule((kind,)) for kind in steps)


def _window(text: str) -> timedelta:
    try:
        return parse_span(text)
    except ValueError as error:
        raise BadInput(f"The window came as '{text}'. {error}") from None


def select_funnel(ground: Ground, steps: Sequence[str], reached: int, window: str, same: str) -> Selection:
    """The people who came exactly to one step of a funnel over kinds."""
    if not 0 <= reached < len(steps):
        raise BadInput(f"Step {reached} came, but the funnel's steps are numbered 0 to {len(steps) - 1}.")
    timelines = ground.open()
    funnel = Funnel(_rules(steps, timelines), _window(window), same=same)
    return ground.engine.select(funnel, timelines, frozenset({reached}), ground.who, f"came to '{steps[reached]}' and no further")


def select_who_did(ground: Ground, kind: str, period: Period | None) -> Selection:
    """The people with a signal of a kind, ever or in a period."""
    timelines = ground.open()
    (rule,) = _rules([kind], timelines)
    did = (EverMatched(rule, period), *ground.who)
    return ground.engine.select(Volume((rule,)), timelines, frozenset({0, 1}), did, f"did '{kind}'")


def ask_funnel(
    ground: Ground,
    steps: Sequence[str],
    window: str,
    by: str,
    grain: Grain | None,
    period: Period | None,
    reentry: bool,
    same: str,
    confidence: float,
) -> FunnelAnswer:
    """How many go from kind to kind, in order, within a window from entry."""
    frame = ground.frame(period, by, grain)
    span = _window(window)
    funnel = Funnel(_rules(steps, frame.timelines), span, reentry=reentry, same=same)
    counts = ground.summarise(funnel, frame)
    unit = f"people with one {same} each" if same else "people"
    cells = tuple(
        _funnel_cell(counts, frame, place, segment, steps, confidence)
        for place in range(len(frame.periods))
        for segment in range(len(frame.segments))
    )
    return FunnelAnswer(cells, span.total_seconds(), unit, frame.timelines.data_version)


def _funnel_cell(
    counts: FunnelCounts, frame: Frame, period: int, segment: int, titles: Sequence[str], confidence: float
) -> FunnelCell:
    cell = frame.cell(period, segment)
    steps = tuple(
        FunnelStep(title, estimate_reach(counts, cell, step, confidence), *after_previous(counts, cell, step, confidence))
        for step, title in enumerate(titles)
    )
    entrants, waiting = int(counts.entrants[cell]), int(counts.open[cell])
    return FunnelCell(entrants, waiting, steps, frame.periods[period], frame.segments[segment])


def after_previous(counts: FunnelCounts, cell: int, step: int, confidence: float) -> tuple[Number, Number]:
    """Completion and time of a step after the one before it; the first step has neither."""
    if step == 0:
        nothing = Undefined("the first step has none before it", 0, "entrants")
        return nothing, nothing
    return estimate_step(counts, cell, step, confidence), estimate_step_time(counts, cell, step, confidence)


def ask_task(ground: Ground, id: str, period: Period | None, confidence: float) -> TaskAnswer:
    """How attempts at one task went, and whether people learn."""
    task = ground.experience.task(id)
    frame = ground.frame(period)
    counts = ground.summarise(Attempts(task), frame)
    named = [metric(name) for name in TASK_METRICS if name != "task_errors" or task.error]
    numbers = {
        one.name: LaneNumber(
            words_of(one), one.estimate(counts, 0, confidence).named(one.name, frame.span, frame.timelines.data_version)
        )
        for one in named
    }
    return TaskAnswer(
        task=task.id,
        title=task.title,
        started=int(counts.started[0]),
        open=int(counts.open[0]),
        numbers=numbers,
        attempts=tuple(estimate_attempt(counts, 0, number, confidence) for number in range(NUMBERS)),
        period=frame.span,
        data_version=frame.timelines.data_version,
        maturity=task.limit,
    )


def ask_paths(ground: Ground, journey: str, period: Period | None, top: int, confidence: float) -> PathAnswer:
    """What directly follows what, most frequent first: between a journey's steps, or between all kinds of signals."""
    steps = ground.experience.journey(journey).steps if journey else ()
    frame = ground.frame(period)
    counts = ground.summarise(DirectlyFollows(tuple(step.match for step in steps) or None), frame)
    names = [step.title for step in steps] or list(frame.timelines.words["kind"])
    graph = counts.graph(0, top, names)
    edges = tuple(
        _edge(counts, int(before), int(after), int(times), names, confidence)
        for before, after, times in zip(graph.sources, graph.targets, graph.counts, strict=True)
    )
    return PathAnswer(edges, frame.span, frame.timelines.data_version, graph.pooled_edges)


def _edge(counts: PathCounts, before: int, after: int, times: int, names: Sequence[str], confidence: float) -> PathEdge:
    """One move with its mean time, clustered by person."""
    spent = counts.times.cell(int(np.searchsorted(counts.edges, before << NODE_BITS | after)))
    time = conclude_mean(spent, "seconds", "moves", "nobody moved so", confidence, 0.001, (0.0, math.inf))
    return PathEdge(names[before], names[after], times, spent.people, time)
