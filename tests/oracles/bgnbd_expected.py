"""Expected purchases and P(alive) of BG/NBD by the published formula, with 2F1 in 60 digits, at parameters that are hard in doubles.

Needs mpmath, which the project does not: python tests/oracles/bgnbd_expected.py > tests/oracles/bgnbd_expected.json
"""

import itertools
import json
import random
import sys

import mpmath

mpmath.mp.dps = 60


def exact(r, alpha, a, b, x, last, until, ahead):
    """Fader, Hardie & Lee 2005, equation 10; at a = 1, where it is 0 / 0, from a point 1e-25 beside it."""
    r, alpha, a, b, last, until, ahead = map(mpmath.mpf, (r, alpha, a, b, last, until, ahead))
    a = a + mpmath.mpf(10) ** -25 if a == 1 else a
    series = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + until + ahead))
    top = (a + b + x - 1) / (a - 1) * (1 - ((alpha + until) / (alpha + until + ahead)) ** (r + x) * series)
    odds = a / (b + x - 1) * ((alpha + until) / (alpha + last)) ** (r + x) if x > 0 else 0
    return top / (1 + odds), 1 / (1 + odds)


def cases():
    """Parameters, a history, and a time ahead."""
    pick = random.Random(7)
    shapes = (1e-3, 0.05, 0.5, 0.999999, 1.0, 1.0000001, 1.5, 3.0, 40.0, 500.0)
    for a, b, rate in itertools.product(
        shapes, (1e-3, 0.3, 2.4, 60.0, 2000.0), ((0.01, 1e-3), (0.24, 4.4), (3.0, 10.0), (200.0, 400.0))
    ):
        x, until = pick.choice([0, 1, 2, 7, 60]), pick.choice([1.0, 38.0, 1000.0, 1e6])
        last = 0.0 if x == 0 else pick.choice([until, until * 0.9, until * 0.1])
        yield (*rate, a, b, x, last, until, pick.choice([1e-6, 1.0, 39.0, 1e4, 1e7]))


rows = [[*case, *(mpmath.nstr(value, 17) for value in exact(*case))] for case in cases()]
json.dump({"computed_with": f"mpmath {mpmath.__version__}", "rows": rows}, sys.stdout)
