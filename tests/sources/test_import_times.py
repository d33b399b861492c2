# ruff: noqa: DTZ001 - local times without a zone are what is tested
"""Times, zones, numbers and lengths of time, read from text."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.time import from_micros, to_micros
from touchpath.sources.files.clock import LOCAL, UTC_ONLY, read_times
from touchpath.sources.files.numbers import read_lengths, read_numbers
from touchpath.sources.files.zones import resolve_local


def read(text, format="iso"):
    """(UTC time without zone, offset) or None."""
    micros, offsets, good = read_times(pa.array([text], pa.string()), format)
    return (from_micros(int(micros[0])).replace(tzinfo=None).isoformat(), int(offsets[0])) if good[0] else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", ("2024-02-29T00:00:00", LOCAL)),
        ("2024-02-29 23:59", ("2024-02-29T23:59:00", LOCAL)),
        ("2024-02-29T23:59:58.1234567", ("2024-02-29T23:59:58.123456", LOCAL)),
        ("  2024-02-29T23:59:58Z ", ("2024-02-29T23:59:58", UTC_ONLY)),
        ("2024-02-29 23:59:58 UTC", ("2024-02-29T23:59:58", UTC_ONLY)),
        ("2011-10-01T00:38:44.546+02:00", ("2011-09-30T22:38:44.546000", 120)),
        ("2011-10-01T00:38-0330", ("2011-10-01T04:08:00", -210)),
        ("20240229T235958Z", ("2024-02-29T23:59:58", UTC_ONLY)),
        ("2016-12-31T23:59:60Z", ("2017-01-01T00:00:00", UTC_ONLY)),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("2024-01-01T24:00", None),
        ("2024-01-01Tnoon", None),
        ("2024-01-01T10:00:00+25:00", None),
        ("01/02/2024", None),
        ("1066-10-14", None),
        ("", None),
        (None, None),
    ],
)
def test_iso_times_are_read_with_their_offsets(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        ("29/02/2024 3:04", "%d/%m/%Y %H:%M", ("2024-02-29T03:04:00", LOCAL)),
        ("06/10/2026 07:48:07 PM", "%m/%d/%Y %I:%M:%S %p", ("2026-06-10T19:48:07", LOCAL)),
        ("12:00 am, 1 March 24", "%I:%M %p, %d %B %y", ("2024-03-01T00:00:00", LOCAL)),
        ("Tue Mar 05 2024 10:00:00.5 +0100", "%a %b %d %Y %H:%M:%S.%f %z", ("2024-03-05T09:00:00.500000", 60)),
        ("1538405774195002", "epoch_us", ("2018-10-01T14:56:14.195002", UTC_ONLY)),
        ("1538405774195", "epoch_ms", ("2018-10-01T14:56:14.195000", UTC_ONLY)),
        ("1538405774.1950021", "epoch_s", ("2018-10-01T14:56:14.195002", UTC_ONLY)),
        ("1538405774195002999", "epoch_ns", ("2018-10-01T14:56:14.195002", UTC_ONLY)),
        ("-86400", "epoch_s", ("1969-12-31T00:00:00", UTC_ONLY)),
        ("1538405774195002", "epoch_s", None),
        ("12 o'clock", "epoch_s", None),
        ("31/02/2024 3:04", "%d/%m/%Y %H:%M", None),
        ("1/1/2024 3:04 p", "%d/%m/%Y %I:%M %p", None),
        ("1 Foo 2024", "%d %b %Y", None),
    ],
)
def test_times_in_other_formats_are_read(text, format, expected):
    assert read(text, format) == expected


@pytest.mark.parametrize("format", ["%d/%Q", "noon", "epoch"])
def test_a_format_that_is_not_read_says_which_are(format):
    with pytest.raises(BadInput, match="epoch_ms"):
        read("1", format)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.integers(-18 * 60, 18 * 60))
def test_iso_times_agree_with_the_standard_library(moment, minutes):
    text = moment.isoformat() + f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    micros, offsets, good = read_times(pa.array([text]), "iso")
    if datetime(1900, 1, 2) < moment < datetime(2199, 12, 30):
        assert good[0]
        assert (int(micros[0]), int(offsets[0])) == (to_micros(datetime.fromisoformat(text)), minutes)


def test_slices_and_nulls_are_read_in_place():
    texts = pa.array(["x", "2024-01-01", None, "2024-01-02", "y"]).slice(1, 3)
    micros, _, good = read_times(texts, "iso")
    assert good.tolist() == [True, False, True]
    assert micros[2] - micros[0] == 86_400_000_000


ZONES = ["Europe/Amsterdam", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "UTC"]


@given(st.sampled_from(ZONES), st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), max_size=20))
def test_local_times_resolve_as_pep_495_says(zone, moments):
    local = np.array([to_micros(m.replace(tzinfo=UTC)) for m in moments], np.int64)
    resolved = resolve_local(local, zone)
    expected = [m.replace(tzinfo=ZoneInfo(zone), fold=0) for m in moments]
    assert resolved.micros.tolist() == [to_micros(m.astimezone(UTC)) for m in expected]
    assert resolved.offset_minutes.tolist() == [m.utcoffset() // timedelta(minutes=1) for m in expected]


@pytest.mark.parametrize(
    ("local", "utc", "twice", "never"),
    [
        ("2024-10-27T02:30", "2024-10-27T00:30", True, False),
        ("2024-10-27T03:00", "2024-10-27T02:00", False, False),
        ("2024-03-31T02:30", "2024-03-31T01:30", False, True),
        ("2024-03-31T03:00", "2024-03-31T01:00", False, False),
        ("2024-03-31T01:59", "2024-03-31T00:59", False, False),
    ],
)
def test_hours_that_clocks_show_twice_or_never_are_marked(local, utc, twice, never):
    micros = np.array([to_micros(datetime.fromisoformat(local + "Z"))], np.int64)
    resolved = resolve_local(micros, "Europe/Amsterdam")
    assert from_micros(int(resolved.micros[0])) == datetime.fromisoformat(utc + "Z")
    assert (bool(resolved.twice[0]), bool(resolved.never[0])) == (twice, never)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("3", ".", 3.0),
        (" +4.5 ", ".", 4.5),
        ("1e3", ".", 1000.0),
        ("1.234,5", ",", 1234.5),
        ("n/a", ".", None),
        ("inf", ".", None),
        ("1,5", ".", None),
        ("12.5", ",", None),
        ("1.23", ",", None),
        ("-1.234.567", ",", -1234567.0),
        ("12,5", ",", 12.5),
    ],
)
def test_numbers(text, decimal, expected):
    values, good = read_numbers(pa.array([text]), decimal)
    assert (float(values[0]) if good[0] else None) == expected


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("00:03:47", "seconds", 227),
        ("3:47.5", "seconds", 227.5),
        ("2", "minutes", 120),
        ("-1", "seconds", -1),
        ("1:60", "seconds", None),
        ("soon", "seconds", None),
        (None, "seconds", None),
    ],
)
def test_lengths_of_time(text, unit, seconds):
    micros, good = read_lengths(pa.array([text], pa.string()), unit)
    assert (int(micros[0]) / 1e6 if good[0] else None) == seconds
