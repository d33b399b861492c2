"""Keys are kept in files, so they may never change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.keys import name_key, name_keys, signal_hash, signal_key


def test_keys_are_the_ones_that_files_hold():
    assert signal_key("a", "b") == -2994339020679955527
    assert name_key("user:1") == 4276021600403166465


def test_no_name_has_the_key_of_nothing():
    assert name_key("") == 0


def test_source_and_id_do_not_run_together():
    assert signal_key("ab", "c") != signal_key("a", "bc")


@given(st.text(), st.text())
def test_a_signal_key_is_the_low_half_of_its_hash(source, id):
    assert signal_key(source, id) == int.from_bytes(signal_hash(source, id)[8:], "big", signed=True)


@given(st.lists(st.text()))
def test_many_keys_are_each_key(names):
    assert np.array_equal(name_keys(names), np.array([name_key(name) for name in names], np.int64))
