"""The page about the JSON API knows every address, every parameter and every code that there are, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from touchpath.model.errors import BadInput, Missing, NotAllowed, NotSignedIn, TooMany, Unavailable
from touchpath.web.app import build_app

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "api.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(/api/v1/[^`]*)` \|(.*)$", PAGE, re.MULTILINE))
OURSELVES = "/api/v1/openapi.json"


@pytest.fixture(scope="module")
def paths():
    """By address: its methods."""
    return {path.replace(":path", ""): tuple(about.values()) for path, about in build_app({}).openapi()["paths"].items()}


def test_the_table_lists_every_address(paths):
    assert set(ROWS) == {*paths, OURSELVES}


@pytest.mark.parametrize("path", sorted({*ROWS} - {OURSELVES}))
def test_the_table_names_every_parameter_of_an_address(paths, path):
    asked = {one["name"] for method in paths[path] for one in method.get("parameters", []) if one["in"] == "query"}
    assert set(re.findall("`([a-z]+)`", ROWS[path])) == asked


@pytest.mark.parametrize("url", re.findall(r"127\.0\.0\.1:8400(/[^'?\s]*)", PAGE))
def test_every_example_asks_for_an_address_that_there_is(paths, url):
    known = [re.sub(r"\{\w+\}", "[^/]+", path) for path in paths]
    assert any(re.fullmatch(pattern, url) for pattern in known)


def test_every_answer_in_the_page_is_json():
    answers = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len([json.loads(answer) for answer in answers]) == 5


@pytest.mark.parametrize("error", [BadInput, NotAllowed, NotSignedIn, Missing, TooMany, Unavailable])
def test_the_codes_of_failures_are_told(error):
    assert f"| `{error.code}` |" in PAGE
