"""A time that a proposed mapping leaves open: which columns it could be, what part of them reads, and what would do.

Nobody notices a made-up day among a thousand right ones, so none is proposed. The sentence stands in the mapping as
`occurred_at: {unsettled: "..."}`, and is what an import by such a mapping is refused with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date

from touchpath.services.open_times import TimeChoice
from touchpath.sources.files.guesses import ENOUGH, Look, turned

UNSETTLED = "unsettled"
_OPEN = re.compile(r'occurred_at: \{unsettled: "(?:[^"\\\n]|\\.)*"\}')
#: A format of which a proposal says that day and month may stand the other way round.
_UNSURE = re.compile(
    r'format: "(?P<form>[^"\n]+)"(?P<between>[^\n]*?)no date tells day from month: (?P<other>[^;\n]+?) reads as well'
)
_MOST_COLUMNS, _MOST_FORMATS, _LONGEST_NAME = 3, 3, 60
_WOULD_DO = "Instead of 'unsettled' name a column with its format, as in {column: %s, format: %s}: rows that do not read so wait in the quarantine and can be replayed. Or give the day on which all of it happened, as in {literal: 2025-12-31}."  # fmt: skip


def could_be(looks: Sequence[Look]) -> list[Look]:
    """The columns that could be the time, likeliest first."""
    found = [look for look in looks if look.could_be_time or look.is_promise]
    return sorted(found, key=lambda look: (look.is_promise, -_best(look)))[:_MOST_COLUMNS]


def why_open(looks: Sequence[Look]) -> str:
    """Why no column was taken for the time, and what would do."""
    found = could_be(looks)
    column, form = (_name(found[0]), found[0].time or found[0].readings[0][0]) if found and _best(found[0]) else ("NAME", "iso")
    reasons = "; ".join(map(_reading, found)) or "none is called like one"
    return f"The time is open, as no column that could be it reads as a time in at least {ENOUGH:.0%} of its cells: {reasons}. {_WOULD_DO % (column, form)}"


def choices_of(looks: Sequence[Look]) -> tuple[TimeChoice, ...]:
    """Each column that could be the time, by each format in which some of its cells read."""
    return tuple(
        TimeChoice(look.name, form, share)
        for look in could_be(looks)
        for form, share in ([(look.time, 1.0)] if look.time else look.readings)
    )


def is_open(mapping: str) -> bool:
    """Whether a mapping says of a time, as it is proposed, that nobody knows it yet."""
    return bool(_OPEN.search(mapping))


def settle(mapping: str, time: TimeChoice | date) -> str:
    """The mapping with what it leaves open said: a column with its format, or the day on which all of it happened."""
    if isinstance(time, date):
        said = f"{{literal: {time.isoformat()}}}  # all of it on one day, as was said"
    else:
        said = f"{{column: {json.dumps(time.column, ensure_ascii=False)}, format: {json.dumps(time.format)}}}"
    return _OPEN.sub(lambda _: f"occurred_at: {said}", mapping)


def day_orders(mapping: str) -> tuple[str, str] | None:
    """The two formats between which no date of the file tells, the proposed one first; None = the mapping leaves no such doubt."""
    found = _UNSURE.search(mapping)
    return (found["form"], found["other"]) if found else None


def settle_days(mapping: str, form: str) -> str:
    """The mapping with day and month in the order of this format, wherever it left that in doubt."""
    kept = day_orders(mapping)
    for found in list(_UNSURE.finditer(mapping)) if kept else ():
        if kept and form != kept[0]:
            mapping = mapping.replace(f'format: "{found["form"]}"', f'format: "{found["other"]}"')
    return re.sub(r"no date tells day from month: [^;\n]+? reads as well", "day and month as was said", mapping)


def _reading(look: Look) -> str:
    name = f"'{_name(look)}'"
    if look.is_promise:
        return f"{name} reads as {look.time}, but is called a promise rather than what happened"
    parts = [f"{forms} in {_percent(share)}" for forms, share in _together(look)[:_MOST_FORMATS]]
    if parts:
        return f"{name} reads as {', as '.join(parts)}"
    example = f" (such as '{look.commonest[0][:_LONGEST_NAME]}')" if look.commonest else ""
    return f"{name} is called like a time, but none of its cells reads as one{example}"


def _together(look: Look) -> list[tuple[str, float]]:
    """Its readings; those that differ only in the order of day and month, and read the same part, as one."""
    told: dict[str, float] = {}
    for form, share in look.readings:
        other = turned(form)
        if other != form and told.get(other) == share:
            told = {f"{other} or {form}" if one == other else one: part for one, part in told.items()}
        else:
            told[form] = share
    return list(told.items())


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"


def _best(look: Look) -> float:
    return 1.0 if look.time else look.readings[0][1] if look.readings else 0.0


def _name(look: Look) -> str:
    return look.name[:_LONGEST_NAME]
