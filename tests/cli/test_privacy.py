"""People's rights from the terminal: export, erase, let in again, undo an import; what would go is said before it goes."""

import io
import json
import sys
import zipfile

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.cli.main import main

MAPPING = """format: touchpath-mapping/1
source: shop-export
signals:
  - kind: {column: what}
    id: [row]
    occurred_at: {column: at, zone: UTC}
    actors: {user: who}
    text: said
"""
ROWS = [
    "row,who,what,at,said",
    "1,ann-12345,seen,2026-03-02 10:00:00,hello",
    "2,bob-12345,survey.answered,2026-03-02 10:00:00,fine",
    "3,ann-12345,seen,never,hello",
]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs one command line on a workspace with one import; gives its exit code, output and error output."""
    create_workspace(tmp_path / "shop")
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(tmp_path / "shop"))
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "f.csv").write_text("\n".join(ROWS))
    workspace = open_workspace(tmp_path / "shop")
    workspace.imports.run(tmp_path / "f.csv", tmp_path / "m.yaml")
    workspace.close()

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, " ".join(said.err.split())

    return run


def test_a_person_is_exported_erased_and_let_in_again(run, tmp_path):
    code, said, _ = run("export-person", "user:ann-12345", str(tmp_path / "ann.zip"))
    assert (code, "1 signals, 1 quarantined" in said) == (0, True)
    with zipfile.ZipFile(io.BytesIO((tmp_path / "ann.zip").read_bytes())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        (signal,) = map(json.loads, archive.read("signals.jsonl").splitlines())
    assert (manifest["ids"], manifest["files"]["quarantined.jsonl"]["rows"]) == (["user:ann-12345"], 1)
    assert (signal["text"], signal["newest"], signal["source"]) == ("hello", True, "shop-export")
    code, said, warned = run("forget", "user:ann-12345", "--yes", "--why", "asked", "--member", "dpo")
    assert (code, "1 signals are gone, and 1 records" in said) == (0, True)
    assert "No backups are known" in warned
    assert run("export-person", "user:ann-12345", str(tmp_path / "again.zip"))[0] == 3
    (entry,) = json.loads(run("privacy", "log", "--json")[1])
    assert (entry["by"], entry["why"], entry["went"]) == ("dpo", "asked", 2)
    assert run("privacy", "let-in", "user:ann-12345", "--why", "back")[0] == 0
    assert run("privacy", "let-in", "user:ann-12345", "--why", "back")[0] == 3


def test_an_import_is_undone(run):
    job = json.loads(run("jobs", "--json")[1])[0]["job"]
    code, said, _ = run("undo", job, "--yes")
    assert (code, said.strip()) == (0, "2 signals and 1 rejected rows are gone.")
    assert json.loads(run("kinds", "--json")[1]) == []
    assert run("undo", job, "--yes")[0] == 2


def test_backups_that_hold_somebody_are_named(run):
    assert run("privacy", "backups")[0] == 3
    assert run("privacy", "backup", "nightly", "/mnt/backups/nightly", "--taken", "2100-01-01")[0] == 0
    assert json.loads(run("privacy", "backups", "--json")[1])[0]["backup"] == "nightly"
    assert "nightly (/mnt/backups/nightly, 2100-01-01)" in run("forget", "user:bob-12345", "--yes")[2]
    assert run("privacy", "backup", "nightly", "--gone")[0] == 0
    assert run("privacy", "backups")[0] == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("forget", "bob"), 2, "An id names its kind"),
        (("privacy", "let-in", "user:bob", "--why", " "), 2, "Say why"),
        (("privacy", "backup", "x"), 2, "Say where"),
        (("privacy", "backup", "x", "y", "--taken", "soon"), 2, "Give a time"),
        (("privacy", "backup", "x", "--gone"), 3, "no backup"),
        (("undo", "nothing", "--yes"), 2, "0 imports"),
    ],
)
def test_wrong_use_is_a_sentence(run, words, code, says):
    got, _, error = run(*words)
    assert (got, says.lower() in error.lower()) == (code, True), error


def test_an_export_is_not_written_over_a_file_or_into_the_workspace(run, tmp_path):
    assert run("export-person", "user:ann-12345", str(tmp_path / "f.csv"))[0] == 2
    assert "no erasure would find it" in run("export-person", "user:ann-12345", str(tmp_path / "shop/ann.zip"))[2]


def test_a_source_is_kept_for_a_while(run):
    assert run("privacy", "expire")[0] == 3
    assert run("privacy", "keep", "shop-export", "0")[0] == 3
    assert run("privacy", "keep", "shop-export", "1", "--why", "policy 7")[0] == 0
    code, text, _ = run("privacy", "expire", "--dry-run", "--json")
    assert (code, json.loads(text)[0]["rows"]) == (0, 2)
    assert len(json.loads(run("kinds", "--json")[1])) == 2
    assert "2 rows are gone" in run("privacy", "expire", "--yes", "--json")[2]
    assert json.loads(run("kinds", "--json")[1]) == []
    assert json.loads(run("privacy", "log", "--json")[1])[0]["what"] == "retention"


def test_a_workspace_may_keep_no_id_in_clear(run, tmp_path, monkeypatch):
    assert run("privacy", "pseudonym", "user:ann-12345")[0] == 3
    assert run("init", str(tmp_path / "hidden"), "--pseudonymise")[0] == 0
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(tmp_path / "hidden"))
    assert run("import", str(tmp_path / "f.csv"), "--map", str(tmp_path / "m.yaml"))[0] == 0
    name = run("privacy", "pseudonym", "user:ann-12345")[1].strip()
    assert name.startswith("user:p.")
    found = json.loads(run("person", name, "--json")[1])
    assert "ann-12345" not in json.dumps(found)
