"""What histories of purchases mean: who buys again, and what customers will still be worth. See docs/definitions/purchases.md."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.lifetime_value import TOO_ALIKE, Base, LifetimeValue, Terms, base_of, lifetime_value
from touchpath.timelines.moments import Ratio
from touchpath.timelines.purchases import SCALE, PurchaseCounts

#: With fewer customers who bought again there is no lifetime value.
FEWEST = 100
#: From this share of resamples without a maximum on, limits are called rough.
MANY_EDGES = 0.05
_SEED = 2005
_NOBODY = "nobody bought"


class Horizon(NamedTuple):
    """How far a value looks: days of one interval, how many of them, the margin and the discount of one interval."""

    days: float
    ahead: float
    margin: float
    discount: float

    @property
    def terms(self) -> Terms:
        """The same, in intervals."""
        return Terms(int(self.ahead), self.margin, self.discount)


def bought_again(summary: PurchaseCounts, cell: int) -> Ratio:
    """Customers with a repeat purchase, among all who have bought."""
    histories, sums = summary.of(cell)
    n, again = int(sums[:, 0].sum()), int(sums[histories[:, 0] > 0, 0].sum())
    return Ratio(n, n, again, n, again, again)


def estimate_repeat(summary: PurchaseCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the customers who have bought on two occasions or more; everybody counts once."""
    return conclude_share(bought_again(summary, cell), "customers", _NOBODY, confidence)


def base_in(summary: PurchaseCounts, cell: int, days: float) -> Base:
    """The customers of a cell, in intervals of so many days; customers alike are one row. Raises BadInput where there is none."""
    histories, sums = summary.of(cell)
    x, owners = histories[:, 0], sums[:, 0]
    spent: NDArray[np.float64] = np.maximum(sums[:, 1] / SCALE / np.maximum(owners * x, 1), 0.0)
    return base_of(
        x.tolist(), (histories[:, 1] / days).tolist(), (histories[:, 2] / days).tolist(), spent.tolist(), owners.tolist()
    )


def estimate_value(summary: PurchaseCounts, cell: int, horizon: Horizon, confidence: float = 0.95) -> Number:
    """Mean value of what a customer will still buy within the horizon, by BG/NBD and Gamma-Gamma; limits from resampled customers."""
    ratio = bought_again(summary, cell)
    if not ratio.x:
        return Undefined(_NOBODY, 0, "customers")
    if ratio.y < FEWEST:
        said = f"{ratio.y} customers bought again, and a lifetime value needs {FEWEST} of them"
        return Undefined(said, ratio.x, "customers")
    try:
        base = base_in(summary, cell, horizon.days)
        found = lifetime_value(base, horizon.terms, _SEED, confidence=confidence)
    except BadInput as error:
        return Undefined(str(error), ratio.x, "customers")
    if found.low is None or found.high is None:
        said = f"{found.failed:.0%} of the resamples gave no value, so nothing can be said of how sure it is"
        return Undefined(said, ratio.x, "customers")
    method = f"bootstrap of customers, {found.rounds} rounds, both models fitted anew in each"
    return Estimate(
        found.mean, found.low, found.high, ratio.x, "customers", "money", confidence, method,
        warnings=tuple(_warnings(found, base)), notes=_notes(found),
    )  # fmt: skip


def _warnings(found: LifetimeValue, base: Base) -> list[str]:
    said = []
    r = found.correlation.value
    if r is None or abs(r) > TOO_ALIKE:
        told = "cannot be told" if r is None else f"is {r:.2f}"
        said.append(f"The value takes how often customers buy and what they spend to be unrelated; their correlation {told}.")
    if found.edges > MANY_EDGES:
        said.append(f"In {found.edges:.0%} of the resamples a model had no best parameters of its own: the limits are rough.")
    again = base.found.x > 0
    count = base.found.count
    gap = float((count * base.found.last)[again].sum() / (count * base.found.x)[again].sum())
    if float((count * base.found.watched).sum() / count.sum()) < 2 * gap:
        said.append("Customers were watched for less than two usual gaps between purchases: too short to tell who has left.")
    return said


def _notes(found: LifetimeValue) -> tuple[str, ...]:
    r, alpha, a, b = found.buying
    p, q, v = found.spending
    return (
        f"BG/NBD: r {r:.4g}, alpha {alpha:.4g}, a {a:.4g}, b {b:.4g}. Gamma-Gamma: p {p:.4g}, q {q:.4g}, v {v:.4g}.",
        "Who never bought again counts as a customer still: the model knows no other way to leave than after a repeat purchase.",
    )


def estimate_value_at(summary: PurchaseCounts, at: Place, confidence: float = 0.95) -> Number:
    """The mean value of a place, over the horizon of its query."""
    return estimate_value(summary, at.cell, Horizon(*at.terms), confidence)


def _same_customers(summary: PurchaseCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Histories only grow, so two periods are mostly the same customers, and no test for independent groups holds."""
    del summary, before, after, confidence
    return Undefined(
        "periods share most of their customers, so their difference has no interval here; compare cohorts by segment"
    )


LIFETIME_VALUE: QueryMetric[PurchaseCounts] = QueryMetric(
    name="customer_lifetime_value",
    title="Customer lifetime value",
    asks="What will a customer still be worth within the horizon?",
    discipline="CX",
    level="relationship",
    horizon="lifetime",
    need="functional",
    unit="money",
    better="higher",
    scale="0 and more, in the currency of the values",
    query="purchases",
    estimate=estimate_value_at,
    compare=_same_customers,
    interval="bootstrap",
    definition="Mean over customers of the discounted value of the purchases expected after the end of the period, within the query's "
    "horizon: purchases by BG/NBD times their value by Gamma-Gamma times the margin. Value up to now is not in it.",
    formula="mean of sum over k = 1..ahead of (E[Y(k)] - E[Y(k-1)]) x E(M) x margin / (1 + discount)^k",
    source="Fader, Hardie & Lee 2005; Fader & Hardie 2013; formulas and checks: docs/definitions/purchases.md",
    caveats=(
        "For customers without a contract, who leave unnoticed. With contracts, look at churn and revenue retention.",
        "Both models say what happens if customers go on as before; limits hold chance, not a change of prices or rivals.",
        "All values are taken to be in one currency, and purchases to keep no fixed rhythm.",
        "Never to the cent for one customer: single customers are ranked by it, not valued.",
    ),
    minimum_n=FEWEST,
)
