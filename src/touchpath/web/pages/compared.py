"""What a metric's page says of differences between groups and of its own course: words, and tables behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.time import Grain, Period
from touchpath.services.compared import Compared, Contrast
from touchpath.services.parties import STATUS, is_party
from touchpath.services.trended import Trend
from touchpath.stats.mixes import MixBetween, MixChange
from touchpath.timelines.cut import REST
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import THIN, plain, show, show_change, show_period, signed
from touchpath.web.pages.openings import Openings
from touchpath.web.platform import PlatformProtocol

Row = tuple[str, ...]
#: Heads of the tables, translated where they are shown.
COLUMNS = (N_("Group"), N_("Its number"), N_("Against"), N_("Its number"), N_("Difference"), N_("p of all"), N_("Verdict"))
MIX_COLUMNS = (N_("Segment"), N_("Share before"), N_("Share after"), N_("Adds within"), N_("Adds by mix"))
BETWEEN_COLUMNS = (
    N_("Mix of"),
    N_("Group"),
    N_("Against"),
    N_("Over all"),
    N_("With an equal mix"),
    N_("By mix"),
    N_("Conclusion"),
)
COURSE_COLUMNS = (N_("From"), N_("What"), N_("Number"), N_("Before, or expected"))


@dataclass(frozen=True, slots=True)
class ShownComparison:
    """Differences between groups, ready for the screen; `reason` says why there are none."""

    sentence: str
    rows: Sequence[Row] = ()
    notes: Sequence[str] = ()
    mix: str = ""
    mix_rows: Sequence[Row] = ()
    between_rows: Sequence[Row] = ()
    between_columns: Row = BETWEEN_COLUMNS
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownCourse:
    """How a number went, ready for the screen."""

    sentences: Sequence[str]
    rows: Sequence[Row]


def show_comparison(
    platform: PlatformProtocol, metric: str, subject: str, by: str, grain: Grain, period: Period | None, opens: Openings
) -> ShownComparison | None:
    """The segments of a dimension beside each other, with the split of the last change; None where none was chosen."""
    if not by:
        return None
    try:
        found = platform.compare(metric, subject, by=by, period=period)
        mix = None
        if not is_party(platform.experience(), by):
            mix = platform.measure(metric, subject, by=by, grain=grain, period=period).mix
    except BadInput as fault:
        return ShownComparison("", reason=say(str(fault)))
    rows = [opens.sides(contrast_cells(one, found.metric.better), found, one) for one in found.contrasts]
    return ShownComparison(
        say(found.sentence),
        rows,
        _notes(found),
        _("The last whole %(grain)s against the one before: %(split)s", grain=gettext(grain), split=say(mix.sentence))
        if mix
        else "",
        mix_cells(mix) if mix else (),
        [between_cells(one) for one in found.mixes],
    )


def _notes(found: Compared) -> list[str]:
    finds = [one for one in found.contrasts if one.smallest is not None and isinstance(one.found, Comparison) and not one.changed]
    if not finds:
        return [say(note) for note in found.notes]
    told = "; ".join(f"{one.after_title} {_size(one)}" for one in finds[:6])
    return [_("Would have been found in four of five cases, from this size on: %(sizes)s.", sizes=told), *map(say, found.notes)]


def _size(one: Contrast) -> str:
    assert isinstance(one.found, Comparison)
    assert one.smallest is not None
    if one.found.kind == "ratio":
        return f"{plain((one.smallest - 1) * 100, 0)}{THIN}%"
    share = one.found.unit == "share"
    return f"{plain(one.smallest * (100 if share else 1), 1)}{THIN + _('pts') if share else ''}"


def _side(title: str) -> str:
    return _("the rest") if title == REST else title


def contrast_cells(one: Contrast, better: str) -> Row:
    """One comparison as the cells of a row."""
    after, before = show(one.after), show(one.before)
    sides = (_side(one.after_title), f"{after.whole} ({after.n})", _side(one.before_title), f"{before.whole} ({before.n})")
    if not isinstance(one.found, Comparison):
        reason = one.found.reason if isinstance(one.found, Undefined) else ""
        return (*sides, "", "", _("not compared: %(reason)s", reason=say(reason)))
    shown = show_change(replace(one.found, changed=one.found.changed or "up"), "neither")
    p = "" if one.p_family is None else "< 0.001" if one.p_family < 0.001 else plain(one.p_family, 3)
    mood = show_change(replace(one.found, changed=one.changed), better).word
    verdict = gettext(one.verdict)
    verdict = verdict if mood == verdict else f"{verdict}, {mood}"
    return (*sides, f"{shown.text}, {shown.interval}", p, verdict)


def mix_cells(mix: MixChange) -> list[Row]:
    """What each segment adds to a change, in cells."""
    scale = 100.0 if mix.change.unit == "share" else 1.0
    return [
        (
            part.title,
            f"{plain(100 * part.share_before, 1)}{THIN}%",
            f"{plain(100 * part.share_after, 1)}{THIN}%",
            signed(part.within * scale, 2),
            signed(part.mix * scale, 2),
        )
        for part in mix.parts
    ]


def between_cells(one: MixBetween) -> Row:
    """A difference with an equal mix of another dimension, in cells."""
    whole, within, mix = (
        show_change(replace(part, changed=part.changed or "up"), "neither") for part in (one.change, one.within, one.mix)
    )
    conclusion = {
        "reversed": _("turns round: Simpson's paradox"),
        "explained": _("gone: the mix explains it"),
        "hidden": _("only now to be seen"),
    }
    return (
        one.by,
        one.after_title,
        one.before_title,
        whole.text,
        f"{within.text}, {within.interval}",
        mix.text,
        conclusion[one.disagrees] if one.disagrees else _("the same"),
    )


def show_course(
    platform: PlatformProtocol, metric: str, subject: str, grain: Grain, period: Period | None, by: str = ""
) -> ShownCourse | None:
    """How the number went by a calendar unit; None by years, of which there are never enough.

    by: personas, roles and links, of which there are few, are told in a sentence each beside everybody.
    """
    if grain == "year":
        return None
    apart = by if is_party(platform.experience(), by) and by != STATUS else ""
    trend = platform.trend(metric, subject, grain=grain, by=apart, period=period)
    inside = [f"{one.segment}: {say(one.sentences[0])}" for one in trend.segments if one.sentences]
    return ShownCourse([*map(say, replace(trend, by="").sentences), *inside], _course_cells(trend))


def _course_cells(trend: Trend) -> list[Row]:
    numbers = {one.period: show(one.number).whole for one in trend.readings}
    unit = trend.metric.unit
    steps = [
        (
            one.period,
            _("step") if one.borne is not False else _("step within noise"),
            _level(one.after, unit),
            _level(one.before, unit),
        )
        for one in trend.steps
    ]
    odd = [
        (
            one.period,
            _("odd"),
            numbers.get(one.period, ""),
            _("%(low)s to %(high)s", low=_level(one.low, unit), high=_level(one.high, unit)),
        )
        for one in trend.odd
    ]
    found = sorted([*steps, *odd])
    return [(show_period(period, trend.zone), *cells) for period, *cells in found]


def _level(value: float, unit: str) -> str:
    if unit == "share":
        return f"{plain(100 * value, 1)}{THIN}%"
    return f"{plain(value, 1)}{THIN}s" if unit == "seconds" else plain(value, 1)
