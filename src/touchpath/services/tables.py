"""Answers as flat rows, one number each: what the terminal prints, CSV holds and data frames are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from functools import singledispatch

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.services.compared import Compared, Contrast
from touchpath.services.queries.explained import Explained
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    JourneyMap,
    KindUse,
    Measurement,
    MetricWords,
    Number,
    Overview,
    Pack,
    Part,
    PathAnswer,
    PersonHit,
    PersonTimeline,
    QueryAnswer,
    QueryWords,
    Reading,
    StepMap,
    Table,
    TaskAnswer,
    Value,
)
from touchpath.services.trended import Trend

Cell = str | float | int | bool | datetime | None
Row = dict[str, Cell]


def number_row(number: Number) -> Row:
    """A number as columns; an undefined one is blank and says why."""
    if isinstance(number, Estimate):
        return {
            "value": number.value,
            "low": number.low,
            "high": number.high,
            "unit": number.unit,
            "n": number.n,
            "n_unit": number.n_unit,
            "confidence": number.confidence,
            "method": number.method,
            "note": " ".join(number.notes + number.warnings),
        }
    blank: Row = dict.fromkeys(("value", "low", "high", "unit"))
    return {**blank, "n": number.count, "n_unit": number.n_unit, "confidence": None, "method": "", "note": number.reason}


def late_of(answer: Reading | FunnelCell | TaskAnswer | PathAnswer | JourneyMap) -> int:
    """How many signals changed its period after that was over."""
    return answer.late.signals if answer.late else 0


@singledispatch
def rows(answer: object) -> list[Row]:
    """The rows of any answer of the services."""
    raise TypeError(f"There are no rows for {type(answer).__name__}.")


@rows.register
def _(answer: Measurement) -> list[Row]:
    return [
        {
            "metric": answer.metric.id,
            "about": answer.about,
            "from": (reading.period or answer.period).start,
            "to": (reading.period or answer.period).end,
            "segment": reading.segment,
            "complete": reading.complete,
            "late": late_of(reading),
            **number_row(reading.number),
        }
        for reading in answer.readings
    ]


@rows.register
def _(answer: Trend) -> list[Row]:
    """The readings, with the step that begins at each (the level after it) and the limits of those that were odd."""
    steps, odd = {one.period: one for one in answer.steps}, {one.period: one for one in answer.odd}
    looked_at = {one.period for one in answer.used}
    own: list[Row] = [
        {
            "segment": answer.segment,
            "from": (one.period or answer.period).start,
            "to": (one.period or answer.period).end,
            "used": one.period in looked_at,
            **number_row(one.number),
            "level_from_here": steps[one.period].after if one.period in steps else None,
            "p": steps[one.period].p if one.period in steps else None,
            "odd_low": odd[one.period].low if one.period in odd else None,
            "odd_high": odd[one.period].high if one.period in odd else None,
        }
        for one in answer.readings
    ]
    return own + [row for one in answer.segments for row in rows(one)]


@rows.register
def _(answer: Compared) -> list[Row]:
    return [contrast_row(one) for one in answer.contrasts]


def contrast_row(one: Contrast) -> Row:
    """Two sides as columns: both numbers, how far apart they are, and how sure that is."""
    found = one.found if isinstance(one.found, Comparison) else None
    sides = ((one.after_title, one.after), (one.before_title, one.before))
    (title, number), (other, beside) = ((name, number_row(side)) for name, side in sides)
    return {
        "segment": one.segment,
        "side": title,
        "than": other,
        "side_value": number["value"],
        "side_n": number["n"],
        "than_value": beside["value"],
        "than_n": beside["n"],
        "n_unit": number["n_unit"],
        "kind": found.kind if found else "",
        "value": found.value if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "unit": found.unit if found else None,
        "confidence": found.confidence if found else None,
        "p": one.p,
        "p_family": one.p_family,
        "family_low": one.together.low if one.together else None,
        "family_high": one.together.high if one.together else None,
        "smallest": one.smallest,
        "verdict": one.verdict,
        "method": found.method if found else "",
        "note": " ".join(found.warnings) if found else one.found.reason if isinstance(one.found, Undefined) else "",
    }


@rows.register
def _(answer: Pack) -> list[Row]:
    """What each comes to in all, and, where it is cut, each reading; `change` of the last whole period against the one before."""
    return [row for one in answer.measurements for row in _packed(one)]


def _packed(one: Measurement) -> Iterator[Row]:
    change = one.change.sentence if one.change else ""
    if len(one.readings) > 1:
        yield from ({**row, "change": change} for row in rows(one))
    else:
        where: Row = {"metric": one.metric.id, "about": one.about, "from": one.period.start, "to": one.period.end}
        yield {**where, "segment": "", "complete": True, "late": 0, **number_row(one.total), "change": change}


def _lanes(step: StepMap) -> Iterator[tuple[str, str, Number]]:
    yield "volume", "", step.volume
    yield "reach", "", step.reach
    yield "completion", "", step.completion
    yield "drop_off", "", step.drop_off
    yield "time", "", step.time
    yield "contacts", "", step.contacts
    for lane in step.tasks + step.attitude:
        yield lane.words.id, lane.subject, lane.number


@rows.register
def _(answer: JourneyMap) -> list[Row]:
    return [
        {
            "stage": stage.stage.title,
            "step": step.step.title,
            "lane": lane,
            "about": about,
            "late": late_of(answer),
            **number_row(number),
        }
        for stage in answer.stages
        for step in stage.steps
        for lane, about, number in _lanes(step)
    ]


@rows.register
def _(answer: FunnelAnswer) -> list[Row]:
    return [
        {
            "from": cell.period.start,
            "to": cell.period.end,
            "segment": cell.segment,
            "step": step.title,
            "measure": measure,
            "entrants": cell.entrants,
            "open": cell.open,
            "late": late_of(cell),
            **number_row(number),
        }
        for cell in answer.cells
        for step in cell.steps
        for measure, number in (("reach", step.reach), ("completion", step.completion), ("time", step.time))
    ]


@rows.register
def _(answer: TaskAnswer) -> list[Row]:
    last = len(answer.attempts)
    told = [(lane.words.id, lane.number) for lane in answer.numbers.values()]
    told += [(f"success at attempt {at}{' and later' if at == last else ''}", one) for at, one in enumerate(answer.attempts, 1)]
    return [{"measure": measure, "late": late_of(answer), **number_row(number)} for measure, number in told]


@rows.register
def _(answer: PathAnswer) -> list[Row]:
    late = late_of(answer)
    return [
        {"before": e.before, "after": e.after, "times": e.times, "people": e.people, "late": late, **number_row(e.time)}
        for e in answer.edges
    ]


@rows.register
def _(answer: Overview) -> list[Row]:
    return [
        {"of": row.kind, "id": row.id, "discipline": m.metric.discipline, "metric": m.metric.id, "about": m.about}
        | number_row(m.total)
        | {"change": m.change.sentence if m.change else ""}
        for row in answer.rows
        for m in row.ux + row.cx
    ]


@rows.register
def _(answer: PersonTimeline) -> list[Row]:
    return [
        {
            "occurred_at": entry.occurred_at,
            "kind": entry.kind,
            "source": entry.source,
            "channel": entry.channel,
            "value": entry.value,
            "unit": entry.unit,
            "text": entry.text,
            "objects": " ".join(f"{kind}:{id}" for kind, id in entry.objects.items()),
            "steps": ", ".join(entry.steps),
        }
        for entry in answer.entries
    ]


@rows.register
def _(answer: tuple) -> list[Row]:  # type: ignore[type-arg]
    return [_plain(one) for one in answer]


def table_rows(table: Table) -> list[Row]:
    """The rows of one table of a query's answer; a number with an interval takes several columns, all named after its own.

    All rows have the same columns: where a column has numbers in some rows, the others are blank in all of its columns.
    """
    records = list(table.records())
    numbers = {name for record in records for name, value in record.items() if isinstance(value, Estimate | Undefined)}
    return [_flat(record, numbers) for record in records]


_PARTS = ("low", "high", "n", "note")


def _flat(record: Mapping[str, Value], numbers: Set[str]) -> Row:
    row: Row = {}
    for name, value in record.items():
        if isinstance(value, Estimate | Undefined):
            told = number_row(value)
            row |= {name: told["value"]} | {f"{name}_{part}": told[part] for part in _PARTS}
        elif name in numbers:
            row |= {name: value} | dict.fromkeys(f"{name}_{part}" for part in _PARTS)
        else:
            row[name] = value
    return row


@rows.register
def _(answer: QueryAnswer) -> list[Row]:
    return table_rows(answer.tables[0]) if answer.tables else []


@rows.register
def _(answer: Explained) -> list[Row]:
    blank: Row = {"part": "", "what": "", "bytes": None, "read_by": ""}
    found = [
        blank | {"part": "column", "what": c.column, "bytes": c.bytes, "read_by": ", ".join(c.read_by)} for c in answer.columns
    ]
    found += [blank | {"part": "filter", "what": f.words, "bytes": f.bytes} for f in answer.filters]
    return found + [blank | {"part": "undeclared", "what": u.property, "bytes": u.bytes} for u in answer.undeclared]


def part_row(part: Part) -> Row:
    """One part of a composite as columns."""
    told: Row = {"part": part.words.id, "of": part.subject, "weight": part.weight, "score": part.score}
    return told | number_row(part.number)


@rows.register
def _(answer: MetricWords) -> list[Row]:
    told = dataclasses.asdict(answer)
    return [{name: "\n".join(value) if isinstance(value, tuple) else value for name, value in told.items() if value}]


def _plain(one: KindUse | PersonHit | MetricWords | QueryWords) -> Row:
    if isinstance(one, QueryWords):
        return {"query": one.query, "answers": one.answers, "keys": one.keys}
    if isinstance(one, MetricWords):
        return {
            "metric": one.id,
            "title": one.title,
            "asks": one.asks,
            "of": one.query or one.subject,
            "discipline": one.discipline,
        }
    if isinstance(one, KindUse):
        used = ", ".join(one.used_by)
        return {"kind": one.kind, "signals": one.signals, "first": one.first, "last": one.last, "used_by": used}
    return {"actor": one.actor, "signals": one.signals, "last": one.last}
