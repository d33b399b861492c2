"""Items: what an answer of a person can be held beside, found by name: questions, questionnaires' scores, what people did before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast, get_args

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.rules import EventRule
from touchpath.services.subjects import find_subject, questionnaires_of
from touchpath.timelines.questionnaires import Scores
from touchpath.timelines.traits import Deed, Deeds, Rating, Score, Trait

_DEED_WORDS = {"count": "How often {}", "did": "Ever {}", "sum": "Sum of {}", "mean": "Mean of {}"}


@dataclass(frozen=True, slots=True)
class Item:
    """name: as it is asked for. title: for people. low, high: the ends of its scale, where it has some. questions: that it reads."""

    name: str
    title: str
    trait: Trait
    low: float | None = None
    high: float | None = None
    questions: frozenset[str] = frozenset()


def items_of(experience: Experience) -> tuple[Item, ...]:
    """Every question and every questionnaire's score of the model: what can be an outcome."""
    return (*(find_item(experience, question.id) for question in experience.questions), *_scores(experience))


def _scores(experience: Experience) -> Iterator[Item]:
    """The scores of every questionnaire whose items are all asked."""
    for name in [one.name for one in METRICS.values() if one.subject == "questionnaire"]:
        for questionnaire in questionnaires_of(experience, name):
            with suppress(BadInput):
                yield _score(experience, name, questionnaire)


def find_item(experience: Experience, name: str) -> Item:
    """A question by its id, a score as in sus:SURVEY, or what people did as in count:ticket.opened (did, sum, mean of values).

    Raises Missing with the nearest name there is, and BadInput for a deed without a kind.
    """
    head, colon, rest = name.partition(":")
    if head in get_args(Deed):
        if not rest:
            raise BadInput(f"'{name}' names no kind of signal. Write it as in {head}:ticket.opened.")
        return Item(name, _DEED_WORDS[head].format(rest), Deeds(cast(Deed, head), EventRule((rest,))))
    question = next((one for one in experience.questions if one.id == name), None)
    if question is not None:
        return Item(name, question.title, Rating(question), float(question.low), float(question.high), frozenset((question.id,)))
    if head in METRICS and METRICS[head].subject == "questionnaire":
        return _score(experience, head, rest if colon else "")
    known = [*(one.id for one in experience.questions), *(f"{deed}:KIND" for deed in get_args(Deed))]
    known += [
        f"{one.name}:{which}"
        for one in METRICS.values()
        if one.subject == "questionnaire"
        for which in questionnaires_of(experience, one.name)
    ]
    raise Missing(unknown("item", name, known))


def _score(experience: Experience, metric: str, questionnaire: str) -> Item:
    one = METRICS[metric]
    _, items, _ = find_subject(experience, one, questionnaire)
    scores = one.fold(items)
    assert isinstance(scores, Scores), "questionnaires are folded into scores"
    low, high = one.bounds
    name = f"{metric}:{items[0].questionnaire}"
    return Item(name, one.title, Score(scores), low, high, frozenset(item.id for item in items))


def check_kinds(items: tuple[Item, ...], known: frozenset[str]) -> None:
    """Raise Missing for a deed of a kind that no signal has: all its counts would be 0."""
    for item in items:
        if isinstance(item.trait, Deeds):
            for kind in item.trait.rule.kinds:
                if kind not in known:
                    raise Missing(unknown("kind of signal", kind, known))
