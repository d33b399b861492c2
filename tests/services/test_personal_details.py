"""Personal details are found by what they are, and numbers that only look like some stay readable."""

import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.services.personal_details import (
    LONGEST,
    Detail,
    find_details,
    hide_details,
    hide_in,
    is_card,
    is_german_tax_id,
    is_iban,
    is_spanish_id,
    is_uk_health,
    load_detector,
)

LABELLED = Path(__file__).with_name("personal_details.txt")
REAL = Path(__file__).parents[3] / "shared" / "data" / "banking77-support-queries"
_MARK = re.compile(r"<<([^|>]+)\|([^>]+)>>")


def labelled(line: str) -> tuple[str, list[Detail]]:
    """A line without its marks, and what they mark."""
    text, details, at = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()]
        details.append(Detail(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        at = mark.end()
    return text + line[at:], details


def lines() -> list[tuple[str, list[Detail]]]:
    return [labelled(line) for line in LABELLED.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def test_precision_and_recall_on_labelled_texts():
    """A detail counts as found if all of it is hidden, whatever it is called; a hit is right if it hides some of a detail."""
    wanted, found, right, hits = Counter[str](), Counter[str](), 0, 0
    wrong = []
    for text, details in lines():
        by_rules = find_details(text)
        for one in details:
            wanted[one.kind] += 1
            found[one.kind] += any(hit.start <= one.start and one.end <= hit.end for hit in by_rules)
        for hit in by_rules:
            good = any(hit.start < one.end and one.start < hit.end for one in details)
            hits, right = hits + 1, right + good
            wrong += [] if good else [text[hit.start : hit.end]]
    assert wrong == []
    assert right / hits == 1.0
    # What rules cannot know is among the labels: names that nothing announces.
    assert wanted - found == Counter({"name": 2})
    assert sum(found.values()) / sum(wanted.values()) > 0.94
    assert len(lines()) > 85


@pytest.mark.skipif(not REAL.exists(), reason="needs the support queries")
def test_no_false_hit_on_thirteen_thousand_real_questions():
    texts = []
    for name in ("train", "test"):
        with (REAL / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    assert len(texts) > 13_000
    assert [text for text in texts if find_details(text)] == []


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (is_iban, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        (is_card, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (is_card, "378282246310005", "0000 0000 0000 0000"),
        (is_german_tax_id, "86095742719", "86095742718"),
        (is_german_tax_id, "65929970489", "11111111111"),
        (is_spanish_id, "12345678Z", "12345678A"),
        (is_spanish_id, "X1234567L", "X1234567M"),
        (is_uk_health, "943 476 5919", "943 476 5918"),
    ],
)
def test_published_examples_hold_and_their_neighbours_do_not(check, good, bad):
    assert check(good)
    assert not check(bad)


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number, step):
    """Luhn, mod 97 and mod 23 see every single wrong digit; so whatever was a card, an account or an id is none any more."""
    iban = f"DE{98 - int(f'{number:018d}131400') % 97:02d}{number:018d}"
    assert is_iban(iban)
    last = str((int(iban[-1]) + step) % 10)
    assert not is_iban(iban[:-1] + last)


def test_details_are_hidden_and_the_rest_stays():
    assert hide_details("Call 07700 900123, or zoe@example.org!") == "Call [phone], or [e-mail]!"
    assert hide_details("") == ""
    assert hide_in({"note": ["to zoe@example.org"], "n": 3}) == {"note": ["to [e-mail]"], "n": 3}


def test_a_detector_of_the_operators_finds_what_rules_cannot_know():
    def names(text: str) -> list[Detail]:
        return [Detail(found.start(), found.end(), "name") for found in re.finditer("Priya|someone", text)]

    assert hide_details("Priya (someone@example.org) was kind.", [names]) == "[name] ([e-mail]) was kind."


def test_a_detector_that_fails_or_lies_shows_nothing_it_should_not():
    assert hide_details("my secret", [lambda text: 1 / 0]) == "[not shown: it could not be looked through for personal details]"
    assert hide_details("my secret", [lambda text: [Detail(-5, 999, "x"), Detail(4, 2, "y")]]) == "[x]"


def test_a_very_long_text_is_hidden_where_it_was_not_looked_at():
    shown = hide_details("a" * LONGEST + " zoe@example.org")
    assert "zoe" not in shown
    assert shown.endswith("[the rest is not shown]")


@given(st.text(alphabet="aA1 -.@:/+()\n", max_size=300))
def test_whatever_is_written_only_details_change(text):
    details = find_details(text)
    assert all(one.end <= other.start for one, other in pairwise(details))
    kept = "".join(
        text[start:end]
        for start, end in zip([0, *(d.end for d in details)], [*(d.start for d in details), len(text)], strict=True)
    )
    shown = hide_details(text)
    for one in details:
        shown = shown.replace(f"[{one.kind}]", "", 1)
    assert shown == kept


def test_the_setting_names_a_function_of_a_package_of_the_operators():
    assert load_detector("touchpath.services.personal_details:find_details")("zoe@example.org")[0].kind == "e-mail"
    for name in ("nowhere:f", "touchpath:nothing", "touchpath:__name__", "x"):
        with pytest.raises(BadInput, match="personal_details_detector"):
            load_detector(name)
