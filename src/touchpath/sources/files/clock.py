"""Times written as text, read into microseconds: ISO 8601, formats given by hand, and counts since 1970."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Bytes, Int32s, Int64s
from touchpath.timelines.kernels import fixed, kernel

Epoch = Literal["epoch_s", "epoch_ms", "epoch_us", "epoch_ns"]
EPOCHS: dict[str, int] = {"epoch_s": 6, "epoch_ms": 3, "epoch_us": 0, "epoch_ns": -3}

#: Marks a time that names no offset of its own. Z names UTC, but says nothing of the local time, so it gives UTC_ONLY.
LOCAL, UTC_ONLY = -32_768, -32_767

#: Times outside 1900 to 2200 are refused: they are counts in another unit far more often than facts.
EARLIEST, LATEST = -2_208_988_800_000_000, 7_258_118_400_000_000

_DAY = 86_400_000_000
_BAD = -9_223_372_036_854_775_808
_DIRECTIVE = 256
_DIRECTIVES = "YymdHMSfzIpbBaA"
_SHORTHANDS = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%D": "%m/%d/%y", "%R": "%H:%M"}


@kernel
def _digits(data: Bytes, at: int, stop: int, least: int, most: int) -> tuple[int, int]:
    """A number of `least` to `most` digits at a place: (number, place after it), or (-1, at)."""
    number, i = 0, at
    while i < stop and i - at < most and 48 <= data[i] <= 57:
        number = number * 10 + data[i] - 48
        i += 1
    if i - at < least:
        return -1, at
    return number, i


@kernel
def _fraction(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """Digits after the point as microseconds; further digits are cut off."""
    micros, scale, i = 0, 100_000, at
    while i < stop and 48 <= data[i] <= 57:
        micros += (data[i] - 48) * scale
        scale //= 10
        i += 1
    if i == at:
        return -1, at
    return micros, i


@kernel
def _offset(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """Z, UTC, +02:00, +0200 or +02 as minutes (Z as UTC_ONLY, nothing as LOCAL); (-1, -1) for anything else."""
    if at == stop:
        return LOCAL, at
    if data[at] == 90 or data[at] == 122:
        return UTC_ONLY, at + 1
    if at + 3 <= stop and data[at] == 85 and data[at + 1] == 84 and data[at + 2] == 67:
        return UTC_ONLY, at + 3
    if data[at] != 43 and data[at] != 45:
        return -1, -1
    hours, i = _digits(data, at + 1, stop, 2, 2)
    minutes = 0
    if i < stop and data[i] == 58:
        minutes, i = _digits(data, i + 1, stop, 2, 2)
    elif i < stop and 48 <= data[i] <= 57:
        minutes, i = _digits(data, i, stop, 2, 2)
    if hours < 0 or hours > 18 or minutes < 0 or minutes > 59:
        return -1, -1
    total = hours * 60 + minutes
    return (-total if data[at] == 45 else total), i


@kernel
def _instant(year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int) -> int:
    """Microseconds since 1970 of a civil time, or _BAD when there is no such day or time."""
    if month < 1 or month > 12 or day < 1 or hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
        return _BAD
    longest = 31
    if month in (4, 6, 9, 11):
        longest = 30
    elif month == 2:
        longest = 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    if day > longest or micro < 0:
        return _BAD
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return days * _DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro


@kernel
def _read_iso(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    year, i = _digits(data, at, stop, 4, 4)
    dashed = i < stop and data[i] == 45
    i += dashed
    month, i = _digits(data, i, stop, 2, 2)
    if dashed and (i >= stop or data[i] != 45):
        return _BAD, LOCAL
    i += dashed
    day, i = _digits(data, i, stop, 2, 2)
    if year < 0 or month < 0 or day < 0:
        return _BAD, LOCAL
    hour, minute, second, micro, offset = 0, 0, 0, 0, LOCAL
    if i < stop:
        if data[i] != 84 and data[i] != 116 and data[i] != 32:
            return _BAD, LOCAL
        hour, i = _digits(data, i + 1, stop, 2, 2)
        colons = i < stop and data[i] == 58
        i += colons
        minute, i = _digits(data, i, stop, 2, 2)
        if i < stop and (data[i] == 58 if colons else 48 <= data[i] <= 57):
            i += colons
            second, i = _digits(data, i, stop, 2, 2)
            if i < stop and (data[i] == 46 or data[i] == 44):
                micro, i = _fraction(data, i + 1, stop)
        if i < stop and data[i] == 32:
            i += 1
        offset, i = _offset(data, i, stop)
    if i != stop:
        return _BAD, LOCAL
    return _instant(year, month, day, hour, minute, second, micro), offset


@kernel
def _name(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """The first three letters of a word as one number, lower-cased, and the place after the word."""
    code, i = 0, at
    while i < stop and (65 <= data[i] <= 90 or 97 <= data[i] <= 122):
        if i - at < 3:
            code = code * 256 + (data[i] | 32)
        i += 1
    return code, i


@kernel
def _read_format(data: Bytes, at: int, stop: int, program: Int32s, months: Int64s) -> tuple[int, int]:
    year, month, day, hour, minute, second, micro, offset, half, i = 1970, 1, 1, 0, 0, 0, 0, LOCAL, -1, at
    for step in program:
        if step < _DIRECTIVE:
            if i >= stop or data[i] != step:
                return _BAD, LOCAL
            i += 1
            continue
        letter = step - _DIRECTIVE
        before = i
        if letter == 89:  # Y
            year, i = _digits(data, i, stop, 4, 4)
        elif letter == 121:  # y
            year, i = _digits(data, i, stop, 2, 2)
            year += 1900 if year > 68 else 2000
        elif letter == 109:  # m
            month, i = _digits(data, i, stop, 1, 2)
        elif letter == 100:  # d
            day, i = _digits(data, i, stop, 1, 2)
        elif letter == 72 or letter == 73:  # H, I
            hour, i = _digits(data, i, stop, 1, 2)
        elif letter == 77:  # M
            minute, i = _digits(data, i, stop, 1, 2)
        elif letter == 83:  # S
            second, i = _digits(data, i, stop, 1, 2)
        elif letter == 102:  # f
            micro, i = _fraction(data, i, stop)
        elif letter == 122:  # z
            offset, i = _offset(data, i, stop)
        elif letter == 98 or letter == 66:  # b, B
            code, i = _name(data, i, stop)
            month = 0
            for number in range(12):
                if months[number] == code:
                    month = number + 1
        elif letter == 112:  # p
            code, i = _name(data, i, stop)
            half = 0 if code == 24_941 else 12 if code == 28_781 else -2
        else:  # a, A
            _, i = _name(data, i, stop)
        if i <= before:
            return _BAD, LOCAL
    if i != stop or half == -2:
        return _BAD, LOCAL
    if half >= 0:
        if hour < 1 or hour > 12:
            return _BAD, LOCAL
        hour = hour % 12 + half
    return _instant(year, month, day, hour, minute, second, micro), offset


@kernel
def _read_count(data: Bytes, at: int, stop: int, scale: int) -> tuple[int, int]:
    """A decimal count of units of 10**-(6 - scale) s as microseconds; what is finer is cut off."""
    negative = at < stop and data[at] == 45
    i = at + 1 if negative else at
    count, begin = 0, i
    while i < stop and 48 <= data[i] <= 57:
        if i - begin > 18:
            return _BAD, UTC_ONLY
        count = count * 10 + data[i] - 48
        i += 1
    if i == begin:
        return _BAD, UTC_ONLY
    point = i
    for place in range(max(0, scale)):
        if count > 900_000_000_000_000_000:
            return _BAD, UTC_ONLY
        count *= 10
        if point < stop and data[point] == 46 and point + 1 + place < stop and 48 <= data[point + 1 + place] <= 57:
            count += data[point + 1 + place] - 48
    if i < stop and data[i] == 46:
        _, i = _fraction(data, i + 1, stop)
    if i != stop:
        return _BAD, UTC_ONLY
    for _ in range(-min(0, scale)):
        count //= 10
    return (-count if negative else count), UTC_ONLY


@kernel
def _read_all(
    data: Bytes, places: Int32s, valid: Bytes, how: int, program: Int32s, months: Int64s, micros: Int64s, offsets: Int32s
) -> None:
    for row in range(valid.size):
        micros[row], offsets[row] = _BAD, LOCAL
        if valid[row] == 0:
            continue
        at, stop = places[row], places[row + 1]
        while at < stop and data[at] == 32:
            at += 1
        while stop > at and data[stop - 1] == 32:
            stop -= 1
        if how == 0:
            micros[row], offsets[row] = _read_iso(data, at, stop)
        elif how == 1:
            micros[row], offsets[row] = _read_format(data, at, stop, program, months)
        else:
            micros[row], offsets[row] = _read_count(data, at, stop, how - 10)


def read_times(texts: pa.Array, format: str) -> tuple[Int64s, Int32s, NDArray[np.bool_]]:
    """Each text as microseconds, with its own offset in minutes (LOCAL = none, UTC_ONLY = Z), and whether it could be read.

    format: "iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns" or a pattern such as "%d/%m/%Y %H:%M". Micros are UTC where an
    offset is known, else local time as if it were UTC. Null and unreadable texts come out as not read.

    **Source** of the day count: proleptic Gregorian calendar, days from civil date in 400-year eras.
    """
    data, places, valid = text_buffers(texts)
    how = 0 if format == "iso" else 10 + EPOCHS[format] if format in EPOCHS else 1
    program = compile_format(format) if how == 1 else np.empty(0, np.int32)
    micros, offsets = np.empty(len(texts), np.int64), np.empty(len(texts), np.int32)
    _read_all(data, places, valid, how, fixed(program), _MONTHS, micros, offsets)
    good = (micros >= EARLIEST) & (micros < LATEST)
    known = good & (offsets > UTC_ONLY)
    micros[known] -= offsets[known].astype(np.int64) * 60_000_000
    return micros, offsets, good


def text_buffers(texts: pa.Array) -> tuple[Bytes, Int32s, Bytes]:
    """The bytes of a text column, the place where each text starts (rows + 1), and which rows hold one, as kernels read them."""
    rows = len(texts)
    _, places, content = texts.buffers()
    starts = np.zeros(1, np.int32) if places is None else np.frombuffer(places, np.int32)
    starts = starts[texts.offset : texts.offset + rows + 1] if rows else np.zeros(1, np.int32)
    data = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
    valid = np.ones(rows, np.uint8) if texts.null_count == 0 else np.asarray(texts.is_valid()).astype(np.uint8)
    return fixed(data), fixed(starts), fixed(valid)


def compile_format(format: str) -> Int32s:
    """The steps of a time format; raises BadInput for a directive that is not read."""
    for short, long in _SHORTHANDS.items():
        format = format.replace(short, long)
    steps: list[int] = []
    i = 0
    while i < len(format):
        if format[i] != "%":
            steps += format[i].encode()
            i += 1
            continue
        letter = format[i + 1 : i + 2]
        if letter == "%":
            steps.append(ord("%"))
        elif letter and letter in _DIRECTIVES:
            steps.append(_DIRECTIVE + ord(letter))
        else:
            known = " ".join(f"%{one}" for one in _DIRECTIVES)
            raise BadInput(f"The time format has '%{letter}'. There are: {known}; or write iso, {', '.join(EPOCHS)}.")
        i += 2
    if not any(step >= _DIRECTIVE for step in steps):
        raise BadInput(f"'{format}' is no time format. Write iso, {', '.join(EPOCHS)} or a pattern such as \"%d/%m/%Y %H:%M\".")
    return np.array(steps, np.int32)


def _month_codes() -> Int64s:
    names = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    return fixed(np.array([int.from_bytes(name.encode(), "big") for name in names], np.int64))


_MONTHS = _month_codes()
