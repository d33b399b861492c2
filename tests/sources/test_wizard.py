"""Proposed mappings: they parse, and they work on the file as it is."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposals import NOW, proposed, write

from touchpath.model.errors import BadInput
from touchpath.sources.files import parse_mapping
from touchpath.sources.files.feed import FileFeed
from touchpath.sources.files.mapping import Columns, Later, RowPlace
from touchpath.sources.files.wizard import MappingWizard, propose_kind, propose_mapping, quote

SHARED = Path(__file__).parents[3] / "shared" / "data"


def test_an_event_log_gets_one_signal_with_a_map_of_kinds(tmp_path):
    rows = "".join(f"{1700000000000 + i * 7919},{['page View', 'cartAdd'][i % 2]},a{i % 9}@x.org,{i % 3}\n" for i in range(200))
    mapping, batch = proposed(write(tmp_path, "sent_at,event,email,variant\n" + rows))
    (signal,) = mapping.signals
    assert signal.kind.value.words == {"page View": "page.view", "cartAdd": "cart.add"}
    assert (signal.occurred_at.format, list(signal.actors)) == ("epoch_ms", ["email"])
    assert signal.properties["variant"].type == "number"
    assert (batch.signals.num_rows, batch.rejected) == (200, ())


def test_a_wide_file_gets_one_signal_per_time_and_lateness(tmp_path):
    text = "order_id,customer_id,placed_at,shipped_at,delivered_at,estimated_delivery\n" + "".join(
        f"o{i},c{i % 5},{i % 28 + 1:02}/01/2024 10:00,{i % 28 + 1:02}/02/2024 10:00,{'' if i % 3 else '05/03/2024 10:00'},04/03/2024 00:00\n"
        for i in range(60)
    )
    mapping, batch = proposed(write(tmp_path, text))
    assert [signal.kind.value.take.value for signal in mapping.signals] == ["order.placed", "order.shipped", "order.delivered"]
    assert {signal.occurred_at.format for signal in mapping.signals} == {"%d/%m/%Y %H:%M"}
    assert isinstance(mapping.signals[-1].properties["late"].take, Later)
    assert batch.signals.num_rows == 60 + 60 + 20


def test_a_rating_with_a_comment_becomes_an_answer(tmp_path):
    text = "id,respondent,answered_on,score,comment\n" + "".join(
        f'{i},r{i},2024-01-{i % 28 + 1:02},{i % 5 + 1},"it was, well, number {i} and a longer sentence"\n' for i in range(50)
    )
    mapping, batch = proposed(write(tmp_path, text))
    (signal,) = mapping.signals
    assert (signal.value.take, signal.text.take) == (Columns(("score",)), Columns(("comment",)))
    assert batch.signals.column("kind").unique().to_pylist() == ["survey.answered"]


def test_a_questionnaire_becomes_one_answer_per_item(tmp_path):
    text = (
        "participant_id,"
        + ",".join(f"sus{i}" for i in range(1, 11))
        + "\n"
        + "".join(f"p{p}," + ",".join(str((p + i) % 5 + 1) for i in range(10)) + "\n" for p in range(9))
    )
    mapping, batch = proposed(write(tmp_path, text))
    assert mapping.signals[0].repeat.columns == tuple(f"sus{i}" for i in range(1, 11))
    assert batch.signals.num_rows == 90


def test_a_class_of_people_is_no_person_and_an_operating_system_no_rating(tmp_path):
    rows = "".join(f"{i % 8 + 1},{('New', 'Returning', 'Other')[i % 3]},{i % 2},{i % 5}\n" for i in range(300))
    mapping, _ = proposed(write(tmp_path, "OperatingSystems,VisitorType,Weekend,services\n" + rows))
    (signal,) = mapping.signals
    assert not signal.actors
    assert signal.value is None
    assert set(signal.properties) == {"OperatingSystems", "VisitorType", "Weekend", "services"}


@pytest.mark.parametrize(
    "name", ["user_rating", "SatisfactionScore", "overallrating", "NPS", "q1_satisfaction", "CES", "easeOfUse", "stars"]
)
def test_a_rating_is_known_by_a_word_of_its_name(tmp_path, name):
    mapping, _ = proposed(write(tmp_path, f"id,who,{name}\n" + "".join(f"{i},user{i},{i % 5 + 1}\n" for i in range(60))))
    assert mapping.signals[0].value.take == Columns((name,))


def test_flags_are_no_questionnaire(tmp_path):
    text = "customer_id,since,Accepted1,Accepted2,Accepted3,Accepted4,wine\n" + "".join(
        f"c{i},2024-01-{i % 28 + 1:02},{i % 2},{i % 3 == 0:d},{i % 5 == 0:d},{i % 7 == 0:d},{i * 3}\n" for i in range(80)
    )
    mapping, batch = proposed(write(tmp_path, text))
    assert set(mapping.signals[0].properties) == {"Accepted1", "Accepted2", "Accepted3", "Accepted4", "wine"}
    assert batch.signals.num_rows == 80


def test_what_a_questionnaire_leaves_out_is_named(tmp_path):
    text = "id,answered_on,q1,q2,q3,q4,team\n" + "".join(
        f"{i},2024-01-{i % 28 + 1:02},{i % 5},{i % 4},{i % 3},{i % 5},t{i % 3}\n" for i in range(60)
    )
    assert "# Left out: team" in propose_mapping(write(tmp_path, text))


def test_every_questionnaire_of_a_file_is_asked_and_answers_of_nobody_known_are_one_persons_each(tmp_path):
    names = [f"{group}{number}" for group in ("image", "quality", "loyal") for number in range(1, 5)]
    rows = "".join(",".join(str((row * 7 + place) % 11) for place in range(12)) + ",f\n" for row in range(40))
    mapping, batch = proposed(write(tmp_path, ",".join(names) + ",gender\n" + rows))
    assert mapping.signals[0].repeat.columns == tuple(names)
    assert batch.signals.num_rows == 480
    assert len({tuple(actors) for actors in batch.signals.column("actors").to_pylist()}) == 40


def test_a_number_that_is_the_same_in_every_row_is_no_amount(tmp_path):
    rows = "".join(f"c{row},2024-01-{row % 28 + 1:02},3,{row}.5\n" for row in range(40))
    mapping, _ = proposed(write(tmp_path, "customer_id,day,Z_CostContact,revenue\n" + rows))
    assert mapping.signals[0].value.take == Columns(("revenue",))


@pytest.mark.parametrize(
    ("stem", "kind"),
    [
        ("orders", "order"),
        ("deliveries", "delivery"),
        ("branches", "branch"),
        ("addresses", "address"),
        ("status", "status"),
        ("address", "address"),
        ("analysis", "analysis"),
        ("STATUS", "status"),
    ],
)
def test_a_row_is_called_by_the_one_thing_that_its_file_is_named_after(tmp_path, stem, kind):
    rows = "".join(f"2024-01-{day:02}T10:00:00Z,u{day}\n" for day in range(1, 20))
    (signal,) = proposed(write(tmp_path, "at,user_id\n" + rows, f"{stem}.csv"))[0].signals
    assert signal.kind.value.take.value == f"{kind}.recorded"


def test_numbers_of_a_sheet_with_semicolons_may_have_decimal_commas(tmp_path):
    rows = "".join(f"c{row};2024-01-{row % 28 + 1:02};1.{row + 100},5;{row},25\n" for row in range(40))
    mapping, batch = proposed(write(tmp_path, "customer_id;day;revenue;weight\n" + rows))
    assert (mapping.signals[0].value.decimal, mapping.signals[0].properties["weight"].decimal) == (",", ",")
    assert (batch.signals.column("value")[0].as_py(), batch.rejected) == (1100.5, ())


def test_a_first_row_whose_quote_never_closes_costs_no_proposal(tmp_path):
    rows = "".join(f"u{row},2026-03-02,{row % 11},fine\n" for row in range(40))
    path = write(tmp_path, 'user_id,day,score,comment\nu99,2026-03-01,9,"never closed\n' + rows)
    mapping = parse_mapping(propose_mapping(path))
    batches = list(FileFeed(path, mapping, path.parent).batches(NOW))
    assert sum(batch.signals.num_rows for batch in batches) == 40
    assert ["never closes" in one.reason for batch in batches for one in batch.rejected] == [True]


SECOND = "user_id,when,score,comment\nYour id,When was it?,How likely to recommend?,Why?\n"


def test_a_second_header_is_told_spoils_no_guess_and_waits_in_quarantine(tmp_path):
    rows = "".join(f"u{row},2026-03-{row % 28 + 1:02},{row % 11},why {row} is a good number\n" for row in range(60))
    path = write(tmp_path, SECOND + rows)
    mapping, batch = proposed(path)
    (signal,) = mapping.signals
    assert (signal.kind.value.take.value, signal.value.take) == ("survey.answered", Columns(("score",)))
    assert (batch.signals.num_rows, [one.line for one in batch.rejected]) == (60, [2])
    text = propose_mapping(path)
    assert (
        "# The second row is of another kind than all the others, as a second header is: Your id, When was it?, How likely"
        in text
    )
    assert "rows have no time" not in text
    passed = parse_mapping(text.replace("header: true}", "header: true, skip_rows: 1}"))
    assert [len(one.rejected) for one in FileFeed(path, passed, path.parent).batches(NOW)] == [0]


@pytest.mark.parametrize(
    "rows",
    [
        ["u0,2026-03-01,7,fine", *(f"u{row},2026-03-02,{row % 11},fine {row}" for row in range(1, 30))],
        ["u0,2026-03-01,n/a,fine", *(f"u{row},2026-03-02,{row % 11},fine {row}" for row in range(1, 30))],
        ["u0,n/a,n/a,", *(f"u{row},2026-03-02,{row % 11},fine {row}" for row in range(1, 30))],
        ["u0,n/a,,", *(f"u{row},2026-03-02,{row % 11},fine {row}" for row in range(1, 30))],
        ["Your id,When?,How likely?,Why?", "u1,2026-03-02,9,fine"],
        [f"{'abc'[row % 3]},soon,x{row},fine {row}" for row in range(30)],
    ],
)
def test_a_first_row_with_odd_cells_is_no_second_header(tmp_path, rows):
    assert "second header" not in propose_mapping(write(tmp_path, "\n".join(["user_id,when,score,comment", *rows, ""])))


def test_rows_that_nothing_tells_apart_get_their_place_as_id(tmp_path):
    mapping, batch = proposed(write(tmp_path, "category,label\n" + "a,b\n" * 20))
    assert mapping.signals[0].id[0].take == RowPlace()
    assert len(set(batch.signals.column("id").to_pylist())) == 20


def test_awkward_names_are_quoted(tmp_path):
    text = 'true,"on: time",#x,"a ""b""",no,"käse\nbrot"\n' + "".join(f"u{i},2024-01-{i + 1:02},z,y,{i},w\n" for i in range(20))
    mapping, batch = proposed(write(tmp_path, text))
    assert batch.rejected == ()
    assert {use.name for use in mapping.uses} >= {"true", "#x", 'a "b"', "no", "käse\nbrot"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(str.strip))
def test_quoted_texts_read_back(text):
    mapping = parse_mapping(
        f"format: touchpath-mapping/1\nsource: x\nsignals: [{{kind: a.b, id: {{literal: {quote(text)}}}, occurred_at: t}}]"
    )
    assert mapping.signals[0].id[0].take.value == text


@given(st.text(string.printable + "éßЖ", max_size=20))
def test_proposed_kinds_are_lower_case_words(word):
    kind = propose_kind(word)
    assert kind == kind.lower()
    assert kind
    assert not set(kind) & set(" \n\t:/")


def test_a_count_of_people_names_no_person_and_a_recommendation_is_a_rating(tmp_path):
    rows = "".join(f"2026-01-{1 + row % 28:02},{row % 40},{row % 11}\n" for row in range(60))
    path = write(tmp_path, "day,team_r_users,recommend\n" + rows)
    text = propose_mapping(path)
    assert "No column looks like a person" in text
    assert "kind: survey.answered" in text
    assert "value: recommend" in text
    assert proposed(path)[1].signals.num_rows == 60


@pytest.mark.parametrize("content", ["", "id,at\n", '{\n "a": 1\n}', '{"a": \n'])
def test_a_file_without_rows_says_so(tmp_path, content):
    with pytest.raises(BadInput, match=r"rows|lines"):
        propose_mapping(write(tmp_path, content, "rows.jsonl" if content.startswith("{") else "rows.csv"))


@pytest.mark.skipif(not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)")
@pytest.mark.parametrize(
    ("file", "signals"),
    [
        ("app-onboarding-events/events.csv.gz", 30_943),
        ("bpi2012-loan-applications/events.csv.gz", None),
        ("olist-orders-4k/orders.csv.gz", 15_831),
        ("olist-orders-4k/order_reviews.csv.gz", 7_972),
        ("olist-orders-4k/customers.csv", 4_000),
        ("heritrace-usability-study/sus_items.csv", 90),
        ("heritrace-usability-study/tasks.csv", 36),
        ("r-community-survey/2018_english.tsv.gz", 3_080),
        ("sfo-passenger-survey/2016.csv.gz", None),
        ("connector-fixtures/zendesk/ticket_data.csv", None),
        ("customer-personality-marketing/marketing_campaign.csv", 2_240),
        ("nhs-patient-feedback-text/text_data.csv.gz", 10_334),
        ("online-shoppers-intention/online_shoppers_intention.csv.gz", 12_330),
        ("satisfaction-driver-surveys/spanish_bank_ecsi.csv", 6_750),
    ],
)
def test_real_files_get_a_proposal_that_works(file, signals):
    _, batch = proposed(SHARED / file)
    assert batch.signals.num_rows == (signals or batch.signals.num_rows) > 0
    assert batch.rejected == ()
    assert len(set(batch.signals.column("id").to_pylist())) > 0.99 * batch.signals.num_rows


def test_columns_that_a_mapping_leaves_out_are_told(tmp_path):
    rows = "".join(f"{n},u{n},2026-03-0{n},{','.join('x' * 30)}\n" for n in range(1, 9))
    wide = write(tmp_path, f"id,user_id,at,{','.join(f'c{i}' for i in range(30))}\n{rows}")
    unread = MappingWizard().unread_columns(wide, propose_mapping(wide))
    assert unread == tuple(f"c{i}" for i in range(12, 30))
    lines = write(tmp_path, '{"id": 1, "user_id": "u1", "at": "2026-03-01"}\n' * 3, "rows.jsonl")
    assert MappingWizard().unread_columns(lines, propose_mapping(lines)) == ()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "an old Excel workbook"),
        ("report.xls", b"\xef\xbb\xbf\n<!DOCTYPE html><table><tr><td>1</td></tr></table>", "a web page"),
        ("report.csv", b"%PDF-1.7 and so on", "a PDF"),
        ("cut.parquet", b"PA", "does not begin as such files do"),
        ("blank.csv", b"\n\n  \n", "all of its cells are empty"),
        ("blank.csv", b"a,b\n , \n,\n", "all of its cells are empty"),
    ],
)
def test_what_holds_no_rows_is_told_by_what_it_is(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=told):
        propose_mapping(tmp_path / name)


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_decimal_commas_are_numbers_where_something_else_parts_the_fields(tmp_path, sign):
    rows = "".join(f"o{i},c{i % 5},2026-03-{i % 28 + 1:02} 10:00:00,{i}#50\n" for i in range(60))
    text = ("order_id,customer_id,at,total\n" + rows).replace(",", sign).replace("#", ",")
    _, batch = proposed(write(tmp_path, text))
    assert batch.signals["value"].to_pylist()[:3] == [0.5, 1.5, 2.5]
