"""Flows and moves of an answer as drawings to explore by hand: what is drawn together, and where each mark leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from touchpath.model.errors import TouchpathError
from touchpath.model.experience import Experience, Journey, Step
from touchpath.model.flow import order_of
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.model.time import Period
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.flows import ANY_NODE, NONE, FlowsQuery
from touchpath.services.queries.keys import form_of
from touchpath.services.queries.paths import PathsQuery
from touchpath.services.queries.reading import read_asked, rule_title
from touchpath.services.results import QueryAnswer, Table, Value
from touchpath.web.addresses import Addresses
from touchpath.web.charts.arcs import Move, Place, WayDoors, draw_arcs, in_order
from touchpath.web.charts.figure import Figure
from touchpath.web.charts.links import OTHER, Doors, Link, draw_links
from touchpath.web.exploring.filling import fill_form, rule_fields
from touchpath.web.exploring.rows import Params
from touchpath.web.languages import _
from touchpath.web.numbers import plain, show_period, show_span

#: Rare is, in percent, what fewer came to than this; what is chosen where nothing is said; and where it is said.
RARE, USUAL, FIELD = ("0", "1", "2", "5", "10", "20"), "2", "rare"
#: So many places stand below each other, those that most came to.
MOST_PLACES = 16

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ByHand:
    """What drawings of ways ask of the page that they are on. rare: a share; backward: whether flows lead to a signal."""

    rare: float = 0.02
    backward: bool = False
    doors: Doors = field(default_factory=Doors)
    way_doors: WayDoors = field(default_factory=WayDoors)


#: As usual, and leading nowhere.
NO_HANDS = ByHand()


@dataclass(frozen=True, slots=True)
class JourneyHand:
    """What the drawing of a journey asks of the page that it is on. carried: filters that its links take along."""

    workspace: str
    rare: float = 0.02
    people: bool = False
    carried: tuple[tuple[str, str], ...] = ()


def rare_of(params: Params) -> str:
    """From which share on something is drawn by itself, in percent; what is no choice of ours is as usual."""
    return params[FIELD] if params.get(FIELD) in RARE else USUAL


def by_hand(query: str, fields: Mapping[str, str], text: str, experience: Experience, workspace: str, people: bool) -> ByHand:
    """How the answer of a form is drawn, and where its marks lead.

    fields: those of the form. text: its document. people: whether whoever looks may see single people; without it no mark leads to any.
    """
    rare = int(rare_of(fields)) / 100
    if query not in ("flows", "paths"):
        return NO_HANDS
    try:
        asked = read_asked(text, QUERIES, experience).query
    except TouchpathError:
        return ByHand(rare)
    anchor = rule_title(asked.of) if isinstance(asked, FlowsQuery) else ""
    is_cut = bool(fields.get("by") or fields.get("grain"))
    leads = _Leads(query, fields, workspace, people and not is_cut, _rules_of(asked, experience), anchor)
    if not isinstance(asked, FlowsQuery):
        return ByHand(rare, way_doors=WayDoors(leads.flow, leads.move))
    journey, backward = asked.words.nodes.journey, asked.direction == "before"
    titles = {step.id: step.title for step in experience.journey(journey).steps} if journey else None
    return ByHand(rare, backward, Doors(leads.flow, leads.after if not backward else leads.before, titles))


def _rules_of(asked: object, experience: Experience) -> Mapping[str, EventRule] | None:
    """The rule of each node by its name; None = every kind is one."""
    if isinstance(asked, FlowsQuery):
        nodes = asked.words.nodes
        if nodes.journey:
            return {step.id: step.match for step in experience.journey(nodes.journey).steps}
        return dict(zip(nodes.names, nodes.matches, strict=True)) or None
    return {rule_title(rule): rule for rule in asked.nodes} or None if isinstance(asked, PathsQuery) else None


@dataclass(frozen=True, slots=True)
class _Leads:
    query: str
    fields: Mapping[str, str]
    workspace: str
    people: bool
    rules: Mapping[str, EventRule] | None
    anchor: str

    def flow(self, name: str) -> str:
        """The flows that begin at a node (or lead to it, where those do that are looked at)."""
        if name in (NONE, OTHER, self.anchor):
            return ""
        rule = EventRule((name,)) if self.rules is None else self.rules.get(name)
        said = rule_fields("q.of", plain_rule(rule)) if rule else None
        if said is None:
            return ""
        known = {f"q.{key.name}" for key in form_of("flows").keys} - {"q.of", "q.path"}
        kept = {name: value for name, value in self.fields.items() if self._stays(name, known)}
        return self._page("flows", {"q.steps": "3", **kept, **said} if self.query != "flows" else {**kept, **said})

    def after(self, link: Link) -> str:
        """The people behind a link, by the path that they took to it."""
        return self._path(link.away, link.before, link.after)

    def before(self, link: Link) -> str:
        """The same where flows lead to a signal."""
        return self._path(link.away, link.after, link.before)

    def _path(self, away: int, near: str, far: str) -> str:
        path = [far] if away == 0 else [*[ANY_NODE] * (away - 1), near, far]
        return self._people({"q.path": path}, "took it")

    def move(self, move: Move) -> str:
        """The people who made a move."""
        return self._people({"q.move": [move.before, move.after]}, "made it")

    def _people(self, path: Mapping[str, Sequence[str]], outcome: str) -> str:
        if not self.people or any("," in name or name in (OTHER, "") for names in path.values() for name in names):
            return ""
        said = {name: ", ".join(names) for name, names in path.items()}
        kept = {name: value for name, value in self.fields.items() if name not in (*said, FIELD)}
        return self._page(f"{self.query}/people", {**kept, **said, "outcome": outcome})

    def _page(self, path: str, fields: Mapping[str, str]) -> str:
        return f"{Addresses(self.workspace).below(f'/explore/{path}')}?{urlencode(fields)}"

    @staticmethod
    def _stays(name: str, known: set[str]) -> bool:
        if name in ("saved", "title", "outcome"):
            return False
        return not name.startswith("q.") or any(name == one or name.startswith(f"{one}.") for one in known)


def draw_flows(answer: QueryAnswer, zone: str, by: ByHand) -> Iterator[Figure]:
    """What follows what, step by step, of the last period and its first segment."""
    told = [one for one in _latest(answer.table("links")) if one["after"] and _whole(one["times"])]
    last = max((_whole(one["step"]) for one in told), default=0)
    links = [_link(one, last if by.backward else None) for one in told]
    if links:
        shown = [one for one in links if NONE not in (one.before, one.after)]
        top = max(shown or links, key=lambda link: link.times)
        ends = {"before": by.doors.title(top.before), "after": by.doors.title(top.after)}
        finding = _("Most often ‘%(after)s’ follows ‘%(before)s’: %(times)s times", times=plain(top.times, 0), **ends)
        caption = _("Moves, %(period)s. The width of a ribbon is how often it was gone.", period=_period(told[0], answer, zone))
        yield draw_links(links, finding, caption, by.rare, by.doors, by.backward)


def _link(record: Record, last: int | None) -> Link:
    """A link of the table; last: the step farthest away, where flows lead to a signal and so are drawn the other way round."""
    away = _whole(record["step"])
    step = away if last is None else last - away
    return Link(step, str(record["before"]), str(record["after"]), _whole(record["times"]), _whole(record["people"]), away)


def draw_paths(answer: QueryAnswer, zone: str, by: ByHand) -> Iterator[Figure]:
    """What directly follows what, of the last period and its first segment."""
    told = [one for one in _latest(answer.table("edges")) if one["after"] and _whole(one["times"])]
    visits = _visits(answer, told)
    moves = [
        Move(str(one["before"]), str(one["after"]), times := _whole(one["times"]), _whole(one.get("people")), times / max(1, visits[str(one["before"])][0]))
        for one in told
    ]  # fmt: skip
    if moves:
        kept = sorted(visits, key=lambda name: -visits[name][0])[:MOST_PLACES]
        shown = [one for one in moves if one.before in kept and one.after in kept]
        order = [
            *in_order(shown),
            *(name for name in kept if name not in {end for one in shown for end in (one.before, one.after)}),
        ]
        places = [Place(name, name, *visits[name]) for name in order]
        caption = _(
            "Moves, %(period)s. The %(count)s places that most came to.", count=len(places), period=_period(told[0], answer, zone)
        )
        yield draw_arcs(places, moves, most_often(moves, {}), caption, by.rare, by.way_doors)


def draw_journey(journey: Journey, answer: QueryAnswer, document: Mapping[str, object], by: JourneyHand) -> Figure | None:
    """How people really went between the steps of a journey, over its design; None where nobody moved.

    document: the query `paths` that was asked, whose nodes are the rules of the steps.
    """
    steps = measured_steps(journey)
    ids = {rule_title(step.match): step.id for step in reversed(steps)}
    told = _latest(answer.table("edges"))
    visits = {ids.get(name, name): many for name, many in _visits(answer, [one for one in told if one["after"]]).items()}
    order = order_of(journey.design)
    moves = []
    for one in told:
        before, after, times = ids.get(str(one["before"])), ids.get(str(one["after"])), _whole(one["times"])
        if before and after and times:
            share = times / max(1, visits[before][0])
            moves.append(Move(before, after, times, _whole(one.get("people")), share, (before, after) in order.moves))
    if not moves:
        return None
    if all(one["after"] for one in told):  # else some are told together, or hidden, and these may be among them
        made = {(one.before, one.after) for one in moves}
        moves += [
            Move(*move, 0, designed=True)
            for move in sorted(order.moves - made)
            if move[0] != move[1] and set(move) <= set(ids.values())
        ]
    places = [Place(step.id, step.title, *visits.get(step.id, (0, 0)), dead=step.id not in order.last) for step in steps]
    titles = {step.id: step.title for step in journey.steps}
    doors = WayDoors(partial(_flows_from, journey, by), partial(_movers, journey, document, by))
    caption = _("From step to step at most %(window)s apart, over the design.", window=show_span(journey.window))
    return draw_arcs(places, moves, off_the_design(moves, titles), caption, by.rare, doors)


def measured_steps(journey: Journey) -> list[Step]:
    """The steps that signals tell of: a step without a rule is designed, and nobody can say who was there."""
    return [step for step in journey.steps if step.match.kinds or step.match.conditions]


def off_the_design(moves: Sequence[Move], titles: Mapping[str, str]) -> str:
    """The finding of a drawing of moves over a design: where most leave it."""
    off = [one for one in moves if one.times and not one.designed and one.before != one.after]
    if not off:
        return _("Every move is one that was designed")
    top = max(off, key=lambda one: one.times)
    before, after = titles.get(top.before, top.before), titles.get(top.after, top.after)
    return _("Most often off the design: from ‘%(before)s’ to ‘%(after)s’, %(times)s times", before=before, after=after, times=plain(top.times, 0))  # fmt: skip


def _flows_from(journey: Journey, by: JourneyHand, step: str) -> str:
    """What follows a step, step by step."""
    rule = next((one.match for one in journey.steps if one.id == step), None)
    said = rule_fields("q.of", plain_rule(rule)) if rule else None
    return _address(by, "flows", {**said, "q.journey": journey.id, "q.steps": "3", "q.collapse": "yes"}) if said else ""


def _movers(journey: Journey, document: Mapping[str, object], by: JourneyHand, move: Move) -> str:
    """The people who made a move."""
    rules = {step.id: rule_title(step.match) for step in journey.steps}
    names = [rules[move.before], rules[move.after]]
    if not by.people or any("," in name for name in names):
        return ""
    return _address(by, "paths/people", {**fill_form(form_of("paths"), {**document, "move": names}), "outcome": "made it"})


def _address(by: JourneyHand, path: str, fields: Mapping[str, str]) -> str:
    return f"{Addresses(by.workspace).below(f'/explore/{path}')}?{urlencode({**dict(by.carried), **fields})}"


def most_often(moves: Sequence[Move], titles: Mapping[str, str]) -> str:
    """The finding of a drawing of moves."""
    top = max((one for one in moves if one.before != one.after), key=lambda one: one.times, default=moves[0])
    before, after = (titles.get(name, name) for name in (top.before, top.after))
    return _(
        "Most often ‘%(after)s’ follows ‘%(before)s’: %(times)s times", after=after, before=before, times=plain(top.times, 0)
    )


def _visits(answer: QueryAnswer, told: Sequence[Record]) -> dict[str, tuple[int, int]]:
    """How often each node came, and how often it was the last; without its table, or where it is hidden, what the moves say."""
    found: dict[str, tuple[int, int]] = {}
    for one in told:
        name, known = str(one["before"]), found.get(str(one["before"]), (0, 0))
        found[name] = (known[0] + _whole(one["times"]), 0)
        found.setdefault(str(one["after"]), (0, 0))
    if any(table.name == "nodes" for table in answer.tables):
        for one in _latest(answer.table("nodes")):
            if one["node"] in found and _whole(one["signals"]):
                found[str(one["node"])] = (_whole(one["signals"]), _whole(one["ends"]))
    return found


def _latest(table: Table) -> list[Record]:
    """The rows of the last period, and in it of the first segment."""
    records = table.records()
    if not records:
        return []
    last = [one for one in records if one.get("from") == records[-1].get("from")]
    return [one for one in last if one.get("segment") == last[0].get("segment")]


def _period(record: Record, answer: QueryAnswer, zone: str) -> str:
    segment = str(record.get("segment") or "")
    start, end = record.get("from"), record.get("to")
    period = Period(start, end) if isinstance(start, datetime) and isinstance(end, datetime) else answer.period
    return f"{segment}, {show_period(period, zone)}" if segment else show_period(period, zone)


def _whole(value: Value) -> int:
    return int(value) if isinstance(value, int | float) else 0
