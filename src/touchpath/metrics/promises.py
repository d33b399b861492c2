"""Metrics of promises: whether what was promised came in time, how late it was, and how long it takes at all."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.between import estimate_kept, estimate_late, estimate_time
from touchpath.metrics.metric import QueryMetric
from touchpath.metrics.places import at_cell, share_change, time_change
from touchpath.timelines.between import BetweenCounts

_PROMISE: dict[str, Any] = {
    "discipline": "CX",
    "level": "journey",
    "horizon": "quarter",
    "need": "functional",
    "query": "between",
    "needs": {"promise": ()},
}
_TIME: dict[str, Any] = {
    "unit": "seconds",
    "scale": "above 0",
    "better": "lower",
    "interval": "geometric-then-median",
    "source": "Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    "minimum_n": 2,
}

ON_TIME_DELIVERY: QueryMetric[BetweenCounts] = QueryMetric(
    **_PROMISE,
    name="on_time_delivery",
    title="On-time delivery",
    asks="Which share of promises was kept?",
    unit="share",
    better="higher",
    scale="0 to 1",
    interval="wilson-clustered",
    estimate=at_cell(estimate_kept),
    compare=share_change(lambda summary, at: summary.promises.cell(at.cell), "no promise is due"),
    definition="Starts with a promise (hours, days, a day or a moment) whose end came by then, of all whose promise is over. What never came "
    "is in it; what is promised for later than the data reach is not.",
    formula="promises kept / promises due",
    source="Wilson 1927; promises as in docs/definitions/between.md",
    caveats=(
        "It rises with more careful promises: read the time that it takes beside it.",
        "The first promise counts. One that is moved later by the seller is a promise broken.",
        "What was cancelled and never came is a promise broken, too: where that is not meant, let the query's 'end' mean cancelling as well.",
    ),
)
PROMISE_DELAY: QueryMetric[BetweenCounts] = QueryMetric(
    **_PROMISE | _TIME,
    name="promise_delay",
    title="Delay beyond the promise",
    asks="By how much is late typically late?",
    estimate=at_cell(estimate_late),
    compare=time_change(lambda summary: summary.late, "nothing came late"),
    definition="Seconds from the promised time to the end, of promises that came late; those that never came have no delay.",
    formula="geometric mean (n < 25) or median of (end - promised time), of those above 0",
    caveats=("Only of what came late, so it says nothing of how often: read it next to on-time delivery.",),
)
DELIVERY_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_PROMISE | _TIME | {"needs": {}},
    name="delivery_time",
    title="Time to delivery",
    asks="How long does it typically take until people have what they ordered?",
    estimate=at_cell(estimate_time),
    compare=time_change(lambda summary: summary.times, "no case was met"),
    definition="Seconds from the order (the query's start) to its delivery (its end), of those delivered.",
    formula="geometric mean (n < 25) or median of (delivery - order)",
    caveats=("What is still under way is not in it, and the slow ones are among that: the query's table 'waits' has them.",),
)
