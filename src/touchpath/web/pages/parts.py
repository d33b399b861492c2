"""What all pages share: finding the workspace, reading filters from the address, answering with HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period
from touchpath.web.platform import PlatformProtocol
from touchpath.web.templates import render

#: Choices of period, counted back from the last signal: demo data and archives end in the past.
PRESETS = {
    "": "All time",
    "28": "Last 28 days of data",
    "90": "Last 90 days of data",
    "365": "Last 365 days of data",
    "custom": "From … to …",
}


def show_page(template: str, request: Request, **context: Any) -> HTMLResponse:
    """The page, made from a template."""
    return HTMLResponse(render(template, request, **context))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, as it came, so that the form shows it again."""

    period: str = ""
    start: str = ""
    end: str = ""
    segment: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed at all."""
        return bool(self.period or self.segment)

    def cut(self) -> tuple[str, str]:
        """Dimension and value of "channel:web"; two blanks for everybody."""
        dimension, colon, value = self.segment.partition(":")
        if self.segment and not (dimension and colon):
            raise BadInput(f"The segment came as '{self.segment}'. Write it as DIMENSION:VALUE, as in channel:web.")
        return dimension, value

    def within(self, span: Period | None, zone: str) -> Period | None:
        """The period asked for, its days those of a zone; None = all there is. Last days count back from the end of `span`."""
        if not self.period or span is None:
            return None
        if self.period == "custom":
            return self._custom(span, zone)
        if self.period not in PRESETS:
            raise BadInput(f"The period came as '{self.period}'. There are: {', '.join(filter(None, PRESETS))}.")
        return Period(span.end - timedelta(days=int(self.period)), span.end)

    def _custom(self, span: Period, zone: str) -> Period | None:
        start = midnight(self.start, zone) if self.start else span.start
        end = midnight(self.end, zone, 1) if self.end else span.end
        return Period(start, end)


def midnight(day: str, zone: str, later: int = 0) -> datetime:
    """Start of a day written as 2026-03-01 in a zone, or of the day some days later."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise BadInput(f"The day came as '{day}'. Write it as YYYY-MM-DD, as in 2026-03-01.") from fault


def read_filters(
    period: Annotated[str, Query(max_length=20)] = "",
    start: Annotated[str, Query(max_length=20)] = "",
    end: Annotated[str, Query(max_length=20)] = "",
    segment: Annotated[str, Query(max_length=500)] = "",
) -> Filters:
    """Period and segment of a page."""
    return Filters(period, start, end, segment)


FiltersDep = Annotated[Filters, Depends(read_filters)]


def read_grain(grain: str) -> Grain | None:
    """A grain by name; "" = none."""
    if not grain:
        return None
    for known in get_args(Grain):
        if grain == known:
            return known  # type: ignore[no-any-return]
    raise BadInput(f"There is no grain '{grain}'. There are: {', '.join(get_args(Grain))}.")


def segment_choices(platform: PlatformProtocol) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Groups of choices for a select: each dimension's title with ("channel:web", "web") pairs."""
    groups = []
    for dimension in platform.experience().dimensions:
        values = tuple((f"{dimension.id}:{value}", value) for value in platform.segments(dimension.id))
        if values:
            groups.append((dimension.title, values))
    return tuple(groups)


def subject_title(experience: Experience, subject: str) -> str:
    """The title of a task, question, journey or product by its id; the id itself if nobody has it."""
    return next((title for id, title in _titles(experience) if id == subject), subject)


def question_ends(experience: Experience) -> dict[str, tuple[float, float]]:
    """Lowest and highest answer of each question."""
    return {question.id: (float(question.low), float(question.high)) for question in experience.questions}


def _titles(experience: Experience) -> Iterator[tuple[str, str]]:
    for nouns in (experience.tasks, experience.questions, experience.journeys, experience.products, experience.metrics):
        yield from ((noun.id, noun.title) for noun in nouns)
