"""Which signals meet which event rules: conditions are tested once per word of a dictionary, not once per signal."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput, unknown
from touchpath.model.rules import RULE_FIELDS, Condition, EventRule
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.shared import Shared

#: One bit of an int64 per rule, the sign and one bit kept free.
MAX_RULES = 62

#: From so many codes on, those that no signal has are dropped between two conditions.
MANY_CODES = 256

#: A dictionary of more kinds than this, the empty one included, is no dictionary of kinds.
MAX_KINDS = 1 << 20

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Matched:
    """Which rules each signal meets: signal i meets rule r if and only if `bits[codes[i]] >> r & 1`.

    codes: (signals,) int32.   bits: (distinct codes,) int64. Both are read-only and contiguous.
    """

    codes: Int32s
    bits: Int64s

    def of(self, rule: int) -> Bytes:
        """(signals,) 1 = meets this rule."""
        held: Bytes = (self.bits >> rule & 1).astype(np.uint8)[self.codes]
        return held


def match(timelines: Timelines, rules: Sequence[EventRule]) -> Matched:
    """Test every signal against up to 62 rules; rules of kinds alone cost nothing per signal.

    Raises BadInput for more rules, an unknown field, or a test that its field cannot take.
    """
    if isinstance(timelines, Shared):
        return timelines.once(("match", tuple(rules)), lambda: _match(timelines, rules))
    return _match(timelines, rules)


def _match(timelines: Timelines, rules: Sequence[EventRule]) -> Matched:
    words = timelines.words.get("kind", ("",))
    codes, bits = timelines.kinds, bits_of_kinds(words, rules)
    many = max(MANY_CODES, 4 * len(words))
    for number, rule in enumerate(rules):
        for condition in rule.conditions:
            codes, bits = _split(timelines, condition, number, codes, bits)
            if codes.size and bits.size > many:
                codes, bits = _only_used(codes, bits)
    return Matched(fixed(codes, np.int32), fixed(bits))


def _only_used(codes: Int32s, bits: Int64s) -> tuple[Int32s, Int64s]:
    """The same, without the codes that no signal has: rules that exclude each other would double them one by one."""
    used = np.flatnonzero(np.bincount(codes, minlength=bits.size))
    patterns, merged = np.unique(bits[used], return_inverse=True)
    renumbered = np.zeros(bits.size, np.int32)
    renumbered[used] = merged
    return renumbered[codes], patterns


def check_kinds(kinds: int) -> None:
    """Raise BadInput for more kinds of signals than can be told apart."""
    if kinds > MAX_KINDS:
        raise BadInput(
            f"These signals are of {kinds - 1:,} kinds, and at most {MAX_KINDS - 1:,} can be told apart. A kind names what happened, as in "
            "order.placed: import ids, addresses and texts as objects or properties instead."
        )


def bits_of_kinds(words: Sequence[str], rules: Sequence[EventRule]) -> Int64s:
    """(words,) which rules each kind meets as far as kinds go, in one look at the dictionary. Raises BadInput for too many of either."""
    if len(rules) > MAX_RULES:
        raise BadInput(f"One query may test {MAX_RULES} event rules, but {len(rules)} came. Ask in two parts.")
    check_kinds(len(words))
    bits = np.full(len(words), sum(1 << number for number, rule in enumerate(rules) if not rule.kinds), np.int64)
    named = dict[str, int]()
    for number, rule in enumerate(rules):
        for kind in set(rule.kinds):
            named[kind] = named.get(kind, 0) | 1 << number
    for code, word in enumerate(words) if named else ():
        if word in named:
            bits[code] |= named[word]
    return bits


def _split(timelines: Timelines, condition: Condition, rule: int, codes: Int32s, bits: Int64s) -> tuple[Int32s, Int64s]:
    """New codes and bits, in which no signal that fails the condition still meets the rule."""
    field = condition.field
    wide, known = _is_wide(field), field in timelines.columns
    holds = signals_pass(timelines, condition) if wide else words_pass(timelines.words.get(field, ("",)), condition)
    if not wide and not known:
        return codes, bits if holds[0] else bits & ~np.int64(1 << rule)
    failing, bits = _codes_without(rule, bits)
    split: Int32s = np.empty(timelines.signals, np.int32)
    if wide:
        _split_by_signal(fixed(codes, np.int32), fixed(holds), failing, split)
    else:
        _split_by_word(fixed(codes, np.int32), fixed(timelines.code(field), np.int32), fixed(holds), failing, split)
    return split, bits


def _codes_without(rule: int, bits: Int64s) -> tuple[Int32s, Int64s]:
    """(codes,) for each code the one that stands for the same rules without this one, and the bits with those that were missing."""
    patterns, first = np.unique(bits, return_index=True)
    codes_of = dict(zip(patterns.tolist(), first.tolist(), strict=True))
    failing, more = np.arange(bits.size, dtype=np.int32), list[int]()
    for pattern in patterns[patterns >> rule & 1 == 1].tolist():
        cleared = pattern & ~(1 << rule)
        if cleared not in codes_of:
            codes_of[cleared] = bits.size + len(more)
            more.append(cleared)
        failing[bits == pattern] = codes_of[cleared]
    return fixed(failing), np.concatenate((bits, np.array(more, np.int64)))


@kernel
def _split_by_word(codes: Int32s, column: Int32s, holds: Bytes, failing: Int32s, split: Int32s) -> None:
    for i in range(codes.size):
        code = codes[i]
        split[i] = code if holds[column[i]] else failing[code]


@kernel
def _split_by_signal(codes: Int32s, holds: Bytes, failing: Int32s, split: Int32s) -> None:
    for i in range(codes.size):
        code = codes[i]
        split[i] = code if holds[i] else failing[code]


def _is_wide(field: str) -> bool:
    """Whether the field's column holds numbers themselves rather than codes of words."""
    if field in RULE_FIELDS or field.startswith(("properties.", "objects.")):
        return field == "value" or field.startswith("objects.")
    fields = (*RULE_FIELDS, "properties.NAME", "objects.KIND")
    raise BadInput(unknown("field of a signal", field, fields))


def _wrong(condition: Condition, want: str) -> BadInput:
    return BadInput(f"{condition.field}: '{condition.operator}' wants {want}, but {condition.operand!r} came.")


def as_number(word: str) -> float | None:
    """The plain decimal number that a text is, or None: "12", "-0.5" and "1e3" are, "", "1_000" and "nan" are not."""
    return float(word) if _NUMBER.fullmatch(word) else None


def words_pass(words: Sequence[str], condition: Condition) -> Bytes:
    """(words,) 1 = a signal with this word passes; the word of code 0 is a missing field, which only `exists: false` passes."""
    if condition.operator == "exists":
        passes = np.full(len(words), _wanted(condition), np.uint8)
        passes[:1] = not _wanted(condition)
        return passes
    test = _word_test(condition)
    passes = np.fromiter((test(word) for word in words), np.uint8, len(words))
    passes[:1] = 0
    return passes


def _wanted(condition: Condition) -> bool:
    if not isinstance(condition.operand, bool):
        raise _wrong(condition, "true or false")
    return condition.operand


def _word_test(condition: Condition) -> Callable[[str], bool]:
    operator, operand = condition.operator, condition.operand
    if operator in ("equals", "in"):
        return _equality(condition)
    if operator in (">", "<"):
        bound = _bound(condition)
        return lambda word: _beyond(as_number(word), operator, bound)
    if not isinstance(operand, str):
        raise _wrong(condition, "a text")
    if operator == "prefix":
        return lambda word: word.startswith(operand)
    if operator == "contains":
        return lambda word: operand in word
    try:
        pattern = re.compile(operand)
    except re.error as error:
        raise BadInput(f"{condition.field}: {operand!r} is no regular expression ({error}).") from error
    return lambda word: pattern.search(word) is not None


def _beyond(number: float | None, operator: str, bound: float) -> bool:
    if number is None:
        return False
    return number > bound if operator == ">" else number < bound


def _bound(condition: Condition) -> float:
    operand = condition.operand
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        raise _wrong(condition, "a number")
    if not math.isfinite(operand):
        raise _wrong(condition, "a finite number")
    return float(operand)


def _choices(condition: Condition) -> tuple[str | float | bool, ...]:
    operand = condition.operand
    if condition.operator == "in":
        if not isinstance(operand, tuple):
            raise _wrong(condition, "a list")
        return operand
    if isinstance(operand, tuple):
        raise _wrong(condition, "one value (use 'in' for a list)")
    return (operand,)


def _equality(condition: Condition) -> Callable[[str], bool]:
    """Texts are compared as texts, numbers by value, truth values with "true" and "false"."""
    choices = _choices(condition)
    texts = {choice for choice in choices if isinstance(choice, str)}
    texts |= {str(choice).lower() for choice in choices if isinstance(choice, bool)}
    numbers = {float(choice) for choice in choices if not isinstance(choice, str | bool)}
    if not numbers:
        return texts.__contains__
    return lambda word: word in texts or as_number(word) in numbers


def signals_pass(timelines: Timelines, condition: Condition) -> Bytes:
    """(signals,) 1 = passes, for the columns that hold no words: `value` (millionths) and `objects.KIND` (hashes)."""
    column = timelines.wide(condition.field)
    missing = NO_VALUE if condition.field == "value" else 0
    present = column != missing
    if condition.operator == "exists":
        return np.asarray(present == _wanted(condition), np.uint8)
    if condition.field != "value":
        raise BadInput(f"{condition.field}: only 'exists' can be asked of an object, but '{condition.operator}' came.")
    if condition.operator in (">", "<"):
        bound = _millionths(_bound(condition))
        return np.asarray(present & (column > bound if condition.operator == ">" else column < bound), np.uint8)
    if condition.operator in ("equals", "in"):
        return np.asarray(present & np.isin(column, _scaled(condition)), np.uint8)
    raise BadInput(f"value is a number: 'equals', 'in', '>', '<' and 'exists' can be asked, but '{condition.operator}' came.")


def _scaled(condition: Condition) -> Int64s:
    numbers = [as_number(choice) if isinstance(choice, str) else choice for choice in _choices(condition)]
    if any(number is None or isinstance(number, bool) or math.isnan(number) for number in numbers):
        raise _wrong(condition, "numbers, as value is one")
    return np.array([_millionths(number) for number in numbers if number is not None], np.int64)


def _millionths(number: float) -> int:
    """A number as the value column holds it; what is beyond the column's range stays beyond all values in it."""
    return round(min(max(number, -9e12), 9e12) * VALUE_SCALE)
