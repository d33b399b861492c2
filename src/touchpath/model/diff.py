"""What differs between two models, in words, by the path of each noun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import yaml

from touchpath.model.document import to_document
from touchpath.model.experience import Experience

Verb = Literal["added", "removed", "changed", "moved"]
_LISTS = {
    "product_families": "product family",
    "products": "product",
    "surfaces": "surface",
    "channels": "channel",
    "touchpoints": "touchpoint",
    "object_kinds": "object kind",
    "dimensions": "dimension",
    "personas": "persona",
    "roles": "role",
    "tasks": "task",
    "questions": "question",
    "journeys": "journey",
    "stages": "stage",
    "steps": "step",
    "metrics": "metric",
    "schedules": "schedule",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` names it ("journeys/buy/stages/pay/steps/card.title"), `words` say what happened."""

    path: str
    verb: Verb
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}"


def diff_models(before: Experience | None, after: Experience) -> tuple[Change, ...]:
    """Everything that was added, removed, changed or moved between two models; nothing before = all of it is new."""
    if before is not None:
        return tuple(_noun("", to_document(before), to_document(after)))
    first = Change("brand", "added", f"brand '{after.brand.title}' added")
    return (first, *diff_models(Experience(brand=after.brand), after))


def _noun(path: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    """Differences between two states of one noun, field by field."""
    for key in after:
        was, now = before.get(key), after[key]
        if was == now:
            continue
        if _is_noun_list(key, was, now):
            yield from _listed(f"{path}/{key}" if path else key, _LISTS[key], _by_id(was), _by_id(now))
        elif key == "brand" and isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _noun("brand", was, now)
        else:
            yield Change(f"{path}.{key}" if path else key, "changed", _words(was, now))


def _is_noun_list(key: str, was: object, now: object) -> bool:
    """Whether a field lists nouns, not just their ids."""
    either = was or now
    return key in _LISTS and isinstance(either, list) and isinstance(either[0], Mapping)


def _by_id(listed: object) -> dict[str, Mapping[str, object]]:
    entries: Sequence[Mapping[str, object]] = listed if isinstance(listed, list) else []
    return {str(one["id"]): one for one in entries}


def _listed(
    path: str, noun: str, before: Mapping[str, Mapping[str, object]], after: Mapping[str, Mapping[str, object]]
) -> Iterator[Change]:
    """Differences between two lists of nouns, matched by id."""
    for id, was in before.items():
        if id not in after:
            yield Change(f"{path}/{id}", "removed", f"{noun} '{was['title']}' removed{_contents(was)}")
    for id, now in after.items():
        if id in before:
            yield from _noun(f"{path}/{id}", before[id], now)
        else:
            yield Change(f"{path}/{id}", "added", f"{noun} '{now['title']}' added{_contents(now)}")
    stayed = [id for id in before if id in after]
    order = [id for id in after if id in before]
    if stayed != order:
        yield Change(path, "moved", f"order is now {', '.join(order)}; was {', '.join(stayed)}")


def _contents(noun: Mapping[str, object]) -> str:
    """What comes or goes with a noun: " with 2 stages, 5 steps"."""
    counts: dict[str, int] = {}
    _count(noun, counts)
    return " with " + ", ".join(f"{n} {_plural(name, n)}" for name, n in counts.items()) if counts else ""


def _count(noun: Mapping[str, object], counts: dict[str, int]) -> None:
    for key, value in noun.items():
        nouns = value if isinstance(value, list) and key in _LISTS else []
        for one in nouns:
            if isinstance(one, Mapping):
                counts[_LISTS[key]] = counts.get(_LISTS[key], 0) + 1
                _count(one, counts)


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s".replace("familys", "families")


def _words(was: object, now: object) -> str:
    if was in ("", None, []):
        return f"set to {_shown(now)}"
    if now in ("", None, []):
        return f"cleared; was {_shown(was)}"
    return f"{_shown(was)} became {_shown(now)}"


def _shown(value: object) -> str:
    """A value on one line, as it would stand in the file."""
    if isinstance(value, str):
        return f"'{' '.join(value.split())}'"
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=100_000)
    return text.removesuffix("\n...\n").strip()
