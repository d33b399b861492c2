"""Fitting a template to a workspace: which kinds it reads and which of them came, what each may be called here, and the model that comes
of the answers. Pure: what was seen is handed in, and a model as plain values comes out."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchpath.model.edits import Plain, remove
from touchpath.model.experience import Experience, Question
from touchpath.services.coverage import uses
from touchpath.services.likeness import likeness, most_alike
from touchpath.store.catalogue import AskedQuestion

#: In place of a name: what needs it is left out of the model.
LEFT_OUT = "-"
#: So alike that it is proposed without being asked.
_SURE = 0.75
_ASKED = "properties.question"
_RULES_OF_TASKS = ("start", "success", "failure", "error", "abandon")


@dataclass(frozen=True, slots=True)
class WantedKind:
    """A kind that a template reads. signals: that came already; used_by: what needs it; near: kinds that came and are called alike, of which
    proposed is alike enough to be meant ("" = none is)."""

    kind: str
    signals: int
    used_by: tuple[str, ...]
    near: tuple[str, ...] = ()
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class WantedQuestion:
    """A question of a template that no answer came to yet under its id; near: questions that came, that it could be."""

    id: str
    title: str
    low: int
    high: int
    near: tuple[AskedQuestion, ...] = ()


def wanted_kinds(template: Experience, seen: Mapping[str, int]) -> tuple[WantedKind, ...]:
    """Every kind that a template reads, in its order; seen: signals by kind."""
    readers: dict[str, list[str]] = {}
    for use in uses(template):
        for kind in use.rule.kinds:
            readers.setdefault(kind, []).append(use.owner)
    free = [kind for kind in seen if kind not in readers]
    return tuple(_wanted(kind, tuple(dict.fromkeys(owners)), seen, free) for kind, owners in readers.items())


def _wanted(kind: str, owners: tuple[str, ...], seen: Mapping[str, int], free: Sequence[str]) -> WantedKind:
    if kind in seen:
        return WantedKind(kind, seen[kind], owners)
    near = most_alike(kind, free)
    return WantedKind(kind, 0, owners, near, near[0] if near and likeness(kind, near[0]) >= _SURE else "")


def wanted_questions(template: Experience, seen: Sequence[AskedQuestion]) -> tuple[WantedQuestion, ...]:
    """Every question of a template by its id whose answers did not come; not those of questionnaires, which are asked item by item."""
    known = {one.id for one in seen}
    free = [one for one in seen if not any(_reads(question, one.id) for question in template.questions)]
    return tuple(
        WantedQuestion(one.id, one.title, one.low, one.high, tuple(asked for asked in free if could_be(one, asked)))
        for one in template.questions
        if asked_as(one) and asked_as(one) not in known and not one.questionnaire
    )


def could_be(question: Question, seen: AskedQuestion) -> bool:
    """Whether the answers that came lie on the scale of a question."""
    return seen.low is not None and seen.high is not None and question.low <= seen.low and seen.high <= question.high


def asked_as(question: Question) -> str:
    """What a question is called in the signals that carry its answers; "" where its rule does not say."""
    return next((str(one.operand) for one in question.asked.conditions if (one.field, one.operator) == (_ASKED, "equals")), "")


def _reads(question: Question, id: str) -> bool:
    return asked_as(question) == id


def unread_questions(experience: Experience, seen: Sequence[AskedQuestion]) -> tuple[AskedQuestion, ...]:
    """Questions that answers with numbers came to and that the model does not read."""
    return tuple(
        one for one in seen if one.low is not None and not any(_reads(question, one.id) for question in experience.questions)
    )


def fitted(document: Mapping[str, Any], kinds: Mapping[str, str], questions: Mapping[str, str]) -> Plain:
    """A template with kinds and questions called as they are here; what needs one that is LEFT_OUT goes, and whatever rests on that.

    kinds, questions: the name here by the template's; a blank one, and one that is not there, stays as it is.
    """
    names = _Names({kind: name for kind, name in kinds.items() if name}, {id: name for id, name in questions.items() if name})
    model = copy.deepcopy(dict(document))
    for name, keep in (("tasks", names.task), ("questions", names.question), ("personas", names.ruled), ("roles", names.ruled)):
        model[name] = [one for one in model.get(name) or () if keep(one)]
    if model.get("lifecycle") and not names.lifecycle(model["lifecycle"]):
        model["lifecycle"] = None
    model["journeys"] = [one for one in model.get("journeys") or () if names.contacts(one)]
    model = _without_steps(model, names)
    model["metrics"] = [one for one in model.get("metrics") or () if names.metric(one)]
    return _tidy(model)


def merged(document: Mapping[str, Any], template: Mapping[str, Any]) -> tuple[Plain, tuple[str, ...]]:
    """A model with everything of a template that it has not got yet, and what it had already by that id; the model's own stays as it is."""
    model, there = copy.deepcopy(dict(document)), list[str]()
    taken = {one["id"] for family in model.get("product_families") or () for one in family.get("products") or ()}
    surfaces = {
        one["id"]
        for family in model.get("product_families") or ()
        for product in family.get("products") or ()
        for one in product.get("surfaces") or ()
    }
    for name, nouns in template.items():
        if not isinstance(nouns, list):
            continue
        known = {one["id"] for one in model.get(name) or ()}
        there += [f"{name}/{one['id']}" for one in nouns if one["id"] in known]
        fresh = [copy.deepcopy(one) for one in nouns if one["id"] not in known]
        if name == "product_families":
            fresh = [_only_new(one, taken, surfaces) for one in fresh]
        model[name] = [*(model.get(name) or ()), *fresh]
    if not model.get("lifecycle"):
        model["lifecycle"] = copy.deepcopy(template.get("lifecycle"))
    return model, tuple(there)


def _only_new(family: Plain, products: Collection[str], surfaces: Collection[str]) -> Plain:
    """A family without products and surfaces whose ids are taken: these are unique in the whole model."""
    left = [one for one in family.get("products") or () if one["id"] not in products]
    for product in left:
        product["surfaces"] = [one for one in product.get("surfaces") or () if one["id"] not in surfaces]
    return {**family, "products": left}


@dataclass(frozen=True, slots=True)
class _Names:
    """What things are called here. Each method changes a noun in place, and says whether it can stay."""

    kinds: Mapping[str, str]
    questions: Mapping[str, str]

    def rule(self, rule: Mapping[str, Any] | None) -> Plain | None:
        """A rule with the names of here; None when none of its kinds is left."""
        if not rule:
            return None
        given = rule.get("kind")
        kinds = [given] if isinstance(given, str) else list(given or ())
        left = [name for kind in kinds if (name := self.kinds.get(kind, kind)) != LEFT_OUT]
        if kinds and not left:
            return None
        changed = dict(rule)
        if kinds:
            unique = list(dict.fromkeys(left))
            changed["kind"] = unique[0] if len(unique) == 1 else unique
        where = changed.get("where")
        if isinstance(where, dict) and isinstance(where.get(_ASKED), str):
            name = self.questions.get(where[_ASKED], where[_ASKED])
            if name == LEFT_OUT:
                return None
            changed["where"] = {**where, _ASKED: name}
        return changed

    def put(self, noun: Plain, key: str) -> bool:
        """A noun with one of its rules renamed; False when it had it and has it no longer."""
        had = noun.get(key)
        noun[key] = self.rule(had)
        return not had or noun[key] is not None

    def task(self, task: Plain) -> bool:
        """A task needs what starts it and what ends it well."""
        stays = {key: self.put(task, key) for key in _RULES_OF_TASKS}
        return stays["start"] and stays["success"]

    def question(self, question: Plain) -> bool:
        """A question needs its answers."""
        return self.put(question, "asked")

    def ruled(self, noun: Plain) -> bool:
        """A persona or a role needs its rule."""
        return self.put(noun, "rule")

    def contacts(self, journey: Plain) -> bool:
        """A journey can do without contacts."""
        self.put(journey, "contacts")
        return True

    def lifecycle(self, lifecycle: Plain) -> bool:
        """A lifecycle needs what makes somebody a customer, and an end of it or a time of quiet."""
        current, past = self.put(lifecycle, "current"), self.put(lifecycle, "past")
        return current and bool((past and lifecycle.get("past")) or lifecycle.get("quiet"))

    def metric(self, metric: Plain) -> bool:
        """A metric needs all that it is read from."""
        upper, lower = self.put(metric, "numerator"), self.put(metric, "denominator")
        stays = upper and lower
        if metric.get("query"):
            found = self._query(metric["query"])
            metric["query"] = found
            stays = stays and LEFT_OUT not in _texts(found)
        return stays

    def _query(self, part: Any) -> Any:
        """The document of a query with every kind that it names called as here."""
        if isinstance(part, Mapping):
            return {key: self._query(value) for key, value in part.items()}
        if isinstance(part, list):
            return [self._query(one) for one in part]
        return self.kinds.get(part, part) if isinstance(part, str) else part


def _texts(part: Any) -> list[str]:
    if isinstance(part, Mapping):
        return [text for value in part.values() for text in _texts(value)]
    if isinstance(part, list):
        return [text for one in part for text in _texts(one)]
    return [part] if isinstance(part, str) else []


def _without_steps(model: Plain, names: _Names) -> Plain:
    """The model without steps whose rule is gone, and without stages and journeys that have then nothing in them."""
    gone = [
        f"journeys/{journey['id']}/stages/{stage['id']}/steps/{step['id']}"
        for journey in model["journeys"]
        for stage in journey["stages"]
        for step in stage["steps"]
        if not names.put(step, "match")
    ]
    for place in gone:
        model = remove(model, place)
    for journey in model["journeys"]:
        journey["stages"] = [stage for stage in journey["stages"] if stage["steps"]]
    model["journeys"] = [journey for journey in model["journeys"] if journey["stages"]]
    return model


def _tidy(model: Plain) -> Plain:
    """The model without references to what is gone."""
    ids = {name: {one["id"] for one in model.get(name) or ()} for name in ("tasks", "questions", "personas", "journeys")}
    for journey in model["journeys"]:
        journey["personas"] = [id for id in journey.get("personas") or () if id in ids["personas"]]
        for step in (step for stage in journey["stages"] for step in stage["steps"]):
            for name in ("tasks", "questions"):
                step[name] = [id for id in step.get(name) or () if id in ids[name]]
    for metric in model["metrics"]:
        if metric.get("journey") and metric["journey"] not in ids["journeys"]:
            metric["journey"] = ""
    return model
