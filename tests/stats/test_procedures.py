"""The procedures by name: each against a worked example, and against the whole reference file where it is at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from touchpath.model.errors import BadInput, Missing
from touchpath.stats.procedures import PROCEDURES, run_procedure

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "metric_examples.json"

# Procedure, input, expected; sources in the other tests of this folder, or formulas evaluated in R 4.2.2.
EXAMPLES = [
    ("wilson_interval", {"successes": 81, "n": 263, "confidence": 0.95}, {"lower": 0.255288520, "upper": 0.366209577}),
    ("adjusted_wald_interval", {"successes": 4, "n": 5, "confidence": 0.95}, {"p_adj": 0.669655261, "lower": 0.359631152}),
    ("clopper_pearson_interval", {"successes": 81, "n": 263, "confidence": 0.95}, {"lower": 0.252736746}),
    ("point_estimators", {"successes": 10, "n": 10}, {"laplace": 11 / 12, "wilson_midpoint": 0.861233600, "mle": 1.0}),
    (
        "newcombe_hybrid_score_interval",
        {"successes_a": 6, "n_a": 7, "successes_b": 2, "n_b": 7, "confidence": 0.95},
        {"diff": 4 / 7, "lower": 0.058227927, "upper": 0.806249638},
    ),
    ("mean_t_interval", {"values": [4], "confidence": 0.95}, {"n": 1, "mean": 4.0, "sd": None, "lower": None}),
    (
        "geometric_mean_ratio_independent",
        {"times_a": [30, 40, 50], "times_b": [60, 80, 100], "confidence": 0.95},
        {"ratio": 0.5, "df": 4.0},
    ),
    (
        "median_order_statistic_interval",
        {"values": [9, 11, 12, 14, 15, 18, 22, 25, 30, 40], "q": 0.5, "confidence": 0.95},
        {"quantile": 16.5, "lower": 11, "upper": 30},
    ),
    ("ratio_metric_delta_method", {"numerator": [1, 2, 0, 3], "denominator": [2, 5, 1, 4]}, {"ratio": 0.5, "se": 0.117851130}),
    ("nps_from_ratings", {"ratings": [10, 9, 8, 6]}, {"promoters": 2, "passives": 1, "detractors": 1, "nps": 25.0}),
    ("net_sentiment", {"positive": 50, "neutral": 30, "negative": 20, "confidence": 0.95}, {"net": 30.0, "lower": 14.0511302}),
    ("top_two_box", {"ratings": [5, 5, 4, 3, 2, 4, 5, 4], "scale_points": 5, "confidence": 0.95}, {"csat": 0.75, "mean": 4.0}),
    ("sus_score", {"items": [3] * 10}, {"sus": 50.0, "straight_lining": True}),
    ("sus_score_missing_as_neutral", {"items": [5, 1, 5, 1, None, 1, 5, 1, 5, 1]}, {"sus": 95.0, "imputed_items": 1}),
    ("sus_grade", {"mean_sus": 74.0}, {"grade": "B-"}),
]


def agrees(got: object, expected: object, tolerance: float) -> bool:
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(agrees(got.get(key), value, tolerance) for key, value in expected.items())
    if isinstance(expected, float | int) and not isinstance(expected, bool):
        return isinstance(got, float | int) and got == pytest.approx(expected, abs=tolerance)
    return got == expected


@pytest.mark.parametrize(("procedure", "inputs", "expected"), EXAMPLES)
def test_a_procedure_gives_its_worked_example(procedure, inputs, expected):
    got = run_procedure(procedure, inputs)
    assert all(agrees(got[key], value, 1e-7) for key, value in expected.items()), got


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference vectors are not beside this checkout")
def test_every_procedure_gives_the_vectors_of_the_reference_file():
    vectors = [v for v in json.loads(REFERENCE.read_text()) if v["procedure"] in PROCEDURES]
    assert len(vectors) >= 15
    for vector in vectors:
        got = run_procedure(vector["procedure"], vector["input"])
        limit = vector["tolerance"]
        for key, value in vector["expected"].items():
            size = abs(value) if isinstance(value, float) else 0.0
            assert agrees(got[key], value, max(limit.get("abs", 0.0), limit.get("rel", 0.0) * size)), (vector["id"], key)


@pytest.mark.parametrize(
    ("procedure", "inputs"),
    [
        ("wilson_interval", {"successes": 6, "n": 5, "confidence": 0.95}),
        ("wilson_interval", {"successes": 6}),
        ("nps_from_ratings", {"ratings": [9, 11]}),
        ("top_two_box", {"ratings": [5, 6], "scale_points": 5, "confidence": 0.95}),
        ("geometric_mean_t_interval", {"times_seconds": [3, 0], "confidence": 0.95}),
        ("sus_score", {"items": [3] * 9}),
        ("wilson_interval", {"successes": "4", "n": 5}),
        ("wilson_interval", {"successes": 2.5, "n": 5}),
        ("wilson_interval", {"successes": True, "n": 5}),
        ("wilson_interval", {"successes": 4, "n": 5, "confidence": 1.0}),
        ("wilson_interval", {"successes": 4, "n": 5, "level": 0.95}),
        ("mean_t_interval", {"values": []}),
        ("mean_t_interval", {"values": [1.0, float("nan")]}),
        ("mean_t_interval", {"values": [1.0, None]}),
    ],
)
def test_input_that_cannot_be_taken_is_refused(procedure, inputs):
    with pytest.raises(BadInput):
        run_procedure(procedure, inputs)


def test_a_whole_number_is_a_count_however_it_is_written():
    assert run_procedure("wilson_interval", {"successes": 4.0, "n": 5}) == run_procedure(
        "wilson_interval", {"successes": 4, "n": 5}
    )


def test_an_unknown_procedure_is_missing_with_the_near_name():
    with pytest.raises(Missing, match="Did you mean 'wilson_interval'"):
        run_procedure("wilson_intervall", {})
