"""`touchpath identity`: tells who is whom, and takes what a member decides about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import touchpath
from touchpath import Signal
from touchpath.cli.main import app
from touchpath.model.errors import BadInput

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "shop")]).exit_code == 0
    actors = [("user:ana", "anonymous:phone"), ("user:ana", "anonymous:tablet"), ("user:bo", "anonymous:tablet")]
    with touchpath.open(tmp_path / "shop") as space:
        space.record([Signal("web", str(n), "page.viewed", START + timedelta(days=n), names) for n, names in enumerate(actors)])
        assert [row["joins"] for row in space.identity("user:ana").rows] == [True, False, False]
        made = space.decide_identity("alone", "anonymous:tablet", why="In the shop")
        assert space.decide_identity("undo", made.id, why="It is not").verdict == "open"
    return tmp_path / "shop"


def told(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["identity", *words, "-w", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_it_tells_links_guards_and_whose_a_device_was(folder: Path) -> None:
    found = json.loads(told(folder, "user:ana", "--json"))
    assert [one["id"] for one in found["ids"]] == ["user:ana", "anonymous:phone", "anonymous:tablet"]
    assert [one["by"] for one in json.loads(told(folder, "anonymous:tablet", "--json"))["holders"]] == ["user:ana", "", "user:bo"]


def test_a_member_joins_parts_and_takes_back(folder: Path) -> None:
    joined = json.loads(told(folder, "user:ana", "--same", "user:bo", "--why", "One customer", "--json"))
    assert "user:bo" in [one["id"] for one in joined["ids"]]
    back = json.loads(told(folder, "user:ana", "--undo", joined["decisions"][0]["id"], "--json"))
    assert back["decisions"] == []
    assert "user:bo" not in [one["id"] for one in back["ids"]]


def test_one_thing_is_decided_at_a_time(folder: Path) -> None:
    with pytest.raises(BadInput, match="at a time"):
        told(folder, "user:ana", "--alone", "--same", "user:bo", "--why", "x")
