"""Charts drawn on the server as inline SVG: they print, need no script, and every one carries its numbers as a table."""

from touchpath.web.charts.curve import draw_curve
from touchpath.web.charts.figure import Figure
from touchpath.web.charts.funnel import FunnelBar, draw_funnel, worst_of
from touchpath.web.charts.interval import draw_interval, draw_segments
from touchpath.web.charts.sparkline import draw_sparkline
from touchpath.web.charts.trend import draw_trend

__all__ = [
    "Figure",
    "FunnelBar",
    "draw_curve",
    "draw_funnel",
    "draw_interval",
    "draw_segments",
    "draw_sparkline",
    "draw_trend",
    "worst_of",
]
