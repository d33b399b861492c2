"""The procedures about models and agreement against R and its packages: tests/oracles/causes.R made the numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.stats.procedures import PROCEDURES, run_procedure

VECTORS = json.loads((Path(__file__).parents[1] / "oracles" / "causes.json").read_text())["vectors"]


def leaves(value, path=""):
    """Every number of an answer with the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else None
    if inner is None:
        return {path: value}
    return {way: leaf for key, one in inner for way, leaf in leaves(one, f"{path}/{key}").items()}


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["procedure"] in PROCEDURES], ids=lambda vector: vector["procedure"])
def test_the_procedure_agrees_with_r(vector):
    got = leaves(dict(run_procedure(vector["procedure"], vector["input"])))
    for way, value in leaves(vector["expected"]).items():
        assert got[way] == pytest.approx(value, rel=1e-7, abs=1e-9), way
