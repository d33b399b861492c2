"""How numbers look to people, in the language of the page. Shares become percent here and nowhere else; a missing number is a
dash and its reason."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_precision

from touchpath.metrics.weighing import Weighing
from touchpath.model.estimate import Comparison, Estimate
from touchpath.model.time import Period
from touchpath.services.results import Number
from touchpath.web.languages import ENGLISH, _, _n, gettext, language, locale
from touchpath.web.languages.sentences import say
from touchpath.web.languages.words import of_count

THIN = "\N{NARROW NO-BREAK SPACE}"
GAP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EM DASH}"
TO = "\N{EN DASH}"
_SPANS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
#: On screen numbers from here on, and those that three places would show as nothing, are written with a power of ten.
_HUGE, _TINY, _NOTHING = 1e10, 1e-3, 1e-300
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Scale:
    """What a unit's numbers are divided by on screen, and the word behind them."""

    divisor: float = 1.0
    suffix: str = ""

    def text(self, value: float, places: int) -> str:
        """The number alone: "87.2"."""
        return plain(value / self.divisor, places)

    def whole(self, value: float, places: int) -> str:
        """The number with its word: "87.2 %"."""
        return f"{self.text(value, places)}{THIN}{gettext(self.suffix)}" if self.suffix else self.text(value, places)


def scale_for(unit: str, largest: float) -> Scale:
    """How to show numbers of a unit, the largest of which is `largest`.

    >>> scale_for("seconds", 200.0)
    Scale(divisor=60.0, suffix='min')
    """
    size = abs(largest) if math.isfinite(largest) else 0.0
    divisor, suffix = 1.0, ""
    if unit == "share":
        divisor, suffix = 0.01, "%"
    if unit == "seconds":
        divisor, suffix = next((pair for pair in _SPANS if size >= 2 * pair[0]), (1.0, "s"))
    return _with_power(divisor, suffix, size / divisor)


def _with_power(divisor: float, suffix: str, size: float) -> Scale:
    """A scale whose largest number is `size` on screen; with a power of ten where it would be all noughts, or too long to read."""
    if size < _NOTHING or _TINY <= size < _HUGE:
        return Scale(divisor, suffix)
    power = math.floor(math.log10(min(size, sys.float_info.max)))
    words = f"×{THIN}10{str(power).translate(_RAISED)}"
    return Scale(divisor * 10.0**power, f"{words}{THIN}{gettext(suffix)}" if suffix else words)


def plain(value: float, places: int) -> str:
    """A number with thousands and a true minus sign; no "-0".

    >>> plain(1234.5, 1), plain(-0.04, 1)
    ('1,234.5', '0.0')
    """
    if not math.isfinite(value):
        return f"{MINUS}∞" if value < 0 else "∞"
    return _grouped(round(value, places) + 0.0, places).replace("-", MINUS)


def _grouped(value: float, places: int) -> str:
    if language() == ENGLISH:
        return f"{value:,.{places}f}"
    return str(format_decimal(value, format=f"#,##0.{'0' * places}", locale=locale()))


def places_for(width: float, value: float = 0.0) -> int:
    """Digits behind the point that an interval of this width deserves: its half shows as one or two digits, never more.

    >>> places_for(8.0), places_for(1.2), places_for(0.04)
    (0, 1, 2)
    """
    if not math.isfinite(width):
        width = abs(value)
    if width <= 0:
        return 0 if float(value).is_integer() else 1
    return min(3, max(0, math.ceil(-math.log10(width / 2) + 0.3)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A number ready for the screen. `value` and `suffix` apart, so that a card can set them in two sizes."""

    value: str
    suffix: str
    interval: str
    n: str
    n_unit: str = ""
    reason: str = ""
    caution: str = ""
    note: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a number at all."""
        return not self.reason

    @property
    def whole(self) -> str:
        """Value and unit: "87.2 %", or a dash."""
        return f"{self.value}{THIN}{self.suffix}" if self.suffix else self.value

    @property
    def sentence(self) -> str:
        """All of it in words, for whoever cannot see the drawing."""
        if self.reason:
            return _("no number: %(reason)s", reason=self.reason) + f", {self.n} {self.n_unit}"
        return f"{self.whole}, {self.interval}, {self.n} {self.n_unit}"


def show(number: Number) -> Shown:
    """An estimate as text, at the precision that its interval deserves."""
    n, n_unit = f"n{GAP}{show_count(number.n)}", of_count(number.n, number.n_unit)
    if not isinstance(number, Estimate):
        return Shown(DASH, "", "", n, n_unit, reason=say(number.reason) if number.reason else _("no number"))
    scale = scale_for(number.unit, number.value or number.high)
    places = _places(number, scale)
    caution, note = " ".join(map(say, number.warnings)), " ".join(map(say, number.notes))
    if number.unit == "count" and number.low == number.high:
        places = 3 if scale.suffix else 0
        return Shown(scale.text(number.value, places), scale.suffix, _("counted in full"), n, n_unit, caution=caution, note=note)
    interval = show_interval(number.confidence, show_range(number.low, number.high, scale, places))
    suffix = gettext(scale.suffix) if scale.suffix else {"per_person": _("per person")}.get(number.unit, "")
    return Shown(scale.text(number.value, places), suffix, interval, n, n_unit, caution=caution, note=note)


def _places(number: Estimate, scale: Scale) -> int:
    return places_for((number.high - number.low) / scale.divisor, number.value / scale.divisor)


def show_interval(confidence: float, bounds: str) -> str:
    """What an interval is and where it ends: "95 % CI 38–46"."""
    level = f"{plain(confidence * 100, places_level(confidence))}{THIN}%"
    # Translators: CI is short for confidence interval.
    return _("%(level)s CI %(bounds)s", level=level, bounds=bounds)


def places_level(confidence: float) -> int:
    """0.95 shows as 95, 0.975 as 97.5."""
    return 0 if math.isclose(confidence * 100, round(confidence * 100)) else 1


def show_range(low: float, high: float, scale: Scale, places: int) -> str:
    """Both ends of an interval: "38–46", "−3 to 5", "12 or more"."""
    if not math.isfinite(high) and not math.isfinite(low):
        return _("without bounds")
    if not math.isfinite(high):
        return _("%(least)s or more", least=scale.text(low, places))
    if not math.isfinite(low):
        return _("%(most)s or less", most=scale.text(high, places))
    if low < 0:
        return _("%(low)s to %(high)s", low=scale.text(low, places), high=scale.text(high, places))
    return f"{scale.text(low, places)}{TO}{scale.text(high, places)}"


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A comparison ready for the screen. `mood` is good, bad, or flat; the word says the same without colour."""

    text: str
    word: str
    mood: str
    icon: str
    interval: str

    @property
    def sentence(self) -> str:
        """Direction and size in words."""
        return f"{self.word}{': ' + self.text if self.text else ''}{', ' + self.interval if self.interval else ''}"


def show_weighing(one: Weighing) -> tuple[str, ...]:
    """A number with weights beside the same without, and what the weights cost, each in a few words; nothing where there is no number."""
    if one.effective_n is None or not isinstance(one.plain, Estimate):
        return ()
    alone, n = show(one.plain), show_count(one.plain.n)
    told = [
        _("each once: %(number)s (%(interval)s)", number=alone.whole, interval=alone.interval),
        _("effective n %(effective)s of %(n)s", effective=plain(one.effective_n, 0 if one.effective_n >= 100 else 1), n=n),
    ]
    if one.design_effect is not None:
        told.append(_("design effect %(effect)s", effect=plain(one.design_effect, 2)))
    told.append(_n("%(num)s account", "%(num)s accounts", one.accounts))
    if one.left_out:
        told.append(_("%(count)s left out", count=show_count(one.left_out)))
    if one.small:
        told.append(_n("%(num)s account of few people left out", "%(num)s accounts of few people left out", one.small))
    return tuple(told)


def show_change(change: Comparison | None, better: str) -> ShownChange:
    """What moved since the period before, judged by what would be better ("higher", "lower", "neither")."""
    if change is None:
        return ShownChange("", _("no period before"), "flat", "flat", "")
    size, interval = _change_words(change)
    if change.changed is None:
        return ShownChange("", _("no detectable change"), "flat", "flat", interval)
    wanted = {"higher": "up", "lower": "down"}.get(better)
    mood = "flat" if wanted is None else "good" if change.changed == wanted else "bad"
    word = {"good": _("better"), "bad": _("worse"), "flat": gettext(change.sentence)}[mood]
    return ShownChange(size, word, mood, change.changed, interval)


def _change_words(change: Comparison) -> tuple[str, str]:
    if change.kind == "ratio":
        places = max(1, places_for((change.high - change.low) * 100, change.value * 100))
        ends = [f"{signed((bound - 1) * 100, places)}" for bound in (change.low, change.high)]
        return f"{signed((change.value - 1) * 100, places)}{THIN}%", show_interval(
            change.confidence, _("%(low)s to %(high)s", low=ends[0], high=f"{ends[1]}{THIN}%")
        )
    scale = scale_for(change.unit, max(abs(change.low), abs(change.high)))
    places = places_for((change.high - change.low) / scale.divisor, change.value / scale.divisor)
    if change.changed and 0 in (round(change.low / scale.divisor, places), round(change.high / scale.divisor, places)):
        places += 1
    suffix = _("pts") if change.unit == "share" else gettext(scale.suffix) if scale.suffix else ""
    word = f"{THIN}{suffix}" if suffix else ""
    low, high = (signed(bound / scale.divisor, places) for bound in (change.low, change.high))
    bounds = _("%(low)s to %(high)s", low=low, high=f"{high}{word}")
    return f"{signed(change.value / scale.divisor, places)}{word}", show_interval(change.confidence, bounds)


def signed(value: float, places: int) -> str:
    """A number that always tells its sign, as in "+1.4"."""
    text = plain(value, places)
    return f"+{text}" if math.isfinite(value) and round(value, places) > 0 else text


def show_share(share: float) -> str:
    """A share in percent with one digit behind the point: 0.412 as "41.2 %"."""
    return f"{plain(100 * share, 1)}{THIN}%"


def show_count(count: int) -> str:
    """1284 as "1,284"."""
    return _grouped(count, 0) if language() != ENGLISH else f"{count:,}"


def show_amount(amount: float, unit: str) -> str:
    """A sum as text: a whole one in full, another with two digits, one of seconds in the unit that fits."""
    if unit == "seconds":
        return scale_for(unit, amount).whole(amount, 1)
    return plain(amount, 0 if float(amount).is_integer() else 2)


def show_money(minor: int, currency: str) -> str:
    """An amount in its smallest unit as people write it: 129900 EUR as "€1,299.00"."""
    return str(format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale=locale()))


def show_bytes(size: int) -> str:
    """A file's size in its largest fitting unit, as "1.4 MiB"."""
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << power:
            return f"{plain(size / (1 << power), 1)} {unit}"
    return _n("%(size)s byte", "%(size)s bytes", size, size=show_count(size))


def show_day(moment: datetime, zone: str = "UTC") -> str:
    """The day of a moment in a zone, as "3 Mar 2026"."""
    return show_date(moment.astimezone(ZoneInfo(zone)).date())


def show_date(day: date) -> str:
    """A calendar day, as "3 Mar 2026"."""
    return f"{day.day} {day:%b %Y}" if language() == ENGLISH else format_date(day, "medium", locale())


def show_month(day: date) -> str:
    """The month that a calendar day is in, as "March 2026"."""
    return f"{day:%B %Y}" if language() == ENGLISH else format_skeleton("yMMMM", day, locale=locale())


def show_level(value: float, number: Number) -> str:
    """A value in the unit of a number, as precise as it was entered: "80 %"."""
    unit = number.unit if isinstance(number, Estimate) else ""
    scale = scale_for(unit, value)
    exact = Decimal(str(value)) / Decimal(str(scale.divisor))
    places = max(0, -int(exact.normalize().as_tuple().exponent))
    return scale.whole(value, min(places, 3))


def show_clock(moment: datetime, zone: str = "UTC") -> str:
    """The time of day of a moment in a zone, as "14:05:09"."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def show_hours(period: Period, zone: str = "UTC") -> str:
    """The hours of a period inside of a day, as "09:00–09:30"; up to the end of the day is up to 24:00."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (period.start, period.end))
    return f"{start:%H:%M}{TO}{'24:00' if end.date() > start.date() else f'{end:%H:%M}'}"


def show_period(period: Period | None, zone: str = "UTC") -> str:
    """A period by its first and last day in a zone, both inclusive: "1 Mar 2026 – 31 Mar 2026"."""
    if period is None:
        return _("no signals yet")
    first, final = show_day(period.start, zone), show_day(period.end - timedelta(microseconds=1), zone)
    return first if first == final else f"{first} {TO} {final}"


def show_span(span: timedelta) -> str:
    """A length of time in its largest whole unit: "30 days", "12 hours"."""
    seconds = span.total_seconds()
    size, say = next((unit for unit in _LENGTHS if seconds >= unit[0]), _LENGTHS[-1])
    if seconds < size:
        return f"{plain(seconds * 1000, 0)} ms"
    amount = round(seconds / size, 1)
    return say(1 if amount == 1 else 2, plain(amount, 0 if amount.is_integer() else 1))


#: Units of time with the words for so much of each; what is not a whole number takes the words for many.
_LENGTHS: tuple[tuple[int, Callable[[int, str], str]], ...] = (
    (86_400, lambda form, amount: _n("%(amount)s day", "%(amount)s days", form, amount=amount)),
    (3_600, lambda form, amount: _n("%(amount)s hour", "%(amount)s hours", form, amount=amount)),
    (60, lambda form, amount: _n("%(amount)s minute", "%(amount)s minutes", form, amount=amount)),
    (1, lambda form, amount: _n("%(amount)s second", "%(amount)s seconds", form, amount=amount)),
)
