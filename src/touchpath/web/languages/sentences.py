"""Says sentences of the services in the language of a page.

Below the pages everything speaks English: sentences go into the API, files, logs and records as they are. What pages show of them is found
again here, as a whole or by the pattern of one with values in it (`patterns`), and said in the language of the page; numbers and days among the
values are written as the language does, names stay as they are. A sentence that nobody listed stays English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from touchpath.web.languages import ENGLISH, gettext, language, locale, ngettext, speaking
from touchpath.web.languages.patterns import COUNTED, SENTENCES

#: Values that somebody named, which are never looked up.
GIVEN = frozenset({"title", "name", "names", "kind", "came", "segment", "told"})
_VALUE = re.compile(r"%\((\w+)\)s")
#: No longer than a number that can be written exactly.
_NUMBER = re.compile(r"([+−-]?)(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.(\d{1,12}))?(\N{NARROW NO-BREAK SPACE}| )?(%)?")
#: Where one sentence ends and another begins, which no value holds but a name.
_BREAK = re.compile(r"(?<=[.!?]) (?=[A-Z0-9'])")
#: A day as files have it, or as English sentences do: 3 Mar 2026.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2} [A-Z][a-z]{2} \d{4}")
#: What stands where a value is a number, or several.
_DIGITS = r"[+−-]?\d[\d.,]*(?:, \d[\d.,]*)*"
#: Texts longer than `_LONGEST` stay as they came, single sentences longer than `_LONG` are compared with no pattern; of so many it is kept what they say.
_LONGEST, _LONG, _KEPT = 2_000, 600, 4_096
#: So many sentences stand in one another at most: why there is none, in what was found, in what it means.
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with values in it.

    many: its form for several, where `count` says how many; "" = it has one form. core: its longest words of its own, to leave most patterns
    out quickly.
    """

    message: str
    shape: re.Pattern[str]
    core: str
    many: str = ""

    def say(self, values: dict[str, str], depth: int = 0) -> str:
        """The sentence in the language of the page, with these values. depth: how many others it stands in."""
        text = ngettext(self.message, self.many, _whole(values["count"])) if self.many else gettext(self.message)
        return text % {name: _say_value(name, value, depth + 1) for name, value in values.items()}


def _say_value(name: str, value: str, depth: int) -> str:
    """A value of a sentence; `what` is a metric, and perhaps of what it is, as in "Task completion, Check out"."""
    said = value if name in GIVEN else _said(language(), value, depth)
    if name == "what" and said == value:
        metric, comma, of = value.partition(", ")
        return f"{_said(language(), metric, depth)}{comma}{of}"
    return said


def say(text: str) -> str:
    """A sentence of the services in the language of the page; as it came where nobody listed it."""
    return _said(language(), text) if text and language() != ENGLISH else text


@lru_cache(maxsize=_KEPT)
def _said(code: str, text: str, depth: int = 0) -> str:
    with speaking(code):
        if (known := gettext(text)) != text or len(text) > _LONGEST:
            return known
        if _DAY.fullmatch(text) or _NUMBER.fullmatch(text):
            return _written(text)
        pattern, values = find_pattern(text) if depth < _DEEPEST else (None, {})
        if pattern:
            return pattern.say(values, depth)
        return " ".join(_said(code, one, depth) for one in parts) if len(parts := sentences_of(text)) > 1 else text


def find_pattern(text: str) -> tuple[Pattern | None, dict[str, str]]:
    """The pattern that a text has, with its values; None where it has none."""
    for pattern in patterns() if len(text) <= _LONG else ():
        if pattern.core in text and (found := pattern.shape.fullmatch(text)):
            return pattern, found.groupdict()
    return None, {}


def sentences_of(text: str) -> list[str]:
    """The sentences of a text."""
    return _BREAK.split(text)


def _written(text: str) -> str:
    """A day or a number as the language writes it."""
    if _DAY.fullmatch(text):
        return _day(text)
    found = _NUMBER.fullmatch(text)
    assert found
    sign, whole, behind, gap, percent = found.groups()
    number = float(f"{whole.replace(',', '')}.{behind or 0}")
    shape = f"#,##0.{'0' * len(behind)}" if behind else "#,##0"
    return f"{sign}{format_decimal(number, format=shape, locale=locale())}{gap or ''}{percent or ''}"


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if "-" in text else datetime.strptime(text, "%d %b %Y").replace(tzinfo=UTC).date()
        return str(format_date(day, "medium", locale()))
    except ValueError:
        return text


def _whole(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else 0


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern, the one with most words of its own first."""
    found = [(one, Pattern(one, shape_of(one), _core(one))) for one in SENTENCES if _VALUE.search(one)]
    found += [(form, Pattern(one, shape_of(form), _core(form), many)) for one, many in COUNTED for form in (one, many)]
    return tuple(pattern for _, pattern in sorted(found, key=lambda pair: -len(_VALUE.sub("", pair[0]))))


def _core(form: str) -> str:
    return max(_VALUE.split(form.replace("%%", "%"))[::2], key=len)


def shape_of(form: str) -> re.Pattern[str]:
    """What sentences of one form look like.

    Each value ends where the words after it are first met, and no other end is tried (an atomic group): otherwise a text that repeats those
    words would be tried with every division of it, which takes minutes for a few hundred characters.

    >>> shape_of("%(count)s answers are left out.").fullmatch("1,204 answers are left out.")["count"]
    '1,204'
    """
    first, *rest = _VALUE.split(form.replace("%%", "%"))
    pairs = [(_value(name), re.escape(words)) for name, words in zip(rest[::2], rest[1::2], strict=True)]
    inner = "".join(f"(?>{value}{words})" for value, words in pairs[:-1])
    return re.compile(re.escape(first) + inner + "".join(pairs[-1]), re.DOTALL)


def _value(name: str) -> str:
    if name == "count":
        return r"(?P<count>[+−-]?\d[\d,.]*)"
    if name == "kind":
        return r"(?P<kind>\S+)"
    if name.startswith("number"):
        return f"(?P<{name}>{_DIGITS})"
    inside = "." if name in GIVEN else "(?![.!?] [A-Z0-9])."
    return f"(?P<{name}>(?:{inside})+?)"
