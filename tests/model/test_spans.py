"""Spans are written the way people write them, and read back the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.spans import LONGEST, parse_span, show_span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), ("4w", 2_419_200), ("36525d", 3_155_760_000)],
)
def test_a_span_is_a_number_and_a_unit(text, seconds):
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "30", "m", "0d", "-1d", "1.5h", "1h30m", "30 m", "30M", "36526d", "9999999999w", "٣d", "7d\n"]
)
def test_anything_else_is_no_span(text):
    with pytest.raises(BadInput, match="span"):
        parse_span(text)


@pytest.mark.parametrize(
    ("span", "shown"), [(timedelta(days=30), "30d"), (timedelta(weeks=1), "1w"), (timedelta(minutes=90), "90m")]
)
def test_a_span_is_shown_in_the_largest_unit_that_fits(span, shown):
    assert show_span(span) == shown


@given(st.integers(1, int(LONGEST.total_seconds())))
def test_a_span_of_whole_seconds_reads_back_the_same(seconds):
    assert parse_span(show_span(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
