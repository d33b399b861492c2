"""Commands that compare: a metric between groups and periods, and with its own past."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from touchpath.cli.show import Form, Titled, choose, in_unit, p_text, say, show, show_told, width_of
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
    opened,
    period_between,
)
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.time import Grain, Period
from touchpath.services.compared import Contrast
from touchpath.services.tables import Row, number_row

if TYPE_CHECKING:
    from touchpath.stats.mixes import MixBetween, Part


def compare(
    metric: MetricName,
    subject: SubjectName = "",
    by: Annotated[
        str, typer.Option("--by", help="Compare the segments of this dimension, or by persona, role, status, linked.")
    ] = "",
    against: Annotated[str, typer.Option(help="Hold every segment against this one, not against the rest.")] = "",
    pairs: Annotated[bool, typer.Option("--pairs", help="Compare every pair of segments.")] = False,
    periods: Annotated[
        tuple[str, str] | None, typer.Option(help="Two periods, as in 2026-01-01/2026-02-01 2026-02-01/2026-03-01.")
    ] = None,
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """One metric between groups or periods: how far apart, how sure, and which difference would have been found."""
    workspace = opened(folder)
    zone = workspace.platform.zone
    two = _periods(periods, zone) if periods else None
    period = period_between(workspace, start, end)
    if two and period:
        raise BadInput("--periods says which time is compared, so leave --from and --to out.")
    answer = workspace.platform.compare(
        metric, subject, by=by, against=against, pairs=pairs, period=period, periods=two, confidence=confidence
    )
    tables: list[Titled] = [(f"{answer.metric.title}: {answer.about}", [_readable(one) for one in answer.contrasts])]
    if answer.mix is not None and not isinstance(answer.mix, Undefined):
        parts = [_mix_row(part, answer.mix.change.unit) for part in answer.mix.parts]
        tables.append(("Change within and of the mix", parts))
    if answer.mixes:
        tables.append(("With an equal mix of other dimensions", [_between_row(one) for one in answer.mixes]))
    show_told(answer, choose(json_form, csv_form), tables, [answer.sentence, *answer.notes, f"Data: {answer.data_version}."])


def trend(
    metric: MetricName,
    subject: SubjectName = "",
    grain: Annotated[str, typer.Option("--grain", help="By day, week, month or quarter.")] = "week",
    by: Annotated[
        str, typer.Option("--by", help="Also within each segment of this dimension, or each persona, role, linked.")
    ] = "",
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """How one metric went: whether its level changed and when, what repeats, which points are odd."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.trend(metric, subject, grain=cast(Grain, grain), by=by, period=period, confidence=confidence)
    form = choose(json_form, csv_form)
    show(answer, form, f"{answer.metric.title}: {answer.about}", zone=workspace.platform.zone)
    if form is Form.table:
        say([*answer.sentences, f"Data: {answer.data_version}."])


def _periods(texts: Sequence[str], zone: str) -> tuple[Period, Period]:
    first, second = (_period(text, zone) for text in texts)
    return first, second


def _period(text: str, zone: str) -> Period:
    start, slash, end = text.partition("/")
    if not slash:
        raise BadInput(f"A period came as '{text}'. Write its first day and the day after its last, as in 2026-01-01/2026-02-01.")
    return Period(day(start, "--periods", zone), day(end, "--periods", zone))


def _readable(one: Contrast) -> Row:
    """Two sides for the eye."""
    after, before = number_row(one.after), number_row(one.before)
    row: Row = {
        "segment": one.segment,
        "side": one.after_title,
        "value": f"{in_unit(after['value'], after['unit'], width_of(after))} of {one.after.n:,}",
        "than": one.before_title,
        "its value": f"{in_unit(before['value'], before['unit'], width_of(before))} of {one.before.n:,}",
    }
    found = one.found
    if isinstance(found, Comparison):
        row |= {
            "difference": _apart(found.value, found),
            "interval": f"{_apart(found.low, found)} to {_apart(found.high, found)}",
        }
        row |= {"p": p_text(one.p), "p of all": p_text(one.p_family), "verdict": one.verdict}
        row |= {"would find": _apart(one.smallest, found) if one.smallest is not None else ""}
    else:
        row |= dict.fromkeys(("difference", "interval", "p", "p of all"), "")
        row |= {"verdict": found.reason if isinstance(found, Undefined) else "", "would find": ""}
    return row


def _mix_row(part: Part, unit: str) -> Row:
    """One segment of a split for the eye."""
    scale = 100 if unit == "share" else 1
    return {
        "segment": part.title,
        "share before": f"{part.share_before:.1%}",
        "share after": f"{part.share_after:.1%}",
        "before": in_unit(part.before, unit),
        "after": in_unit(part.after, unit),
        "adds within": f"{part.within * scale:+.2f}",
        "adds by mix": f"{part.mix * scale:+.2f}",
    }


def _between_row(one: MixBetween) -> Row:
    """A difference with an equal mix, for the eye."""
    within = one.within
    return {
        "mix of": one.by,
        "side": one.after_title,
        "than": one.before_title,
        "over all": _apart(one.change.value, one.change),
        "with an equal mix": _apart(within.value, within),
        "interval": f"{_apart(within.low, within)} to {_apart(within.high, within)}",
        "by mix": _apart(one.mix.value, one.mix),
        "conclusion": one.disagrees or "the same",
    }


def _apart(value: float, found: Comparison) -> str:
    if found.kind == "ratio":
        return f"× {value:.2f}"
    text = f"{value * 100:+,.1f} points" if found.unit == "share" else in_unit(abs(value), found.unit, found.high - found.low)
    return text if found.unit == "share" else f"{'-' if value < 0 else '+'}{text}"


COMMANDS: Mapping[str, Callable[..., Any]] = {"compare": compare, "trend": trend}
