"""Spans of time as people write them: 90s, 30m, 12h, 7d, 4w."""

from __future__ import annotations

import re
from datetime import timedelta

from touchpath.model.errors import BadInput

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"([0-9]{1,10})([smhdw])")

#: The longest span that a model may name.
LONGEST = timedelta(days=36_525)


def parse_span(text: str) -> timedelta:
    """A span from a whole number and one of s, m, h, d, w; raises BadInput for anything else, zero and over 100 years.

    >>> parse_span("30m")
    datetime.timedelta(seconds=1800)
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise BadInput(f"'{text}' is not a span. Write a whole number and s, m, h, d or w, as in 30m or 7d.")
    seconds = int(found[1]) * _SECONDS[found[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise BadInput(f"'{text}' is no usable span. It must be longer than 0s and at most {LONGEST.days}d.")
    return timedelta(seconds=seconds)


def show_span(span: timedelta) -> str:
    """The shortest way to write a span of whole seconds; parse_span reads it back.

    >>> show_span(timedelta(days=7)), show_span(timedelta(minutes=90))
    ('1w', '90m')
    """
    seconds = round(span.total_seconds())
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"
