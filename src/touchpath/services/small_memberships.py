"""Groups for viewers who may not read single people: no size, overlap or flow of few people, nor one that would give it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchpath.services.compared import Compared
from touchpath.services.groups import GroupFound, GroupPeriod, Groups, GroupSize, ProfileShift
from touchpath.services.small_rows import withheld
from touchpath.stats.small_groups import hide_in_lines, hide_small_groups

Bools = NDArray[np.bool_]


def withhold_from_groups(whole: Groups, least: int) -> Groups:
    """The same groups; what is hidden of a size is hidden of all its overlaps, and where one part of two groups is few, how many they share.

    Groups of one family divide everybody, so where one of them is hidden another is, too, also of the people of any other group.
    """
    if least <= 1 or whole.everybody is None:
        return whole
    if 0 < whole.everybody < least:
        return _blank(whole, least)
    pairs = np.array([[one or 0 for one in row] for row in whole.shared], np.int64).reshape(len(whole.sizes), -1)
    families = _families(whole.sizes)
    gone = _sizes_gone(pairs.diagonal(), whole.everybody, families, least)
    hidden = _pairs_gone(pairs, whole.everybody, gone, families, least)
    return replace(
        whole,
        sizes=_by_families(
            tuple(_size(one, bool(gone[at]), least) for at, one in enumerate(whole.sizes)), whole.sizes, families, least
        ),
        shared=tuple(tuple(None if hidden[i, j] else one for j, one in enumerate(row)) for i, row in enumerate(whole.shared)),
        overlaps=tuple(
            tuple(withheld(least) if hidden[i, j] else one for j, one in enumerate(row)) for i, row in enumerate(whole.overlaps)
        ),
    )


def withhold_from_group(whole: GroupFound, least: int) -> GroupFound:
    """The same group, its profile and its numbers without those of few people; none of them where the group or all others are few."""
    if least <= 1:
        return whole
    groups = withhold_from_groups(whole.groups, least)
    small = groups.sizes[whole.place].size is None
    beside = tuple(_beside(one, small, least) for one in whole.beside)
    return replace(whole, groups=groups, beside=beside, shifts=() if small else tuple(_shift(one, least) for one in whole.shifts))


def _blank(whole: Groups, least: int) -> Groups:
    sizes = tuple(_size(one, True, least) for one in whole.sizes)
    shared = tuple((None,) * len(row) for row in whole.shared)
    overlaps = tuple((withheld(least),) * len(row) for row in whole.overlaps)
    return replace(whole, sizes=sizes, everybody=None, shared=shared, overlaps=overlaps)


def _families(sizes: Sequence[GroupSize]) -> list[NDArray[np.int64]]:
    names = [one.group.family for one in sizes]
    return [
        np.array([at for at, name in enumerate(names) if name == family], np.int64) for family in dict.fromkeys(names) if family
    ]


def _sizes_gone(sizes: NDArray[np.int64], everybody: int, families: Sequence[NDArray[np.int64]], least: int) -> Bools:
    gone = _few(sizes, least) | _few(everybody - sizes, least)
    for places in families:
        # With the rest a family holds everybody: of a segment's dimension those without a value, or with a rarer one.
        counts = [*sizes[places].tolist(), max(0, everybody - int(sizes[places].sum()))]
        gone[places] |= np.array(hide_small_groups(counts, least).groups[:-1], np.bool_)
    return gone


def _pairs_gone(
    pairs: NDArray[np.int64], everybody: int, gone: Bools, families: Sequence[NDArray[np.int64]], least: int
) -> Bools:
    sizes = pairs.diagonal()
    parts = (pairs, sizes[:, None] - pairs, sizes[None, :] - pairs, everybody - sizes[:, None] - sizes[None, :] + pairs)
    hidden: Bools = np.logical_or.reduce([_few(one, least) for one in parts])
    np.fill_diagonal(hidden, gone)
    before = -1
    while before != int(hidden.sum()):
        before = int(hidden.sum())
        for places in families:
            _hide_lines(pairs, hidden, places, least)
        hidden |= hidden.T
    return hidden | gone[:, None] | gone[None, :]


def _hide_lines(pairs: NDArray[np.int64], hidden: Bools, places: NDArray[np.int64], least: int) -> None:
    """Of each other group the parts that fall into one family add up to it."""
    others = np.setdiff1d(np.arange(len(pairs)), places)
    for one in others.tolist():
        line = pairs[one, places]
        rest = max(0, int(pairs[one, one] - line.sum()))
        counts = np.array([*line.tolist(), rest], np.int64).reshape(-1, 1)
        small = np.array([*hidden[one, places].tolist(), 0 < rest < least], np.bool_)
        hidden[one, places] |= hide_in_lines(counts, small, [np.arange(len(counts))], least)[:-1]


def _few(counts: NDArray[np.int64], least: int) -> Bools:
    found: Bools = (counts > 0) & (counts < least)
    return found


def _size(one: GroupSize, gone: bool, least: int) -> GroupSize:
    if gone:
        return replace(one, size=None, share=withheld(least), periods=tuple(_no_period(period, least) for period in one.periods))
    return replace(one, periods=tuple(_of_period(period, least) for period in one.periods))


def _by_families(
    shown: tuple[GroupSize, ...], whole: Sequence[GroupSize], families: Sequence[NDArray[np.int64]], least: int
) -> tuple[GroupSize, ...]:
    """The groups of a family divide the people of each period, too: of those few, another one goes with them."""
    found = list(shown)
    for places in (family.tolist() for family in families):
        periods = [list(found[place].periods) for place in places]
        for at in range(min(map(len, periods), default=0)):
            members = [whole[place].periods[at].members or 0 for place in places]
            rest = max(0, whole[places[0]].periods[at].share.n - sum(members))
            gone = hide_small_groups([*members, rest], least).groups
            for one, hidden in zip(periods, gone, strict=False):
                one[at] = _no_period(one[at], least) if hidden else one[at]
        for place, told in zip(places, periods, strict=True):
            found[place] = replace(found[place], periods=tuple(told))
    return tuple(found)


def _no_period(one: GroupPeriod, least: int) -> GroupPeriod:
    return replace(one, members=None, share=withheld(least), entered=None, stayed=None, left=None, kept=withheld(least))


def _of_period(one: GroupPeriod, least: int) -> GroupPeriod:
    """A period of few members is hidden; of flows all are where one is few, as any two of them tell the third."""
    members = one.members or 0
    if 0 < members < least or 0 < one.share.n - members < least:
        return _no_period(one, least)
    flows = (one.entered, one.stayed, one.left)
    if any(count is not None and 0 < count < least for count in flows):
        return replace(one, entered=None, stayed=None, left=None, kept=withheld(least))
    return one


def _shift(one: ProfileShift, least: int) -> ProfileShift:
    """The profile without values of few people in one of the periods, and without what would tell them."""
    counts = np.array([[_count(part.before), _count(part.after)] for part in one.parts], np.int64).reshape(-1, 2)
    hidden = np.zeros(len(counts), np.bool_)
    for column in (0, 1):
        hidden |= np.array(hide_small_groups(counts[:, column].tolist(), least).groups, np.bool_)
    hidden = hide_in_lines(counts, hidden, [np.arange(len(counts))], least) if len(counts) else hidden
    none = withheld(least)
    parts = tuple(
        replace(part, before=none, after=none, found=none, p_family=None) if gone else part
        for part, gone in zip(one.parts, hidden.tolist(), strict=True)
    )
    return replace(one, parts=parts, moved=None if hidden.any() else one.moved)


def _count(number: object) -> int:
    value, n = getattr(number, "value", 0.0), getattr(number, "n", 0)
    return round(value * n)


def _beside(one: Compared, small: bool, least: int) -> Compared:
    sides = [side for pair in one.contrasts for side in (pair.before, pair.after)]
    if not small and not any(0 < side.group < least for side in sides):
        return one
    none = withheld(least)
    contrasts = tuple(replace(pair, before=none, after=none, found=none, p=None, p_family=None) for pair in one.contrasts)
    return replace(one, contrasts=contrasts)
