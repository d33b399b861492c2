"""What the tables of each query count, so that small groups can be hidden in them: every kind of query, every table, every whole number.

A kind or a table that is not here is shown to nobody who may not see small groups; a test holds that none is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from touchpath.metrics.rfm import group_of
from touchpath.services.queries.between import QUANTILES as OF_WAITS
from touchpath.services.queries.nodes import THEN
from touchpath.services.queries.values import QUANTILES as OF_VALUES
from touchpath.services.results import Value
from touchpath.timelines.lifecycle import STATUSES

#: One row by its columns' names.
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Counted:
    """How one table counts people, or cases and signals that stand for them.

    labels: columns that tell the rows of one period and segment apart; none = one row each.   named: labels come from what was recorded or
    from whoever asks, so a hidden row goes without its name.
    counts: columns of which each is a group; a number's count is its n. A small one hides its row.   rests: the first less all others is a
    group, too.   chain: shrinks from row to row, and each loss is a group.   plain: whole numbers that count nobody.
    lines: rows with these labels in common add up to something known.   line_of: the same, for what no column tells.
    aside: columns that say little of a row, hidden together throughout a table where one of them is small.
    whole: where a row is small, all of its period and segment go.   follows: where one of these tables hides anything, all of this one goes
    there.   apart: columns that go where another table hides anything, by that table.   scarce: so do these, where it has fewer than four
    rows there: a count, a mean and its interval are three equations.
    single: tells of one person always.   quantiles: columns that need so many on both sides.
    """

    counts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    named: bool = False
    rests: tuple[tuple[str, ...], ...] = ()
    chain: str = ""
    plain: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    line_of: tuple[Callable[[Row], Hashable], ...] = ()
    aside: tuple[tuple[str, ...], ...] = ()
    whole: bool = False
    follows: tuple[str, ...] = ()
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scarce: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    single: tuple[str, ...] = ()
    quantiles: Mapping[str, float] = field(default_factory=dict)


def _before_last(row: Row) -> Hashable:
    """The path up to its last step; siblings of one parent add up to what went on from it."""
    return str(row["path"]).rpartition(THEN)[0], row["step"]


def _after_first(row: Row) -> Hashable:
    return str(row["path"]).partition(THEN)[2], row["step"]


def _again(row: Row) -> Hashable:
    """Customers who bought again; of those who did not there is one row."""
    return True if row["times"] else None


def _named_group(row: Row) -> Hashable:
    recency, frequency = row["recency"], row["frequency"]
    return group_of(recency, frequency) if isinstance(recency, int) and isinstance(frequency, int) else None


#: All rows of a period and segment.
_ALL: tuple[tuple[str, ...], ...] = ((),)

#: The mean stays: with four points or more it leaves the spread open.
_ANSWERS = Counted(
    ("answers", "people"),
    aside=(("unrated",), ("off_scale",)),
    apart={"spread": ("low_share", "high_share", "net")},
    scarce={"spread": ("mean",)},
)

_PATHS = {
    "edges": Counted(("times", "people"), ("before", "after"), named=True, lines=(("before",), ("after",))),
    "nodes": Counted(
        ("signals", "begins", "ends", "open"), ("node",), named=True, rests=(("signals", "begins"), ("signals", "ends", "open"))
    ),
}

_REWORKED = ("again", "again_at_once", "again_later", "backtracks", "resource_known", "redone", "back", "ends", "dead_ends")

#: By the name of the query, by the name of the table.
COUNTED: Mapping[str, Mapping[str, Counted]] = {
    "answers": {
        "answers": _ANSWERS,
        "spread": Counted(("answers",), ("rating",), plain=("rating",), lines=_ALL, whole=True),
    },
    "between": {
        "between": Counted(("cases", "open", "met"), rests=(("cases", "open", "met"), ("cases", "open"))),
        "waits": Counted(("cases", "over", "waiting"), quantiles=OF_WAITS),
        "curve": Counted(("still_waiting", "met"), ("after_seconds",), plain=("after_seconds",), whole=True),
        "promises": Counted(("promised", "kept"), rests=(("promised", "kept"),)),
    },
    "conformance": {
        "conformance": Counted(
            ("fitting",),
            aside=(("journeys", "open", "open_on_way", "open_on_way_share"), ("too_long",)),
        ),
        "steps": Counted(("done", "skipped", "extra", "repeated_in"), ("step",)),
        "variants": Counted(("journeys", "people"), ("path",), named=True, plain=("cost",), lines=_ALL),
        "branches": Counted(("journeys",), ("choice", "branch"), lines=(("choice",),)),
    },
    "consistency": {
        "consistency": Counted(
            (), plain=("channels",), aside=(("nowhere",), ("left_out",)), apart={"channels": ("channels", "spread", "gap")}
        ),
        "channels": Counted(("answers", "people"), ("channel",), named=True, lines=_ALL),
    },
    "contacts": {
        "contacts": Counted(("first", "repeated"), aside=(("cases", "open"), ("growing",), ("untied",))),
    },
    "cooccurrence": {
        "cooccurrence": Counted(("both", "first_only", "second_only", "neither", "people"), ("first", "second"), named=True),
        "cases": Counted(("people",), aside=(("cases", "open"),)),
    },
    "counts": {"counts": Counted(("of", "per", "people"))},
    "features": {},
    "felt": {"felt": Counted(("pairs", "people"), aside=(("alone",), ("unread",)))},
    "flows": {
        "flows": Counted(
            ("times", "people", "ended"),
            ("step", "path"),
            named=True,
            plain=("step",),
            rests=(("times", "ended"),),
            lines=(("step",),),
            line_of=(_before_last, _after_first),
        ),
        "links": Counted(
            ("times", "people"),
            ("step", "before", "after"),
            named=True,
            plain=("step",),
            lines=(("step", "before"), ("step", "after"), ("step",)),
            follows=("flows",),
        ),
        "steps": Counted(
            ("reached", "people", "ended"), ("step",), plain=("step",), rests=(("reached", "ended"),), aside=(("open",),)
        ),
    },
    "forms": {
        "fields": Counted(("fillings",), ("field",), named=True, lines=_ALL),
        "forms": Counted(("fillings",), aside=(("open",), ("unread",))),
    },
    "friction": {"friction": Counted(("visits", "events"), aside=(("open",), ("unread",)))},
    "funnel": {
        "steps": Counted(("reached",), ("step",), chain="reached", aside=(("entrants", "open"),)),
        "conversion": Counted((), follows=("steps",)),
    },
    "lifecycle": {"lifecycle": Counted(("active", *STATUSES))},
    "lostness": {"lostness": Counted(("attempts",), aside=(("without",), ("fewer",)))},
    "paths": _PATHS,
    "patterns": {
        "patterns": Counted(("cases", "people", "outcomes"), ("pattern",), named=True, rests=(("cases", "outcomes"),)),
        "cases": Counted(("people", "outcomes"), plain=("patterns", "compared"), aside=(("cases", "open", "outcome_first"),)),
    },
    "purchases": {
        "purchases": Counted(("customers", "bought_again"), rests=(("customers", "bought_again"),)),
        "times": Counted(("customers",), ("times",), plain=("times",), lines=_ALL, line_of=(_again,)),
    },
    "recurring": {
        "levels": Counted(("customers_at_start", "customers_at_end"), aside=(("unpriced",),)),
        "movements": Counted(("customers", "times"), ("movement",), lines=_ALL),
        "rates": Counted((), follows=("movements",)),
    },
    "retention": {
        "curve": Counted(("people", "returned"), ("interval",), rests=(("people", "returned"),)),
        "cohorts": Counted(("started", "people", "returned"), ("interval",), rests=(("people", "returned"),)),
    },
    "rework": {
        "rework": Counted(("cases", "signals", *_REWORKED), ("node",), named=True, plain=("fewest_between",)),
        "loops": Counted(("times", "people"), ("loop",), named=True),
        "cases": Counted(("people", "reworked"), aside=(("cases", "open"),)),
    },
    "rfm": {
        "groups": Counted(("people",), ("group",), lines=_ALL),
        "scores": Counted(
            ("people",),
            ("recency", "frequency", "monetary"),
            plain=("recency", "frequency", "monetary"),
            lines=_ALL,
            line_of=(_named_group,),
            follows=("groups",),
        ),
    },
    "sentiment": {"sentiment": Counted(("positive", "neutral", "negative"), aside=(("several",),))},
    "sessions": {"sessions": Counted(("sessions", "people", "bounces"), rests=(("sessions", "bounces"),), aside=(("open",),))},
    "states": {
        "states": Counted(("people", "entered"), ("state",), lines=_ALL, follows=("moves",)),
        "moves": Counted(("people",), ("from_state", "to_state"), lines=(("from_state",), ("to_state",), ())),
    },
    "stickiness": {
        "stickiness": Counted(("active",), plain=("intervals",), scarce={"days": ("stickiness", "active_intervals")}),
        "days": Counted(("people",), ("intervals",), plain=("intervals",), lines=_ALL, whole=True),
    },
    "tasks": {
        "tasks": Counted(("succeeded", "failed", "abandoned"), aside=(("started", "open"), ("untied",))),
        "attempts": Counted(("closed", "succeeded"), ("attempt",), rests=(("closed", "succeeded"),), lines=_ALL),
    },
    "totals": {"totals": Counted(("per", "people"), aside=(("without",),))},
    "values": {
        "values": Counted(("people",), ("value",), named=True, plain=("pooled",), lines=_ALL),
        "numbers": Counted(("signals", "people"), aside=(("without",), ("unread",)), single=("lowest", "highest")),
        "quantiles": Counted((), ("of",), quantiles=OF_VALUES),
    },
    "variants": {
        "variants": Counted(("cases", "people"), ("path",), named=True, plain=("rank", "steps"), lines=_ALL),
        "cases": Counted(("people",), plain=("variants",), aside=(("cases", "open"),), apart={"variants": ("too_long",)}),
    },
    "vitals": {
        "pages": Counted((), follows=("vitals",)),
        "vitals": Counted(("loads",), ("measure",)),
    },
    "volume": {"volume": Counted(("base", "people", "signals"), ("what",), rests=(("base", "people"),))},
}
