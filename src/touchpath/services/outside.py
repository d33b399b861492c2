"""Numbers of others (a competitor, an association), entered by hand with their source and date, to hold one's own against."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from touchpath.metrics.benchmarks import LEAST, Verdict
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Estimate, Undefined
from touchpath.store.records import Record, RecordStore

KIND = "outside_number"
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class OutsideFigure:
    """What is entered: whose number of which metric (and of what: "" = in general), with its interval and n where they are known.

    value, low, high: in the metric's own unit, shares from 0 to 1.   as_of: the day or the end of the period it speaks of.
    source: where it stands, as a citation or an address.
    """

    metric: str
    who: str
    value: float
    as_of: date
    source: str
    subject: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OutsideNumber:
    """A number of somebody else as it is kept, with who entered it and when."""

    id: str
    figure: OutsideFigure
    member: str
    at: datetime


class OutsideNumbers:
    """The numbers of others that a workspace keeps. Each is written once; who was wrong takes it back and enters another."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def enter(self, figure: OutsideFigure, bounds: tuple[float, float], member: str, today: date) -> OutsideNumber:
        """Keep a number; raises BadInput for one that cannot be. bounds: from where to where the metric runs."""
        if problem := _problem(figure, bounds, today):
            raise BadInput(problem)
        id = uuid4().hex[:12]
        kept = {**asdict(figure), "as_of": figure.as_of.isoformat()}
        self._records.save(KIND, id, kept, expected=0, member=member)
        return _read(self._records.load(KIND, id))

    def list(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        """All numbers, or those of a metric, newest first by the day they speak of."""
        found = [_read(record) for record in self._records.list(KIND) if not record.document.get("taken_back")]
        chosen = [one for one in found if metric in ("", one.figure.metric)]
        return tuple(sorted(chosen, key=lambda one: (one.figure.as_of, one.at, one.id), reverse=True))

    def take_back(self, id: str, member: str, why: str) -> OutsideNumber:
        """Show a number no longer; its record stays in the history. Raises Missing."""
        kept = {one.id: one for one in self.list()}
        if id not in kept:
            raise Missing(unknown("number of others", id, kept))
        record = self._records.load(KIND, id)
        document = {**record.document, "taken_back": True}
        self._records.save(KIND, id, document, expected=record.revision, member=member, why=why)
        return kept[id]

    def verdicts(self, metric: str, subject: str, number: Estimate | Undefined) -> tuple[Verdict, ...]:
        """What each number of others says of one's own."""
        return tuple(compare(number, one.figure) for one in self.list(metric) if one.figure.subject in ("", subject))


def compare(number: Estimate | Undefined, figure: OutsideFigure) -> Verdict:
    """Above or below somebody else's number: only when the whole interval lies beyond theirs (or beyond the value, without one)."""
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    told = f"{figure.who}, {figure.as_of.isoformat()}: {figure.value:g} ({figure.source})"
    if isinstance(number, Undefined):
        return Verdict(told, "", f"not judged, {number.reason}")
    if number.group < LEAST:
        return Verdict(told, "", f"not judged, fewer than {LEAST} {number.n_unit if number.people is None else 'people'}")
    if number.low > high or number.high < low:
        return Verdict(told, "above it" if number.low > high else "below it")
    return Verdict(
        told, "", "inconclusive, the intervals meet" if figure.low is not None else "inconclusive, it lies in the interval"
    )


def _problem(figure: OutsideFigure, bounds: tuple[float, float], today: date) -> str:
    """Why a number cannot be kept; "" when it can."""
    for name, text in (("who", figure.who), ("source", figure.source)):
        if not text.strip():
            return f"'{name}' is blank. A number of somebody else says whose it is and where it stands."
    for name, text in (("who", figure.who), ("source", figure.source), ("note", figure.note), ("subject", figure.subject)):
        if len(text) > _LONGEST or not text.isprintable():
            return f"'{name}' has up to {_LONGEST} printable characters."
    numbers = [one for one in (figure.low, figure.value, figure.high) if one is not None]
    if not all(math.isfinite(one) and bounds[0] <= one <= bounds[1] for one in numbers):
        came = ", ".join(f"{one:g}" for one in numbers)
        return f"'{figure.metric}' runs from {bounds[0]:g} to {bounds[1]:g}, but {came} came. Write shares as 0.45, not 45."
    if (figure.low is None) != (figure.high is None):
        return "An interval has both ends: give 'low' and 'high', or neither."
    if numbers != sorted(numbers):
        return f"The value lies in its interval, but {figure.value:g} and {figure.low:g} to {figure.high:g} came."
    if figure.n is not None and figure.n < 1:
        return f"'n' is how many the number rests on, 1 or more, but {figure.n} came."
    if figure.as_of > today:
        return f"'as_of' is the day that the number speaks of, but {figure.as_of} has not come yet."
    return ""


def _read(record: Record) -> OutsideNumber:
    kept: Mapping[str, Any] = record.document
    values = {name: kept[name] for name in OutsideFigure.__dataclass_fields__ if name in kept}
    return OutsideNumber(
        record.id, OutsideFigure(**(values | {"as_of": date.fromisoformat(kept["as_of"])})), record.member, record.at
    )
