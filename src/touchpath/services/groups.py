"""Groups of people: personas, roles, status, segments and what saved queries find; how large they are, whom they share, who comes and goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from touchpath.model.errors import BadInput, Missing, TouchpathError, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Dimension, Experience
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.compared import Compared, Contrast
from touchpath.services.comparing import compare_group
from touchpath.services.ground import Frame, Ground, KeptCut
from touchpath.services.overview import fitting_grain
from touchpath.services.parties import lifecycle_of
from touchpath.services.personal_details import without_details
from touchpath.services.queries import ask
from touchpath.services.queries.reading import Asked
from touchpath.services.results import Number
from touchpath.services.tables import Row, contrast_row, number_row, rows
from touchpath.stats.comparisons import difference_of
from touchpath.stats.contrasts import invert
from touchpath.stats.multiple import holm
from touchpath.stats.proportions import wilson_interval
from touchpath.stats.shifts import Moved, shift_interval
from touchpath.timelines.belonging import Belonging
from touchpath.timelines.cut import NONE, OTHER, period_edges
from touchpath.timelines.fold import Selection
from touchpath.timelines.kernels import fixed
from touchpath.timelines.memberships import (
    Chosen,
    Did,
    HasStatus,
    Members,
    MembershipCounts,
    Memberships,
    Shift,
    Valued,
)
from touchpath.timelines.segments import is_of_owner
from touchpath.timelines.status import STATUSES

GroupKind = Literal["persona", "role", "status", "segment", "saved"]
KINDS: tuple[GroupKind, ...] = ("persona", "role", "status", "segment", "saved")
#: So many periods back the sizes of groups are told, and those of a saved query, which is asked once for each.
PERIODS, PERIODS_OF_SAVED = 13, 6
#: So many groups are held against each other; more would be too many to read.
MOST = 40


@dataclass(frozen=True, slots=True)
class SavedGroup:
    """People whom a saved query finds. id: the query's; asked: the query; outcome: the name of the people among what it finds."""

    id: str
    title: str
    asked: Asked
    outcome: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group. id: as addresses name it, "persona:planners". family: groups of one family never share people; "" = they may.

    rule: what its people did, of a persona or role. dimension, value: of a segment. saved: of a saved query.
    """

    kind: GroupKind
    id: str
    title: str
    family: str = ""
    rule: EventRule | None = None
    dimension: str = ""
    value: str = ""
    saved: SavedGroup | None = None


@dataclass(frozen=True, slots=True)
class GroupPeriod:
    """A group in one period. entered: members who were none in the period before; stayed: who were; left: who were and are not.

    None where nobody knows (before the first period), or where it is hidden. share: of the people who count in that period.
    """

    period: Period
    complete: bool
    members: int | None
    share: Number
    entered: int | None
    stayed: int | None
    left: int | None
    kept: Number


@dataclass(frozen=True, slots=True)
class GroupSize:
    """A group with its size. size: None where it is hidden. share: of everybody. periods: oldest first; none of a saved query's list."""

    group: Group
    size: int | None
    share: Number
    periods: tuple[GroupPeriod, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups beside each other.

    shared[i][j]: how many people groups i and j share; None where it is hidden. overlaps[i][j]: the share of the people of group i who are in
    group j, too. notes: what to know before reading, and what could not be asked.
    """

    sizes: tuple[GroupSize, ...]
    everybody: int | None
    shared: tuple[tuple[int | None, ...], ...]
    overlaps: tuple[tuple[Number, ...], ...]
    grain: Grain
    data_version: str
    notes: tuple[str, ...] = ()

    def place(self, id: str) -> int:
        """Where a group stands; raises Missing."""
        ids = [one.group.id for one in self.sizes]
        if id not in ids:
            raise Missing(unknown("segment or persona", id, ids))
        return ids.index(id)


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """One value of a dimension among a group's members, in the period before and in the last whole one. p_family: corrected for all."""

    value: str
    before: Number
    after: Number
    found: Comparison | Undefined
    p_family: float | None = None

    @property
    def changed(self) -> Literal["up", "down"] | None:
        """The direction, where it is more than noise among all values that were compared."""
        if not isinstance(self.found, Comparison) or self.p_family is None or self.p_family > 1 - self.found.confidence + 1e-12:
            return None
        return "up" if self.found.value > 0 else "down"


@dataclass(frozen=True, slots=True)
class ProfileShift:
    """What a group's members are like by one dimension, in two periods. moved: half the sum of all differences of shares, 0 to 1."""

    dimension: str
    title: str
    before: Period
    after: Period
    moved: float | None
    parts: tuple[ProfilePart, ...]


@dataclass(frozen=True, slots=True)
class GroupFound:
    """One group in full. beside: its numbers beside those of everybody else. shifts: what its members are like, and were before."""

    groups: Groups
    place: int
    beside: tuple[Compared, ...]
    shifts: tuple[ProfileShift, ...]

    @property
    def size(self) -> GroupSize:
        """The group with its size and periods."""
        return self.groups.sizes[self.place]

    @property
    def group(self) -> Group:
        """Which one."""
        return self.size.group


def list_groups(
    experience: Experience, segments: Sequence[tuple[Dimension, str]] = (), saved: Sequence[SavedGroup] = ()
) -> tuple[Group, ...]:
    """The groups of a model, those of dimensions that were chosen, and those of saved queries, in that order."""
    found = [Group("persona", f"persona:{one.id}", one.title, rule=one.rule) for one in experience.personas]
    found += [Group("role", f"role:{one.id}", one.title, rule=one.rule) for one in experience.roles]
    if experience.lifecycle:
        found += [Group("status", f"status:{one}", one, family="status") for one in STATUSES]
    found += [
        Group("segment", f"segment:{one.id}:{value}", f"{one.title}: {value}", f"segment {one.id}", dimension=one.id, value=value)
        for one, value in segments
    ]
    found += [Group("saved", f"saved:{one.id}:{one.outcome}", f"{one.title}: {one.outcome}", saved=one) for one in saved]
    return tuple(found)


def dimensions_of_people(experience: Experience) -> tuple[Dimension, ...]:
    """The dimensions of which everybody has one value, so that its segments are groups of people."""
    return tuple(one for one in experience.dimensions if one.level == "person" and is_of_owner(one))


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
    others = [one for one in list_groups(ground.experience) if one.id != id][: MOST - 1]
    frame = _frame(ground, grain)
    alone = _members(ground, found, frame.periods)
    members = {found: alone} | {one: _members(ground, one) for one in others}
    groups = _told(ground, members, grain, confidence, ())
    beside = tuple(_beside(ground, alone, found.title, asks, confidence))
    return GroupFound(groups, 0, _together(beside), tuple(_shifts(ground, alone, frame, confidence)))


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
    overlaps = tuple(tuple(_share(both, row[place], confidence, version) for both in row) for place, row in enumerate(pairs))
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
    return GroupSize(group, size, _share(size, everybody, confidence, version), periods if told else ())


def _period(
    members: Sequence[int], stayed: Sequence[int], base: Sequence[int], at: int, flows: bool, frame: Frame, confidence: float
) -> GroupPeriod:
    period, version = frame.periods[at], frame.timelines.data_version
    share = _share(members[at], base[at], confidence, version).named("group", period, version)
    complete = frame.complete(period)
    if not flows or not complete:
        why = "the period is not over" if flows else "there is no period before"
        return GroupPeriod(period, complete, members[at], share, None, None, None, Undefined(why))
    before, same = members[at - 1], stayed[at]
    kept = _share(same, before, confidence, version).named("group", period, version)
    return GroupPeriod(period, complete, members[at], share, members[at] - same, same, before - same, kept)


def _share(part: int, whole: int, confidence: float, version: str) -> Number:
    if not whole:
        return Undefined("there is nobody")
    low, high = wilson_interval(part, whole, confidence)
    return Estimate(part / whole, low, high, whole, "people", "share", confidence, "Wilson score interval", data_version=version)


def _shifts(ground: Ground, members: Members, frame: Frame, confidence: float) -> Iterator[ProfileShift]:
    """The last whole period beside the one before it, by every dimension of people."""
    whole = [one for one in frame.periods if frame.complete(one)]
    if len(whole) < 2 or not _is_told(members):
        return
    before, after = whole[-2:]
    if isinstance(members, Chosen):
        places = [frame.periods.index(one) for one in (before, after)]
        members = replace(members, periods=tuple(members.periods[place] for place in places))
    for dimension in dimensions_of_people(ground.experience):
        cut = ground.frame(Period(before.start, before.end), dimension.id)
        two = replace(cut, periods=(before, after), cut=_of_two(cut, before, after))
        counts = ground.summarise(Shift(members), two).people.tolist()
        yield _shift(dimension, cut.segments, counts, before, after, confidence)


def _of_two(frame: Frame, before: Period, after: Period) -> KeptCut:
    edges = fixed(period_edges((before, after)))
    return KeptCut(replace(frame.cut.cut, edges=edges))


def _shift(
    dimension: Dimension, values: Sequence[str], counts: Sequence[Sequence[int]], before: Period, after: Period, confidence: float
) -> ProfileShift:
    everybody = [sum(column) for column in zip(*counts, strict=True)]
    moved = [Moved((one[0], everybody[0]), (one[1], everybody[1]), (one[2], everybody[2])) for one in counts]
    parts = [_part(value, one, confidence) for value, one in zip(values, moved, strict=True) if one.before[0] or one.after[0]]
    tested = [(place, p) for place, (_, p) in enumerate(parts) if p is not None]
    corrected = dict(zip((place for place, _ in tested), holm([p for _, p in tested]), strict=True)) if tested else {}
    found = tuple(replace(part, p_family=corrected.get(place)) for place, (part, _) in enumerate(parts))
    told = [
        (one.before.value, one.after.value)
        for one in found
        if isinstance(one.before, Estimate) and isinstance(one.after, Estimate)
    ]
    distance = sum(abs(late - early) for early, late in told) / 2 if told else None
    return ProfileShift(dimension.id, dimension.title, before, after, distance, found)


def _part(value: str, moved: Moved, confidence: float) -> tuple[ProfilePart, float | None]:
    early, late = (_share(*one, confidence, "") for one in (moved.before, moved.after))
    if not moved.before[1] or not moved.after[1]:
        return ProfilePart(value, early, late, Undefined("one of the periods has no members")), None

    def compare(sure: float) -> Comparison:
        found, limits = shift_interval(moved, sure)
        return difference_of(found, limits, sure, "share", "hybrid score, people in both counted as such")

    return ProfilePart(value, early, late, compare(confidence)), invert(compare)


def _together(beside: tuple[Compared, ...]) -> tuple[Compared, ...]:
    """All numbers of a group are one family of comparisons, so p-values are corrected for all of them (Holm)."""
    ps = [(at, one.p) for at, compared in enumerate(beside) for one in compared.contrasts if one.p is not None]
    corrected = dict(zip((at for at, _ in ps), holm([p for _, p in ps]), strict=True)) if ps else {}

    def again(at: int, one: Contrast) -> Contrast:
        return replace(one, p_family=corrected.get(at), together=None)

    return tuple(
        replace(compared, contrasts=tuple(again(at, one) for one in compared.contrasts)) for at, compared in enumerate(beside)
    )


@rows.register
def _(answer: Groups) -> list[Row]:
    """One row for each group and period; a group that is not told by period has one row without."""
    return [row for one in answer.sizes for row in _rows_of(one)]


@rows.register
def _(answer: GroupFound) -> list[Row]:
    """Its numbers beside everybody else's."""
    return [
        {"metric": one.metric.id, "about": one.about, **contrast_row(pair)} for one in answer.beside for pair in one.contrasts
    ]


def _rows_of(one: GroupSize) -> list[Row]:
    whole: Row = {"group": one.group.id, "title": one.group.title, "people": one.size}
    none: Row = {"from": None, "complete": None, "members": None, "entered": None, "stayed": None, "left": None}
    first: Row = {**whole, **none, **number_row(one.share)}
    return [first, *({**whole, **_row_of(period), **number_row(period.share)} for period in one.periods)]


def _row_of(one: GroupPeriod) -> Row:
    return {
        "from": one.period.start, "complete": one.complete, "members": one.members, "entered": one.entered, "stayed": one.stayed,
        "left": one.left,
    }  # fmt: skip
