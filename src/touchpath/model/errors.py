"""Every error that Touchpath raises on purpose.

    TouchpathError
    ├── BadInput       what came cannot be used as it is
    │   └── ModelErrors    all faults of one model file at once
    ├── Missing        something named is not there
    ├── NotAllowed     the member may not do this
    │   └── NotSignedIn    nobody knows who asks
    ├── Conflict       the world changed since it was read
    ├── Unavailable    worth trying again later
    │   └── TooMany        too often in a short time
    └── Cancelled      somebody stopped it

`code` is stable and meant for programs; the message is meant for people and says what came, what would do, and where.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class TouchpathError(Exception):
    """Root of all errors raised on purpose."""

    code = "error"


class BadInput(TouchpathError):
    """What came cannot be used as it is."""

    code = "bad_input"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file, and where. `line` counts from 1; 0 = the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class ModelErrors(BadInput):
    """All faults of one model file at once, in order of lines."""

    code = "model_errors"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Missing(TouchpathError):
    """Something named is not there."""

    code = "missing"


class NotAllowed(TouchpathError):
    """The member may not do this."""

    code = "not_allowed"


class NotSignedIn(NotAllowed):
    """Nobody knows who asks. ended: they were signed in, and are no longer."""

    code = "not_signed_in"

    def __init__(self, message: str, *, ended: bool = False) -> None:
        self.ended = ended
        super().__init__(message)


class Conflict(TouchpathError):
    """What was read has changed since."""

    code = "conflict"


class Unavailable(TouchpathError):
    """Cannot be done now; worth trying again."""

    code = "unavailable"


class TooMany(Unavailable):
    """Asked too often in a short time; worth trying again after `seconds`."""

    code = "too_many"

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class Cancelled(TouchpathError):
    """Stopped on request before it was done."""

    code = "cancelled"


#: More names than this are not all compared with one that nobody knows: each takes microseconds.
_MANY = 10_000


def _likely(came: str, names: Sequence[str]) -> Sequence[str]:
    """Names that may look like one: of very many, those that begin alike."""
    if len(names) <= _MANY:
        return names
    return [name for name in names if name[:1] == came[:1] and abs(len(name) - len(came)) <= 2][:_MANY]


def unknown(noun: str, came: str, known: Iterable[str]) -> str:
    """The sentence for a name that nobody knows: what came, the nearest known names, or all of them.

    >>> unknown("metric", "csat", ["customer_satisfaction", "nps"])
    "No metric is called 'csat'. There are: customer_satisfaction, nps."
    >>> unknown("task", "", ["checkout"])
    'Say which task is meant. There are: checkout.'
    """
    names = sorted(known)
    said = f"No {noun} is called '{came}'." if came else f"Say which {noun} is meant."
    near = difflib.get_close_matches(came, _likely(came, names), n=1, cutoff=0.6)
    if near:
        return f"No {noun} is called '{came}'. Did you mean '{near[0]}'?"
    if not names:
        return f"{said} There is none yet."
    more = "" if len(names) <= 12 else f" and {len(names) - 12} more"
    return f"{said} There are: {', '.join(names[:12])}{more}."
