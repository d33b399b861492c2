"""Charts drawn on the server as inline SVG: they print, need no script, and every one carries its numbers as a table."""

from touchpath.web.charts.curve import draw_curve
from touchpath.web.charts.dots import DotRow, draw_dots
from touchpath.web.charts.export import as_csv, as_svg
from touchpath.web.charts.figure import Figure, Picture
from touchpath.web.charts.funnel import FunnelBar, draw_funnel, worst_of
from touchpath.web.charts.heat import HeatRow, draw_heat
from touchpath.web.charts.interval import draw_interval, draw_segments
from touchpath.web.charts.lanes import draw_lanes
from touchpath.web.charts.quadrant import QuadrantPoint, Side, draw_quadrant
from touchpath.web.charts.sparkline import draw_sparkline
from touchpath.web.charts.trend import Event, draw_trend

__all__ = [
    "DotRow",
    "Event",
    "Figure",
    "FunnelBar",
    "HeatRow",
    "Picture",
    "QuadrantPoint",
    "Side",
    "as_csv",
    "as_svg",
    "draw_curve",
    "draw_dots",
    "draw_funnel",
    "draw_heat",
    "draw_interval",
    "draw_lanes",
    "draw_quadrant",
    "draw_segments",
    "draw_sparkline",
    "draw_trend",
    "worst_of",
]
