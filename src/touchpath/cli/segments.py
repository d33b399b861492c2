"""Commands about groups of people: segments and personas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchpath.cli.show import Form, choose, in_unit, in_words, show_told
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate
from touchpath.model.time import Grain
from touchpath.services.results import Number
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.groups import GroupFound, Groups, GroupSize

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def segments(
    group: Annotated[str, typer.Argument(help="One of them, as in persona:planners; all of them if none is named.")] = "",
    by: Annotated[str, typer.Option("--by", help="A dimension of people, whose segments are groups, too.")] = "",
    grain: Annotated[str, typer.Option("--grain", help="By week, month or quarter; what fits the data if none is given.")] = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Personas, roles, status and segments: how large, whom they share, who came and left, and one beside everybody else."""
    workspace, form, chosen = opened(folder), choose(json_form, csv_form), _grain(grain)
    zone = workspace.platform.zone
    if group:
        _show_one(workspace.platform.group(group, grain=chosen), form, zone)
        return
    found = workspace.platform.groups(by=by, grain=chosen)
    tables = [
        ("Segments and personas", [_size_row(one) for one in found.sizes]),
        ("Share of the first who are in the second, too", _overlap_rows(found)),
    ]
    everybody = "hidden" if found.everybody is None else f"{found.everybody:,}"
    said = [*found.notes, f"Of {everybody} people. Groups may share people. Data: {found.data_version}."]
    show_told(found, form, tables, said, zone)


def _show_one(found: GroupFound, form: Form, zone: str) -> None:
    periods = [_period_row(found.size, at) for at in range(len(found.size.periods))]
    beside: list[Row] = [
        {
            "metric": f"{one.metric.title}: {one.about}",
            "its number": _said(pair.after),
            "everybody else": _said(pair.before),
            "p of all": None if pair.p_family is None else round(pair.p_family, 4),
            "verdict": pair.verdict or getattr(pair.found, "reason", ""),
        }
        for one in found.beside
        for pair in one.contrasts
        if pair.after.n or pair.before.n
    ]
    moved: list[Row] = [
        {
            "dimension": one.title,
            "value": part.value,
            "before": _said(part.before),
            "after": _said(part.after),
            "changed": part.changed or "",
        }
        for one in found.shifts
        for part in one.parts
    ]
    tables = [
        (f"{found.group.title} by {found.groups.grain}", periods),
        ("Beside everybody else", beside),
        ("What its members are like, in the last whole period and the one before", moved),
    ]
    show_told(found, form, tables, [f"Data: {found.groups.data_version}."], zone)


def _grain(text: str) -> Grain | None:
    if not text:
        return None
    for known in GRAINS:
        if text == known:
            return known
    raise BadInput(f"--grain came as '{text}'. There are: {', '.join(GRAINS)}.")


def _size_row(one: GroupSize) -> Row:
    last = next((period for period in reversed(one.periods) if period.complete), None)
    return {
        "group": one.group.id,
        "title": one.group.title,
        "people": one.size,
        "share": _said(one.share),
        "last whole period": last.members if last else None,
        "came": last.entered if last else None,
        "left": last.left if last else None,
    }


def _period_row(one: GroupSize, at: int) -> Row:
    period = one.periods[at]
    return {
        "from": period.period.start,
        "complete": period.complete,
        "members": period.members,
        "share": _said(period.share),
        "came": period.entered,
        "stayed": period.stayed,
        "left": period.left,
    }


def _overlap_rows(found: Groups) -> list[Row]:
    return [
        {"group": one.group.id, **{other.group.id: _said(found.overlaps[i][j], short=True) for j, other in enumerate(found.sizes) if found.sizes[j].group.kind != "segment"}}
        for i, one in enumerate(found.sizes)
    ]  # fmt: skip


def _said(number: Number, short: bool = False) -> str:
    if not isinstance(number, Estimate):
        return f"— {number.reason}"
    return in_unit(number.value, number.unit) if short else in_words(number)


COMMANDS: Mapping[str, Callable[..., Any]] = {"segments": segments}
