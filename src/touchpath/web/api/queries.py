"""Questions put directly, as JSON: a funnel over kinds, a task, what follows what."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from touchpath.model.experience import Task
from touchpath.services.results import FunnelAnswer, FunnelCell, FunnelStep, PathAnswer, PathEdge, TaskAnswer
from touchpath.services.tables import late_of
from touchpath.web.api.numbers import LateOut, MetricOut, NumberOut, PeriodOut


class FunnelStepOut(BaseModel):
    """One step of a funnel; the first has neither completion nor time."""

    title: str
    reach: NumberOut = Field(description="Of all entrants whose window has closed.")
    completion: NumberOut = Field(description="Of those at the step before.")
    time: NumberOut = Field(description="From the step before to this one.")

    @classmethod
    def of(cls, step: FunnelStep) -> FunnelStepOut:
        """A step as JSON."""
        reach, completion, time = (NumberOut.of(number) for number in (step.reach, step.completion, step.time))
        return cls(title=step.title, reach=reach, completion=completion, time=time)


class FunnelCellOut(BaseModel):
    """A funnel in one period and segment ("" = everybody)."""

    period: PeriodOut
    segment: str
    entrants: int | None = Field(description="null: hidden.")
    open: int | None = Field(description="Entrants whose window has not closed yet; they are in no rate. null: hidden.")
    late: LateOut = 0
    steps: tuple[FunnelStepOut, ...]

    @classmethod
    def of(cls, cell: FunnelCell) -> FunnelCellOut:
        """A cell as JSON."""
        return cls(
            period=PeriodOut.of(cell.period), segment=cell.segment, entrants=cell.entrants, open=cell.open,
            late=late_of(cell), steps=tuple(FunnelStepOut.of(step) for step in cell.steps),
        )  # fmt: skip


class FunnelOut(BaseModel):
    """How many go from kind to kind, in order, within the window: period by period, segment by segment."""

    cells: tuple[FunnelCellOut, ...]
    window_seconds: float
    unit: str = Field(description="What an entrant is.")
    data_version: str

    @classmethod
    def of(cls, answer: FunnelAnswer) -> FunnelOut:
        """A funnel as JSON."""
        cells = tuple(FunnelCellOut.of(cell) for cell in answer.cells)
        return cls(cells=cells, window_seconds=answer.window_seconds, unit=answer.unit, data_version=answer.data_version)


class TaskOut(BaseModel):
    """A task of the model in short."""

    id: str
    title: str
    product: str
    limit_seconds: float = Field(description="An attempt without an end by then counts as abandoned.")

    @classmethod
    def of(cls, task: Task) -> TaskOut:
        """A task as JSON."""
        return cls(id=task.id, title=task.title, product=task.product, limit_seconds=task.limit.total_seconds())


class TaskNumberOut(BaseModel):
    """One number of a task, and what it means."""

    metric: MetricOut
    number: NumberOut


class TaskAnswerOut(BaseModel):
    """How attempts at one task went."""

    task: str
    title: str
    started: int | None = Field(description="null: hidden.")
    open: int | None = Field(description="Attempts that may still end; they are in no rate. null: hidden.")
    numbers: Mapping[str, TaskNumberOut] = Field(description="By metric.")
    attempts: tuple[NumberOut, ...] = Field(
        description="Success at the first, second ... attempt; the last entry holds all later ones."
    )
    period: PeriodOut
    late: LateOut = 0
    data_version: str

    @classmethod
    def of(cls, answer: TaskAnswer) -> TaskAnswerOut:
        """A task's numbers as JSON."""
        numbers = {
            name: TaskNumberOut(metric=MetricOut.of(lane.words), number=NumberOut.of(lane.number))
            for name, lane in answer.numbers.items()
        }
        return cls(
            task=answer.task, title=answer.title, started=answer.started, open=answer.open, numbers=numbers,
            attempts=tuple(NumberOut.of(number) for number in answer.attempts), period=PeriodOut.of(answer.period),
            late=late_of(answer), data_version=answer.data_version,
        )  # fmt: skip


class PathEdgeOut(BaseModel):
    """How often one thing directly followed another, how many people did it, and how long it took."""

    before: str
    after: str
    times: int
    people: int
    time: NumberOut

    @classmethod
    def of(cls, edge: PathEdge) -> PathEdgeOut:
        """A move as JSON."""
        return cls(before=edge.before, after=edge.after, times=edge.times, people=edge.people, time=NumberOut.of(edge.time))


class PathsOut(BaseModel):
    """What directly follows what, most frequent first."""

    edges: tuple[PathEdgeOut, ...]
    left_out: int = Field(description="How many rarer moves there are besides.")
    period: PeriodOut
    late: LateOut = 0
    data_version: str

    @classmethod
    def of(cls, answer: PathAnswer) -> PathsOut:
        """Moves as JSON."""
        edges = tuple(PathEdgeOut.of(edge) for edge in answer.edges)
        return cls(
            edges=edges, left_out=answer.left_out, period=PeriodOut.of(answer.period), late=late_of(answer),
            data_version=answer.data_version,
        )  # fmt: skip
