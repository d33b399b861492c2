"""How p-values are told."""

from __future__ import annotations

#: No p-value is told smaller than this: limits that far out rest on no evidence.
LEAST_P = 1e-9


def say_p(p: float) -> str:
    """A p-value in words; none is told smaller than LEAST_P.

    >>> say_p(0.0312), say_p(1e-9), say_p(0.0)
    ('p = 0.0312', 'p < 1e-9', 'p < 1e-9')
    """
    return f"p = {p:.3g}" if p > LEAST_P else "p < 1e-9"
