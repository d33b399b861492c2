"""Made-up segments and personas: plain ones, one of nobody, one that is hidden."""

from __future__ import annotations

from dataclasses import replace

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.compared import Compared
from touchpath.services.groups import (
    GroupFound,
    GroupPeriod,
    Groups,
    GroupSize,
    ProfilePart,
    ProfileShift,
    SavedGroup,
    dimensions_of_people,
    list_groups,
)
from touchpath.stats.comparisons import difference_of
from touchpath.stats.intervals import Interval

HIDDEN = Undefined("hidden: a group of fewer than 5 people, or one that would give such a group away")


def share(part: int, whole: int) -> Estimate | Undefined:
    if not whole:
        return Undefined("there is nobody")
    value = part / whole
    return Estimate(value, max(0.0, value - 0.03), min(1.0, value + 0.03), whole, "people")


def make_groups(experience: Experience, span: Period, by: str, saved: tuple[SavedGroup, ...], grain: Grain | None) -> Groups:
    """Groups of a model; the second of them is hidden, the third is of nobody."""
    segments = [
        (one, value) for one in dimensions_of_people(experience) if one.id == by for value in ("free", "pro & <b>more</b>")
    ]
    found = list_groups(experience, segments, saved)
    sizes = tuple(_size(one, 1200 // (at + 1) if at != 2 else 0, span, grain or "month") for at, one in enumerate(found))
    sizes = tuple(_hidden(one) if at == 1 else one for at, one in enumerate(sizes))
    shared = tuple(tuple(None if 1 in (i, j) else 1200 // (max(i, j) + 1) for j in range(len(sizes))) for i in range(len(sizes)))
    overlaps = tuple(
        tuple(HIDDEN if both is None else share(both // 3, sizes[i].size or 0) for both in row) for i, row in enumerate(shared)
    )
    return Groups(sizes, 12_000, shared, overlaps, grain or "month", "v7", ("The first 12 of 34 groups are shown.",))


def make_group(
    experience: Experience,
    span: Period,
    id: str,
    saved: tuple[SavedGroup, ...],
    grain: Grain | None,
    beside: tuple[Compared, ...],
) -> GroupFound:
    groups = make_groups(experience, span, id.split(":")[1] if id.startswith("segment:") else "", saved, grain)
    place, moved = groups.place(id), difference_of(0.08, Interval(0.02, 0.14), 0.95, "share", "")
    parts = (
        ProfilePart("DE", share(300, 1000), share(380, 1000), moved, 0.01),
        ProfilePart("(none)", share(700, 1000), share(620, 1000), replace(moved, value=-0.08, low=-0.14, high=-0.02), 0.2),
        ProfilePart("small & <b>hidden</b>", HIDDEN, HIDDEN, HIDDEN),
    )
    shifts = (ProfileShift("plan", "Plan", span, span, 0.08, parts), ProfileShift("none", "None", span, span, None, ()))
    return GroupFound(groups, place, beside, shifts)


def _size(group, size: int, span: Period, grain: Grain) -> GroupSize:
    periods = calendar_periods(span, grain, "UTC", 0)[-6:]
    made = tuple(
        GroupPeriod(one, at < len(periods) - 1, size // 2 + at, share(size // 2 + at, 9_000), *(_flows(size) if at else (None,) * 3), share(size // 4, size))
        for at, one in enumerate(periods)
    )  # fmt: skip
    return GroupSize(group, size, share(size, 12_000), made if group.kind != "saved" else ())


def _flows(size: int) -> tuple[int, int, int]:
    return size // 4, size // 4, size // 5


def _hidden(one: GroupSize) -> GroupSize:
    periods = tuple(
        replace(period, members=None, share=HIDDEN, entered=None, stayed=None, left=None, kept=HIDDEN) for period in one.periods
    )
    return replace(one, size=None, share=HIDDEN, periods=periods)
