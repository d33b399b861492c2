"""The query `lostness`: how far people wander in a task that they finish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.lostness import estimate_lostness, estimate_pages, estimate_views
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.queries.tasks import TasksQuery
from touchpath.services.results import Table, Value
from touchpath.timelines.lostness import Lostness, LostnessCounts

#: No task takes more pages than this.
MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class LostnessQuery:
    """How far people wander in a task: the pages of each successful attempt, against the fewest that it takes (Smith's lostness)."""

    task: TasksQuery
    pages: EventRule
    least: int
    page: str = "properties.path"

    name: ClassVar[str] = "lostness"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: those of `tasks`; pages, page, least."""
        task, pages = TasksQuery.read(fields), needed_rule_at(fields, "pages")
        if fields.needed("least") is None:
            return cls(task, pages, 1)
        return cls(task, pages, fields.whole("least", 1, MOST_PAGES), fields.text("page", "properties.path"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Those of the task, views of pages, and the column that names them."""
        named = (EventRule((), (Condition(self.page, "exists", True),)),) if "." in self.page else ()
        return (*self.task.rules(experience), self.pages, *named)

    def fold(self, setting: Setting) -> Lostness:
        """Pages of attempts; raises Missing for a task that the model does not have, BadInput for one whose attempts run side by side."""
        return Lostness(self.task.of(setting.experience), self.pages, self.least, self.page)

    def tables(self, summary: LostnessCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period and segment."""
        columns = (*WHERE, "attempts", "without", "fewer", "lostness", "views", "pages")
        return (Table("lostness", columns, tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who has an attempt that counts."""
        return {"any": frozenset({1})}

    def _rows(self, summary: LostnessCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        asked = (estimate_lostness, estimate_views, estimate_pages)
        for cell, where in each_cell(frame):
            counts = (summary.lost.cell(cell).x, int(summary.without[cell]), int(summary.fewer[cell]))
            yield (*where, *counts, *(ask(summary, cell, confidence) for ask in asked))
