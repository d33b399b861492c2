"""Weighs the pages of a workspace and judges them with Lighthouse: python scripts/page_speed.py WORKSPACE PAGE.md [--weights-only] [--runs 3]

The tables of PAGE.md (docs/reference/page-speed.md) are written anew. A page over its budget is named, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from serving import CHROMIUM, serving

LIGHTHOUSE = Path(__file__).parents[1] / "tests" / "lighthouse"
#: Bytes of a page that people read with all that it loads, compressed.
HEAVIEST = 90_000
#: What an explorer may load besides: its own script, and Apache ECharts once there is something to draw.
HEAVIEST_EXPLORER = HEAVIEST + 5_000 + 215_000
#: The least score of performance, for pages that people read and for those on which they explore.
LEAST = {"reading": 97, "explorer": 90}
#: Layout shift may come to nothing but rounding.
MOST_SHIFT = 0.0005
#: Kinds of files by the end of their name; a page itself is "HTML".
KINDS = {"HTML": "", "CSS": "css", "scripts": "js", "typeface": "woff2", "icon": "svg"}
NAME = re.compile(rb"[\w-]+\.[0-9a-f]{12}\.(?:css|js|woff2|svg)")


@dataclass(frozen=True, slots=True)
class Page:
    """A page below the workspace, and what it is for: "reading" or "explorer"."""

    name: str
    path: str
    sort: str = "reading"


PAGES = (
    Page("Home", "/"),
    Page("Board", "/board"),
    Page("Board of a product", "/board?of=product:shop"),
    Page("Journeys", "/journeys"),
    Page("Journey map", "/journeys/buy"),
    Page("Journey map, compared", "/journeys/buy?zoom=stage&period=28&compare=before"),
    Page("Step of a journey", "/journeys/buy/steps/order"),
    Page("Metric", "/metrics/nps"),
    Page("Metric by segment", "/metrics/nps?subject=nps&by=channel"),
    Page("Behind a number", "/metrics/task_success/number?subject=checkout"),
    Page("Voice", "/voice"),
    Page("People", "/people?q=user"),
    Page("Person", "/people/SOMEBODY"),
    Page("Accounts", "/accounts"),
    Page("Segments", "/segments"),
    Page("Catalogue of signals", "/data/catalogue"),
    Page("Catalogue of metrics", "/metrics"),
    Page("Explore", "/explore"),
    Page("Funnel", "/explore/funnel?q.steps.0=product.viewed&q.steps.1=cart.added&q.steps.2=order.placed", "explorer"),
    Page("Flows", "/explore/flows?q.of=product.viewed&q.steps=3", "explorer"),
    Page("Timeline", "/explore/timeline?of=nps:nps&grain=week", "explorer"),
    Page("Paths over a journey", "/journeys/buy/paths", "explorer"),
)


@dataclass(frozen=True, slots=True)
class Weight:
    """Compressed bytes of a page by kind of file, everything that a first visit loads; requests: the page and these."""

    page: Page
    kinds: Mapping[str, int]
    requests: int

    @property
    def total(self) -> int:
        """All that comes over the wire at a first visit, heads of answers aside."""
        return sum(self.kinds.values())

    @property
    def allowed(self) -> int:
        """What a page of this sort may weigh."""
        return HEAVIEST if self.page.sort == "reading" else HEAVIEST_EXPLORER


def fetch(address: str) -> tuple[bytes, bytes]:
    """What a browser gets of an address: as it comes over the wire, and unpacked."""
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip", "Accept": "text/html"}), timeout=300) as answer:
        sent: bytes = answer.read()
        return sent, gzip.decompress(sent) if answer.headers.get("content-encoding") == "gzip" else sent


def found_on(address: str) -> tuple[Page, ...]:
    """The pages of a workspace, with somebody who is there."""
    _, text = fetch(f"{address}/people?q=user")
    somebody = re.search(rb'/people/(user[^"?&]+)"', text)
    if somebody is None:
        raise SystemExit("Nobody is called user: in this workspace.")
    return tuple(replace(page, path=page.path.replace("SOMEBODY", somebody[1].decode())) for page in PAGES)


def loads(text: bytes) -> set[str]:
    """The files with a hash in their name that a page, a stylesheet or a script speaks of; of ours each loads all of these."""
    return {name.decode() for name in NAME.findall(text)}


def weigh(address: str, pages: Iterable[Page]) -> Iterator[Weight]:
    """Each page with all that it loads, what its files load among them."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    known: dict[str, tuple[int, set[str]]] = {}
    for page in pages:
        sent, text = fetch(address + page.path)
        wanted, met = loads(text), set[str]()
        while wanted:
            name = wanted.pop()
            if name not in known:
                body, plain = fetch(f"{origin}/assets/{name}")
                known[name] = len(body), loads(plain) if name.endswith((".css", ".js")) else set()
            met.add(name)
            wanted |= known[name][1] - met
        of_files = {kind: sum(known[name][0] for name in met if name.endswith(f".{end}")) for kind, end in KINDS.items() if end}
        yield Weight(page, {"HTML": len(sent), **of_files}, 1 + len(met))


@dataclass(frozen=True, slots=True)
class Score:
    """What Lighthouse says of a page: scores of 100, times in seconds (`blocked`: in milliseconds), how far things moved, what is wrong about
    access and practice, and addresses of other hosts that were asked."""

    page: Page
    performance: int
    accessibility: int
    practice: int
    first_paint: float
    largest_paint: float
    blocked: float
    shift: float
    faults: tuple[str, ...]
    strangers: tuple[str, ...]

    @property
    def short(self) -> tuple[str, ...]:
        """What it has less of than it must."""
        least = {"performance": LEAST[self.page.sort], "accessibility": 100, "practice": 100}
        found = [f"{name} {getattr(self, name)} of {score}" for name, score in least.items() if getattr(self, name) < score]
        moved = [f"layout shift {self.shift:.3f}"] if self.shift > MOST_SHIFT else []
        return (*found, *moved, *(f"asks {one}" for one in self.strangers))


def read_score(page: Page, told: Mapping[str, Any]) -> Score:
    """What measure.mjs told."""
    return Score(
        page, told["performance"], told["accessibility"], told["best-practices"], told["fcp"] / 1000, told["lcp"] / 1000,
        told["tbt"], told["cls"], tuple(told["faults"]), tuple(told["strangers"]),
    )  # fmt: skip


def judge(address: str, pages: Iterable[Page], runs: int) -> Iterator[Score]:
    """What Lighthouse says of each page, the median of some runs; every page is asked for once before, as of a server that has run a while."""
    for page in pages:
        fetch(address + page.path)
        asked = ["node", "measure.mjs", str(runs), address + page.path]
        environment = {**os.environ, "CHROME_PATH": CHROMIUM}
        done = subprocess.run(asked, cwd=LIGHTHOUSE, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        yield read_score(page, json.loads(done.stdout))


def weight_table(weights: Iterable[Weight]) -> str:
    """The weights as a table."""
    rows = [
        f"| {one.page.name} | {one.page.sort} | {' | '.join(f'{one.kinds[kind] / 1000:.1f}' for kind in KINDS)} "
        f"| **{one.total / 1000:.1f}** | {one.requests} |"
        for one in weights
    ]
    return "\n".join(
        [f"| page | sort | {' | '.join(KINDS)} | together, kB | requests |", f"|---|---|{'--:|' * (len(KINDS) + 2)}", *rows]
    )


def score_table(scores: Iterable[Score]) -> str:
    """The scores as a table."""
    head = "| page | sort | performance | accessibility | best practices | CLS | FCP, s | LCP, s | TBT, ms |"
    rows = [
        f"| {one.page.name} | {one.page.sort} | **{one.performance}** | {one.accessibility} | {one.practice} | {one.shift:.3f} "
        f"| {one.first_paint:.1f} | {one.largest_paint:.1f} | {one.blocked:.0f} |"
        for one in scores
    ]
    return "\n".join([head, "|---|---|--:|--:|--:|--:|--:|--:|--:|", *rows])


def overweight(weights: Iterable[Weight]) -> list[str]:
    """Pages that weigh more than they may."""
    return [
        f"{one.page.name} weighs {one.total:,} bytes; {one.allowed:,} are allowed." for one in weights if one.total > one.allowed
    ]


def below(scores: Iterable[Score]) -> list[str]:
    """Pages that score less than they have to, with what is wrong about them."""
    return [f"{one.page.name}: {', '.join([*one.short, *one.faults])}." for one in scores if one.short]


def rewrite(path: Path, part: str, table: str) -> None:
    """Put a table in its place: between two comments that name it."""
    text = path.read_text("utf-8")
    begins, ends = f"<!-- {part} -->", f"<!-- end of {part} -->"
    if begins not in text or ends not in text:
        raise SystemExit(f"{path} has no place for the {part}: the lines '{begins}' and '{ends}'.")
    before, _, rest = text.partition(begins)
    _, _, after = rest.partition(ends)
    path.write_text(f"{before}{begins}\n{table}\n{ends}{after}", "utf-8")


def main() -> int:
    """Weigh, judge, write, and say what is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--weights-only", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with serving(asked.workspace) as address:
        pages = found_on(address)
        weights = tuple(weigh(address, pages))
        rewrite(asked.page, "weights", weight_table(weights))
        faults = overweight(weights)
        if not asked.weights_only:
            scores = []
            for score in judge(address, pages, asked.runs):
                scores.append(score)
                print(
                    f"{score.page.name}: {score.performance} {score.accessibility} {score.practice}", file=sys.stderr, flush=True
                )
            rewrite(asked.page, "scores", score_table(scores))
            faults += below(scores)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
