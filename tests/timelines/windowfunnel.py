"""Run by the oracle tests in a process of its own: levels by ClickHouse's windowFunnel (chdb). Reads and writes JSON.

In: {"file": Parquet with person, time and kind, "questions": [{"window": .., "modes": [..], "steps": [[kind, ..], ..]}]}.
Out: for each question {person: level}, people of level 0 left out.
"""

import json
import sys

import chdb


def levels(file, question):
    conditions = ", ".join(f"kind IN ({', '.join(map(str, step))})" for step in question["steps"])
    modes = "".join(f", '{mode}'" for mode in question["modes"])
    found = chdb.query(
        f"SELECT person, windowFunnel({question['window']}{modes})(time, {conditions}) AS level"
        f" FROM file('{file}', Parquet) GROUP BY person HAVING level > 0 SETTINGS max_threads = 1",
        "CSV",
    )
    return dict(map(int, line.split(",")) for line in str(found).split())


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([levels(asked["file"], question) for question in asked["questions"]], sys.stdout)
