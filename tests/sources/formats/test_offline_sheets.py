"""Sheets filled in by hand: the printed template is recognised, its examples are passed over, and every fault says where it is."""

import csv
import io
import json

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.formats.offline import TEMPLATES, template


def filled_in(name, *rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column for column, _ in template(name).columns], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


VISIT = {"visit": "v1", "at": "2026-03-01 14:30", "zone": "Europe/Madrid", "store": "Centro", "person": "u_81", "purpose": "return",
         "minutes": "12,5", "order": "o-9", "rating": "4", "comment": "Quick"}  # fmt: skip


@pytest.mark.parametrize("name", [one.name for one in TEMPLATES])
def test_a_printed_template_is_recognised_and_its_examples_are_passed_over(read, name):
    found, rows, refused, _ = read("sheet.csv", template(name).sheet())
    assert (found, rows, refused) == (name, [], [])


@pytest.mark.parametrize("one", TEMPLATES, ids=lambda one: one.name)
def test_the_examples_of_a_template_are_good_rows(read, one):
    rows = [{**row, one.key: row[one.key].replace("EXAMPLE", "row")} for row in one.examples]
    _, told, refused, _ = read("sheet.csv", filled_in(one.name, *rows))
    assert refused == []
    assert len({row["objects"][0][1] for row in told}) == len({row[one.key] for row in rows})


def test_a_visit_is_one_signal_and_what_was_said_about_it_another(read):
    _, (visit, rating), _, _ = read("visits.csv", filled_in("store-visits", VISIT))
    assert (visit["kind"], visit["value"], visit["unit"], visit["touchpoint"]) == ("store.visited", 12.5, "minutes", "Centro")
    assert visit["occurred_at"].isoformat() == "2026-03-01T13:30:00+00:00"
    assert (visit["actors"], dict(visit["objects"])) == (["user:u_81"], {"visit": "v1", "order": "o-9"})
    assert (rating["kind"], rating["value"], rating["text"]) == ("survey.answered", 4.0, "Quick")
    assert json.loads(rating["properties"])["question"] == "store-visit"
    assert dict(rating["objects"])["response"] == "v1"


def test_people_are_named_by_id_by_address_or_not_at_all(read):
    calls = [{"call": f"c{n}", "at": "2026-03-01 09:00", "zone": "UTC", "line": "1", "direction": way, "person": person}
             for n, (way, person) in enumerate([("in", "u_81"), ("OUT", "Ann@example.com"), ("", "")])]  # fmt: skip
    _, rows, refused, _ = read("calls.csv", filled_in("phone-calls", *calls))
    assert refused == []
    assert [(row["kind"], row["actors"]) for row in rows] == [
        ("call.received", ["user:u_81"]),
        ("call.made", [email_actor("ann@example.com")]),
        ("call.received", ["anonymous:phone-calls-c2"]),
    ]
    assert "example.com" not in str(rows)


def test_a_paper_sheet_has_one_answer_a_row_and_several_choices_are_several(read):
    base = {"response": "p1", "at": "2026-03-01", "zone": "UTC", "survey": "lobby"}
    said = [
        {**base, "question": "recommend", "value": "9", "scale": "nps"},
        {**base, "question": "channels", "answer": "Phone"},
        {**base, "question": "channels", "answer": "Chat"},
        {**base, "question": "why", "text": "Kind"},
        {**base, "question": "left-empty"},
    ]
    _, rows, refused, _ = read("paper.csv", filled_in("paper-questionnaires", *said))
    assert refused == []
    assert [row["id"] for row in rows] == ["p1/recommend", "p1/channels/Phone", "p1/channels/Chat", "p1/why"]
    assert {row["objects"][0][1] for row in rows} == {"p1"}
    assert json.loads(rows[0]["properties"])["scale"] == "nps"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"visit": ""}, "no key in the column 'visit'"),
        ({"at": "yesterday"}, "'at' came as 'yesterday'"),
        ({"at": ""}, "'at' came as ''"),
        ({"zone": "Madrid"}, "no time zone 'Madrid'"),
        ({"minutes": "long"}, "'minutes' came as 'long'"),
        ({"rating": "good"}, "'rating' came as 'good'"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_never_costs_the_others(read, changes, says):
    _, rows, refused, _ = read("visits.csv", filled_in("store-visits", {**VISIT, **changes}, {**VISIT, "visit": "v2"}))
    assert [row["id"] for row in rows] == ["v2", "v2/rating"]
    assert [one.line for one in refused] == [2]
    assert says in refused[0].reason


def test_the_zone_is_asked_for_when_neither_times_nor_rows_tell_it(read):
    content = filled_in("store-visits", {**VISIT, "zone": ""})
    with pytest.raises(BadInput, match="In which time zone"):
        read("visits.csv", content)
    _, rows, _, _ = read("visits.csv", content, zone="America/Lima")
    assert rows[0]["occurred_at"].isoformat() == "2026-03-01T19:30:00+00:00"
    _, rows, _, _ = read("offset.csv", filled_in("store-visits", {**VISIT, "zone": "", "at": "2026-03-01T14:30+01:00"}))
    assert rows[0]["occurred_at"].isoformat() == "2026-03-01T13:30:00+00:00"


def test_columns_may_be_left_out_and_added_as_spreadsheets_do(read):
    rows = "visit;at;zone;store;purpose;helper\nv1;01/03/2026 14:30;Europe/Madrid;Centro;buy;x\nv2;25/03/2026 14:30;Europe/Madrid;Centro;buy;x\n"
    _, told, refused, _ = read("visits.csv", rows)
    assert refused == []
    assert [row["occurred_at"].isoformat() for row in told] == ["2026-03-01T13:30:00+00:00", "2026-03-25T13:30:00+00:00"]


def test_an_unknown_template_is_named():
    with pytest.raises(BadInput, match="No template is called 'visits'"):
        template("visits")
