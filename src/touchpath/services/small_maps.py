"""Live maps for those who may not read single people: no number of few people, nor one that would give such a group away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap, Slice
from touchpath.services.queries.reading import Document
from touchpath.services.results import Number, StepMap
from touchpath.services.small_rows import withheld
from touchpath.services.small_ways import withhold_from_map as withhold_from_whole
from touchpath.stats.small_groups import hide_small_groups

#: Lanes whose numbers the map of steps has, too, under the same name.
_OF_THE_MAP = ("volume", "reach", "completion", "drop_off", "time", "contacts")
#: Shares of the people at a step: neither those who did nor those who did not may be few.
_SHARES = (*_OF_THE_MAP, "friction")

Key = tuple[str, str, str]


def asked_of(rules: tuple[EventRule, ...], of: Slice) -> Document:
    """The query that counts who is on a map, by which it is told whether few are left out by what the map is narrowed to."""
    document: dict[str, object] = {"query": "volume", "of": [plain_rule(rule) for rule in rules]}
    if of.period is not None:
        document["period"] = {"from": of.period.start.isoformat(), "to": of.period.end.isoformat()}
    if of.cuts:
        document["where"] = dict(of.cuts)
    if who := [{key: id} for key, id in (("persona", of.persona), ("role", of.role)) if id]:
        document["who"] = who
    return document


def withhold_from_live_map(found: LiveMap, least: int, why: str = "", steps: LiveMap | None = None) -> LiveMap:
    """The same map without the numbers of small groups; why: nothing is to be shown of it at all, for this reason.

    On the way from step to step those who came and those who were lost both are many, or nobody; so are those who met friction or got in
    touch, and those who did not. steps: the same map by steps, of which the columns of a closer one are parts. Of two versions of a journey
    the older one's number goes where the two differ by few.
    """
    if least <= 1:
        return found
    whole = withhold_from_whole(found.whole, least, why)
    before = {one.step.id: one for stage in found.whole.stages for one in stage.steps}
    after = {one.step.id: one for stage in whole.stages for one in stage.steps}
    gone = {id for id, one in after.items() if _lost(before[id], one)}
    parts = _parts_gone(found, steps, least) if steps is not None else frozenset()
    columns = tuple(_shown(column, gone, least, why, found.older is not None, parts, before) for column in found.columns)
    return replace(found, whole=whole, columns=columns)


def _lost(before: StepMap, after: StepMap) -> bool:
    """Whether anything of the way to a step is hidden."""
    return any(getattr(before, lane) != getattr(after, lane) for lane in _OF_THE_MAP)


def _key(cell: LiveCell) -> Key:
    return cell.lane, cell.metric, cell.subject


def _parts_gone(found: LiveMap, steps: LiveMap, least: int) -> frozenset[tuple[str, Key]]:
    """Which numbers of touchpoints, by column and key, would tell a small group by what is left of their step, or of its other touchpoints."""
    gone: set[tuple[str, Key]] = set()
    for whole in steps.columns:
        columns = [one for one in found.columns if one.steps and whole.steps and one.steps[0].id == whole.steps[0].id]
        totals = {_key(cell): cell.number.n for cells in whole.lanes.values() for cell in cells}
        for key, total in totals.items():
            parts = [(one.id, cell.number.n) for one in columns for cell in one.lanes.get(key[0], ()) if _key(cell) == key]
            counts = [n for _, n in parts]
            hidden = hide_small_groups([*counts, max(0, total - sum(counts))], least).groups
            gone.update((id, key) for (id, _), few in zip(parts, hidden, strict=False) if few)
    return frozenset(gone)


def _shown(
    column: LiveColumn,
    gone: set[str],
    least: int,
    why: str,
    older: bool,
    parts: frozenset[tuple[str, Key]],
    steps: Mapping[str, StepMap],
) -> LiveColumn:
    hidden = Undefined(why) if why else withheld(least)
    lost = any(step.id in gone for step in column.steps)
    lost = lost or any(_tells_few(cell.number, least) for cell in _way_of(column)) or _leaves_few(column, steps, least)
    lost = lost or any((column.id, _key(cell)) in parts for cell in column.lanes.get("volume", ()))
    lost_there = any(cell.contrast is not None and _tells_few(cell.contrast.before, least) for cell in _way_of(column))

    def shown(cell: LiveCell) -> LiveCell:
        few = _tells_few(cell.number, least) if cell.lane in _SHARES else 0 < cell.number.group < least
        few = few or (column.id, _key(cell)) in parts
        if why or few or (lost and cell.lane in _SHARES):
            return replace(cell, number=hidden, contrast=None)
        there = cell.contrast
        if there is None:
            return cell
        few_there = _tells_few(there.before, least) or lost_there if cell.lane in _SHARES else 0 < there.before.group < least
        if few_there or (older and _differ_by_few(there.before, cell.number, least)):
            return replace(
                cell, contrast=replace(there, before=hidden, found=hidden, p=None, p_family=None, together=None, smallest=None)
            )
        return cell

    return replace(column, lanes={lane: tuple(map(shown, cells)) for lane, cells in column.lanes.items()})


def _way_of(column: LiveColumn) -> Iterator[LiveCell]:
    for lane in _OF_THE_MAP:
        yield from column.lanes.get(lane, ())


def _leaves_few(column: LiveColumn, steps: Mapping[str, StepMap], least: int) -> bool:
    """Whether few are at a stage who are not at one of its steps."""
    if len(column.steps) < 2:
        return False
    people = [cell.number.n for cell in column.lanes.get("volume", ())]
    return any(0 < n - steps[step.id].volume.n < least for n in people for step in column.steps if step.id in steps)


def _did(number: Number) -> int:
    return round(number.value * number.n) if isinstance(number, Estimate) and number.unit == "share" else number.n


def _differ_by_few(one: Number, other: Number, least: int) -> bool:
    """Whether taking one number from the other leaves few."""
    return 0 < abs(one.n - other.n) < least or 0 < abs(_did(one) - _did(other)) < least


def _tells_few(number: Number, least: int) -> bool:
    """Whether a number is of few people, or a share that tells how few did, or did not."""
    if 0 < number.group < least:
        return True
    if not isinstance(number, Estimate) or number.unit != "share":
        return False
    did = _did(number)
    return 0 < did < least or 0 < number.n - did < least
