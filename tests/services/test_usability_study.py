"""The usability study, imported by its example: tasks and the SUS agree with R on the same files (oracles/studies.R, questionnaires.R)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.estimate import Estimate

ROOT = Path(__file__).parents[2]
STUDY = ROOT.parent / "shared" / "data" / "heritrace-usability-study"
EXAMPLE = ROOT / "docs" / "examples" / "usability"
ORACLES = ROOT / "tests" / "oracles"
TASKS = json.loads((ORACLES / "studies.json").read_text())["tasks"]
SUS = json.loads((ORACLES / "questionnaires.json").read_text())["measured"]["sus"]
pytestmark = pytest.mark.skipif(not STUDY.exists(), reason="the data sets are not beside this checkout")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "heritrace"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply((EXAMPLE / "model.yaml").read_text(), "test", "", file="model.yaml")
    imports = opened.imports
    for file, mapping in (("tasks.csv", "mapping-tasks.yaml"), ("sus_items.csv", "mapping-sus.yaml")):
        assert imports.run(STUDY / file, EXAMPLE / mapping).rejected == 0
    yield opened.platform
    opened.close()


@pytest.mark.parametrize("task", TASKS)
def test_success_at_each_task_agrees_with_r(platform, task):
    found, r = platform.measure("task_success", task).total, TASKS[task]
    assert isinstance(found, Estimate)
    assert (found.n, found.value * found.n) == (r["n"], pytest.approx(r["successes"]))
    assert (found.low, found.high) == pytest.approx((r["low"], r["high"]), abs=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_time_on_each_task_agrees_with_r(platform, task):
    found, r = platform.measure("task_time", task).total, TASKS[task]["time"]
    assert isinstance(found, Estimate)
    assert (found.n, found.value, found.low, found.high) == pytest.approx((r["n"], r["mean"], r["low"], r["high"]), rel=1e-6)


def test_the_sus_agrees_with_r(platform):
    found = platform.measure("sus").total
    assert (found.n, found.value, found.low) == pytest.approx((SUS["n"], SUS["mean"], SUS["low"]))
