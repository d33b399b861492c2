"""What stands in the document of each query, key by key, so that a form can be made of it.

Which keys there are, what they hold and what they are called stands here; which words may be chosen, the limits of numbers and what is
taken when nothing is given are found by letting the query's own reader read, so they cannot differ from what it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from touchpath.model.errors import Missing, TouchpathError, unknown
from touchpath.model.fields import Choice, Fields, Names
from touchpath.model.nodes import Faults, Node, Scalar, nodes_of
from touchpath.services.queries.catalogue import QUERIES

#: rule: an event rule.   rules: a list of them.   named: rules by name.   span, spans: as in 30m.   names: words in a list.
#: flag, choice, whole, number, text: one value.   plain: anything, as text.   The others name something: a field of signals, or a noun of
#: the model.
What = Literal[
    "rule", "rules", "named", "span", "spans", "names", "flag", "choice", "whole", "number", "text", "plain",
    "column", "object", "journey", "task", "question", "schedule",
]  # fmt: skip


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


#: Titles of the queries, most asked first.
TITLES: Mapping[str, str] = {
    "funnel": "Funnel",
    "retention": "Retention",
    "paths": "Paths",
    "tasks": "Tasks",
    "sessions": "Sessions",
    "lifecycle": "Lifecycle",
    "volume": "Volume",
    "values": "Values of a property",
    "states": "States",
    "stickiness": "Stickiness",
    "flows": "Flows",
    "variants": "Variants of paths",
    "conformance": "Conformance with a journey",
    "rework": "Rework and loops",
    "patterns": "Patterns before an outcome",
    "cooccurrence": "What comes together",
    "between": "Time between two things",
    "answers": "Answers to a question",
    "consistency": "Consistency between channels",
    "sentiment": "Sentiment",
    "felt": "Felt and measured waits",
    "contacts": "Contacts with support",
    "friction": "Friction",
    "forms": "Forms",
    "lostness": "Lostness",
    "vitals": "Core Web Vitals",
    "counts": "One thing per another",
    "totals": "Sums of values",
    "purchases": "Repeat purchases",
    "recurring": "Recurring revenue",
    "rfm": "Recency, frequency, money",
    "features": "Rows before and after a signal",
}

#: The keys of each query in the order of the form: `*` = needed, after `|` = aside.
_KEYS: Mapping[str, str] = {
    "answers": "question take | asked scale",
    "between": "start* end* limit at same | which promise promised zone hours",
    "conformance": "journey steps flow window | same variant show top",
    "consistency": "question across take | asked scale points",
    "contacts": "contact* resolved reply window variant | same message reopened ticket follows agent hours",
    "cooccurrence": "nodes journey gap window | same least sort top pair",
    "counts": "of* per* | part",
    "features": "anchor* features* which",
    "felt": "answer* answered_in* start* end* window | same",
    "flows": "of* direction steps nodes journey | which within gap window same collapse top path",
    "forms": "changed* sent* | field gap",
    "friction": "of clicks pages variant | x y element page dwell visits gap",
    "funnel": "steps* window order same | reentry every totals else between without effect optional repeats ties grace round segment "
    "open held variant mode",
    "lifecycle": "active",
    "lostness": "task pages* least* page | start success failure abandon error limit same",
    "paths": "nodes gap top | move counts_only",
    "patterns": "outcome* nodes journey run | gap window same part length gapped apart least top pattern follow",
    "purchases": "of* interval ahead | margin discount",
    "recurring": "sets* ends* same currency | monthly variant involuntary",
    "retention": "start return interval intervals kind | count brackets first rounded variant",
    "rework": "nodes journey gap window | same resource ordered goals top",
    "rfm": "of*",
    "sentiment": "positive* neutral* negative* labels* | take",
    "sessions": "gap of | cap midnight counts_only",
    "states": "states* lapse | lapsed",
    "stickiness": "active each",
    "tasks": "task start success failure abandon error limit | same",
    "totals": "sum* per* each currency",
    "values": "column* take of top | decimals currency",
    "variants": "nodes journey gap window | same collapse longest top path",
    "vitals": "of* | measure",
    "volume": "of* among",
}

_RULES: Mapping[str, str] = {
    "abandon": "Given up with",
    "active": "What counts as active",
    "anchor": "Around each of these signals",
    "answer": "The answer how long it felt",
    "asked": "The answers, when the model has no such question",
    "changed": "A field is changed",
    "clicks": "Raw clicks, to find rage clicks in",
    "contact": "A contact",
    "end": "Ends with",
    "ends": "What ends a value",
    "error": "An error",
    "failure": "Failed with",
    "involuntary": "Which ends were involuntary",
    "message": "A message",
    "negative": "Negative",
    "neutral": "Neutral",
    "of": "What is counted",
    "outcome": "The outcome",
    "pages": "A page is seen",
    "per": "For each of these",
    "positive": "Positive",
    "reopened": "Opened again",
    "reply": "A reply",
    "resolved": "Resolved with",
    "return": "Comes back with",
    "sent": "The form is sent",
    "sets": "What sets a value",
    "start": "Begins with",
    "success": "Succeeds with",
    "sum": "Whose values are added up",
    "visits": "What belongs to visits",
}

#: What the other keys hold, what they are called, and an example.
_OTHERS: Mapping[str, tuple[What, str, str]] = {
    "across": ("column", "Told apart by", "channel"),
    "agent": ("column", "Who helped", "properties.agent"),
    "among": ("rules", "Among those who did", "page.viewed"),
    "answered_in": ("choice", "The answer is given in", ""),
    "apart": ("whole", "At most so many signals before the outcome", ""),
    "at": ("spans", "Shares after", "1h, 1d"),
    "between": ("spans", "Longest time between steps", "1d"),
    "brackets": ("plain", "Brackets of intervals", "[[1, 7], [8, 30]]"),
    "cap": ("span", "Longest session", "12h"),
    "collapse": ("flag", "Take repeats in a row as one", ""),
    "column": ("column", "Which field", "properties.plan"),
    "counts_only": ("flag", "Counts only, which is faster", ""),
    "currency": ("text", "Currency", "EUR"),
    "direction": ("choice", "Before it or after it", ""),
    "dwell": ("span", "A page was left again within", "10s"),
    "element": ("text", "Field with the element", "properties.element"),
    "else": ("rules", "What breaks a strict order", ""),
    "features": ("plain", "Columns and what they tell", "{orders: {count: order.placed, before: 30d}}"),
    "field": ("column", "Field that names the form's field", "properties.field"),
    "flow": ("plain", "The designed flow", "[find, {any: [pay, collect]}]"),
    "follows": ("column", "Field that names the contact before", "properties.parent"),
    "gap": ("span", "A pause this long begins a new one", "30m"),
    "goals": ("names", "Where cases should end", "order.placed"),
    "grace": ("span", "Signals this close have no order", "1s"),
    "held": ("column", "Must stay the same along the steps", "properties.cart"),
    "hours": ("schedule", "Business hours", ""),
    "journey": ("journey", "Journey of the model", ""),
    "lapse": ("span", "Lapsed after nothing for", "90d"),
    "limit": ("span", "Longest time that counts", "30m"),
    "measure": ("column", "Field that names the measure", "properties.measure"),
    "mode": ("names", "Modes of windowFunnel", "strict_increase"),
    "move": ("names", "Only who made this move", "search.made, order.placed"),
    "monthly": ("plain", "Months that a value pays for", "{properties.interval: {month: 1, year: 12}}"),
    "nodes": ("rules", "Steps of the paths, nothing = every kind", "page.viewed"),
    "optional": ("names", "Numbers of steps that may be passed over", "2"),
    "page": ("column", "Field that names the page", "properties.path"),
    "pair": ("names", "Only these two", "search.made, order.placed"),
    "path": ("names", "Only this path", "search.made, order.placed"),
    "pattern": ("names", "Only this pattern", "search.made, page.viewed"),
    "points": ("plain", "First and last point of the scale that count", "[4, 5]"),
    "promised": ("column", "Field with the promise", "properties.promised_by"),
    "question": ("question", "Question of the model", ""),
    "resource": ("column", "Who did it", "properties.agent"),
    "round": ("span", "Windows in whole units of", "1d"),
    "same": ("object", "About the same object", "order"),
    "scale": ("plain", "Ends of the scale", "{low: 1, high: 5}"),
    "segment": ("text", "Whose segment counts: entry, last, agree or a step's number", "entry"),
    "states": ("named", "States, and what leads into each", ""),
    "steps": ("rules", "Steps, in order", "page.viewed"),
    "task": ("task", "Task of the model", ""),
    "ticket": ("object", "The object that is a ticket", "ticket"),
    "variant": ("choice", "Counted as another system counts it", ""),
    "window": ("span", "Longest time from the first to the last", "7d"),
    "within": ("span", "Only within", "1h"),
    "without": ("plain", "Not between steps", "[order.cancelled]"),
    "x": ("text", "Field with the x of a click", "properties.x"),
    "y": ("text", "Field with the y of a click", "properties.y"),
    "zone": ("text", "Zone of promised dates", "Europe/Madrid"),
}

#: Keys that mean something else in one query.
_APART: Mapping[tuple[str, str], tuple[What, str, str]] = {
    ("conformance", "steps"): ("named", "Steps by name, when the model has no such journey", ""),
    ("conformance", "variant"): ("names", "Only this way", "find, pay"),
    ("contacts", "same"): ("column", "About the same", "order"),
    ("flows", "steps"): ("whole", "How many steps", ""),
    ("volume", "of"): ("rules", "Who did which of these", "order.placed"),
}

#: Words for keys whose reader tells what they hold.
_SIMPLE: Mapping[str, str] = {
    "ahead": "Intervals ahead",
    "count": "Intervals counted by",
    "decimals": "Decimals that are read",
    "discount": "Discount a year, in percent",
    "each": "For each",
    "effect": "What an exclusion ends",
    "every": "Count every entry, not people",
    "first": "Started the first time",
    "follow": "Follow each other",
    "gapped": "Others that may come between",
    "interval": "Interval",
    "intervals": "How many intervals",
    "kind": "What counts as back",
    "labels": "Labels come from",
    "lapsed": "What lapsed people are called",
    "least": "At least",
    "length": "Longest pattern",
    "longest": "Longest path",
    "margin": "Margin, in percent",
    "midnight": "Cut at midnight",
    "open": "Entrants whose window is open",
    "order": "Order of steps",
    "ordered": "Nodes stand in their designed order",
    "part": "Which part of longer cases",
    "promise": "The promise is in",
    "reentry": "Enter again after the window",
    "repeats": "Let steps repeat in strict order",
    "rounded": "Rounded as on screen",
    "run": "Signals before the outcome that are read",
    "show": "Which ways are listed",
    "sort": "Sorted by",
    "take": "Which one of several counts",
    "ties": "Steps at the same time",
    "top": "How many rows",
    "totals": "Count each entry after the one before ended",
    "which": "Which of several",
}

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
    shown, _, aside = _KEYS[query].partition("|")
    named = [*((name, False) for name in shown.split()), *((name, True) for name in aside.split())]
    keys = tuple(_key(query, name, is_aside) for name, is_aside in named)
    answers = (QUERIES[query].__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return QueryForm(query, TITLES[query], " ".join(answers.split()), keys, query != "features")


def _key(query: str, written: str, aside: bool) -> Key:
    name = written.rstrip("*")
    what, title, example = _words(query, name)
    key = Key(name, what, title, example, needed=written.endswith("*"), aside=aside)
    told = _told(query).get(name)
    if told is None:
        return key
    return replace(told, title=title, needed=key.needed, aside=aside, example=example, what=what if what != "text" else told.what)


def _words(query: str, name: str) -> tuple[What, str, str]:
    """What a key holds as far as this file says, its title and an example."""
    if (query, name) in _APART:
        return _APART[query, name]
    if name in _OTHERS:
        what, title, example = _OTHERS[name]
        return what, title, example
    return ("rule", _RULES[name], "order.placed") if name in _RULES else ("text", _SIMPLE[name], "")


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
    for written in _KEYS[query].replace("|", " ").split():
        for value in ("x", ["x", "y"], {"x": "y"}):
            yield {written.rstrip("*"): value}


def _listen(query: str, documents: Iterable[dict[str, object]]) -> Iterator[_Listening]:
    for document in documents:
        listening = _Listening(nodes_of(document), "", "a query", Names(Faults("query")))
        with suppress(TouchpathError, ValueError):  # whatever is refused, what was asked before is known by then
            QUERIES[query].read(listening)
        yield listening
