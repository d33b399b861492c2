"""Exports of SurveyMonkey, Typeform, Delighted and Formbricks, in the layouts that are known of them."""

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
from touchpath.sources.formats.registry import FormatSource
from touchpath.sources.formats.sheets import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, date_order, read_moment
from touchpath.sources.formats.surveymonkey import SURVEYMONKEY
from touchpath.sources.formats.typeform import TYPEFORM
from touchpath.sources.vendors import delighted, formbricks, surveymonkey, typeform

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def sheet(*rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def answers(rows):
    return [(row, json.loads(row["properties"])) for row in rows if row["kind"] == "survey.answered"]


# -- times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("06/10/2026 07:48:07", MONTH_FIRST, "2026-06-10T05:48:07+00:00"),
        ("06/10/2026 07:48:07", DAY_FIRST, "2026-10-06T05:48:07+00:00"),
        ("6/10/26 7:48 PM", MONTH_FIRST, "2026-06-10T17:48:00+00:00"),
        ("12:30", MONTH_FIRST, None),
        ("10.6.2026 12:00 am", DAY_FIRST, "2026-06-09T22:00:00+00:00"),
        ("2026-06-10 07:48:07", MONTH_FIRST, "2026-06-10T05:48:07+00:00"),
        ("2026-06-10 07:48:07 UTC", DAY_FIRST, "2026-06-10T07:48:07+00:00"),
        ("2026-06-10T07:48:07+00:00", DAY_FIRST, "2026-06-10T07:48:07+00:00"),
        ("2026/06/10 07:48", YEAR_FIRST, "2026-06-10T05:48:00+00:00"),
        ("31/31/2026 07:48", DAY_FIRST, None),
        ("06/10/2026 13:48 PM", MONTH_FIRST, None),
        ("soon", MONTH_FIRST, None),
    ],
)
def test_times_are_read_in_the_order_and_zone_said(text, order, expected):
    found = read_moment(text, order, "Europe/Madrid")
    assert (found.isoformat() if found else None) == expected


@given(st.integers(31_536_000, 4_102_444_800), st.sampled_from([MONTH_FIRST, DAY_FIRST]), st.booleans())
def test_any_time_written_in_an_order_is_read_in_it(seconds, order, half_days):
    moment = datetime.fromtimestamp(seconds, UTC)
    day = "%m/%d/%Y" if order == MONTH_FIRST else "%d/%m/%Y"
    written = moment.strftime(f"{day} {'%I:%M:%S %p' if half_days else '%H:%M:%S'}")
    assert read_moment(written, order, "UTC") == moment


def test_a_file_tells_the_order_by_its_first_date_that_can_only_be_one():
    assert date_order(["06/10/2026", "06/25/2026"], "", "X") == MONTH_FIRST
    assert date_order(["06/10/2026", "25/06/2026"], "", "X") == DAY_FIRST
    assert date_order(["2026-06-10"], "", "X") == YEAR_FIRST
    assert date_order(["06/10/2026"], DAY_FIRST, "X") == DAY_FIRST


@pytest.mark.parametrize(
    ("cells", "answer", "says"),
    [
        (["06/10/2026"], "", "month first .* or day first .*'06/10/2026' can be both"),
        (["06/25/2026", "25/06/2026"], "", "in two ways"),
        (["06/25/2026"], DAY_FIRST, "'06/25/2026' can only be month first"),
    ],
)
def test_what_cannot_be_told_is_asked(cells, answer, says):
    with pytest.raises(BadInput, match=says):
        date_order(cells, answer, "X")


# -- SurveyMonkey ----------------------------------------------------------------------------------------------------

SM_TOP = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name", "Custom Data 1",
          "How easy, all\nin all, was it?", "Which channel, if any?", "", "", "How satisfied with", "", "Why?", "Again?"]  # fmt: skip
SM_UNDER = [""] * 9 + ["Response", "Phone", "Chat", "Other (please specify)", "Price", "Speed", "Open-Ended Response", ""]
SM_ROW = ["118000000001", "446000001", "06/10/2026 07:48:07", "06/25/2026 08:09:25", "192.0.2.7", "Ann@example.com", "Ann", "Bee", "acct-42",
          "6", "Phone", "Chat", "Pigeon", "Good", "4", "Slow, but\nfriendly", "Yes"]  # fmt: skip


def test_surveymonkey_asks_for_the_zone_and_reads_two_header_rows(read):
    content = sheet(SM_TOP, SM_UNDER, SM_ROW)
    with pytest.raises(BadInput, match="In which time zone"):
        read("export.csv", content)
    name, rows, refused, _ = read("export.csv", content, zone="Europe/Madrid")
    assert (name, refused) == ("surveymonkey", [])
    assert rows[0]["occurred_at"].isoformat() == "2026-06-10T05:48:07+00:00"
    assert rows[0]["actors"] == [email_actor("ann@example.com")]
    found = answers(rows)
    told = [(about["wording"], about.get("row"), row.get("value"), about.get("answer"), row.get("text")) for row, about in found]
    assert told == [
        ("Which channel, if any?", None, None, "Phone", None),
        ("Which channel, if any?", None, None, "Chat", None),
        ("How easy, all in all, was it?", None, 6.0, None, None),
        ("Which channel, if any?", "Other (please specify)", None, "Other (please specify)", "Pigeon"),
        ("How satisfied with", "Price", None, "Good", None),
        ("How satisfied with", "Speed", 4.0, None, None),
        ("Why?", None, None, None, "Slow, but\nfriendly"),
        ("Again?", None, None, "Yes", None),
    ]
    assert found[0][1]["custom_value"] == "acct-42"
    assert not any(part in str(rows) for part in ("192.0.2.7", "Bee", "ann@"))


def test_surveymonkey_asks_for_the_order_of_days_only_when_nothing_tells(read):
    unsure = [*SM_ROW[:3], "06/10/2026 08:09:25", *SM_ROW[4:]]
    content = sheet(SM_TOP, SM_UNDER, unsure)
    with pytest.raises(BadInput, match="can be both"):
        read("export.csv", content, zone="UTC")
    _, rows, _, _ = read("export.csv", content, zone="UTC", dates="day first")
    assert rows[0]["occurred_at"].isoformat() == "2026-10-06T07:48:07+00:00"
    _, rows, _, _ = read("both.csv", sheet(SM_TOP, SM_UNDER, unsure, [*SM_ROW[:2], "06/25/2026", *SM_ROW[3:]]), zone="UTC")
    assert rows[0]["occurred_at"].isoformat() == "2026-06-10T07:48:07+00:00"


def test_a_surveymonkey_file_has_the_ids_that_pulling_gives(read):
    asked = [
        ("1", "single_choice", "How easy, all in all, was it?", {"choices": [{"id": "a", "text": "6"}]}, [{"choice_id": "a"}]),
        ("2", "multiple_choice", "Which channel, if any?",
         {"choices": [{"id": "p", "text": "Phone"}, {"id": "c", "text": "Chat"}], "other": {"id": "o", "text": "Other (please specify)"}},
         [{"choice_id": "p"}, {"choice_id": "c"}, {"other_id": "o", "text": "Pigeon"}]),
        ("3", "matrix", "<b>How satisfied with</b>",
         {"rows": [{"id": "x", "text": "Price"}, {"id": "y", "text": "Speed"}], "choices": [{"id": "g", "text": "Good", "weight": 4}]},
         [{"row_id": "x", "choice_id": "g"}, {"row_id": "y", "choice_id": "g"}]),
        ("4", "open_ended", "Why?", {}, [{"text": "Slow"}]),
        ("5", "single_choice", "Again?", {"choices": [{"id": "z", "text": "Yes"}]}, [{"choice_id": "z"}]),
    ]  # fmt: skip
    questions = [
        {"id": id, "family": family, "headings": [{"heading": words}], "answers": choices}
        for id, family, words, choices, _ in asked
    ]
    response = {
        "id": "118000000001", "date_created": "2026-06-10T07:48:07+00:00", "date_modified": "2026-06-25T08:09:25+00:00",
        "pages": [{"questions": [{"id": id, "answers": said} for id, *_, said in asked]}],
    }  # fmt: skip
    pulled = list(surveymonkey.survey_response_signals(response, {"pages": [{"questions": questions}]}))
    _, rows, _, _ = read("export.csv", sheet(SM_TOP, SM_UNDER, SM_ROW), zone="UTC")
    assert {row["id"]: row["occurred_at"] for row in rows} == {signal.id: signal.occurred_at for signal in pulled}


def test_a_bad_row_never_costs_the_others(read):
    torn, nameless = [*SM_ROW[:3], "noon", *SM_ROW[4:]], ["", *SM_ROW[1:]]
    _, rows, refused, _ = read("export.csv", sheet(SM_TOP, SM_UNDER, torn, nameless, SM_ROW[:-1], SM_ROW), zone="UTC")
    assert len({row["objects"][0][1] for row in rows}) == 1
    assert len(refused) == 3


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from(',";\n\r\t'), max_size=25)
ASKED = WORDS.filter(lambda words: words.strip() and not words.strip().endswith(" ID"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ASKED, WORDS), min_size=1, max_size=5))
def test_whatever_questions_and_answers_hold_they_come_back(tmp_path, asked):
    top = ["Respondent ID", "Collector ID", "Start Date", "End Date", *(words for words, _ in asked)]
    path = tmp_path / "any.csv"
    under = ["", "", "", "", *("Open-Ended Response" for _ in asked)]
    path.write_bytes(sheet(top, under, ["1", "2", "", "2026-06-10 08:00", *(said for _, said in asked)]).encode())
    (batch,) = FormatSource((SURVEYMONKEY,)).open(path, Chosen("surveymonkey", {"zone": "UTC"})).batches(NOW)
    assert batch.rejected == ()
    told = [row for row in batch.signals.to_pylist() if row["kind"] == "survey.answered"]
    assert len(told) == sum(1 for _, said in asked if said.strip())
    assert len({row["id"] for row in told}) == len(told)


# -- Typeform --------------------------------------------------------------------------------------------------------

TF_TOP = ["#", "How likely ...?", "Why, {{field:nps}}?", "Your e-mail", "user_id", "Response Type", "Start Date (UTC)", "Stage Date (UTC)",
          "Submit Date (UTC)", "Network ID", "Tags", "Ending"]  # fmt: skip
TF_ROW = [
    "a3a1",
    "9",
    "Fast, clear",
    "ann@example.com",
    "u_81",
    "completed",
    "2026-03-01 09:07:02",
    "",
    "2026-03-01 09:09:02",
    "d356",
    "",
    "e1",
]


def test_typeform_needs_no_answers(read):
    name, rows, refused, _ = read("responses.csv", sheet(TF_TOP, TF_ROW))
    assert (name, refused) == ("typeform", [])
    assert (rows[0]["kind"], rows[-1]["kind"], rows[-1]["value"]) == ("survey.started", "survey.completed", 120.0)
    assert rows[0]["actors"] == ["user:u_81"]
    assert [(row.get("value"), row.get("text"), about.get("answer")) for row, about in answers(rows)] == [
        (9.0, None, None),
        (None, "Fast, clear", "Fast, clear"),
        (None, None, email_actor("ann@example.com")),
    ]
    assert "d356" not in str(rows)


def test_a_typeform_file_has_the_ids_that_the_webhook_gives(read):
    fields = [("Nps1", "How likely ...?"), ("Why1", "Why, {{field:nps}}?"), ("Mail", "Your e-mail")]
    given = [
        {"type": "number", "number": 9, "field": {"id": "Nps1", "type": "nps"}},
        {"type": "text", "text": "Fast, clear", "field": {"id": "Why1", "type": "long_text"}},
        {"type": "email", "email": "ann@example.com", "field": {"id": "Mail", "type": "email"}},
    ]
    form = {"fields": [{"id": id, "title": title} for id, title in fields]}
    response = {"token": "a3a1", "landed_at": "2026-03-01T09:07:02Z", "submitted_at": "2026-03-01T09:09:02Z", "answers": given}
    told = list(typeform.form_response_signals(response, form))
    _, rows, _, _ = read("responses.csv", sheet(TF_TOP, TF_ROW))
    assert {row["id"]: row["occurred_at"] for row in rows} == {signal.id: signal.occurred_at for signal in told}


def test_typeform_responses_without_a_submission_are_partial(read):
    row = [*TF_ROW[:5], "partial", TF_ROW[6], "2026-03-01 09:08:00", "", *TF_ROW[9:]]
    _, rows, _, _ = read("responses.csv", sheet(TF_TOP, row))
    assert {json.loads(one["properties"])["status"] for one in rows} == {"partial"}
    assert "survey.completed" not in {one["kind"] for one in rows}


# -- Delighted -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "top",
    [
        [
            "Response ID",
            "Person ID",
            "Email",
            "Survey Type",
            "Score",
            "Comment",
            "Survey Responded At",
            "Tags",
            "plan",
            "How helpful was it?",
        ],
        [
            "id",
            "person_id",
            "person_email",
            "survey_type",
            "score",
            "comment",
            "created_at",
            "tags",
            "plan",
            "How helpful was it?",
        ],
    ],
)
def test_delighted_is_read_by_what_its_columns_seem_to_be(read, top):
    row = ["5435", "5975", "Ann@example.com", "nps", "9", "Fast!", "2024-11-21 11:00:44 UTC", "shipping, vip", "pro", "5"]
    name, rows, refused, _ = read("export.csv", sheet(top, row))
    assert (name, refused) == ("delighted", [])
    ((score, about), (further, _)) = answers(rows)
    assert (score["value"], score["text"], about["scale"], about["plan"], about["tags"]) == (
        9.0,
        "Fast!",
        "nps",
        "pro",
        ["shipping", "vip"],
    )
    assert score["actors"] == ["external:delighted-5975", email_actor("ann@example.com")]
    assert further["value"] == 5.0
    pulled = delighted.survey_response_signals(
        {"id": "5435", "person": "5975", "survey_type": "nps", "score": 9, "created_at": 1732186844}
    )
    assert {signal.id: signal.occurred_at for signal in pulled}.items() <= {row["id"]: row["occurred_at"] for row in rows}.items()


def test_delighted_asks_for_a_zone_when_a_time_names_none(read):
    top, row = ["ID", "Survey Type", "Score", "Comment", "Created At"], ["1", "csat", "4", "", "2024-11-21 11:00:44"]
    with pytest.raises(BadInput, match="'2024-11-21 11:00:44'"):
        read("export.csv", sheet(top, row))
    _, rows, _, _ = read("export.csv", sheet(top, row), zone="Europe/Madrid")
    assert rows[0]["occurred_at"].isoformat() == "2024-11-21T10:00:44+00:00"


# -- Formbricks ------------------------------------------------------------------------------------------------------

FB_TOP = ["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID", "Tags", "country", "userAgent - browser",
          "1. How likely ...?", "2. Why?", "3. Which?", "3. Which? - Option ID", "4. How satisfied? - Price", "4. How satisfied? - Speed", "score", "plan"]  # fmt: skip
FB_ROW = ["1", "cmr1", "2026-03-01 09:07:02", "Yes", "cm1", "ct1", "u_81", "vip", "DE", "Chrome", "9", "Fast", "Phone; Chat", "c1, c2", "Very", "4",
          "7", "pro"]  # fmt: skip


def test_formbricks_is_read_by_its_numbered_questions(read):
    name, rows, refused, _ = read("export.csv", sheet(FB_TOP, FB_ROW), zone="UTC")
    assert (name, refused) == ("formbricks", [])
    assert [
        (about["wording"], about.get("row"), row.get("value"), about.get("answer"), row.get("text"))
        for row, about in answers(rows)
    ] == [
        ("How likely ...?", None, 9.0, None, None),
        ("Why?", None, None, None, "Fast"),
        ("Which?", None, None, "Phone", None),
        ("Which?", None, None, "Chat", None),
        ("How satisfied?", "Price", None, "Very", None),
        ("How satisfied?", "Speed", 4.0, "4", None),
    ]
    assert rows[0]["actors"] == ["user:u_81", "external:formbricks-ct1"]
    about = json.loads(rows[0]["properties"])
    assert (about["plan"], about["country"], about["browser"], about["tags"]) == ("pro", "DE", "Chrome", ["vip"])


def test_a_formbricks_file_is_imported_again_without_doubling_and_ends_as_the_api_does(read):
    _, rows, _, _ = read("export.csv", sheet(FB_TOP, FB_ROW), zone="UTC")
    _, later, _, _ = read("later.csv", sheet([*FB_TOP, "5. New?"], [*FB_ROW, "Yes"]), zone="UTC")
    assert {row["id"] for row in rows} < {row["id"] for row in later}
    response = {"id": "cmr1", "createdAt": "2026-03-01T09:07:02Z", "finished": True, "data": {}}
    assert {signal.id for signal in formbricks.survey_response_signals(response, {})} <= {row["id"] for row in rows}


def test_no_two_tools_take_the_same_file_for_their_own(tmp_path):
    files = {
        "qualtrics": None,
        "surveymonkey": sheet(SM_TOP, SM_UNDER, SM_ROW),
        "typeform": sheet(TF_TOP, TF_ROW),
        "formbricks": sheet(FB_TOP, FB_ROW),
    }
    for name, content in files.items():
        if content:
            path = tmp_path / f"{name}.csv"
            path.write_text(content)
            assert [one.format.name for one in FormatSource().recognise(path)] == [name]


def test_a_plain_table_is_taken_for_none_of_them(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(sheet(["id", "date", "score", "note"], ["1", "2026-01-01", "3", "x"]))
    assert FormatSource().recognise(path) == ()
    assert Part(path).name == "orders.csv"
    assert TYPEFORM.known.source == "typeform"
