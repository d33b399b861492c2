"""Blocks of a board as pages show them: titles, figures, tables and words, made of their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fastapi import Request
from markupsafe import Markup

from touchpath.model.estimate import Comparison
from touchpath.services.board_answers import BoardView, FilledBlock, fill_board
from touchpath.services.board_blocks import Block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.compared import Contrast
from touchpath.services.results import Measurement, Number, QueryAnswer
from touchpath.services.voice import Said
from touchpath.services.weighed import read_weight
from touchpath.web.access import Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.charts import Figure, draw_trend
from touchpath.web.exploring.drawing import ShownTable, draw_answer, show_tables
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import ShownChange, show_change, show_period
from touchpath.web.pages.aims import Shown, events_of
from touchpath.web.pages.filters import Filters
from touchpath.web.pages.journeys import LaneWords, better_of, contrast_shown, lane_words, said_once, sort_lanes
from touchpath.web.pages.metrics import timed
from touchpath.web.pages.parts import question_ends, subject_title
from touchpath.web.platform import PlatformProtocol
from touchpath.web.prose import show_prose

#: What each sort of block is called, and what it is for.
SORT_WORDS = {
    "metric": (N_("Number"), N_("A metric with its interval, its history and how it moved")),
    "chart": (N_("Chart"), N_("A metric over time, or the drawing of a saved query")),
    "map": (N_("Journey map"), N_("Some lanes of a journey, step by step")),
    "text": (N_("Text"), N_("Words of your own: what to look at, and why")),
    "table": (N_("Table"), N_("The answer to a saved query")),
    "verbatims": (N_("Verbatims"), N_("What people said in their own words")),
    "goal": (N_("Goal"), N_("The target of a number, and whether it is met")),
}


@dataclass(frozen=True, slots=True)
class MapCell:
    """One number of a small map, with how it differs from the one beside it."""

    number: Number
    change: ShownChange | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class SmallMap:
    """Some lanes of a journey. rows: a lane's words, and the numbers of each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[LaneWords, tuple[tuple[MapCell, ...], ...]], ...]
    caption: str


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block ready for a template. href: where its number, journey or query opens, aims_at: where its target is set, "" = nowhere from
    here. asked_weight: whether accounts were asked to weigh in it. uncompared: why the two periods cannot be compared; before: the tables of the other period."""

    block: Block
    sort: str
    title: str
    problem: str = ""
    hidden: bool = False
    href: str = ""
    number: Shown | None = None
    aims_at: str = ""
    change: ShownChange | None = None
    uncompared: str = ""
    ends: tuple[float, float] | None = None
    figures: tuple[Figure, ...] = ()
    tables: tuple[ShownTable, ...] = ()
    before: tuple[ShownTable, ...] = ()
    notes: tuple[str, ...] = ()
    prose: Markup = field(default=Markup(""))
    small_map: SmallMap | None = None
    said: tuple[Said, ...] = ()
    asked_weight: bool = False

    @property
    def id(self) -> str:
        """Its own within the board."""
        return self.block.id

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.block.width == "full"


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """All blocks of a board. figures: of all of them, so that each can be had as a file; beside: what numbers are held against."""

    blocks: tuple[ShownBlock, ...]
    period: str
    beside: str
    segment: str
    asks_for_period: bool = False
    weight: str = ""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of every block."""
        return tuple(figure for block in self.blocks for figure in block.figures)


def view_of(request: Request, platform: PlatformProtocol, filters: Filters) -> BoardView:
    """What the filters of an address narrow a board to, for whoever asks."""
    span, zone = platform.span(), platform.zone
    people = may(request, Action.READ_PEOPLE)
    return BoardView(filters.within(span, zone), filters.against(span, zone), filters.cut(), people, weight_of(filters))


def weight_of(filters: Filters) -> str:
    """What numbers are weighed by; raises BadInput for what is no weight."""
    return read_weight(filters.weight) or ""


def show_blocks(
    platform: PlatformProtocol, desk: BoardDesk, blocks: Sequence[Block], view: BoardView, filters: Filters, at: Addresses | None
) -> ShownBoard:
    """Some blocks with their answers. at: the addresses of the pages that they open to; None where they open to nothing."""
    showing = _Showing(platform, view, at)
    filled = fill_board(platform, desk.saved, blocks, view)
    return ShownBoard(
        tuple(showing.show(one) for one in filled),
        show_period(view.period or platform.span(), platform.zone),
        show_period(view.beside, platform.zone) if view.beside else "",
        filters.segment.partition(":")[2],
        bool(filters.compare) and view.beside is None,
        view.weight,
    )


@dataclass
class _Showing:
    platform: PlatformProtocol
    view: BoardView
    at: Addresses | None

    def __post_init__(self) -> None:
        self.experience = self.platform.experience()
        self.ends: Mapping[str, tuple[float, float]] = question_ends(self.experience)

    def show(self, one: FilledBlock) -> ShownBlock:
        """A block with its title; what cannot be shown has its reason instead."""
        block = one.block
        problem = one.problem if self.at else one.problem.partition(". There are")[0]  # not for outside what else there is
        usual = ShownBlock(block, block.sort, block.title or self.usual_title(one), problem, one.hidden)
        if block.sort == "text":
            return replace(usual, prose=show_prose(block.get("text"), 3 if block.title else 2))
        if one.measured is not None:
            return self._measured(usual, one, one.measured)
        if one.answer is not None:
            return self._answered(usual, one, one.answer)
        if one.drawn is not None:
            return replace(usual, small_map=self._map(one), href=self.at.journey(block.get("journey")) if self.at else "")
        if one.voice is not None:
            return replace(
                usual,
                said=tuple(replace(said, actor="") for said in one.voice.said),
                href=self.at.below("/voice") if self.at else "",
            )
        return usual

    def usual_title(self, one: FilledBlock) -> str:
        """What a block is called that was given no title; "" for a text, which speaks for itself."""
        block = one.block
        if one.measured is not None:
            of = self._of(one.measured)
            title = gettext(one.measured.metric.title)
            return f"{title}, {of}" if of else title
        if one.query:
            return one.query
        if block.sort == "map":
            return subject_title(self.experience, block.get("journey"))
        if block.sort == "verbatims" and block.get("question"):
            return subject_title(self.experience, block.get("question"))
        return "" if block.sort == "text" else _(SORT_WORDS[block.sort][0])

    def _of(self, measured: Measurement) -> str:
        title = subject_title(self.experience, measured.subject) if measured.subject else ""
        return "" if title == measured.metric.title else title

    def _measured(self, usual: ShownBlock, one: FilledBlock, measured: Measurement) -> ShownBlock:
        """A number, as a card or drawn over time."""
        subject = measured.subject
        change, why = self._change(one.contrast, measured)
        shown = replace(
            usual,
            href=self.at.metric(measured.metric.id, subject) if self.at else "",
            number=Shown(measured, self._of(measured), one.target),
            change=change,
            uncompared=why,
            ends=self.ends.get(subject),
            asked_weight=bool(self.view.weight) and one.block.sort != "goal",
            aims_at=self.at.target(measured.metric.id, subject) if self.at else "",
        )
        if usual.sort != "chart":
            return shown
        if len(timed(measured)) < 2:
            return replace(
                shown, problem=_("a chart needs two periods, and there are fewer; choose a longer period or a finer cut")
            )
        figure = self._trend(one, measured, usual.title)
        return replace(shown, figures=(figure,), change=change if one.contrast else None)  # else the figure's finding says it

    def _trend(self, one: FilledBlock, measured: Measurement, title: str) -> Figure:
        goal = one.target.target.value if one.target else None
        of = f"{title} ({self.view.segment[1]})" if self.view.segment[0] else title
        titled = replace(measured, metric=replace(measured.metric, title=of))
        return draw_trend(
            titled, timed(measured), one.grain or "month", self.platform.zone, target=goal, events=events_of(self.platform),
            id=f"block-{one.block.id}",
        )  # fmt: skip

    def _change(self, contrast: Contrast | None, measured: Measurement) -> tuple[ShownChange | None, str]:
        """How a number moved: beside the other period where one is asked for, else in its latest whole period; and why it cannot be told."""
        if contrast is None:
            return (show_change(measured.change, measured.metric.better) if measured.change else None), ""
        if not isinstance(contrast.found, Comparison):
            return None, contrast.found.reason
        return show_change(replace(contrast.found, changed=contrast.changed), measured.metric.better), ""

    def _answered(self, usual: ShownBlock, one: FilledBlock, answer: QueryAnswer) -> ShownBlock:
        """The answer to a saved query, drawn or as tables."""
        block, zone = one.block, self.platform.zone
        shown = replace(usual, notes=answer.notes, href=self.at.below(f"/explore/saved/{block.get('query')}") if self.at else "")
        if block.sort == "chart":
            drawn = draw_answer(answer, one.grain or "", zone)
            other = draw_answer(one.before, one.grain or "", zone) if one.before else ()
            if drawn:
                title = usual.title
                return replace(shown, figures=(*_named(block.id, title, drawn), *_named(f"{block.id}-before", title, other)))
        before = self._tables(one.before, block) if one.before else ()
        return replace(shown, tables=self._tables(answer, block), before=before)

    def _tables(self, answer: QueryAnswer, block: Block) -> tuple[ShownTable, ...]:
        """The table that the block names, else the first."""
        named = block.get("table") or answer.tables[0].name
        return tuple(one for one in show_tables(answer, self.platform.zone) if one.name == named)

    def _map(self, one: FilledBlock) -> SmallMap | None:
        found = one.drawn
        if found is None:
            return None
        words, better, (measured, _lanes) = lane_words(self.platform), better_of(self.platform), sort_lanes(found)
        whole = found.whole.conversion
        rows = tuple(
            (
                words[lane],
                tuple(
                    tuple(
                        MapCell(said_once(cell.number, whole), contrast_shown(cell, better), cell.title)
                        for cell in column.lanes.get(lane, ())
                    )
                    for column in found.columns
                ),
            )
            for lane in measured
        )
        return SmallMap(tuple(column.title for column in found.columns), rows, say(found.whole.finding))


def _named(id: str, title: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    """Figures of a query that say which it is, under names that no other block's have."""
    yield from (replace(one, id=f"block-{id}-{one.name}", caption=f"{title}. {one.caption}") for one in figures)
