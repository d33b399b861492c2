"""How numbers look on screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period
from touchpath.web.numbers import plain, show, show_change, show_clock, show_day, show_period, show_span


def spoken(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Estimate(0.872, 0.849, 0.893, 948, "people"), "87 %, 95 % CI 85–89, n 948 people"),
        (Estimate(0.41234, 0.407, 0.4163, 48_210, "people"), "41.2 %, 95 % CI 40.7–41.6, n 48,210 people"),
        (Estimate(42, 38, 46, 1284, "people", "score"), "42, 95 % CI 38–46, n 1,284 people"),
        (Estimate(-3, -9, 2, 90, "people", "score"), "−3, 95 % CI −9 to 2, n 90 people"),
        (Estimate(74.2, 69.3, 80.1, 948, "attempts", "seconds"), "74 s, 95 % CI 69–80, n 948 attempts"),
        (Estimate(200, 180, 230, 40, "attempts", "seconds"), "3.3 min, 95 % CI 3.0–3.8, n 40 attempts"),
        (Estimate(345_600, 302_400, 388_800, 77, "orders", "seconds", 0.9), "4.0 d, 90 % CI 3.5–4.5, n 77 orders"),
        (Estimate(4600, 4600, 4600, 4600, "people", "count"), "4,600, counted in full, n 4,600 people"),
        (Estimate(2.31, 2.2, 2.42, 5120, "people", "per_person"), "2.31 per person, 95 % CI 2.20–2.42, n 5,120 people"),
        (Estimate(3.2, 2.1, float("inf"), 9, "people", "per_person", 0.975), "3.2 per person, 97.5 % CI 2.1 or more, n 9 people"),
        (Estimate(2e-9, 1e-9, 4e-9, 10**9, "people"), "2.0 × 10⁻⁷ %, 95 % CI 1.0–4.0, n 1,000,000,000 people"),
        (Estimate(0, 0, 4e-9, 10**9, "people"), "0 × 10⁻⁷ %, 95 % CI 0–4, n 1,000,000,000 people"),
        (Estimate(1e-9, 5e-10, 2e-9, 90, "attempts", "seconds"), "1.0 × 10⁻⁹ s, 95 % CI 0.5–2.0, n 90 attempts"),
        (Estimate(1.25e12, 1.2e12, 1.3e12, 90, "people", "score"), "1.25 × 10¹², 95 % CI 1.20–1.30, n 90 people"),
        (Estimate(-3e12, -4e12, 1e12, 90, "people", "score"), "−3 × 10¹², 95 % CI −4 to 1, n 90 people"),
        (Estimate(10**12, 10**12, 10**12, 10**12, "people", "count"), "1.000 × 10¹², counted in full, n 1,000,000,000,000 people"),
        (Estimate(0.00002, 0.00001, 0.00004, 10**6, "people"), "0.002 %, 95 % CI 0.001–0.004, n 1,000,000 people"),
        (Undefined("nobody answered", 0), "no number: nobody answered, n 0 people"),
    ],
)  # fmt: skip
def test_a_number_is_told_with_its_interval_and_n(number: Estimate | Undefined, expected: str) -> None:
    assert spoken(show(number).sentence) == expected


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["share", "seconds", "score", "count", "per_person"]))
def test_no_number_is_longer_than_a_card_or_loses_all_its_digits(value: float, unit: str) -> None:
    shown = show(Estimate(value, value - abs(value) / 10, value + abs(value) / 10, 9, "people", unit))
    assert len(shown.value) <= len("−9,999,999,999.9")
    assert abs(value) < 1e-290 or any(digit in shown.value for digit in "123456789")


def test_a_note_is_no_caution() -> None:
    told = show(Estimate(0.75, 0.6, 0.9, 30, "answers").noted("The mean is 4.20 of 5.").warned("Few people."))
    assert (told.note, told.caution) == ("The mean is 4.20 of 5.", "Few people.")


def test_a_missing_number_is_a_dash() -> None:
    assert show(Undefined("nobody answered")).value == "—"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 10**9))
def test_every_share_can_be_shown_and_is_never_nan(a: float, b: float, c: float, n: int) -> None:
    low, value, high = sorted((a, b, c))
    shown = show(Estimate(value, low, high, n, "people"))
    assert shown.whole.endswith("%")
    assert "nan" not in shown.sentence


@given(st.floats(allow_nan=False))
def test_plain_numbers_never_say_minus_zero(value: float) -> None:
    assert plain(value, 1) not in ("-0.0", "−0.0")


def difference(value: float, low: float, high: float, unit: str = "share") -> Comparison:
    return Comparison("difference", value, low, high, 0.95, unit, "", "up" if low > 0 else "down" if high < 0 else None)


@pytest.mark.parametrize(
    ("change", "better", "mood", "sentence"),
    [
        (difference(0.031, 0.008, 0.054), "higher", "good", "better: +3 pts, 95 % CI +1 to +5 pts"),
        (difference(0.031, 0.008, 0.054), "lower", "bad", "worse: +3 pts, 95 % CI +1 to +5 pts"),
        (difference(-6.2, -9, -3.4, "seconds"), "lower", "good", "better: −6 s, 95 % CI −9 to −3 s"),
        (difference(0.4, 0.1, 0.7, "per_person"), "neither", "flat", "higher: +0.4, 95 % CI +0.1 to +0.7"),
        (difference(0.004, -0.011, 0.019), "higher", "flat", "no detectable change, 95 % CI −1.1 to +1.9 pts"),
        (
            Comparison("ratio", 0.9, 0.84, 0.96, 0.95, "seconds", "", "down"),
            "lower",
            "good",
            "better: −10.0 %, 95 % CI −16.0 to −4.0 %",
        ),
        (difference(0.041, 0.002, 0.08), "higher", "good", "better: +4.1 pts, 95 % CI +0.2 to +8.0 pts"),
        (None, "higher", "flat", "no period before"),
    ],
)
def test_a_change_is_judged_by_what_would_be_better(change: Comparison | None, better: str, mood: str, sentence: str) -> None:
    shown = show_change(change, better)
    assert (shown.mood, spoken(shown.sentence)) == (mood, sentence)


def test_periods_are_told_by_their_first_and_last_day() -> None:
    march = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert show_period(march) == "1 Mar 2026 – 31 Mar 2026"
    assert show_period(Period(march.start, march.start + timedelta(days=1))) == "1 Mar 2026"
    assert show_period(None) == "no signals yet"


def test_a_month_of_another_zone_is_told_by_its_own_days() -> None:
    east = Period(datetime(2026, 3, 31, 22, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC))
    clocks_change = Period(datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC))
    west = Period(datetime(2026, 4, 1, 7, tzinfo=UTC), datetime(2026, 5, 1, 7, tzinfo=UTC))
    assert show_period(east, "Europe/Madrid") == show_period(west, "America/Los_Angeles") == "1 Apr 2026 – 30 Apr 2026"
    assert show_period(clocks_change, "Europe/Madrid") == "1 Mar 2026 – 31 Mar 2026"
    assert show_period(Period(east.start, east.start + timedelta(hours=7))) == "31 Mar 2026 – 1 Apr 2026"


def test_a_moment_is_told_in_its_zone() -> None:
    moment = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert (show_day(moment), show_clock(moment)) == ("30 Jun 2026", "22:30:00")
    assert (show_day(moment, "Asia/Tokyo"), show_clock(moment, "Asia/Tokyo")) == ("1 Jul 2026", "07:30:00")


def test_spans_are_told_in_their_largest_unit() -> None:
    assert [show_span(timedelta(**one)) for one in ({"days": 30}, {"hours": 1}, {"minutes": 90}, {"milliseconds": 20})] == [
        "30 days",
        "1 hour",
        "1.5 hours",
        "20 ms",
    ]


def test_numerator_and_denominator_stand_in_the_words_of_the_page() -> None:
    from touchpath.services.sides import Counted
    from touchpath.web.languages import speaking
    from touchpath.web.pages.number import sides_shown

    class _Words:
        formula = "people with the numerator / people"

    class _Measured:
        metric = _Words()

    class _Behind:
        measured = _Measured()
        counted = (Counted("numerator", "people with the numerator", 1_234.0), Counted("denominator", "people", 5_000.5))

    with speaking("de"):
        shown = sides_shown(_Behind())  # type: ignore[arg-type]
    assert shown == (("Zähler", "1.234: Personen mit dem Zähler"), ("Nenner", "5.000,50: Personen"))
