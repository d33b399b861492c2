"""A number that is told where it belongs keeps everything else that it says."""

from __future__ import annotations

import dataclasses

import pytest

from touchpath.model.estimate import Estimate, Undefined

NUMBERS = (
    Estimate(0.5, 0.25, 0.75, 12, "attempts", "share", 0.9, "Wilson", warnings=("few",), notes=("late",), people=3),
    Undefined("nobody tried", 4, "attempts", people=2),
)


@pytest.mark.parametrize("number", NUMBERS, ids=["estimate", "undefined"])
def test_a_named_number_says_all_that_it_said_before(number):
    named = number.named("task_success", None, "data 7", "2")
    assert (named.definition, named.data_version, named.version) == ("task_success", "data 7", "2")
    told = {"definition", "period", "data_version", "version"}
    for field in dataclasses.fields(number):
        assert field.name in told or getattr(named, field.name) == getattr(number, field.name)
