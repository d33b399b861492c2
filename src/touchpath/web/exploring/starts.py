"""First questions for those who face a blank form, made of what the model and the signals hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from touchpath.model.experience import Experience
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.services.results import KindUse
from touchpath.web.languages import _

Document = Mapping[str, Any]
#: So many are offered.
MOST = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What first questions are made of."""

    experience: Experience
    kinds: tuple[KindUse, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """One question to begin with."""

    title: str
    document: Document


def starts_for(query: str, known: Known) -> tuple[Start, ...]:
    """Questions that a query can answer here; none where nothing in the model suggests one."""
    suggest = _STARTS.get(query)
    found = suggest(known) if suggest else iter(())
    return tuple(start for _, start in zip(range(MOST), found, strict=False))


def _funnels(known: Known) -> Iterator[Start]:
    for journey in known.experience.journeys:
        steps = [_rule(step.match) for step in journey.steps if step.match.kinds]
        if len(steps) > 1:
            yield Start(
                _("Along the journey %(journey)s", journey=journey.title),
                {"query": "funnel", "steps": steps[:12], "window": "30d"},
            )
    for task in known.experience.tasks:
        steps = [_rule(task.start), _rule(task.success)]
        yield Start(_("From start to success of %(task)s", task=task.title), {"query": "funnel", "steps": steps, "window": "1d"})


def _by_journey(query: str) -> Callable[[Known], Iterator[Start]]:
    def suggest(known: Known) -> Iterator[Start]:
        for journey in known.experience.journeys:
            yield Start(_("Along the journey %(journey)s", journey=journey.title), {"query": query, "journey": journey.id})

    return suggest


def _tasks(known: Known) -> Iterator[Start]:
    for task in known.experience.tasks:
        yield Start(task.title, {"query": "tasks", "task": task.id})


def _answers(known: Known) -> Iterator[Start]:
    for question in known.experience.questions:
        yield Start(question.title, {"query": "answers", "question": question.id})


def _consistency(known: Known) -> Iterator[Start]:
    for question in known.experience.questions:
        yield Start(question.title, {"query": "consistency", "question": question.id})


def _volume(known: Known) -> Iterator[Start]:
    top = [one.kind for one in sorted(known.kinds, key=lambda one: -one.signals)[:5]]
    if top:
        yield Start(_("The five most frequent kinds"), {"query": "volume", "of": top})
        yield Start(_("The five most frequent kinds, by month"), {"query": "volume", "of": top, "grain": "month"})


def _flows(known: Known) -> Iterator[Start]:
    for one in sorted(known.kinds, key=lambda one: -one.signals):
        yield Start(_("What people do after %(kind)s", kind=one.kind), {"query": "flows", "of": one.kind, "steps": 3, "top": 12})


def _values(known: Known) -> Iterator[Start]:
    for dimension in known.experience.dimensions:
        yield Start(dimension.title, {"query": "values", "column": dimension.field})


def _rule(rule: EventRule) -> Any:
    """A rule as short as it can be written."""
    return rule.kinds[0] if len(rule.kinds) == 1 and not rule.conditions else plain_rule(rule)


_STARTS: Mapping[str, Callable[[Known], Iterator[Start]]] = {
    "funnel": _funnels,
    "tasks": _tasks,
    "answers": _answers,
    "consistency": _consistency,
    "volume": _volume,
    "flows": _flows,
    "values": _values,
    "conformance": _by_journey("conformance"),
    "variants": _by_journey("variants"),
    "rework": _by_journey("rework"),
    "cooccurrence": _by_journey("cooccurrence"),
}
