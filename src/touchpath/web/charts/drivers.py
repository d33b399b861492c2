"""Items under each other by their part of what is explained, with the range it may as well be."""

from __future__ import annotations

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.drivers import KeyDrivers
from touchpath.stats.drivers import Driver, Drivers
from touchpath.web.charts.figure import Figure, record_of
from touchpath.web.charts.interval import draw_interval
from touchpath.web.charts.rows import picture_of_rows
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import tag
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import THIN, TO, plain, show, show_count, show_period, signed

COLUMNS = (
    N_("Item"),
    N_("Part"),
    N_("Interval"),
    N_("A tie with"),
    N_("Correlation"),
    N_("Its interval"),
    N_("Slope"),
    N_("Its interval"),
    N_("p of all"),
    "VIF",
    N_("Missing"),
)


def draw_drivers(answer: KeyDrivers, found: Drivers, zone: str) -> Figure:
    """The largest part first; parts add up to what all items explain."""
    parts = [_part(found, one) for one in found.drivers]
    axis = fit_axis(parts, "", whole=True)
    ends = tag("span", tag("span", axis.label(axis.low)), tag("span", axis.label(axis.high)), class_="segment-ends")
    foot = tag("li", tag("span"), ends, class_="segment-foot", aria_hidden="true")
    lines = [_line(answer, one, part, axis) for one, part in zip(found.drivers, parts, strict=True)]
    limits = found.r_squared_limits
    explained = f"R² {plain(found.r_squared, 2)}" + (f" ({plain(limits.low, 2)}{TO}{plain(limits.high, 2)})" if limits else "")
    return Figure(
        finding=say(answer.sentence),
        caption=_(
            "Each item's part of what all of them explain of %(outcome)s, %(explained)s; %(people)s people, %(period)s. Bars are %(level)s intervals.",
            outcome=answer.outcome.title,
            explained=explained,
            people=show_count(found.people),
            period=show_period(answer.period, zone),
            level=f"{plain(found.confidence * 100, 0)}{THIN}%",
        ),
        drawing=tag("ul", *lines, foot, class_="segments"),
        columns=tuple(map(gettext, COLUMNS)),
        rows=tuple(_cells(answer, one, part) for one, part in zip(found.drivers, parts, strict=True)),
        key=_("A part has no sign: the arrow says whether the outcome is higher (↑) or lower (↓) where the item is higher."),
        kind="segment-chart",
        id="drivers",
        records=tuple(
            {"item": one.name, **record_of(part), "correlation": one.correlation}
            for one, part in zip(found.drivers, parts, strict=True)
        ),
        picture=picture_of_rows(
            [
                (title_of(answer, one.name), draw_interval(part, axis, 24), f"{show(part).whole}, {show(part).interval}")
                for one, part in zip(found.drivers, parts, strict=True)
            ],
            ends=(axis.label(axis.low), axis.label(axis.high)),
        ),
    )


def title_of(answer: KeyDrivers, name: str) -> str:
    """An item's title: of deeds and scores in our words, of a question in those of the model."""
    return say(answer.title(name)) if ":" in name else answer.title(name)


def _part(found: Drivers, one: Driver) -> Estimate:
    low, high = one.share_limits or (0.0, 1.0)
    return Estimate(one.share, low, high, found.people, "people", "share", found.confidence, "bootstrap of people, percentile")


def _line(answer: KeyDrivers, one: Driver, part: Estimate, axis: Axis) -> Markup:
    shown = show(part)
    arrow = "↑" if one.correlation > 0 else "↓" if one.correlation < 0 else ""
    spoken = _("higher where it is higher") if one.correlation > 0 else _("lower where it is higher")
    return tag(
        "li",
        tag("span", title_of(answer, one.name), class_="segment-name"),
        tag("span", draw_interval(part, axis, 24), class_="segment-plot"),
        tag("span", tag("b", shown.whole), " ", tag("small", shown.interval), class_="segment-value"),
        tag("small", tag("span", arrow, aria_hidden="true"), tag("span", spoken, class_="unseen"), class_="segment-n"),
    )


def _cells(answer: KeyDrivers, one: Driver, part: Estimate) -> tuple[str, ...]:
    shown, slope, limits = show(part), answer.slope(one.name), one.correlation_limits
    missing = answer.missing[[item.name for item in answer.items].index(one.name)]
    p = "" if slope is None else "< 0.001" if slope.p_family < 0.001 else plain(slope.p_family, 3)
    return (
        title_of(answer, one.name),
        shown.whole,
        shown.interval if one.share_limits else "",
        ", ".join(title_of(answer, name) for name in one.tied_with),
        signed(one.correlation, 2),
        _("%(low)s to %(high)s", low=signed(limits.low, 2), high=signed(limits.high, 2)) if limits else "",
        signed(slope.value, 3) if slope else "",
        _("%(low)s to %(high)s", low=signed(slope.limits.low, 3), high=signed(slope.limits.high, 3)) if slope else "",
        p,
        plain(one.vif, 1),
        _("few") if missing is None else show_count(missing),
    )
