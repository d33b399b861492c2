"""What those get who may see numbers and no single people: the same workspace, without small groups, by every way of asking."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.services.small_shop import MODEL, START

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, NotAllowed
from touchpath.services.queries.document import answer_document
from touchpath.services.small_rows import HIDDEN
from touchpath.space import Space

MORE = """
tasks: [{id: order, title: Order, start: {kind: page.viewed}, success: {kind: order.placed}, limit: 1h}]
questions: [{id: nps, title: Recommend, asked: {kind: survey.answered}, scale: {low: 0, high: 10}, metric: nps}]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """60 people over 30 days; every 15th is on the phone, all others on the web."""
    folder = tmp_path_factory.mktemp("viewers") / "shop"
    create_workspace(folder, zone="UTC")
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL + MORE, "me", "first")
        workspace.record(
            [
                Signal(
                    source="web",
                    id=f"{person}-{step}",
                    kind=kind,
                    occurred_at=START + timedelta(days=person % 30, minutes=step),
                    actors=(f"user:{person}",),
                    channel="phone" if person % 15 == 0 else "web",
                    value=float(person % 11) if kind == "survey.answered" else None,
                )
                for person in range(60)
                for step, kind in enumerate(("page.viewed", "order.placed", "survey.answered"))
                if step == 0 or person % 3
            ]
        )
        yield workspace


@pytest.fixture
def viewers(shop):
    return shop.platform.for_viewers()


def test_a_small_segment_is_hidden_from_viewers_however_a_query_comes(shop, viewers):
    document = {"query": "values", "column": "channel", "take": "any"}
    whole = shop.platform.ask(document)
    hidden = viewers.ask(document)
    assert HIDDEN in {row[3] for row in hidden.table().rows}
    assert HIDDEN not in {row[3] for row in whole.table().rows}
    assert viewers.ask_all([document]) == (hidden,) == viewers.ask_all([document])
    assert viewers.ask(document, clear=True) == viewers.answer(document) == hidden
    assert shop.platform.ask(document) == whole == replace(viewers, smallest_group=1).ask(document)


def test_viewers_get_no_single_people(shop, viewers):
    features = {"query": "features", "anchor": "order.placed", "features": {"channel": {"known": "channel"}}}
    who = shop.platform.select({"query": "volume", "of": ["order.placed"]}, "did")
    (actor, *_) = (hit.actor for hit in shop.platform.actors(who))
    for ask in (
        lambda: viewers.features(features),
        lambda: viewers.ask(features),
        lambda: viewers.actors(who),
        lambda: viewers.person(actor),
        lambda: viewers.find_people(actor),
        lambda: viewers.people_behind("nps", "nps", "low"),
    ):
        with pytest.raises((NotAllowed, BadInput)):
            ask()


def test_tables_to_be_passed_on_are_those_of_viewers(shop):
    query = {"query": "values", "column": "channel", "take": "any"}
    space = Space(shop)
    table = space.for_viewers().ask(query).to_arrow().to_pylist()
    hidden = [row for row in table if row["value"] == HIDDEN]
    assert [(row["people"], row["people_n"]) for row in hidden] == [(None, None)]
    assert all(row["people_note"].startswith("hidden: a group of fewer than 5 people") for row in hidden)
    assert "phone" in {row["value"] for row in space.ask(query).to_arrow().to_pylist()}


def test_a_hidden_number_says_why_and_never_how_many(viewers):
    (row, *_) = [
        one
        for one in answer_document(viewers.ask({"query": "values", "column": "channel"}))["tables"]["values"]
        if one["value"] == HIDDEN
    ]
    assert (row["people"]["value"], row["people"]["n"]) == (None, None)
    assert row["people"]["reason"].startswith("hidden")
