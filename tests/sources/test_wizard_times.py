"""Times in proposed mappings: which column, in which format and zone, and what is left open for want of one."""

import json

import pytest
from proposals import NOW, OPEN, proposed, write

from touchpath.model.errors import ModelErrors
from touchpath.sources.files import parse_mapping
from touchpath.sources.files.feed import FileFeed
from touchpath.sources.files.mapping import Columns
from touchpath.sources.files.wizard import MappingWizard, propose_mapping


def why_open(path):
    """Why the proposal leaves the time open."""
    return json.loads(OPEN.search(propose_mapping(path))[1])


def test_dates_that_may_be_read_in_two_ways_are_pointed_at(tmp_path):
    rows = "".join(f"c{row},{row % 12 + 1:02}/{row % 9 + 1:02}/2024\n" for row in range(40))
    unsure = propose_mapping(write(tmp_path, "customer_id,day\n" + rows))
    assert "# no date tells day from month: %m/%d/%Y reads as well" in unsure
    clear = propose_mapping(write(tmp_path, "customer_id,day\n" + rows + "c41,31/01/2024\n"))
    assert "reads as well" not in clear
    assert 'format: "%d/%m/%Y"' in clear


@pytest.mark.parametrize(("day", "form"), [("31.12.24", "%d.%m.%y"), ("12/31/24", "%m/%d/%y")])
def test_years_of_two_digits_are_read(tmp_path, day, form):
    mapping, batch = proposed(write(tmp_path, "customer_id,day\n" + "".join(f"c{row},{day}\n" for row in range(40))))
    assert mapping.signals[0].occurred_at.format == form
    assert batch.signals.column("occurred_at")[0].as_py().year == 2024


DAYS = [*(f"2026-03-{day:02}" for day in range(1, 9)), "03/04/2026", "4 Mar 2026"]


def test_a_time_in_several_formats_is_left_open_with_what_reads_how(tmp_path):
    path = write(tmp_path, "user_id,when,note\n" + "".join(f"u{row},{day},n\n" for row, day in enumerate(DAYS)))
    why = why_open(path)
    assert "in at least 95% of its cells: 'when' reads as iso in 80%, as %d/%m/%Y or %m/%d/%Y in 10%, as %d %b %Y in 10%. " in why
    assert "{column: when, format: iso}" in why
    with pytest.raises(ModelErrors) as refused:
        parse_mapping(propose_mapping(path))
    assert [fault.message for fault in refused.value.faults] == [f"signals/1/occurred_at: {why}"]


@pytest.mark.parametrize(
    ("name", "cells", "says"),
    [
        (
            "when",
            ["yesterday", "long ago"],
            "'when' is called like a time, but none of its cells reads as one (such as 'yesterday').",
        ),
        ("created_at", ["1", "2"], "'created_at' is called like a time, but none of its cells reads as one (such as '1')."),
        ("created_at", [*(f"17724768{second:02}" for second in range(8)), "n/a", "-"], "'created_at' reads as epoch_s in 80%."),
        ("seen", [*DAYS[:3], "n/a", "n/a", "-"], "'seen' reads as iso in 52%."),
        ("due_on", DAYS[:8], "'due_on' reads as iso, but is called a promise rather than what happened."),
        ("colour", ["red", "blue"], "none is called like one."),
        ("update_id", ["a", "b"], "none is called like one."),
        ("birthday", DAYS, "none is called like one."),
    ],
)
def test_why_a_time_is_left_open_names_the_columns_that_come_near(tmp_path, name, cells, says):
    rows = "".join(f"u{row},{cells[row % len(cells)]}\n" for row in range(40))
    assert f"cells: {says} Instead of 'unsettled'" in why_open(write(tmp_path, f"user_id,{name}\n{rows}"))


def test_a_questionnaire_without_a_time_leaves_it_open_too(tmp_path):
    rows = "".join(f"p{row},{row % 5},{row % 4},{row % 3},{row % 5}\n" for row in range(30))
    assert "none is called like one" in why_open(write(tmp_path, "participant_id,q1,q2,q3,q4\n" + rows))


def test_a_column_that_reads_as_times_in_nearly_all_cells_is_proposed_and_the_rest_waits_in_quarantine(tmp_path):
    odd = {5: "4 Mar 2026", 50: "soon", 70: ""}
    rows = "".join(f"u{row},{odd.get(row, f'2026-03-{row % 28 + 1:02}')}\n" for row in range(100))
    path = write(tmp_path, "user_id,when\n" + rows)
    assert "{column: when}  # 3 of 100 rows have no time that reads so: they will wait in the quarantine" in propose_mapping(path)
    _, batch = proposed(path)
    assert (batch.signals.num_rows, [one.line for one in batch.rejected]) == (97, [7, 52, 72])
    mended = parse_mapping(propose_mapping(path).replace("{column: when}", '{column: when, format: "%d %b %Y"}'))
    (again,) = FileFeed(path, mended, path.parent).again(batch.rejected, NOW)
    assert [when.day for when in again.signals.column("occurred_at").to_pylist()] == [4]


def test_defaults_say_the_time_of_a_signal_that_leaves_it_open():
    text = "format: touchpath-mapping/1\nsource: x\n%ssignals: [{kind: a.b, id: n, occurred_at: %s}]"
    (signal,) = parse_mapping(text % ("defaults: {occurred_at: {unsettled: why}}\n", "{column: when}")).signals
    assert signal.occurred_at.value.take == Columns(("when",))


@pytest.mark.parametrize(
    ("cell", "zone"),
    [
        ("2026-03-01", "America/Lima"), ("01-03-2026", "America/Lima"), ("2026-03-01 10:00", "UTC"), ("2026-03-01T10:00:00", "UTC"),
        ("01.03.2026 10:00", "UTC"),
    ],
)  # fmt: skip
def test_days_without_an_hour_begin_where_those_are_who_count_them(tmp_path, cell, zone):
    path = write(tmp_path, "user_id,when\n" + "".join(f"u{number},{cell}\n" for number in range(20)))
    assert f"defaults: {{zone: {zone}}}" in propose_mapping(path, "America/Lima")
    assert "defaults: {zone: UTC}" in propose_mapping(path)


AMBIGUOUS = "id,user_id,placed,shipped\n" + "".join(
    f"{i},u{i},0{1 + i % 9}/0{1 + i % 8}/2026,{13 + i % 9}/05/2026\n" for i in range(60)
)


def test_an_order_of_day_and_month_that_no_date_tells_is_settled_by_one_answer(tmp_path):
    text = propose_mapping(write(tmp_path, AMBIGUOUS))
    wizard = MappingWizard()
    assert wizard.day_orders(text) == ("%d/%m/%Y", "%m/%d/%Y")
    kept, turned = wizard.settle_days(text, "%d/%m/%Y"), wizard.settle_days(text, "%m/%d/%Y")
    assert (wizard.day_orders(kept), wizard.day_orders(turned)) == (None, None)
    assert (kept.count('"%d/%m/%Y"'), turned.count('"%m/%d/%Y"')) == (text.count('"%d/%m/%Y"'), text.count('"%d/%m/%Y"'))
    assert wizard.settle_days(kept, "%m/%d/%Y") == kept
    assert parse_mapping(turned)
