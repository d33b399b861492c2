"""Time journey conformance, and pm4py's alignments of the same log with the same design, in one run; the answers must agree.

    python bench/conformance.py [--cases 4000] [--seed 7] [--runs 5]

The design has eight steps, two branches, one optional and one repeated step. Most cases follow one of a few ways through it with a step
lost or added, as people do. pm4py (AGPL, a development dependency) is only run here and in the tests, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time

import numpy as np

from touchpath.engines.local import LocalEngine
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.conformance import SCALE, Conformance
from touchpath.timelines.fold import Whole

STEPS = tuple("abcdefgh")
TREE = "->( 'a', X( 'b', 'c' ), X( 'd', tau ), *( 'e', tau ), X( 'f', 'g' ), 'h' )"
FLOW = (
    "sequence",
    ("step", 0),
    ("one_of", ("step", 1), ("step", 2)),
    ("optional", ("step", 3)),
    ("repeat", ("step", 4)),
    ("one_of", ("step", 5), ("step", 6)),
    ("step", 7),
)

PEER = """
import contextlib, io, json, sys, time, warnings
warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pandas as pd, pm4py
    from pm4py.objects.process_tree.utils.generic import parse
    log = json.load(sys.stdin)
    names, stamps = [s for case in log["cases"] for s in case], [i for case in log["cases"] for i, _ in enumerate(case)]
    ids = [str(n) for n, case in enumerate(log["cases"]) for _ in case]
    stamps = pd.to_datetime(stamps, unit="s", utc=True)
    frame = pd.DataFrame({"case:concept:name": ids, "concept:name": names, "time:timestamp": stamps})
    net = pm4py.convert_to_petri_net(parse(log["tree"]))
    began = time.perf_counter()
    found = pm4py.fitness_alignments(frame, *net)
    took = time.perf_counter() - began
print(json.dumps([took, found["average_trace_fitness"], found["percentage_of_fitting_traces"]]))
"""


def draw(cases: int, seed: int) -> list[str]:
    """Ways through the design, a third of them with something lost, added or exchanged."""
    rng, log = random.Random(seed), []
    for _ in range(cases):
        way = "a" + rng.choice("bbbc") + rng.choice(("", "d")) + "e" * rng.choice((1, 1, 1, 2, 3)) + rng.choice("ffg") + "h"
        for _ in range(rng.choice((0, 0, 1, 2))):
            place = rng.randrange(len(way))
            way = rng.choice((way[:place] + way[place + 1 :], way[:place] + rng.choice("abcdefgh") + way[place:]))
        log.append(way or "a")
    return log


def timelines_of(log: list[str]) -> TimelineSet:
    """One person per case."""
    starts = np.concatenate(([0], np.cumsum([len(way) for way in log]))).astype(np.int64)
    kinds = np.array([STEPS.index(step) + 1 for way in log for step in way], np.int32)
    times = np.concatenate([np.arange(len(way), dtype=np.int64) * 1_000_000 for way in log])
    shard = Timelines(np.arange(1, len(log) + 1, dtype=np.int64), starts, times, kinds, {}, {"kind": ("", *STEPS)})
    return TimelineSet("person", (shard,), 0, int(times.max()), "bench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("cases", 4_000), ("seed", 7), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    log = draw(options.cases, options.seed)
    timelines, engine = timelines_of(log), LocalEngine(2)
    fold = Conformance(tuple(EventRule((step,)) for step in STEPS), FLOW)
    found, mine = engine.summarise(fold, timelines, Whole(), []), []
    for _ in range(options.runs):
        began = time.perf_counter()
        found = engine.summarise(fold, timelines, Whole(), [])
        mine.append(time.perf_counter() - began)
    done = subprocess.run(
        [sys.executable, "-c", PEER], input=json.dumps({"cases": log, "tree": TREE}), capture_output=True, text=True, check=True
    )
    theirs, average, fitting = json.loads(done.stdout.splitlines()[-1])
    ratio = found.fitness.cell(0)
    ours = (ratio.y / ratio.x / SCALE, 100 * int(found.fitting[0]) / len(log))
    if abs(ours[0] - average) > 1e-8 or abs(ours[1] - fitting) > 1e-9:
        raise SystemExit(f"pm4py says {average} and {fitting} %, touchpath says {ours[0]} and {ours[1]} %.")
    took = statistics.median(mine)
    print(f"conformance of {len(log):,} cases with a design of 8 steps ({len(set(log)):,} different cases); required: 100 x")
    print(f"touchpath {took:.4f} s   pm4py {theirs:.3f} s   {theirs / took:,.0f} x")


if __name__ == "__main__":
    main()
