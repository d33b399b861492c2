"""What people say in their own words, newest first: answers to open questions, tickets, reviews, notes of contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, to_micros
from touchpath.services.personal_details import Detector, hide_details
from touchpath.services.queries.sentiment import SentimentQuery
from touchpath.services.texts import MOST_READ, rule_holds
from touchpath.services.tied import tied_query
from touchpath.store.search import SearchStore, TextFound
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import Int64s, TimelineSet

#: The sentiments that a text may be labelled with.
SENTIMENTS = ("positive", "neutral", "negative")
#: Whose texts these are is looked up for so many at once.
_AT_ONCE = 500

#: Of some texts those that somebody may be looking for.
Sieve = Callable[[Iterable[TextFound]], Iterator[TextFound]]


@dataclass(frozen=True, slots=True)
class Label:
    """What a text counts as, and by whom: "people", "ratings", or "model" (which nobody has checked)."""

    sentiment: str
    by: str


@dataclass(frozen=True, slots=True)
class Said:
    """One text. questions: titles of those that it answers. value: the rating that came with it."""

    text: str
    kind: str
    occurred_at: datetime
    actor: str
    value: float | None
    questions: tuple[str, ...]
    label: Label | None


@dataclass(frozen=True, slots=True)
class VoiceAsked:
    """What to look for; blanks and None take everything. words: all of them (or their beginnings) stand in the text. did: a kind of signal
    that whoever wrote it has left in the same period, before or after. segment: a dimension of signals and its value, which the text's own
    signal has."""

    question: str = ""
    words: str = ""
    sentiment: str = ""
    period: Period | None = None
    did: str = ""
    segment: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Voice:
    """The newest texts that fit. more: there are older ones. read: how many texts were looked at for them. people: how many people did what
    was asked for; None = nothing was."""

    said: tuple[Said, ...]
    more: bool
    read: int
    people: int | None = None


@dataclass(frozen=True, slots=True)
class _Labelling:
    """The rules of one sentiment metric of the model."""

    rules: tuple[tuple[str, EventRule], ...]
    by: str

    def label(self, found: TextFound) -> Label | None:
        """What a text counts as; None if no rule, or several, hold."""
        holding = [name for name, rule in self.rules if rule_holds(rule, found)]
        return Label(holding[0], self.by) if len(holding) == 1 else None


@dataclass
class _Reading:
    """Texts one after the other, counted, no more than MOST_READ of them. whole: there were no more."""

    texts: Iterable[TextFound]
    read: int = 0
    whole: bool = True

    def __iter__(self) -> Iterator[TextFound]:
        for one in self.texts:
            if self.read == MOST_READ:
                self.whole = False
                return
            self.read += 1
            yield one


def listen(index: SearchStore, experience: Experience, asked: VoiceAsked, limit: int, sieve: Sieve = iter) -> Voice:
    """The newest texts that fit and come through the sieve; raises Missing for an unknown question or sentiment."""
    if asked.sentiment and asked.sentiment not in SENTIMENTS:
        raise Missing(unknown("sentiment", asked.sentiment, SENTIMENTS))
    rules = tuple((question.id, question.title, question.asked) for question in experience.questions)
    if asked.question and asked.question not in {id for id, _, _ in rules}:
        raise Missing(unknown("question", asked.question, [id for id, _, _ in rules]))
    labellings, cut = tuple(_labellings(experience)), _cut(experience, asked.segment)
    reading = _Reading(_candidates(index, experience, asked))
    cut_out = (found for found in sieve(reading) if not cut or found.fields.get(cut, "") == asked.segment[1])
    fitting = (_said(found, rules, labellings, asked) for found in cut_out)
    said = tuple(islice((one for one in fitting if one is not None), limit + 1))
    return Voice(said[:limit], len(said) > limit or not reading.whole, reading.read)


def by_people(timelines: TimelineStore[TimelineSet], people: Int64s) -> Sieve:
    """Lets through what these people wrote, by whose an id was at the time."""
    theirs = frozenset(int(key) for key in people)

    def sieve(texts: Iterable[TextFound]) -> Iterator[TextFound]:
        waiting = iter(texts)
        while some := list(islice(waiting, _AT_ONCE)):
            times = [to_micros(one.occurred_at) for one in some]
            owners = timelines.persons_of([name_key(one.actor) for one in some], times)
            yield from (one for one, owner in zip(some, owners, strict=True) if owner in theirs)

    return sieve


def hide_in_said(said: Iterable[Said], more: Sequence[Detector]) -> tuple[Said, ...]:
    """Texts without the personal details that stand in them."""
    return tuple(replace(one, text=hide_details(one.text, more)) for one in said)


def _cut(experience: Experience, segment: tuple[str, str]) -> str:
    """The field of a text's signal that has to hold a segment's value, "" = no segment; raises Missing, or BadInput for a dimension that the
    signal alone does not tell."""
    if not segment[0]:
        return ""
    dimension = experience.dimension(segment[0])
    if dimension.level != "signal" or dimension.changes != "as_of_signal":
        raise BadInput(
            f"Texts can be narrowed by what their own signals say, and '{dimension.title}' is told by others. Choose another segment."
        )
    return dimension.field


def _candidates(index: SearchStore, experience: Experience, asked: VoiceAsked) -> Iterable[TextFound]:
    if asked.words.strip():
        return index.find_texts(asked.words, MOST_READ + 1)
    kinds = next((one.asked.kinds for one in experience.questions if one.id == asked.question), ())
    return index.texts_of(kinds)


def _said(
    found: TextFound, rules: Sequence[tuple[str, str, EventRule]], labellings: Sequence[_Labelling], asked: VoiceAsked
) -> Said | None:
    """The text as it is shown, or None if it does not fit."""
    if asked.period is not None and not asked.period.start <= found.occurred_at < asked.period.end:
        return None
    answered = [(id, title) for id, title, rule in rules if rule_holds(rule, found)]
    if asked.question and asked.question not in {id for id, _ in answered}:
        return None
    label = next((label for one in labellings if (label := one.label(found)) is not None), None)
    if asked.sentiment and (label is None or label.sentiment != asked.sentiment):
        return None
    titles = tuple(title for _, title in answered)
    return Said(found.text, found.kind, found.occurred_at, found.actor, found.value, titles, label)


def _labellings(experience: Experience) -> Iterator[_Labelling]:
    """How the model says what texts count as; labels of people come before ratings, and ratings before those of a model."""
    found = []
    for definition in experience.metrics:
        query = tied_query(definition, experience, "UTC").query if definition.kind == "query" else None
        if isinstance(query, SentimentQuery):
            rules = tuple(zip(SENTIMENTS, query.rules(experience), strict=True))
            found.append(_Labelling(rules, query.labels))
    yield from sorted(found, key=lambda one: ("people", "ratings", "model").index(one.by))
