"""Every example of the handbook runs, on a small simulated company."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from touchpath.bootstrap import prepare_demo
from touchpath.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[Path, list[str]]]:
    found = ((page, [m["code"] for m in BLOCK.finditer(page.read_text()) if m["language"] == language]) for page in PAGES)
    return [(page, codes) for page, codes in found if codes]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    prepare_demo("company", folder / "company", 300, 1, lambda step: None)
    return folder


@pytest.mark.parametrize(("page", "codes"), blocks("python"), ids=lambda value: value.stem if isinstance(value, Path) else "")
def test_the_python_examples_of_a_page_run_in_order(page, codes, company, monkeypatch):
    monkeypatch.chdir(company)
    namespace: dict[str, object] = {}
    for code in codes:
        exec(compile(code, str(page), "exec"), namespace)
    assert namespace["space"]


def commands() -> list[str]:
    lines = (line for _, codes in blocks("console") for code in codes for line in code.splitlines())
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ touchpath ")]


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_handbook_runs(command, company, monkeypatch, capsys):
    monkeypatch.chdir(company)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as done:
        main()
    output = capsys.readouterr()
    assert done.value.code in (0, None), output.err
    assert output.out.strip()
