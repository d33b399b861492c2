"""Contacts: whether what people ask about is settled the first time, how often they come back, and how long it takes.

docs/definitions/contacts.md tells the rules with drawn examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.durations import Durations
from touchpath.timelines.episodes import (
    CONTACT,
    NONE,
    Episodes,
    Found,
    Signals,
    add_up,
    find_contacts,
    find_followed,
    join_episodes,
    read_contacts,
    reopen_followed,
)
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Bools, Gathered, gather
from touchpath.timelines.kernels import fixed
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.opening import OpenTime
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

#: What "at first contact" means, by the house whose documentation says so; the first three name no house.
Variant = Literal[
    "no_repeat", "no_repeat_after_resolution", "no_reopen", "zendesk", "zendesk_messaging", "freshservice", "freshdesk", "zammad"
]
#: The variants that look at episodes of several contacts; all others look at each contact by itself.
BY_EPISODE = ("no_repeat", "no_repeat_after_resolution")
#: The variants that look at the first resolution alone, whatever comes after it.
BY_RESOLUTION = ("freshdesk", "zammad")
#: The rules that a variant cannot do without, beside the contact.
NEEDS = {
    "no_repeat": (),
    "no_repeat_after_resolution": ("resolved",),
    "no_reopen": ("resolved",),
    "zendesk": ("resolved", "reply"),
    "zendesk_messaging": ("resolved", "reply"),
    "freshservice": ("resolved", "message"),
    "freshdesk": ("resolved", "reply"),
    "zammad": ("resolved",),
}
#: How a person's latest case went: outcome codes.
REPEATED, RESOLVED_FIRST, WAITING = 0, 1, 2

_NO_SIGNALS = EventRule(("\x00no signal",))
_ZAMMAD = microseconds(timedelta(minutes=15))


@dataclass(frozen=True, slots=True, eq=False)
class ContactCounts(Counts):
    """Cases (episodes or contacts, by the variant) in the cell of their first contact.

    cases, open, first: (cells,) all; those that may still change; those settled at the first contact.   untied: contacts without what
    ties a case together; they are no cases.   growing: decided cases that may still get another contact.
    share: per owner x = cases decided, y = settled at first.   contacts: x = cases decided, y = contacts in them.
    channels, agents: x = cases decided (with any agent known), y = those with more than one.   times: of decided cases that stand resolved,
    from the first contact to the last resolution.
    """

    cases: Int64s
    open: Int64s
    first: Int64s
    untied: Int64s
    growing: Int64s
    share: Moments
    contacts: Moments
    channels: Moments
    agents: Moments
    times: Durations


@dataclass(frozen=True, slots=True)
class Contacts:
    """First contact resolution and repeat contact.

    contact, resolved, reply, message, reopened: what the signals mean; a rule left out never happens.   variant: see NEEDS.
    window: of the repeat; for the variants of houses None = a contact is read as it stands at the end of the data.
    same: column whose value contacts of one episode share ("" = all contacts of the owner are about the same).   ticket: object kind that
    ties the signals of one contact together; without it they belong to the contact before them.   follows: column that names the ticket
    that a contact follows up.   agent: column that says who worked on it.   hours: the clock that measures, None = the calendar.
    Outcome: how the owner's latest case went (REPEATED, RESOLVED_FIRST, WAITING), -1 = none.
    """

    contact: EventRule
    resolved: EventRule | None = None
    reply: EventRule | None = None
    message: EventRule | None = None
    reopened: EventRule | None = None
    variant: Variant = "no_repeat"
    window: timedelta | None = timedelta(days=7)
    same: str = ""
    ticket: str = ""
    follows: str = ""
    agent: str = ""
    hours: OpenTime | None = None

    def __post_init__(self) -> None:
        if self.variant not in get_args(Variant):
            raise BadInput(
                f"First contact resolution has the variants {', '.join(get_args(Variant))}, but '{self.variant}' came."
            )
        for rule in NEEDS[self.variant]:
            if getattr(self, rule) is None:
                raise BadInput(f"The variant '{self.variant}' looks at '{rule}', which is missing. Say which signals mean it.")
        if self.variant == "no_reopen" and self.reopened is None and not self.follows:
            raise BadInput("The variant 'no_reopen' looks at 'reopened' or 'follows', but both are missing.")
        if self.window is None and self.variant in (*BY_EPISODE, "no_reopen"):
            raise BadInput(f"The variant '{self.variant}' needs a window, as in 7d.")
        if self.window is not None and self.variant in BY_RESOLUTION:
            raise BadInput(f"The variant '{self.variant}' looks at the first resolution alone, so it takes no window.")
        if self.window is not None and not timedelta() < self.window <= timedelta(days=36_525):
            raise BadInput(f"The window is above 0 and at most 100 years, but {self.window} came.")
        if self.follows and not self.ticket:
            raise BadInput("'follows' names an earlier ticket, so 'ticket' must say which kind of object that is.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """What may still change, does so within the window after the last signal; with business hours nobody knows when that is."""
        return Ending(end) if self.hours else Ending(reach=self._window + 1)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ContactCounts]:
        """Read each timeline once."""
        rules = (self.contact, self.resolved, self.reply, self.message, self.reopened)
        rows = gather(timelines, match(timelines, tuple(rule or _NO_SIGNALS for rule in rules)), people, cells)
        rows = rows.at(rows.times <= end)
        rows, about, untied = self._tied(timelines, rows)
        signals = self._signals(timelines, rows, about)
        first, after = np.empty(rows.rows.size, np.int64), np.empty(rows.rows.size, np.int64)
        count = find_contacts(signals, bool(self.ticket), first, after)
        found = _room(fixed(first[:count]), fixed(after[:count]))
        read_contacts(signals, microseconds(self.window) if self.window else NONE, count, found)
        followed = self._followed(timelines, rows, signals, found)
        order = fixed(np.argsort(rows.rows[found.first], kind="stable"), np.int64)
        cases = self._cases(signals, found, order, followed, about)
        lost = count_by(cells.count, untied[untied >= 0])
        return self._count(timelines, cells, end, rows, signals, found, cases, lost)

    def _tied(self, timelines: Timelines, rows: Gathered) -> tuple[Gathered, Int64s, Int64s]:
        """Rows in order of owner, what ties a contact together, and time; what each is about; the cells of untied contacts."""
        none = np.ones(rows.rows.size, np.int64)
        about = _coded(timelines, self.same, rows.rows) if self.same else none
        things = timelines.wide(f"objects.{self.ticket}")[rows.rows] if self.ticket else about
        begins = (rows.bits & CONTACT) != 0
        lost = (things == 0) | (begins & (about == 0))
        kept = np.flatnonzero(~lost)
        order = kept[np.lexsort((rows.rows[kept], things[kept], rows.owners[kept]))]
        return rows.at(order), fixed(about[order]), rows.cells[lost & begins]

    def _signals(self, timelines: Timelines, rows: Gathered, about: Int64s) -> Signals:
        things = timelines.wide(f"objects.{self.ticket}")[rows.rows] if self.ticket else about
        agents = _coded(timelines, self.agent, rows.rows) if self.agent else np.zeros(rows.rows.size, np.int64)
        passed = rows.times if self.hours is None else self.hours.by(rows.times)
        channels = timelines.code("channel")[rows.rows].astype(np.int64)
        return Signals(
            rows.owners,
            fixed(things, np.int64),
            rows.times,
            fixed(passed, np.int64),
            rows.bits,
            fixed(channels),
            fixed(agents, np.int64),
        )

    def _followed(self, timelines: Timelines, rows: Gathered, signals: Signals, found: Found) -> Int64s:
        """(contacts,) the contact that each follows up, or NONE."""
        followed = np.full(found.first.size, NONE, np.int64)
        if self.follows:
            codes = timelines.code(self.follows)[rows.rows[found.first]]
            words, used = timelines.words.get(self.follows, ("",)), np.unique(codes)
            keys = np.array([name_key(words[code]) for code in used.tolist()], np.int64)
            targets = keys[np.searchsorted(used, codes)] if used.size else NO_INT64S
            find_followed(signals, found.first, found.first.size, fixed(targets), followed)
        return fixed(followed)

    def _cases(self, signals: Signals, found: Found, order: Int64s, followed: Int64s, about: Int64s) -> Episodes:
        """Contacts by themselves or in episodes, in order of owner and first contact."""
        episodes = np.empty(order.size, np.int64)
        if self.variant in BY_EPISODE:
            assert self.window is not None
            before, window = _before(signals, found, order, about), microseconds(self.window)
            after = self.variant == "no_repeat_after_resolution"
            count = join_episodes(signals, found, order, before, followed, window, after, episodes)
        else:
            episodes[order], count = np.arange(order.size), order.size
            if self.variant == "no_reopen" and self.window is not None:
                reopen_followed(signals, found, followed, order.size, microseconds(self.window))
        begins, ends, contacts = np.zeros((3, count), np.int64)
        channels, agents = np.zeros((2, count, 2), np.int64)
        cases = Episodes(begins, ends, contacts, channels, agents)
        add_up(found, order, fixed(episodes), cases)
        return cases

    def _count(
        self,
        timelines: Timelines,
        cells: Cells,
        end: int,
        rows: Gathered,
        signals: Signals,
        found: Found,
        cases: Episodes,
        lost: Int64s,
    ) -> Folded[ContactCounts]:
        begin, size = found.first[cases.begins], cells.count
        inside = rows.cells[begin] >= 0
        owner, cell = rows.owners[begin][inside], rows.cells[begin][inside]
        open_, settled = (flags[inside] for flags in self._verdicts(signals, found, cases, end))
        decided, y = ~open_, settled & ~open_
        solved = found.last[cases.ends][inside]
        growing = decided & (self._passed(end + 1) - self._latest(signals, found, cases)[inside] <= self._window)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner] = np.where(open_, WAITING, np.where(y, RESOLVED_FIRST, REPEATED))
        contacts = cases.contacts if self.variant in BY_EPISODE else 1 + found.messages[cases.begins]
        known = decided & (cases.agents[inside, 0] != 0)
        took = signals.passed[np.maximum(solved, 0)] - signals.passed[begin[inside]] if signals.passed.size else solved
        done = decided & (solved >= 0)
        summary = ContactCounts(
            cases=count_by(size, cell),
            open=count_by(size, cell[open_]),
            first=count_by(size, cell[y]),
            untied=lost,
            growing=count_by(size, cell[growing]),
            share=tally(size, owner[decided], cell[decided], y[decided].astype(np.int64)),
            contacts=tally(size, owner[decided], cell[decided], contacts[inside][decided]),
            channels=tally(size, owner[decided], cell[decided], _several(cases.channels[inside][decided])),
            agents=tally(size, owner[known], cell[known], _several(cases.agents[inside][known])),
            times=Durations.of(size, cell[done], timelines.owners[owner[done]], took[done] // 1000),
        )
        return Folded(summary, outcomes)

    def _latest(self, signals: Signals, found: Found, cases: Episodes) -> Int64s:
        """(cases,) from when on an episode's window runs at last; the variants without episodes have none."""
        if self.variant not in BY_EPISODE or not signals.passed.size:
            return np.full(cases.ends.size, np.iinfo(np.int64).min >> 1, np.int64)
        row = found.first[cases.ends]
        if self.variant == "no_repeat_after_resolution":
            row = np.maximum(row, found.last[cases.ends])
        return signals.passed[row]

    @property
    def _window(self) -> int:
        return microseconds(self.window) if self.window else NONE

    def _passed(self, time: int) -> int:
        """A moment on the clock that measures."""
        return time if self.hours is None else int(self.hours.by(np.array([time], np.int64))[0])

    def _verdicts(self, signals: Signals, found: Found, cases: Episodes, end: int) -> tuple[Bools, Bools]:
        """(cases,) which may still change, and which were settled at the first contact, if nothing changes."""
        contact, variant = cases.begins, self.variant
        first = found.resolved[contact]
        solved, row = first >= 0, np.maximum(first, 0)
        since = row if variant != "no_repeat" else found.first[contact]
        if not signals.passed.size:
            return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
        over = self._passed(end + 1) - signals.passed[since] > self._window
        if variant == "no_repeat":
            return ~over, cases.contacts == 1
        if variant == "no_repeat_after_resolution":
            return ~(solved & over), cases.contacts == 1
        if variant == "no_reopen":
            return ~(solved & over), found.reopened[contact] == 0
        if variant in BY_RESOLUTION:
            return ~solved, self._at_once(signals, found, contact, row)
        stands = found.stands[contact] != 0
        open_ = ~(solved & over) if self.window else ~stands
        return open_, stands & self._at_once(signals, found, contact, row)

    def _at_once(self, signals: Signals, found: Found, contact: Int64s, row: Int64s) -> Bools:
        """What each house asks of a contact that is resolved."""
        replies = found.replies[contact]
        asked: Bools = signals.passed[row] - signals.passed[found.first[contact]] < _ZAMMAD
        if self.variant == "zendesk":
            asked = replies < 2
        elif self.variant == "zendesk_messaging":
            asked = replies == 1
        elif self.variant == "freshservice":
            asked = found.messages[contact] == 0
        elif self.variant == "freshdesk":
            asked = found.early[contact] == 1
        return asked


def _coded(timelines: Timelines, column: str, rows: Int64s) -> Int64s:
    """(rows,) a column's codes or object hashes, 0 = none."""
    whole = timelines.wide(column) if column.startswith("objects.") else timelines.code(column)
    return fixed(whole[rows].astype(np.int64))


def _room(first: Int64s, after: Int64s) -> Found:
    """Room for what is read about each contact."""
    resolved, last, stands, reopened, replies, messages, early = np.zeros((7, first.size), np.int64)
    channels, agents = np.zeros((2, first.size, 2), np.int64)
    return Found(first, after, resolved, last, stands, reopened, replies, messages, early, channels, agents)


def _before(signals: Signals, found: Found, order: Int64s, about: Int64s) -> Int64s:
    """(contacts,) the contact before each by the same owner about the same, or NONE."""
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    owners, topics = signals.owners[found.first], about[found.first]
    sorted_ = np.lexsort((place, topics, owners))
    before = np.full(order.size, NONE, np.int64)
    same = (owners[sorted_][1:] == owners[sorted_][:-1]) & (topics[sorted_][1:] == topics[sorted_][:-1])
    before[sorted_[1:][same]] = sorted_[:-1][same]
    return fixed(before)


def _several(seen: Int64s) -> Int64s:
    """(cases,) 1 = more than one word was seen."""
    several: Int64s = (seen[:, 0] != seen[:, 1]).astype(np.int64)
    return several
