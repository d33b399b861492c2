"""Until when a promise holds: a day to its end in the zone, a moment to itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from touchpath.model.time import deadline_micros, to_micros


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-28", "Europe/Madrid", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-29", "Europe/Madrid", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2024-02-28", "UTC", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_the_day_of_its_zone(text, zone, expected):
    assert deadline_micros(text, zone) == to_micros(expected) - 1


@pytest.mark.parametrize("text", ["2026-03-29 12:00:00", "2026-03-29T12:00", "2026-03-29T10:00:00Z", "2026-03-29T05:00:00-05:00"])
def test_a_moment_is_itself(text):
    assert deadline_micros(text, "Europe/Madrid") == to_micros(datetime(2026, 3, 29, 10, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "9999-12-31", "29/03/2026"])
def test_what_is_neither_is_no_deadline(text):
    assert deadline_micros(text, "UTC") is None
