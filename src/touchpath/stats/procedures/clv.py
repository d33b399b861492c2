"""Procedures about what customers will buy and be worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np

from touchpath.stats import bgnbd, gamma_gamma
from touchpath.stats.lifetime_value import Terms, discounted_sum
from touchpath.stats.procedures.checked import Answer, Count, Counts, NotNegative, Numbers, Positive, Procedure
from touchpath.stats.shifted_beta_geometric import fit_renewing, renewals_of, surviving


class BuyingParams(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of BG/NBD."""

    r: Positive
    alpha: Positive
    a: Positive
    b: Positive

    def buying(self) -> bgnbd.Buying:
        """The same, as the formulas take it."""
        return bgnbd.Buying(self.r, self.alpha, self.a, self.b)


class SpendingParams(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of Gamma-Gamma."""

    p: Positive
    q: Positive
    v: Positive

    def spending(self) -> gamma_gamma.Spending:
        """The same, as the formulas take it."""
        return gamma_gamma.Spending(self.p, self.q, self.v)


def _fit(frequency: Counts, recency: Numbers, T: Numbers) -> Answer:  # noqa: N803 (the public name)
    found, _ = bgnbd.histories_of(frequency, recency, T)
    fit = bgnbd.fit_buying(found)
    return fit.buying._asdict() | {"log_likelihood": fit.log_likelihood}


def _log_likelihood(params: BuyingParams, frequency: Counts, recency: Numbers, T: Numbers) -> Answer:  # noqa: N803
    found, _ = bgnbd.histories_of(frequency, recency, T)
    return {"log_likelihood": bgnbd.log_likelihood(found, params.buying())}


def _conditional(params: BuyingParams, t: NotNegative, frequency: Count, recency: NotNegative, T: NotNegative) -> Answer:  # noqa: N803
    found, _ = bgnbd.histories_of([frequency], [recency], [T])
    expected = bgnbd.expected_purchases(found, params.buying(), [t])
    alive = bgnbd.probability_alive(found, params.buying())
    return {"expected_purchases": float(expected[0, 0]), "p_alive": float(alive[0])}


def _expectation(params: BuyingParams, t: NotNegative) -> Answer:
    return {"expected_purchases_new_customer": float(bgnbd.expected_of_new(params.buying(), [t])[0])}


def _spending_fit(frequency: Counts, monetary_value: Numbers) -> Answer:
    fit = gamma_gamma.fit_spending(frequency, monetary_value)
    return fit.spending._asdict() | {"log_likelihood": fit.log_likelihood}


def _expected_value(params: SpendingParams, frequency: Count, monetary_value: NotNegative | None = None) -> Answer:
    return {"expected_average_value": _value(params.spending(), frequency, monetary_value)}


def _value(spending: gamma_gamma.Spending, frequency: int, value: float | None) -> float:
    if frequency:
        gamma_gamma.check_spending([frequency], [value or 0.0])
    return float(gamma_gamma.expected_value(spending, np.array([frequency]), np.array([value or 0.0]))[0])


def _discounted(
    params: BuyingParams,
    gg_params: SpendingParams,
    frequency: Count,
    recency: NotNegative,
    T: NotNegative,  # noqa: N803
    periods: Annotated[int, msgspec.Meta(ge=1)],
    margin: float,
    discount_per_period: float,
    monetary_value: NotNegative | None = None,
) -> Answer:
    found, _ = bgnbd.histories_of([frequency], [recency], [T])
    spending = gg_params.spending()
    _value(spending, frequency, monetary_value)
    terms = Terms(periods, margin, discount_per_period)
    worth = discounted_sum(params.buying(), spending, found, np.array([monetary_value or 0.0]), terms)
    return {
        "clv": float(worth.value[0]),
        "expected_purchases": float(worth.purchases[0]),
        "expected_value": float(worth.each[0]),
    }


def _renewing_fit(customers_remaining: Annotated[list[Count], msgspec.Meta(min_length=2)]) -> Answer:
    fit = fit_renewing(renewals_of(customers_remaining))
    following = surviving(fit.renewing, [len(customers_remaining)])
    return fit.renewing._asdict() | {"log_likelihood": fit.log_likelihood, "projected_survival_next": float(following[0])}


LIFETIME_VALUE: Mapping[str, Procedure] = {
    "bgnbd_conditional": _conditional,
    "bgnbd_expectation": _expectation,
    "bgnbd_fit": _fit,
    "bgnbd_log_likelihood": _log_likelihood,
    "clv_discounted_sum": _discounted,
    "gamma_gamma_expected_value": _expected_value,
    "gamma_gamma_fit": _spending_fit,
    "shifted_beta_geometric_fit": _renewing_fit,
}
