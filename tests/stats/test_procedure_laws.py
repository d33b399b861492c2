"""What every procedure owes whoever asks: a finite answer with the keys that it declares, or a refusal in words, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from procedure_inputs import any_json_for, inputs_of

from touchpath.model.errors import BadInput
from touchpath.stats.procedures import PROCEDURES, run_procedure

#: Keys that an answer may do without, where the input does not ask for them.
OPTIONAL = {"did_2x2_regression": {"se_cluster"}}
KEYS = {
    name: set(keys) - OPTIONAL.get(name, set())
    for name, keys in json.loads((Path(__file__).parent / "procedure_keys.json").read_text()).items()
}
#: Hypothesis draws the same inputs in every run of the small version, and does not look for the smallest that fails.
SMALL = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
LARGE = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


def answers_or_refuses(name, inputs):
    try:
        answer = run_procedure(name, inputs)
    except BadInput:
        return
    json.dumps(answer, allow_nan=False)
    assert set(answer) >= KEYS.get(name, set())


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_a_procedure_answers_or_refuses(name):
    @SMALL
    @given(st.one_of(inputs_of(PROCEDURES[name]), any_json_for(PROCEDURES[name])))
    def holds(inputs):
        answers_or_refuses(name, inputs)

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_a_procedure_answers_or_refuses_two_thousand_times(name):
    @LARGE
    @given(st.one_of(inputs_of(PROCEDURES[name]), any_json_for(PROCEDURES[name])))
    def holds(inputs):
        answers_or_refuses(name, inputs)

    holds()
