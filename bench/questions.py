"""The questions of the fold benchmarks: what is asked, which columns it needs, and how much faster than its peers it must be."""

from __future__ import annotations

from dataclasses import dataclass

from drawn import WEEK

GAP = 30 * 60 * 1_000_000
LIMIT = 30 * 60 * 1_000_000
FOUR = (3, 9, 14, 22)
TWELVE = (3, 2, 5, 9, 4, 7, 14, 6, 8, 22, 10, 12)
WINDOW = WEEK
#: Kinds that start a task attempt, end it well or badly, and are errors in it.
START, SUCCESS, FAILURE, ERROR = 3, 9, 14, 5
#: Weeks of entry in the funnel by cells, from the first on.
WEEKS = 12


@dataclass(frozen=True)
class Question:
    """One row: the method of each engine that answers it, its columns (for the bare read), and the least ratios (None = not required)."""

    method: str
    title: str
    columns: tuple[str, ...]
    natural: float | None
    expert: float | None
    bare: float = 5


BOTH = ("times", "kinds")
QUESTIONS = (
    Question("funnel_of_4", "funnel of 4 steps, 7 days", BOTH, 5, 3),
    Question("funnel_of_12", "funnel of 12 steps, 7 days", BOTH, 8, 5, bare=12),
    Question("retention", "weekly retention", ("times",), 15, 3),
    Question("paths", "paths: moves with people (ours with times, too)", BOTH, 20, 3),
    Question("paths_counted", "paths: moves counted only", ("kinds",), None, 3),
    Question("sessions", "sessions (ours with times, bounces, people, too)", ("times",), 10, None),
    Question("sessions_counted", "sessions counted only", ("times",), 10, 1),
    Question("attempts", "task attempts with errors and times", BOTH, 8, 4),
    Question("funnel_by_plan", "funnel of 4 by 3 plans, half the people", BOTH, 8, 4),
    Question("funnel_by_week_and_plan", "funnel of 4, 12 weeks x 3 plans", BOTH, 15, 6),
)
