"""A plan in words: one kind of number by its name, what is known of it, and how many people or which change is asked about."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.stats.detectable import people_for, power_of, smallest_change
from touchpath.stats.effects import (
    Clustered,
    Family,
    Mean,
    NetScore,
    PairedMean,
    PairedShare,
    Quantile,
    Rate,
    RatioOfSums,
    Share,
    Time,
    Waiting,
)

FAMILIES: Mapping[str, type[Any]] = {
    "share": Share,
    "paired-share": PairedShare,
    "mean": Mean,
    "paired-mean": PairedMean,
    "time": Time,
    "rate": Rate,
    "net-score": NetScore,
    "ratio-of-sums": RatioOfSums,
    "quantile": Quantile,
    "waiting": Waiting,
}
#: What any plan may be given besides.
_SHARED = ("change", "n", "power", "alpha", "rows", "alike", "varying")


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for; None where it was not, or where there is none.

    people: a group (or pairs) needs for the change, rounded up. reached: the power that n people have for the change. up, down: the smallest
    change that n people find with the power, None where not even the greatest possible one is found. ratio: changes are ratios, not
    differences.
    """

    ratio: bool
    people: int | None
    reached: float | None
    up: float | None
    down: float | None


def takes(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a kind of number needs to be told, and what it may be; raises Missing for one that there is not."""
    if name not in FAMILIES:
        raise Missing(unknown("kind of number", name, FAMILIES))
    fields = [field for field in dataclasses.fields(FAMILIES[name]) if field.name != "no_change"]
    needed = tuple(field.name for field in fields if field.default is dataclasses.MISSING)
    return needed, tuple(field.name for field in fields if field.name not in needed)


def plan(name: str, given: Mapping[str, float]) -> Plan:
    """The people for a `change`, or what `n` people find, or both; `power` is 0.8 and `alpha` 0.05 unless told.

    With `rows`, `alike` (and `varying`) people bring several rows each, see `effects.Clustered`. Raises BadInput for keys that are missing,
    unknown or no finite number, when neither change nor n came, and for what the kind of number cannot be.
    """
    family = _family(name, given)
    power, alpha = given.get("power", 0.8), given.get("alpha", 0.05)
    change, n = given.get("change"), given.get("n")
    if change is None and n is None:
        raise BadInput("A plan needs a 'change' to find, or the 'n' people that there will be in a group.")
    return Plan(
        ratio=family.no_change == 1,
        people=None if change is None else math.ceil(people_for(family, change, power, alpha) - 1e-9),
        reached=None if change is None or n is None else power_of(family, n, change, alpha),
        up=None if n is None else smallest_change(family, n, power, alpha, "up"),
        down=None if n is None else smallest_change(family, n, power, alpha, "down"),
    )


def _family(name: str, given: Mapping[str, float]) -> Family:
    needed, optional = takes(name)
    strange = [key for key in given if key not in (*needed, *optional, *_SHARED)]
    missing = [key for key in needed if key not in given]
    if strange or missing:
        told = f"'{strange[0]}' came" if strange else f"{', '.join(missing)} did not come"
        raise BadInput(f"A plan of a {name} takes {', '.join((*needed, *optional, *_SHARED))}, but {told}.")
    endless = [key for key, value in given.items() if not math.isfinite(value)]
    if endless:
        raise BadInput(f"A plan takes finite numbers, but {endless[0]} came as {given[endless[0]]}.")
    family: Family = FAMILIES[name](**{key: given[key] for key in (*needed, *optional) if key in given})
    if not any(key in given for key in ("rows", "alike", "varying")):
        return family
    if "rows" not in given or "alike" not in given:
        raise BadInput("Several rows a person are told by 'rows' (how many on average) and 'alike' (their correlation).")
    return Clustered(family, given["rows"], given["alike"], given.get("varying", 0.0))
