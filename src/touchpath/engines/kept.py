"""Keeps what the base came to, so that an answer after new signals computes only what they touched.

Timelines are a base that never changes and an overlay with the complete timelines of everybody touched since (see
stores/timeline_files.py). Summaries are sums over owners, in integers, so

    answer = base as if nobody were skipped (kept) - skipped owners as the base has them + overlay

bit for bit. Where the data end moves with nearly every signal. A fold says how far its summary depends on that (`Ending`): not at
all; by whether a period is over; or, with a window or gap, only for owners active so shortly before the end that something of
theirs may be open. These are then computed anew, and the others are kept. What a fold does not say is taken to matter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from touchpath.engines.kept_bases import Kept, KeptBase, KeptBases, Unlike, bare, base_and_overlay, likeness, whole
from touchpath.model.errors import Cancelled
from touchpath.timelines.arrays import TimelineSet, one_cell
from touchpath.timelines.cut import Cutting
from touchpath.timelines.fold import Ask, Cut, Ending, Ends, Engine, Failed, Fold, Selection, Summary, Who, ending_of
from touchpath.timelines.summaries import subtracts
from touchpath.timelines.who import LastBy, Otherwise

S = TypeVar("S", bound=Summary)

MOST_BYTES = 128 << 20
#: Closed owners are kept up to a time on a grid this fine, so that one summary serves for a while: a part of the reach, or an hour.
_PARTS, _HOUR = 8, 3_600_000_000


class KeptSummaries:
    """An engine that asks another one, and keeps its summaries of base shards for the next time.

    most_bytes: what the kept summaries may take. Nothing is kept of a base that nobody has open any more, nor of timelines that are
    in memory only. Safe to use from several threads.
    """

    def __init__(self, engine: Engine, most_bytes: int = MOST_BYTES) -> None:
        self.engine = engine
        self.kept = KeptBases(most_bytes)

    def clear(self) -> None:
        """Forget everything, as after an erasure."""
        self.kept.clear()

    def select(
        self,
        fold: Fold[S],
        timelines: TimelineSet,
        outcomes: frozenset[int],
        who: Sequence[Who],
        title: str,
        cut: Cut | None = None,
    ) -> Selection:
        """The owners whose outcome is one of `outcomes`; nothing is kept."""
        return self.engine.select(fold, timelines, outcomes, who, title, cut)

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        (found,) = self.summarise_all([Ask(fold, cut, tuple(who))], timelines)
        if isinstance(found, Failed):
            raise found.error
        summary: S = found
        return summary

    def summarise_all(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Sequence[Any | Failed]:
        """The summary of each, or why there is none; what has to be read is read in one pass for all of them."""
        base, overlay = base_and_overlay(timelines)
        if not base:
            return self._read(asks, timelines)
        known = self.kept.base(base)
        skipped = known.skipped(base)
        kept = self._kept(known, asks, replace(timelines, shards=base))
        usable = {
            place: one for place, one in enumerate(kept) if isinstance(one, Kept) and (not skipped or subtracts(one.summary))
        }
        found = {place: one if isinstance(one, Failed) else None for place, one in enumerate(kept)}
        found |= {place: one.summary for place, one in usable.items()}
        plain = {place: asks[place] for place, one in found.items() if one is None}
        found |= zip(plain, self._read(list(plain.values()), timelines), strict=True)
        for end in {one.end for one in usable.values()} if skipped else ():
            old = {place: _settled(asks[place], one) for place, one in usable.items() if one.end == end}
            self._join(found, old, replace(timelines, shards=skipped, end=end), operator.sub)
        active = {place: _unsettled(asks[place], one.until) for place, one in usable.items() if one.until is not None}
        self._join(found, active, replace(timelines, shards=base), operator.add)
        if overlay:
            self._join(found, {place: asks[place] for place in usable}, replace(timelines, shards=overlay), operator.add)
        return tuple(found[place] for place in range(len(asks)))

    def keeps(self, ask: Ask[Any], timelines: TimelineSet) -> bool:
        """Whether the base need not be read for this, but only what new signals touched."""
        base, _ = base_and_overlay(timelines)
        if not base:
            return False
        known = self.kept.base(base)
        asked = _asked(known, replace(timelines, shards=base), ask)
        kept = self.kept.find(known, asked.key) if asked else None
        return asked is not None and kept is not None and asked.served_by(kept)

    def _join(
        self, found: dict[int, Any], asks: Mapping[int, Ask[Any]], timelines: TimelineSet, how: Callable[[Any, Any], Any]
    ) -> None:
        """Add what these asks give, or take it away."""
        for place, part in zip(asks, self._read(list(asks.values()), timelines), strict=True):
            failed = next((one for one in (found[place], part) if isinstance(one, Failed)), None)
            found[place] = failed or how(found[place], part)

    def _read(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Sequence[Any | Failed]:
        if len(asks) > 1:
            return self.engine.summarise_all(asks, timelines)
        try:
            return [self.engine.summarise(ask.fold, timelines, ask.cut, ask.who) for ask in asks]
        except Cancelled:
            raise
        except Exception as error:
            return [Failed(error)]

    def _kept(self, known: KeptBase, asks: Sequence[Ask[Any]], base: TimelineSet) -> list[Kept | Failed | None]:
        """The summary of the base for each; None if it cannot be kept, or the base has signals after the end of the data."""
        if base.end < known.last:
            return [None] * len(asks)
        asked = [_asked(known, base, ask) for ask in asks]
        before = [None if one is None else self.kept.find(known, one.key) for one in asked]
        found: list[Kept | Failed | None] = [
            kept if one and kept and one.served_by(kept) else None for one, kept in zip(asked, before, strict=True)
        ]
        shards = whole(base.shards)
        # A cut that remembers cells knows shards by their identity, so it must not see shards that are gone in a moment.
        lasting = all(one is other for one, other in zip(shards, base.shards, strict=True))
        missing = dict[int, Ask[Any]]()
        for place, (ask, one, kept) in enumerate(zip(asks, asked, before, strict=True)):
            if one is not None and found[place] is None:
                # The first time everybody is read at once; once the end has moved on, those who are closed apart.
                until = one.grid if kept is not None and one.ending.reach else None
                empty = Kept(None, bare(ask.cut), base.end, one.ending.mark, until)
                found[place] = empty
                missing[place] = replace(_settled(ask, empty), cut=ask.cut if lasting else empty.cut)
        for place, summary in zip(missing, self._read(list(missing.values()), replace(base, shards=shards)), strict=True):
            one, new = asked[place], found[place]
            if isinstance(summary, Failed):
                found[place] = summary
            elif one is not None and isinstance(new, Kept):
                found[place] = new = replace(new, summary=summary)
                self.kept.keep(known, one.key, new)
        return found


def _settled(ask: Ask[Any], kept: Kept) -> Ask[Any]:
    """The question as it was kept: cut as then, and only of those who were closed."""
    who = ask.who if kept.until is None else (*ask.who, LastBy(kept.until))
    return Ask(ask.fold, kept.cut, who)


def _unsettled(ask: Ask[Any], until: int) -> Ask[Any]:
    return replace(ask, who=(*ask.who, Otherwise(LastBy(until))))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to a base: what it is kept under, how the answer depends on the end of the data, and that end."""

    key: Hashable
    ending: Ending
    end: int

    @property
    def grid(self) -> int:
        """A time up to which owners are closed, the same for a while."""
        step = max(self.ending.reach // _PARTS, _HOUR)
        return (self.end - self.ending.reach) // step * step

    def served_by(self, kept: Kept) -> bool:
        """Whether a kept summary is right, and not so old that too few are in it."""
        if kept.mark != self.ending.mark:
            return False
        if kept.until is None:
            return self.ending.reach == 0 or kept.end == self.end
        return kept.until == self.grid


def _asked(known: KeptBase, base: TimelineSet, ask: Ask[Any]) -> _Asked | None:
    """The question as it is kept; None if nobody can tell whether it is the same as another."""
    plain = bare(ask.cut)
    edges = plain.edges if isinstance(plain, Cutting) else one_cell().edges
    ending = ending_of(ask.fold, edges, base.end)
    if isinstance(plain, Cutting) and plain.dimension is not None:
        known.count_codes(base.shards, plain.dimension.field)
    # A fold that says nothing may also depend on how many words there are, as a table of kinds does.
    words = () if isinstance(ask.fold, Ends) else tuple((name, len(texts)) for name, texts in sorted(base.words.items()))
    try:
        key = (likeness(ask.fold), known.placing(plain, placed=ending.placed), likeness(tuple(ask.who)), words)
    except Unlike:
        return None
    return _Asked(key, ending, base.end)
