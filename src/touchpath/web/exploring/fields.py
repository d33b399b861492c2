"""The fields of a form as a page shows them: what stands in each, what is wrong with it, and what may be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from touchpath.model.experience import BUILT_IN_OBJECT_KINDS, Experience
from touchpath.model.rules import RULE_FIELDS
from touchpath.services.parties import PERSONA, ROLE, STATUS
from touchpath.services.queries.keys import Key, QueryForm, spell
from touchpath.services.results import KindUse
from touchpath.web.exploring.form import OWN, Faulty
from touchpath.web.exploring.rows import MOST_ROWS, Params, count_rows
from touchpath.web.languages import _, gettext

#: So many kinds are suggested, the most frequent ones.
MOST_SUGGESTED = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """An event rule in a form: kinds parted by commas, and conditions. called: its name, in lists of rules by name."""

    name: str
    kind: str
    where: str
    called: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownField:
    """One key of a query as a field. rules: one for a rule, several for a list.   choices: (value, words).   given: anything was."""

    key: Key
    name: str
    value: str = ""
    rules: tuple[Rule, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = ()
    given: bool = False

    @property
    def can_grow(self) -> bool:
        """Whether a row may be added."""
        return len(self.rules) < MOST_ROWS


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of people in a form."""

    name: str
    kind: str
    value: str
    negated: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Names that may be chosen, by what they are names of."""

    kinds: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    objects: tuple[str, ...]
    cuts: tuple[tuple[str, str], ...]
    named: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def suggest(experience: Experience, kinds: tuple[KindUse, ...]) -> Suggestions:
    """From the event catalogue and the model; kinds with their number of signals, and those that only the model knows."""
    used = sorted(kinds, key=lambda one: (-one.signals, one.kind))
    seen = {one.kind for one in used}
    designed = dict.fromkeys(kind for rule in experience.rules() for kind in rule.kinds if kind not in seen)
    counted = [(one.kind, f"{one.signals:,}") for one in used] + [(kind, "in the model, none came") for kind in designed]
    parties = ((PERSONA, experience.personas), (ROLE, experience.roles), (STATUS, experience.lifecycle and [1]))
    return Suggestions(
        tuple(counted[:MOST_SUGGESTED]),
        (*(name for name in RULE_FIELDS if name != "value"), "value", *(f"properties.{name}" for name in experience.properties)),
        (*BUILT_IN_OBJECT_KINDS, *(one.id for one in experience.object_kinds)),
        (*((one.id, one.title) for one in experience.dimensions), *((name, name) for name, any_ in parties if any_)),
        {
            "journey": tuple((one.id, one.title) for one in experience.journeys),
            "task": tuple((one.id, one.title) for one in experience.tasks),
            "question": tuple((one.id, one.title) for one in experience.questions),
            "schedule": tuple((one.id, one.id) for one in experience.schedules),
        },
    )


def show_fields(form: QueryForm, params: Params, faulty: Faulty, names: Suggestions) -> tuple[ShownField, ...]:
    """Every key of a query as a field."""
    return tuple(_field(key, params, faulty, names) for key in form.keys)


def show_filters(params: Params, faulty: Faulty) -> tuple[Filter, ...]:
    """The filters of people, at least one blank row."""
    return tuple(
        Filter(
            name,
            params.get(name, ""),
            params.get(f"{name}.value", ""),
            params.get(f"{name}.not", "") == "not",
            (*_faults(faulty, name), *_faults(faulty, f"{name}.value")),
        )
        for name in (f"who.{number}" for number in range(count_rows(params, "who")))
    )


def _field(key: Key, params: Params, faulty: Faulty, names: Suggestions) -> ShownField:
    name = OWN + key.name
    if key.what in ("rule", "rules", "named"):
        rules = tuple(_rules(key, name, params, faulty))
        given = any(rule.kind or rule.where or rule.called for rule in rules)
        own = () if key.what == "rule" else _faults(faulty, name)
        return ShownField(key, name, rules=rules, faults=own, given=given)
    value = params.get(name, "")
    return ShownField(key, name, value, choices=_choices(key, names), faults=_faults(faulty, name, deep=True), given=bool(value))


def _rules(key: Key, name: str, params: Params, faulty: Faulty) -> Iterator[Rule]:
    if key.what == "rule":
        places = [name]
    else:
        least = 2 if key.what == "rules" and key.needed and key.name == "steps" else 1
        places = [f"{name}.{number}" for number in range(count_rows(params, name, 1 if f"{name}.n" in params else least))]
    for place in places:
        faults = (*_faults(faulty, place), *_faults(faulty, f"{place}.where"))
        called = params.get(f"{place}.name", "")
        yield Rule(place, params.get(place, ""), params.get(f"{place}.where", ""), called, faults)


def _choices(key: Key, names: Suggestions) -> tuple[tuple[str, str], ...]:
    if key.what == "choice":
        return tuple((choice, gettext(spell(choice))) for choice in key.choices)
    if key.what == "flag":
        return (("yes", _("yes")), ("no", _("no")))
    return names.named.get(key.what, ())


def _faults(faulty: Faulty, name: str, deep: bool = False) -> tuple[str, ...]:
    """What is wrong with a field; deep: with its parts, too."""
    found = [
        message
        for place, messages in faulty.by_field.items()
        if place == name or (deep and place.startswith(f"{name}."))
        for message in messages
    ]
    return tuple(dict.fromkeys(found))
