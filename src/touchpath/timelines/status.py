"""Whether people are potential, current or past customers at a time, by the rules of a lifecycle, and since when.

                 current          past            current                    (quiet: 30d)
    ---+------------x---------------x----------------x-----------------------------|-------->
       potential    current         past             current                       past

A signal that meets both rules ends it: what is bought and given back at once leaves nobody a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Lifecycle
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match

#: The three of them, in the order of their codes.
STATUSES = ("potential", "current", "past")
_NEVER_QUIET = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class StatusIs:
    """Owners who have a status at `at` (microseconds, exclusive: signals before it count), and who had any signal by then."""

    lifecycle: Lifecycle
    status: str
    at: int

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = has it."""
        return np.asarray(statuses_at(timelines, self.lifecycle, self.at) == STATUSES.index(self.status), np.uint8)


def statuses_at(timelines: Timelines, lifecycle: Lifecycle, at: int) -> Int32s:
    """(people,) the code of each one's status; -1 = nothing is known of them by then."""
    codes, bits = _matched(timelines, lifecycle)
    found = np.empty(timelines.people, np.int32)
    _status(fixed(timelines.starts), fixed(timelines.times), codes, bits, _quiet(lifecycle), at, found)
    return found


def status_history(timelines: Timelines, lifecycle: Lifecycle, at: int) -> list[tuple[str, int]]:
    """The statuses of one owner, each with its first microsecond, oldest first; a quiet time that has passed by `at` counts."""
    codes, bits = _matched(timelines, lifecycle)
    quiet, history, last = _quiet(lifecycle), list[tuple[str, int]](), 0
    for time, matched in zip(timelines.times.tolist(), bits[codes].tolist(), strict=True):
        if time >= at:
            break
        if history and history[-1][0] == "current" and time - last >= quiet:
            history.append(("past", last + quiet))
        if matched & 2 and history and history[-1][0] == "current":
            history.append(("past", time))
        elif matched & 1 and not matched & 2:
            last = time
            if not history or history[-1][0] != "current":
                history.append(("current", time))
        elif not history:
            history.append(("potential", time))
    if history and history[-1][0] == "current" and at - last > quiet:
        history.append(("past", last + quiet))
    return history


def _matched(timelines: Timelines, lifecycle: Lifecycle) -> tuple[Int32s, Int64s]:
    rules: list[EventRule] = [lifecycle.current, *([lifecycle.past] if lifecycle.past else [])]
    matched = match(timelines, rules)
    return matched.codes, matched.bits


def _quiet(lifecycle: Lifecycle) -> int:
    return microseconds(lifecycle.quiet) if lifecycle.quiet else int(_NEVER_QUIET)


@kernel
def _status(starts: Int64s, times: Int64s, codes: Int32s, bits: Int64s, quiet: int, at: int, found: Int32s) -> None:
    for owner in range(starts.size - 1):
        status, last = -1, np.int64(0)
        for i in range(starts[owner], starts[owner + 1]):
            if times[i] >= at:
                break
            matched = bits[codes[i]]
            if status == 1 and times[i] - last >= quiet:
                status = 2
            if matched & 2 and status == 1:
                status = 2
            elif matched & 1 and not matched & 2:
                status, last = 1, times[i]
            elif status == -1:
                status = 0
        if status == 1 and at - last > quiet:
            status = 2
        found[owner] = status
