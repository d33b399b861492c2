"""Cuts by several dimensions, and filters by what was known at the time, by id and by objects: through the platform."""

from __future__ import annotations

import pytest

from touchpath.model.errors import BadInput, Missing
from touchpath.services.queries.document import answer_document
from touchpath.services.tables import rows

ORDERS = {"query": "volume", "of": ["order.placed"]}


def test_a_cut_by_two_dimensions_has_a_column_for_each(company):
    table = company.platform.ask({**ORDERS, "by": ["channel", "country"]}).table()
    assert table.columns[:5] == ("from", "to", "segment", "segment_channel", "segment_country")
    for record in table.records():
        assert record["segment"] == f"{record['segment_channel']} / {record['segment_country']}"
    by_channel = company.platform.ask({**ORDERS, "by": "channel"}).table().records()
    for one in by_channel:
        parts = [record for record in table.records() if record["segment_channel"] == one["segment"]]
        assert sum(record["signals"] for record in parts) == one["signals"]


def test_a_cut_by_one_dimension_is_as_it_was_with_or_without_brackets(company):
    plain, listed = (company.platform.ask({**ORDERS, "by": by}) for by in ("channel", ["channel"]))
    assert plain.tables == listed.tables
    assert "segment_channel" not in plain.table().columns


def test_three_dimensions_and_periods_come_out_as_rows_and_as_json(company):
    answer = company.platform.ask({**ORDERS, "by": ["channel", "country", "plan"], "grain": "quarter"})
    assert rows(answer)[0].keys() >= {"segment", "segment_channel", "segment_country", "segment_plan", "share_low"}
    first = answer_document(answer)["tables"]["volume"][0]
    assert first["segment"].split(" / ") == [first[f"segment_{name}"] for name in ("channel", "country", "plan")]


def test_what_is_pooled_is_told(company):
    answer = company.platform.ask({**ORDERS, "by": ["channel", "country", "topic"], "grain": "day"})
    segments = {record["segment"] for record in answer.table().records()}
    assert "other" in segments
    assert any("most frequent combinations" in note for note in answer.notes)
    assert len({(r["from"], r["segment"]) for r in answer.table().records()}) <= 4096


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (["channel", "channel"], "up to 3 different dimensions"),
        (["channel", "country", "plan", "late"], "up to 3 different dimensions"),
        (["channel", "contry"], "Did you mean 'country'"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(company, by, said):
    with pytest.raises((BadInput, Missing), match=said):
        company.platform.ask({**ORDERS, "by": by})


def test_signals_are_filtered_by_what_was_known_of_the_person_then(company):
    whole = company.platform.ask({**ORDERS, "by": "late"}).table().records()
    for one in whole:
        value = {"exists": False} if one["segment"] == "(none)" else one["segment"]
        filtered = company.platform.ask({**ORDERS, "where": {"late": value}}).table().records()[0]
        assert filtered["signals"] == one["signals"]
        assert filtered["people"] == one["people"]


def test_a_condition_on_a_dimension_of_owners_is_the_segment_they_are_in(company):
    filtered = company.platform.ask({**ORDERS, "where": {"country": {"in": ["DE", "AT"]}}}).table().records()[0]
    by_country = company.platform.ask({**ORDERS, "by": "country"}).table().records()
    assert filtered["signals"] == sum(one["signals"] for one in by_country if one["segment"] in ("DE", "AT"))


def test_a_condition_on_a_dimension_that_means_nothing_here_is_refused(company):
    with pytest.raises(BadInput, match="unit 'order'"):
        company.platform.ask({**ORDERS, "unit": "order", "where": {"country": "DE"}})
    with pytest.raises(BadInput, match="unit 'order'"):
        company.platform.ask({**ORDERS, "unit": "order", "who": {"segment": {"country": "DE"}}})
    with pytest.raises(BadInput, match="Did you mean 'country'"):
        company.platform.ask({**ORDERS, "where": {"contry": "DE"}})
    with pytest.raises(BadInput, match="no field 'country'"):
        company.platform.ask({"query": "volume", "of": [{"kind": "order.placed", "where": {"country": "DE"}}]})


def test_people_and_objects_are_chosen_by_their_ids(company):
    person = company.platform.find_people("user", 1)[0].actor
    mine = company.platform.ask({"query": "volume", "of": [{"kind": []}], "who": {"ids": person}}).table().records()[0]
    assert (mine["base"], mine["people"]) == (1, 1)
    answer = company.platform.ask({**ORDERS, "who": {"ids": [person], "not": True}}).table().records()[0]
    assert answer["base"] == company.platform.ask(ORDERS).table().records()[0]["base"] - 1
    with pytest.raises(Missing, match="No person with signals is called 'user:nobody'"):
        company.platform.ask({**ORDERS, "who": {"ids": ["user:nobody"]}})
    with pytest.raises(BadInput, match="lists ids"):
        company.platform.ask({**ORDERS, "who": {"ids": []}})


def test_people_are_chosen_by_their_objects_and_objects_by_what_happened_to_them(company):
    late = {"query": "volume", "unit": "parcel", "of": [{"kind": "parcel.delivered", "where": {"properties.late": True}}]}
    by_parcel = company.platform.ask({**ORDERS, "who": {"people": late, "outcome": "did"}}).table().records()[0]
    rule = {"kind": "parcel.delivered", "where": {"properties.late": True}}
    by_signal = company.platform.ask({**ORDERS, "who": {"did": rule}}).table().records()[0]
    assert 0 < by_signal["base"] <= by_parcel["base"]
    of_parcels = {"query": "volume", "unit": "parcel", "of": ["parcel.shipped"]}
    some = company.platform.ask({**of_parcels, "who": {"did": rule}}).table().records()[0]
    assert 0 < some["base"] < company.platform.ask(of_parcels).table().records()[0]["base"]
    with pytest.raises(BadInput, match="only objects can be found"):
        company.platform.ask({**of_parcels, "who": {"people": ORDERS, "outcome": "did"}})


def test_all_of_it_is_explained(company):
    late = {"query": "volume", "unit": "parcel", "of": ["parcel.delivered"]}
    asked = {**ORDERS, "by": ["channel", "country"], "where": {"plan": "harvest"}, "who": {"people": late, "outcome": "did"}}
    found = company.platform.explain(asked)
    by_name = {column.column: column.read_by for column in found.columns}
    assert by_name["properties.country"] == ("cut",)
    assert by_name["properties.plan"] == ("query",)
    assert found.segments == len(
        {r["segment"] for r in company.platform.ask({**ORDERS, "by": ["channel", "country"]}).table().records()}
    )
    assert {column.column for column in found.filters[0].columns} == {"(starts)", "objects.parcel"}
