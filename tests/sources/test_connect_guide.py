"""The handbook's page about connections: its example source runs, and its tables know every source of ours."""

from __future__ import annotations

import re
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pull_bench import Bench
from vendor_server import VendorServer

from touchpath.sources.pull import choice

PAGE = (Path(__file__).parents[2] / "docs/guide/connect.md").read_text()


def parcels(asked):
    if asked.path == "/me":
        return {"name": "Shop"}
    first = int(asked.query["after"] or 0)
    scans = [
        {"id": n, "scanned_at": f"2026-03-01T09:0{n}:00Z", "customer": "c1", "order": f"o{n}"}
        for n in range(first, min(first + 2, 5))
    ]
    return {"scans": scans, "next": str(first + 2) if first + 2 < 5 else None}


def test_the_example_source_is_found_by_its_entry_point_and_runs(tmp_path, monkeypatch):
    (tmp_path / "parcels_touchpath.py").write_text(re.search(r"```python\n(.+?)```", PAGE, re.DOTALL)[1])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(choice, "entry_points", lambda group: [EntryPoint("parcels", "parcels_touchpath:PARCELS", group)])
    monkeypatch.setenv("PARCELS", "tok3n")
    with VendorServer(parcels) as server, closing(Bench(tmp_path, server)) as bench:
        bench.connections.add("post", "parcels", {"token": "env:PARCELS", "address": server.address})
        assert bench.pulls.check("post") == "Parcels answers as Shop."
        assert (bench.pulls.run("post")[0].new, bench.pulls.run("post")[0].new) == (5, 0)
        assert server.asked[0].headers["authorization"] == "Bearer tok3n"
        assert bench.rows("kind", "id")[0] == ("parcel.scanned", "scan/0")


@pytest.mark.parametrize("name", choice._NAMES)
def test_every_source_says_on_the_page_whether_it_met_the_real_service(name):
    title = choice.choose_source(name).title
    (row,) = re.findall(rf"^\| {re.escape(title)} \|.*$", PAGE, re.MULTILINE)
    assert row.rstrip(" |").rsplit("|", 1)[1].strip() == "no"
