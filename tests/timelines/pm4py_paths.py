"""Run by the oracle tests in a process of its own: variants, rework and self-distances by pm4py. Reads and writes JSON."""

import contextlib
import io
import json
import sys
import warnings

warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pandas as pd
    import pm4py


def answer(log):
    """Of one log, a list of cases, each a list (or a text) of steps."""
    rows = [
        {"case:concept:name": str(case), "concept:name": step, "time:timestamp": pd.Timestamp(place, unit="s", tz="UTC")}
        for case, steps in enumerate(log)
        for place, step in enumerate(steps)
    ]
    frame = pd.DataFrame(rows)
    return {
        "variants": {"".join(path): int(count) for path, count in pm4py.get_variants(frame).items()},
        "rework": {step: int(count) for step, count in pm4py.get_rework_cases_per_activity(frame).items()},
        "distances": {step: int(count) for step, count in pm4py.get_minimum_self_distances(frame).items()},
    }


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        answers = [answer(log) for log in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)
