"""Segments and personas: who they are, how large, whom they share, who comes and goes, and how they fare beside everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput, TouchpathError
from touchpath.model.estimate import Comparison, Estimate
from touchpath.model.experience import Experience, Persona
from touchpath.model.time import Grain
from touchpath.services.compared import Compared
from touchpath.services.groups import (
    Group,
    GroupFound,
    Groups,
    GroupSize,
    ProfilePart,
    ProfileShift,
    SavedGroup,
    dimensions_of_people,
)
from touchpath.services.queries.keys import form_of
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.charts import Figure, HeatRow, draw_heat
from touchpath.web.charts.membership import draw_membership, told
from touchpath.web.explorer import find_explorer
from touchpath.web.exploring.filling import fill_form
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import plain, show, show_change, show_count, show_period
from touchpath.web.pages.compared import contrast_cells
from touchpath.web.pages.explore import query_address
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol
from touchpath.web.rule_words import told_rule
from touchpath.web.tables import Cell, Column, DataTable, number_cell, ordered

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Query(max_length=200)]
GRAINS: tuple[Grain, ...] = ("week", "month", "quarter")
#: So many saved queries are looked at, and so many of a query's groups are shown.
MOST_SAVED, MOST_OUTCOMES = 20, 6
#: So many numbers stand beside everybody else's at once; the others are behind a disclosure.
FIRST = 12
#: So many groups have their name above their column; of more it is their number.
NAMED = 8
KINDS = {
    "persona": N_("Persona"),
    "role": N_("Role"),
    "status": N_("Status"),
    "segment": N_("Segment"),
    "saved": N_("Saved query"),
}
COLUMNS = (
    Column("group", N_("Group")),
    Column("kind", N_("Kind")),
    Column("size", N_("People"), numeric=True),
    Column("share", N_("Share of everybody"), numeric=True),
    Column("members", N_("Last whole period"), numeric=True),
    Column("kept", N_("Of those before stayed"), numeric=True),
    Column("drift", N_("Came and left")),
)
PROFILE = (N_("Value"), N_("Before"), N_("After"), N_("Shift"), N_("p of all"), N_("Verdict"))
BESIDE = (N_("Metric"), N_("Its number"), N_("Everybody else"), N_("Difference"), N_("p of all"), N_("Verdict"))


@router.get("/w/{workspace}/segments", dependencies=[NUMBERS])
def show_segments(
    request: Request,
    platform: PlatformDep,
    by: Word = "",
    grain: Annotated[str, Query(max_length=20)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """All groups with size and share, how they overlap, and how their membership changes."""
    saved, chosen = saved_groups(request, platform), read_grain(grain)
    groups = platform.groups(by=by, saved=saved, grain=chosen) if platform.span() else None
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "segments.html",
        request,
        platform=platform,
        section="segments",
        groups=groups,
        table=_table(groups, at, sort, platform.zone) if groups else None,
        figures=tuple(_overlap_figures(groups)) if groups else (),
        dimensions=[(one.id, one.title) for one in dimensions_of_people(platform.experience())],
        grains=GRAINS,
        by=by,
        grain=chosen or (groups.grain if groups else ""),
        may_design=may(request, Action.DESIGN) and platform.drafts is not None,
    )


@router.get("/w/{workspace}/segments/{id:path}", dependencies=[NUMBERS])
def show_segment(
    request: Request, platform: PlatformDep, id: str, grain: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    """One group: what it means, size over time, overlaps, what its people are like, and its numbers beside everybody else's."""
    saved, chosen = saved_groups(request, platform), read_grain(grain)
    found = platform.group(id, saved=saved, grain=chosen)
    allowed = may(request, Action.READ_PEOPLE)
    at, beside = Addresses(platform.name, carried_by(request)), beside_rows(found.beside)
    return show_page(
        "segment.html",
        request,
        platform=platform,
        section="segments",
        crumbs=((_("Segments and personas"), at.segments()),),
        found=found,
        group=found.group,
        kind=gettext(KINDS[found.group.kind]),
        told=definition_of(found.group, platform),
        persona=persona_of(found.group, platform.experience()),
        figures=tuple(_membership(found, platform.zone)),
        others=_others(found, at),
        shifts=[(one, _shift_sentence(one), _shift_rows(one)) for one in found.shifts],
        profile=PROFILE,
        beside=beside[:FIRST],
        more=beside[FIRST:],
        beside_columns=BESIDE,
        people=platform.people_in(id, saved=saved) if allowed else (),
        allowed=allowed,
        grains=GRAINS,
        grain=found.groups.grain,
        explored=_explored(request, platform, found.group),
        compared=_compared(platform, found.group, at),
    )


def read_grain(grain: str) -> Grain | None:
    """A calendar unit by which groups are told; "" = what fits the data."""
    if not grain:
        return None
    for known in GRAINS:
        if grain == known:
            return known
    raise BadInput(f"Groups are told by {', '.join(GRAINS)}, but '{grain}' came.")


def saved_groups(request: Request, platform: PlatformProtocol) -> tuple[SavedGroup, ...]:
    """The groups of people that saved queries find, for whoever may ask queries; what cannot be read any more is left out."""
    explorer = find_explorer(request, platform.name) if may(request, Action.ASK) else None
    if explorer is None:
        return ()
    found = list[SavedGroup]()
    for one in explorer.saved.list()[:MOST_SAVED]:
        try:
            asked = platform.read_query(json.dumps(dict(one.document)))
            names = platform.outcomes(asked)[:MOST_OUTCOMES]
        except TouchpathError:
            continue
        found += [SavedGroup(one.id, one.title, asked, name) for name in names]
    return tuple(found)


def definition_of(group: Group, platform: PlatformProtocol) -> str:
    """Who belongs to a group, in plain words."""
    if group.rule is not None:
        return _("Everybody who ever did: %(rule)s.", rule=told_rule(group.rule))
    if group.kind == "segment":
        title = platform.experience().dimension(group.dimension).title
        return _("Everybody whose %(dimension)s is %(value)s, as it is known today.", dimension=title, value=group.value)
    if group.saved is not None:
        return _(
            "Those whom the saved query “%(title)s” finds as “%(outcome)s”.", title=group.saved.title, outcome=group.saved.outcome
        )
    return gettext(_STATUS[group.title])


_STATUS = {
    "potential": N_("People who are known and have not yet done what makes a customer."),
    "current": N_("People who are customers now, by the lifecycle of the model."),
    "past": N_("People who were customers once and are so no longer, by the lifecycle of the model."),
}


def persona_of(group: Group, experience: Experience) -> Persona | None:
    """The persona that a group stands for."""
    return next((one for one in experience.personas if group.id == f"persona:{one.id}"), None)


def beside_rows(beside: Sequence[Compared]) -> list[tuple[str, ...]]:
    """Each metric of the group beside everybody else: what differs first, then what could be compared."""
    rows = [
        (f"{gettext(one.metric.title)}: {one.about}" if one.about != one.metric.title else one.about, contrast, one.metric.better)
        for one in beside
        for contrast in one.contrasts
        if contrast.after.n or contrast.before.n
    ]
    rows.sort(key=lambda row: (row[1].changed is None, not isinstance(row[1].found, Comparison), row[1].p_family or 1.0))
    found = []
    for title, contrast, better in rows:
        _title, its, _rest, others, *verdict = contrast_cells(contrast, better)
        found.append((title, its, others, *verdict))
    return found


def _table(groups: Groups, at: Addresses, sort: str, zone: str) -> DataTable:
    rows = tuple(_row(one, at, zone) for one in groups.sizes)
    columns = tuple(Column(one.id, gettext(one.title), one.numeric, one.id != "drift") for one in COLUMNS)
    return ordered(DataTable("segments", _("Segments and personas"), columns, rows), sort or "-size")


def _row(one: GroupSize, at: Addresses, zone: str) -> tuple[Cell, ...]:
    last = next((period for period in reversed(one.periods) if period.complete), None)
    kind = Cell(gettext(KINDS[one.group.kind]))
    head = (Cell(one.group.title, href=at.segment(one.group.id)), kind, Cell(told(one.size), one.size), number_cell(one.share))
    if last is None:
        return (*head, Cell("—"), Cell("—"), Cell(_("open it to see")))
    members = Cell(told(last.members), last.members, small=show_period(last.period, zone))
    drift = "—" if last.entered is None else f"+{show_count(last.entered)} −{show_count(last.left or 0)}"
    return (*head, members, number_cell(last.kept), Cell(drift))


def _overlap_figures(groups: Groups) -> Iterator[Figure]:
    """Which share of the people of a row belongs to the column, too."""
    if len(groups.sizes) < 2:
        return
    titles = [one.group.title for one in groups.sizes]
    many = len(titles) > NAMED
    rows = [
        HeatRow(
            f"{at + 1} · {one.group.title}" if many else one.group.title,
            one.size or 0,
            tuple(
                None if _apart(groups, at, other) or not one.size else number for other, number in enumerate(groups.overlaps[at])
            ),
        )
        for at, one in enumerate(groups.sizes)
    ]
    yield draw_heat(
        rows,
        [str(at + 1) for at in range(len(titles))] if many else titles,
        _overlap_finding(groups),
        _("Share of the people of the row who belong to the column, too; everybody, ever"),
        of=_("Group"),
        id="overlap",
        blank=_("Blank: groups that cannot share people, and groups without any."),
    )


def _apart(groups: Groups, one: int, other: int) -> bool:
    """Whether two groups are the same, or of one family, and so share nobody."""
    family = groups.sizes[one].group.family
    return one == other or (family != "" and family == groups.sizes[other].group.family)


def _overlap_finding(groups: Groups) -> str:
    known = [
        (number.value, one.group.title, other.group.title)
        for row, one in enumerate(groups.sizes)
        for column, other in enumerate(groups.sizes)
        if not _apart(groups, row, column) and isinstance(number := groups.overlaps[row][column], Estimate) and number.value < 1
    ]
    if not known or max(known)[0] == 0:
        return _("No two groups share people")
    share, one, other = max(known)
    return _("Most shared: %(share)s %% of %(one)s are %(other)s, too", share=f"{100 * share:.0f}", one=one, other=other)


def _membership(found: GroupFound, zone: str) -> Iterator[Figure]:
    if found.size.periods:
        finding = _drift_finding(found.size)
        yield draw_membership(found.group.title, found.size.periods, found.groups.grain, zone, finding, id="membership")


def _drift_finding(size: GroupSize) -> str:
    whole = [one for one in size.periods if one.complete]
    last = whole[-1] if whole else None
    if last is None or last.members is None:
        return _("How many there were")
    if last.entered is None or last.left is None or not isinstance(last.kept, Estimate):
        return _("%(members)s in the last whole period", members=show_count(last.members))
    return _(
        "%(members)s in the last whole period: %(entered)s came and %(left)s left; %(kept)s of those before stayed",
        members=show_count(last.members),
        entered=show_count(last.entered),
        left=show_count(last.left),
        kept=show(last.kept).whole,
    )


def _others(found: GroupFound, at: Addresses) -> list[tuple[str, str, str, str, str]]:
    """Other groups with how many people they share with this one, and both shares."""
    place, groups = found.place, found.groups
    rows = []
    for other, one in enumerate(groups.sizes):
        if _apart(groups, place, other):
            continue
        mine, theirs = show(groups.overlaps[place][other]), show(groups.overlaps[other][place])
        rows.append((
            one.group.title, at.segment(one.group.id), told(groups.shared[place][other]),
            f"{mine.whole} ({mine.interval})" if mine.defined else mine.reason,
            f"{theirs.whole} ({theirs.interval})" if theirs.defined else theirs.reason,
        ))  # fmt: skip
    return rows


def _shift_sentence(one: ProfileShift) -> str:
    changed = [part for part in one.parts if part.changed]
    if not changed:
        return _("No detectable change of the mix by %(dimension)s.", dimension=one.title)
    words = ", ".join(
        f"{part.value} {show_change(part.found, 'neither').text}" for part in changed if isinstance(part.found, Comparison)
    )
    return _("The mix by %(dimension)s moved: %(words)s.", dimension=one.title, words=words)


def _shift_rows(one: ProfileShift) -> list[tuple[str, ...]]:
    return [_shift_row(part) for part in one.parts]


def _shift_row(part: ProfilePart) -> tuple[str, ...]:
    before, after = show(part.before), show(part.after)
    sides = (part.value, f"{before.whole} ({before.n})", f"{after.whole} ({after.n})")
    if not isinstance(part.found, Comparison):
        return (*sides, "", "", say(part.found.reason))
    shown = show_change(part.found, "neither")
    p = "" if part.p_family is None else "< 0.001" if part.p_family < 0.001 else plain(part.p_family, 3)
    verdict = {None: _("no detectable change"), "up": _("higher"), "down": _("lower")}[part.changed]
    return (*sides, f"{shown.text}, {shown.interval}", p, verdict)


def _explored(request: Request, platform: PlatformProtocol, group: Group) -> str:
    """Where whoever may ask goes on with these people; "" for nobody else."""
    if not may(request, Action.ASK):
        return ""
    at = Addresses(platform.name)
    if group.saved is not None:
        return at.below(f"/explore/saved/{group.saved.id}")
    kind, _colon, id = group.id.partition(":")
    who = {"segment": {group.dimension: group.value}} if kind == "segment" else {kind: id}
    return query_address(platform.name, "sessions", fill_form(form_of("sessions"), {"query": "sessions", "who": [who]}))


def _compared(platform: PlatformProtocol, group: Group, at: Addresses) -> tuple[tuple[str, str], ...]:
    """Numbers that can be compared by what the group is a part of."""
    by = group.dimension if group.kind == "segment" else group.kind if group.kind in ("persona", "role", "status") else ""
    questions = [one for one in platform.experience().questions if one.metric == "nps"]
    tasks = platform.experience().tasks
    if not by:
        return ()
    found = [(_("NPS by %(by)s", by=by), at.metric("nps", one.id, by=by)) for one in questions[:1]]
    return (
        *found,
        *((_("%(task)s by %(by)s", task=one.title, by=by), at.metric("task_success", one.id, by=by)) for one in tasks[:1]),
    )
