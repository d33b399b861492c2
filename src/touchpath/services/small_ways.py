"""Funnels, tasks, moves and journey maps for those who may not see small groups."""

from __future__ import annotations

from dataclasses import replace

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    FunnelStep,
    JourneyMap,
    Number,
    PathAnswer,
    QueryAnswer,
    StepMap,
    Table,
    TaskAnswer,
    Value,
)
from touchpath.services.small_rows import shown_number, withheld, withhold_from_answer
from touchpath.stats.small_groups import hide_in_chain, hide_small_groups

_STEPS = ("from", "to", "segment", "step", "entrants", "open", "reached", "reach", "completion", "time")


def withhold_from_funnel(whole: FunnelAnswer, least: int, few: frozenset[str] = frozenset()) -> FunnelAnswer:
    """The same funnel as the query `funnel` shows it, step by step."""
    if least <= 1 or not whole.cells:
        return whole
    rows: list[tuple[Value, ...]] = []
    for cell in whole.cells:
        where = (cell.period.start, cell.period.end, cell.segment)
        for place, step in enumerate(cell.steps):
            counts = (cell.entrants, cell.open, _reached(step.reach))
            rows.append((*where, str(place), *counts, step.reach, step.completion, step.time))
    (table,) = _cut("funnel", Table("steps", _STEPS, tuple(rows)), whole.cells[0].period, least, few).tables
    told = iter(table.records())
    cells = tuple(_shown_cell(cell, [next(told) for _ in cell.steps], least) for cell in whole.cells)
    return replace(whole, cells=cells)


def _shown_cell(cell: FunnelCell, rows: list[dict[str, Value]], least: int) -> FunnelCell:
    hidden = [isinstance(row["reached"], Undefined) for row in rows]
    steps = tuple(
        # What comes after a hidden step is told of those who came to it.
        FunnelStep(step.title, withheld(least), withheld(least), withheld(least))
        if hidden[place]
        else replace(
            step,
            reach=shown_number(step.reach, least),
            completion=withheld(least) if place and hidden[place - 1] else shown_number(step.completion, least),
            time=withheld(least) if place and hidden[place - 1] else shown_number(step.time, least),
        )
        for place, step in enumerate(cell.steps)
    )
    counts = [value if isinstance(value, int) else None for value in (rows[0]["entrants"], rows[0]["open"])]
    return replace(cell, entrants=counts[0], open=counts[1], steps=steps)


def withhold_from_paths(whole: PathAnswer, least: int) -> PathAnswer:
    """The same moves without those that few people made."""
    if least <= 1:
        return whole
    where = (whole.period.start, whole.period.end, "")
    columns = ("from", "to", "segment", "before", "after", "times", "people", "seconds")
    rows = tuple((*where, edge.before, edge.after, edge.times, edge.people, edge.time) for edge in whole.edges)
    (table,) = _cut("paths", Table("edges", columns, rows), whole.period, least).tables
    left = {(row["before"], row["after"]) for row in table.records() if isinstance(row["times"], int)}
    edges = tuple(replace(edge, time=shown_number(edge.time, least)) for edge in whole.edges if (edge.before, edge.after) in left)
    return replace(whole, edges=edges, left_out=whole.left_out + len(whole.edges) - len(edges))


def withhold_from_task(whole: TaskAnswer, least: int) -> TaskAnswer:
    """The same attempts without what only few of them tell; first, second ... attempts add up to all, so where one goes another does."""
    if least <= 1:
        return whole
    gone = hide_small_groups([number.group for number in whole.attempts], least).groups
    small = any(0 < count < least for count in (whole.started or 0, whole.open or 0))
    return replace(
        whole,
        started=None if small else whole.started,
        open=None if small else whole.open,
        numbers={name: replace(lane, number=shown_number(lane.number, least)) for name, lane in whole.numbers.items()},
        attempts=tuple(withheld(least) if hidden else number for number, hidden in zip(whole.attempts, gone, strict=True)),
    )


def withhold_from_map(whole: JourneyMap, least: int, why: str = "") -> JourneyMap:
    """The same map without the numbers of few people, nor of a step to which few less came than to the step shown before.

    why: nothing is to be shown of it at all, for this reason.
    """
    if least <= 1 or whole.period is None:
        return whole
    if why:
        return _blank_map(whole, why)
    steps = [step for stage in whole.stages for step in stage.steps]
    way = [step for step in steps if isinstance(step.reach, Estimate)]
    counts = [_reached(step.reach) for step in way]
    closed = max((step.reach.n for step in way), default=0)
    gone = hide_in_chain([closed, *counts], least)[1:]
    after = [False, *gone[:-1]]
    kept = {one.step.id: state for one, *state in zip(way, gone, after, strict=True)}
    shown = {step.step.id: _shown_step(step, kept.get(step.step.id, [False, False]), least) for step in steps}
    small = any(0 < count < least for count in (whole.entrants or 0, whole.open_entrants or 0))
    lost = any(gone)
    return replace(
        whole,
        stages=tuple(replace(stage, steps=tuple(shown[step.step.id] for step in stage.steps)) for stage in whole.stages),
        entrants=None if small else whole.entrants,
        open_entrants=None if small else whole.open_entrants,
        conversion=withheld(least) if gone and gone[-1] else shown_number(whole.conversion, least),
        finding=f"Where most are lost is {withheld(least).reason}." if lost or 0 < closed < least else whole.finding,
        unplaced_answers=0 if 0 < whole.unplaced_answers < least else whole.unplaced_answers,
    )


def _blank_map(whole: JourneyMap, why: str) -> JourneyMap:
    none = Undefined(why)
    stages = tuple(
        replace(stage, steps=tuple(StepMap(step.step, *(none,) * 6, open=None) for step in stage.steps)) for stage in whole.stages
    )
    return replace(
        whole, stages=stages, entrants=None, open_entrants=None, conversion=none, finding=_sentence(why), unplaced_answers=0
    )


def _sentence(why: str) -> str:
    return f"{why[0].upper()}{why[1:]}."


def _shown_step(step: StepMap, state: list[bool], least: int) -> StepMap:
    hidden, after_hidden = state

    def told(number: Number, gone: bool) -> Number:
        return withheld(least) if gone else shown_number(number, least)

    volume = step.volume
    few = isinstance(volume, Estimate) and 0 < round(volume.value) < least and volume.unit != "share"
    return replace(
        step,
        volume=told(volume, few),
        reach=told(step.reach, hidden),
        completion=told(step.completion, hidden or after_hidden),
        drop_off=told(step.drop_off, hidden or after_hidden),
        time=told(step.time, hidden or after_hidden),
        contacts=told(step.contacts, False),
        open=None if 0 < (step.open or 0) < least else step.open,
        tasks=tuple(replace(lane, number=told(lane.number, False)) for lane in step.tasks),
        attitude=tuple(replace(lane, number=told(lane.number, False)) for lane in step.attitude),
        verbatims=(),
    )


def _cut(query: str, table: Table, period: Period, least: int, few: frozenset[str] = frozenset()) -> QueryAnswer:
    return withhold_from_answer(QueryAnswer(query, query, (table,), "person", period, ""), least, few)


def _reached(reach: Number) -> int:
    """How many a share of entrants stands for."""
    return round(reach.value * reach.n) if isinstance(reach, Estimate) else 0
