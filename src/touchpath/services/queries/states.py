"""The query `states`: who is in which state at the end of each period, and who moved from which to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.states import estimate_move, estimate_state
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import MapNode
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.by_period import ByPeriod
from touchpath.timelines.states import StateCounts, States

#: What owners are in before their first signal of any state.
NONE = "(none yet)"

_HOW = "Write them in order, as in states: {trial: trial.started, active: invoice.paid, cancelled: subscription.cancelled}."


@dataclass(frozen=True, slots=True)
class StatesQuery:
    """Who is in which state at the end of each period (lifecycle, subscription ...), and who moved between states."""

    names: tuple[str, ...]
    entries: tuple[EventRule, ...]
    lapse: timedelta | None = None
    lapsed: str = "lapsed"

    name: ClassVar[str] = "states"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: states, lapse, lapsed."""
        found = fields.needed("states")
        pairs = found.pairs if isinstance(found, MapNode) else {}
        if found is not None and not pairs:
            fields.fault(found.line, f"'states' names each state and the signals that lead into it. {_HOW}")
        rules = tuple(rule_at(fields, name, node) for name, node in pairs.items())
        lapsed = fields.text("lapsed", "lapsed")
        if lapsed in pairs:
            fields.fault(fields.line, f"a state is called '{lapsed}' already. Give 'lapsed' another name.")
        return cls(tuple(pairs), rules, read_span(fields, "lapse"), lapsed)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What leads into each state."""
        return self.entries

    def fold(self, setting: Setting) -> ByPeriod[StateCounts]:
        """Owners by state, and their movements."""
        return ByPeriod(States(self.entries, self.lapse), self.entries)

    def tables(self, summary: StateCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`states`: how many are in each at the end; `moves`: from which to which, of those who began there."""
        states = Table(
            "states",
            (*WHERE, "complete", "state", "people", "share", "entered", "days"),
            tuple(self._states(summary, frame, confidence)),
        )
        moves = Table(
            "moves",
            (*WHERE, "complete", "from_state", "to_state", "people", "rate"),
            tuple(self._moves(summary, frame, confidence)),
        )
        return states, moves

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Each state, as owners are in it in the end."""
        return {title: frozenset({state}) for state, title in enumerate(self._titles())}

    def _titles(self) -> tuple[str, ...]:
        return (NONE, *self.names, *((self.lapsed,) if self.lapse else ()))

    def _states(self, summary: StateCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            ended = summary.moves[cell].sum(axis=0)
            complete = frame.complete(frame.periods[cell // len(frame.segments)])
            for state, title in enumerate(self._titles()[1:], 1):
                days = int(summary.milliseconds[cell, state]) / 86_400_000
                share = estimate_state(summary, cell, state, confidence)
                yield (*where, complete, title, int(ended[state]), share, int(summary.entered[cell, state]), days)

    def _moves(self, summary: StateCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        titles = self._titles()
        for cell, where in each_cell(frame):
            complete = frame.complete(frame.periods[cell // len(frame.segments)])
            for before, came_from in enumerate(titles):
                for after, gone_to in enumerate(titles):
                    people = int(summary.moves[cell, before, after])
                    if people:
                        rate = estimate_move(summary, cell, before, after, confidence) if before else None
                        yield (*where, complete, came_from, gone_to, people, rate)
