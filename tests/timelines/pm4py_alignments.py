"""Run by the oracle test in a process of its own: aligns logs with process trees by pm4py. Reads and writes JSON."""

import contextlib
import io
import json
import sys
import warnings

warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pandas as pd
    import pm4py
    from pm4py.algo.evaluation.replay_fitness.variants.alignment_based import evaluate
    from pm4py.objects.process_tree.utils.generic import parse


def answer(question):
    rows = [
        {"case:concept:name": str(case), "concept:name": step, "time:timestamp": pd.Timestamp(place, unit="s", tz="UTC")}
        for case, steps in enumerate(question["log"])
        for place, step in enumerate(steps)
    ]
    net = pm4py.convert_to_petri_net(parse(question["tree"]))
    aligned = pm4py.conformance_diagnostics_alignments(pd.DataFrame(rows), *net)
    found = evaluate(aligned)
    return {
        "fitting": found["percentage_of_fitting_traces"],
        "average": found["average_trace_fitness"],
        "log": found["log_fitness"],
        # A deviation costs 10,000 and a silent move 1: without the silent moves the costs are those of the definition.
        "exact": 1 - sum(one["cost"] // 10_000 for one in aligned) / sum(one["bwc"] // 10_000 for one in aligned),
    }


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        answers = [answer(question) for question in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)
