"""The command that prints sheets to fill in by hand."""

import pytest

from touchpath.cli.main import main


@pytest.fixture
def run(monkeypatch, capsys):
    """`run(words...)`: the exit code, what was printed, and what was said aside."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def test_a_template_is_printed_filled_in_and_imported(run, tmp_path):
    code, sheet, aside = run("template", "store-visits")
    assert (code, sheet.splitlines()[0][:21]) == (0, "visit,at,zone,store,p")
    assert "EXAMPLE" in aside
    filled_in = tmp_path / "visits.csv"
    filled_in.write_text(sheet + "v1,2026-03-02 10:00,Europe/Madrid,Centro,u_81,,buy,bought,10,,,5,\n")
    folder = str(tmp_path / "w")
    assert run("init", folder)[0] == 0
    code, report, _ = run("import", str(filled_in), "--folder", folder, "--json")
    assert (code, '"new": 2' in report, '"rejected": 0' in report) == (0, True, True)


def test_templates_are_listed_and_their_columns_explained(run):
    assert all(name in run("template")[1] for name in ("store-visits", "phone-calls", "paper-questionnaires"))
    assert "it is the key" in run("template", "phone-calls", "--columns")[1]


def test_an_unknown_template_is_an_error_that_names_the_known(run):
    code, _, said = run("template", "store-visit")
    assert code == 2
    assert "Did you mean 'store-visits'?" in said
