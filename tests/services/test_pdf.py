"""PDFs by a browser: found, run in a folder of its own, ended when it takes too long."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from touchpath.model.errors import Missing, Unavailable
from touchpath.services.pdf import find_browser, print_pdf


def program(folder, body):
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_browser_that_is_named_is_taken_and_a_wrong_name_is_told(tmp_path):
    made = program(tmp_path, "exit 0")
    assert find_browser(str(made)) == made
    with pytest.raises(Missing, match="TOUCHPATH_BROWSER"):
        find_browser(str(tmp_path / "nothing"))


def test_where_no_browser_is_found_it_is_said_what_would_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="apt install chromium"):
        find_browser()


def test_a_browser_that_fails_is_told_with_what_it_said(tmp_path):
    with pytest.raises(Unavailable, match="made no PDF: out of luck"):
        print_pdf("<p>x", program(tmp_path, "echo out of luck >&2; exit 3"), 10)


def test_what_is_no_pdf_is_not_taken_for_one(tmp_path):
    body = 'for one in "$@"; do case $one in --print-to-pdf=*) echo hello > "${one#--print-to-pdf=}";; esac; done'
    with pytest.raises(Unavailable, match="made no PDF"):
        print_pdf("<p>x", program(tmp_path, body), 10)


def test_a_browser_that_hangs_is_ended_with_all_that_it_started(tmp_path):
    mark = tmp_path / "child"
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"longer than 0\.5 seconds"):
        print_pdf("<p>x", program(tmp_path, f"sleep 60 & echo $! > {mark}; wait"), 0.5)
    assert time.monotonic() - began < 20
    pid, deadline = int(mark.read_text()), time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if " Z " in Path(f"/proc/{pid}/stat").read_text():
            return  # dead, and only nobody has looked yet
        time.sleep(0.02)
    pytest.fail("what the browser started still runs")


@pytest.mark.browser
def test_chromium_makes_a_pdf_of_a_page(tmp_path):
    try:
        browser = find_browser()
    except Unavailable:
        pytest.skip("Chromium is not installed")
    made = print_pdf("<!doctype html><title>Look</title><h1>Weekly look</h1><img src='https://nowhere.example/x.png'>", browser)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
