"""Numbers for viewers who may not read single people: none of a group with few people, nor one that would give it away."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

import numpy as np

from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.associations import AssociationsFound
from touchpath.services.behind import Behind
from touchpath.services.compared import Compared, Contrast
from touchpath.services.drivers import KeyDrivers
from touchpath.services.effect_found import EffectFound
from touchpath.services.parties import without_overlap_counts
from touchpath.services.responses import Responses
from touchpath.services.results import Measurement, Overview, Reading
from touchpath.services.small_rows import shown_number, withheld
from touchpath.stats.small_groups import hide_in_lines, hide_small_cells, hide_small_groups
from touchpath.timelines.cut import REST


def withhold_from_measurement(whole: Measurement, least: int, few: frozenset[str] = frozenset()) -> Measurement:
    """The same measurement without the numbers of small groups, by periods and segments, both with their totals.

    A group is as large as its number's people, however often they answered or tried. Of parts that may overlap none is shown either that
    leaves few people besides it. few: segments that go anyway, see `differences`.
    """
    if least <= 1:
        return whole
    periods = list(dict.fromkeys(reading.period for reading in whole.readings))
    segments = list(dict.fromkeys(reading.segment for reading in whole.readings))
    counts = np.zeros((len(periods), len(segments)), np.int64)
    for reading in whole.readings:
        counts[periods.index(reading.period), segments.index(reading.segment)] = reading.number.group
    gone = hide_small_cells(counts, least, np.isin(segments, sorted(few))) if counts.size else np.zeros(counts.shape, np.bool_)

    def shown(reading: Reading) -> Reading:
        hides = gone[periods.index(reading.period), segments.index(reading.segment)]
        hides = hides or (reading.beside is not None and 0 < reading.beside < least)
        return replace(reading, number=withheld(least), late=None) if hides else reading

    total = shown_number(whole.total, least)
    return replace(
        whole,
        total=total,
        weighing=whole.weighing if isinstance(total, Estimate) else None,
        readings=tuple(shown(reading) for reading in whole.readings),
        change=None if gone.any() else whole.change,
        change_p=None if gone.any() else whole.change_p,
        mix=None if gone.any() else whole.mix,
        verdicts=() if 0 < whole.total.group < least else whole.verdicts,
        parts=tuple(
            replace(part, number=shown_number(part.number, least), score=None if 0 < part.number.group < least else part.score)
            for part in whole.parts
        ),
    )


def blank_measurement(whole: Measurement, why: str) -> Measurement:
    """The same measurement with no number at all, and why."""
    none = Undefined(why)
    return replace(
        whole,
        total=none,
        readings=tuple(replace(reading, number=none, late=None) for reading in whole.readings),
        change=None,
        change_p=None,
        mix=None,
        spread=None,
        verdicts=(),
        weighing=None,
        parts=tuple(replace(part, number=none, score=None) for part in whole.parts),
    )


def blank_comparison(whole: Compared, why: str) -> Compared:
    """The same comparison with no number at all, and why."""
    none = Undefined(why)
    contrasts = tuple(
        Contrast(one.before_title, one.after_title, none, none, none, segment=one.segment) for one in whole.contrasts
    )
    return replace(whole, total=none, contrasts=contrasts, mix=None, mixes=())


def blank_responses(whole: Responses, why: str) -> Responses:
    """The same responses with no number at all, and why."""
    none = Undefined(why)
    return replace(whole, people=None, rate=none, plain=none, weighted=none, r_indicator=none, seen=0, dismissed=0, waiting=0)


def withhold_from_overview(whole: Overview, least: int) -> Overview:
    """The same overview without the numbers of small groups."""

    def shown(measured: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
        return tuple(withhold_from_measurement(one, least) for one in measured)

    return replace(whole, rows=tuple(replace(row, ux=shown(row.ux), cx=shown(row.cx)) for row in whole.rows))


def withhold_from_comparison(whole: Compared, least: int, few: frozenset[str] = frozenset()) -> Compared:
    """The same comparison without the sides of small groups, nor those that would give one away.

    Segments that are compared with the rest or with each other add up to the total, so where one is hidden a second one is; within segments
    this holds in each period, and where any is hidden the split by segments is, and every mix. few: segments that go
    anyway, see `differences`.
    """
    if least <= 1:
        return whole
    sizes: dict[tuple[str, str], int] = {}
    for one in whole.contrasts:
        if bool(one.segment) == (whole.how == "periods" and bool(whole.by)):
            sides = ((one.before_title, one.before), (one.after_title, one.after))
            sizes |= {(title, one.segment): side.group for title, side in sides if title != REST}
    gone: set[tuple[str, str]] = set()
    for family in {title if segment else "" for title, segment in sizes}:
        names = [name for name in sizes if (name[0] if name[1] else "") == family]
        counts = np.array([sizes[name] for name in names], np.int64)
        small = ((counts > 0) & (counts < least)) | np.array([bool(few & set(name)) for name in names], np.bool_)
        hides = hide_in_lines(counts.reshape(-1, 1), small, [np.arange(counts.size)], least)
        gone |= {name for name, hidden in zip(names, hides, strict=True) if hidden}
    hidden = withheld(least)

    def shown(one: Contrast) -> Contrast:
        small = any(0 < side.group < least for side in (one.before, one.after))
        if small or {(one.before_title, one.segment), (one.after_title, one.segment)} & gone:
            return Contrast(one.before_title, one.after_title, hidden, hidden, hidden, segment=one.segment)
        return one

    contrasts = tuple(map(shown, whole.contrasts))
    kept = contrasts == whole.contrasts
    return replace(
        whole,
        total=shown_number(whole.total, least),
        contrasts=contrasts,
        notes=without_overlap_counts(whole.notes),
        mix=whole.mix if kept else None,
        # What each segment of another dimension adds would tell the numbers of small ones.
        mixes=tuple(replace(one, parts=()) for one in whole.mixes) if kept else (),
    )


def withhold_from_drivers(whole: KeyDrivers, least: int) -> KeyDrivers:
    """The same drivers; none of few people, and no count of the few whose answers are missing, have no weight, or are off the scale."""
    if whole.found.n < least or whole.people < least:
        return replace(
            whole,
            found=withheld(least),
            slopes=(),
            answers=0,
            people=0,
            missing=(None,) * len(whole.items),
            unweighted=0,
            off_scale=0,
            early=0,
        )

    missing = tuple(
        one if one == 0 or (_is_large(one, least) and whole.answers - one >= least) else None for one in whole.missing
    )
    return replace(
        whole,
        missing=missing,
        unweighted=whole.unweighted if _is_large(whole.unweighted, least) else 0,
        off_scale=whole.off_scale if _is_large(whole.off_scale, least) else 0,
        early=whole.early if _is_large(whole.early, least) else 0,
    )


def withhold_from_associations(whole: AssociationsFound, least: int, few: frozenset[str] = frozenset()) -> AssociationsFound:
    """The same associations; none of a pair with few people behind one of its numbers, and none at all where segments go anyway (`few`, see
    `differences`)."""
    pairs = tuple(
        replace(one, found=withheld(least), p_family=None, spots=(), smallest=0) if few or 0 < one.smallest < least else one
        for one in whole.pairs
    )
    return replace(whole, pairs=pairs)


def withhold_from_effect(whole: EffectFound, least: int, few: frozenset[str] = frozenset()) -> EffectFound:
    """The same effect; none of it where a period or a unit has few people behind it, or segments go anyway (`few`, see `differences`)."""
    if not few and not 0 < whole.smallest < least:
        return whole
    return replace(whole, found=withheld(least), points=(), smallest=0)


def _is_large(count: int | None, least: int) -> TypeGuard[int]:
    return count is not None and count >= least


def withhold_from_behind(whole: Behind, least: int) -> Behind:
    """The same without what few people were left out of, and without any of it where the number itself is hidden."""
    total = whole.measured.total
    hidden = isinstance(total, Undefined) and total.reason.startswith("hidden")
    kept = () if hidden else tuple(one for one in whole.left_out if one.count >= least)
    return replace(whole, left_out=kept)


def withhold_from_responses(whole: Responses, least: int, few: frozenset[str] = frozenset()) -> Responses:
    """The same responses; where a segment has few people asked or few who answered, no segments are told, nor what weighs by them. few: segments that go
    anyway, see `differences`."""
    if least <= 1 or whole.people is None:
        return whole
    segments = whole.people.segments
    small = bool(few) or any(
        any(hide_small_groups(counts, least).groups)
        for counts in (
            [one.asked for one in segments],
            [one.answered for one in segments],
            [one.asked - one.answered for one in segments],
        )
    )
    if not small:
        return whole
    if len(segments) == 1:
        return replace(
            whole,
            people=None,
            rate=withheld(least),
            plain=shown_number(whole.plain, least),
            weighted=withheld(least),
            seen=0,
            dismissed=0,
            waiting=0,
        )
    return replace(
        whole,
        people=replace(whole.people, segments=(), r=None, unreached=()),
        r_indicator=withheld(least),
        weighted=withheld(least),
    )
