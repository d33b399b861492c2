"""`touchpath stats`: somebody's own vectors against the procedures, and the list of them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from touchpath.cli.main import main
from touchpath.stats.plans import FAMILIES, takes
from touchpath.stats.procedures import PROCEDURES

WILSON = {"procedure": "wilson_interval", "input": {"successes": 81, "n": 263}, "tolerance": {"abs": 5e-5}}
RIGHT = WILSON | {"id": "right", "expected": {"lower": 0.2553, "upper": 0.3662}}
WRONG = WILSON | {"id": "wrong", "expected": {"lower": 0.2553, "upper": 0.3762}}
REFUSED = {"id": "refused", "procedure": "wilson_interval", "input": {"successes": 6, "n": 5}, "expected": {"error": True}}


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs one command line; gives its exit code, output and error output."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", "stats", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def file(tmp_path):
    def write(vectors, name="vectors.json"):
        path = tmp_path / name
        path.write_text(vectors if isinstance(vectors, str) else json.dumps(vectors))
        return str(path)

    return write


def test_right_answers_pass_and_the_shell_hears_so(run, file):
    code, out, _ = run("check", file([RIGHT, REFUSED]))
    assert code == 0
    assert out.splitlines()[0] == "pass    right"
    assert out.splitlines()[-1] == "2 of 2 vectors passed."


def test_a_wrong_answer_is_told_with_what_came_and_how_far_off(run, file):
    code, out, _ = run("check", file([RIGHT, WRONG]))
    assert code == 1
    assert "fail    wrong: upper: got 0.366209576982" in out
    assert "expected 0.3762, differs by 0.00999, allowed 5e-05" in out
    assert out.splitlines()[-1] == "1 of 2 vectors passed, 1 failed."


def test_no_faulty_vector_costs_another_one(run, file):
    faulty = [
        7,
        {"id": "empty", "procedure": "wilson_interval", "input": {}, "expected": {}},
        RIGHT | {"id": "named wrong", "procedure": "wilson_intervall"},
        RIGHT | {"id": "tolerant", "tolerance": {"abs": -1}},
        RIGHT | {"id": "wide", "tolerance": {"absolute": 1}},
        RIGHT | {"id": "\x1b[31mred\nline", "input": []},
        RIGHT,
    ]
    code, out, _ = run("check", file(faulty))
    lines = out.splitlines()
    assert code == 1
    assert [line.split()[0] for line in lines[:-1]] == ["unfit", "unfit", "unknown", "unfit", "unfit", "unfit", "pass"]
    assert "vector 1" in lines[0]
    assert "Did you mean 'wilson_interval'?" in lines[2]
    assert "\x1b" not in out
    assert lines[-1] == "1 of 7 vectors passed, 5 cannot be judged, 1 name no procedure."


@pytest.mark.parametrize("text", ["", "[", '"vectors"', '{"a": 1}', "[" * 100_000, "7", '{"vectors": {}}'])
def test_a_file_that_is_no_file_of_vectors_costs_no_other_file(run, file, text):
    code, out, said = run("check", file(text, "other.json"), file([RIGHT]))
    assert code == 1
    assert "other.json" in said
    assert out.splitlines()[-1] == "1 of 1 vectors passed."


def test_a_file_that_is_not_there_and_one_that_holds_nothing_do_not_pass(run, file, tmp_path):
    code, _, said = run("check", str(tmp_path / "nowhere.json"))
    assert (code, "No such file" in said) == (1, True)
    code, out, _ = run("check", file([]))
    assert (code, out) == (1, "No vector was checked.\n")


def test_a_byte_order_mark_is_no_fault_and_another_encoding_is_told(run, tmp_path):
    marked, other = tmp_path / "marked.json", tmp_path / "other.json"
    marked.write_bytes(json.dumps([RIGHT]).encode("utf-8-sig"))
    other.write_bytes(json.dumps([RIGHT]).encode("utf-16"))
    assert run("check", str(marked))[0] == 0
    code, _, said = run("check", str(other))
    assert (code, "UTF-8" in said) == (1, True)


def test_machines_get_the_same_as_json(run, file):
    code, out, _ = run("check", file({"vectors": [RIGHT, WRONG]}), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["outcomes"] == {"pass": 1, "fail": 1}
    assert [one["outcome"] for one in told["vectors"]] == ["pass", "fail"]
    assert told["vectors"][1]["differences"][0] | {"got": 0, "by": 0} == {
        "key": "upper",
        "got": 0,
        "expected": 0.3762,
        "by": 0,
        "allowed": 5e-5,
    }


def test_half_a_character_in_a_vector_ends_no_run(run, file):
    told = [RIGHT | {"id": "\ud800"}, WRONG | {"procedure": "\udfff"}, RIGHT | {"expected": {"lower": "\ud800"}}]
    code, out, _ = run("check", file(told), "--json")
    assert code == 1
    found = json.loads(out.encode("utf-8"))["vectors"]
    assert [one["outcome"] for one in found] == ["pass", "unknown", "fail"]
    assert found[0]["id"] == "\ud800"


def test_a_key_that_comes_twice_makes_a_vector_unfit_and_no_other(run, file):
    twice = json.dumps(RIGHT).replace('"lower": 0.2553', '"lower": 99, "lower": 0.2553')
    code, out, _ = run("check", file(f"[{twice}, {json.dumps(RIGHT)}]"))
    assert code == 1
    assert out.splitlines()[:2] == [
        "unfit   right: This is no vector: the key 'lower' comes twice in one object.",
        "pass    right",
    ]


def test_every_procedure_is_listed_with_what_it_takes(run):
    code, out, _ = run("list")
    assert code == 0
    assert all(name in out for name in PROCEDURES)
    assert "successes: count; n: count; [confidence: number > 0, < 1]" in out
    _, out, _ = run("list", "--json")
    schemas = {one["procedure"]: one["input"] for one in json.loads(out)}
    assert set(schemas) == set(PROCEDURES)
    code, _, said = run("list", "mcnemarr")
    assert (code, "Did you mean 'mcnemar'?" in said) == (3, True)


def test_a_plan_tells_how_many_people_a_change_takes(run):
    code, out, _ = run("plan", "share", "before=0.5", "change=0.25", "power=0.9", "--json")
    assert code == 0
    assert json.loads(out)[0]["value"] == 77  # R's power.prop.test help: 76.7
    code, out, _ = run("plan", "mean", "sd=1", "change=1", "n=20", "--json")
    assert [row["value"] for row in json.loads(out)][1] == pytest.approx(0.868953, abs=1e-5)


def test_a_plan_without_a_kind_tells_what_each_takes(run):
    code, out, _ = run("plan")
    assert code == 0
    assert "sd_of_logs" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["shear", "before=0.5"], "Did you mean 'share'?"),
        (["share", "before=much"], "no KEY=VALUE"),
        (["share", "before=0.5"], "needs a 'change'"),
        (["share", "change=0.1"], "before did not come"),
        (["share", "before=0.5", "change=0.1", "sd=2"], "'sd' came"),
        (["share", "before=nan", "change=0.1"], "finite"),
        (["share", "before=0.5", "change=0.1", "rows=3"], "'alike'"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(run, words, says):
    code, _, error = run("plan", *words)
    assert code != 0
    assert says in error


GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "planning.md").read_text("utf-8")


@pytest.mark.parametrize("words", re.findall(r"^\$ touchpath stats (plan.*)$", GUIDE, re.MULTILINE))
def test_every_plan_of_the_guide_can_be_made(run, words):
    assert run(*words.split())[0] == 0


def test_the_python_of_the_guide_runs():
    exec(re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1], {})


def test_the_guide_knows_every_kind_and_what_it_needs():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", GUIDE, re.MULTILINE))
    assert set(rows) == set(FAMILIES)
    for name, told in rows.items():
        assert all(f"`{key}`" in told for key in takes(name)[0])
