"""The guide to customers' metrics tells the truth: its blocks are one valid model, and every metric it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from touchpath.metrics.catalogue import CATALOGUE, QUESTION_SCALES
from touchpath.model.parse import parse_model
from touchpath.services.metric_check import check_metric

PAGE = (Path(__file__).parents[2] / "docs/guide/customer-metrics.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_page_make_one_valid_model():
    model = parse_model("".join(BLOCKS), "guide.yaml", QUESTION_SCALES, check_metric)
    assert len(BLOCKS) == 6
    assert len(model.metrics) == PAGE.count("- {id: ") - len(model.object_kinds) - len(model.schedules) - len(model.questions)


def test_every_metric_of_the_table_is_in_the_catalogue():
    named = re.findall(r"`([a-z_0-9]+)`", PAGE.split("## Which of several")[1])
    assert len(named) > 10
    assert set(named) <= set(CATALOGUE)
