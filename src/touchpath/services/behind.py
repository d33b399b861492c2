"""What stands behind one number: what was counted, what was left out, whose it is, and how to have it again elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from touchpath.metrics.composite import CompositeMetric
from touchpath.metrics.metric import Place, QueryMetric
from touchpath.model.errors import Missing, TouchpathError, unknown
from touchpath.model.experience import Journey, Question, Task
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.model.spans import show_span
from touchpath.model.time import Period
from touchpath.services.ground import Ground
from touchpath.services.left_out import LeftOut, left_out
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.parties import is_party
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.query import place_in
from touchpath.services.queries.reading import Asked, read_asked, rule_title
from touchpath.services.results import Measurement, PersonHit
from touchpath.services.rows_behind import rows_sql
from touchpath.services.sides import Counted, sides_of
from touchpath.services.targets import Target, find_target
from touchpath.services.voice import Said
from touchpath.timelines.cut import NONE, OTHER
from touchpath.timelines.segments import is_of_owner


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind one number. reads: the signals, by rule.   groups: of people, to be shown to those who may see them.

    document: the query that counts the same, where there is one.   sql: all signals it reads, row by row.   history: of the model's definition, newest first.
    by, segment: of a number of one segment, the dimension and its value.
    """

    measured: Measurement
    counted: tuple[Counted, ...]
    left_out: tuple[LeftOut, ...]
    reads: tuple[str, ...]
    groups: tuple[str, ...]
    document: Mapping[str, Any] | None
    history: tuple[MetricVersion, ...] = ()
    by: str = ""
    segment: str = ""
    sql: str = ""

    @property
    def query(self) -> str:
        """The document as text."""
        return json.dumps(self.document, ensure_ascii=False) if self.document else ""

    @property
    def python(self) -> str:
        """The same number in Python."""
        measured, period = self.measured, self.measured.period
        lines = ["import touchpath", "from datetime import datetime", "from touchpath.model.time import Period", ""]
        moments = ", ".join(f"datetime.fromisoformat({moment.isoformat()!r})" for moment in (period.start, period.end))
        cut = f"by={self.by!r}, " if self.by else ""
        lines += [
            'space = touchpath.open("FOLDER")',
            f"period = Period({moments})",
            f"number = space.measure({measured.metric.id!r}, {measured.subject!r}, {cut}period=period)",
        ]
        if self.by:
            lines.append(f"number = next(one.number for one in number.answer.readings if one.segment == {self.segment!r})")
        if self.sql:
            lines.append(f"rows = space.rows_behind({measured.metric.id!r}, {measured.subject!r}, period=period)")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class GroupBehind:
    """A group of those behind a number: how many there are, and some of them, where they are people. unit: whose timelines are read.

    said: the newest texts that any of these people wrote in the same period.
    """

    group: str
    unit: str
    count: int
    people: tuple[PersonHit, ...]
    said: tuple[Said, ...] = ()


def of_segment(measured: Measurement, segment: str) -> Measurement:
    """The number of one segment in place of the total; raises Missing with the segments there are."""
    named = {one.segment: one for one in measured.readings if one.segment}
    if segment not in named:
        raise Missing(unknown("segment", segment, named))
    one = named[segment]
    return replace(measured, total=one.number, readings=(one,), change=None, change_p=None, parts=(), verdicts=(), mix=None)


def look_behind(
    ground: Ground,
    measured: Measurement,
    period: Period | None,
    history: Sequence[MetricVersion],
    by: str = "",
    segment: str = "",
) -> Behind:
    """What stands behind the total of a measurement, or behind the number of the one segment that it was narrowed to."""
    target = find_target(ground.experience, measured.metric.id, measured.subject, ground.zone)
    document = equivalent(target)
    if document is not None:
        _narrow(ground, document, by, segment)
        document["period"] = {"from": measured.period.start.isoformat(), "to": measured.period.end.isoformat()}
    asked = _asked(ground, document)
    found = _summary_at(ground, target, period, by, segment)
    summary, at = found or (None, Place(0))
    rules = _rules(ground, target, asked)
    sums = isinstance(target.of, MetricDefinition) and target.of.kind == "sums"
    return Behind(
        measured=measured,
        counted=sides_of(measured, summary, at, sums),
        left_out=left_out(*found) if found else (),
        reads=tuple(dict.fromkeys(map(rule_title, rules))),
        groups=tuple(asked.query.outcomes()) if asked and not asked.by else (),
        document=document,
        history=tuple(history),
        by=by,
        segment=segment,
        sql=rows_sql(rules, measured.period),
    )


def _narrow(ground: Ground, document: dict[str, Any], by: str, segment: str) -> None:
    """The query cut as the number is. Where everybody has one segment it reads only these people; where signals have, it tells all segments,
    as a person may be in several."""
    if not by or is_party(ground.experience, by):
        return
    if is_of_owner(ground.dimension(by)) and segment not in (NONE, OTHER):
        document["who"] = [*document.get("who", []), {"segment": {by: segment}}]
    else:
        document["by"] = [by]


def _summary_at(ground: Ground, target: Target, period: Period | None, by: str, segment: str) -> tuple[Any, Place] | None:
    """What was counted for the number, and where in it the number stands; None where it is not of one summary, or its segment is not told."""
    if isinstance(target.metric, CompositeMetric) or is_party(ground.experience, by):
        return None
    plan = target.plan(ground, by, None, target.spoken_of(ground, period))
    if by and segment not in plan.frame.segments:
        return None  # its name holds personal details and is not told
    place = plan.frame.segments.index(segment) if by else 0
    cell = plan.frame.cell(len(plan.frame.periods) - 1, place)
    at = Place(cell)
    if isinstance(target.metric, QueryMetric):
        at = place_in(target.of.query, plan.frame, cell, target.metric.column)
    try:
        return plan.summary(ground), at
    except TouchpathError:
        return None  # why there is no number is told where the number stands


def _rules(ground: Ground, target: Target, asked: Asked | None) -> tuple[EventRule, ...]:
    """Which signals are read; a composite reads what its parts read."""
    if isinstance(target.metric, CompositeMetric):
        parts = (find_target(ground.experience, part.metric, part.subject, ground.zone) for part in target.metric.parts)
        return tuple(rule for part in parts for rule in _rules(ground, part, _asked(ground, equivalent(part))))
    if asked is not None:
        return tuple(asked.query.rules(ground.experience))
    if isinstance(target.of, tuple):
        return tuple(one.asked for one in target.of if isinstance(one, Question))
    return ()


def _asked(ground: Ground, document: dict[str, Any] | None) -> Asked | None:
    return read_asked(document, QUERIES, ground.experience, ground.zone) if document else None


def equivalent(target: Target) -> dict[str, Any] | None:
    """The document of a query that counts what a metric counts, for its tables and its groups of people; of a questionnaire, whose score no
    query tells, who answered how many of its items. None where there is none."""
    of = target.of
    if isinstance(of, Asked):
        return None if target.tie is None or target.tie.query is None else target.tie.query.plain()
    if isinstance(of, Task):
        return {"query": "tasks", "task": of.id}
    if isinstance(of, Question):
        return {"query": "answers", "question": of.id}
    if isinstance(of, Journey):
        return _of_journey(target.metric.name, of)
    if isinstance(of, MetricDefinition):
        return _of_definition(of)
    if isinstance(of, EventRule) or (isinstance(of, tuple) and of and isinstance(of[0], EventRule | Question)):
        parts = [of] if isinstance(of, EventRule) else of
        rules = [one.asked if isinstance(one, Question) else one for one in parts]
        return {"query": "volume", "of": [plain_rule(rule) for rule in rules[:31]]}
    return None


def _of_journey(name: str, journey: Journey) -> dict[str, Any] | None:
    if name == "contact_rate":
        among = [plain_rule(step.match) for step in journey.steps][:31]
        return {"query": "volume", "of": [plain_rule(journey.contacts)], "among": among} if journey.contacts else None
    steps = [plain_rule(step.match) for step in journey.needed]
    document = {"query": "funnel", "steps": steps, "window": show_span(journey.window)}
    return document | ({"same": journey.same} if journey.same else {})


def _of_definition(of: MetricDefinition) -> dict[str, Any] | None:
    above, below = (plain_rule(rule) if rule else None for rule in (of.numerator, of.denominator))
    if of.kind == "ratio":
        return {"query": "funnel", "steps": [below, above], "window": show_span(of.window)}
    if of.kind in ("mean", "quantile"):
        return {"query": "values", "column": "value", "of": above}
    if of.kind in ("rate", "share"):
        return {"query": "volume", "of": [above]} | ({"among": [below]} if below else {})
    if of.kind in ("events", "sums"):
        return {"query": "volume", "of": [above, below]}
    return None
