"""What the nouns mean that numbers rest on: which signals make a task, a journey or a question, apart from how they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import TouchpathError
from touchpath.model.experience import Experience, Journey, Question, Task
from touchpath.services.subjects import find_subject

#: What a query's document may name, by its keys.
_NAMED = ("task", "journey", "question", "questionnaire", "persona", "role")


def meaning_of(noun: object) -> dict[str, Any]:
    """What is counted of a noun, by key; {} for what is no noun of the model."""
    if isinstance(noun, Task):
        return {key: getattr(noun, key) for key in ("start", "success", "failure", "error", "abandon", "limit", "same")}
    if isinstance(noun, Journey):
        steps = tuple((step.match, step.optional) for step in noun.steps)
        return {"steps": steps, "contacts": noun.contacts, **{key: getattr(noun, key) for key in ("window", "same", "flow")}}
    if isinstance(noun, Question):
        return {"asked": noun.asked, "scale": (noun.low, noun.high), "metric": noun.metric}
    if isinstance(noun, tuple) and noun and all(isinstance(one, Question) for one in noun):
        return {"items": tuple((one.item, *meaning_of(one).values()) for one in noun)}
    return {"signals": noun} if isinstance(noun, tuple) else {}


def meaning_of_subject(experience: Experience, metric: str, subject: str) -> dict[str, Any] | None:
    """What is counted of what a metric of the catalogue is measured of; None where the model does not have it."""
    if metric not in METRICS:
        return {}
    try:
        return meaning_of(find_subject(experience, METRICS[metric], subject)[1])
    except TouchpathError:
        return None


def meanings_in(experience: Experience, document: object) -> tuple[tuple[str, Any], ...]:
    """What the nouns mean that a query's document names, wherever they stand in it."""
    return tuple(_named(experience, document))


def _named(experience: Experience, part: object) -> Iterator[tuple[str, Any]]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in _NAMED and isinstance(value, str):
                yield f"{key} {value}", _of_name(experience, key, value)
            else:
                yield from _named(experience, value)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for one in part:
            yield from _named(experience, one)


def _of_name(experience: Experience, kind: str, name: str) -> object:
    if kind == "questionnaire":
        return meaning_of(tuple(one for one in experience.questions if one.questionnaire == name))
    nouns: Sequence[Any] = getattr(experience, f"{kind}s")
    noun = next((one for one in nouns if one.id == name), None)
    return noun.rule if kind in ("persona", "role") and noun is not None else meaning_of(noun)
