"""HTML from templates: everything escaped, every name that a template misspells an error."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined

from touchpath.web import numbers
from touchpath.web.addresses import Addresses
from touchpath.web.assets import asset_path
from touchpath.web.charts import draw_interval, draw_sparkline
from touchpath.web.charts.counts import draw_counts
from touchpath.web.charts.scale import fit_axis
from touchpath.web.icons import icon


@cache
def environment() -> Environment:
    """The one template environment."""
    env = Environment(
        loader=PackageLoader("touchpath.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        asset_path=asset_path,
        icon=icon,
        draw_counts=draw_counts,
        draw_interval=draw_interval,
        draw_sparkline=draw_sparkline,
        fit_axis=fit_axis,
        show=numbers.show,
        show_change=numbers.show_change,
    )
    env.filters.update(
        bytes=numbers.show_bytes,
        clock=numbers.show_clock,
        count=numbers.show_count,
        day=numbers.show_day,
        period=numbers.show_period,
        span=numbers.show_span,
    )
    return env


def render(template: str, request: Request, **context: Any) -> str:
    """A page without a workspace, or with the one that `platform` names."""
    platform = context.get("platform")
    shell: dict[str, Any] = {
        "platform": platform,
        "at": Addresses(platform.name) if platform else None,
        "workspaces": getattr(request.scope.get("app", None), "state", None) and getattr(request.app.state, "workspaces", {}),
        "journeys": platform.experience().journeys if platform else (),
        "section": "",
    }
    return environment().get_template(template).render(shell | context)
