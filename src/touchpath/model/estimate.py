"""A number with everything needed to trust it, or the reason why there is none."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from touchpath.model.time import Period

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One measured number with its interval.

    `value`, `low` and `high` are in `unit`: "share" (0 to 1; percent only on screen), "score" (a questionnaire's or NPS's own
    scale), "seconds", "count", "per_person", "money", "times" (a ratio). `n` counts `n_unit` ("people", "answers", "attempts", "orders" ...).
    `version`: of the definition.
    `people`: how many stand behind it where they count more than once (None = as many as `n`). `warnings` say why to take care, `notes` what else there is to know.
    """

    value: float
    low: float
    high: float
    n: int
    n_unit: str
    unit: str = "share"
    confidence: float = 0.95
    method: str = ""
    definition: str = ""
    period: Period | None = None
    data_version: str = ""
    version: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    people: int | None = None

    @property
    def group(self) -> int:
        """How many people it tells of, as far as is known: one who tried ten times is a group of one."""
        return _group(self.n, self.people)

    def named(self, definition: str, period: Period | None, data_version: str, version: str = "") -> Estimate:
        """The same number, saying which definition, period and data it belongs to."""
        return dataclasses.replace(self, definition=definition, period=period, data_version=data_version, version=version)

    def warned(self, *warnings: str) -> Estimate:
        """The same number with more warnings."""
        return dataclasses.replace(self, warnings=self.warnings + warnings) if warnings else self

    def noted(self, *notes: str) -> Estimate:
        """The same number with more notes."""
        return dataclasses.replace(self, notes=self.notes + notes) if notes else self


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no number, and why. `n` says how much there was, `people` of how many where they count more than once."""

    reason: str
    n: int = 0
    n_unit: str = "people"
    definition: str = ""
    period: Period | None = None
    data_version: str = ""
    version: str = ""
    people: int | None = None

    @property
    def group(self) -> int:
        """How many people it would tell of, see `Estimate.group`."""
        return _group(self.n, self.people)

    @property
    def count(self) -> int | None:
        """How much there was; None where that is hidden, too."""
        return None if self.reason.startswith("hidden") else self.n

    def named(self, definition: str, period: Period | None, data_version: str, version: str = "") -> Undefined:
        """The same absence, saying which definition, period and data it belongs to."""
        return dataclasses.replace(self, definition=definition, period=period, data_version=data_version, version=version)


def _group(n: int, people: int | None) -> int:
    return n if people is None else min(n, people)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two estimates differ: `kind` "difference" (value = after - before) or "ratio" (after / before).

    `changed` is None when the interval holds no change (0 for a difference, 1 for a ratio): "no detectable change".
    """

    kind: Literal["difference", "ratio"]
    value: float
    low: float
    high: float
    confidence: float
    unit: str
    method: str
    changed: Literal["up", "down"] | None
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What to tell a reader: direction, or that the movement is inside noise."""
        return {None: "no detectable change", "up": "higher", "down": "lower"}[self.changed]
