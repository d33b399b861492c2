"""A page's figures as files: the address of the page, and which figure as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.web.charts import Figure, as_csv, as_svg

TYPES = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml"}


def asks_for_file(request: Request) -> bool:
    """Whether an address wants a figure of the page and not the page."""
    return "figure" in request.query_params and "as" in request.query_params


def figure_file(request: Request, context: Mapping[str, Any]) -> HTMLResponse:
    """The figure that the address names; raises Missing for one that the page does not have, BadInput for another kind of file."""
    name, kind = request.query_params["figure"], request.query_params["as"]
    if kind not in TYPES:
        raise BadInput(f"A figure cannot be had as '{kind}'. It can as: {', '.join(TYPES)}.")
    found = {figure.name: figure for figure in figures_in(context)}
    if name not in found:
        raise Missing(unknown("figure", name, found))
    figure = found[name]
    if kind == "svg" and figure.picture is None:
        raise Missing(f"The figure '{name}' has no picture of its own. It can be had as csv.")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{kind}"}
    return HTMLResponse(as_csv(figure) if kind == "csv" else as_svg(figure), headers=headers, media_type=TYPES[kind])


def figures_in(value: object, depth: int = 4) -> Iterator[Figure]:
    """Every figure that a page was handed, also inside of lists and mappings."""
    if isinstance(value, Figure):
        yield value
    elif depth and isinstance(value, Mapping):
        for one in value.values():
            yield from figures_in(one, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for one in value:
            yield from figures_in(one, depth - 1)
