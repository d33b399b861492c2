"""Qualtrics' files: three, two and one header rows, codes and words, tabs in UTF-16, and the same signals as the API."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.services.formats import Chosen
from touchpath.sources.files.parts import Part
from touchpath.sources.formats.qualtrics import QUALTRICS, header_rows
from touchpath.sources.formats.registry import FormatSource
from touchpath.sources.formats.sheets import first_rows
from touchpath.sources.vendors import qualtrics

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def sheet(*rows, delimiter=",", encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def import_ids(*ids):
    return [json.dumps({"ImportId": id} if isinstance(id, str) else id, separators=(",", ":")) for id in ids]


DATES = [{"ImportId": name, "timeZone": "America/Denver"} for name in ("startDate", "endDate")]
NAMES = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "ResponseId", "RecipientEmail",
         "ExternalReference", "DistributionChannel", "UserLanguage", "Q1", "Q1_NPS_GROUP", "Q2", "Q3_1", "Q3_2", "Q3_2_TEXT", "Q4_1", "Q4_2",
         "Q4_DO", "Audience"]  # fmt: skip
LABELS = ["Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished", "Response ID",
          "Recipient Email", "External Data Reference", "Distribution Channel", "User Language", "How likely, really,\nare you?",
          "How likely, really,\nare you? - Group", "Why?", "Which? - Selected Choice - Phone", "Which? - Selected Choice - Other",
          "Which? - Other - Text", "How satisfied with - Price", "How satisfied with - Speed", "Order", "Audience"]  # fmt: skip
IDS = import_ids(*DATES, "status", "ipAddress", "progress", "duration", "finished", "_recordId", "recipientEmail", "externalDataReference",
                 "distributionChannel", "userLanguage", "QID1", "QID1_NPS_GROUP", "QID2_TEXT", {"ImportId": "QID3", "choiceId": "1"},
                 {"ImportId": "QID3", "choiceId": "2"}, "QID3_2_TEXT", "QID4_1", "QID4_2", "QID4_DO", "Audience")  # fmt: skip
ROW = ["2026-03-01 09:12:44", "2026-03-01 09:13:18", "IP Address", "192.0.2.9", "100", "34", "True", "R_1abcDEF", "Ann@example.com", "0031R",
       "email", "EN", "9", "Promoter", 'Fast, "clear"\nand kind', "Phone", "Other", "Pigeon", "4", "5", "1|2", "3"]  # fmt: skip


def by_question(rows):
    found = {}
    for row in rows:
        if row["kind"] == "survey.answered":
            found.setdefault(json.loads(row["properties"])["question"], []).append((row, json.loads(row["properties"])))
    return found


def test_an_export_with_three_header_rows_needs_no_mapping(read):
    name, rows, refused, _ = read("export.csv", sheet(NAMES, LABELS, IDS, ROW))
    assert (name, refused) == ("qualtrics", [])
    assert rows[0]["kind"] == "survey.started"
    assert rows[0]["occurred_at"].isoformat() == "2026-03-01T16:12:44+00:00"
    assert rows[0]["actors"] == ["user:0031R", email_actor("ann@example.com")]
    assert (rows[-1]["kind"], rows[-1]["value"]) == ("survey.completed", 34.0)
    found = by_question(rows)
    assert set(found) == {"QID1", "QID2", "QID3", "QID3_2_TEXT", "QID4_1", "QID4_2"}
    ((nps, about),) = found["QID1"]
    assert (nps["value"], about["scale"], about["tag"], about["wording"]) == (9.0, "nps", "Q1", "How likely, really, are you?")
    assert about["Audience"] == "3"
    assert found["QID2"][0][0]["text"] == 'Fast, "clear"\nand kind'
    assert [(about["answer"], about["choice"]) for _, about in found["QID3"]] == [("Phone", "1"), ("Other", "2")]
    assert found["QID3"][0][1]["wording"] == "Which?"
    assert [(found[id][0][1]["wording"], found[id][0][1]["row"]) for id in ("QID4_1", "QID4_2")] == [
        ("How satisfied with", "Price"),
        ("How satisfied with", "Speed"),
    ]
    assert not any("192.0.2.9" in str(row) for row in rows)


@pytest.mark.parametrize(("delimiter", "encoding"), [("\t", "utf-16"), ("\t", "utf-8-sig"), (",", "utf-16-le"), (";", "utf-8")])
def test_tabs_and_other_encodings_give_the_same(read, delimiter, encoding):
    plain = read("export.csv", sheet(NAMES, LABELS, IDS, ROW))
    assert read("export.tsv", sheet(NAMES, LABELS, IDS, ROW, delimiter=delimiter, encoding=encoding)) == plain


def test_a_file_has_the_ids_that_the_api_gives(read):
    _, rows, _, _ = read("export.csv", sheet(NAMES, LABELS, IDS, ROW))
    values = {
        "startDate": "2026-03-01T16:12:44Z", "endDate": "2026-03-01T16:13:18Z", "finished": 1, "status": 0, "QID1": 9, "QID1_NPS_GROUP": 3,
        "QID2_TEXT": "Fast", "QID3": ["1", "2"], "QID3_2_TEXT": "Pigeon", "QID4_1": 4, "QID4_2": 5,
    }  # fmt: skip
    pulled = list(qualtrics.survey_response_signals({"responseId": "R_1abcDEF", "values": values}, {}))
    assert {row["id"] for row in rows} == {signal.id for signal in pulled}
    assert {row["id"]: row["occurred_at"] for row in rows} == {signal.id: signal.occurred_at for signal in pulled}


def test_codes_in_one_cell_are_several_choices_and_one_code_has_the_first_ones_id(read):
    names, ids = (
        ["ResponseId", "EndDate", "Finished", "Q3"],
        import_ids("_recordId", {"ImportId": "endDate", "timeZone": "Z"}, "finished", "QID3"),
    )
    rows = [
        ["R_1", "2026-03-01 09:00:00", "1", "1,3"],
        ["R_2", "2026-03-01 09:00:00", "1", "1"],
        ["R_3", "2026-03-01 09:00:00", "1", "-99"],
    ]
    _, told, _, _ = read("export.csv", sheet(names, ["Response ID", "End Date", "Finished", "Which?"], ids, *rows))
    answered = [(row["id"], row["value"]) for row in told if row["kind"] == "survey.answered"]
    assert answered == [("R_1/QID3", 1.0), ("R_1/QID3/2", 3.0), ("R_2/QID3", 1.0)]


@pytest.mark.parametrize(
    ("status", "finished", "test", "ended"),
    [
        ("IP Address", "True", False, True),
        ("0", "1", False, True),
        ("Survey Preview", "FALSE", True, False),
        ("1", "0", True, False),
    ],
)
def test_status_and_finished_may_be_words_or_codes(read, status, finished, test, ended):
    row = [*ROW[:2], status, *ROW[3:6], finished, *ROW[7:]]
    _, rows, _, _ = read("export.csv", sheet(NAMES, LABELS, IDS, row))
    assert all(json.loads(one["properties"]).get("test", False) is test for one in rows)
    assert any(one["kind"] == "survey.completed" for one in rows) is ended


def test_two_header_rows_ask_for_the_zone_and_go_by_names(read):
    content = sheet(NAMES, LABELS, ROW)
    with pytest.raises(BadInput, match="In which time zone"):
        read("export.csv", content)
    _, rows, refused, _ = read("export.csv", content, zone="America/Denver", survey="SV_1")
    assert refused == []
    found = by_question(rows)
    assert set(found) == {"Q1", "Q2", "Q3_1", "Q3_2", "Q3_2_TEXT", "Q4_1", "Q4_2"}
    assert rows[0]["occurred_at"].isoformat() == "2026-03-01T16:12:44+00:00"
    ((nps, about),) = found["Q1"]
    assert (nps["value"], about["scale"], about["survey"], about["Audience"]) == (9.0, "nps", "SV_1", "3")


def test_the_older_export_is_read_by_its_second_row(read):
    names = [f"V{number}" for number in range(1, 11)] + ["Q1", "Q2_TEXT"]
    labels = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status", "StartDate", "EndDate", "Finished",
              "How likely?", "Why?"]  # fmt: skip
    row = [
        "R_9",
        "Default Response Set",
        "Bee, Ann",
        "u_81",
        "",
        "192.0.2.1",
        "0",
        "3/1/2014 9:12",
        "3/14/2014 9:13",
        "1",
        "8",
        "Fine",
    ]
    _, rows, refused, _ = read("old.csv", sheet(names, labels, row), zone="UTC")
    assert refused == []
    assert rows[0]["actors"] == ["user:u_81"]
    assert rows[-1]["occurred_at"] == datetime(2014, 3, 14, 9, 13, tzinfo=UTC)
    assert {question: one[0][0].get("value") for question, one in by_question(rows).items()} == {"Q1": 8.0, "Q2_TEXT": None}
    assert "Bee" not in str(rows)


def test_one_header_row_alone_is_understood(read):
    _, rows, _, _ = read("export.csv", sheet(NAMES, ROW), zone="UTC")
    assert {"Q1", "Q2", "Q4_1"} <= set(by_question(rows))


def test_a_bad_row_never_costs_the_others(read):
    torn = [*ROW[:1], "half past nine", *ROW[2:7], "R_2", *ROW[8:]]
    nameless = [*ROW[:7], "", *ROW[8:]]
    _, rows, refused, _ = read("export.csv", sheet(NAMES, LABELS, IDS, torn, nameless, ROW[:-1], ROW))
    assert {row["objects"][0][1] for row in rows} == {"R_1abcDEF"}
    assert [one.line for one in refused] == [6, 8, 10]
    assert "half past nine" in refused[0].reason
    assert "no ResponseId" in refused[1].reason


def test_a_file_without_response_ids_is_refused_as_a_whole(read):
    names, ids = ["StartDate", "EndDate", "Q1"], import_ids(*DATES, "QID1")
    with pytest.raises(BadInput, match="no column ResponseId"):
        read("export.csv", sheet(names, ["Start Date", "End Date", "How?"], ids, [*ROW[:2], "3"]))


def test_a_zone_that_nobody_knows_is_told_before_anything_is_read(read):
    ids = import_ids("_recordId", {"ImportId": "endDate", "timeZone": "Mars/Olympus"}, "QID1")
    with pytest.raises(BadInput, match="Mars/Olympus"):
        read(
            "export.csv",
            sheet(["ResponseId", "EndDate", "Q1"], ["Response ID", "End Date", "How?"], ids, ["R_1", "2026-03-01", "3"]),
        )


def test_json_exports_are_read_as_they_come(read):
    values = {"endDate": "2026-03-01T09:13:18Z", "finished": 1, "QID1": 9}
    record = {"responseId": "R_1", "values": values, "labels": {}, "displayedFields": ["QID1"], "displayedValues": {}}
    whole = read("export.json", json.dumps({"responses": [record]}))
    lines = read("export.ndjson", json.dumps(record) + "\n")
    assert whole[0] == lines[0] == "qualtrics-json"
    assert whole[1] == lines[1]
    assert [row["id"] for row in lines[1]] == ["R_1/QID1", "R_1/ended"]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from(',";\n\r\t'), max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), st.sampled_from([",", "\t"]))
def test_whatever_the_questions_and_answers_hold_they_come_back(tmp_path, asked, delimiter):
    names = ["ResponseId", "EndDate", *(f"Q{number}" for number in range(len(asked)))]
    labels = ["Response ID", "End Date", *(wording for wording, _ in asked)]
    ids = import_ids(
        "_recordId", {"ImportId": "endDate", "timeZone": "Z"}, *(f"QID{number}_TEXT" for number in range(len(asked)))
    )
    path = tmp_path / "any.csv"
    path.write_bytes(sheet(names, labels, ids, ["R_1", "2026-03-01 09:00:00", *(said for _, said in asked)], delimiter=delimiter))
    assert header_rows(first_rows(Part(path))) == 3
    feed = FormatSource((QUALTRICS,)).open(path, Chosen("qualtrics"))
    (batch,) = feed.batches(NOW)
    assert batch.rejected == ()
    told = {json.loads(row["properties"])["question"]: row for row in batch.signals.to_pylist()}
    for number, (wording, said) in enumerate(asked):
        row = told.get(f"QID{number}")
        assert (row["text"] if row else "") == (said.strip() if said.strip() != "-99" else "")
        if row and " - " not in wording:
            assert json.loads(row["properties"]).get("wording") == qualtrics.plain_text(wording)
