"""Which signals belong to one contact, and which contacts to one episode: the kernels of `contacts`.

docs/definitions/contacts.md tells the rules.
"""

from __future__ import annotations

from typing import NamedTuple

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import lean_kernel

#: Bits of the rules that a signal meets.
CONTACT, RESOLVED, REPLY, MESSAGE, REOPENED = 1, 2, 4, 8, 16
#: Nothing of the kind was seen.
NONE = -1


class Signals(NamedTuple):
    """Signals in order of owner, thing (what ties the signals of one contact together) and time; all arrays (rows,) int64.

    passed: the time on the clock that measures.   channels, agents: codes of words, 0 = none.
    """

    owners: Int64s
    things: Int64s
    times: Int64s
    passed: Int64s
    bits: Int64s
    channels: Int64s
    agents: Int64s


class Found(NamedTuple):
    """Contacts, in the same order; all arrays (contacts,) int64, of which the first ones are used.

    first: row of the contact.   after: the row behind its last signal.   resolved: row of its first resolution, or NONE.
    last: row of the resolution that stands at the end of the data, or NONE.   stands: 1 = it stands resolved when it is read.
    reopened: 1 = it was reopened within the window after its first resolution.   replies, messages: up to the time it is read.
    early: replies up to its first resolution.   channels, agents: (contacts, 2) lowest and highest code seen, 0 = none.
    """

    first: Int64s
    after: Int64s
    resolved: Int64s
    last: Int64s
    stands: Int64s
    reopened: Int64s
    replies: Int64s
    messages: Int64s
    early: Int64s
    channels: Int64s
    agents: Int64s


@lean_kernel
def find_contacts(signals: Signals, one_each: bool, first: Int64s, after: Int64s) -> int:
    """Write where each contact begins and ends; returns how many there are.

    A contact begins with an instant that has a signal of CONTACT. one_each: later ones about the same thing are the same contact.
    """
    found, i, size = 0, 0, signals.owners.size
    while i < size:
        low, running = i, False
        while i < size and signals.owners[i] == signals.owners[low] and signals.things[i] == signals.things[low]:
            begin, start, now = i, NONE, signals.times[i]
            while (
                i < size
                and signals.owners[i] == signals.owners[low]
                and signals.things[i] == signals.things[low]
                and signals.times[i] == now
            ):
                if signals.bits[i] & CONTACT and start < 0:
                    start = i
                i += 1
            if start >= 0 and not (running and one_each):
                if running:
                    after[found - 1] = begin
                first[found], running = start, True
                found += 1
        if running:
            after[found - 1] = i
    return found


@lean_kernel
def _widen(seen: Int64s, code: int) -> None:
    """Note a word among the lowest and highest seen."""
    if code != 0:
        seen[0] = code if seen[0] == 0 else min(seen[0], code)
        seen[1] = max(seen[1], code)


@lean_kernel
def read_contacts(signals: Signals, window: int, contacts: int, found: Found) -> None:
    """Read the signals of each contact. window: a contact is read so long after its first resolution; below 0 = at the end of the data."""
    for c in range(contacts):
        begin = found.first[c]
        # Signals of the contact's own instant may be stored before it.
        low = begin
        while low > 0 and signals.times[low - 1] == signals.times[begin] and _same(signals, low - 1, begin):
            low -= 1
        first, last, reopened = NONE, NONE, NONE
        for i in range(low, found.after[c]):
            if signals.bits[i] & RESOLVED:
                first = i if first < 0 else first
                last = i
            if signals.bits[i] & REOPENED:
                reopened = i
        found.resolved[c] = first
        found.last[c] = last if last >= 0 and (reopened < 0 or signals.times[last] >= signals.times[reopened]) else NONE
        found.reopened[c] = 0
        _read_one(signals, window, low, c, found)


@lean_kernel
def _same(signals: Signals, a: int, b: int) -> bool:
    return bool(signals.owners[a] == signals.owners[b] and signals.things[a] == signals.things[b])


@lean_kernel
def _read_one(signals: Signals, window: int, low: int, c: int, found: Found) -> None:
    """Count the signals of one contact up to the time it is read."""
    begin, first = found.first[c], found.resolved[c]
    replies, messages, early, solved, reopened = 0, 0, 0, NONE, NONE
    for i in range(low, found.after[c]):
        _widen(found.channels[c], signals.channels[i] if signals.bits[i] & (CONTACT | MESSAGE) else 0)
        _widen(found.agents[c], signals.agents[i])
        since = signals.passed[i] - signals.passed[first] if first >= 0 else 0
        if (
            signals.bits[i] & REOPENED
            and first >= 0
            and signals.times[i] > signals.times[first]
            and (window < 0 or since <= window)
        ):
            found.reopened[c] = 1
        if first >= 0 and signals.bits[i] & REPLY and signals.times[i] <= signals.times[first]:
            early += 1
        if window >= 0 and since > window:
            continue
        if signals.bits[i] & REPLY:
            replies += 1
        if signals.bits[i] & (MESSAGE | CONTACT) and signals.times[i] > signals.times[begin]:
            messages += 1
        if signals.bits[i] & RESOLVED:
            solved = i
        if signals.bits[i] & REOPENED:
            reopened = i
    found.replies[c], found.messages[c], found.early[c] = replies, messages, early
    found.stands[c] = solved >= 0 and (reopened < 0 or signals.times[solved] >= signals.times[reopened])


@lean_kernel
def find_followed(signals: Signals, first: Int64s, contacts: int, targets: Int64s, followed: Int64s) -> None:
    """For each contact the one about the thing that it names as followed, of the same owner, or NONE."""
    low = 0
    for c in range(contacts):
        owner = signals.owners[first[c]]
        while signals.owners[first[low]] != owner:
            low += 1
        followed[c] = NONE
        if targets[c] == 0:
            continue
        begin, end = low, contacts
        while begin < end:
            middle = (begin + end) // 2
            row = first[middle]
            if signals.owners[row] < owner or (signals.owners[row] == owner and signals.things[row] < targets[c]):
                begin = middle + 1
            else:
                end = middle
        if begin < contacts and signals.owners[first[begin]] == owner and signals.things[first[begin]] == targets[c]:
            followed[c] = begin


@lean_kernel
def join_episodes(
    signals: Signals, found: Found, order: Int64s, before: Int64s, followed: Int64s, window: int, resolved: bool, episodes: Int64s
) -> int:
    """The episode of each contact, by its place; episodes are numbered in the order of their first contacts. Returns how many.

    order: contacts by owner and time.   before: the contact before each by the same owner about the same, or NONE.
    followed: the contact that each follows up, or NONE.   resolved: the window runs from a resolution, too.
    """
    count = 0
    for c in order:
        episodes[c] = NONE
    for c in order:
        row, near, to = found.first[c], before[c], followed[c]
        if to >= 0 and to != c and episodes[to] >= 0:
            episodes[c] = episodes[to]
            continue
        if near >= 0:
            reach = signals.passed[found.first[near]]
            for i in range(found.first[near], found.after[near] if resolved else found.first[near]):
                if signals.bits[i] & RESOLVED and signals.times[i] <= signals.times[row]:
                    reach = max(reach, signals.passed[i])
            if signals.passed[row] - reach <= window:
                episodes[c] = episodes[near]
                continue
        episodes[c] = count
        count += 1
    return count


@lean_kernel
def reopen_followed(signals: Signals, found: Found, followed: Int64s, contacts: int, window: int) -> None:
    """A contact that is followed up within the window after its first resolution counts as reopened."""
    for c in range(contacts):
        to = followed[c]
        if to < 0 or found.resolved[to] < 0:
            continue
        row, first = found.first[c], found.resolved[to]
        if signals.times[row] > signals.times[first] and signals.passed[row] - signals.passed[first] <= window:
            found.reopened[to] = 1


class Episodes(NamedTuple):
    """Cases, all arrays (cases,) int64: first and last contact, how many, and (cases, 2) lowest and highest word seen."""

    begins: Int64s
    ends: Int64s
    contacts: Int64s
    channels: Int64s
    agents: Int64s


@lean_kernel
def add_up(found: Found, order: Int64s, episodes: Int64s, cases: Episodes) -> None:
    """What the contacts of each episode come to; `order` is that of owner and time."""
    for c in order:
        case = episodes[c]
        if cases.contacts[case] == 0:
            cases.begins[case] = c
        cases.ends[case] = c
        cases.contacts[case] += 1
        for side in range(2):
            _widen(cases.channels[case], found.channels[c, side])
            _widen(cases.agents[case], found.agents[c, side])
