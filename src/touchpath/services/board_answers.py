"""What a board of one's own shows: each block with its answer, all narrowed alike. A block that cannot be answered says why and costs no other."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, get_args

from touchpath.metrics.conclude import compare_intervals
from touchpath.model.errors import BadInput, Cancelled, NotAllowed, TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Dimension, Experience
from touchpath.model.time import Grain, Period
from touchpath.services.behind import of_segment
from touchpath.services.board_blocks import Block
from touchpath.services.compared import Compared, Contrast
from touchpath.services.live_map import LiveMap, MapAsked, Slice
from touchpath.services.metric_targets import KeptTarget, MetricTargets
from touchpath.services.overview import fitting_grain
from touchpath.services.pack import Ask
from touchpath.services.results import Measurement, Pack, QueryAnswer
from touchpath.services.saved_queries import SavedQueries
from touchpath.services.voice import Voice, VoiceAsked
from touchpath.services.weighed import can_weigh

_log = logging.getLogger(__name__)
_UNFORESEEN = "This could not be shown for a reason that was not foreseen; the server's log has it"


class Answers(Protocol):
    """What boards ask of a workspace; of one for viewers they get no small group and no text."""

    @property
    def targets(self) -> MetricTargets | None: ...

    def experience(self) -> Experience: ...

    def span(self) -> Period | None: ...

    def measure(
        self,
        metric: str,
        subject: str = "",
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        weight: str = "",
    ) -> Measurement: ...

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        weight: str = "",
    ) -> Pack: ...

    def compare(
        self, metric: str, subject: str = "", *, by: str = "", periods: tuple[Period, Period] | None = None
    ) -> Compared: ...

    def uncovered(self, period: Period) -> str: ...

    def live_map(self, asked: MapAsked) -> LiveMap: ...

    def ask(self, query: str) -> QueryAnswer: ...

    def voice(self, asked: VoiceAsked, *, limit: int = 40) -> Voice: ...


@dataclass(frozen=True, slots=True)
class BoardView:
    """What all blocks are narrowed to. period: None = all there is; beside: the period that numbers are held against; segment: dimension and
    value, two blanks = everybody. people: whether texts of single people may be shown. weight: what counts once in numbers in which accounts
    can weigh; "" = as they are defined."""

    period: Period | None = None
    beside: Period | None = None
    segment: tuple[str, str] = ("", "")
    people: bool = False
    weight: str = ""


@dataclass(frozen=True, slots=True)
class FilledBlock:
    """A block with its answer: what fits its sort is there. problem: why nothing can be shown; hidden: because texts are for those only who
    may see people. grain: of the readings. drawn: the map; query: the title of the saved query; before: its answer for `beside`."""

    block: Block
    problem: str = ""
    hidden: bool = False
    measured: Measurement | None = None
    grain: Grain | None = None
    contrast: Contrast | None = None
    target: KeptTarget | None = None
    drawn: LiveMap | None = None
    query: str = ""
    answer: QueryAnswer | None = None
    before: QueryAnswer | None = None
    voice: Voice | None = None


def fill_board(platform: Answers, saved: SavedQueries, blocks: Sequence[Block], view: BoardView) -> tuple[FilledBlock, ...]:
    """Every block with its answer; numbers are read together."""
    span = view.period or platform.span()
    if span is None:
        return tuple(_unseen(block) for block in blocks)
    filling = _Filling(platform, saved, view, _Numbers(platform, view, fitting_grain(span)))
    filling.numbers.read_ahead([block.number for block in blocks if block.sort in ("metric", "goal")])
    return tuple(filling.fill(block) for block in blocks)


def _unseen(block: Block) -> FilledBlock:
    return FilledBlock(block, "" if block.sort == "text" else "there are no signals yet")


@dataclass
class _Numbers:
    """The numbers of a board, each read once, of everybody or of the segment."""

    platform: Answers
    view: BoardView
    grain: Grain
    known: dict[tuple[Ask, str, Grain | None, str], Measurement] = field(default_factory=dict)

    def read_ahead(self, asks: Sequence[Ask]) -> None:
        """Read these together. One that is not there fails them all, and then each is read by itself and says why."""
        chosen, by = list(dict.fromkeys(asks)), self.view.segment[0]
        for grain in (self.grain, None) if by else (self.grain,):
            try:
                found = (
                    self.platform.measure_all(chosen, by=by, grain=grain, period=self.view.period, weight=self.view.weight)
                    if chosen
                    else Pack(())
                )
            except Cancelled:
                raise
            except TouchpathError:
                return
            self.known |= {(ask, by, grain, self.weight(ask)): one for ask, one in zip(chosen, found.measurements, strict=True)}

    def weight(self, ask: Ask) -> str:
        """What the number is weighed by; "" where accounts cannot weigh in it."""
        return self.view.weight if self.view.weight and can_weigh(self.platform.experience(), *ask) else ""

    def of(self, ask: Ask, grain: Grain | None = None, weighed: bool = True) -> Measurement:
        """A number with its readings by a grain; raises what `measure` does, and Missing where nobody is in the segment."""
        grain, (by, value), weight = grain or self.grain, self.view.segment, self.weight(ask) if weighed else ""
        if not by:
            return self._one(ask, "", grain, weight)
        whole, readings = of_segment(self._one(ask, by, None, weight), value), self._one(ask, by, grain, weight).readings
        return replace(whole, readings=tuple(replace(one, segment="") for one in readings if one.segment == value))

    def beside(self, ask: Ask) -> Contrast | None:
        """How a number differs from the one of the other period; None where none is asked for."""
        period, before, (by, value) = self.view.period, self.view.beside, self.view.segment
        if period is None or before is None:
            return None
        if weight := self.weight(ask):
            sides = [self.platform.measure(*ask, by=by, period=one, weight=weight) for one in (before, period)]
            older, newer = (of_segment(one, value).total if by else one.total for one in sides)
            level = newer.confidence if isinstance(newer, Estimate) else 0.95
            whys = (self.platform.uncovered(one) for one in (before, period))
            why = next((why for why in whys if why), "")
            return Contrast("", "", older, newer, Undefined(why) if why else compare_intervals(older, newer, level))
        found = self.platform.compare(*ask, by=by, periods=(before, period))
        return next((one for one in found.contrasts if one.segment == value), None)

    def _one(self, ask: Ask, by: str, grain: Grain | None, weight: str) -> Measurement:
        key = (ask, by, grain, weight)
        if key not in self.known:
            self.known[key] = self.platform.measure(*ask, by=by, grain=grain, period=self.view.period, weight=weight)
        return self.known[key]


@dataclass(frozen=True, slots=True)
class _Filling:
    platform: Answers
    saved: SavedQueries
    view: BoardView
    numbers: _Numbers

    def fill(self, block: Block) -> FilledBlock:
        """A block with its answer, or with the reason why it has none."""
        try:
            return getattr(self, f"_{block.sort}")(block)  # type: ignore[no-any-return]
        except Cancelled:
            raise
        except TouchpathError as error:
            return FilledBlock(block, str(error).rstrip("."))
        except Exception:
            _log.exception("the block '%s' (%s) could not be shown", block.id, block.sort)
            return FilledBlock(block, _UNFORESEEN)

    def _metric(self, block: Block) -> FilledBlock:
        ask = block.number
        measured, grain = self.numbers.of(ask), self.numbers.grain
        contrast = self._contrast(ask, measured)
        return FilledBlock(block, measured=measured, grain=grain, contrast=contrast, target=self._aim(ask, measured))

    def _goal(self, block: Block) -> FilledBlock:
        """A target is of the number as it is defined, so weights leave it alone."""
        ask = block.number
        return FilledBlock(
            block, measured=self.numbers.of(ask, weighed=False), grain=self.numbers.grain, target=self._target(ask)
        )

    def _chart(self, block: Block) -> FilledBlock:
        if block.get("query"):
            return self._table(block)
        ask = block.number
        grain = next((one for one in get_args(Grain) if one == block.get("grain")), self.numbers.grain)
        measured = self.numbers.of(ask, grain)
        contrast = self._contrast(ask, measured)
        return FilledBlock(block, measured=measured, grain=grain, contrast=contrast, target=self._aim(ask, measured))

    def _table(self, block: Block) -> FilledBlock:
        kept, view, (name, value) = self.saved.show(block.get("query")), self.view, self.view.segment
        cut = self.platform.experience().dimension(name) if name else None
        answer = self.platform.ask(narrowed(kept.document, view.period, cut, value))
        before = self.platform.ask(narrowed(kept.document, view.beside, cut, value)) if view.beside else None
        if block.get("table"):
            answer.table(block.get("table"))
        grain = next((one for one in get_args(Grain) if one == kept.document.get("grain")), None)
        return FilledBlock(block, grain=grain, query=kept.title, answer=answer, before=before)

    def _map(self, block: Block) -> FilledBlock:
        view = self.view
        of = Slice(view.period, (view.segment,) if view.segment[0] else ())
        beside = replace(of, period=view.beside) if view.beside else None
        asked = MapAsked(block.get("journey"), of, beside, block.get("zoom") or "step", block.lanes)
        return FilledBlock(block, drawn=self.platform.live_map(asked))

    def _text(self, block: Block) -> FilledBlock:
        return FilledBlock(block)

    def _verbatims(self, block: Block) -> FilledBlock:
        view = self.view
        asked = VoiceAsked(block.get("question"), block.get("words"), block.get("sentiment"), view.period, segment=view.segment)
        try:
            voice = self.platform.voice(asked, limit=block.most) if view.people else None
        except NotAllowed:
            voice = None
        return FilledBlock(block, hidden=voice is None, voice=voice)

    def _contrast(self, ask: Ask, measured: Measurement) -> Contrast | None:
        """The comparison; one that cannot be made costs only itself, and says why."""
        try:
            return self.numbers.beside(ask)
        except Cancelled:
            raise
        except TouchpathError as error:
            return Contrast("", "", measured.total, measured.total, Undefined(str(error).rstrip(".")))

    def _aim(self, ask: Ask, measured: Measurement) -> KeptTarget | None:
        return None if measured.weighing else self._target(ask)

    def _target(self, ask: Ask) -> KeptTarget | None:
        kept = self.platform.targets.list() if self.platform.targets else ()
        return next((one for one in kept if (one.target.metric, one.target.subject) == ask), None)


def narrowed(document: Mapping[str, Any], period: Period | None, cut: Dimension | None = None, value: str = "") -> str:
    """A query's document, narrowed to a period in place of its own and, besides what it asks for, to a segment of a dimension: to the signals
    that have its value where every signal has one of its own, else to the people who belong to it.

    Raises BadInput where the query says itself which signals of the dimension it reads.
    """
    asked = dict(document)
    if period is not None:
        asked["period"] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    if cut is None:
        return json.dumps(asked, ensure_ascii=False)
    if cut.level == "signal" and cut.changes == "as_of_signal":
        where = asked.get("where") or {}
        if not isinstance(where, Mapping) or cut.field in where:
            raise BadInput(f"The query says itself which '{cut.field}' it reads, so it cannot be narrowed to '{value}'.")
        asked["where"] = {**where, cut.field: value}
    else:
        who = asked.get("who") or []
        asked["who"] = [*(who if isinstance(who, list) else [who]), {"segment": {cut.id: value}}]
    return json.dumps(asked, ensure_ascii=False)
