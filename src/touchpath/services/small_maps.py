"""Live maps for those who may not read single people: no number of few people, nor one that would give such a group away."""

from __future__ import annotations

from dataclasses import replace

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap, Slice
from touchpath.services.queries.reading import Document
from touchpath.services.results import Number, StepMap
from touchpath.services.small_rows import withheld
from touchpath.services.small_ways import withhold_from_map as withhold_from_whole

#: Lanes whose numbers the map of steps has, too, under the same name.
_OF_THE_MAP = ("volume", "reach", "completion", "drop_off", "time", "contacts")
#: Shares of the people at a step: neither those who did nor those who did not may be few.
_SHARES = (*_OF_THE_MAP, "friction")


def asked_of(rules: tuple[EventRule, ...], of: Slice, persona: EventRule | None) -> Document:
    """The query that counts who is on a map, by which it is told whether few are left out by what the map is narrowed to."""
    document: dict[str, object] = {"query": "volume", "of": [plain_rule(rule) for rule in rules]}
    if of.period is not None:
        document["period"] = {"from": of.period.start.isoformat(), "to": of.period.end.isoformat()}
    if of.cuts:
        document["where"] = dict(of.cuts)
    if persona is not None:
        document["who"] = [{"did": plain_rule(persona)}]
    return document


def withhold_from_live_map(found: LiveMap, least: int, why: str = "") -> LiveMap:
    """The same map without the numbers of small groups; why: nothing is to be shown of it at all, for this reason.

    On the way from step to step those who came and those who were lost both are many, or nobody; so are those who met friction or got in
    touch, and those who did not.
    """
    if least <= 1:
        return found
    whole = withhold_from_whole(found.whole, least, why)
    before = {one.step.id: one for stage in found.whole.stages for one in stage.steps}
    after = {one.step.id: one for stage in whole.stages for one in stage.steps}
    gone = {id for id, one in after.items() if _lost(before[id], one)}
    return replace(found, whole=whole, columns=tuple(_shown(column, gone, least, why) for column in found.columns))


def _lost(before: StepMap, after: StepMap) -> bool:
    """Whether anything of the way to a step is hidden."""
    return any(getattr(before, lane) != getattr(after, lane) for lane in _OF_THE_MAP)


def _shown(column: LiveColumn, gone: set[str], least: int, why: str) -> LiveColumn:
    hidden = Undefined(why) if why else withheld(least)
    lost = any(step.id in gone for step in column.steps)
    lost = lost or any(_tells_few(cell.number, least) for lane in _OF_THE_MAP for cell in column.lanes.get(lane, ()))

    def shown(cell: LiveCell) -> LiveCell:
        few = _tells_few(cell.number, least) if cell.lane in _SHARES else 0 < cell.number.n < least
        if why or few or (lost and cell.lane in _SHARES):
            return replace(cell, number=hidden, contrast=None)
        there = cell.contrast
        if there is not None and (_tells_few(there.before, least) if cell.lane in _SHARES else 0 < there.before.n < least):
            return replace(
                cell, contrast=replace(there, before=hidden, found=hidden, p=None, p_family=None, together=None, smallest=None)
            )
        return cell

    return replace(column, lanes={lane: tuple(map(shown, cells)) for lane, cells in column.lanes.items()})


def _tells_few(number: Number, least: int) -> bool:
    """Whether a number is of few people, or a share that tells how few did, or did not."""
    if 0 < number.n < least:
        return True
    if not isinstance(number, Estimate) or number.unit != "share":
        return False
    did = round(number.value * number.n)
    return 0 < did < least or 0 < number.n - did < least
