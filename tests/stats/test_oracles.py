"""Every recorded answer of another program, against ours: `tests/oracles/*.json`, each made by the script beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.stats.procedures.vectors import judge, say_differences

ORACLES = Path(__file__).parents[1] / "oracles"


def vectors(name: str):
    found = json.loads((ORACLES / name).read_text())["vectors"]
    return [pytest.param(vector, id=f"{vector['procedure']}-{at}") for at, vector in enumerate(found)]


@pytest.mark.parametrize("vector", vectors("comparisons.json"))
def test_r_answers_the_same(vector):
    found = judge({**vector, "tolerance": {"rel": 1e-7, "abs": 1e-12}})
    assert found.outcome == "pass", (found.says, say_differences(found.differences))
