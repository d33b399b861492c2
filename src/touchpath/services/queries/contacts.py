"""The query `contacts`: first contact resolution in its variants, repeat contacts, hand-offs and time to resolution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Self, get_args

from touchpath.metrics.contacts import (
    estimate_agents,
    estimate_channels,
    estimate_contacts,
    estimate_first,
    estimate_resolution_time,
)
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.hours import Hours, open_time, read_hours
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import column_at, needed_rule_at, optional_rule, read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.contacts import BY_EPISODE, REPEATED, RESOLVED_FIRST, WAITING, ContactCounts, Contacts, Variant

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ContactsQuery:
    """Whether people are helped at their first contact (variants of several help desks), how often they come back, and hand-offs."""

    contacts: Contacts
    hours: Hours = None

    name: ClassVar[str] = "contacts"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: contact, resolved, reply, message, reopened, variant, window, same, ticket, follows, agent, hours."""
        contact = needed_rule_at(fields, "contact")
        resolved, reply, message, reopened = (optional_rule(fields, key) for key in ("resolved", "reply", "message", "reopened"))
        variant = fields.choice("variant", get_args(Variant), "no_repeat")
        default = _WEEK if variant in (*BY_EPISODE, "no_reopen") else None
        hours = read_hours(fields, "window")
        if hours is not None and default is not None and fields.node("window") is None:
            fields.fault(fields.line, "with business hours give 'window' in hours, as in 40h for five days of eight.")
        contacts = Contacts(
            contact,
            resolved,
            reply,
            message,
            reopened,
            variant=variant,
            window=read_span(fields, "window", default),
            same=column_at(fields, "same"),
            ticket=fields.reference("ticket", "object kind"),
            follows=column_at(fields, "follows"),
            agent=column_at(fields, "agent"),
        )
        return cls(contacts, hours)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What the signals mean, and the columns that are read beside."""
        asked = self.contacts
        rules = (asked.contact, asked.resolved, asked.reply, asked.message, asked.reopened)
        columns = [column for column in (asked.same, asked.follows, asked.agent) if column.startswith("properties.")]
        named = [EventRule((), (Condition(column, "exists", True),)) for column in columns]
        return [*(rule for rule in rules if rule), *named]

    def fold(self, setting: Setting) -> Contacts:
        """Cases and how they went; raises Missing for a schedule that the model does not have."""
        return replace(self.contacts, hours=open_time(self.hours, setting))

    def tables(self, summary: ContactCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`contacts`: cases, the share settled at first contact, contacts per case, changes of channel and agent, time to resolution."""
        counts = ("cases", "open", "first", "repeated", "growing", "untied")
        numbers = ("first_contact", "contacts_per_case", "other_channel", "other_agent", "resolution_seconds")
        return (Table("contacts", (*WHERE, *counts, *numbers), tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest case went."""
        return {
            "first contact": frozenset({RESOLVED_FIRST}),
            "repeated": frozenset({REPEATED}),
            "open": frozenset({WAITING}),
        }

    def _rows(self, summary: ContactCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            cases, waiting, first = (int(part[cell]) for part in (summary.cases, summary.open, summary.first))
            counts = (cases, waiting, first, cases - waiting - first, int(summary.growing[cell]), int(summary.untied[cell]))
            agents = estimate_agents(summary, cell, confidence) if self.contacts.agent else None
            times = estimate_resolution_time(summary, cell, confidence) if self.contacts.resolved else None
            yield (
                *where,
                *counts,
                estimate_first(summary, cell, confidence),
                estimate_contacts(summary, cell, confidence),
                estimate_channels(summary, cell, confidence),
                agents,
                times,
            )
