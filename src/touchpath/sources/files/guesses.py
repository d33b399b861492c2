"""What the columns of a file look like: times, people, kinds, ratings, texts. Guesses from names and samples, never certain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.sources.files.clock import read_times
from touchpath.sources.files.numbers import read_numbers
from touchpath.sources.files.rows import Frame, present

_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
)  # fmt: skip
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = ("iso", *(day + hour for day in _DATES for hour in _HOURS))
_EPOCHS = (("epoch_s", 1e8, 2.1e9), ("epoch_ms", 1e11, 2.1e12), ("epoch_us", 1e14, 2.1e15), ("epoch_ns", 1e17, 2.1e18))
#: So large a part of a column has to read as times for it to be taken for one.
ENOUGH = 0.95
#: So many cells, spread over the sample, tell which formats are worth a look at all of them.
_FIRST_LOOK = 500
_MOST_READINGS = 6
#: Fewer rows do not tell that the first one is of another kind.
_ROWS_OF_ONE_KIND = 4
#: A column that reads as times in such a part is pointed at where none reads well enough.
_SOME = 0.2

_TIME = re.compile(r"time|date|stamp|(^|_)(at|on|ts|when)$", re.I)
_PROMISE = re.compile(r"estimat|expect|promis|planned|due|deadline|target", re.I)
_MIDNIGHT = re.compile(r"[T ]00:00(:00([.,]0+)?)?\s*$")
_BIRTH = re.compile(r"birth|dob", re.I)
_PEOPLE = (
    r"customer_unique|person|people", r"user|member|subscriber", r"customer|client|shopper|buyer|patient|guest",
    r"participant|respondent|respnum|household|contact|visitor|applicant|employee", r"e_?mail", r"anonymous|cookie|device|pseudo",
    r"case|account|^id$|^uid$",
)  # fmt: skip
_EVENT = re.compile(r"event|activity|action|^kind$", re.I)
#: Whole words of a name: "OperatingSystems" and "services" hold no rating and no effort score.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_RATING = re.compile(r"scores?|ratings?|stars?|csat|nps|netpro\w*|recommend\w*|ces|satisf\w*|dissatisf\w*|easy|ease")
#: In names that run words together, as in "overallrating".
_RATING_AT_END = re.compile(r"(score|(?<!ope)rating|satisfaction)$", re.I)
_CLASS = re.compile(r"(type|class|category|group|segment|status|level|tier|kind)$", re.I)
_AMOUNT = re.compile(r"amount|value|price|total|sales|revenue|cost|payment", re.I)
_TEXT = re.compile(r"comment|message|feedback|text|remark|note|verbatim|review_body|answer", re.I)
_LOOKS_LIKE_ID = re.compile(r"(^|_)(id|key|no|num|number|uuid)$|[a-z]Id$", re.I)


@dataclass(frozen=True, slots=True)
class Look:
    """What one column looks like in the sample. filled: share of cells that hold something. low, high: of numbers.

    decimal: the sign before its fractions. time: format in which it reads as times, or "". swapped: the same with day and month the
    other way round, where that reads as well. readings: formats in which some of its cells read as times, with the share of cells, most
    first; of numbers none. length: mean number of characters. commonest: its values, most frequent first.
    """

    name: str
    filled: float
    distinct: int
    number: bool
    whole: bool
    low: float
    high: float
    time: str
    length: float
    commonest: tuple[str, ...]
    email: bool
    decimal: str = "."
    swapped: str = ""
    readings: tuple[tuple[str, float], ...] = ()

    @property
    def unread(self) -> float:
        """Share of all rows that have no time here: the cell is empty or reads otherwise."""
        return 1 - self.filled * (self.readings[0][1] if self.readings else 1.0)

    @property
    def could_be_time(self) -> bool:
        """Whether it is called a time, or reads as one in part, though not enough to be taken for one."""
        if self.time or self.is_id or self.is_text or _BIRTH.search(self.name) or _PROMISE.search(self.name):
            return False
        return bool(_TIME.search(self.name)) or (bool(self.readings) and self.readings[0][1] >= _SOME)

    @property
    def is_id(self) -> bool:
        """Whether its name says that it identifies something."""
        return bool(_LOOKS_LIKE_ID.search(self.name))

    @property
    def has_hours(self) -> bool:
        """Whether it reads as times of a day rather than as days, which some tools write as their midnight."""
        hours = [text for text in self.commonest if not _MIDNIGHT.search(text)]
        if self.time == "iso":
            return any(re.search(r"\d[T ]\d", text) for text in hours)
        return bool(hours) and ("%H" in self.time or "%I" in self.time)

    @property
    def is_promise(self) -> bool:
        """Whether it is a time that was promised rather than one at which something happened."""
        return bool(self.time and _PROMISE.search(self.name))

    @property
    def is_amount(self) -> bool:
        """Whether it is a number of money or the like, and not the same in every row."""
        return self.number and self.distinct > 1 and not self.is_id and bool(_AMOUNT.search(self.name))

    @property
    def is_count(self) -> bool:
        """Whether it counts things, as team_users does, rather than naming one."""
        return self.number and not self.is_id and self.name.endswith("s")

    @property
    def is_text(self) -> bool:
        """Whether people wrote it."""
        return (
            not self.number
            and not self.time
            and not self.is_id
            and (self.length > 40 or bool(_TEXT.search(self.name) and self.length > 12))
        )

    @property
    def is_rating(self) -> bool:
        """Whether it is a whole number on a short scale, by its name."""
        words = (word.lower() for word in _WORDS.findall(self.name))
        return self.short_scale and (any(map(_RATING.fullmatch, words)) or bool(_RATING_AT_END.search(self.name)))

    @property
    def short_scale(self) -> bool:
        """Whether all its values are whole numbers from 0 to 10."""
        return self.whole and self.low >= 0 and self.high <= 10 and 2 <= self.distinct <= 11 and not self.is_id


def look_at(frame: Frame, delimiter: str = ",") -> tuple[Look, ...]:
    """A look at each column of a sample. Where something else than commas parts the fields, numbers may have decimal commas."""
    decimals = (".",) if delimiter == "," else (".", ",")
    return tuple(_look(name, column, decimals) for name, column in frame.columns.items())


def is_second_header(frame: Frame, looks: Sequence[Look]) -> bool:
    """Whether the first row is of another kind than all the others: words in each column that holds numbers or times from the second on.

    looks: at the rows from the second on. One column with a single word ("n/a") proves nothing, so two are needed, or a whole row of words.
    """
    if frame.size < _ROWS_OF_ONE_KIND:
        return False
    first = {name: column[0].as_py() for name, column in frame.columns.items()}
    told = [look for look in looks if look.distinct and (look.number or look.time)]
    words = [look for look in told if first[look.name] and not _fits(look, first[look.name])]
    whole = all(first.values()) and len(set(first.values())) == len(first) > 1
    apart = len({first[look.name] for look in words}) == len(words)
    return len(words) == len(told) > 0 and ((apart and len(words) > 1) or whole)


def _fits(look: Look, cell: str) -> bool:
    cells = pa.array([cell])
    return bool(_share(cells, look.time)) if look.time else bool(read_numbers(cells, look.decimal)[1][0])


def _look(name: str, column: pa.Array, decimals: Sequence[str]) -> Look:
    cells = column.drop_null()
    count = len(cells)
    values = pc.value_counts(cells)
    order = np.argsort(-np.asarray(values.field("counts")), kind="stable")[:60]
    commonest = tuple(values.field("values")[int(place)].as_py() for place in order)
    for decimal in decimals:
        numbers, good = read_numbers(cells, decimal)
        number = count > 0 and bool(good.all())
        if number:
            break
    time, readings = _times(name, cells, number, numbers[good])
    return Look(
        name=name,
        filled=float(present(column).mean()) if len(column) else 0.0,
        distinct=len(values),
        number=number,
        whole=number and bool((numbers == np.round(numbers)).all()),
        low=float(numbers.min()) if number else 0.0,
        high=float(numbers.max()) if number else 0.0,
        time=time,
        length=float(pc.mean(pc.utf8_length(cells)).as_py()) if count else 0.0,
        commonest=commonest,
        email=count > 0 and all("@" in value for value in commonest),
        decimal=decimal,
        swapped=_swapped(cells, time),
        readings=readings,
    )


def _times(name: str, cells: pa.Array, number: bool, numbers: NDArray[np.float64]) -> tuple[str, tuple[tuple[str, float], ...]]:
    """The format in which nearly all cells read as times, or "", and all formats in which some do. numbers: of the cells that are one."""
    if not len(cells) or _BIRTH.search(name):
        return "", ()
    median = float(np.median(numbers)) if numbers.size else 0.0
    likely = bool(_TIME.search(name)) and not _LOOKS_LIKE_ID.search(name)
    counts = [form for form, low, high in _EPOCHS if likely and low <= median <= high]
    if number:
        return (counts[0] if counts else "iso" if _share(cells, "iso") >= ENOUGH else "") if likely else "", ()
    some = cells.take(pa.array(np.linspace(0, len(cells) - 1, min(len(cells), _FIRST_LOOK)).astype(np.int64)))
    shares = {form: _share(cells, form) for form in FORMATS if _share(some, form)} | {
        form: numbers.size / len(cells) for form in counts
    }
    readings = tuple(sorted(shares.items(), key=lambda one: -one[1])[:_MOST_READINGS])
    return readings[0][0] if readings and readings[0][1] >= ENOUGH else "", readings


def turned(form: str) -> str:
    """A format with day and month the other way round."""
    return form.translate(str.maketrans("dm", "md"))


def _swapped(cells: pa.Array, form: str) -> str:
    """The format with day and month the other way round, where it reads as many cells: then no date tells which one is meant."""
    other = turned(form)
    return other if other in FORMATS and other != form and _share(cells, other) >= _share(cells, form) else ""


def _share(cells: pa.Array, form: str) -> float:
    return float(read_times(cells, form)[2].mean())


def find_person(looks: Sequence[Look]) -> Look | None:
    """The column that most likely names the person."""
    candidates = [
        look
        for look in looks
        if not look.time and not look.is_text and not look.is_count and look.filled > 0.5 and not _EVENT.search(look.name)
    ]
    for pattern in _PEOPLE:
        fitting = [
            look
            for look in candidates
            if re.search(pattern, look.name, re.I) and (look.is_id or look.email or look.distinct > 20)
        ]
        if fitting:
            return max(fitting, key=lambda look: (look.is_id, -look.distinct))
    named = [
        look
        for look in candidates
        if re.search("|".join(_PEOPLE[:4]), look.name, re.I) and look.distinct > 1 and not _CLASS.search(look.name)
    ]
    return named[0] if named else None


def person_namespace(look: Look) -> str:
    """user, email, anonymous or external, by name and values."""
    if look.email:
        return "email"
    if re.search(r"anonymous|cookie|device|pseudo|visitor", look.name, re.I):
        return "anonymous"
    return "external" if re.search(r"case|participant|respond|respnum|household|applicant", look.name, re.I) else "user"


def find_event(looks: Sequence[Look], rows: int) -> Look | None:
    """The column that names what happened, in a file with one row an event."""
    fitting = [
        look for look in looks
        if _EVENT.search(look.name) and look.filled >= ENOUGH and not look.time and not look.number and not look.is_id and 1 <= look.distinct <= max(200, rows // 20)
    ]  # fmt: skip
    return fitting[0] if fitting else None


def find_time(looks: Sequence[Look]) -> Look | None:
    """The time that differs most from row to row: when the row's event happened."""
    times = [look for look in looks if look.time and not look.is_promise]
    return max(times, key=lambda look: (look.distinct, bool(re.search("stamp", look.name, re.I))), default=None)


def find_items(looks: Sequence[Look]) -> tuple[Look, ...]:
    """Questionnaires: groups of at least four columns on a scale of more than yes and no, whose names differ only in a number."""
    groups: dict[str, list[Look]] = {}
    for look in looks:
        found = re.fullmatch(r"(.*?[A-Za-z_ ])([0-9]{1,3})[a-z]?", look.name)
        if found and look.short_scale:
            groups.setdefault(found[1], []).append(look)
    return tuple(look for group in groups.values() if len(group) >= 4 and _steps(group) > 1 for look in group)


def _steps(group: Sequence[Look]) -> float:
    return max(look.high for look in group) - min(look.low for look in group)
