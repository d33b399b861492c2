"""Queries by persona, role or status: people may be in several parts, so each part is asked for itself and all are told in one answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.services.ground import Ground
from touchpath.services.parties import LINKED, PERSONA, ROLE, is_party, missing_parts, told_overlap
from touchpath.services.queries.reading import Asked, Chosen
from touchpath.services.results import QueryAnswer, Table, Value
from touchpath.timelines.status import STATUSES


def party_of(experience: Experience, asked: Asked) -> str:
    """By which of persona, role and status a query is cut; "" for one that is cut by dimensions alone. Raises BadInput for both at once."""
    found = [one for one in asked.by if is_party(experience, one)]
    if not found:
        return ""
    if len(asked.by) > 1 or found == [LINKED]:
        raise BadInput(
            f"A query is cut by {', '.join(asked.by)}: by '{found[0]}' it is cut alone, and 'linked' cuts metrics only. Choose people with "
            f"who: {{persona: ...}} (or role, status) and cut by the dimensions."
        )
    return found[0]


def everybody(experience: Experience, asked: Asked) -> Asked:
    """The query without such a cut."""
    return replace(asked, by=()) if party_of(experience, asked) else asked


def by_parts(experience: Experience, asked: Asked) -> tuple[tuple[str, Asked], ...]:
    """The query of each part, with the part's title; none where it is not cut so. Raises Missing where the model has no such parts."""
    party = party_of(experience, asked)
    if not party:
        return ()
    whole = replace(asked, by=())
    return tuple((title, replace(whole, who=(*asked.who, chosen))) for title, chosen in _parts(experience, party))


def _parts(experience: Experience, party: str) -> Iterable[tuple[str, Chosen]]:
    missing_parts(experience, party)
    if party == PERSONA:
        return [(one.title, Chosen(persona=one.id)) for one in experience.personas]
    if party == ROLE:
        return [(one.title, Chosen(role=one.id)) for one in experience.roles]
    return [(one, Chosen(status=one)) for one in STATUSES]


def told_together(ground: Ground, asked: Asked, answers: Sequence[tuple[str, QueryAnswer]]) -> QueryAnswer:
    """One answer of those to the parts: every table with the parts' rows under each other, and the part as its segment."""
    first = answers[0][1]
    names = dict.fromkeys(table.name for _, one in answers for table in one.tables)
    overlap = told_overlap(ground, asked.by[0], asked.unit)
    notes = dict.fromkeys((*([overlap] if overlap else []), *(note for _, one in answers for note in one.notes)))
    return replace(
        first,
        tables=tuple(
            _under_each_other(name, [(title, one.table(name)) for title, one in answers if _has(one, name)]) for name in names
        ),
        notes=tuple(notes),
        maturity=max(one.maturity for _, one in answers),
    )


def _has(answer: QueryAnswer, name: str) -> bool:
    return any(table.name == name for table in answer.tables)


def _under_each_other(name: str, tables: Sequence[tuple[str, Table]]) -> Table:
    columns = dict.fromkeys(column for _, table in tables for column in table.columns)
    told = (*columns,) if "segment" in columns else ("segment", *columns)
    records: list[Mapping[str, Value]] = [{**record, "segment": title} for title, table in tables for record in table.records()]
    return Table(name, told, tuple(tuple(record.get(column) for column in told) for record in records))
