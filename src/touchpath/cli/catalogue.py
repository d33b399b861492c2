"""The command that shows the event catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from touchpath.cli.show import choose, say, show_rows, warn
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.services.tables import Row

_BARS = " ▁▂▃▄▅▆▇█"


def catalogue(
    kind: Annotated[str, typer.Argument(help="One kind of signal: its properties, types and examples.")] = "",
    drift: Annotated[bool, typer.Option("--drift", help="Only what drifted.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Every kind of signal: how many, when, what it holds, who reads it, and what drifted."""
    workspace, form = opened(folder), choose(json_form, csv_form)
    service, zone = workspace.incoming.catalogue, workspace.platform.zone
    service.finish()
    if kind:
        detail = service.kind(kind, examples=True)
        properties: list[Row] = [
            {
                "property": one.name,
                "present": one.present,
                "types": ", ".join(type.type for type in one.types),
                "examples": ", ".join(one.examples),
                "since": min(type.first for type in one.types),
                "read by": "; ".join(one.used_by),
            }
            for one in detail.properties
        ]
        show_rows(properties, form, f"Properties of {kind}", zone=zone)
        if form == "table":
            say([f"{alert.alarm}, {alert.property or kind}, since {alert.day}: {alert.says}" for alert in detail.kind.alerts])
        return
    shown = service.show()
    if drift:
        alerts: list[Row] = [
            {"kind": one.kind, "property": one.property, "drift": one.alarm, "since": str(one.day or ""), "says": one.says}
            for one in shown.alerts
        ]
        show_rows(alerts, form, f"Drift ({shown.by_chance:.1f} by chance)")
        return
    kinds: list[Row] = [
        {
            "kind": one.use.kind,
            "signals": one.use.signals,
            "26 weeks": bars(one.weeks),
            "properties": one.properties,
            "first": one.use.first,
            "last": one.use.last,
            "read by": "; ".join(one.use.used_by) or "nothing",
            "drift": ", ".join(alert.alarm for alert in one.alerts),
        }
        for one in shown.kinds
    ]
    show_rows(kinds, form, "Kinds of signals", zone=zone)
    if shown.alerts:
        warn([f"{len(shown.alerts)} things drifted. See them: touchpath catalogue --drift"])


def bars(counts: tuple[int, ...]) -> str:
    """Counts as a line of bars.

    >>> bars((0, 1, 8))
    ' ▁█'
    """
    most = max(counts, default=0)
    return "".join(_BARS[0 if not count else max(1, round(count / most * 8))] for count in counts)


COMMANDS: Mapping[str, Callable[..., Any]] = {"catalogue": catalogue}
