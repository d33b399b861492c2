"""The features query: read from a document, streamed with the filters of all queries."""

from __future__ import annotations

import pytest

from touchpath.model.errors import BadInput
from touchpath.services.queries import features

FEATURES = {
    "before": {"count": "page.viewed", "before": "30d"},
    "spent": {"sum": "order.placed"},
    "kinds": {"distinct": "kind", "of": {"kind": ["page.viewed", "cart.added"]}, "before": "7d"},
    "channel": {"known": "channel"},
    "again": {"did": "order.placed", "after": "90d"},
}
QUERY = {"query": "features", "anchor": "order.placed", "features": FEATURES}


def test_there_is_a_row_for_every_anchor(company):
    table = company.platform.features(QUERY).read_all()
    volume = company.platform.ask({"query": "volume", "of": ["order.placed"]}).table().records()[0]
    assert table.num_rows == volume["signals"]
    assert table.schema.names == ["owner", "anchor_at", "anchor_key", "open", *FEATURES]
    assert table.column("again").null_count == sum(table.column("open").to_pylist())


def test_the_filters_of_all_queries_hold(company):
    whole = company.platform.features(QUERY).read_all()
    web = company.platform.features({**QUERY, "where": {"channel": "web"}}).read_all()
    who = company.platform.features({**QUERY, "which": "first", "who": {"did": "ticket.opened"}}).read_all()
    early = company.platform.features({**QUERY, "period": {"from": "2025-11-01", "to": "2026-01-01"}}).read_all()
    assert 0 < web.num_rows < whole.num_rows
    assert 0 < who.num_rows < len(set(whole.column("owner").to_pylist()))
    assert 0 < early.num_rows < whole.num_rows
    assert set(web.column("channel").drop_null().to_pylist()) <= {"web"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features": {}}, "names columns"),
        ({"features": {"x": {"before": "7d"}}}, "one measure"),
        ({"features": {"x": {"count": "a", "sum": "b"}}}, "one measure"),
        ({"features": {"x": {"count": "a", "before": "7d", "after": "7d"}}}, "not both"),
        ({"features": {"x": {"did": "a", "after": "soon"}}}, "is not a span"),
        ({"features": {"open": {"did": "a"}}}, "is taken"),
        ({"features": {"x": {"until": "a"}}}, "looks ahead"),
        ({"features": {"x": {"known": "chanel"}}}, "Did you mean 'channel'"),
        ({"features": {"x": {"distinct": "value"}}}, "with words is called 'value'"),
        ({"which": "any"}, "each, first, last|first, last, each"),
        ({"grain": "week"}, "not cut"),
    ],
)
def test_what_is_wrong_with_the_document_is_told(company, change, said):
    with pytest.raises(BadInput, match=said):
        company.platform.features({**QUERY, **change})


def test_rows_and_numbers_are_not_mixed_up(company):
    with pytest.raises(BadInput, match="touchpath features"):
        company.platform.ask(QUERY)
    with pytest.raises(BadInput, match="touchpath ask"):
        company.platform.features({"query": "volume", "of": ["order.placed"]})


def test_whoever_stops_reading_stops_the_work(company, monkeypatch):
    read: list[int] = []
    plain = features.blocks_of

    def watched(timelines):
        for block, owners in plain(timelines, 2_000):
            read.append(block.people)
            yield block, owners

    monkeypatch.setattr(features, "blocks_of", watched)
    rows = company.platform.features(QUERY)
    assert read == []
    assert rows.read_next_batch().num_rows
    assert len(read) == 1
    rows.close()
    assert len(read) == 1
    whole = company.platform.features(QUERY).read_all()
    assert len(read) > 5
    monkeypatch.undo()
    assert whole.combine_chunks() == company.platform.features(QUERY).read_all().combine_chunks()
