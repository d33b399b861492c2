"""Says sentences of the services in the language of a page.

Below the pages everything speaks English: sentences go into the API, files, logs and records as they are. What pages show of them is found
again here, as a whole or by the pattern of one with values in it (`patterns`), and said in the language of the page; numbers and days among the
values are written as the language does, names stay as they are. A sentence that nobody listed stays English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from touchpath.web.languages import ENGLISH, gettext, language, locale, ngettext, speaking
from touchpath.web.languages.patterns import COUNTED, SENTENCES

#: Values that somebody named, which are never looked up.
GIVEN = frozenset({"title", "name", "names", "came", "segment", "told"})
_VALUE = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"([+−-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(\N{NARROW NO-BREAK SPACE}| )?(%)?")
#: Where one sentence ends and another begins, which no value holds but a name.
_BREAK = re.compile(r"(?<=[.!?]) (?=[A-Z0-9'])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST, _KEPT = 2_000, 4_096


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with values in it. many: its form for several, where `count` says how many; "" = it has one form."""

    message: str
    shape: re.Pattern[str]
    many: str = ""

    def say(self, values: dict[str, str]) -> str:
        """The sentence in the language of the page, with these values."""
        text = ngettext(self.message, self.many, _whole(values["count"])) if self.many else gettext(self.message)
        return text % {name: value if name in GIVEN else say(value) for name, value in values.items()}


def say(text: str) -> str:
    """A sentence of the services in the language of the page; as it came where nobody listed it."""
    return _said(language(), text) if text and language() != ENGLISH else text


@lru_cache(maxsize=_KEPT)
def _said(code: str, text: str) -> str:
    with speaking(code):
        known = gettext(text)
        if known != text or len(text) > _LONGEST:
            return known
        if _DAY.fullmatch(text) or _NUMBER.fullmatch(text):
            return _written(text)
        for pattern in patterns():
            if found := pattern.shape.fullmatch(text):
                return pattern.say(found.groupdict())
        return " ".join(_said(code, one) for one in parts) if len(parts := _BREAK.split(text)) > 1 else text


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
        return str(format_date(date.fromisoformat(text), "medium", locale()))
    except ValueError:
        return text


def _whole(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else 0


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern, the one with most words of its own first."""
    found = [(one, Pattern(one, shape_of(one))) for one in SENTENCES]
    found += [(form, Pattern(one, shape_of(form), many)) for one, many in COUNTED for form in (one, many)]
    return tuple(pattern for _, pattern in sorted(found, key=lambda pair: -len(_VALUE.sub("", pair[0]))))


def shape_of(form: str) -> re.Pattern[str]:
    """What sentences of one form look like.

    >>> shape_of("%(count)s answers are left out.").fullmatch("1,204 answers are left out.")["count"]
    '1,204'
    """
    parts = _VALUE.split(form.replace("%%", "%"))
    return re.compile("".join(_value(part) if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL)


def _value(name: str) -> str:
    inside = "." if name in GIVEN else "(?![.!?] [A-Z0-9])."
    return f"(?P<{name}>(?:{inside})+?)"
