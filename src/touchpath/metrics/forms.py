"""What fillings of forms mean: how many are never sent, and where in them people come back, wait or leave."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from touchpath.metrics.conclude import conclude_mean, conclude_share, few, people_behind
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, share_change
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.clustered import each_once, estimate_ratio
from touchpath.stats.means import Mean
from touchpath.stats.times import geometric_mean_interval
from touchpath.timelines.forms import WAIT_SCALE, FormCounts
from touchpath.timelines.moments import Ratio

_NOBODY = "no filling is over"


def _told(number: Number, summary: FormCounts, cell: int) -> Number:
    unread = int(summary.unread[cell])
    if unread and isinstance(number, Estimate):
        return number.warned(f"{unread:,} changes name no field.")
    return number


def estimate_left(summary: FormCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of fillings that were never sent, clustered by person."""
    return conclude_share(summary.left.cell(cell), "fillings", _NOBODY, confidence)


def estimate_refilled(summary: FormCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of fillings in which people came back to a field, clustered by person."""
    return _told(conclude_share(summary.refilled.cell(cell), "fillings", _NOBODY, confidence), summary, cell)


def estimate_field_left(ratios: Mapping[str, Ratio], confidence: float = 0.95) -> Number:
    """Share of the fillings that came to a field and ended with it, unsent."""
    return conclude_share(ratios["left"], "fillings", _NOBODY, confidence)


def estimate_field_refilled(ratios: Mapping[str, Ratio], confidence: float = 0.95) -> Number:
    """Share of the fillings that came to a field and came back to it after another."""
    return conclude_share(ratios["refilled"], "fillings", _NOBODY, confidence)


def estimate_changes(ratios: Mapping[str, Ratio], confidence: float = 0.95) -> Number:
    """Changes of a field in one filling that came to it."""
    return conclude_mean(ratios["changes"], "per_filling", "fillings", _NOBODY, confidence, bounds=(1.0, math.inf))


def estimate_wait(ratios: Mapping[str, Ratio], confidence: float = 0.95) -> Number:
    """Typical seconds from the change before to the first change of a field, a geometric mean: how long people hesitate."""
    # Those without a change before come with nothing in both sums, and count as nobody.
    waits = ratios["waits"]
    if waits.x == 0:
        return Undefined("nothing was ever changed before it", 0, "fillings")
    if waits.people < 2:
        return Undefined("only 1 person, and an interval needs two", waits.x, "fillings", people=1)
    mean, error, df = estimate_ratio(waits)
    value, low, high = (
        limit / 1000 for limit in geometric_mean_interval(Mean(mean / WAIT_SCALE, error / WAIT_SCALE, df), confidence)
    )
    method = "geometric mean, t on logarithms" + ("" if each_once(waits) else f", clustered by person ({waits.people} people)")
    warnings, behind = few(waits.people), people_behind(waits)
    return Estimate(value, low, high, waits.x, "fillings", "seconds", confidence, method, warnings=warnings, people=behind)


_left_change: PlaceComparing[FormCounts] = share_change(lambda summary, at: summary.left.cell(at.cell), _NOBODY)
_refilled_change: PlaceComparing[FormCounts] = share_change(lambda summary, at: summary.refilled.cell(at.cell), _NOBODY)
_SHARE: dict[str, Any] = {
    "discipline": "UX",
    "level": "interface",
    "horizon": "task",
    "need": "functional",
    "unit": "share",
    "better": "lower",
    "scale": "0 to 1",
    "query": "forms",
    "interval": "wilson-clustered",
    "source": "Wilson 1927; fillings as in docs/definitions/forms.md",
}

FILLINGS_ABANDONED: QueryMetric[FormCounts] = QueryMetric(
    **_SHARE,
    name="fillings_abandoned",
    title="Fillings abandoned",
    asks="Which share of the times that people fill in a form comes to nothing?",
    estimate=at_cell(estimate_left),
    compare=_left_change,
    definition="Fillings (from a change of a field, until it is sent or nothing is changed for longer than the query's `gap`) that were not sent, of all "
    "that are over. Each try is one: who gives up twice and then sends it counts three times.",
    formula="fillings not sent / fillings",
    caveats=(
        "form_abandonment counts people instead, within a window: the two are different numbers.",
        "The query's table `fields` tells where people leave: a field that comes last is left at least as often as it stops somebody.",
        "A form that was sent and refused counts as sent.",
    ),
)
FORM_REFILLS: QueryMetric[FormCounts] = QueryMetric(
    **_SHARE,
    name="form_refills",
    title="Fields filled again",
    asks="In which share of fillings do people come back to a field?",
    estimate=at_cell(estimate_refilled),
    compare=_refilled_change,
    definition="Fillings in which somebody changed a field, then another, then the first one again, of all fillings that are over.",
    formula="fillings with a field that was come back to / fillings",
    caveats=(
        "Some forms invite it (a search with filters); an error message at the end makes it.",
        "Browsers that fill in several fields at once change them in an order of their own.",
    ),
)
