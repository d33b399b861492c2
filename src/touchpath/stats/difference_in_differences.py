"""How much more the treated changed than the untreated: the difference of two differences, from four means or from observations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.regression import (
    Matrix,
    cluster_covariance,
    hc1_covariance,
    least_squares,
    plain_covariance,
    standard_errors,
)

COLUMNS = ("constant", "treated", "post", "treated and post")


def did_from_means(treated_before: float, treated_after: float, control_before: float, control_after: float) -> float:
    """The change of the treated less the change of the control group.

    An effect only where both would have gone the same way without the treatment, which four means cannot show.
    **Source**: Card & Krueger 1994, American Economic Review 84:772, table 3.
    """
    return (treated_after - treated_before) - (control_after - control_before)


class Did(NamedTuple):
    """The difference in differences with its standard errors; an error is None where there are too few observations or clusters for it."""

    did: float
    se_plain: float | None
    se_hc1: float | None
    se_cluster: float | None


def did_regression(
    outcome: Sequence[float], treated: Sequence[int], post: Sequence[int], clusters: Sequence[Hashable] | None = None
) -> Did:
    """The coefficient of treated and post in outcome ~ treated + post + treated * post, with three standard errors.

    treated, post: 0 or 1 of each observation; clusters: what it belongs to, so that errors of one cluster may go together.
    Raises BadInput for unequal lengths, and where one of the four groups is empty.
    **Source**: Wooldridge 2013, Introductory Econometrics, 5th ed., section 13.2. With fewer than 40 clusters the clustered error is too
    small: `estimate_effect` follows the rules for few.
    """
    x, y = did_columns(treated, post), np.asarray(outcome, np.float64)
    places = None if clusters is None else numbered(clusters)
    if len(y) != len(x) or (places is not None and len(places) != len(y)):
        raise BadInput(f"One outcome for each observation (and one cluster) would do, but {len(y)} outcomes came for {len(x)}.")
    fit = least_squares(x, y, COLUMNS)
    robust = None if places is None else cluster_covariance(fit, places)
    errors = [standard_errors(one) for one in (plain_covariance(fit), hc1_covariance(fit), robust)]
    return Did(float(fit.coefficients[3]), *(one[3] if one else None for one in errors))


def did_columns(treated: Sequence[int], post: Sequence[int]) -> Matrix:
    """The design of two groups at two times: (n, 4). Raises BadInput where one of the four is empty."""
    if len(treated) != len(post):
        raise BadInput(f"Each observation is treated or not and before or after, but {len(treated)} and {len(post)} marks came.")
    d, t = np.asarray(treated, np.float64), np.asarray(post, np.float64)
    if not np.isin(np.concatenate([d, t]), (0, 1)).all():
        raise BadInput("Treated and post are 0 or 1, but others came.")
    groups = {
        "treated before": d * (1 - t),
        "treated after": d * t,
        "untreated before": (1 - d) * (1 - t),
        "untreated after": (1 - d) * t,
    }
    empty = [name for name, members in groups.items() if not members.any()]
    if empty:
        raise BadInput(
            f"A difference in differences needs observations in all four groups, but there are none {', '.join(empty)}."
        )
    return np.column_stack([np.ones_like(d), d, t, d * t])


def numbered(labels: Sequence[Hashable]) -> NDArray[np.int64]:
    """Labels as numbers from 0 on, in order of first sight."""
    places: dict[Hashable, int] = {}
    return np.asarray([places.setdefault(label, len(places)) for label in labels], np.int64)
