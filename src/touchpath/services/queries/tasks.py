"""The query `tasks`: how attempts at a task go, how long they take, and whether people learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.tasks import (
    estimate_abandonment,
    estimate_attempt,
    estimate_attempt_time,
    estimate_errors,
    estimate_success,
    estimate_time,
)
from touchpath.model.experience import Experience, Task
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.attempt_sums import NUMBERS
from touchpath.timelines.attempts import ABANDONED, FAILED, SUCCEEDED
from touchpath.timelines.tasks import AttemptCounts, Attempts

_RULES = ("start", "success", "failure", "abandon", "error", "limit", "same")
_NUMBERS = {"success": estimate_success, "seconds": estimate_time, "errors": estimate_errors, "abandonment": estimate_abandonment}


@dataclass(frozen=True, slots=True)
class TasksQuery:
    """How attempts at a task go: completion, time, errors, abandonment, and the same by attempt number."""

    task: str = ""
    inline: Task | None = None

    name: ClassVar[str] = "tasks"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: task, or start, success, failure, abandon, error, limit and same."""
        id, given = fields.text("task", ""), [key for key in _RULES if fields.node(key) is not None]
        if id and given:
            fields.fault(fields.line, f"'task' names a task with all its rules, so '{given[0]}' cannot be given beside it.")
        if id:
            return cls(id)
        if not given:
            fields.fault(fields.line, "name a 'task' of the model, or give its rules: 'start' and 'success' at least.")
            return cls()
        return cls(inline=_inline(fields))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What starts an attempt, what ends it, and what goes wrong in it."""
        task = self.of(experience)
        return [rule for rule in (task.start, task.success, task.failure, task.abandon, task.error) if rule]

    def fold(self, setting: Setting) -> Attempts:
        """Attempts, with times by number; raises Missing for a task that the model does not have."""
        return Attempts(self.of(setting.experience), learning=True)

    def tables(self, summary: AttemptCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`tasks`: attempts by how they ended, with rates and times; `attempts`: success and time by attempt number."""
        known = self.of(frame.experience)
        asked = {name: ask for name, ask in _NUMBERS.items() if name != "errors" or known.error}
        counts = ("started", "open", "untied", "succeeded", "failed", "abandoned")
        rows = tuple(
            (
                *where,
                *(int(getattr(summary, name)[cell]) for name in counts),
                *(asked[name](summary, cell, confidence) if name in asked else None for name in _NUMBERS),
            )
            for cell, where in each_cell(frame)
        )
        columns = (*WHERE, "attempt", "closed", "succeeded", "success", "seconds")
        return (
            Table("tasks", (*WHERE, *counts, *_NUMBERS), rows),
            Table("attempts", columns, tuple(self._numbered(summary, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest closed attempt ended."""
        return {"succeeded": frozenset({SUCCEEDED}), "failed": frozenset({FAILED}), "abandoned": frozenset({ABANDONED})}

    def of(self, experience: Experience | None) -> Task:
        """The task itself; raises Missing for one that the model does not have."""
        if self.inline or experience is None:
            return self.inline or Task("", "", EventRule(()), EventRule(()))
        return experience.task(self.task)

    def _numbered(self, summary: AttemptCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            for number in range(NUMBERS):
                closed, succeeded = (int(count) for count in summary.by_number[cell, number])
                if closed:
                    title = f"{number + 1}+" if number == NUMBERS - 1 else str(number + 1)
                    told = (ask(summary, cell, number, confidence) for ask in (estimate_attempt, estimate_attempt_time))
                    yield (*where, title, closed, succeeded, *told)


def _inline(fields: Fields) -> Task:
    """A task from the rules of the document itself; the limit is 30 minutes unless it says otherwise, as in a model."""
    return Task(
        id="",
        title="",
        start=needed_rule_at(fields, "start"),
        success=needed_rule_at(fields, "success"),
        failure=optional_rule(fields, "failure"),
        abandon=optional_rule(fields, "abandon"),
        error=optional_rule(fields, "error"),
        limit=fields.span("limit", timedelta(minutes=30)),
        same=fields.reference("same", "object kind"),
    )
