"""Alignments in words: what an observed journey did that the design does not say, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from touchpath.services.queries.nodes import THEN
from touchpath.timelines.alignment import DONE, EXTRA, SKIPPED, Move

#: Before a step in an alignment: done besides, left out.
_MARKS = {DONE: "", EXTRA: "+", SKIPPED: "-"}


def told_alignment(moves: Sequence[Move], names: Sequence[str]) -> str:
    """The alignment on one line: a step as designed by its name, +name for a signal besides, -name for a step left out."""
    return THEN.join(_MARKS[move.how] + names[move.step] for move in moves)


def told_deviations(moves: Sequence[Move], names: Sequence[str]) -> str:
    """Each deviation in words with its place, in the order in which they come; "" for none.

    Extra is a signal of a step that the design does not want there; it is the step again where the alignment does it as well. Places
    are told by the last signal that came before.
    """
    return "; ".join(f"{', '.join(steps)} {said} {where}" for (said, where), steps in _deviations(moves, names))


def _deviations(moves: Sequence[Move], names: Sequence[str]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """What was done and where, with the steps it was done to; neighbours that were left out together."""
    done, where = {move.step for move in moves if move.how == DONE}, "at the start"
    for skipped, together in groupby(moves, lambda move: move.how == SKIPPED):
        if skipped:
            yield ("left out", where), [names[move.step] for move in together]
            continue
        for move in together:
            if move.how == EXTRA:
                yield ("again" if move.step in done else "extra", where), [names[move.step]]
            where = f"after {names[move.step]}"
