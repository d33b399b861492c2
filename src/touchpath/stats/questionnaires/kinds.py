"""What a questionnaire is: its items, the scales that they form, and what a score means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from touchpath.model.errors import BadInput, Missing, unknown

#: The lowest and the highest rating of an item, or the worth of both.
Ends = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One item. asks: its wording where the questionnaire is `worded`, else what it asks about, in our words.

    reverse: agreeing is the worse answer. ends, worth: where they differ from the questionnaire's.
    """

    number: int
    asks: str
    reverse: bool = False
    ends: Ends | None = None
    worth: Ends | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """Published bands of a mean score: (lowest score, what it is called), the lowest band first.

    read: whether the numbers were read in a copy of the source; else they are recalled and want checking.
    judged: False = told as context only, for the reason `why`.
    """

    title: str
    edges: tuple[tuple[float, str], ...]
    source: str
    year: int
    read: bool = False
    judged: bool = True
    why: str = ""

    def name(self, score: float) -> str:
        """The band of a mean score; that of the lowest below all edges."""
        return next((name for low, name in reversed(self.edges) if score >= low), self.edges[0][1])


@dataclass(frozen=True, slots=True)
class Scale:
    """A score out of some items: the mean of what their ratings are worth.

    name: of its metric.   least: how many of the items must be answered.   weights: numbers of the items that say how often each of
    `items` was chosen; together 15.   headline: told wherever the questionnaire is.
    """

    name: str
    title: str
    asks: str
    items: tuple[int, ...]
    least: int
    weights: tuple[int, ...] = ()
    headline: bool = True
    bands: tuple[Bands, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """When a response looks careless: on `scales` scales or more, answers lie more than `spread` points apart; or more than
    `alike` answers are the same point of the scale."""

    spread: int
    scales: int
    alike: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A validated questionnaire, or a single item.

    ends: the rating scales on which it may be asked, one for all items.   worth: what the worst and the best rating score (for
    `better` "lower", the best and the worst).   centre: a missing item counts as the centre of its scale; else a score is the mean
    of the items answered.   averaged: False = it is concluded in a way of its own.   whole: all items must be asked; else complete scales may be left out.   licence: what its authors
    allow.   worded: `asks` of the items is the wording.   checked: which of this was read where, and what was not.
    """

    name: str
    title: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    ends: tuple[Ends, ...]
    worth: Ends
    better: Literal["higher", "lower"] = "higher"
    centre: bool = False
    whole: bool = True
    averaged: bool = True
    doubt: Doubt | None = None
    discipline: Literal["UX", "CX"] = "UX"
    level: Literal["interface", "journey", "relationship"] = "relationship"
    horizon: Literal["session", "task", "quarter", "lifetime"] = "quarter"
    need: Literal["functional", "emotional"] = "functional"
    source: str
    licence: str
    worded: bool
    checked: str
    caveats: tuple[str, ...] = ()

    @property
    def single(self) -> bool:
        """Whether it is one item only."""
        return len(self.items) == 1

    def item(self, number: int) -> Item:
        """The item of a number; raises BadInput."""
        for one in self.items:
            if one.number == number:
                return one
        raise BadInput(f"'{self.name}' has items {self.items[0].number} to {self.items[-1].number}, but item {number} came.")

    def scale(self, name: str) -> Scale:
        """The scale of a name; raises Missing."""
        for one in self.scales:
            if one.name == name:
                return one
        raise Missing(unknown("scale", name, (one.name for one in self.scales)))

    def ends_of(self, item: Item) -> tuple[Ends, ...]:
        """On which scales an item may be asked."""
        return (item.ends,) if item.ends else self.ends

    def worth_of(self, item: Item) -> Ends:
        """What the lowest and the highest point of an item score, were it not reversed."""
        return item.worth or self.worth

    def can_score(self, scale: Scale, asked: Iterable[int]) -> bool:
        """Whether a scale is asked as a whole."""
        return {*scale.items, *scale.weights} <= set(asked)

    def faults(self, asked: Iterable[tuple[int, Ends]]) -> Iterator[tuple[int, str]]:
        """What is wrong with items that are asked together, as (number, why): each is (number, ends of its scale)."""
        numbers: dict[int, Ends] = {}
        for number, ends in asked:
            fault = self._fault(number, ends, numbers)
            if fault:
                yield number, fault
            numbers.setdefault(number, ends)
        known = set(numbers) & {one.number for one in self.items}
        if self._mixed(numbers, known):
            yield min(known), f"the items of '{self.name}' are asked on one scale, but there are several"
        yield from self._incomplete(known)

    def _fault(self, number: int, ends: Ends, before: dict[int, Ends]) -> str:
        if number not in {one.number for one in self.items}:
            return f"'{self.name}' has items {self.items[0].number} to {self.items[-1].number}, but 'item' is {number}"
        if number in before:
            return f"item {number} of '{self.name}' is asked twice"
        allowed = self.ends_of(self.item(number))
        if ends not in allowed:
            want = " or ".join(f"{low} to {high}" for low, high in allowed)
            return f"item {number} of '{self.name}' is asked on a scale of {want}, but its scale runs from {ends[0]} to {ends[1]}"
        return ""

    def _mixed(self, numbers: dict[int, Ends], known: set[int]) -> bool:
        return len({numbers[number] for number in known if not self.item(number).ends}) > 1

    def _incomplete(self, asked: set[int]) -> Iterator[tuple[int, str]]:
        """Items that are asked in vain, because others of their scale are not."""
        if not asked:
            return
        complete = [scale for scale in self.scales if self.can_score(scale, asked)]
        if self.whole and self.scales[0] not in complete:
            missing = sorted({*self.scales[0].items} - asked)
            yield min(asked), f"'{self.name}' is asked as a whole; {_items(missing)} missing"
            return
        vain = sorted(asked - {number for scale in complete for number in (*scale.items, *scale.weights)})
        if vain:
            scale = next(one for one in self.scales if vain[0] in (*one.items, *one.weights))
            missing = sorted({*scale.items, *scale.weights} - asked)
            yield vain[0], f"the scale '{scale.title}' of '{self.name}' is asked as a whole; {_items(missing)} missing"


def _items(numbers: list[int]) -> str:
    told = ", ".join(map(str, numbers))
    return f"item {told} is" if len(numbers) == 1 else f"items {told} are"
