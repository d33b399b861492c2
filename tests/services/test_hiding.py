"""Values of properties may hold what somebody wrote: no answer shows it to those who did not ask for it in clear."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import touchpath as tp
from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.cli.main import main
from touchpath.model.errors import Missing
from touchpath.services.hiding import hide_in_rows
from touchpath.services.personal_details import Detail

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAILS = ("zoe@example.org", "ann@example.org")
MODEL = b"""format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: said, title: Said, field: properties.note}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
journeys:
  - id: buy
    title: Buy
    stages:
      - {id: all, title: All, steps: [{id: ask, title: Ask, match: {kind: page.viewed}}, {id: answer, title: Answer, match: {kind: survey.answered}}]}
"""
BY_NOTE = {"query": "volume", "of": ["survey.answered"], "by": "said"}
OF_MAIL = {"query": "values", "column": "properties.mail", "take": "any"}
FEATURES = {
    "query": "features",
    "anchor": "survey.answered",
    "features": {"mail": {"known": "properties.mail"}, "n": {"count": "page.viewed"}},
}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program and return what it wrote to standard output."""

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return capsys.readouterr().out

    return run


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    opened.models.apply(MODEL, "test", "model", file="model.yaml")
    for number in range(12):
        told = {"mail": MAILS[number % 2], "note": f"call 07700 90012{number % 2}"}
        for minute, kind in enumerate(("page.viewed", "survey.answered")):
            value = 4.0 if minute else None
            moment = NOON + timedelta(hours=number, minutes=minute)
            opened.record([Signal("web", f"{number}-{minute}", kind, moment, (f"user:{number}",), value=value, properties=told)])
    yield opened
    opened.close()


def texts(tables):
    return {value for table in tables for row in table.rows for value in row if isinstance(value, str)}


def test_values_are_told_apart_and_not_told(workspace):
    hidden, clear = (workspace.platform.ask(OF_MAIL, clear=clear).table() for clear in (False, True))
    assert {row["value"] for row in clear.records()} == set(MAILS)
    assert [row["value"] for row in hidden.records()] == ["[e-mail]", "[e-mail]"]
    assert [row["people"] for row in hidden.records()] == [6, 6]


def test_asking_in_clear_before_or_after_changes_nothing(workspace):
    for clear in (True, False, True, False):
        assert (set(MAILS) <= texts(workspace.platform.ask(OF_MAIL, clear=clear).tables)) is clear
        for one in workspace.platform.ask_all([OF_MAIL, BY_NOTE], clear=clear):
            assert ("900120" in str(one) or "zoe" in str(one)) is clear


def test_names_of_segments_are_hidden_wherever_something_is_cut(workspace):
    platform = workspace.platform
    assert "900120" in str(platform.ask(BY_NOTE, clear=True).tables)
    answers = (
        platform.ask(BY_NOTE),
        platform.measure("customer_satisfaction", "csat", by="said"),
        platform.funnel(["page.viewed", "survey.answered"], by="said"),
    )
    for answer in answers:
        assert "call [phone]" in str(answer)
        assert "90012" not in str(answer)
    assert platform.segments("said") == ()
    with pytest.raises(Missing) as said:
        platform.journey_map("buy", by="said", segment="nothing")
    assert "90012" not in str(said.value)
    assert platform.journey_map("buy", by="said", segment="call 07700 900120").entrants == 6


def test_features_are_hidden_row_by_row(workspace):
    hidden, clear = (workspace.platform.features(FEATURES, clear=clear).read_all() for clear in (False, True))
    assert set(clear.column("mail").to_pylist()) == set(MAILS)
    assert hidden.column("mail").to_pylist() == ["[e-mail]"] * 12
    assert hidden.drop_columns("mail").equals(clear.drop_columns("mail"))
    assert hidden.schema == clear.schema


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_columns_keep_their_type_and_their_blanks(type):
    column = pa.array(["zoe@example.org", None, "", "plain"], pa.string())
    column = column.dictionary_encode() if pa.types.is_dictionary(type) else column.cast(type)
    batch = pa.record_batch({"text": column, "n": pa.array([1, 2, None, 4])})
    hidden = hide_in_rows(pa.RecordBatchReader.from_batches(batch.schema, [batch])).read_all()
    assert hidden.schema == batch.schema
    assert hidden.to_pydict() == {"text": ["[e-mail]", None, "", "plain"], "n": [1, 2, None, 4]}


def test_the_terminal_and_python_hide_them_too(workspace, run):
    folder = str(workspace.folder)
    workspace.close()
    for form in ("--json", "--csv"):
        assert "zoe@example.org" not in run("ask", json.dumps(OF_MAIL), "--folder", folder, form)
        assert "zoe@example.org" in run("ask", json.dumps(OF_MAIL), "--folder", folder, form, "--clear")
    out = workspace.folder / "rows.parquet"
    run("features", json.dumps(FEATURES), "--out", str(out), "--folder", folder)
    assert set(pq.read_table(out).column("mail").to_pylist()) == {"[e-mail]"}
    with tp.open(folder) as space:
        assert "zoe@example.org" not in str(space.ask(OF_MAIL).rows)
        assert "zoe@example.org" in str(space.ask(OF_MAIL, clear=True).rows)
        assert "zoe@example.org" not in str(space.ask_all([OF_MAIL]))


def test_a_detector_of_the_operators_is_asked_too(tmp_path, monkeypatch):
    import touchpath.services.personal_details as details

    monkeypatch.setattr(
        details, "names_for_tests", lambda text: [Detail(0, len(text), "name")] if text == "Priya" else [], raising=False
    )
    monkeypatch.setenv("TOUCHPATH_PERSONAL_DETAILS_DETECTOR", "touchpath.services.personal_details:names_for_tests")
    create_workspace(tmp_path / "shop")
    with tp.open(tmp_path / "shop") as space:
        space.record([Signal("web", "1", "page.viewed", NOON, ("user:1",), properties={"by": "Priya"})])
        found = space.ask({"query": "values", "column": "properties.by"}).rows
    assert [row["value"] for row in found] == ["[name]"]
