"""Proposes a mapping for a file from its columns: a start that parses, with a comment for every guess."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from touchpath.model.nodes import plain_value
from touchpath.services.open_times import TimeChoice
from touchpath.sources.files.file_guess import Guess, guess_at
from touchpath.sources.files.guesses import Look, person_namespace
from touchpath.sources.files.mapping import FORMAT
from touchpath.sources.files.mapping_text import parse_mapping
from touchpath.sources.files.open_times import UNSETTLED, choices_of, day_orders, is_open, settle, settle_days, why_open
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.rows import Frame
from touchpath.sources.files.shape import clean_kind

_MOST_PROPERTIES = 12
_MOST_WORDS = 40
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def propose_mapping(path: Path, zone: str = "UTC") -> str:
    """A mapping for this file as YAML text, with a comment on why each column was taken for what it is.

    zone: where days without an hour begin, as those who keep them count their days; hours without a zone are taken as UTC.
    """
    guess = guess_at(path)
    lines = [*_head(path, guess, zone), "signals:", *_signals(guess)]
    return "\n".join(lines) + "\n"


class MappingWizard:
    """Proposes mappings, and settles what they leave open."""

    def __init__(self, zone: str = "UTC") -> None:
        """zone: that of days without an hour."""
        self._zone = zone

    def propose(self, path: Path) -> str:
        """A mapping for a file; raises BadInput where no row can be read."""
        return propose_mapping(path, self._zone)

    def time_choices(self, path: Path, mapping: str) -> tuple[TimeChoice, ...] | None:
        """What a time that a mapping leaves open could be; None = it leaves none open."""
        return choices_of(guess_at(path).looks) if is_open(mapping) else None

    def settle_time(self, mapping: str, time: TimeChoice | date) -> str:
        """The mapping with the time that it leaves open said."""
        return settle(mapping, time)

    def day_orders(self, mapping: str) -> tuple[str, str] | None:
        """Two formats between which no date of a file tells day from month, the proposed one first; None = there is no doubt."""
        return day_orders(mapping)

    def settle_days(self, mapping: str, form: str) -> str:
        """The mapping with day and month in the order of one of the two."""
        return settle_days(mapping, form)

    def unread_columns(self, path: Path, mapping: str) -> tuple[str, ...]:
        """The columns of a file that a mapping does not name; raises ModelErrors."""
        parsed = parse_mapping(mapping.encode())
        used = {use.name for use in parsed.uses}
        columns = open_rows(path, parsed.reading)[0].columns or ()  # rows of JSON may each hold others
        return tuple(name for name in columns if name not in used)


def quote(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, else in double quotes."""
    plain = (
        _PLAIN.fullmatch(text)
        and isinstance(plain_value(text), str)
        and text.lower() not in ("null", "yes", "no", "on", "off", "y", "n")
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def propose_kind(word: str) -> str:
    """A word of a file as a kind of signal: its parts in lower case, the first one before a dot.

    >>> propose_kind("onboarding__chooseLoginType"), propose_kind("A_SUBMITTED")
    ('onboarding.choose_login_type', 'a.submitted')
    """
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[^\W\d_A-Z]+[0-9]*|[0-9]+", word)]
    return ".".join(filter(None, (parts[0], "_".join(parts[1:])))) if parts else clean_kind(word)


def _comment(text: str) -> str:
    return "# " + " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _head(path: Path, guess: Guess, zone: str) -> list[str]:
    reading = guess.reading
    lines = [
        _comment(f"Proposed for {path.name} from a sample of {guess.frame.size:,} rows. Read every guess before you import."),
        _comment("Then: touchpath import FILE --map THIS --dry-run"),
        f"format: {FORMAT}",
        f"source: {quote(guess.stem)}  # ids are unique within a source: keep it the same for later files of this kind",
    ]
    if reading.format == "csv":
        sign = {"\t": "tab", " ": "space"}.get(reading.delimiter or ",", reading.delimiter or ",")
        parts = f"format: csv, encoding: {reading.encoding}, delimiter: {json.dumps(sign)}, header: {str(reading.header).lower()}"
        lines.append(f"read: {{{parts}}}  # as found in the file")
    if guess.second:
        lines.append(
            _comment(
                f"The second row is of another kind than all the others, as a second header is: {guess.second}. No guess rests on it, and where "
                "its time or a number is asked it waits in the quarantine. To pass over it: read: {..., skip_rows: 1}"
            )
        )
    if guess.time is None or any(look.time and not look.time.startswith("epoch") for look in guess.looks):
        where = "UTC" if any(look.has_hours for look in guess.looks) else zone
        lines.append(f"defaults: {{zone: {where}}}  # the zone of times that name none, such as Europe/Amsterdam")
    return lines


def _signals(guess: Guess) -> list[str]:
    if guess.items:
        return _questionnaire(guess)
    if guess.event is None and len(guess.times) > 1:
        return [line for number, time in enumerate(guess.times) for line in _wide(guess, time, number == 0)]
    return _one_event(guess)


def _one_event(guess: Guess) -> list[str]:
    """One row, one signal."""
    rating = next((look for look in guess.looks if look.is_rating), None)
    if guess.event is not None:
        lines = [
            _indented(_comment(f"'{guess.event.name}' says what happened: rename kinds as noun.verb, such as order.placed."))
        ]
        lines += [f"  - kind:\n      column: {quote(guess.event.name)}\n      otherwise: keep"]
        lines += [
            "      map:",
            *(f"        {quote(word)}: {quote(propose_kind(word))}" for word in guess.event.commonest[:_MOST_WORDS]),
        ]
        kind = [guess.event.name]
    else:
        name = "survey.answered" if rating else f"{_singular(guess.stem)}.recorded"
        lines, kind = (
            [_indented(_comment("No column says what happened, so every row is one kind.")), f"  - kind: {quote(name)}"],
            [],
        )
    taken = [look.name for look in (guess.event, guess.person, guess.time, rating) if look]
    lines += _id(guess, kind)
    lines += _when(guess.time, guess)
    return lines + _rest(guess, rating, taken)


def _wide(guess: Guess, time: Look, first: bool) -> list[str]:
    """One of several signals of a row with several times."""
    thing = guess.objects[0].name if guess.objects else guess.stem
    noun = _singular(re.sub(r"[_-]?(id|key)$", "", thing, flags=re.I)) or "row"
    kind = f"{clean_kind(noun)}.{_verb(time.name, noun)}"
    lines = [_indented(_comment(f"'{time.name}' is a time of its own: rows where it is empty stand for no such signal."))]
    lines += [f"  - kind: {quote(kind)}"]
    lines += _id(guess, [], kind)
    shown = f"column: {quote(time.name)}{_format(time)}{', empty: reject' if first else ''}"
    said = "; ".join(filter(None, (_doubt(time), _unread(time, guess) if first else "")))
    lines += [f"    occurred_at: {{{shown}}}{said and f'  # {said}'}"]
    if not first:
        late = _late(guess, time)
        return [*lines, *_people(guess), *_objects(guess), *late]
    taken = [look.name for look in (guess.person, *guess.times) if look]
    return lines + _rest(guess, next((look for look in guess.looks if look.is_rating), None), taken)


def _late(guess: Guess, time: Look) -> list[str]:
    """Lateness, for the last time of a row that also names a promised one."""
    if not guess.promises or time is not guess.times[-1]:
        return []
    promise = guess.promises[0]
    pair = f"[{quote(time.name)}, {quote(promise.name)}]"
    return ["    properties:", f"      late: {{later: {pair}{_format(promise)}}}  # '{promise.name}' looks like a promise"]


def _questionnaire(guess: Guess) -> list[str]:
    """One row an answer sheet: one signal an item."""
    first, last = guess.items[0], guess.items[-1]
    low, high = min(i.low for i in guess.items), max(i.high for i in guess.items)
    scales = "one scale" if len({(i.low, i.high) for i in guess.items}) == 1 else "short scales"
    sheet = guess.key or guess.person
    taken = {look.name for look in (*guess.items, sheet, guess.person, guess.time) if look}
    return [
        _indented(
            _comment(f"{first.name} to {last.name} are {len(guess.items)} answers on {scales} (seen: {low:g} to {high:g}).")
        ),
        "  - kind: survey.answered",
        f"    repeat: {{columns: [{', '.join(quote(item.name) for item in guess.items)}], as: item}}",
        f"    id: [{quote(sheet.name) if sheet else '{row: true}'}, item]",
        *_when(guess.time, guess),
        *_people(guess, answers=True),
        f"    objects: {{response: {quote(sheet.name) if sheet else '{row: true}'}}}",
        "    value: item_value",
        "    properties:",
        "      question: item",
        f"      questionnaire: {{literal: {quote(guess.stem)}}}",
        *_left_out([look.name for look in guess.looks if look.name not in taken and look.filled > 0]),
    ]


def _id(guess: Guess, kind: list[str], literal: str = "") -> list[str]:
    """What makes a signal's id: a column of its own, else person, time and kind, else the place in the file."""
    parts, why = [guess.key.name] if guess.key else [], "another value in every row"
    if not parts:
        parts = [look.name for look in (guess.person, guess.time) if look and look.filled == 1] + kind
        why = "together another value in every row of the sample"
        if not _tells_apart(guess.frame, parts):
            extra = next(
                (
                    look.name
                    for look in guess.looks
                    if look.filled == 1 and look.name not in parts and _tells_apart(guess.frame, [*parts, look.name])
                ),
                None,
            )
            parts = [*parts, extra] if extra and parts else []
    shown = [quote(part) for part in parts]
    if not parts:
        shown, why = (
            ["{row: true}"],
            "nothing tells rows apart, so the place in the file does: do not import such a file twice under two names",
        )
    if literal:
        shown.append(f"{{literal: {quote(literal)}}}")
    return [f"    id: [{', '.join(shown)}]  # {why}"]


def _tells_apart(frame: Frame, names: Sequence[str]) -> bool:
    if not names:
        return False
    rows = zip(*(frame.columns[name].to_pylist() for name in names), strict=True)
    return len(set(rows)) == frame.size


def _when(time: Look | None, guess: Guess) -> list[str]:
    """When it happened, and what else it could be."""
    if time is None:
        return [f"    occurred_at: {{{UNSETTLED}: {json.dumps(_one_line(why_open(guess.looks)), ensure_ascii=False)}}}"]
    others = [look.name for look in guess.times if look is not time]
    why = f"changes more from row to row than {', '.join(others[:3])}" if others else ""
    said = _one_line("; ".join(filter(None, (_doubt(time), _unread(time, guess), why))))
    return [f"    occurred_at: {{column: {quote(time.name)}{_format(time)}}}{said and f'  # {said}'}"]


def _unread(time: Look, guess: Guess) -> str:
    """How many rows have no such time, and what becomes of them."""
    count = round(time.unread * guess.frame.size)
    return f"{count:,} of {guess.frame.size:,} rows have no time that reads so: they will wait in the quarantine" if count else ""


def _doubt(time: Look) -> str:
    """Which other order of day and month reads as well."""
    return f"no date tells day from month: {time.swapped} reads as well" if time.swapped else ""


def _format(time: Look) -> str:
    return "" if time.time == "iso" else f", format: {quote(time.time)}"


def _people(guess: Guess, answers: bool = False) -> list[str]:
    if guess.person is None and answers:
        whose = quote(guess.key.name) if guess.key else "{row: true}"
        return [
            _indented(_comment("No column looks like a person, so each row is somebody's own. If one does: {user: COLUMN}."), 4),
            f"    actors: {{anonymous: {whose}}}",
        ]
    if guess.person is None:
        return [_indented(_comment("No column looks like a person: name one as actors: {user: COLUMN}."), 4)]
    namespace = person_namespace(guess.person)
    why = f"{guess.person.distinct:,} different in the sample"
    return [f"    actors: {{{namespace}: {quote(guess.person.name)}}}  # {why}"]


def _objects(guess: Guess) -> list[str]:
    pairs: dict[str, str] = {}
    for look in guess.objects:
        kind = clean_kind(re.sub(r"[_ -]?(id|key|no|num|number|uuid)$", "", look.name, flags=re.I)) or "thing"
        pairs.setdefault(kind, look.name)
    pairs.pop("unnamed", None)
    return [f"    objects: {{{', '.join(f'{quote(kind)}: {quote(name)}' for kind, name in pairs.items())}}}"] if pairs else []


def _rest(guess: Guess, rating: Look | None, taken: list[str]) -> list[str]:
    """People, objects, the number, the text, and the columns that are left as properties."""
    lines = [*_people(guess, answers=rating is not None), *_objects(guess)]
    taken = taken + [look.name for look in guess.objects]
    number = rating or next((look for look in guess.looks if look.is_amount and look.name not in taken), None)
    if number:
        why = (
            f"whole numbers from {number.low:g} to {number.high:g}: a rating"
            if number is rating
            else "an amount: say its unit, as in unit: {literal: EUR}"
        )
        shown = f'{{column: {quote(number.name)}, decimal: ","}}' if number.decimal == "," else quote(number.name)
        lines.append(f"    value: {shown}  # {why}")
        taken.append(number.name)
    texts = [look for look in guess.looks if look.is_text and look.name not in taken]
    text = max(texts, key=lambda look: look.length, default=None)
    if text:
        lines.append(f"    text: {quote(text.name)}  # {text.length:.0f} characters on average")
        taken.append(text.name)
    left = [look for look in guess.looks if look.name not in taken and look.filled > 0]
    if rating or left:
        lines.append("    properties:")
    if rating:
        lines.append(f"      question: {{literal: {quote(rating.name)}}}")
    lines += [
        f"      {quote(_property(look.name))}: {_typed(look)}"
        for look in left[:_MOST_PROPERTIES]
        if not rating or _property(look.name) != "question"
    ]
    return lines + _left_out([look.name for look in left[_MOST_PROPERTIES:]])


def _left_out(names: Sequence[str]) -> list[str]:
    """Nothing is left out without a word."""
    return [_indented(_comment(f"Left out: {', '.join(names)}"), 6)] if names else []


def _property(name: str) -> str:
    return re.sub(r"\s+", "_", name.strip())


def _typed(look: Look) -> str:
    if not look.number or look.is_id:
        return quote(look.name)
    comma = ', decimal: ","' if look.decimal == "," else ""
    return f"{{column: {quote(look.name)}, type: number{comma}}}"


def _verb(column: str, noun: str) -> str:
    """What happened, from the name of a time column: order_delivered_customer_date of an order is delivered_customer."""
    plain = clean_kind(column)
    plain = re.sub(rf"^{re.escape(clean_kind(noun))}_", "", plain)
    return re.sub(r"_(at|on|date|time|timestamp|datetime)$", "", plain) or "recorded"


def _singular(word: str) -> str:
    """One of an English plural; words that only look like one (status, analysis, address) stay."""
    for plural, one in ((r"ies$", "y"), (r"(ss|x|ch|sh)es$", r"\1"), (r"(?<![sui])s$", "")):
        found, times = re.subn(plural, one, word, flags=re.I)
        if times:
            return found
    return word


def _indented(text: str, spaces: int = 2) -> str:
    return " " * spaces + text


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
