"""The terminal: tables for people, JSON and CSV for programs, sentences and exit codes for errors."""

import csv
import dataclasses
import io
import json
import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from touchpath.bootstrap import open_workspace
from touchpath.cli.main import main
from touchpath.cli.show import Form, in_unit, show_rows, span
from touchpath.services.receiving import Terms
from touchpath.store.spool import Post


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs one command line; gives its exit code, output and error output."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def folder(demo_folder, monkeypatch):
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(demo_folder / "company"))


QUERIES = [
    ("measure", "task_success", "checkout", "--grain", "month"),
    ("measure", "nps", "--by", "channel"),
    ("measure", "nps", "--weight", "people"),
    ("funnel", "page.viewed", "cart.added", "order.placed"),
    ("task", "checkout"),
    ("journey", "buy"),
    ("paths", "--top", "5"),
    ("overview",),
    ("people", "user", "--limit", "3"),
    ("accounts", "--sort", "renewal", "--limit", "5"),
    ("segments", "--by", "country"),
    ("kinds",),
    ("metrics",),
]


@pytest.mark.parametrize("words", QUERIES, ids=lambda words: words[0])
def test_every_query_gives_the_same_rows_as_json_and_as_csv(run, folder, words):
    code, text, _ = run(*words, "--json")
    found = json.loads(text)
    assert code == 0
    assert found
    code, text, _ = run(*words, "--csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert code == 0
    assert [list(row) for row in rows] == [list(row) for row in found]


def test_numbers_that_only_some_rows_have_are_blank_in_the_others(run, folder):
    """The first step of a funnel has no step before it, so no completion."""
    code, text, error = run("ask", "{query: funnel, steps: [page.viewed, cart.added, order.placed]}", "--csv")
    first, second, _ = csv.DictReader(io.StringIO(text))
    assert (code, error, list(first)) == (0, "", list(second))
    assert (first["completion"], first["completion_low"], first["completion_note"]) == ("", "", "")
    assert float(second["completion_low"]) < float(second["completion"]) < float(second["completion_high"])


@pytest.mark.parametrize("words", QUERIES, ids=lambda words: words[0])
def test_every_query_prints_a_table(run, folder, words):
    code, text, error = run(*words)
    assert (code, error) == (0, "")
    assert len(text.splitlines()) > 3


def test_a_metric_is_found_by_any_name_of_the_field(run, folder):
    (of_one,) = json.loads(run("metrics", "MRR", "--json")[1])
    assert (of_one["id"], of_one["also"]) == ("recurring_revenue", "MRR")
    several = {one["metric"] for one in json.loads(run("metrics", "FCR", "--json")[1])}
    assert several == {"first_contact_resolution", "one_touch_resolution", "resolved_by_survey"}
    (by_words,) = json.loads(run("metrics", "onboarding abandonment", "--json")[1])
    assert by_words["id"] == "onboarding_completion"
    code, _, error = run("metrics", "nothing of the kind")
    assert (code, "No metric is called 'nothing of the kind'" in " ".join(error.split())) == (3, True)


def test_a_metric_asked_for_by_another_name_says_which_it_is(run, folder):
    code, _, error = run("measure", "CSAT", "csat")
    assert (code, "The field calls these so: customer_satisfaction" in " ".join(error.split())) == (3, True)


def test_several_queries_are_asked_and_the_first_that_fails_ends_the_command(run, folder, tmp_path):
    file = tmp_path / "two.yaml"
    file.write_text("- {query: volume, of: [order.placed]}\n- {query: sessions}\n")
    code, text, error = run("ask", str(file), "{query: volume, of: [cart.added]}", "--json")
    assert (code, error) == (0, "")
    assert [one["query"] for one in json.loads(text)] == ["volume", "sessions", "volume"]
    code, text, error = run("ask", str(file), "{query: volum}")
    assert (code, "sessions" in text, "Did you mean 'volume'" in " ".join(error.split())) == (2, True, True)
    assert run("ask", str(file), "--csv")[0] == 2


def test_a_query_is_explained(run, folder):
    query = "{query: volume, of: [order.placed], by: channel, who: {did: ticket.opened}}"
    code, text, error = run("explain", query)
    assert (code, error) == (0, "")
    assert "Filter of people: did ticket.opened" in text
    found = json.loads(run("explain", query, "--run", "--json")[1])
    assert found["spent"]["rows"] == found["cells"]["segments"]
    rows = list(csv.DictReader(io.StringIO(run("explain", query, "--csv")[1])))
    assert {row["part"] for row in rows} == {"column", "filter"}
    assert run("explain", "{query: volum}")[0] == 2


def test_undefined_is_blank_and_says_why(run, folder):
    _, text, _ = run("journey", "buy", "--json")
    first = next(row for row in json.loads(text) if row["lane"] == "drop_off")
    assert first["value"] is None
    assert "none before it" in first["note"]


def test_a_period_narrows_the_answer(run, folder):
    _, text, _ = run("measure", "active_people", "--json")
    whole = json.loads(text)[0]["value"]
    _, text, _ = run("measure", "active_people", "--from", "2026-02-01", "--to", "2026-02-08", "--json")
    week = json.loads(text)[0]
    assert week["value"] < whole
    assert week["from"].startswith("2026-01-31T23:00")


@pytest.mark.parametrize(
    "words",
    [("measure", "active_people", "--grain", "month"), ("ask", "{query: volume, of: [order.placed], grain: month}")],
    ids=lambda words: words[0],
)
def test_a_table_tells_times_by_the_workspace_s_clock(run, folder, words):
    """A month of Madrid begins at midnight there, which is 23:00 or 22:00 of the day before in UTC."""
    _, text, _ = run(*words)
    moments = re.findall(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?", text)
    assert moments
    assert all(moment.endswith("-01") for moment in moments)


def test_a_persons_signals_are_narrowed_to_a_period(run, folder):
    _, people, _ = run("people", "user", "--limit", "1", "--json")
    actor = json.loads(people)[0]["actor"]
    _, whole, _ = run("person", actor, "--limit", "10000", "--json")
    days = sorted(row["occurred_at"][:10] for row in json.loads(whole))
    _, part, _ = run("person", actor, "--limit", "10000", "--to", days[len(days) // 2], "--json")
    assert 0 < len(json.loads(part)) < len(days)
    assert all(row["occurred_at"][:10] <= days[len(days) // 2] for row in json.loads(part))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("measure", "npss"), 3, "Did you mean 'nps'"),
        (("task", "chekout"), 3, "Did you mean 'checkout'"),
        (("funnel", "order.place"), 3, "Did you mean 'order.placed'"),
        (("measure", "nps", "--from", "yesterday"), 2, "2026-01-31"),
        (("measure", "nps", "--grain", "moon"), 2, "day, week, month"),
        (("measure", "nps", "--confidence", "95"), 2, "between 0 and 1"),
        (("person", "user:nobody"), 3, "Nobody is known as"),
        (("journey", "buy", "--by", "channel", "--segment", "webb"), 3, "Did you mean 'web'"),
        (("import", "missing.csv"), 3, "There is no file 'missing.csv'"),
        (("import", "missing.csv", "--as", "mixpannel"), 2, "Did you mean 'mixpanel'"),
        (("import", "missing.csv", "--as", "mixpanel", "--option", "zone"), 2, "Write NAME=VALUE"),
        (("import", "missing.csv", "--map", "m.yaml", "--as", "ga4"), 2, "Leave out --as"),
        (("model", "check", "missing.yaml"), 2, "cannot be read"),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_code(run, folder, words, code, says):
    came, _, error = run(*words)
    assert came == code
    assert says in " ".join(error.split())
    assert "Traceback" not in error


def test_a_folder_that_is_no_workspace_says_what_to_do(run, tmp_path):
    code, _, error = run("overview", "--folder", str(tmp_path))
    assert code == 3
    assert "touchpath init" in " ".join(error.split())


def test_a_file_goes_from_columns_to_a_number(run, tmp_path):
    shop, file, mapping = tmp_path / "shop", tmp_path / "visits.csv", tmp_path / "visits.map.yaml"
    file.write_text(
        "visitor,event,at\n"
        + "".join(f"v{n},page.viewed,2026-03-01 10:{n:02}:00\nv{n},order.placed,2026-03-01 11:{n:02}:00\n" for n in range(30))
        + "v99,page.viewed,not a time\n"
    )
    assert run("init", str(shop))[0] == 0
    code, proposed, _ = run("import", str(file), "--propose")
    assert code == 0
    mapping.write_text(proposed)
    code, text, _ = run("import", str(file), "--map", str(mapping), "--folder", str(shop), "--dry-run", "--json")
    assert (code, json.loads(text)[0]["signals"]) == (0, 60)
    assert json.loads(run("kinds", "--folder", str(shop), "--json")[1]) == []
    code, text, error = run("import", str(file), "--map", str(mapping), "--folder", str(shop), "--json")
    report = json.loads(text)[0]
    assert (code, report["new"], report["rejected"]) == (0, 60, 1)
    assert "touchpath rejected" in " ".join(error.split())
    refused = json.loads(run("rejected", report["job"], "--folder", str(shop), "--json")[1])
    assert [one["line"] for one in refused] == [62]
    again = json.loads(run("import", str(file), "--map", str(mapping), "--folder", str(shop), "--json")[1])[0]
    assert (again["new"], again["state"]) == (60, "done")
    text = run("funnel", "page.viewed", "order.placed", "--window", "2h", "--folder", str(shop), "--json")[1]
    assert json.loads(text)[0]["entrants"] == 30


def test_refused_live_events_are_tried_again_without_a_file(run, tmp_path):
    shop = str(tmp_path / "shop")
    run("init", shop)
    with closing(open_workspace(Path(shop))) as workspace:
        key, _ = workspace.live.keys.add(Terms("", "web"), "test")
        body = b'{"batch":[{"type":"track","event":"Seen","messageId":"m1"}]}'
        workspace.live.spool.keep(Post("segment", key.id, 1_772_355_600_000_000, "/v1/batch", "", body, {})).result()
        workspace.live.drain.round()
        (kept,) = workspace.quarantine.rejected("live web")
        good = kept.record.replace('\\"messageId\\"', '\\"userId\\":\\"u1\\",\\"messageId\\"')
        workspace.quarantine.keep("live web", [dataclasses.replace(kept, place="segment post mended", record=good)])
    code, told, _ = run("rejected", "live web", "--folder", shop)
    assert (code, "touchpath rejected 'live web' --again" in told) == (0, True)
    taken, still = json.loads(run("rejected", "live web", "--again", "--folder", shop, "--json")[1])
    assert taken == {"result": "taken", "records": 1, "reason": ""}
    assert (still["result"], still["records"]) == ("still refused", 1)
    assert [one["kind"] for one in json.loads(run("kinds", "--folder", shop, "--json")[1])] == ["Seen"]
    assert len(json.loads(run("rejected", "live web", "--folder", shop, "--json")[1])) == 1


def test_an_export_is_recognised_and_asks_what_it_leaves_open(run, tmp_path):
    shop, file = tmp_path / "shop", tmp_path / "export.jsonl"
    rows = [
        {"event": "Order", "properties": {"time": 1772355600 + n, "distinct_id": f"u{n}", "$insert_id": f"i{n}"}}
        for n in range(3)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no json\n")
    run("init", str(shop))
    code, _, error = run("import", str(file), "--folder", str(shop))
    assert code == 2
    assert "recognised as: Mixpanel event export" in " ".join(error.split())
    assert "What is the time zone of the Mixpanel project?" in " ".join(error.split())
    zone = ("--option", "zone=Europe/Madrid")
    report = json.loads(run("import", str(file), "--folder", str(shop), *zone, "--json")[1])[0]
    assert (report["new"], report["rejected"]) == (3, 1)
    again = json.loads(run("replay", report["job"], str(file), "--folder", str(shop), *zone, "--json")[1])[0]
    assert (again["new"], again["rejected"]) == (0, 1)
    assert {row["format"] for row in json.loads(run("formats", "--folder", str(shop), "--json")[1])} >= {"ga4", "mixpanel"}


def test_a_file_that_no_format_knows_gets_a_mapping_proposed(run, tmp_path):
    shop, file = tmp_path / "shop", tmp_path / "visits.csv"
    file.write_text("visitor,event,at\nv1,page.viewed,2026-03-01 10:00:00\n")
    run("init", str(shop))
    code, proposed, error = run("import", str(file), "--folder", str(shop))
    assert code == 2
    assert proposed.startswith("# Proposed for visits.csv")
    assert "nothing was imported" in " ".join(error.split())


def test_a_proposal_that_leaves_the_time_open_imports_not_a_single_row(run, tmp_path):
    shop, file, mapping = tmp_path / "shop", tmp_path / "visits.csv", tmp_path / "visits.map.yaml"
    file.write_text("visitor,when\n" + "".join(f"v{n},{'2026-03-01' if n % 2 else '4 Mar 2026'}\n" for n in range(30)))
    run("init", str(shop))
    mapping.write_text(run("import", str(file), "--propose")[1])
    for more in ((), ("--dry-run",)):
        code, _, error = run("import", str(file), "--map", str(mapping), "--folder", str(shop), *more)
        assert code == 2
        assert "'when' reads as iso in 50%, as %d %b %Y in 50%. Instead of 'unsettled'" in " ".join(error.split())
    assert json.loads(run("jobs", "--folder", str(shop), "--json")[1]) == []
    assert json.loads(run("kinds", "--folder", str(shop), "--json")[1]) == []


def test_a_model_goes_out_changes_and_comes_back(run, demo_folder, tmp_path, capsys):
    shop, file = tmp_path / "shop", tmp_path / "model.yaml"
    exported = run("model", "export", "--folder", str(demo_folder / "company"))[1]
    file.write_text(exported.replace("revision: 1\n", ""))
    assert run("model", "check", str(file))[0] == 0
    assert run("init", str(shop), "--model", str(file))[0] == 0
    assert run("model", "diff", str(file), "--folder", str(shop))[0] == 0
    file.write_text(run("model", "export", "--folder", str(shop))[1].replace("title: Check out", "title: Pay up"))
    code, text, _ = run("model", "diff", str(file), "--folder", str(shop))
    assert (code, "Pay up" in text) == (1, True)
    assert "Revision 2" in run("model", "apply", str(file), "--why", "clearer", "--folder", str(shop))[1]
    code, _, _ = run("model", "apply", str(file).replace("model.yaml", "gone.yaml"), "--folder", str(shop))
    assert code == 2
    assert "Pay up" in run("model", "show", "--folder", str(shop))[1]


def test_all_faults_of_a_model_come_at_once(run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("format: touchpath-model/1\nbrand: {id: b, title: B}\njourneys:\n  - {id: buy, titel: Buy, stages: 3}\n")
    code, _, error = run("model", "check", str(file))
    assert code == 2
    assert error.count("bad.yaml:4") >= 2


def test_the_doctor_says_what_is_ill(run, demo_folder, tmp_path):
    code, text, _ = run("doctor", "--folder", str(demo_folder / "company"), "--json")
    assert (code, {one["state"] for one in json.loads(text)} <= {"well", "note"}) == (0, True)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "share", "—"),
        (0.1234, "share", "12.3 %"),
        (75.0, "seconds", "1 min 15 s"),
        (1234.0, "count", "1,234"),
        (42.0, "score", "42.0"),
    ],
)
def test_numbers_are_said_in_their_unit(value, unit, shown):
    assert in_unit(value, unit) == shown


def test_spans_use_the_two_largest_units():
    assert [span(seconds) for seconds in (5400, 42, 200_000)] == ["1 h 30 min", "42.0 s", "2 d 7 h"]


def test_one_row_with_many_columns_is_printed_upright(capsys):
    show_rows([{f"column {number}": number for number in range(1, 12)}], Form.table, "Import", "All went well.")
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in (lines[0], lines[-1])] == ["Import", "All went well."]
    assert [line.split()[-1] for line in lines[1:-1]] == [str(number) for number in range(1, 12)]


def test_features_are_written_whole_or_not_at_all(run, folder, tmp_path):
    query = "{query: features, anchor: order.placed, which: first, features: {visits: {count: page.viewed, before: 30d}}}"
    code, out, _ = run("features", query, "--out", str(tmp_path / "rows.parquet"))
    assert (code, out.split(" rows in ")[0].replace(",", "").isdigit()) == (0, True)
    code, _, said = run("features", query, "--out", str(tmp_path / "nowhere" / "rows.parquet"))
    assert code == 2
    assert "rows.parquet cannot be written: No such file or directory" in said
    code, _, said = run("features", query.replace("count: page.viewed", "known: chanel"), "--out", str(tmp_path / "more.parquet"))
    assert (code, "Did you mean 'channel'?" in said) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.parquet"]


def test_an_answer_can_be_had_as_viewers_get_it(run, folder):
    query = "{query: volume, of: [order.placed], who: {ids: [user:1]}}"
    code, _, error = run("ask", query, "--for-viewers")
    assert code != 0
    assert "picked by their ids" in error
    query = "{query: values, column: channel, take: any}"
    _, told, _ = run("ask", query, "--for-viewers", "--csv")
    assert told == run("ask", query, "--csv")[1]  # no channel is rare
