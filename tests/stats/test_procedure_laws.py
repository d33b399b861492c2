"""What every procedure owes whoever asks: a finite answer with the keys that it declares, or a refusal in words, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from many import many
from procedure_inputs import any_inputs, usual_inputs, wild_inputs

from touchpath.model.errors import BadInput
from touchpath.stats.procedures import PROCEDURES, run_procedure
from touchpath.stats.procedures.checked import input_type

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
LARGE = many(2000, suppress_health_check=list(HealthCheck))


#: Probabilities, by the names that answers give them.
CHANCES = {"p", "p_exact", "p_mid", "p_asymptotic", "p_one_sided_greater", "power", "p_alive", "r_squared"}
#: Procedures that take a confidence for all of their answer.
CONFIDENT = sorted(name for name, procedure in PROCEDURES.items() if "confidence" in input_type(procedure).__struct_fields__)


def answers_or_refuses(name, inputs):
    try:
        answer = run_procedure(name, inputs)
    except BadInput:
        return
    json.dumps(answer, allow_nan=False)
    assert set(answer) >= KEYS.get(name, set())
    if name != "gamma_gamma_fit":  # whose p is a parameter
        assert all(value is None or 0 <= value <= 1 for key, value in answer.items() if key in CHANCES)
    low, high = answer.get("lower"), answer.get("upper")
    assert low is None or high is None or low <= high


def wider_when_surer(name, inputs, confidences):
    """Limits move outwards with the confidence; what is refused at one may be refused."""
    try:
        narrow, wide = (run_procedure(name, inputs | {"confidence": one}) for one in sorted(confidences))
    except BadInput:
        return
    for key, outwards in (("lower", -1), ("upper", 1)):
        inner, outer = narrow.get(key), wide.get(key)
        if inner is not None and outer is not None:
            assert outwards * outer >= outwards * inner - 1e-9 * abs(inner), (narrow, wide)


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_a_procedure_answers_or_refuses(name):
    @SMALL
    @given(any_inputs(name))
    def holds(inputs):
        answers_or_refuses(name, inputs)

    holds()


@pytest.mark.parametrize("name", CONFIDENT)
def test_a_surer_interval_is_wider(name):
    @SMALL
    @given(st.one_of(usual_inputs(name), wild_inputs(name)), st.tuples(st.floats(0.5, 0.999), st.floats(0.5, 0.999)))
    def holds(inputs, confidences):
        wider_when_surer(name, inputs, confidences)

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_a_procedure_answers_or_refuses_two_thousand_times(name):
    @LARGE
    @given(any_inputs(name))
    def holds(inputs):
        answers_or_refuses(name, inputs)

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIDENT)
def test_a_surer_interval_is_wider_two_thousand_times(name):
    @LARGE
    @given(st.one_of(usual_inputs(name), wild_inputs(name)), st.tuples(st.floats(0.5, 0.999), st.floats(0.5, 0.999)))
    def holds(inputs, confidences):
        wider_when_surer(name, inputs, confidences)

    holds()
