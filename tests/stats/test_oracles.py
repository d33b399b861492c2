"""Every recorded answer of another program, against ours: `tests/oracles/*.json`, each made by the script beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.stats.procedures import run_procedure

ORACLES = Path(__file__).parents[1] / "oracles"


def vectors(name: str):
    found = json.loads((ORACLES / name).read_text())["vectors"]
    return [pytest.param(vector, id=f"{vector['procedure']}-{at}") for at, vector in enumerate(found)]


@pytest.mark.parametrize("vector", vectors("comparisons.json"))
def test_r_answers_the_same(vector):
    got = run_procedure(vector["procedure"], vector["input"])
    assert {key: got[key] for key in vector["expected"]} == pytest.approx(vector["expected"], rel=1e-7, abs=1e-12)
