"""Counts groups of people: sizes, overlaps, who came and left, and one of them beside everybody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from touchpath.model.errors import BadInput, Missing, TouchpathError, unknown
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Dimension
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.compared import Compared, Contrast
from touchpath.services.comparing import compare_group
from touchpath.services.ground import Frame, Ground
from touchpath.services.group_shifts import show_shifts
from touchpath.services.groups import (
    Group,
    GroupFound,
    GroupPeriod,
    Groups,
    GroupSize,
    ProfileShift,
    SavedGroup,
    dimensions_of_people,
    list_groups,
    share_of,
)
from touchpath.services.overview import fitting_grain
from touchpath.services.parties import lifecycle_of
from touchpath.services.personal_details import without_details
from touchpath.services.queries import ask
from touchpath.stats.multiple import holm
from touchpath.timelines.belonging import Belonging
from touchpath.timelines.cut import NONE, OTHER
from touchpath.timelines.fold import Selection
from touchpath.timelines.memberships import Chosen, Did, HasStatus, Members, MembershipCounts, Memberships, Valued

#: So many periods back the sizes of groups are told, and those of a saved query, which is asked once for each.
PERIODS, PERIODS_OF_SAVED = 13, 6
#: So many groups are held against each other; more would be too many to read.
MOST = 40


def show_groups(
    ground: Ground, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None, confidence: float = 0.95
) -> Groups:
    """All groups with their sizes, overlaps and periods. by: a dimension of people whose segments are groups, too.

    A saved query that cannot be asked costs only its own people. Raises BadInput for a dimension that is not one of people, Missing without signals.
    """
    chosen, notes = list_groups(ground.experience, tuple(_segments(ground, by)), saved), list[str]()
    members = dict[Group, Members]()
    for one in chosen[:MOST]:
        try:
            members[one] = _members(ground, one)
        except TouchpathError as error:
            notes.append(f"'{one.title}' could not be asked: {error}")
    if len(chosen) > MOST:
        notes.append(f"The first {MOST} of {len(chosen)} groups are shown.")
    return _told(ground, members, grain, confidence, tuple(notes))


def show_group(
    ground: Ground,
    id: str,
    saved: Sequence[SavedGroup] = (),
    grain: Grain | None = None,
    asks: Sequence[tuple[str, str]] = (),
    confidence: float = 0.95,
) -> GroupFound:
    """One group: the others beside it, its periods, what its members are like, and these numbers beside everybody else's.

    Raises Missing for an unknown group.
    """
    found = find_group(ground, id, saved)
    # All of its family: what may be told of one of them depends on the others.
    family = tuple(_segments(ground, found.dimension)) if found.kind == "segment" else ()
    others = [one for one in list_groups(ground.experience, family) if one.id != id][: MOST - 1]
    frame = _frame(ground, grain)
    alone = _members(ground, found, frame.periods)
    members = {found: alone} | {one: _members(ground, one) for one in others}
    groups = _told(ground, members, grain, confidence, ())
    beside = tuple(_beside(ground, alone, found.title, asks, confidence))
    return GroupFound(groups, 0, _together(beside), shifts_of(ground, alone, frame, confidence))


def shifts_of(ground: Ground, members: Members, frame: Frame, confidence: float) -> tuple[ProfileShift, ...]:
    """What members of the last whole period are like beside those of the one before; nothing of people that are not told by period."""
    return tuple(show_shifts(ground, members, frame, confidence)) if _is_told(members) else ()


def _beside(
    ground: Ground, members: Members, title: str, asks: Sequence[tuple[str, str]], confidence: float
) -> Iterator[Compared]:
    """The group's numbers beside everybody else's; without those that know no people to be told apart."""
    for metric, subject in asks:
        with suppress(BadInput, Missing):
            yield compare_group(ground, metric, subject, members.ever(), title, confidence)


def find_group(ground: Ground, id: str, saved: Sequence[SavedGroup] = ()) -> Group:
    """The group that an address names; raises Missing with those that there are."""
    segments: tuple[tuple[Dimension, str], ...] = ()
    if id.startswith("segment:"):
        segments = tuple(_segments(ground, id.removeprefix("segment:").partition(":")[0]))
    known = {one.id: one for one in list_groups(ground.experience, segments, saved)}
    if id not in known:
        raise Missing(unknown("segment or persona", id, known))
    return known[id]


def select_group(ground: Ground, id: str, saved: Sequence[SavedGroup] = ()) -> Selection:
    """The people of a group."""
    group = find_group(ground, id, saved)
    return ground.engine.select(
        Belonging((_members(ground, group).ever(),)), ground.open(), frozenset({1}), ground.who, group.title
    )


def _segments(ground: Ground, by: str) -> Iterator[tuple[Dimension, str]]:
    if not by:
        return
    known = {one.id: one for one in dimensions_of_people(ground.experience)}
    if by not in known:
        raise BadInput(unknown("dimension of people", by, known))
    labels = ground.frame(by=by).segments
    told = without_details(
        [one for one in labels if one not in ("", NONE, OTHER) and not one.endswith("(pooled)")], ground.detectors
    )
    yield from ((known[by], one) for one in told)


def _members(ground: Ground, group: Group, periods: Sequence[Period] = ()) -> Members:
    """The people of a group; of a saved query those of the last of these periods, too."""
    if group.kind == "status":
        return HasStatus(lifecycle_of(ground.experience), group.title, ground.open().end + 1)
    if group.kind == "segment":
        return Valued(ground.dimension(group.dimension), group.value)
    if group.saved is not None:
        asked, outcome = group.saved.asked, group.saved.outcome
        each = tuple(ask.select(ground, replace(asked, period=one), outcome) for one in periods[-PERIODS_OF_SAVED:])
        nobody = Selection("person", np.empty(0, np.int64), "")
        early = (nobody,) * (len(periods) - len(each))
        return Chosen(ask.select(ground, asked, outcome), early + each if periods else ())
    assert group.rule is not None, "a persona and a role have a rule"
    return Did(group.rule)


def _frame(ground: Ground, grain: Grain | None) -> Frame:
    """The last calendar periods of the data."""
    span = ground.span()
    if span is None:
        raise Missing(
            "There are no signals yet, so there are no people in any group. Import some: touchpath import FILE --map MAPPING.yaml"
        )
    chosen = grain or fitting_grain(span)
    periods = calendar_periods(span, chosen, ground.zone, ground.week_start)[-PERIODS:]
    return ground.frame(Period(periods[0].start, periods[-1].end), grain=chosen)


def _told(
    ground: Ground, members: dict[Group, Members], grain: Grain | None, confidence: float, notes: tuple[str, ...]
) -> Groups:
    frame = _frame(ground, grain)
    span = ground.span()
    counts = ground.summarise(Memberships(tuple(members.values())), frame)
    version, everybody = frame.timelines.data_version, int(counts.everybody[0])
    sizes = tuple(
        _size(group, place, counts, frame, everybody, confidence, told=_is_told(one))
        for place, (group, one) in enumerate(members.items())
    )
    pairs = tuple(tuple(int(one) for one in row) for row in counts.pairs.tolist())
    overlaps = tuple(tuple(share_of(both, row[place], confidence, version) for both in row) for place, row in enumerate(pairs))
    assert span is not None, "a frame has signals"
    return Groups(sizes, everybody, pairs, overlaps, grain or fitting_grain(span), version, notes)


def _is_told(members: Members) -> bool:
    return not isinstance(members, Chosen) or bool(members.periods)


def _size(
    group: Group, place: int, counts: MembershipCounts, frame: Frame, everybody: int, confidence: float, told: bool
) -> GroupSize:
    size, version = int(counts.pairs[place, place]), frame.timelines.data_version
    base = counts.known if group.kind == "status" else counts.active
    first = len(frame.periods) - PERIODS_OF_SAVED if group.kind == "saved" else 0
    periods = tuple(
        _period(
            counts.members[place].tolist(),
            counts.stayed[place].tolist(),
            base.tolist(),
            at,
            at > max(0, first),
            frame,
            confidence,
        )
        for at in range(max(0, first), len(frame.periods))
    )
    return GroupSize(group, size, share_of(size, everybody, confidence, version), periods if told else ())


def _period(
    members: Sequence[int], stayed: Sequence[int], base: Sequence[int], at: int, flows: bool, frame: Frame, confidence: float
) -> GroupPeriod:
    period, version = frame.periods[at], frame.timelines.data_version
    share = share_of(members[at], base[at], confidence, version).named("group", period, version)
    complete = frame.complete(period)
    if not flows or not complete:
        why = "the period is not over" if flows else "there is no period before"
        return GroupPeriod(period, complete, members[at], share, None, None, None, Undefined(why))
    before, same = members[at - 1], stayed[at]
    kept = share_of(same, before, confidence, version).named("group", period, version)
    return GroupPeriod(period, complete, members[at], share, members[at] - same, same, before - same, kept)


def _together(beside: tuple[Compared, ...]) -> tuple[Compared, ...]:
    """All numbers of a group are one family of comparisons, so p-values are corrected for all of them (Holm)."""
    ps = [(at, one.p) for at, compared in enumerate(beside) for one in compared.contrasts if one.p is not None]
    corrected = dict(zip((at for at, _ in ps), holm([p for _, p in ps]), strict=True)) if ps else {}

    def again(at: int, one: Contrast) -> Contrast:
        return replace(one, p_family=corrected.get(at), together=None)

    return tuple(
        replace(compared, contrasts=tuple(again(at, one) for one in compared.contrasts)) for at, compared in enumerate(beside)
    )
