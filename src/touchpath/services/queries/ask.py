"""Asks a query: finds the people, runs the fold, and tells what it counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame, Ground, find_owner
from touchpath.services.parties import status_is
from touchpath.services.queries.by_parts import by_parts, everybody, told_together
from touchpath.services.queries.query import Setting
from touchpath.services.queries.reading import Asked, Chosen
from touchpath.services.queries.undeclared import join_undeclared, undeclared_notes
from touchpath.services.results import QueryAnswer, Table
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.crossing import Crossing
from touchpath.timelines.cut import OTHER, check_level
from touchpath.timelines.fold import Fold, Selection, Summary, Who, ending_of
from touchpath.timelines.only import Held, OnlySignals
from touchpath.timelines.who import EverMatched, HaveObject, Otherwise, SegmentOnly


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that is ready to run: its fold, the frame it counts in, and the filters of people."""

    fold: Fold[Summary]
    frame: Frame
    who: tuple[Who, ...]


def prepare(ground: Ground, asked: Asked) -> Prepared:
    """Find out where a query counts and whom it reads; raises BadInput or Missing for what cannot be asked."""
    fold, frame = planned(ground, asked)
    return Prepared(fold, frame, (*ground.who, *(choose(ground, one, asked.unit) for one in asked.who)))


def planned(ground: Ground, asked: Asked) -> tuple[Fold[Summary], Frame]:
    """The fold and the frame in which it counts, before anybody is chosen."""
    join_undeclared(ground, asked)
    frame = ground.frame(asked.period, asked.by, asked.grain, asked.unit)
    setting = Setting(ground.experience, frame.timelines, frame.span, ground.zone, ground.week_start, asked.grain)
    return filtered(ground, asked, asked.query.fold(setting)), frame


def filtered(ground: Ground, asked: Asked, fold: Fold[Summary]) -> Fold[Summary]:
    """The fold over those signals only that meet the query's conditions."""
    held = held_by(ground, asked)
    return OnlySignals(EventRule((), asked.where), fold, held) if asked.where or held else fold


def held_by(ground: Ground, asked: Asked) -> tuple[Held, ...]:
    """The conditions on dimensions, with the dimensions; raises BadInput for one that means nothing for this unit."""
    held = tuple((ground.dimension(one.field), one) for one in asked.as_of)
    for dimension, _ in held:
        check_level(asked.unit, dimension)
    return held


def ask(ground: Ground, asked: Asked, confidence: float) -> QueryAnswer:
    """The answer to a query, in tables."""
    if parts := by_parts(ground.experience, asked):
        return told_together(ground, asked, [(title, ask(ground, one, confidence)) for title, one in parts])
    prepared = prepare(ground, asked)
    frame = prepared.frame
    summary = ground.engine.summarise(prepared.fold, frame.timelines, frame.cut, prepared.who)
    return concluded(ground, asked, prepared, summary, confidence)


def concluded(ground: Ground, asked: Asked, prepared: Prepared, summary: object, confidence: float) -> QueryAnswer:
    """What a query's summary says, in tables."""
    frame = prepared.frame
    return QueryAnswer(
        query=asked.query.name,
        title=asked.title or asked.query.name,
        tables=tuple(with_parts(table, frame) for table in asked.query.tables(summary, frame, asked.confidence or confidence)),
        unit=asked.unit,
        period=frame.span,
        data_version=frame.timelines.data_version,
        notes=(*pooled_notes(frame), *unknown_kinds(asked, frame.timelines, ground), *undeclared_notes(ground, asked)),
        maturity=timedelta(microseconds=ending_of(prepared.fold, frame.cut.cut.edges, frame.timelines.end).reach),
    )


def with_parts(table: Table, frame: Frame) -> Table:
    """A table that is cut by several dimensions, with a column for each beside the segment; any other as it is."""
    parts = frame.parts
    if not parts or "segment" not in table.columns:
        return table
    at = table.columns.index("segment")
    none = ("",) * len(frame.dimensions)
    columns = (*table.columns[: at + 1], *(f"segment_{name}" for name in frame.dimensions), *table.columns[at + 1 :])
    rows = ((*row[: at + 1], *parts.get(str(row[at]), none), *row[at + 1 :]) for row in table.rows)
    return Table(table.name, columns, tuple(rows))


def pooled_notes(frame: Frame) -> Iterator[str]:
    """What a cut by several dimensions pools."""
    cut = frame.cut.cut
    if not isinstance(cut, Crossing):
        return
    for name, one in zip(frame.dimensions, cut.cuts, strict=True):
        if one.pooled:
            yield f"Of '{name}' {one.pooled:,} rarer values are pooled as '{OTHER}'."
    if cut.pooled:
        kept = len(cut.labels) - 1
        yield f"Beyond the {kept:,} most frequent combinations {cut.pooled:,} are pooled as '{OTHER}'."


def select(ground: Ground, asked: Asked, outcome: str) -> Selection:
    """The owners with a named outcome of a query, looking only at what falls into its period."""
    outcomes = asked.query.outcomes()
    if outcome not in outcomes:
        raise Missing(unknown("outcome", outcome, outcomes))
    # A group is one over the whole period, but for queries that only exist by periods.
    asked = everybody(ground.experience, asked)
    prepared = prepare(ground, asked if getattr(asked.query, "needs_grain", False) else replace(asked, grain=None))
    frame = prepared.frame
    title = f"{asked.title or asked.query.name}: {outcome}"
    return ground.engine.select(prepared.fold, frame.timelines, outcomes[outcome], prepared.who, title, frame.cut)


def choose(ground: Ground, chosen: Chosen, unit: str) -> Who:
    """A filter of people, ready to be asked of every shard."""
    found = ground.once((chosen, unit), lambda: _choose(ground, chosen, unit))
    return Otherwise(found) if chosen.negated else found


def _choose(ground: Ground, chosen: Chosen, unit: str) -> Who:
    if chosen.people is not None:
        return _of_query(ground, chosen.people, chosen.outcome, unit)
    if chosen.ids:
        return by_ids(ground, unit, chosen.ids)
    if chosen.did is not None:
        return EverMatched(chosen.did, chosen.period)
    if chosen.persona:
        personas = {persona.id: persona.rule for persona in ground.experience.personas}
        if chosen.persona not in personas:
            raise Missing(unknown("persona", chosen.persona, personas))
        return EverMatched(personas[chosen.persona], chosen.period)
    if chosen.role:
        return EverMatched(ground.experience.role(chosen.role).rule, chosen.period)
    if chosen.status:
        return status_is(ground, chosen.status, unit, chosen.period)
    dimension = ground.dimension(chosen.dimension)
    check_level(unit, dimension)
    return SegmentOnly(dimension, chosen.value)


def _of_query(ground: Ground, people: Asked, outcome: str, unit: str) -> Who:
    """Those with an outcome of another query; of a query about objects, those who have one of them."""
    if people.unit == unit:
        return select(ground, people, outcome)
    if people.unit in ("person", "account"):
        raise BadInput(
            f"A query about '{unit}' cannot be filtered by a query about '{people.unit}': only objects can be found on the "
            "timelines of others. Ask both about one unit, or filter by what was done."
        )
    return HaveObject(people.unit, select(ground, people, outcome))


def by_ids(ground: Ground, unit: str, ids: Sequence[str]) -> Selection:
    """The owners with these ids: actors, accounts or objects; raises Missing for one that has no signal."""
    keys = [ground.timelines.person_of(name_key(id)) if unit == "person" else name_key(id) for id in ids]
    opened = ground.open(unit)
    for id, key in zip(ids, keys, strict=True):
        if find_owner(opened, key) is None:
            raise Missing(f"No {unit} with signals is called '{id}'.")
    return Selection(unit, np.unique(np.array(keys, np.int64)), ", ".join(ids), opened.data_version)


def unknown_kinds(asked: Asked, timelines: TimelineSet, ground: Ground) -> Iterator[str]:
    """A note for every kind that the query reads and no signal has."""
    known = [word for word in timelines.words.get("kind", ()) if word]
    named = dict.fromkeys(kind for rule in asked.query.rules(ground.experience) for kind in rule.kinds)
    yield from (unknown("kind of signal", kind, known) for kind in named if kind not in known)
