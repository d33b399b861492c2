"""What a rule matches while it is being written: signals, people, a few of them for those who may see them, or why nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from touchpath.model.errors import TouchpathError
from touchpath.services.results import PersonHit
from touchpath.web.pages.model_forms import read_rule_fields
from touchpath.web.platform import PlatformProtocol

SOME = 5


@dataclass(frozen=True, slots=True)
class Matches:
    """people and signals of a rule, over all time. notes: as that no signal has such a kind; fault: why nothing can be counted."""

    people: object = None
    signals: object = None
    some: tuple[PersonHit, ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""


def matches_of(platform: PlatformProtocol, form: Mapping[str, str], name: str, people: bool) -> Matches | None:
    """What the rule in some fields matches; None where they are blank, or nothing came yet."""
    faults: dict[str, str] = {}
    rule = read_rule_fields(form, name, faults)
    if faults:
        return Matches(fault=next(iter(faults.values())))
    if rule is None or platform.span() is None:
        return None
    try:
        answer = platform.ask(json.dumps({"query": "volume", "of": [rule]}))
        row = answer.table().records()[0]
        some = platform.some_people(json.dumps({"query": "volume", "of": [rule]}), SOME) if people else ()
    except TouchpathError as error:
        return Matches(fault=str(error))
    return Matches(row.get("people"), row.get("signals"), some, answer.notes)
