"""Numbers and lengths of time written as text."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.sources.files.rows import Booleans, flags, present
from touchpath.timelines.arrays import Int64s

_NUMBER = r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"
#: Points that part thousands: what stands between them and the comma has three digits each. "12.5" is another number.
_THOUSANDS = r"^\s*[-+]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?\s*$"
_CLOCK = re.compile(r"(?:([0-9]{1,6}):)?([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,6})?)")

#: Units of a length of time, in microseconds.
UNITS = {
    "microseconds": 1,
    "milliseconds": 1_000,
    "seconds": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}

_LONGEST = 100 * 366 * 86_400_000_000


def read_numbers(texts: pa.Array, decimal: str = ".") -> tuple[NDArray[np.float64], Booleans]:
    """Each text as a number, and whether it is one. With a decimal comma, points may part thousands, and nothing else."""
    if decimal == ",":
        sound = pc.or_(pc.invert(pc.match_substring(texts, ".")), pc.match_substring_regex(texts, _THOUSANDS))
        texts = pc.if_else(sound, texts, None)
        texts = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    try:
        numbers = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        plain = pc.utf8_ltrim(pc.utf8_trim_whitespace(texts), "+")
        numbers = pc.if_else(pc.match_substring_regex(plain, _NUMBER), plain, None).cast(pa.float64())
    values = np.asarray(pc.fill_null(numbers, np.nan).to_numpy(zero_copy_only=False), np.float64)
    return values, np.isfinite(values)


def read_lengths(texts: pa.Array, unit: str) -> tuple[Int64s, Booleans]:
    """Each text as a length of time in microseconds: h:mm:ss, mm:ss, or a number of `unit`; and whether it is one."""
    numbers, good = read_numbers(texts)
    good &= np.abs(numbers) <= _LONGEST / UNITS[unit]
    micros = np.round(np.where(good, numbers, 0.0) * UNITS[unit]).astype(np.int64)
    clocks = flags(pc.match_substring(texts, ":"))
    for row in np.flatnonzero(clocks & present(texts)).tolist():
        found = _CLOCK.fullmatch(texts[row].as_py().strip())
        if found and float(found[3]) < 60 and int(found[2]) < 60:
            hours, minutes, seconds = int(found[1] or 0), int(found[2]), float(found[3])
            micros[row], good[row] = round(((hours * 60 + minutes) * 60 + seconds) * 1_000_000), True
    return micros, good
