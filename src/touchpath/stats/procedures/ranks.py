"""Procedures about the order of numbers, and about two measures of the same people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from touchpath.stats.association import correlation
from touchpath.stats.procedures.checked import Answer, Numbers, Open, Procedure, Rows
from touchpath.stats.ranks import Alternative, friedman, kruskal_wallis, mann_whitney, paired_differences, signed_rank

#: As R, SciPy and this door's own names write them.
_SIDES: Mapping[str, Alternative] = {
    "greater": "greater",
    "less": "less",
    "two-sided": "two-sided",
    "two.sided": "two-sided",
    "two_sided": "two-sided",
}


def _mann_whitney(values_a: Numbers, values_b: Numbers, exact: bool = True) -> Answer:
    found = mann_whitney(values_a, values_b, exact)
    return {"u": found.statistic, "p": found.p}


def _signed_rank(
    values_a: Numbers,
    values_b: Numbers,
    alternative: Literal["greater", "less", "two-sided", "two.sided", "two_sided"] = "greater",
) -> Answer:
    found = signed_rank(paired_differences(values_a, values_b), _SIDES[alternative])
    return {"w_plus": found.statistic, "p": found.p}


def _kruskal(groups: Rows) -> Answer:
    found = kruskal_wallis(groups)
    return {"h": found.statistic, "df": found.df, "p": found.p}


def _friedman(blocks: Rows) -> Answer:
    found = friedman(blocks)
    return {"chi2": found.statistic, "df": found.df, "p": found.p}


def _correlation(x: Numbers, y: Numbers, confidence: Open = 0.95) -> Answer:
    found = correlation(x, y, confidence)
    low, high = found.limits or (None, None)
    return {"pearson": found.pearson, "lower": low, "upper": high, "p": found.p, "spearman": found.spearman}


RANKS: Mapping[str, Procedure] = {
    "correlation": _correlation,
    "friedman": _friedman,
    "kruskal_wallis": _kruskal,
    "mann_whitney_exact": _mann_whitney,
    "wilcoxon_signed_rank_exact": _signed_rank,
}
