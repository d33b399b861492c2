"""Packed bodies are unpacked whole, however many members they have, and never further than asked."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.services.packing import GZIP, ZLIB, unpack_deflated

TEXTS = st.lists(st.binary(max_size=9_000), min_size=1, max_size=6)


def packed(texts):
    return b"".join(gzip.compress(text, mtime=0) for text in texts)


@given(TEXTS, st.integers(0, 60_000), st.sampled_from([b"", b"\0" * 40, b"\r\n"]))
def test_members_behind_one_another_are_one_text(texts, largest, padding):
    whole = b"".join(texts)
    found = unpack_deflated(packed(texts) + padding, GZIP, largest)
    assert found == whole[: largest + 1]
    assert (len(found) > largest) == (len(whole) > largest)


@given(TEXTS, st.data())
def test_what_ends_in_the_middle_is_refused_and_never_shortened(texts, data):
    whole = packed(texts)
    ends = {len(packed(texts[: at + 1])) for at in range(len(texts))}
    cut = data.draw(st.integers(1, len(whole) - 1).filter(lambda at: at not in ends))
    with pytest.raises(BadInput, match=r"packed body is (cut short|damaged)"):
        unpack_deflated(whole[:cut], GZIP, 1 << 20)


@pytest.mark.parametrize("text", [gzip.compress(b"a", mtime=0) + b'{"b": 1}', zlib.compress(b"a") + zlib.compress(b"b")])
def test_what_is_not_packed_behind_the_end_is_told(text):
    with pytest.raises(BadInput, match=r"behind its end come \d+ bytes that are not packed"):
        unpack_deflated(text, GZIP if text[:1] == b"\x1f" else ZLIB, 100)


def test_a_damaged_second_member_costs_the_whole_body():
    whole = bytearray(packed([b"first", b"second" * 100]))
    whole[-6] ^= 1
    with pytest.raises(BadInput, match="damaged"):
        unpack_deflated(bytes(whole), GZIP, 1 << 20)


def test_a_hundred_thousand_empty_members_are_read_in_a_moment():
    body, began = packed([b""]) * 100_000 + packed([b"{}"]), time.process_time()
    assert unpack_deflated(body, GZIP, 1 << 20) == b"{}"
    assert time.process_time() - began < 5
