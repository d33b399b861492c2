"""The interval methods that metrics choose from by name, each told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MethodName = Literal[
    "adjusted-wald-then-wilson",
    "wilson",
    "wilson-clustered",
    "nps-adjusted-wald",
    "t",
    "t-clustered",
    "poisson",
    "poisson-or-t",
    "geometric-then-median",
    "paired-t-logs",
    "order-statistics",
    "kaplan-meier",
    "delta",
    "sum-gamma",
    "q-profile",
    "f-anova",
    "fisher-z",
    "grouped-jackknife",
    "bootstrap",
    "bootstrap-joint",
    "propagated",
    "propagated-any",
]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to an interval: what it is called, why it is sound, and where it is from."""

    title: str
    told: str
    source: str


METHODS: Mapping[MethodName, Method] = {
    "adjusted-wald-then-wilson": Method(
        "adjusted-Wald below 150, Wilson from there on",
        "Adjusted-Wald has the best smallest coverage at small n, for 3 to 5 % more width; from 150 on both agree, and Wilson's never "
        "leaves 0 to 1. Clustered by person where people count more than once.",
        "Agresti & Coull 1998; Sauro & Lewis 2005; Wilson 1927",
    ),
    "wilson": Method(
        "Wilson",
        "Score interval of a share to which everybody contributes once.",
        "Wilson 1927; Newcombe 1998",
    ),
    "wilson-clustered": Method(
        "Wilson, clustered by person",
        "Score interval of a share; at the effective n, clustered by person, where people count more than once.",
        "Wilson 1927; Newcombe 1998; Deng, Knoblich & Lu 2018",
    ),
    "nps-adjusted-wald": Method(
        "adjusted-Wald with three answers added",
        "Three answers are added (three quarters each of a promoter and a detractor); at the effective n where people repeat.",
        "Rocks 2016; Lewis & Sauro 2021",
    ),
    "t": Method(
        "t",
        "Student's interval of a mean to which everybody contributes once. Of skewed amounts of few people it is too narrow: a 95 % interval "
        "held 84 % of means of 10 lognormal values, 90 % of 50, 93 % of 200.",
        "Student 1908",
    ),
    "t-clustered": Method(
        "t, clustered by person",
        "Student's interval of a mean, with people as the unit where they count more than once; kept inside the scale. Of skewed amounts "
        "of few people it is too narrow: a 95 % interval held 84 % of means of 10 lognormal values, 90 % of 50, 93 % of 200.",
        "Student 1908; Deng, Knoblich & Lu 2018",
    ),
    "poisson": Method("exact Poisson", "Exact interval of a count.", "Garwood 1936"),
    "poisson-or-t": Method(
        "exact Poisson, or t by person",
        "Exact Poisson where each person counts once and events spread no wider than 1.5 times their mean; else t by person.",
        "Garwood 1936; Deng, Knoblich & Lu 2018",
    ),
    "paired-t-logs": Method(
        "paired t on logarithms",
        "Of each person the logarithm of the ratio of two of their times, then a t interval of the mean over people, turned back into a ratio.",
        "Student 1908; Sauro & Lewis 2010",
    ),
    "geometric-then-median": Method(
        "geometric mean below 25, median from there on",
        "Geometric mean with a t interval on logarithms below 25 times, median with order-statistic limits from 25 on and where some took "
        "no time at all; clustered by person where people repeat.",
        "Sauro & Lewis 2010; Woodruff 1952",
    ),
    "order-statistics": Method(
        "order statistics",
        "Limits of a quantile are values of the sample, chosen by binomial ranks; of groups of people where they repeat.",
        "Woodruff 1952",
    ),
    "kaplan-meier": Method(
        "Kaplan-Meier, limits on ln(-ln)",
        "What has not happened yet counts as long as it was seen not to.",
        "Kaplan & Meier 1958; Greenwood 1926",
    ),
    "delta": Method(
        "delta method, clustered by person",
        "A ratio of two sums, with people as the unit.",
        "Deng, Knoblich & Lu 2018",
    ),
    "sum-gamma": Method(
        "gamma limits of a sum",
        "A sum of amounts of which a chance number came: limits with the sum's own mean and variance; exact Poisson for equal amounts.",
        "Fay & Feuer 1997",
    ),
    "q-profile": Method(
        "Q profile",
        "Limits of a spread between groups: where the scatter of their scores, weighed with it, would be as far out as the confidence allows.",
        "Viechtbauer 2007",
    ),
    "f-anova": Method(
        "analysis of variance, F",
        "Limits of the ratio of two variances, which are those of the share between groups; exact for groups of one size.",
        "Shrout & Fleiss 1979",
    ),
    "fisher-z": Method(
        "Fisher z",
        "Limits of a correlation on the scale of its inverse hyperbolic tangent; of groups of people where they repeat.",
        "Fisher 1921; Wolter 2007",
    ),
    "grouped-jackknife": Method(
        "grouped jackknife",
        "The spread of the value when each of 64 groups of people is left out in turn.",
        "Efron & Tibshirani 1993",
    ),
    "bootstrap": Method(
        "bootstrap over people",
        "The spread of the value when people are drawn again with replacement, with a fixed seed.",
        "Efron & Tibshirani 1993",
    ),
    "bootstrap-joint": Method(
        "bootstrap of people, all parts together",
        "People fall into 50 groups as if by chance, which are drawn again 200 times, the same for all parts; t over the groups. What parts "
        "share of the same people is in it. With fewer than ten groups, fewer than 20 behind a part, a part that is the same in every draw, or parts of different units, from the parts, moving together in any way.",
        "Efron & Tibshirani 1993, chapter 6",
    ),
    "propagated": Method(
        "from the parts, taken to be independent",
        "The root of the sum of the squares of the parts' weighted half-widths, on each side alone. Too narrow where parts move together.",
        "Zou & Donner 2008",
    ),
    "propagated-any": Method(
        "from the parts, moving together in any way",
        "The weighted sum of the parts' half-widths: never too narrow, wider than need be where parts do not move together.",
        "Zou & Donner 2008",
    ),
}
