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
    wide = _short(max(step * 0.8, 0.4))
    bars = "".join(
        f"M{_short(at * step)} {_short(HEIGHT)}v-{_short(size)}h{wide}v{_short(size)}z"
        for at, count in enumerate(counts)
        if (size := max(HEIGHT * count / top, 1.0 if count else 0.0))
    )
    drawn = stretched(tag("path", d=bars, class_="bar"), width=WIDTH, height=HEIGHT)
    return tag("svg", drawn, class_="counts", width="100%", height=str(height), aria_hidden="true")


def _short(value: float) -> str:
    """A place with as many digits as can be seen."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
