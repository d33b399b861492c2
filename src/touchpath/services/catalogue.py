"""The event catalogue: every kind with its volume, its properties and who reads it, and what about it drifted."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import Missing, unknown
from touchpath.services.coverage import property_readers
from touchpath.services.personal_details import hide_details
from touchpath.services.platform import Platform
from touchpath.services.results import KindUse
from touchpath.stats.drift import BASELINE, LOOKED_AT, Drift, judge_days
from touchpath.stats.p_values import say_p
from touchpath.store.catalogue import AskedQuestion, CatalogueState, CatalogueStore, DayCounts, PropertyCount

#: One kind in a thousand that does not change is listed by chance.
ALPHA = 0.001
#: A property or type is new when its kind was there so many days before it; alerts are told so long.
SETTLED_DAYS, TOLD_DAYS = 7, 28
#: Sources of which at least this share arrives within two days are taken to go on; others end with their file.
LIVE_SHARE = 0.5
#: A property that fewer signals have comes in bursts as often as not; that it is gone for a while says little.
LEAST_SHARE = 0.2
WEEKS_DRAWN = 26
ANSWERED = "survey.answered"
MOST_QUESTIONS = 200
_WAIT_SECONDS = 2.0
_EPOCH = date(1970, 1, 1)

Alarm = Literal["vanished", "volume", "new property", "property gone", "type changed"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that drifted, since which day (None when it has no day), in a sentence with its numbers."""

    kind: str
    alarm: Alarm
    day: date | None
    says: str
    property: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueKind:
    """One kind in the catalogue. weeks: its signals in each of the last 26 weeks, oldest first."""

    use: KindUse
    weeks: tuple[int, ...]
    properties: int
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All kinds, most frequent first. tested: kinds whose volume could be judged; by_chance: how many of them alarm by chance."""

    kinds: tuple[CatalogueKind, ...]
    alerts: tuple[Alert, ...]
    state: CatalogueState
    tested: int

    @property
    def by_chance(self) -> float:
        """How many alerts about volume are expected although nothing changed."""
        return self.tested * ALPHA


@dataclass(frozen=True, slots=True)
class CatalogueProperty:
    """One property of a kind. present: share of the kind's signals that have it. examples: values; form: one with its words hidden."""

    name: str
    types: tuple[PropertyCount, ...]
    signals: int
    present: float
    form: str
    examples: tuple[str, ...]
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindDetail:
    """One kind in full. days: signals on each of the last 84 days, oldest first; drift: what the last whole day came to."""

    kind: CatalogueKind
    sources: tuple[str, ...]
    last_day: date
    days: tuple[int, ...]
    drift: Drift | None
    drift_day: date | None
    properties: tuple[CatalogueProperty, ...]
    state: CatalogueState


class CatalogueService:
    """The catalogue of one workspace. Safe to call from many threads."""

    def __init__(self, platform: Platform, store: CatalogueStore) -> None:
        self._platform, self._store = platform, store
        self._lock = threading.Lock()
        self._kept: tuple[CatalogueState, tuple[DayCounts, Sequence[_Judged], Sequence[Alert]]] | None = None

    def show(self) -> Catalogue:
        """All kinds with what drifted, as far as the lake has been looked at."""
        uses = self._platform.kinds()
        state = self._store.refresh(_WAIT_SECONDS) if uses else CatalogueState(0, 0, -1)
        numbers = self._store.property_numbers()
        days, judged, settled = self._looked_at(state)
        by_kind: dict[str, list[Alert]] = {}
        for alert in settled:
            by_kind.setdefault(alert.kind, []).append(alert)
        weeks = _weeks(days)
        kinds = [
            CatalogueKind(use, weeks.get(use.kind, ()), numbers.get(use.kind, 0), tuple(by_kind.get(use.kind, ())))
            for use in sorted(uses, key=lambda use: (-use.signals, use.kind))
        ]
        alerts = sorted(settled, key=lambda alert: alert.day or _EPOCH, reverse=True)
        return Catalogue(tuple(kinds), tuple(alerts), state, sum(one.drift is not None for one in judged))

    def kind(self, name: str, *, examples: bool) -> KindDetail:
        """One kind with its properties; raises Missing. examples: read some values, which may hold what single people wrote."""
        catalogue = self.show()
        found = next((one for one in catalogue.kinds if one.use.kind == name), None)
        if found is None:
            raise Missing(unknown("kind of signal", name, [one.use.kind for one in catalogue.kinds]))
        days, all_judged, _ = self._looked_at(catalogue.state)
        judged = next((one for one in all_judged if one.kind == name), None)
        row = days.counts[list(days.kinds).index(name)] if name in days.kinds else np.zeros(1, np.int64)
        last = _day(days.first_day + row.size - 1)
        return KindDetail(
            found,
            tuple(sorted(days.sources.get(name, ()))),
            last,
            tuple(int(n) for n in row[-BASELINE - LOOKED_AT :]),
            judged.drift if judged else None,
            judged.day if judged else None,
            self._properties(name, examples),
            catalogue.state,
        )

    def questions(self) -> tuple[AskedQuestion, ...]:
        """The questions that answers came to, most answers first, with personal details in their wording hidden."""
        if not any(use.kind == ANSWERED for use in self._platform.kinds()):
            return ()
        found = self._store.asked_questions(MOST_QUESTIONS)
        return tuple(replace(one, wording=hide_details(one.wording)) for one in found)

    def _looked_at(self, state: CatalogueState) -> tuple[DayCounts, Sequence[_Judged], Sequence[Alert]]:
        """What follows from what was looked at; found once for each state."""
        with self._lock:
            if self._kept is None or self._kept[0] != state:
                days = self._store.days()
                judged = _judge(days)
                self._kept = state, (days, judged, [*_volume_alerts(judged), *self._property_alerts(days)])
            return self._kept[1]

    def finish(self, seconds: float = 3_600.0) -> CatalogueState:
        """Wait until the whole lake has been looked at, at most so long."""
        return self._store.refresh(seconds)

    def close(self) -> None:
        """End the look that is under way; the rest is looked at next time."""
        self._store.close()

    def clear(self) -> None:
        """Delete what is kept about the lake, as after an erasure."""
        with self._lock:
            self._kept = None
        self._store.clear()

    def _properties(self, kind: str, examples: bool) -> tuple[CatalogueProperty, ...]:
        counts = self._store.property_counts(kind)
        values = self._store.examples(kind) if examples and counts else {}
        values = {name: [hide_details(value) for value in some] for name, some in values.items()}
        readers = property_readers(self._platform.experience(), kind)
        rows = max(1, self._rows(kind))
        return tuple(
            CatalogueProperty(
                name,
                tuple(types),
                (signals := sum(one.signals for one in types)),
                min(1.0, signals / rows),
                types[0].form,
                tuple(values.get(name, ())),
                readers.get(name, ()),
            )
            for name, types in counts.items()
        )

    def _rows(self, kind: str) -> int:
        return next((use.signals for use in self._platform.kinds() if use.kind == kind), 0)

    def _property_alerts(self, days: DayCounts) -> Iterable[Alert]:
        """Properties that came, went or changed their type lately."""
        zone = ZoneInfo(self._platform.zone)
        places = {kind: place for place, kind in enumerate(days.kinds)}
        for kind, name, types in self._store.property_changes(TOLD_DAYS, SETTLED_DAYS):
            dated = [(_local(one.first, zone), _local(one.last, zone), one) for one in types if one.type != "nothing"]
            if dated and kind in places:
                yield from _property_drift(
                    kind, name, *_span(days, places[kind]), dated, days.counts[places[kind]], days.first_day
                )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A kind's last whole day, and which day that is."""

    kind: str
    drift: Drift | None
    day: date


def _judge(days: DayCounts) -> list[_Judged]:
    """Each kind on the last whole day of its sources, those with the same last day together."""
    if not days.kinds:
        return []
    ends: dict[int, list[int]] = {}
    for place, kind in enumerate(days.kinds):
        ends.setdefault(_end(days, kind), []).append(place)
    found: list[_Judged] = []
    for end, places in ends.items():
        width = end - days.first_day + 1
        start = max(0, width - BASELINE - LOOKED_AT)
        counts = days.counts[places, start:width].astype(np.float64)
        since = np.array([int(np.flatnonzero(days.counts[place])[0]) for place in places]) - start
        known = np.arange(width - start)[None, :] >= since[:, None]
        drifts = judge_days(counts, known, ALPHA) if width > start else [None] * len(places)
        found += [_Judged(days.kinds[place], drift, _day(end)) for place, drift in zip(places, drifts, strict=True)]
    return found


def _end(days: DayCounts, kind: str) -> int:
    """The last whole day that is to be judged: the day before the last one of those of its sources that go on longest."""
    newest = max(last for _, last in days.source_days.values())
    ends = (newest if days.live[one] >= LIVE_SHARE else days.source_days[one][1] for one in days.sources[kind])
    return max(max(ends) - 1, days.first_day)


def _volume_alerts(judged: Sequence[_Judged]) -> Iterable[Alert]:
    for one in judged:
        drift = one.drift
        if drift is None:
            continue
        if drift.silent(ALPHA):
            day = one.day - timedelta(days=drift.quiet - 1)
            says = (
                f"no signal for {drift.quiet} {'day' if drift.quiet == 1 else 'days'}, where {drift.usual:,.1f} a day were usual "
                f"({drift.days} days; so long a silence by chance: {say_p(drift.p_quiet)})"
            )
            yield Alert(one.kind, "vanished", day, says)
        elif drift.changed:
            day = one.day - timedelta(days=drift.day - drift.since)
            says = (
                f"{drift.observed:,.0f} on {one.day.day} {one.day:%b %Y}, where {drift.low:,.0f} to {drift.high:,.0f} were to be "
                f"expected for the day of the week ({drift.expected:,.0f}, from {drift.days} days; {say_p(drift.p)})"
            )
            yield Alert(one.kind, "volume", day, says)


def _property_drift(
    kind: str,
    name: str,
    first: date,
    last: date,
    types: Sequence[tuple[date, date, PropertyCount]],
    counts: NDArray[np.int64],
    first_day: int,
) -> Iterable[Alert]:
    began, ended = min(one[0] for one in types), max(one[1] for one in types)
    told = last - timedelta(days=TOLD_DAYS)
    signals = sum(one.signals for _, _, one in types)
    if began > first + timedelta(days=SETTLED_DAYS) and began > told:
        yield Alert(kind, "new property", began, f"new, on {_many(signals)} since", name)
    for since, _, one in types:
        others = [other for other in types if other[2].type != one.type and other[0] < since - timedelta(days=SETTLED_DAYS)]
        if others and since > told:
            before = ", ".join(sorted({other[2].type for other in others}))
            yield Alert(kind, "type changed", since, f"{one.type} on {_many(one.signals)} since, {before} before", name)
    after = _signals_between(counts, first_day, ended + timedelta(days=1), last)
    before_end = _signals_between(counts, first_day, began, ended)
    if last - ended >= timedelta(days=1) and ended > told - timedelta(days=TOLD_DAYS) and before_end and after > 1:
        share = min(signals / before_end, 1.0)
        p = _chance_of_none(min(signals, before_end), before_end, after)
        if p < ALPHA and share >= LEAST_SHARE:
            says = f"on none of the last {after:,} signals, where {share:.0%} of {before_end:,} had it (by chance: {say_p(p)})"
            yield Alert(kind, "property gone", ended + timedelta(days=1), says, name)


def _many(signals: int) -> str:
    return f"{signals:,} {'signal' if signals == 1 else 'signals'}"


def _chance_of_none(having: int, of: int, after: int) -> float:
    """How likely none of the next signals has a property that some of those before had, when nothing changed.

    The share that have it is known no better than those before tell it, so even where all had it this is not 0. Source: the predictive
    distribution of a binomial with a uniform prior (beta-binomial), Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 2.1.
    """
    lacking = of - having + 1
    return math.exp(math.lgamma(lacking + after) + math.lgamma(of + 2) - math.lgamma(lacking) - math.lgamma(of + 2 + after))


def _signals_between(counts: NDArray[np.int64], first_day: int, first: date, last: date) -> int:
    start, stop = (first - _EPOCH).days - first_day, (last - _EPOCH).days - first_day + 1
    return int(counts[max(start, 0) : max(stop, 0)].sum())


def _weeks(days: DayCounts) -> Mapping[str, tuple[int, ...]]:
    """Signals of each kind in each of the last 26 weeks that end with the last day."""
    if not days.kinds:
        return {}
    width = days.counts.shape[1]
    weeks = min(WEEKS_DRAWN, -(-width // 7))
    padded = np.pad(days.counts, ((0, 0), (max(0, weeks * 7 - width), 0)))[:, -weeks * 7 :]
    sums = padded.reshape(len(days.kinds), weeks, 7).sum(axis=2)
    return {kind: tuple(int(n) for n in sums[place]) for place, kind in enumerate(days.kinds)}


def _span(days: DayCounts, place: int) -> tuple[date, date]:
    filled = np.flatnonzero(days.counts[place])
    return _day(days.first_day + int(filled[0])), _day(days.first_day + int(filled[-1]))


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
