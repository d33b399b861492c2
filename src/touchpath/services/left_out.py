"""Who and what a number leaves out, and why: told from the counts that its fold keeps beside those it concludes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from touchpath.metrics.metric import Place
from touchpath.timelines.amounts import AmountCounts
from touchpath.timelines.answers import AnswerCounts
from touchpath.timelines.between import BetweenCounts
from touchpath.timelines.contacts import ContactCounts
from touchpath.timelines.funnel import FunnelCounts
from touchpath.timelines.questionnaires import ScoreCounts
from touchpath.timelines.recurring import RecurringCounts
from touchpath.timelines.retention import RetentionCounts
from touchpath.timelines.sessions import SessionCounts
from touchpath.timelines.tasks import AttemptCounts
from touchpath.timelines.totals import TotalCounts

#: Per summary its counts of what is left out, and why.
_WHY: Mapping[type, Mapping[str, str]] = {
    AmountCounts: {"without": "signals carry no value", "unread": "signals carry a value that is no number, or too large"},
    AnswerCounts: {"unrated": "answers have no rating", "off_scale": "ratings lie off the scale"},
    AttemptCounts: {"open": "attempts still have time left", "untied": "starts name no object to tie the attempt to"},
    BetweenCounts: {
        "open": "cases may still be met",
        "untied": "starts name no object to tie the case to",
        "unpromised": "starts promise nothing that can be read",
    },
    ContactCounts: {"open": "cases may still change", "untied": "contacts do not say which case they belong to"},
    FunnelCounts: {"open": "entrants are still under way: their window has not closed"},
    RecurringCounts: {"unpriced": "signals set no usable level"},
    ScoreCounts: {
        "dropped": "responses lack too many items to be scored",
        "off_scale": "ratings lie off the scale and count as missing",
    },
    SessionCounts: {"open": "visits may still go on"},
    TotalCounts: {"without": "signals carry no value"},
}
#: Of these, what stands beside the number as well: what is wrong with the signals, where the metric itself does not say it.
_BESIDE: Mapping[type, tuple[str, ...]] = {
    BetweenCounts: ("untied",),
    ContactCounts: ("untied",),
    RecurringCounts: ("unpriced",),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of what are not in a number, and why."""

    count: int
    why: str


def left_out(summary: Any, at: Place) -> tuple[LeftOut, ...]:
    """What a number at one place of a summary leaves out; nothing where the summary keeps no such counts."""
    return tuple(one for one in _counted(summary, at) if one.count > 0)


def told_beside(summary: Any, cell: int) -> tuple[str, ...]:
    """What to read beside a number: what it leaves out for want of something in the signals, as warnings."""
    why = _WHY.get(type(summary), {})
    counts = {name: int(getattr(summary, name)[cell]) for name in _BESIDE.get(type(summary), ())}
    return tuple(f"{count:,} {why[name]} and are left out." for name, count in counts.items() if count)


def _counted(summary: Any, at: Place) -> Iterator[LeftOut]:
    if isinstance(summary, RetentionCounts):
        waiting = int(summary.started[at.cell]) - int(summary.complete[at.cell, at.column])
        yield LeftOut(waiting, "people started so late that the interval is not over for them")
    for name, why in _WHY.get(type(summary), {}).items():
        yield LeftOut(int(getattr(summary, name)[at.cell]), why)
