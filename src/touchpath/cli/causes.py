"""Commands about what goes with what, and what a change did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from touchpath.cli.show import Form, choose, in_unit, p_text, say, show, show_told
from touchpath.cli.workspace import (
    HERE,
    Confidence,
    Csv,
    Folder,
    From,
    Json,
    MetricName,
    SubjectName,
    To,
    day,
    grain_of,
    opened,
    period_between,
)
from touchpath.model.estimate import Undefined
from touchpath.model.spans import parse_span
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.drivers import KeyDrivers, Method
    from touchpath.services.effect_found import Design, EffectFound
    from touchpath.services.periods_around import Every


def drivers(
    outcome: Annotated[str, typer.Argument(help="A question of the model, or a score as in sus:SURVEY.")],
    of: Annotated[
        list[str],
        typer.Option(
            "--of", help="An item: a question, a score, or what people did before, as in count:ticket.opened. Repeat it."
        ),
    ],
    within: Annotated[str, typer.Option(help="How far apart answers lie at most, and how far back deeds, as in 30d.")] = "30d",
    every: Annotated[bool, typer.Option("--every", help="Each answer, not each person's latest.")] = False,
    weights: Annotated[
        str, typer.Option(help="A dimension whose segments answers get as everybody asked has them, or properties.NAME.")
    ] = "",
    method: Annotated[str, typer.Option(help="lmg or johnson.")] = "lmg",
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """What goes together with an outcome: each item's part of what is explained, its correlation and its slope."""
    from touchpath.services.drivers import DriversAsked

    workspace = opened(folder)
    asked = DriversAsked(outcome, tuple(of), parse_span(within), every, weights, cast("Method", method))
    period = period_between(workspace, start, end)
    answer = workspace.platform.drivers(asked, period=period, confidence=confidence)
    said = (answer.sentence, *answer.notes, answer.evidence.sentence, f"Data: {answer.data_version}.")
    table = f"Drivers of {answer.outcome.title}", _readable_drivers(answer)
    show_told(answer, choose(json_form, csv_form), [table], said)


def effect(
    metric: MetricName,
    subject: SubjectName = "",
    since: Annotated[str, typer.Option(help="The first day with the change, as in 2026-05-04.")] = "",
    every: Annotated[str, typer.Option(help="Periods, counted from that day both ways: day, week, month or quarter.")] = "week",
    by: Annotated[str, typer.Option("--by", help="The dimension whose segments got the change or did not.")] = "",
    treated: Annotated[list[str] | None, typer.Option("--treated", help="A segment that got it. Repeat it.")] = None,
    design: Annotated[str, typer.Option(help="units, or series (the distance of two); unless given, enough units decide.")] = "",
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """What a change at a known day did to a metric: one series, or units with the change beside units without."""
    from touchpath.services.effect_found import EffectAsked

    workspace = opened(folder)
    at = day(since, "--since", workspace.platform.zone)
    asked = EffectAsked(metric, at, subject, cast("Every", every), by, tuple(treated or ()), cast("Design", design))
    answer = workspace.platform.effect(asked, period=period_between(workspace, start, end), confidence=confidence)
    said = (answer.sentence, *answer.notes, answer.evidence.sentence, f"Data: {answer.data_version}.")
    table = f"{answer.metric.title}: {answer.about}", _readable_effect(answer)
    show_told(answer, choose(json_form, csv_form), [table], said)


def associations(
    ux: Annotated[list[str], typer.Option("--ux", help="A metric of use, as in task_success:checkout. Repeat it.")],
    cx: Annotated[list[str], typer.Option("--cx", help="A metric of the relationship, as in nps. Repeat it.")],
    by: Annotated[str, typer.Option("--by", help="Across the segments of this dimension.")] = "",
    every: Annotated[str, typer.Option(help="Or from period to period: day, week, month, quarter or year.")] = "",
    lead: Annotated[int, typer.Option(help="How many periods earlier the use is.")] = 0,
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """How metrics of use go together with metrics of the relationship, across segments or from period to period."""
    from touchpath.services.associations import AssociationsAsked

    workspace = opened(folder)
    asked = AssociationsAsked(tuple(ux), tuple(cx), by, grain_of(every), lead)
    answer = workspace.platform.associations(asked, period=period_between(workspace, start, end), confidence=confidence)
    form = choose(json_form, csv_form)
    show(answer, form, f"Use and relationship across {answer.across}")
    if form is Form.table:
        say([*answer.sentences, *answer.notes, answer.evidence.sentence, f"Data: {answer.data_version}."])


def _readable_effect(answer: EffectFound) -> list[Row]:
    """Periods for the eye."""
    unit = answer.metric.unit
    return [
        {
            "from": f"{point.period.start:%Y-%m-%d}",
            "side": "with" if at >= answer.first else "before",
            "treated" if answer.treated else "value": in_unit(point.value, unit),
            "others" if answer.treated else "n": in_unit(point.beside, unit) if answer.treated else point.n,
        }
        for at, point in enumerate(answer.points)
    ]


def _readable_drivers(answer: KeyDrivers) -> list[Row]:
    """Items for the eye."""
    if isinstance(answer.found, Undefined):
        return []
    missing = dict(zip((one.name for one in answer.items), answer.missing, strict=True))
    found: list[Row] = []
    for one in answer.found.drivers:
        slope, limits, together = answer.slope(one.name), one.share_limits, one.correlation_limits
        row: Row = {"item": answer.title(one.name), "part": f"{one.share:.1%}"}
        row |= {"interval": f"{limits.low:.1%} to {limits.high:.1%}" if limits else ""}
        row |= {"tied with": ", ".join(map(answer.title, one.tied_with)), "correlation": f"{one.correlation:+.2f}"}
        row |= {"its interval": f"{together.low:+.2f} to {together.high:+.2f}" if together else ""}
        row |= {"slope": f"{slope.value:+.3g}" if slope else ""}
        row |= {"slope's interval": f"{slope.limits.low:+.3g} to {slope.limits.high:+.3g}" if slope else ""}
        row |= {"p of all": p_text(slope.p_family) if slope else "", "missing": missing[one.name]}
        found.append(row)
    return found


COMMANDS: Mapping[str, Callable[..., Any]] = {"drivers": drivers, "effect": effect, "associations": associations}
