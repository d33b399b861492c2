"""How often intervals of shares and net scores hold the truth when people answer more than once.

Prints the tables of docs/decisions/0005-clustered-intervals.md. Run: python bench/interval_coverage.py [ROUNDS]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from touchpath.stats.clustered import (
    Sums,
    clustered_ratio_interval,
    clustered_share_interval,
    estimate_ratio,
    sum_people,
)
from touchpath.stats.intervals import Interval, clip, t_quantile
from touchpath.stats.nps import Tally, clustered_nps_interval, nps_interval
from touchpath.stats.proportions import score_interval, wilson_interval

PEOPLE = (10, 20, 50, 200)
SHARES = (0.05, 0.3, 0.5, 0.9, 0.98)
ALIKE = (0.01, 0.3, 0.8)
ROWS_PER_PERSON = 5


def rows(sums: Sums) -> Interval:
    """Wilson over rows, as if each came from somebody else."""
    return wilson_interval(int(sums.y), int(sums.x))


def delta(sums: Sums) -> Interval:
    """Ratio plus and minus t times its clustered error."""
    return clip(*clustered_ratio_interval(sums), 0.0, 1.0)


def logit(sums: Sums) -> Interval:
    """The same on the logit scale; at 0 and 1 the effective-n interval, as the logit has none."""
    ratio, error, df = estimate_ratio(sums)
    if not 0 < ratio < 1:
        return plain_effective(sums)
    centre, half = math.log(ratio / (1 - ratio)), t_quantile(0.95, df) * error / (ratio * (1 - ratio))
    return Interval(*(1 / (1 + math.exp(-min(max(x, -700), 700))) for x in (centre - half, centre + half)))


def plain_effective(sums: Sums) -> Interval:
    """Wilson with t at the effective n, the design effect taken as measured (at 0 and 1 the largest possible)."""
    ratio, error, df = estimate_ratio(sums)
    effect = sums.xx / sums.x
    if 0 < ratio < 1:
        effect = max(error * error * sums.x / (ratio * (1 - ratio)), 1.0)
    return score_interval(ratio, sums.x / effect, t_quantile(0.95, df))


METHODS: dict[str, Callable[[Sums], Interval]] = {
    "rows": rows,
    "delta": delta,
    "logit": logit,
    "effective n": plain_effective,
    "chosen": clustered_share_interval,
}


def cover_shares(people: int, share: float, alike: float, rounds: int) -> dict[str, tuple[float, float]]:
    """Coverage and mean width of each method; the correlation inside a person is `alike`."""
    random = np.random.default_rng(round(people * 1e6 + share * 1e4 + alike * 100))
    spread = (1 - alike) / alike
    held, width = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0.0)
    for _ in range(rounds):
        x = random.geometric(1 / ROWS_PER_PERSON, people)
        y = random.binomial(x, random.beta(share * spread, (1 - share) * spread, people))
        sums = sum_people(x.tolist(), y.tolist())
        for name, interval in METHODS.items():
            low, high = interval(sums)
            held[name] += low <= share <= high
            width[name] += high - low
    return {name: (held[name] / rounds, width[name] / rounds) for name in METHODS}


def cover_nps(people: int, alike: float, rounds: int) -> tuple[float, float]:
    """Coverage of the row-based and of the clustered adjusted-Wald interval; the truth is 20."""
    random = np.random.default_rng(round(people * 1000 + alike * 100))
    odds, by_rows, clustered = [0.45, 0.30, 0.25], 0, 0
    for _ in range(rounds):
        counts = random.geometric(1 / ROWS_PER_PERSON, people)
        owner = np.repeat(np.arange(people), counts)
        own, fresh = random.choice([1, 0, -1], people, p=odds)[owner], random.choice([1, 0, -1], owner.size, p=odds)
        given = np.where(random.random(owner.size) < alike, own, fresh)
        tally = Tally(*(int((given == kind).sum()) for kind in (1, 0, -1)))
        nets = np.bincount(owner, given, people).astype(int)
        low, high = nps_interval(tally)
        by_rows += low <= 20 <= high
        low, high = clustered_nps_interval(tally, sum_people(counts.tolist(), nets.tolist()))
        clustered += low <= 20 <= high
    return by_rows / rounds, clustered / rounds


def main(rounds: int) -> None:
    print("| people | alike | " + " | ".join(METHODS) + " | width, chosen / effective n |")
    print("|---|---|" + "---|" * (len(METHODS) + 1))
    for people in PEOPLE:
        for alike in ALIKE:
            found = [cover_shares(people, share, alike, rounds) for share in SHARES]
            cells = [
                f"{np.mean([one[name][0] for one in found]):.3f} ({min(one[name][0] for one in found):.3f})" for name in METHODS
            ]
            width = np.mean([one["chosen"][1] / one["effective n"][1] for one in found])
            print(f"| {people} | {alike} | " + " | ".join(cells) + f" | {width:.2f} |", flush=True)
    print("\n| people | alike | NPS, rows | NPS, clustered |\n|---|---|---|---|")
    for people in PEOPLE:
        for alike in (0.0, 0.5, 0.9):
            by_rows, clustered = cover_nps(people, alike, rounds)
            print(f"| {people} | {alike} | {by_rows:.3f} | {clustered:.3f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
