"""The handbook's page about surveys: its model is one, and it knows every tool, file and sheet of ours."""

from __future__ import annotations

import re
from pathlib import Path

from touchpath.model.parse import parse_model
from touchpath.sources.formats.offline import TEMPLATES
from touchpath.sources.formats.registry import FORMATS
from touchpath.sources.pull.choice import choose_source

PAGE = (Path(__file__).parents[2] / "docs/guide/surveys-in.md").read_text()
TOOLS = ("qualtrics", "surveymonkey", "typeform", "delighted", "formbricks")


def test_the_question_of_the_page_is_a_question_of_a_model():
    block = re.search(r"```yaml\n(.+?)```", PAGE, re.DOTALL)[1]
    text = f"format: touchpath-model/1\nbrand: {{id: b, title: B}}\n{block}"
    (question,) = parse_model(text, "page.yaml", ("nps",)).questions
    assert (question.low, question.high, question.metric) == (0, 10, "nps")


def test_the_page_names_every_file_and_sheet_that_is_read():
    told = PAGE.lower()
    names = {one.known.name.partition("-")[0] for one in FORMATS} & set(TOOLS)
    assert names == set(TOOLS)
    assert all(name in told for name in (*TOOLS, *(one.name for one in TEMPLATES)))


def test_the_settings_in_the_commands_of_the_page_are_those_of_the_sources():
    commands = re.findall(r"touchpath connect add \S+ (\S+)(.*)", PAGE)
    assert {kind for kind, _ in commands} == set(TOOLS)
    for kind, rest in commands:
        known = {setting.name for setting in choose_source(kind).settings}
        assert set(re.findall(r"(\w+)=", rest)) <= known, kind
