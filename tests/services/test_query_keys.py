"""The forms of queries: every key that a reader knows is in its form, and nothing else; what may be chosen is what the reader takes."""

from __future__ import annotations

import pytest

from touchpath.model.errors import Missing
from touchpath.model.experience import Brand, Experience
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.key_words import TITLES
from touchpath.services.queries.keys import SHARED, form_of, forms, keys_read
from touchpath.services.queries.reading import read_asked

NOBODY = Experience(Brand("b", "B"))


@pytest.mark.parametrize("query", QUERIES)
def test_a_form_has_exactly_the_keys_that_the_reader_asks_for(query: str) -> None:
    assert {key.name for key in form_of(query).keys} == keys_read(query)


def test_there_is_a_form_for_every_query_and_none_besides() -> None:
    assert set(TITLES) == set(QUERIES)
    assert [form.query for form in forms()] == list(TITLES)


def test_no_key_of_a_query_is_called_like_one_that_all_share() -> None:
    assert not {key.name for form in forms() for key in form.keys} & set(SHARED)


def test_what_may_be_chosen_and_what_is_usual_is_what_the_reader_takes() -> None:
    keys = {key.name: key for key in form_of("retention").keys}
    assert keys["interval"].choices == ("day", "week", "month", "quarter", "year")
    assert (keys["interval"].usual, keys["intervals"].usual, keys["rounded"].usual) == ("week", "12", "no")
    for choice in keys["kind"].choices:
        assert read_asked({"query": "retention", "kind": choice}, QUERIES, NOBODY)


def test_a_key_that_must_be_there_is_needed() -> None:
    assert [key.name for key in form_of("funnel").keys if key.needed] == ["steps"]
    for query in ("lifecycle", "sessions", "paths", "retention", "stickiness"):
        assert not any(key.needed for key in form_of(query).keys)
        assert read_asked({"query": query}, QUERIES, NOBODY)


def test_an_unknown_query_is_told_with_the_nearest() -> None:
    with pytest.raises(Missing, match="funnel"):
        form_of("funel")
