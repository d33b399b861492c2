"""Several queries at once: those that read the same timelines are read in one pass, and what they have in common is done once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate
from typing import TypeVar

from touchpath.model.errors import Cancelled, TouchpathError
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import Prepared, concluded, prepare
from touchpath.services.queries.by_parts import by_parts, told_together
from touchpath.services.queries.reading import Asked
from touchpath.services.queries.undeclared import join_undeclared
from touchpath.services.results import QueryAnswer
from touchpath.timelines.fold import Ask, Failed

R = TypeVar("R")


def ask_all(ground: Ground, asked: Sequence[Asked], confidence: float) -> tuple[QueryAnswer | TouchpathError, ...]:
    """The answer to each query, the same as asked one by one; or why there is none, which costs the others nothing."""
    parts = [_tried(partial(by_parts, ground.experience, one)) for one in asked]
    single = [
        [asked[at]] if isinstance(one, TouchpathError) or not one else [part for _, part in one] for at, one in enumerate(parts)
    ]
    answers = _ask_all(ground, [one for some in single for one in some], confidence)
    ends = [0, *accumulate(map(len, single))]

    def told(place: int) -> QueryAnswer | TouchpathError:
        titles, own = parts[place], answers[ends[place] : ends[place + 1]]
        if isinstance(titles, TouchpathError):
            return titles
        if not titles:
            return own[0]
        if wrong := next((one for one in own if isinstance(one, TouchpathError)), None):
            return wrong
        found = [(title, one) for (title, _), one in zip(titles, own, strict=True) if isinstance(one, QueryAnswer)]
        return _tried(lambda: told_together(ground, asked[place], found))

    return tuple(told(place) for place in range(len(asked)))


def _ask_all(ground: Ground, asked: Sequence[Asked], confidence: float) -> tuple[QueryAnswer | TouchpathError, ...]:
    """As above, of queries none of which is cut by persona, role or status."""
    for query in asked:
        with suppress(TouchpathError):  # What cannot be looked up is told where it is prepared.
            join_undeclared(ground, query)
    prepared = [_tried(partial(prepare, ground, one)) for one in asked]
    found: dict[int, object] = {}
    for unit in dict.fromkeys(one.unit for one in asked):
        places = [place for place, one in enumerate(asked) if one.unit == unit and isinstance(prepared[place], Prepared)]
        ready = [one for place in places if isinstance(one := prepared[place], Prepared)]
        asks = [Ask(one.fold, one.frame.cut, one.who) for one in ready]
        found |= zip(places, ground.engine.summarise_all(asks, ground.open(unit)) if asks else (), strict=True)

    def conclude(place: int) -> QueryAnswer | TouchpathError:
        ready, summary = prepared[place], found.get(place)
        if isinstance(ready, TouchpathError):
            return ready
        if isinstance(summary, Failed):
            return _told(summary.error)
        return _tried(lambda: concluded(ground, asked[place], ready, summary, confidence))

    return tuple(conclude(place) for place in range(len(asked)))


def _tried(work: Callable[[], R]) -> R | TouchpathError:
    try:
        return work()
    except Cancelled:
        raise
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> TouchpathError:
    """An error that is meant for people; any other is a fault of ours, and costs the other queries nothing all the same."""
    if isinstance(error, TouchpathError):
        return error
    fault = TouchpathError(f"This query could not be answered, by a fault of Touchpath: {type(error).__name__}: {error}.")
    fault.__cause__ = error
    return fault
