"""Published numbers, and what they say of one's own, as pages tell them."""

from __future__ import annotations

import math
from functools import cache

from touchpath.metrics.benchmarks import Band, Benchmark, Verdict
from touchpath.metrics.catalogue import CATALOGUE
from touchpath.services.results import MetricWords
from touchpath.web.languages import _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import plain


def published(words: MetricWords) -> list[str]:
    """The published numbers of a metric, one sentence each."""
    return [tell(known[text]) if text in (known := _known()) else text for text in words.benchmarks]


def tell(benchmark: Benchmark) -> str:
    """The bands, the source and how sure the figure is."""
    bands = ", ".join(_("%(band)s (%(reach)s)", band=gettext(band.label), reach=_reach(band)) for band in benchmark.bands)
    source = f"{benchmark.source}, {benchmark.year}"
    if benchmark.status != "read":
        source = _("%(source)s; quoted from memory of the source, not read again there", source=source)
    verdict = "" if benchmark.graded else " " + _("No verdict is given: %(reason)s.", reason=gettext(benchmark.why))
    return f"{gettext(benchmark.title)}: {bands} ({source}).{verdict}"


def tell_verdict(verdict: Verdict) -> str:
    """What a benchmark says of a number, or why it says nothing."""
    return f"{say(verdict.benchmark)}: {say(verdict.label or verdict.reason)}"


@cache
def _known() -> dict[str, Benchmark]:
    return {one.told: one for metric in CATALOGUE.values() for one in metric.benchmarks}


def _reach(band: Band) -> str:
    low, high = (_number(end) for end in (band.low, band.high))
    if math.isinf(band.low):
        return _("below %(end)s", end=high) if high else _("anything")
    return _("%(low)s to below %(high)s", low=low, high=high) if high else _("from %(start)s on", start=low)


def _number(end: float) -> str:
    digits = f"{end:g}"
    return "" if math.isinf(end) else plain(end, len(digits.partition(".")[2]))
