"""What the forms of the model ask, noun by noun, and how their fields become plain values and come back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import yaml

from touchpath.model.edits import NOUNS, Plain, read_place
from touchpath.model.errors import ModelErrors
from touchpath.model.experience import Experience, Level, Medium, Use
from touchpath.model.nodes import Faults, plain_of, read_nodes
from touchpath.web.languages import N_, _
from touchpath.web.numbers import show_count

Kind = Literal["text", "area", "choice", "many", "flag", "date", "rule", "yaml"]
Choice = tuple[str, str]
#: So much of a rule's conditions, or of a flow, is read from a field.
LONGEST_YAML = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a form. of: a list of the model whose nouns can be chosen; words: fixed choices; needed: it may not be left out."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    of: str = ""
    words: tuple[str, ...] = ()
    needed: bool = False


FIELDS: Mapping[str, tuple[Asked, ...]] = {
    "journey": (
        Asked("title", N_("Title"), needed=True),
        Asked("purpose", N_("What do people want from it?"), "area"),
        Asked("level", N_("Level"), "choice", N_("L0 is the whole relationship, L4 a single interaction"), words=get_args(Level)),
        Asked("state", N_("State"), "choice", words=("as-is", "to-be")),
        Asked("window", N_("Time from entry in which it has to be done"), hint=N_("As in 30d, 2w or 12h")),
        Asked("same", N_("Held to one object"), "choice", N_("As in: all steps are about the same order"), of="object_kinds"),
        Asked("contacts", N_("What counts as getting in touch"), "rule"),
        Asked("owner", N_("Owner")),
        Asked("review_due", N_("Review due"), "date"),
        Asked("products", N_("Products"), "many", of="products"),
        Asked("personas", N_("Personas"), "many", of="personas"),
        Asked("flow", N_("Orders in which its steps may come"), "yaml", N_("Blank: as they stand. Else every step's id, as in [see, {one_of: [card, bill]}, {optional: rate}]")),
    ),
    "stage": (Asked("title", N_("Title"), needed=True),),
    "step": (
        Asked("title", N_("Title"), hint=N_("As people would say it"), needed=True),
        Asked("match", N_("Which signals mean that somebody was here"), "rule", needed=True),
        Asked("use", N_("Before, during or after use"), "choice", words=get_args(Use)),
        Asked("touchpoints", N_("Touchpoints"), "many", of="touchpoints"),
        Asked("tasks", N_("Tasks"), "many", of="tasks"),
        Asked("questions", N_("Questions"), "many", of="questions"),
        Asked("optional", N_("May be left out"), "flag"),
        Asked("hand_off", N_("People are handed on here"), "flag"),
        Asked("moment_of_truth", N_("A moment of truth"), "flag"),
    ),
    "task": (
        Asked("title", N_("Title"), needed=True),
        Asked("start", N_("What starts an attempt"), "rule", needed=True),
        Asked("success", N_("What ends it well"), "rule", needed=True),
        Asked("failure", N_("What ends it badly"), "rule"),
        Asked("error", N_("What counts as an error"), "rule"),
        Asked("abandon", N_("What means that somebody gave up"), "rule"),
        Asked("limit", N_("Time limit"), hint=N_("As in 30m or 1d")),
        Asked("product", N_("Product"), "choice", of="products"),
        Asked("same", N_("Held to one object"), "choice", of="object_kinds"),
    ),
    "touchpoint": (
        Asked("title", N_("Title"), needed=True),
        Asked("medium", N_("Medium"), "choice", words=get_args(Medium)),
        Asked("type", N_("Type"), hint=N_("As in website, packaging, support")),
        Asked("direct", N_("People meet us here directly"), "flag", N_("Not so for campaigns, newsletters and the like")),
        Asked("channel", N_("Channel"), "choice", of="channels"),
        Asked("owner", N_("Owner")),
        Asked("promise", N_("Promise"), "area"),
        Asked("policy", N_("Policy"), "area"),
    ),
    "persona": (
        Asked("title", N_("Title"), needed=True),
        Asked("rule", N_("Who belongs to it: people who ever did this"), "rule", needed=True),
        Asked("purpose", N_("What do they want?"), "area"),
        Asked("needs", N_("What do they need?"), "area"),
        Asked("pains", N_("What is in their way?"), "area"),
        Asked("evidence", N_("How do we know?"), "area"),
        Asked("owner", N_("Owner")),
        Asked("review_due", N_("Review due"), "date"),
    ),
}  # fmt: skip
#: Each noun with a capital letter, and what adds and removes one.
WORDS = {
    "journey": N_("Journey"), "stage": N_("Stage"), "step": N_("Step"), "task": N_("Task"), "touchpoint": N_("Touchpoint"),
    "persona": N_("Persona"),
}  # fmt: skip
ADDS = {
    "journey": N_("Add a journey"), "stage": N_("Add a stage"), "step": N_("Add a step"), "task": N_("Add a task"),
    "touchpoint": N_("Add a touchpoint"), "persona": N_("Add a persona"),
}  # fmt: skip
REMOVES = {
    "journey": N_("Remove this journey from the draft"), "stage": N_("Remove this stage from the draft"),
    "step": N_("Remove this step from the draft"), "task": N_("Remove this task from the draft"),
    "touchpoint": N_("Remove this touchpoint from the draft"), "persona": N_("Remove this persona from the draft"),
}  # fmt: skip
#: What choices are called.
CHOICES = (N_("as-is"), N_("to-be"), N_("before"), N_("during"), N_("after"), N_("digital"), N_("physical"), N_("human"))
#: What happened to a part of the model.
VERBS = (N_("added"), N_("removed"), N_("changed"), N_("moved"))
#: What holds other nouns: the list inside, and what one of them is.
INSIDE = {"journey": "stages", "stage": "steps"}


def word_of(place: str) -> str:
    """What a place names: "journey", "step" ...; raises BadInput for a place that is none."""
    return NOUNS[read_place(place)[-1][0]]


def choices(experience: Experience, asked: Asked) -> tuple[Choice, ...]:
    """What a field offers, as (value, words)."""
    if asked.words:
        return tuple((one, _(one)) for one in asked.words)
    return tuple((one.id, one.title) for one in getattr(experience, asked.of)) if asked.of else ()


def filled(noun: Mapping[str, Any], word: str) -> dict[str, str]:
    """A noun as the fields of its form."""
    form: dict[str, str] = {}
    for asked in FIELDS[word]:
        value = noun.get(asked.name)
        if asked.kind == "rule":
            form |= {f"{asked.name}.{part}": text for part, text in rule_filled(value).items()}
        elif asked.kind == "many":
            form |= {f"{asked.name}.{one}": "yes" for one in value or ()}
        elif asked.kind == "flag":
            form[asked.name] = "yes" if value else ""
        elif asked.kind == "yaml":
            form[asked.name] = _yaml(value).strip() if value else ""
        else:
            form[asked.name] = "" if value is None else str(value)
    return form


def rule_filled(rule: Mapping[str, Any] | None) -> dict[str, str]:
    """A rule as its two fields: the kinds, and the conditions line by line."""
    kinds = (rule or {}).get("kind") or []
    where = (rule or {}).get("where")
    parts = where if isinstance(where, list) else [where] if where else []
    lines = [_yaml({name: value}).strip().removeprefix("{").removesuffix("}") for part in parts for name, value in part.items()]
    return {"kinds": ", ".join([kinds] if isinstance(kinds, str) else kinds), "where": "\n".join(lines)}


def _yaml(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n...\n")


def read_noun(form: Mapping[str, str], word: str, experience: Experience, faults: dict[str, str]) -> Plain:
    """A noun's plain values from its form; a field that cannot be read is noted."""
    noun: Plain = {}
    for asked in FIELDS[word]:
        if asked.kind == "rule":
            noun[asked.name] = read_rule_fields(form, asked.name, faults)
        elif asked.kind == "many":
            noun[asked.name] = [one for one, _words in choices(experience, asked) if form.get(f"{asked.name}.{one}") == "yes"]
        elif asked.kind == "flag":
            noun[asked.name] = form.get(asked.name) == "yes"
        elif asked.kind == "yaml":
            noun[asked.name] = read_yaml(form.get(asked.name, ""), asked.name, faults)
        elif text := form.get(asked.name, "").replace("\r\n", "\n").strip():
            noun[asked.name] = text
        elif asked.needed:
            faults[asked.name] = _("This may not be blank.")
        else:
            noun[asked.name] = None if asked.kind in ("date", "choice") or asked.name in ("window", "limit") else ""
    return noun


def read_rule_fields(form: Mapping[str, str], name: str, faults: dict[str, str]) -> Plain | None:
    """A rule from its two fields; None when both are blank."""
    kinds = [kind for part in re.split(r"[,\n]", form.get(f"{name}.kinds", "")) if (kind := part.strip())]
    where = [
        found for line in form.get(f"{name}.where", "").splitlines() if line.strip() and (found := read_yaml(line, name, faults))
    ]
    if not kinds and not where:
        return None
    rule: Plain = {"kind": kinds[0] if len(kinds) == 1 else kinds}
    fields = [key for part in where if isinstance(part, dict) for key in part]
    if where and len(set(fields)) == len(fields) and all(isinstance(part, dict) for part in where):
        rule["where"] = {key: value for part in where for key, value in part.items()}
    elif where:
        rule["where"] = where
    return rule


def read_yaml(text: str, name: str, faults: dict[str, str]) -> Any:
    """What a piece of YAML says, as plain values; None for nothing, and for what is noted as a fault."""
    if not text.strip():
        return None
    if len(text) > LONGEST_YAML:
        faults[name] = _("At most %(count)s characters are read here.", count=show_count(LONGEST_YAML))
        return None
    try:
        return plain_of(read_nodes(text, Faults("this field")))
    except ModelErrors as error:
        faults[name] = error.faults[0].message
        return None


def new_id(title: str, taken: Iterable[str]) -> str:
    """An id made of a title: "Ärger beim Zahlen" gives "arger-beim-zahlen", with a number behind it where that is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "new"
    known = set(taken)
    return next(one for one in (stem, *(f"{stem}-{number}" for number in range(2, len(known) + 3))) if one not in known)


def by_field(error: ModelErrors, place: str, word: str) -> dict[str, str]:
    """The faults of a model by the field of a form they belong to; those of other places under "" with their own."""
    known = {asked.name for asked in FIELDS[word]}
    found: dict[str, str] = {}
    for fault in error.faults:
        where, _colon, words = fault.message.partition(": ")
        named = re.match(r"'(\w+)'", words) if where == place else None
        field = named.group(1) if named and named.group(1) in known else ""
        text = words if where == place else fault.message
        found[field] = f"{found[field]} {text}" if field in found else text
    return found


def titles_of(document: Mapping[str, Any], places: Sequence[str]) -> list[tuple[str, str]]:
    """Every noun of some lists, as (place, title)."""
    return [(f"{name}/{one['id']}", str(one["title"])) for name in places for one in document.get(name) or ()]
