"""Time each fold beside the best that other engines can do with the same question, and write one table.

    python bench/folds.py [--people 500000] [--seed 7] [--threads 2] [--runs 5] [--write FILE] [--only METHOD ...] [--peers KIND ...]

Signals are drawn by `drawn.py`; `--people 2500000` gives 100 million. Every engine runs in a process of its own, one peer at a time
beside ours, and their runs take turns, so that what else the machine does meets both. A ratio is the median of the peer's runs over the
median of ours of the same turns; in brackets the same of processor time, which a busy machine disturbs less. Each side runs once before to warm up, and these answers must be equal, or the benchmark fails. A question that
takes a peer long is repeated less often, twice at least, once from a minute on.

Two columns of peers: `natural` asks as the engine's documentation teaches, over texts and timestamps; `expert` asks in the quickest way we know, over
integers. A bare read adds up exactly the columns that a question needs, by the same threads.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import peers_expert
import peers_natural
from drawn import draw
from questions import QUESTIONS, Question
from sides import Ran, Side

PEERS = (peers_expert, peers_natural)


@dataclass(frozen=True)
class Measured:
    """A peer with one question: its seconds, how many times ours that is, the same of processor seconds, and its peak memory in MiB."""

    name: str
    seconds: float
    ratio: float
    worked: float
    peak: float


@dataclass
class Row:
    """What was measured of one question: seconds of ours and of a bare read, and per peer (kind, name) a Measured."""

    question: Question
    ours: list[float] = field(default_factory=list)
    bare: float = 0.0
    peak: float = 0.0
    peers: dict[tuple[str, str], Measured] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return statistics.median(self.ours)

    def best(self, kind: str) -> Measured | None:
        """The quickest peer of a kind."""
        found = [measured for (of, _), measured in self.peers.items() if of == kind]
        return min(found, key=lambda one: one.ratio, default=None)


def turns(first: float, runs: int) -> int:
    """How often to repeat what took so long at first."""
    return max(min(runs, int(60 / first)), 2 if first < 60 else 1)


def compare(row: Row, ours: Side, peer: Side, runs: int) -> None:
    """Let both answer in turns."""
    method = row.question.method
    mine, theirs = ours.ask(method), peer.ask(method)
    if json.dumps(mine.answer) != json.dumps(theirs.answer):
        raise SystemExit(f"{row.question.title}: {peer.name} ({peer.kind}) says {theirs.answer}, touchpath says {mine.answer}.")
    pairs: list[tuple[Ran, Ran]] = [(peer.ask(method), ours.ask(method)) for _ in range(turns(theirs.seconds, runs))]
    seconds, mine_took = (statistics.median(run.seconds for run in side) for side in zip(*pairs, strict=True))
    worked, mine_worked = (statistics.median(run.worked for run in side) for side in zip(*pairs, strict=True))
    row.ours += [run.seconds for _, run in pairs]
    row.peak = max(row.peak, *(run.peak for _, run in pairs))
    found = Measured(peer.name, seconds, seconds / mine_took, worked / mine_worked, max(run.peak for run, _ in pairs))
    row.peers[peer.kind.removeprefix("peers_"), peer.name] = found
    print(
        f"  {row.question.title:50} {seconds:9.4f} s  {found.ratio:7.1f} x of {mine_took:.4f} s  ({found.worked:.1f} x)",
        flush=True,
    )


def measure(folder: Path, threads: int, runs: int, questions: list[Question], kinds: list[str]) -> list[Row]:
    """All questions, one peer after the other."""
    rows = [Row(question) for question in questions]
    with Side("ours", "Touchpath", folder, threads) as ours:
        for row in rows:
            row.peak = ours.ask(row.question.method).peak
            asked = [(ours.ask(row.question.method), ours.ask("bare", row.question.columns)) for _ in range(runs + 1)][1:]
            row.ours += [mine.seconds for mine, _ in asked]
            row.bare = statistics.median(bare.seconds for _, bare in asked)
        for module in (module for module in PEERS if module.__name__.removeprefix("peers_") in kinds):
            for engine in module.ENGINES:
                print(f"{engine.__name__}, {module.__name__}", flush=True)
                with Side(module.__name__, engine.__name__, folder, threads) as peer:
                    for row in rows:
                        if row.question.method in peer.methods:
                            compare(row, ours, peer, runs)
    return rows


def _peer(row: Row, kind: str, required: float | None) -> tuple[str, str]:
    best = row.best(kind)
    if best is None:
        return "", ""
    verdict = "" if required is None else f"{required:g}, {'met' if best.ratio >= required else '**not met**'}"
    return f"{best.name} {best.seconds:.3f} s: {best.ratio:.1f} x ({best.worked:.1f})", verdict


def table(rows: list[Row]) -> str:
    """The table of ratios, then that of memory."""
    lines = [
        "| question | ours | bare read | natural peer | required | expert peer | required |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        bare = f"{row.bare:.4f} s: {row.seconds / row.bare:.1f} x (goal {row.question.bare:g})"
        peers = (*_peer(row, "natural", row.question.natural), *_peer(row, "expert", row.question.expert))
        lines.append(f"| {row.question.title} | {row.seconds:.4f} s | {bare} | {' | '.join(peers)} |")
    lines += ["", "| peak memory, MiB | ours | natural peer | expert peer |", "| --- | --- | --- | --- |"]
    for row in rows:
        peaks = [f"{best.name} {best.peak:,.0f}" if (best := row.best(kind)) else "" for kind in ("natural", "expert")]
        lines.append(f"| {row.question.title} | {row.peak:,.0f} | {' | '.join(peaks)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("people", 500_000), ("seed", 7), ("threads", 2), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="*", help="methods, such as funnel_of_4", default=[])
    parser.add_argument("--peers", nargs="*", help="expert, natural", default=["expert", "natural"])
    options = parser.parse_args()
    questions = [question for question in QUESTIONS if not options.only or question.method in options.only]
    with tempfile.TemporaryDirectory() as home:
        signals = draw(Path(home), options.people, options.seed)
        load = os.getloadavg()[0]
        title = f"{signals:,} signals of {options.people:,} people, {options.threads} threads, seed {options.seed}, load before {load:.1f}"
        print(title, flush=True)
        rows = measure(Path(home), options.threads, options.runs, questions, options.peers)
    found = f"{title}\n\n{table(rows)}"
    print(f"\n{found}")
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(found + "\n")


if __name__ == "__main__":
    sys.exit(main())
