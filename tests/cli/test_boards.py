"""Boards from the terminal: listed, shown, sent and printed."""

from __future__ import annotations

import json
import sys
from contextlib import closing

import pytest
from smtp_sink import sink

from touchpath.bootstrap import create_workspace, desk_of, open_workspace
from touchpath.cli.main import main
from touchpath.services.board_blocks import make_block

PRINTER = 'for one in "$@"; do case $one in --print-to-pdf=*) echo "%PDF-1.7 made up" > "${one#--print-to-pdf=}";; esac; done'


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs one command line in a workspace with a board; gives its exit code, output and error output."""
    folder = tmp_path / "shop"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        blocks = [make_block("", "text", {"text": "Look."}), make_block("", "metric", {"number": "active_people:"})]
        desk_of(workspace).boards.make("Weekly look", "ada", blocks)
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(folder))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", "boards", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


def test_boards_are_listed_and_shown(run):
    code, out, _ = run("list", "--json")
    (board,) = json.loads(out)
    assert (code, board["title"], board["blocks"], board["owner"]) == (0, "Weekly look", 2, "ada")
    code, out, _ = run("show", "Weekly look", "--json")
    assert [(one["sort"], one["says"]) for one in json.loads(out)] == [("text", "Look."), ("metric", "there are no signals yet")]
    code, _, err = run("show", "Weekly lok")
    assert (code, "Weekly look" in err) == (3, True)


def test_a_board_is_sent_once_by_the_mail_server_of_the_settings(run, monkeypatch):
    code, _, err = run("send", "Weekly look", "--to", "ada@shop.example")
    assert (code, "TOUCHPATH_SMTP_HOST" in err) == (6, True)
    with sink() as post:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(post.port)), ("SECURITY", "none")):
            monkeypatch.setenv(f"TOUCHPATH_SMTP_{name}", value)
        monkeypatch.setenv("TOUCHPATH_MAIL_FROM", "touchpath@shop.example")
        code, out, _ = run("send", "Weekly look", "--to", "ada@shop.example", "--to", "ben@shop.example")
        assert (code, out.splitlines()) == (0, ["Sent to ada@shop.example.", "Sent to ben@shop.example."])
        assert post.to == ["ada@shop.example", "ben@shop.example"]
        post.refuses = {"ada@shop.example": "550 no such mailbox"}
        code, _, err = run("send", "Weekly look", "--to", "ada@shop.example")
        assert (code, "550 no such mailbox" in err) == (6, True)


def test_a_board_is_printed_by_the_browser_that_is_named(run, monkeypatch, tmp_path):
    printer = tmp_path / "printer"
    printer.write_text(f"#!/bin/sh\n{PRINTER}\n")
    printer.chmod(0o755)
    monkeypatch.setenv("TOUCHPATH_BROWSER", str(printer))
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("pdf", "Weekly look", "--period", "28")
    assert (code, out.startswith("weekly-look.pdf: ")) == (0, True)
    assert (tmp_path / "weekly-look.pdf").read_bytes() == b"%PDF-1.7 made up\n"
    code, _, err = run("pdf", "Weekly look", "--out", str(tmp_path / "nothing" / "x.pdf"))
    assert (code, "cannot be written" in err) == (2, True)
    code, _, err = run("pdf", "Weekly look", "--period", "7")
    assert (code, "28, 90 or 365" in err) == (2, True)


def test_where_no_browser_is_found_it_is_said_what_would_do(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = run("pdf", "Weekly look")
    assert (code, "apt install chromium" in err) == (6, True)
