"""Tables of what a workspace knows beside its signals, for those who read it by SQL: ids with their people, and the model's questions."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from touchpath.model.experience import Experience, Question
from touchpath.model.keys import name_key
from touchpath.model.rules import Condition
from touchpath.store.search import SearchStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import TimelineSet

#: So many ids are handed over, those that were heard of last.
MOST_ACTORS = 1_000_000


def handed_tables(index: SearchStore, timelines: TimelineStore[TimelineSet], experience: Experience) -> dict[str, pa.Table]:
    """`actors`: ids with the person whom they belong to now; `questions` and `question_conditions`: which signals answer what.

    A question is left out where its rule asks for more than properties with certain values.
    """
    actors = [one.actor for one in index.find_actors("", MOST_ACTORS)]
    keys = [name_key(actor) for actor in actors]
    persons = timelines.persons_of(keys) if keys else []
    simple = [one for one in experience.questions if _is_simple(one)]
    kinds = [(one, kind) for one in simple for kind in one.asked.kinds]
    conditions = [condition for one in simple for condition in _conditions(one)]
    return {
        "actors": pa.table(
            {
                "actor_key": pa.array(keys, pa.int64()),
                "actor": pa.array(actors, pa.string()),
                "person": pa.array(persons, pa.int64()),
            }
        ),
        "questions": pa.table(
            {
                "question": pa.array([one.id for one, _ in kinds], pa.string()),
                "title": pa.array([one.title for one, _ in kinds], pa.string()),
                "low": pa.array([one.low for one, _ in kinds], pa.int32()),
                "high": pa.array([one.high for one, _ in kinds], pa.int32()),
                "kind": pa.array([kind for _, kind in kinds], pa.string()),
            }
        ),
        "question_conditions": pa.table(
            {
                "question": pa.array([id for id, _, _ in conditions], pa.string()),
                "path": pa.array([path for _, path, _ in conditions], pa.string()),
                "allowed": pa.array([allowed for _, _, allowed in conditions], pa.list_(pa.string())),
            }
        ),
    }


def _is_simple(question: Question) -> bool:
    fits = (one.operator in ("equals", "in") and one.field.startswith("properties.") for one in question.asked.conditions)
    return bool(question.asked.kinds) and all(fits)


def _conditions(question: Question) -> Iterator[tuple[str, str, list[str]]]:
    for one in question.asked.conditions:
        name = one.field.removeprefix("properties.").replace('"', '""')
        yield question.id, f'$."{name}"', [_text(value) for value in _listed(one)]


def _listed(condition: Condition) -> list[object]:
    return list(condition.operand) if isinstance(condition.operand, tuple) else [condition.operand]


def _text(value: object) -> str:
    """A value as JSON tells it without quotes."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
