"""What the members of a group are like in one period, and were in the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Dimension
from touchpath.model.time import Period
from touchpath.services.ground import Frame, Ground, KeptCut
from touchpath.services.groups import ProfilePart, ProfileShift, dimensions_of_people, share_of
from touchpath.stats.comparisons import difference_of
from touchpath.stats.contrasts import invert
from touchpath.stats.multiple import holm
from touchpath.stats.shifts import Moved, shift_interval
from touchpath.timelines.cut import period_edges
from touchpath.timelines.kernels import fixed
from touchpath.timelines.memberships import Chosen, Members, Shift


def show_shifts(ground: Ground, members: Members, frame: Frame, confidence: float) -> Iterator[ProfileShift]:
    """The last whole period beside the one before it, by every dimension of people."""
    whole = [one for one in frame.periods if frame.complete(one)]
    if len(whole) < 2:
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
    early, late = (share_of(*one, confidence, "") for one in (moved.before, moved.after))
    if not moved.before[1] or not moved.after[1]:
        return ProfilePart(value, early, late, Undefined("one of the periods has no members")), None

    def compare(sure: float) -> Comparison:
        found, limits = shift_interval(moved, sure)
        return difference_of(found, limits, sure, "share", "hybrid score, people in both counted as such")

    return ProfilePart(value, early, late, compare(confidence)), invert(compare)
