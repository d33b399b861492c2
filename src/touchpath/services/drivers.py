"""Which answers, and which of the things people did, go together with an outcome such as satisfaction: joined person by person, and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.spans import show_span
from touchpath.model.time import Period, microseconds
from touchpath.services.evidence import TOGETHER, Evidence
from touchpath.services.ground import Frame, Ground
from touchpath.services.items import Item, check_kinds, find_item
from touchpath.services.queries.undeclared import find_property
from touchpath.services.responses import measure_responses
from touchpath.services.tables import Row, rows
from touchpath.stats.driver_slopes import Slope, outcome_slopes
from touchpath.stats.drivers import Driver, Drivers, find_drivers
from touchpath.timelines.arrays import Int64s, Timelines
from touchpath.timelines.match import as_number
from touchpath.timelines.traits import Deeds, Floats, Rating, TraitRows, read_traits
from touchpath.timelines.who import who_are

#: Answers lie at most so far apart, and deeds so far before the outcome, unless told otherwise.
SPAN = timedelta(days=30)
#: More items are refused: nobody reads them, and orders of so many have to be drawn.
MOST_ITEMS = 30
#: Fewer people than this are refused whatever the items.
LEAST_PEOPLE = 10
_PER_ITEM = 10
#: Resampling has to give the same limits to the same question.
SEED = 20240601
Method = Literal["lmg", "johnson"]


@dataclass(frozen=True, slots=True)
class DriversAsked:
    """What to hold an outcome beside. span: see `read_traits`. every: each answer, not only each person's latest.

    weights: "" for none, a dimension (answers get the shares of everybody who was asked), or properties.NAME of the outcome's answers.
    """

    outcome: str
    items: tuple[str, ...]
    span: timedelta = SPAN
    every: bool = False
    weights: str = ""
    method: Method = "lmg"

    def __post_init__(self) -> None:
        if not 1 <= len(self.items) <= MOST_ITEMS:
            raise BadInput(f"An outcome is held beside 1 to {MOST_ITEMS} items, but {len(self.items)} came.")
        twice = [one for one in self.items if self.items.count(one) > 1]
        if twice or self.outcome in self.items:
            raise BadInput(
                f"Each item is named once, and not the outcome itself, but '{(twice or [self.outcome])[0]}' came again."
            )
        if not timedelta() < self.span <= timedelta(days=3660):
            raise BadInput(f"Answers are held beside each other within a span above 0 and up to ten years, but {self.span} came.")
        if self.method not in ("lmg", "johnson"):
            raise BadInput(f"Parts are shared out by lmg or johnson, but '{self.method}' came.")


@dataclass(frozen=True, slots=True)
class KeyDrivers:
    """What goes with an outcome. found: the parts, or why there are none. slopes: by item, the others held.

    answers, people: to the outcome, and of how many. missing: of each item, in their order, the answers to the outcome that have none beside
    them; None where few, and hidden. unweighted: answers left out for want of a weight. off_scale: ratings of the outcome that are none.
    early: answers whose span before them reaches back beyond the first signal.
    """

    outcome: Item
    items: tuple[Item, ...]
    asked: DriversAsked
    found: Drivers | Undefined
    slopes: tuple[Slope, ...]
    answers: int
    people: int
    missing: tuple[int | None, ...]
    unweighted: int
    off_scale: int
    early: int
    confidence: float
    period: Period
    data_version: str
    evidence: Evidence = TOGETHER

    def title(self, name: str) -> str:
        """An item's title by its name."""
        return next((one.title for one in self.items if one.name == name), name)

    def slope(self, name: str) -> Slope | None:
        """An item's slope, where there is one."""
        return next((one for one in self.slopes if one.name == name), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before reading."""
        return tuple(_notes(self))

    @property
    def sentence(self) -> str:
        """The finding in words: which comes first, with what it is tied, how much all explain."""
        outcome = f"\N{LEFT DOUBLE QUOTATION MARK}{self.outcome.title}\N{RIGHT DOUBLE QUOTATION MARK}"
        if isinstance(self.found, Undefined):
            return f"No drivers of {outcome} are told: {self.found.reason}."
        first = self.found.drivers[0]
        whole = f"together the {len(self.items)} items explain {self.found.r_squared:.0%} of how it differs between people"
        if len(self.items) == 1:
            return f"{self._quoted(first.name)} explains {self.found.r_squared:.0%} of how {outcome} differs between people."
        if len(first.tied_with) == len(self.items) - 1:
            return f"No item stands out beside {outcome}; {whole}."
        tie = f", a tie with {', '.join(map(self._quoted, first.tied_with))}" if first.tied_with else ""
        limits = f" ({first.share_limits.low:.0%} to {first.share_limits.high:.0%})" if first.share_limits else ""
        return (
            f"{self._quoted(first.name)} goes with {outcome} most, {first.share:.0%}{limits} of what is explained{tie}; {whole}."
        )

    def _quoted(self, name: str) -> str:
        return f"\N{LEFT DOUBLE QUOTATION MARK}{self.title(name)}\N{RIGHT DOUBLE QUOTATION MARK}"


def key_drivers(ground: Ground, asked: DriversAsked, period: Period | None, confidence: float) -> KeyDrivers:
    """The drivers of an outcome, people with all their answers as the unit.

    Raises Missing for unknown items, dimensions and kinds of signals, BadInput for an item that is part of the outcome, and for weights that
    are none.
    """
    outcome, items = find_item(ground.experience, asked.outcome), tuple(find_item(ground.experience, one) for one in asked.items)
    _check(outcome, items)
    column = _weighing_column(asked)
    if column and column not in ground.open().words:
        ground.join("person", [column.removeprefix("properties.")], find_property)
    frame = ground.frame(period)
    check_kinds(items, frozenset(frame.timelines.words.get("kind", ())) - {""})
    joined = _joined(ground, outcome, items, asked, frame)
    weights = _weights(ground, outcome, asked, period, joined)
    everybody = np.ones(joined.outcome.size, np.bool_)
    if isinstance(weights, Undefined):
        return _answer(outcome, items, asked, joined, everybody, weights, (), confidence, frame)
    weighed = everybody if weights is None else weights > 0
    table, y, people = joined.table[weighed], joined.outcome[weighed], joined.owners[weighed]
    heavy = None if weights is None else weights[weighed]
    whole = ~np.isnan(table).any(axis=1)
    refused = _refused(items, table[whole], y[whole], people[whole])
    if refused is not None:
        return _answer(outcome, items, asked, joined, weighed, refused, (), confidence, frame)
    columns = {item.name: _with_gaps(table[:, at]) for at, item in enumerate(items)}
    told = None if heavy is None else heavy.tolist()
    found: Drivers | Undefined
    try:
        found = find_drivers(
            y.tolist(),
            columns,
            seed=SEED,
            people=people.tolist(),
            weights=told,
            method=asked.method,
            confidence=confidence,
        )
        slopes = outcome_slopes(
            y[whole].tolist(),
            {item.name: table[whole, at].tolist() for at, item in enumerate(items)},
            people=people[whole].tolist(),
            weights=None if heavy is None else heavy[whole].tolist(),
            confidence=confidence,
        )
    except BadInput as fault:  # items that follow from each other
        found, slopes = Undefined(str(fault).rstrip("."), int(whole.sum()), "answers"), ()
    return _answer(outcome, items, asked, joined, weighed, found, slopes, confidence, frame)


def _check(outcome: Item, items: Sequence[Item]) -> None:
    if isinstance(outcome.trait, Deeds):
        raise BadInput(f"The outcome is a question or a score, as in nps or sus:SURVEY, but '{outcome.name}' came.")
    part = next((item for item in items if item.questions & outcome.questions), None)
    if part is not None:
        raise BadInput(f"'{part.name}' is a part of '{outcome.name}' and explains it by construction; leave it out.")


@dataclass(frozen=True, slots=True)
class _Joined:
    """Rows of all shards in the order of owners, with the value that weighs each (NaN = none)."""

    owners: Int64s
    outcome: Floats
    table: Floats
    weighing: Floats
    off_scale: int
    early: int


def _joined(ground: Ground, outcome: Item, items: Sequence[Item], asked: DriversAsked, frame: Frame) -> _Joined:
    assert not isinstance(outcome.trait, Deeds)
    column = _weighing_column(asked)
    opened = ground.open()
    traits, span, within = tuple(item.trait for item in items), microseconds(asked.span), frame.span.micros
    parts = []
    for shard in opened.shards:
        people = who_are(shard, ground.who)
        read = read_traits(shard, people, outcome.trait, traits, span, within, opened.first, asked.every)
        parts.append((read, _values_of(shard, read, column)))
    order = np.argsort(np.concatenate([part.owners for part, _ in parts]), kind="stable")
    found = [part for part, _ in parts]
    return _Joined(
        np.concatenate([part.owners for part in found])[order],
        np.concatenate([part.outcome for part in found])[order],
        np.concatenate([part.table for part in found])[order],
        np.concatenate([values for _, values in parts])[order],
        sum(part.off_scale for part in found),
        sum(part.early for part in found),
    )


def _weighing_column(asked: DriversAsked) -> str:
    return asked.weights if asked.weights.startswith("properties.") else ""


def _values_of(shard: Timelines, found: TraitRows, column: str) -> Floats:
    """The number that a property of each answer is; NaN where it is none."""
    if not column:
        return np.full(found.outcome.size, np.nan)
    words = [as_number(word) for word in shard.words.get(column, ("",))]
    numbers = np.asarray([np.nan if word is None else word for word in words])
    return np.asarray(numbers[shard.code(column)[found.rows]])


def _weights(
    ground: Ground, outcome: Item, asked: DriversAsked, period: Period | None, joined: _Joined
) -> Floats | Undefined | None:
    """What each answer weighs, 0 where nobody knows; None where nothing weighs."""
    if not asked.weights:
        return None
    if asked.weights.startswith("properties."):
        found = np.nan_to_num(joined.weighing)
        wrong = int((found < 0).sum())
        if wrong or not (found > 0).any():
            came = f"{wrong} below 0" if wrong else "no number above 0"
            raise BadInput(f"Weights of answers are numbers above 0, but '{asked.weights}' holds {came}.")
        return np.asarray(found)
    return _as_asked(ground, outcome, asked.weights, period, joined)


def _as_asked(ground: Ground, outcome: Item, by: str, period: Period | None, joined: _Joined) -> Floats | Undefined:
    """Weights that give answers the segments of everybody who was asked, by the segment of each person's latest answer."""
    if not isinstance(outcome.trait, Rating):
        raise BadInput(f"Weights by a dimension need a question that people were asked, but '{outcome.name}' is a score.")
    responses = measure_responses(ground, outcome.name, by, period)
    if responses.people is None:
        waiting = f"; {responses.waiting} were asked so lately that they may still answer" if responses.waiting else ""
        reason = f"no weights by {by}: nobody is known to have been asked and had time to answer (survey.sent){waiting}"
        return Undefined(reason, joined.outcome.size, "answers")
    by_segment = {one.segment: one.weight or 0.0 for one in responses.people.segments}
    frame = ground.frame(period, by)
    weights = np.asarray([by_segment.get(name, 0.0) for name in frame.segments])
    found: dict[int, float] = {}
    for shard in frame.timelines.shards:
        cells = frame.cut.cells(shard)
        given = read_traits(shard, who_are(shard, ground.who), outcome.trait, (), 1, frame.span.micros, frame.timelines.first)
        codes = cells.owner_codes[given.places] if cells.owner_codes.size else cells.signal_codes[given.rows]
        found |= dict(zip(given.owners.tolist(), np.where(codes < 0, 0.0, weights[codes]).tolist(), strict=True))
    return np.asarray([found.get(owner, 0.0) for owner in joined.owners.tolist()])


def _refused(items: Sequence[Item], table: Floats, y: Floats, people: Int64s) -> Undefined | None:
    """Why so few, or so even, answers tell no drivers; None when they do."""
    count, needed = int(np.unique(people).size), max(LEAST_PEOPLE, len(items) + 3)
    if count < needed:
        enough = max(needed, _PER_ITEM * len(items))
        return Undefined(
            f"{count} people gave the outcome and every item, and {len(items)} items need {needed}; {enough} would do well",
            count,
            "people",
        )
    flat = [item.title for at, item in enumerate(items) if np.ptp(table[:, at]) == 0]
    if np.ptp(y) == 0:
        flat.append("the outcome")
    return Undefined(f"all values are the same in {', '.join(flat)}, so nothing goes with it", count, "people") if flat else None


def _with_gaps(column: Floats) -> list[float | None]:
    return [None if np.isnan(value) else value for value in column.tolist()]


def _answer(
    outcome: Item,
    items: tuple[Item, ...],
    asked: DriversAsked,
    joined: _Joined,
    weighed: NDArray[np.bool_],
    found: Drivers | Undefined,
    slopes: tuple[Slope, ...],
    confidence: float,
    frame: Frame,
) -> KeyDrivers:
    return KeyDrivers(
        outcome,
        items,
        asked,
        found,
        slopes,
        int(joined.outcome.size),
        int(np.unique(joined.owners).size),
        tuple(np.isnan(joined.table[weighed]).sum(axis=0).tolist()),
        int((~weighed).sum()),
        joined.off_scale,
        joined.early,
        confidence,
        frame.span,
        frame.timelines.data_version,
    )


def _notes(answer: KeyDrivers) -> Iterator[str]:
    asked, span = answer.asked, show_span(answer.asked.span)
    if asked.every:
        yield "Each answer counts; limits are of people with all their answers."
    else:
        yield "The latest answer of each person counts."
    if any(not isinstance(item.trait, Deeds) for item in answer.items):
        yield f"Beside it stands the answer nearest in time, at most {span} away."
    if any(isinstance(item.trait, Deeds) for item in answer.items):
        yield f"What people did counts from {span} before their answer up to it."
    if isinstance(answer.found, Drivers):
        yield from (f"{one[:1].upper()}{one[1:]}." for one in answer.found.warnings)
        if asked.weights:
            yield f"Weighted by {asked.weights}: effective n {answer.found.effective_n:.0f} of {answer.found.n}."
        yield answer.found.caveat
    if answer.unweighted:
        yield f"{answer.unweighted} answers have no weight and are left out."
    if answer.off_scale:
        yield f"{answer.off_scale} ratings of '{answer.outcome.title}' are off its scale and no answers."
    if answer.early:
        yield (
            f"For {answer.early} answers the data begin later than {span} before: what was done earlier is not known, and counts as not "
            "done."
        )


@rows.register
def _(answer: KeyDrivers) -> list[Row]:
    """One row per item, the largest part first; of all together last."""
    if isinstance(answer.found, Undefined):
        return [{"item": "", "title": answer.outcome.title, "share": None, "n": answer.found.n, "note": answer.found.reason}]
    missing = dict(zip((one.name for one in answer.items), answer.missing, strict=True))
    return [_row(answer, one, missing[one.name]) for one in answer.found.drivers]


def _row(answer: KeyDrivers, one: Driver, missing: int | None) -> Row:
    slope = answer.slope(one.name)
    found = answer.found
    assert isinstance(found, Drivers)
    return {
        "item": one.name,
        "title": answer.title(one.name),
        "share": one.share,
        "low": one.share_limits.low if one.share_limits else None,
        "high": one.share_limits.high if one.share_limits else None,
        "importance": one.importance,
        "rank": one.rank,
        "tied_with": ", ".join(one.tied_with),
        "correlation": one.correlation,
        "correlation_low": one.correlation_limits.low if one.correlation_limits else None,
        "correlation_high": one.correlation_limits.high if one.correlation_limits else None,
        "slope": slope.value if slope else None,
        "slope_low": slope.limits.low if slope else None,
        "slope_high": slope.limits.high if slope else None,
        "p": slope.p if slope else None,
        "p_family": slope.p_family if slope else None,
        "vif": one.vif,
        "n": found.n,
        "people": found.people,
        "missing": missing,
        "r_squared": found.r_squared,
        "confidence": found.confidence,
    }
