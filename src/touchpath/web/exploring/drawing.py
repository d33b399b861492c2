"""What an answer looks like: the figures that fit its query, and its tables with a number, an interval and n in every cell that has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords, Number, QueryAnswer, Reading, Table, Value
from touchpath.web.charts import Figure, draw_segments, draw_trend
from touchpath.web.charts.funnel import FunnelBar, draw_funnel, worst_of
from touchpath.web.charts.heat import HeatRow, draw_heat
from touchpath.web.exploring.ways import NO_HANDS, ByHand, draw_flows, draw_paths
from touchpath.web.icons import icon
from touchpath.web.languages import N_, _
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import plain, show, show_day, show_period

#: So many rows of a table are shown; the others are in the export.
MOST_ROWS = 200
#: So many groups get bars, so many cohorts a row.
_MOST_BARS, _MOST_COHORTS = 15, 60
_LONGEST_CELL = 400
_WHERE = ("from", "to", "segment")

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell: words, or a number with its interval."""

    text: str = ""
    number: Number | None = None
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of an answer. left_out: rows that are only in the export."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    left_out: int = 0

    @property
    def numeric(self) -> frozenset[int]:
        """Places of columns of numbers."""
        return frozenset(place for row in self.rows for place, cell in enumerate(row) if cell.numeric and place)


def show_tables(answer: QueryAnswer, zone: str) -> tuple[ShownTable, ...]:
    """The tables of an answer without the columns that say nothing."""
    return tuple(_table(table, zone) for table in answer.tables)


def draw_answer(answer: QueryAnswer, grain: str, zone: str, by_hand: ByHand = NO_HANDS) -> tuple[Figure, ...]:
    """The figures that fit; none where a table says it best. by_hand: what ways are drawn with, and where their marks lead."""
    if explore := _BY_HAND.get(answer.query):
        return tuple(explore(answer, zone, by_hand))
    draw = _DRAWN.get(answer.query, _draw_any)
    return tuple(draw(answer, grain, zone))


# -- tables --------------------------------------------------------------------------------------------------------------


def _table(table: Table, zone: str) -> ShownTable:
    records = table.records()[:MOST_ROWS]
    periods = {(record.get("from"), record.get("to")) for record in table.records()}
    named = [name for name in table.columns if name not in ("from", "to")]
    kept = [name for name in named if not name.startswith("segment") or any(record[name] for record in table.records())]
    dated = len(periods) > 1
    rows = tuple(
        (*((ShownCell(_period(record, zone)),) if dated else ()), *(_cell(record[name]) for name in kept)) for record in records
    )
    columns = (*((_("Period"),) if dated else ()), *(in_words(name) for name in kept))
    return ShownTable(table.name, in_words(table.name), columns, rows, len(table.rows) - len(records))


def show_rows(rows: pa.Table) -> ShownTable:
    """Rows of SQL as they are: columns keep their names, nothing is left out."""
    numeric = [pa.types.is_integer(one.type) or pa.types.is_floating(one.type) for one in rows.schema]
    shown = tuple(
        tuple(ShownCell(_as_text(value), numeric=is_number) for value, is_number in zip(row.values(), numeric, strict=True))
        for row in rows.rename_columns([str(place) for place in range(rows.num_columns)]).to_pylist()
    )
    return ShownTable("rows", _("Rows"), tuple(rows.schema.names), shown)


def _as_text(value: object) -> str:
    """A value of SQL, short enough for a cell."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _cell(value: Value) -> ShownCell:
    if isinstance(value, Estimate | Undefined):
        return ShownCell(number=value, numeric=True)
    if isinstance(value, bool):
        return ShownCell(_("yes") if value else _("no"))
    if isinstance(value, int):
        return ShownCell(plain(value, 0), numeric=True)
    if isinstance(value, float):
        return ShownCell(plain(value, 2), numeric=True)
    if isinstance(value, datetime):
        return ShownCell(value.isoformat(timespec="minutes"))
    return ShownCell(say(value) if value and value.startswith("(") else value or "")


def in_words(name: str) -> str:
    """The name of a column or table for people.

    >>> in_words("per_person")
    'Per person'
    """
    return say(name.replace("_", " ").capitalize())


def _period(record: Record, zone: str) -> str:
    start, end = record.get("from"), record.get("to")
    return show_period(Period(start, end), zone) if isinstance(start, datetime) and isinstance(end, datetime) else ""


# -- figures -------------------------------------------------------------------------------------------------------------


def _draw_funnel(answer: QueryAnswer, grain: str, zone: str) -> Iterator[Figure]:
    """One funnel for each segment of the latest period, at most three."""
    records = answer.table("steps").records()
    last = records[-1]["from"] if records else None
    latest = [record for record in records if record["from"] == last]
    for segment in list(dict.fromkeys(str(record["segment"]) for record in latest))[:3]:
        of_it = [record for record in latest if record["segment"] == segment]
        bars = [FunnelBar(str(one["step"]), _number(one["reach"]), _number(one["completion"])) for one in of_it]
        worst = worst_of(bars)
        lost = show(bars[worst].completion).whole if worst > 0 else ""
        finding = (
            _(
                "The largest loss comes before ‘%(step)s’: %(share)s of the step before go on",
                step=bars[worst].title,
                share=lost,
            )
            if lost
            else _("The funnel, step by step")
        )
        about = f"{segment}. " if segment else ""
        caption = about + _(
            "%(count)s entrants, %(period)s. Entrants whose window is open are left out.",
            count=_count(of_it[0], "entrants"),
            period=_period(of_it[0], zone),
        )
        yield draw_funnel(bars, finding, caption, icon("warn"), f"funnel-{segment}" if segment else "funnel")
    yield from _trend(answer, "conversion", "conversion", grain, zone)


def _draw_retention(answer: QueryAnswer, _grain: str, zone: str) -> Iterator[Figure]:
    """The curve of each segment, and the cohorts as a grid where there are several."""
    records = answer.table("cohorts").records()
    segments = list(dict.fromkeys(str(record["segment"]) for record in records))[:3]
    for segment in segments:
        pooled = [one for one in answer.table("curve").records() if one["segment"] == segment]
        columns = tuple(str(one["interval"]) for one in pooled)
        size = _whole(pooled[0]["people"]) if pooled else 0
        rows = [
            HeatRow(
                _("All of %(segment)s", segment=segment) if segment else _("All"),
                size,
                tuple(_number(one["share"]) for one in pooled),
            )
        ]
        mine = [record for record in records if record["segment"] == segment]
        starts = list(dict.fromkeys(record["from"] for record in mine))
        for start in starts[-_MOST_COHORTS:] if len(starts) > 1 else ():
            cohort = [record for record in mine if record["from"] == start]
            title = show_day(start, zone) if isinstance(start, datetime) else ""
            told = {str(one["interval"]): _number(one["share"]) for one in cohort}
            rows.append(HeatRow(title, _whole(cohort[0]["started"]), tuple(told.get(name) for name in columns)))
        yield draw_heat(
            rows,
            columns,
            _retained(pooled),
            _("Share that came back, %(period)s.", period=show_period(answer.period, zone)),
            _("Cohort"),
            id=f"retention-{segment}" if segment else "retention",
        )


def _retained(pooled: Sequence[Record]) -> str:
    known = [(str(one["interval"]), one["share"]) for one in pooled if isinstance(one["share"], Estimate)]
    if not known:
        return _("Nobody could have come back yet")
    (first, share), (last, left) = known[0], known[-1]
    if last == first:
        return _("%(share)s come back in %(when)s", share=show(share).whole, when=say(first))
    return _(
        "%(share)s come back in %(when)s, %(left)s in %(later)s",
        share=show(share).whole,
        when=say(first),
        left=show(left).whole,
        later=say(last),
    )


def _draw_any(answer: QueryAnswer, grain: str, zone: str) -> Iterator[Figure]:
    """The first number of the first table: over time, else by segment, else by what the rows are about."""
    table = answer.tables[0]
    column = _first_number(table)
    if not column:
        return
    drawn = list(_trend(answer, table.name, column, grain, zone)) if grain else []
    yield from drawn
    if drawn:
        return
    records = table.records()
    first = [record for record in records if record.get("from") == records[0].get("from")]
    about = [name for name in table.columns if name not in _WHERE and isinstance(first[0][name], str)][:1]
    by = about[0] if about else "segment"
    if by not in table.columns or len(first) < 2:
        return
    segments = {record.get("segment") for record in first}
    readings = [
        Reading(
            _number(record[column]),
            segment=" · ".join(
                filter(None, (str(record[by]), *([str(record["segment"])] if about and len(segments) > 1 else [])))
            ),
        )
        for record in first[:_MOST_BARS]
    ]
    yield draw_segments(_measurement(answer, column, Undefined(N_("not asked")), readings), readings)


def _trend(answer: QueryAnswer, name: str, column: str, grain: str, zone: str) -> Iterator[Figure]:
    """A number over time, for everybody or the first segment."""
    records = answer.table(name).records()
    segment = records[0].get("segment") if records else ""
    labels = [one for one in answer.table(name).columns if one not in _WHERE and records and isinstance(records[0][one], str)]
    mine = [one for one in records if one.get("segment") == segment and all(one[name] == records[0][name] for name in labels)]
    if not grain or len(mine) < 2:
        return
    readings = tuple(
        Reading(_number(one[column]), Period(start, end), complete=end <= answer.period.end)
        for one in mine
        if isinstance(start := one.get("from"), datetime) and isinstance(end := one.get("to"), datetime)
    )
    if len(readings) > 1 and any(isinstance(one.number, Estimate) for one in readings):
        about = ", ".join(filter(None, (str(segment or ""), *(str(records[0][label]) for label in labels))))
        yield draw_trend(_measurement(answer, column, readings[-1].number, readings, about), readings, grain, zone)


def _measurement(answer: QueryAnswer, column: str, total: Number, readings: Sequence[Reading], about: str = "") -> Measurement:
    known = next((one.number for one in readings if isinstance(one.number, Estimate)), None)
    title = f"{in_words(column)}{f' ({about})' if about else ''}"
    words = MetricWords(column, title, "", "", known.unit if known else "", "neither", "", "", "")
    return Measurement(words, about, total, tuple(readings), None, answer.period, answer.data_version)


def _first_number(table: Table) -> str:
    """The first column with an estimate; "" = there is none."""
    for place, name in enumerate(table.columns):
        if any(isinstance(row[place], Estimate) for row in table.rows):
            return name
    return ""


def _number(value: Value) -> Number:
    return value if isinstance(value, Estimate | Undefined) else Undefined(N_("not told"))


def _whole(value: Value) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _count(record: Record, name: str) -> str:
    return plain(_whole(record[name]), 0)


_DRAWN: Mapping[str, Callable[[QueryAnswer, str, str], Iterator[Figure]]] = {
    "funnel": _draw_funnel,
    "retention": _draw_retention,
}
_BY_HAND: Mapping[str, Callable[[QueryAnswer, str, ByHand], Iterator[Figure]]] = {"flows": draw_flows, "paths": draw_paths}
