"""The nouns of an experience: what an organisation offers, where it meets people, and the journeys that run through it.

All are frozen and hold no behaviour beyond looking things up. Every noun has an `id` (stable, used in links and in YAML)
and a `title` (for people).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol, TypeVar

from touchpath.model.errors import Missing, unknown
from touchpath.model.flow import Flow, sure_steps
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.rules import EventRule

Noun = TypeVar("Noun", bound="Named")
Medium = Literal["digital", "physical", "human"]
Use = Literal["before", "during", "after"]
Level = Literal["L0", "L1", "L2", "L3", "L4"]

#: Kinds of objects that every workspace has without declaring them: the visit and the survey response.
BUILT_IN_OBJECT_KINDS = ("session", "response")


class Named(Protocol):
    """Whatever has an id."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Brand:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Surface:
    """A product on one platform in one version."""

    id: str
    title: str
    type: str = "website"
    platform: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    title: str
    surfaces: tuple[Surface, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFamily:
    id: str
    title: str
    products: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """Where the organisation and a person meet. `direct` is False for campaigns, packaging, newsletters and the like."""

    id: str
    title: str
    medium: Medium = "digital"
    type: str = ""
    direct: bool = True
    channel: str = ""
    owner: str = ""
    policy: str = ""
    promise: str = ""


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of thing that signals are about: order, ticket, subscription, response, session ..."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to cut numbers. `field` as in Condition; `changes` says which value holds for a person over time."""

    id: str
    title: str
    field: str
    level: Literal["signal", "person", "account", "object"] = "signal"
    changes: Literal["fixed", "as_of_signal", "latest"] = "as_of_signal"
    max_cells: int = 64


@dataclass(frozen=True, slots=True)
class Persona:
    """People who ever did something that matches `rule`, with what research knows about them.

    `purpose` is what they want, `pains` what is in their way, `evidence` how we know.
    """

    id: str
    title: str
    rule: EventRule
    needs: str = ""
    evidence: str = ""
    review_due: date | None = None
    purpose: str = ""
    pains: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """What people are to a purchase or an account: buyer, payer, user, beneficiary, admin. Who ever did what `rule` says has the role.

    Somebody may have several roles, or none; the buyer is often not the one who lives the experience.
    """

    id: str
    title: str
    rule: EventRule


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When people become customers and when they are so no longer.

    Potential until the first signal that meets `current`; current from then on, until one meets `past` or, if `quiet` is given, until
    so long nothing met `current`; another `current` begins anew.
    """

    current: EventRule
    past: EventRule | None = None
    quiet: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What signals say of accounts. name, renewal: the properties ("properties.NAME") whose newest value says what an account is called, and
    until which day its contract runs.

    paid: signals whose value is money that came in. sets, ends: signals whose value sets a recurring amount a month, and that end it, of each
    object of the kind `same`. None = what connectors of billing systems write.
    """

    name: str = ""
    renewal: str = ""
    paid: EventRule | None = None
    sets: EventRule | None = None
    ends: EventRule | None = None
    same: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person tries to get done. An attempt runs from a `start` signal to the first `success` or `failure`.

    `abandon` signals end an attempt as abandoned; so does the next start, and so does `limit` running out.
    `same`: kind of object that ties an attempt together (signals of another object do not belong to it).
    """

    id: str
    title: str
    start: EventRule
    success: EventRule
    failure: EventRule | None = None
    error: EventRule | None = None
    abandon: EventRule | None = None
    limit: timedelta = timedelta(minutes=30)
    product: str = ""
    same: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A survey item. `asked` matches its answer signals, whose `value` is the rating; `low` to `high` is the scale.

    `metric` names the metric in the catalogue that reads it: nps, csat, ces, seq ...; "" for a question on a scale of its own, which
    items of the model and queries read. `item` numbers it inside a questionnaire.
    """

    id: str
    title: str
    asked: EventRule
    low: int
    high: int
    metric: str = ""
    questionnaire: str = ""
    item: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    title: str
    match: EventRule
    use: Use = "during"
    touchpoints: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    optional: bool = False
    hand_off: bool = False
    moment_of_truth: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    id: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """A designed journey. `window` runs from entry; `same` holds its steps to one object ("the same order").

    `flow` says in which orders its steps may come, see touchpath.model.flow; () = as they stand, those that are `optional` or not.
    """

    id: str
    title: str
    stages: tuple[Stage, ...]
    purpose: str = ""
    level: Level = "L2"
    version: int = 1
    state: Literal["as-is", "to-be"] = "as-is"
    window: timedelta = timedelta(days=30)
    same: str = ""
    products: tuple[str, ...] = ()
    contacts: EventRule | None = None
    owner: str = ""
    review_due: date | None = None
    personas: tuple[str, ...] = ()
    flow: Flow = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return tuple(step for stage in self.stages for step in stage.steps)

    @property
    def needed(self) -> tuple[Step, ...]:
        """The steps that everybody has to pass, in order: not optional, and with a flow on every way through it, in one order."""
        sure = sure_steps(self.flow) if self.flow else {step.id for step in self.steps}
        return tuple(step for step in self.steps if step.id in sure and not step.optional)

    @property
    def design(self) -> Flow:
        """The flow; of a journey without one its steps in order, the optional ones optional."""
        plain = (("optional", ("step", step.id)) if step.optional else ("step", step.id) for step in self.steps)
        return self.flow or ("sequence", *plain)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When somebody is there to answer. `open`: texts as in "mon-fri 09:00-17:30"; `zone` "" = the workspace's; `closed`: holidays."""

    id: str
    title: str
    open: tuple[str, ...]
    zone: str = ""
    closed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Experience:
    """The whole model of one workspace."""

    brand: Brand
    families: tuple[ProductFamily, ...] = ()
    channels: tuple[Channel, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    object_kinds: tuple[ObjectKind, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    personas: tuple[Persona, ...] = ()
    roles: tuple[Role, ...] = ()
    lifecycle: Lifecycle | None = None
    accounts: AccountFacts | None = None
    tasks: tuple[Task, ...] = ()
    questions: tuple[Question, ...] = ()
    journeys: tuple[Journey, ...] = ()
    metrics: tuple[MetricDefinition, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    about: str = ""

    @property
    def products(self) -> tuple[Product, ...]:
        """All products of all families."""
        return tuple(product for family in self.families for product in family.products)

    def journey(self, id: str) -> Journey:
        """The journey with this id; raises Missing."""
        return _find("journey", id, self.journeys)

    def task(self, id: str) -> Task:
        """The task with this id; raises Missing."""
        return _find("task", id, self.tasks)

    def question(self, id: str) -> Question:
        """The question with this id; raises Missing."""
        return _find("question", id, self.questions)

    def dimension(self, id: str) -> Dimension:
        """The dimension with this id; raises Missing."""
        return _find("dimension", id, self.dimensions)

    def role(self, id: str) -> Role:
        """The role with this id; raises Missing."""
        return _find("role", id, self.roles)

    def schedule(self, id: str) -> Schedule:
        """The schedule with this id; raises Missing."""
        return _find("schedule", id, self.schedules)

    def rules(self) -> Iterator[EventRule]:
        """Every event rule of the model."""
        for journey in self.journeys:
            yield from (step.match for step in journey.steps)
            if journey.contacts:
                yield journey.contacts
        for task in self.tasks:
            yield from (rule for rule in (task.start, task.success, task.failure, task.error, task.abandon) if rule)
        yield from (question.asked for question in self.questions)
        yield from (persona.rule for persona in self.personas)
        yield from (role.rule for role in self.roles)
        if self.lifecycle:
            yield from (rule for rule in (self.lifecycle.current, self.lifecycle.past) if rule)
        if self.accounts:
            yield from (rule for rule in (self.accounts.paid, self.accounts.sets, self.accounts.ends) if rule)
        for metric in self.metrics:
            yield from (rule for rule in (metric.numerator, metric.denominator) if rule)

    @property
    def properties(self) -> tuple[str, ...]:
        """Names of all declared properties: those that a rule, a query or a dimension reads, sorted."""
        named = {name for rule in self.rules() for name in rule.properties}
        named |= {name for metric in self.metrics if metric.query for name in metric.query.properties}
        facts = (self.accounts.name, self.accounts.renewal) if self.accounts else ()
        named |= {one.removeprefix("properties.") for one in facts if one.startswith("properties.")}
        named |= {d.field.removeprefix("properties.") for d in self.dimensions if d.field.startswith("properties.")}
        return tuple(sorted(named))


def _find(noun: str, id: str, among: tuple[Noun, ...]) -> Noun:
    for one in among:
        if one.id == id:
            return one
    raise Missing(unknown(noun, id, (one.id for one in among)))
