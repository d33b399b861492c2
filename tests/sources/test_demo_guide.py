"""The guide to the simulated company says what is planted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from touchpath.sources.demo import PlantedTruths, truths

_GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "demo-company.md"
_ROW = re.compile(r"\| `(?P<name>\w+)(?:\[(?P<key>[^\]]+)\])?` \| (?P<planted>[0-9.]+) \|")


def _planted(plan: PlantedTruths, name: str, key: str | None) -> float:
    found = getattr(plan, name)
    if key is None:
        return float(found)
    return float(found[key.strip('"')] if key.startswith('"') else found[int(key)])


def test_every_planted_value_of_the_guide_is_the_generators():
    plan = truths(1, 0)
    rows = list(_ROW.finditer(_GUIDE.read_text(encoding="utf-8")))
    assert len(rows) >= 30
    for row in rows:
        assert _planted(plan, row["name"], row["key"]) == pytest.approx(float(row["planted"])), row["name"]
