"""Which signals the model reads, and which nobody reads, so that none is lost silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from touchpath.model.errors import TouchpathError
from touchpath.model.experience import Experience, Journey, Task
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.rules import EventRule
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.services.results import KindUse
from touchpath.store.signals import KindCount


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One event rule and who reads signals with it: "step 'Pay' of journey 'Buy'", "task 'Check out': success"."""

    owner: str
    rule: EventRule

    @property
    def words(self) -> str:
        """The owner, saying when conditions let only some signals of a kind through."""
        return f"{self.owner} (only with its conditions)" if self.rule.conditions else self.owner


@dataclass(frozen=True, slots=True)
class UnseenKind:
    """A kind that the model reads but no signal has. `nearest` is the most similar kind that signals do have, or ""."""

    kind: str
    used_by: tuple[str, ...]
    nearest: str


def uses(experience: Experience) -> tuple[RuleUse, ...]:
    """Every event rule of the model with its owner, in the order of the model."""
    return tuple(RuleUse(owner, rule) for owner, rule in _owners(experience) if rule is not None)


def kind_uses(counts: Iterable[KindCount], experience: Experience) -> tuple[KindUse, ...]:
    """Every kind of signal that was seen, and who reads it, in the order given.

    This looks at kinds alone: a reader whose rule has conditions may take only some of a kind's signals, and its words say
    so. Rules for any kind read nothing in particular and are not counted as readers.
    """
    readers = _readers(experience)
    return tuple(KindUse(one.kind, one.signals, one.first, one.last, readers.get(one.kind, ())) for one in counts)


def unmatched(counts: Iterable[KindCount], experience: Experience) -> tuple[KindUse, ...]:
    """The kinds of signals that no step, task, question, persona or metric reads, with their counts, most frequent first."""
    unread = [use for use in kind_uses(counts, experience) if not use.used_by]
    return tuple(sorted(unread, key=lambda use: (-use.signals, use.kind)))


def unseen(counts: Iterable[KindCount], experience: Experience) -> tuple[UnseenKind, ...]:
    """The kinds that the model reads but no signal has: misspelt, or not imported yet."""
    seen = {one.kind for one in counts}
    return tuple(
        UnseenKind(kind, readers, next(iter(get_close_matches(kind, sorted(seen), n=1)), ""))
        for kind, readers in _readers(experience).items()
        if kind not in seen
    )


def property_readers(experience: Experience, kind: str) -> dict[str, tuple[str, ...]]:
    """Who reads which property of a kind's signals: conditions of rules, and dimensions."""
    readers: dict[str, tuple[str, ...]] = {}
    for use in uses(experience):
        for name in sorted(use.rule.properties) if not use.rule.kinds or kind in use.rule.kinds else ():
            readers[name] = tuple(dict.fromkeys((*readers.get(name, ()), use.owner)))
    for dimension in experience.dimensions:
        if dimension.field.startswith("properties."):
            name = dimension.field.removeprefix("properties.")
            readers[name] = (*readers.get(name, ()), f"dimension '{dimension.title}'")
    return readers


def _readers(experience: Experience) -> dict[str, tuple[str, ...]]:
    """Who reads each kind that the model names."""
    readers: dict[str, tuple[str, ...]] = {}
    for use in uses(experience):
        for kind in dict.fromkeys(use.rule.kinds):
            readers[kind] = (*readers.get(kind, ()), use.words)
    return readers


def _owners(experience: Experience) -> Iterator[tuple[str, EventRule | None]]:
    for journey in experience.journeys:
        yield from _journey_owners(journey)
    for task in experience.tasks:
        yield from _task_owners(task)
    for question in experience.questions:
        yield f"question '{question.title}'", question.asked
    for persona in experience.personas:
        yield f"persona '{persona.title}'", persona.rule
    for role in experience.roles:
        yield f"role '{role.title}'", role.rule
    if experience.lifecycle:
        yield "lifecycle: current", experience.lifecycle.current
        yield "lifecycle: past", experience.lifecycle.past
    if experience.accounts:
        yield "accounts: paid", experience.accounts.paid
        yield "accounts: sets", experience.accounts.sets
        yield "accounts: ends", experience.accounts.ends
    for metric in experience.metrics:
        yield f"metric '{metric.title}': numerator", metric.numerator
        yield f"metric '{metric.title}': denominator", metric.denominator
        yield from ((f"metric '{metric.title}'", rule) for rule in _query_rules(metric, experience))


def _query_rules(metric: MetricDefinition, experience: Experience) -> Sequence[EventRule]:
    """What the query of a metric reads; nothing where it cannot be read any more, which is told where it is measured."""
    if metric.query is None:
        return ()
    try:
        return read_asked(metric.query.plain(), QUERIES, experience).query.rules(experience)
    except TouchpathError:
        return ()


def _journey_owners(journey: Journey) -> Iterator[tuple[str, EventRule | None]]:
    for step in journey.steps:
        yield f"step '{step.title}' of journey '{journey.title}'", step.match
    yield f"journey '{journey.title}': contacts", journey.contacts


def _task_owners(task: Task) -> Iterator[tuple[str, EventRule | None]]:
    yield f"task '{task.title}': start", task.start
    yield f"task '{task.title}': success", task.success
    yield f"task '{task.title}': failure", task.failure
    yield f"task '{task.title}': error", task.error
    yield f"task '{task.title}': abandon", task.abandon
