"""What R answered to comparisons, against ours: the file that `tests/oracles/comparisons.R` made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.stats.procedures.vectors import judge, say_differences

ORACLES = Path(__file__).parents[1] / "oracles"


def vectors(name: str):
    found = json.loads((ORACLES / name).read_text())["vectors"]
    return [pytest.param(vector, id=f"{vector['procedure']}-{at}") for at, vector in enumerate(found)]


@pytest.mark.parametrize("vector", vectors("comparisons.json") + vectors("questionnaires.json"))
def test_r_answers_the_same(vector):
    found = judge(vector)
    assert found.outcome == "pass", (found.says, say_differences(found.differences))
