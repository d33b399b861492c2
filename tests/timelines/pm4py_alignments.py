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
    from pm4py.objects.process_tree.utils.generic import parse


def answer(question):
    rows = [
        {"case:concept:name": str(case), "concept:name": step, "time:timestamp": pd.Timestamp(place, unit="s", tz="UTC")}
        for case, steps in enumerate(question["log"])
        for place, step in enumerate(steps)
    ]
    net = pm4py.convert_to_petri_net(parse(question["tree"]))
    found = pm4py.fitness_alignments(pd.DataFrame(rows), *net)
    return {
        "fitting": found["percentage_of_fitting_traces"],
        "average": found["average_trace_fitness"],
        "log": found["log_fitness"],
    }


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        answers = [answer(question) for question in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)
