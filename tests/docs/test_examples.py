"""Every example of the handbook runs, on a small simulated company."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import closing
from pathlib import Path

import pytest

from touchpath.bootstrap import create_workspace, open_workspace, prepare_demo
from touchpath.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[Path, list[str]]]:
    found = ((page, [m["code"] for m in BLOCK.finditer(page.read_text()) if m["language"] == language]) for page in PAGES)
    return [(page, codes) for page, codes in found if codes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder in which a reader of the handbook stands: a demo, a workspace of their own, its model as a file, and vectors."""
    folder = tmp_path_factory.mktemp("examples")
    prepare_demo("company", folder / "company", 300, 1, lambda step: None)
    create_workspace(folder / "shop")
    with closing(open_workspace(folder / "company")) as company, closing(open_workspace(folder / "shop")) as shop:
        text = company.models.export()
        shop.models.apply(text.replace("revision: 1\n", ""), "reader")
        (folder / "shop.yaml").write_text(shop.models.export())
    create_workspace(folder / "desk")
    guide = dict(blocks("yaml"))[ROOT / "docs" / "guide" / "customer-metrics.md"]
    (folder / "desk.yaml").write_text("".join(guide))
    (folder / "vectors.json").write_text(dict(blocks("json"))[ROOT / "docs" / "guide" / "statistics.md"][0])
    return folder


@pytest.mark.parametrize(("page", "codes"), blocks("python"), ids=lambda value: value.stem if isinstance(value, Path) else "")
def test_the_python_examples_of_a_page_run_in_order(page, codes, folder, monkeypatch):
    monkeypatch.chdir(folder)
    namespace: dict[str, object] = {}
    for code in codes:
        exec(compile(code, str(page), "exec"), namespace)
    if "space" in namespace:  # a page on writing code, such as a source, opens none
        space = namespace["space"]
        assert space.measure("active_people").answer.total.n > 100
        space.workspace.close()


def commands() -> list[str]:
    lines = (line for _, codes in blocks("console") for code in codes for line in code.splitlines())
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ touchpath ")]


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_handbook_runs(command, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", shlex.split(command.partition(" > ")[0]))
    with pytest.raises(SystemExit) as done:
        main()
    output = capsys.readouterr()
    assert done.value.code in (0, None), output.err
    assert output.out.strip()
