"""What a live map is made of before it is told: its columns, and the numbers that stand in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from touchpath.metrics.metric import Number
from touchpath.model.experience import Step
from touchpath.model.rules import EventRule
from touchpath.timelines.fold import Fold

Told = Callable[[float], Number]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a lane before it is told. title: what it is of, where the lane has several.

    fold: what has to be read for it besides the way from step to step; None = nothing. meaning: what it counts; two cells of one meaning
    tell the same of the same people and times.
    """

    lane: str
    metric: str
    subject: str
    title: str
    told: Told
    fold: Fold[Any] | None = None
    meaning: object = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Tells it from the other numbers of its column, also in another version of the journey."""
        return self.lane, self.metric, self.subject


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the map: a stage with its steps, a step, or a touchpoint or a task of a step.

    steps: with only the tasks, questions and touchpoints that the column is about. rules: who meets any of them was there.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    stage: str
    zoom: str
    rules: tuple[EventRule, ...]
    touchpoint: str = ""
