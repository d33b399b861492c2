"""How often each interval holds the truth: simulates every case of interval_cases.py and writes docs/reference/coverage.md.

Run: python bench/coverage_table.py [--rounds 10000] [--seed 1] [--only FAMILY]. Without --only the page is written, else rows are printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from interval_cases import all_cases
from interval_worlds import Case, Coverage

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "coverage.md"
HEAD = """# Coverage of intervals

A 95 % interval should hold the truth in 95 of 100 repetitions. Here is how often each interval of `touchpath.stats` does, in worlds whose
truth is known: *mean* over the worlds of a row, and the *worst* of them. *Too low* and *too high* say how often the whole interval lies
below or above the truth there (2.5 % each would be even), *none* how often there is no interval. Shares and rates of independent people
are exact, added up over all outcomes (true shares of 0.50 to 0.99, their mirrors alike); all others are simulated, with an error of about
{error:.3f}. The worlds are in `bench/interval_cases.py` and `bench/rarer_interval_cases.py`; `make coverage` writes this page anew,
`make test-slow` holds its bounds.

Seed {seed}, {rounds:,} data sets a world (fewer where one takes long), {date}.

"""


def cover(case: Case, number: int, rounds: int, seed: int) -> list[tuple[str, Coverage]]:
    """The coverage in each world of a case; each world has a generator of its own, so that one case can be repeated alone."""
    worlds = case.worlds()
    return [
        (world.name, world.cover(np.random.default_rng([seed, number, place]), max(rounds // case.slow, 50)))
        for place, world in enumerate(worlds)
    ]


def row(case: Case, found: list[tuple[str, Coverage]]) -> str:
    """One line of the table."""
    mean = float(np.mean([one.holds for _, one in found]))
    name, worst = min(found, key=lambda world: world[1].holds)
    where = name if len(found) > 1 else ""
    cells = [case.interval, case.people, f"{mean:.3f}", f"{worst.holds:.3f}", where]
    return f"| {' | '.join([*cells, f'{worst.below:.3f}', f'{worst.above:.3f}', f'{worst.none:.3f}', case.caveat])} |"


def rows(rounds: int, seed: int, only: str) -> Iterator[tuple[str, str]]:
    for number, case in enumerate(all_cases()):
        if only in case.family:
            yield case.family, row(case, cover(case, number, rounds, seed))


def table(family: str, lines: list[str]) -> str:
    """The part of the page about one family."""
    names = ["Interval", "People", "Mean", "Worst", "Worst where", "Too low", "Too high", "None", "Know"]
    return "\n".join([f"## {family}", "", f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *lines, "", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    families: dict[str, list[str]] = {}
    for family, line in rows(asked.rounds, asked.seed, asked.only):
        families.setdefault(family, []).append(line)
        print(family, line, file=sys.stdout, flush=True)
    if not asked.only:
        error = (0.95 * 0.05 / asked.rounds) ** 0.5
        head = HEAD.format(seed=asked.seed, rounds=asked.rounds, date=datetime.now(UTC).date().isoformat(), error=error)
        PAGE.write_text((head + "".join(table(*one) for one in families.items())).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
