"""How long customers with contracts will stay: the shifted-beta-geometric model of renewals, fitted to what a query `between` counts.

The query's start is the beginning of a contract and its end the leaving; `at` names the term after which it is renewed, and the horizon.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.conclude import compare_intervals
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import each_once
from touchpath.stats.shifted_beta_geometric import Renewals, Renewing, climb_renewing, fit_renewing, surviving
from touchpath.timelines.between import BetweenCounts
from touchpath.timelines.waits import WaitTable

Counts = NDArray[np.int64]

#: With fewer customers nothing is projected.
FEWEST = 100
#: Who leaves up to this part of a term after a renewal did not renew: months differ in length, and notices take a while.
GRACE = 0.1
#: From this share of resamples without a maximum on, limits are called rough.
MANY_EDGES = 0.05
_ROUNDS, _SEED = 200, 2007


class Contracts(NamedTuple):
    """Customers by group (rows) and by how often they renewed (columns, 0 on): those who then left, and those who are still there."""

    left: Counts
    there: Counts

    def renewals(self) -> Renewals:
        """How many cancelled and how many renewed at each renewal."""
        left, there = self.left.sum(axis=0), self.there.sum(axis=0)
        both = np.cumsum((left + there)[::-1])[::-1]  # those seen to renew so often or more
        return Renewals(left[:-1].astype(float), both[1:].astype(float))


def contracts_in(table: WaitTable, term: float, by_person: bool) -> Contracts:
    """The contracts of one cell, by a term of so many milliseconds. by_person: everybody has one, so each is a group of its own kind."""
    middle = (table.low + table.high) / 2 / term
    left = np.maximum(np.ceil(middle - GRACE), 1).astype(np.int64) - 1
    there = np.maximum(np.floor(middle - GRACE), 0).astype(np.int64)
    most = int(max(left.max(initial=0), there.max(initial=0))) + 2
    found = Contracts(*(np.zeros((table.over.shape[0], most), np.int64) for _ in range(2)))
    for group in range(table.over.shape[0]):
        np.add.at(found.left[group], left, table.over[group])
        np.add.at(found.there[group], there, table.waiting[group])
    return Contracts(*(one.sum(axis=0, keepdims=True) for one in found)) if by_person else found


def estimate_contract_lifetime(summary: BetweenCounts, at: Place, confidence: float = 0.95) -> Number:
    """Seconds that a new customer is expected to stay within the horizon; limits from resampled customers, the model fitted to each draw."""
    cases = summary.waits.cases.cell(at.cell)
    if len(at.terms) < 2 or at.terms[1] < at.terms[0]:
        why = "the query's 'at' says no horizon: give it the term of the contract and the horizon, as in at: [30d, 720d]"
        return Undefined(why, cases.x, "customers", people=cases.people)
    if cases.x < FEWEST:
        return Undefined(f"{cases.x} contracts, and a projection needs {FEWEST}", cases.x, "customers", people=cases.people)
    term, horizon = at.terms[:2]
    once = each_once(cases)
    found = contracts_in(summary.waits.table(at.cell), 1000 * term, once)
    renewals, ahead = found.renewals(), np.arange(int(horizon // term))
    try:
        fit = fit_renewing(renewals)
    except BadInput as error:
        return Undefined(str(error), cases.x, "customers", people=cases.people)
    drawn, edges = _redrawn(found, fit.renewing, ahead, once)
    value = float(surviving(fit.renewing, ahead).sum())
    low, high = np.percentile(drawn, (50 * (1 - confidence), 50 * (1 + confidence)))
    seen = int(np.flatnonzero(renewals.cancelled + renewals.renewed).max()) + 1
    warnings: tuple[str, ...] = ()
    if ahead.size > 2 * seen:
        warnings += (f"It looks {ahead.size} terms ahead, and only {seen} renewals were seen.",)
    if edges > MANY_EDGES:
        warnings += (f"In {edges:.0%} of the resamples a model had no best parameters of its own: the limits are rough.",)
    alpha, beta = fit.renewing
    note = f"sBG: alpha {alpha:.4g}, beta {beta:.4g}; {ahead.size} terms ahead, {value:.2f} of them expected."
    limits = (min(float(low), value) * term, max(float(high), value) * term)
    method = f"bootstrap of customers, {_ROUNDS} rounds, the model fitted anew in each"
    return Estimate(
        value * term, *limits, cases.x, "customers", "seconds", confidence, method, warnings=warnings, notes=(note,), people=cases.people
    )  # fmt: skip


def _redrawn(found: Contracts, fit: Renewing, ahead: Counts, once: bool) -> tuple[NDArray[np.float64], float]:
    """The expected terms of customers drawn again with replacement (groups of them, where they have several contracts), and the share of
    draws without a maximum, in which the edge to which the likelihood rises stands in."""
    rng = np.random.default_rng(_SEED)
    kinds, drawn, edges = np.concatenate((found.left, found.there), axis=1), [], 0
    many = int(kinds.sum())
    for _ in range(_ROUNDS):
        if once:
            row = rng.multinomial(many, kinds[0] / many)
        else:
            row = kinds[rng.integers(0, kinds.shape[0], kinds.shape[0])].sum(axis=0)
        half = row.size // 2
        again = Contracts(row[None, :half], row[None, half:]).renewals()
        try:
            summit = climb_renewing(again, fit)
        except BadInput:
            edges += 1
            continue
        edges += bool(summit.runaways)
        drawn.append(float(surviving(Renewing(*summit.parameters), ahead).sum()))
    return np.array(drawn), edges / _ROUNDS


def change_of_contract_lifetimes(
    summary: BetweenCounts, before: Place, after: Place, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two, from both intervals."""
    a, b = (estimate_contract_lifetime(summary, at, confidence) for at in (before, after))
    return compare_intervals(a, b, confidence)


CONTRACT_LIFETIME: QueryMetric[BetweenCounts] = QueryMetric(
    name="contract_lifetime",
    title="Contract lifetime ahead",
    asks="How long will a new customer with a contract stay within the horizon?",
    discipline="CX",
    level="relationship",
    horizon="lifetime",
    need="functional",
    unit="seconds",
    better="higher",
    scale="above 0",
    query="between",
    needs={"at": ()},
    estimate=estimate_contract_lifetime,
    compare=change_of_contract_lifetimes,
    interval="bootstrap",
    definition="Expected time under contract of a customer who begins, within the second time under `at` (the horizon), by the shifted-beta-geometric "
    "model of renewals every first time under `at` (the term), fitted to the customers who began in the period. Who left up to a tenth of a "
    "term after a renewal did not renew.",
    formula="term x sum over t = 0..horizon / term - 1 of S(t), S(t) = B(alpha, beta + t) / B(alpha, beta)",
    source="Fader & Hardie 2007, Journal of Interactive Marketing 21:76",
    minimum_n=FEWEST,
    caveats=(
        "A projection: it says what happens if customers go on as before. Limits hold chance, not a change of prices or rivals.",
        "Times the margin of a term over the term it is a lifetime value, not discounted.",
        "Renewals are counted from times in bins at most 0.8 % wide: beyond the twelfth some leave one renewal early or late.",
        "For customers with a contract, whose leaving is seen: where they leave unnoticed, customer_lifetime_value.",
        "People who were customers before the data begin must not start in the data: those of them who left early are missing, and the curve "
        "would be too good (left truncation).",
    ),
)
