"""Asks a query: finds the people, runs the fold, and tells what it counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.queries.query import Setting
from touchpath.services.queries.reading import Asked, Chosen
from touchpath.services.queries.undeclared import join_undeclared, undeclared_notes
from touchpath.services.results import QueryAnswer
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.fold import Fold, Selection, Summary, Who
from touchpath.timelines.only import OnlySignals
from touchpath.timelines.who import EverMatched, Otherwise, SegmentOnly


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
    return filtered(asked, asked.query.fold(setting)), frame


def filtered(asked: Asked, fold: Fold[Summary]) -> Fold[Summary]:
    """The fold over those signals only that meet the query's conditions."""
    return OnlySignals(EventRule((), asked.where), fold) if asked.where else fold


def ask(ground: Ground, asked: Asked, confidence: float) -> QueryAnswer:
    """The answer to a query, in tables."""
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
        tables=asked.query.tables(summary, frame, asked.confidence or confidence),
        unit=asked.unit,
        period=frame.span,
        data_version=frame.timelines.data_version,
        notes=(*unknown_kinds(asked, frame.timelines, ground), *undeclared_notes(ground, asked)),
    )


def select(ground: Ground, asked: Asked, outcome: str) -> Selection:
    """The owners with a named outcome of a query, looking only at what falls into its period."""
    outcomes = asked.query.outcomes()
    if outcome not in outcomes:
        raise Missing(unknown("outcome", outcome, outcomes))
    # A group is one over the whole period, but for queries that only exist by periods.
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
        if chosen.people.unit != unit:
            raise BadInput(f"A query about '{unit}' cannot be filtered by a query about '{chosen.people.unit}'.")
        return select(ground, chosen.people, chosen.outcome)
    if chosen.did is not None:
        return EverMatched(chosen.did, chosen.period)
    if chosen.persona:
        personas = {persona.id: persona.rule for persona in ground.experience.personas}
        if chosen.persona not in personas:
            raise Missing(unknown("persona", chosen.persona, personas))
        return EverMatched(personas[chosen.persona], chosen.period)
    return SegmentOnly(ground.dimension(chosen.dimension), chosen.value)


def unknown_kinds(asked: Asked, timelines: TimelineSet, ground: Ground) -> Iterator[str]:
    """A note for every kind that the query reads and no signal has."""
    known = [word for word in timelines.words.get("kind", ()) if word]
    named = dict.fromkeys(kind for rule in asked.query.rules(ground.experience) for kind in rule.kinds)
    yield from (unknown("kind of signal", kind, known) for kind in named if kind not in known)
