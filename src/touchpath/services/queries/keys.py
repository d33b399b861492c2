"""What stands in the document of each query, key by key, so that a form can be made of it.

Which keys there are, what they hold and what they are called stands in `key_words`; which words may be chosen, the limits of numbers and
what is taken when nothing is given are found by letting the query's own reader read, so they cannot differ from what it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from touchpath.model.errors import Missing, TouchpathError, unknown
from touchpath.model.fields import Choice, Fields, Names
from touchpath.model.nodes import Faults, Node, Scalar, nodes_of
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.key_words import KEYS, TITLES, What, words_of


@dataclass(frozen=True, slots=True)
class Key:
    """One key. title: for people.   example: of a value.   needed: without it nothing is answered.   aside: rarely wanted.

    choices: words that may stand there.   low, high: limits of a number.   usual: what is taken when nothing is given, "" = said nowhere.
    """

    name: str
    what: What
    title: str
    example: str = ""
    needed: bool = False
    aside: bool = False
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    usual: str = ""

    @property
    def usual_words(self) -> str:
        """What is taken when nothing is given, as people read it."""
        return spell(self.usual) if self.what == "choice" else self.usual


def spell(word: str) -> str:
    """A word of a document as people read it.

    >>> spell("on-or-after")
    'on or after'
    """
    return word.replace("_", " ").replace("-", " ")


@dataclass(frozen=True, slots=True)
class QueryForm:
    """One query as people choose it: its name, what it is called, what it answers, its keys, and the groups of people behind it."""

    query: str
    title: str
    answers: str
    keys: tuple[Key, ...]
    outcomes: bool = True


#: Keys that all queries share; `period` and the filters of people have fields of their own.
SHARED = ("query", "period", "grain", "by", "unit", "where", "who", "confidence", "title")


def form_of(query: str) -> QueryForm:
    """The form of a query; raises Missing for one that nobody knows."""
    if query not in QUERIES:
        raise Missing(unknown("query", query, QUERIES))
    return _form(query)


def forms() -> tuple[QueryForm, ...]:
    """The forms of all queries, most asked first."""
    return tuple(_form(query) for query in TITLES)


@cache
def _form(query: str) -> QueryForm:
    shown, _, aside = KEYS[query].partition("|")
    named = [*((name, False) for name in shown.split()), *((name, True) for name in aside.split())]
    keys = tuple(_key(query, name, is_aside) for name, is_aside in named)
    answers = (QUERIES[query].__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return QueryForm(query, TITLES[query], " ".join(answers.split()), keys, query != "features")


def _key(query: str, written: str, aside: bool) -> Key:
    name = written.rstrip("*")
    what, title, example = words_of(query, name)
    key = Key(name, what, title, example, needed=written.endswith("*"), aside=aside)
    told = _told(query).get(name)
    if told is None:
        return key
    return replace(told, title=title, needed=key.needed, aside=aside, example=example, what=what if what != "text" else told.what)


# -- what a reader tells of itself ---------------------------------------------------------------------------------------


class _Listening(Fields):
    """Fields that note what their reader wants to know. Nothing that stands in them is right, and nobody minds."""

    def __init__(self, node: Node, path: str, noun: str, names: Names) -> None:
        super().__init__(node, path, noun, names)
        self.told: dict[str, Key] = {}

    def choice(self, key: str, options: tuple[Choice, ...], default: Choice | None = None) -> Choice:
        self.told[key] = Key(key, "choice", "", choices=tuple(options), usual=default or "")
        given = super().node(key)
        return next((one for one in options if isinstance(given, Scalar) and given.text == one), default or options[0])

    def flag(self, key: str, default: bool) -> bool:
        self.told[key] = Key(key, "flag", "", usual="yes" if default else "no")
        super().node(key)
        return default

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        self.told[key] = Key(key, "whole", "", low=low, high=high, usual="" if default is None else str(default))
        super().node(key)
        return low if default is None else default

    @property
    def asked(self) -> frozenset[str]:
        """Every key that was asked for."""
        return frozenset(self._asked)


@cache
def _told(query: str) -> Mapping[str, Key]:
    """What the reader tells of its keys when it reads a blank document, and documents with one of its keys each."""
    found = dict[str, Key]()
    for listening in _readings(query):
        found = {**listening.told, **found}
    return found


def keys_read(query: str) -> frozenset[str]:
    """Every key that the reader of a query asks for, whatever else is in the document."""
    return frozenset().union(*(listening.asked for listening in _readings(query)))


def _readings(query: str) -> Iterator[_Listening]:
    """What the reader asks for: of a blank document, of documents with one of its keys each, and with each of its choices."""
    choices = dict[str, tuple[str, ...]]()
    for listening in _listen(query, _documents(query)):
        choices |= {key.name: key.choices for key in listening.told.values()}
        yield listening
    yield from _listen(query, ({name: word} for name, words in choices.items() for word in words))


def _documents(query: str) -> Iterator[dict[str, object]]:
    yield {}
    for written in KEYS[query].replace("|", " ").split():
        for value in ("x", ["x", "y"], {"x": "y"}):
            yield {written.rstrip("*"): value}


def _listen(query: str, documents: Iterable[dict[str, object]]) -> Iterator[_Listening]:
    for document in documents:
        listening = _Listening(nodes_of(document), "", "a query", Names(Faults("query")))
        with suppress(TouchpathError, ValueError):  # whatever is refused, what was asked before is known by then
            QUERIES[query].read(listening)
        yield listening
