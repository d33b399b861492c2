"""Targets: the value that a number is to reach, and by when. Entered on the metric; every earlier target stays in its history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from touchpath.model.errors import BadInput, Missing
from touchpath.services.results import MetricWords, Number
from touchpath.store.records import Record, RecordStore

KIND = "metric target"
_LONGEST = 500
#: What a number says of its target. Only a whole interval on one side decides.
Standing = Literal["met", "missed", "undecided", "unknown"]


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """A value to reach, in the metric's own unit (shares from 0 to 1, times in seconds). due: the day by which; None = from now on."""

    metric: str
    subject: str
    value: float
    due: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class KeptTarget:
    """A target as it is kept. better: the direction in which numbers reach it, "higher" or "lower"."""

    target: MetricTarget
    better: str
    revision: int
    member: str
    at: datetime

    def standing(self, number: Number) -> Standing:
        """Met or missed when the whole interval is on one side of the value, undecided when it holds it."""
        low, high = getattr(number, "low", None), getattr(number, "high", None)
        if low is None or high is None:
            return "unknown"
        value = self.target.value
        reached, failed = (low >= value, high < value) if self.better == "higher" else (high <= value, low > value)
        return "met" if reached else "missed" if failed else "undecided"


class MetricTargets:
    """The targets of a workspace, one for each metric of each subject."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def set(self, target: MetricTarget, words: MetricWords, bounds: tuple[float, float], member: str) -> KeptTarget:
        """Keep a target in place of the one before; raises BadInput for one that cannot be reached or judged."""
        if problem := _problem(target, words, bounds):
            raise BadInput(problem)
        document = asdict(target) | {"due": target.due.isoformat() if target.due else None, "better": words.better}
        self._save(target.metric, target.subject, document, member, target.why)
        return self.of(target.metric, target.subject)

    def drop(self, metric: str, subject: str, member: str) -> KeptTarget:
        """Aim at nothing any more, and give what was aimed at; raises Missing where there is no target."""
        kept = self.of(metric, subject)
        self._save(metric, subject, {"gone": True}, member)
        return kept

    def of(self, metric: str, subject: str = "") -> KeptTarget:
        """The target of a metric of a subject; raises Missing."""
        for one in self.list():
            if (one.target.metric, one.target.subject) == (metric, subject):
                return one
        raise Missing(f"There is no target of '{metric}'{f' of {subject}' if subject else ''}.")

    def list(self) -> tuple[KeptTarget, ...]:
        """All targets in force, those that are due first before the others."""
        found = [_read(record) for record in self._records.list(KIND) if not record.document.get("gone")]
        return tuple(sorted(found, key=lambda one: (one.target.due or date.max, one.target.metric, one.target.subject)))

    def history(self, metric: str, subject: str = "") -> tuple[KeptTarget, ...]:
        """Every target that there was, newest first; what took one away is left out."""
        records = self._records.history(KIND, _id(metric, subject))
        return tuple(_read(record) for record in records if not record.document.get("gone"))

    def _save(self, metric: str, subject: str, document: Mapping[str, object], member: str, why: str = "") -> None:
        id = _id(metric, subject)
        self._records.save(KIND, id, document, expected=self._records.revision(KIND, id), member=member, why=why)


def _id(metric: str, subject: str) -> str:
    return f"{metric}:{subject}"


def _problem(target: MetricTarget, words: MetricWords, bounds: tuple[float, float]) -> str:
    """Why a target cannot be kept; "" when it can."""
    if words.better not in ("higher", "lower"):
        return f"Neither more nor less of '{words.title}' is better, so it can have no target."
    if not math.isfinite(target.value) or not bounds[0] <= target.value <= bounds[1]:
        return (
            f"'{words.title}' runs from {bounds[0]:g} to {bounds[1]:g}, but {target.value:g} came. Write shares as 0.45, not 45."
        )
    if len(target.why) > _LONGEST or not target.why.isprintable():
        return f"'why' has up to {_LONGEST} printable characters."
    return ""


def _read(record: Record) -> KeptTarget:
    kept: Mapping[str, Any] = record.document
    due = date.fromisoformat(kept["due"]) if kept["due"] else None
    target = MetricTarget(kept["metric"], kept["subject"], float(kept["value"]), due, kept["why"])
    return KeptTarget(target, kept["better"], record.revision, record.member, record.at)
