"""HTML from templates: everything escaped, every name that a template misspells an error."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined

from touchpath.web import languages, numbers
from touchpath.web.account import account_for, workspaces_for
from touchpath.web.addresses import Addresses
from touchpath.web.assets import asset_path
from touchpath.web.carried import carried_by
from touchpath.web.charts import draw_interval, draw_sparkline
from touchpath.web.charts.counts import draw_counts
from touchpath.web.charts.scale import fit_axis
from touchpath.web.display import read_display
from touchpath.web.icons import icon
from touchpath.web.languages.sentences import say
from touchpath.web.languages.words import of_count
from touchpath.web.navigation import areas_for, is_in
from touchpath.web.rendering import explain, explained, here, rendering
from touchpath.web.shortcuts import SHORTCUTS


@cache
def environment() -> Environment:
    """The one template environment."""
    env = Environment(
        loader=PackageLoader("touchpath.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        asset_path=asset_path,
        icon=icon,
        draw_counts=draw_counts,
        draw_interval=draw_interval,
        draw_sparkline=draw_sparkline,
        direction=languages.direction,
        explain=explain,
        explained=explained,
        fit_axis=fit_axis,
        here=here,
        is_in=is_in,
        language=languages.language,
        shortcuts=SHORTCUTS,
        show=numbers.show,
        of_count=of_count,
        show_at=numbers.show_level,
        show_change=numbers.show_change,
        show_weighing=numbers.show_weighing,
    )
    env.filters.update(
        bytes=numbers.show_bytes,
        clock=numbers.show_clock,
        count=numbers.show_count,
        decimal=numbers.plain,
        date=numbers.show_date,
        day=numbers.show_day,
        money=numbers.show_money,
        period=numbers.show_period,
        share=numbers.show_share,
        span=numbers.show_span,
        inside=languages.inside,
        translated=say,
    )
    return env


def render(template: str, request: Request, **context: Any) -> str:
    """A page without a workspace, or with the one that `platform` names."""
    with rendering(request):
        return environment().get_template(template).render(_shell(request, context) | context)


def _shell(request: Request, context: dict[str, Any]) -> dict[str, Any]:
    """What `base.html` asks for; every page may override it."""
    platform, section = context.get("platform"), context.get("section", "")
    at = Addresses(platform.name, carried_by(request)) if platform else None
    journeys = platform.experience().journeys if platform else ()
    app = request.scope.get("app")
    return {
        "platform": platform,
        "at": at,
        "workspaces": workspaces_for(request),
        "account": account_for(request),
        "areas": areas_for(request, at, section, journeys) if app and at else (),
        "section": section,
        "crumbs": (),
        "follows": False,
        "pulse": getattr(request.state, "pulse", ""),
        "display": read_display(request),
        "notice": None,
    }
