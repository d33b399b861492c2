"""What runs where the shards are: unpacks parcels, asks each for its answer, and packs the answers or the error."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from touchpath.engines.shipping import Parcel, Words
from touchpath.model.errors import TouchpathError, Unavailable
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.fold import Failed

#: What a reply holds: an answer; an error; or nothing, because a shard's files could not be opened here.
ANSWER, ERROR, UNOPENED = "answer", "error", "unopened"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask each shard, how to join the answers of neighbours, and the words of all shards."""

    one: Callable[[Timelines], Any]
    join: Callable[[Iterable[Any]], Any]
    words: Words


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of neighbouring parcels, in the order of their places; or what went wrong with one."""

    shard: int
    piece: int
    what: str
    content: bytes


def answer(parcels: Iterable[Parcel], question: Question) -> Iterator[Reply]:
    """One reply for all parcels; one more for each that cannot be opened. After an error nothing more is read.

    Too little memory and disks that fail are the machine's trouble, not the question's: they are raised, and whoever runs this
    may try another machine.
    """
    place, parts = (0, 0), list[Any]()
    for parcel in parcels:
        try:
            shard = parcel.unpack(question.words)
        except (OSError, Unavailable) as error:
            yield from _joined(place, parts, question)
            parts = []
            yield Reply(*parcel.place, UNOPENED, str(error).encode())
            continue
        try:
            part = _portable(question.one(shard))
        except (MemoryError, OSError):
            raise
        except Exception as error:
            error.add_note(parcel.note)
            yield Reply(*parcel.place, ERROR, pack_error(error))
            return
        place = place if parts else parcel.place
        parts.append(part)
        if len(parts) > 1:
            parts = [question.join(parts)]
    yield from _joined(place, parts, question)


def _portable(part: Any) -> Any:
    """An answer whose failures can travel; those of the machine are raised."""
    if not isinstance(part, tuple) or not any(isinstance(one, Failed) for one in part):
        return part
    for one in part:
        if isinstance(one, Failed) and isinstance(one.error, MemoryError | OSError):
            raise one.error
    return tuple(Failed(pickle.loads(pack_error(one.error))) if isinstance(one, Failed) else one for one in part)  # noqa: S301


def join_replies(replies: Iterable[Reply], question: Question) -> Iterator[Reply]:
    """The answers of several tasks as one, in the order of their places; errors and what could not be opened stay as they are."""
    in_order = sorted(replies, key=lambda reply: (reply.shard, reply.piece))
    answers = [reply for reply in in_order if reply.what == ANSWER]
    yield from (reply for reply in in_order if reply.what != ANSWER)
    parts: list[Any] = []
    for reply in answers:
        parts.append(pickle.loads(reply.content))  # noqa: S301
        if len(parts) > 1:
            parts = [question.join(parts)]
    if answers:
        yield from _joined((answers[0].shard, answers[0].piece), parts, question)


def _joined(place: tuple[int, int], parts: list[Any], question: Question) -> Iterator[Reply]:
    if parts:
        yield Reply(*place, ANSWER, pickle.dumps(question.join(parts), pickle.HIGHEST_PROTOCOL))


def pack_error(error: Exception) -> bytes:
    """An exception as bytes; one that cannot be pickled becomes the nearest that can, with the same message and notes."""
    kinds = [type(error), *(kind for kind in type(error).__mro__ if issubclass(kind, TouchpathError)), RuntimeError]
    for kind in kinds:
        try:
            copy = error if kind is type(error) else kind(str(error) or repr(error))
            for note in getattr(error, "__notes__", ()) if copy is not error else ():
                copy.add_note(note)
            packed = pickle.dumps(copy)
            pickle.loads(packed)  # noqa: S301
        except Exception:  # noqa: S112
            continue
        return packed
    return pickle.dumps(RuntimeError(repr(error)))
