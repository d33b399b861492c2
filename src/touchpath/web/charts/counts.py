"""Counts over time, as bars: the size of a word, or a figure of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from touchpath.web.charts.svg import stretched, tag

WIDTH, HEIGHT = 120.0, 28.0


def draw_counts(counts: Sequence[int], height: int = 28) -> Markup:
    """A bar for each count, as high as its share of the largest; hidden from screen readers, as words beside it say the same."""
    if not counts or not max(counts):
        return Markup("")
    step, top = WIDTH / len(counts), max(counts)
    bars = [
        tag("rect", x=at * step, y=HEIGHT - size, width=max(step * 0.8, 0.4), height=size, class_="bar")
        for at, count in enumerate(counts)
        if (size := max(HEIGHT * count / top, 1.0 if count else 0.0))
    ]
    return tag(
        "svg", stretched(*bars, width=WIDTH, height=HEIGHT), class_="counts", width="100%", height=str(height), aria_hidden="true"
    )
