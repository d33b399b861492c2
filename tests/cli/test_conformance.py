"""`touchpath conformance`: a file of an outsider gets a verdict for each case, a sentence when it cannot be read, and an exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from touchpath.cli.main import main

SIGNAL = {"actor": "ann", "at": "2026-01-01T10:00:00Z", "kind": "A"}
GOOD = {"name": "good", "signals": [SIGNAL], "query": {"query": "volume", "of": ["A"]}, "answer": {"volume": [{"people": 1}]}}
WRONG = {**GOOD, "name": "wrong", "answer": {"volume": [{"people": 2}]}}
REFUSED = {**GOOD, "name": "refused", "query": {"query": "volum"}}


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs the command over files with these contents; gives exit code, output and error output."""

    def run(*contents, json_form=False) -> tuple[int, str, str]:
        files = [tmp_path / f"{number}.json" for number in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        words = [*map(str, files), *(["--json"] if json_form else [])]
        monkeypatch.setattr(sys, "argv", ["touchpath", "conformance", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


def vectors(*cases):
    return {"format": "touchpath-conformance/1", "cases": list(cases)}


def test_cases_that_agree_end_with_0(run):
    assert run(vectors(GOOD), vectors(GOOD))[:2] == (0, "pass  0.json: good\npass  1.json: good\n2 of 2 cases agree.\n")


def test_cases_that_differ_end_with_1_and_say_how(run):
    code, out, _ = run(vectors(GOOD, WRONG, REFUSED))
    assert code == 1
    assert "FAIL  0.json: wrong\n      volume, row 1: people is 1, expected 2\n" in out
    assert "No query is called 'volum'. Did you mean 'volume'?" in out
    assert out.endswith("1 of 3 cases agree.\n")


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"{}", b"[1]", b"[" * 50_000, b'{"format": "touchpath-conformance/1", "cases": []}']
)
def test_a_file_that_is_no_vector_file_ends_with_2_and_a_sentence(run, content):
    code, _, said = run(vectors(GOOD), content)
    assert code == 2
    assert "1.json" in said
    assert "Traceback" not in said


def test_a_file_that_is_not_there_ends_with_3(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["touchpath", "conformance", "nowhere.json"])
    with pytest.raises(SystemExit, match="3"):
        main()
    assert "The file nowhere.json cannot be read" in capsys.readouterr().err


def test_the_json_form_has_answers_and_refusals_to_compare_other_tools_with(run):
    code, out, _ = run(vectors(WRONG, REFUSED), json_form=True)
    wrong, refused = json.loads(out)
    assert (code, wrong["case"], wrong["passed"], Path(wrong["file"]).name) == (1, "wrong", False, "0.json")
    assert wrong["differences"] == ["volume, row 1: people is 1, expected 2"]
    assert (wrong["answer"]["volume"][0]["people"], wrong["error"]) == (1, None)
    assert refused["answer"] is None
    assert "No query is called 'volum'" in refused["error"]
