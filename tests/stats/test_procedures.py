"""The procedures by name: each against a worked example, and against the whole reference file where it is at hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from touchpath.model.errors import BadInput, Missing
from touchpath.stats.procedures import run_procedure
from touchpath.stats.procedures.vectors import judge_all, read_vectors

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


# What is not defined is null, and never 0, NaN or p = 1.
UNDEFINED = [
    ("n_minus_1_chi_square", {"successes_a": 4, "n_a": 4, "successes_b": 5, "n_b": 5}, {"chi2": None, "p": None}),
    ("k_proportion_chi_square", {"successes": [0, 0, 0], "n": [4, 5, 6]}, {"chi2": None, "df": 2, "p": None}),
    ("kruskal_wallis", {"groups": [[3, 3], [3]]}, {"h": None, "df": 1, "p": None}),
    ("friedman", {"blocks": [[2, 2, 2], [1, 1, 1]]}, {"chi2": None, "df": 2, "p": None}),
    ("mann_whitney_exact", {"values_a": [2, 2], "values_b": [2], "exact": False}, {"u": 1.0, "p": None}),
    ("correlation", {"x": [1, 1, 1], "y": [1, 2, 3]}, {"pearson": None, "lower": None, "p": None, "spearman": None}),
    ("correlation", {"x": [1, 2, 4], "y": [1, 2, 3]}, {"lower": None, "upper": None, "spearman": 1.0}),
    ("poisson_rate_ratio_exact", {"events": [3, 0], "exposure": [1, 1]}, {"rate_ratio": None, "upper": None, "p": 0.25}),
    ("nps_trinomial_t_interval", {"promoters": 1, "passives": 0, "detractors": 0}, {"nps": 100.0, "lower": None}),
    ("power_law_of_practice", {"mean_times": [30, 30, 30]}, {"learning_exponent": 0.0, "learning_rate": 1.0, "r_squared": None}),
]
EXAMPLES += [
    *UNDEFINED,
    ("ces_mean", {"counts": {"7": 2, "4": 1, "1": 1}}, {"mean": 4.75}),
    ("ces_net_index", {"counts": {"1": 5, "2": 10, "3": 15, "4": 30, "5": 60, "6": 100, "7": 80}}, {"index": 50.0}),
    ("ces_net_index", {"counts": {3: 1, 6: 1, 5: 2}}, {"index": 0.0}),
    ("ces_v1_mean", {"ratings": [1, 2, 2, 3, 1]}, {"mean": 1.8, "ease_mean": 4.2}),
    (
        "rate_web_vital",
        {"cases": [["LCP", 2500], ["LCP", 4000], ["INP", 500.1], ["CLS", 0.1], ["FCP", 3000], ["TTFB", 801]]},
        {"ratings": ["good", "needs-improvement", "poor", "good", "needs-improvement", "needs-improvement"]},
    ),
    (
        "cwv_assessment",
        {
            "cases": [
                {"LCP": 2500, "INP": 200, "CLS": 0.1},
                {"LCP": 2500, "CLS": 0.1, "INP": None},
                {"LCP": 1, "INP": 201, "CLS": 0},
            ]
        },
        {"passes": [True, True, False]},
    ),
    ("nps_wald", {"promoters": 50, "passives": 30, "detractors": 20}, {"nps": 30.0, "se": 7.81024968, "lower": 14.69219192}),
    # All five answer alike: no spread, and so no width.
    ("nps_trinomial_t_interval", {"promoters": 5, "passives": 0, "detractors": 0}, {"lower": 100.0, "upper": 100.0}),
    ("wilcoxon_signed_rank_exact", {"values_a": [0.3, 0.2, 5], "values_b": [0.1, 0, 5]}, {"w_plus": 3.0, "p": 0.25}),
    ("wilcoxon_signed_rank_exact", {"values_a": [4, 5], "values_b": [4, 5]}, {"w_plus": 0.0, "p": 1.0}),
    (
        "cuped_theta",
        {"treatment_post": [1, 2], "treatment_pre": [3, 3], "control_post": [4, 4], "control_pre": [3, 3]},
        {"theta": 0.0},
    ),
    (
        "p75_with_interval",
        {"values": [4, 1, 3, 2]},
        {"quantile": 3.25, "lower": 1, "upper": 4, "reached_confidence": 0.6796875},
    ),
    # One channel is known so much better that only it weighs. tau2 = variance of the scores (50) less the mean squared error (0.5).
    ("heterogeneity_between_channels", {"estimates": [0, 10], "standard_errors": [1, 1e-9]}, {"tau2": 49.5, "fixed_mean": 10.0}),
    ("power_two_means", {"n_per_group": 20, "delta": 0, "sd": 1, "alpha": 0.05}, {"power": 0.05}),
]

#: Ten numbers that sum to 100, whose squares sum to 1000 at least.
SUMS = {"n": 10, "sum": 100, "sum_squares": 1200}


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
    verdicts = [v for v in judge_all(read_vectors(REFERENCE.read_text())) if v.outcome != "unknown"]
    assert len(verdicts) >= 25
    assert [v for v in verdicts if v.outcome != "pass"] == []


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
        ("mean_t_interval", {"values": [1.0, 1e101]}),
        ("wilson_interval", {"successes": 4, "n": 2**53 + 1}),
        ("geometric_mean_ratio_paired", {"times_a": [1, 2], "times_b": [1]}),
        ("paired_t_test", {"values_a": [1, 2, 3], "values_b": [0, 1, 2]}),
        ("ratio_metric_delta_method", {"numerator": [1, 2, 3], "denominator": [5]}),
        ("poisson_rate_ratio_exact", {"events": [0, 0], "exposure": [1, 2]}),
        ("poisson_rate_ratio_exact", {"events": [1, 2, 3], "exposure": [1, 2, 3]}),
        ("power_law_of_practice", {"mean_times": [90, 70]}),
        ("ces_mean", {"counts": {"8": 1}}),
        ("ces_mean", {"counts": {"1": 0}}),
        ("ces_v1_mean", {"ratings": [0, 3]}),
        ("rate_web_vital", {"cases": [["FID", 10]]}),
        ("rate_web_vital", {"cases": [["LCP", -10]]}),
        ("cwv_assessment", {"cases": [{"LCP": 2000, "INP": 100}]}),
        ("correlation", {"x": [1, 2], "y": [2, 3]}),
        ("bgnbd_expectation", {"params": {"r": 0.67, "alpha": 6, "a": 1e100, "b": 1e16}, "t": 1e-160}),
        ("bgnbd_expectation", {"params": {"r": 4.17, "alpha": 2e-311, "a": 0.04, "b": 8}, "t": 3}),
        ("heterogeneity_between_channels", {"estimates": [0.1, 3], "standard_errors": [9.77, 5e-324]}),
        ("multiple_testing", {"p_values": [0.2, 1.2]}),
        ("mean_t_interval", {"values": [True, 2]}),
        ("nps_from_ratings", {"ratings": [True]}),
        ("sus_score", {"items": [3] * 9 + [True]}),
        ("multiple_testing", {"p_values": [True, 0.2]}),
        ("rate_web_vital", {"cases": [["LCP", True]]}),
        ("top_two_box", {"ratings": [1, 2], "scale_points": 2}),
        ("ratio_metric_delta_method", {"numerator": [1, 2], "denominator": [-1, 5]}),
        ("mean_difference_welch_from_moments", {"control": SUMS | {"sum_squares": 999}, "treatment": SUMS}),
        ("relative_lift_delta_method_means", {"control": SUMS, "treatment": SUMS | {"sum_squares": 999}}),
        ("mean_difference_welch_from_moments", {"control": SUMS | {"squares": 1200}, "treatment": SUMS}),
    ],
)
def test_input_that_cannot_be_taken_is_refused(procedure, inputs):
    with pytest.raises(BadInput):
        run_procedure(procedure, inputs)


def test_a_whole_number_is_a_count_however_it_is_written():
    assert run_procedure("wilson_interval", {"successes": 4.0, "n": 5}) == run_procedure(
        "wilson_interval", {"successes": 4, "n": 5}
    )


def test_true_and_false_are_flags_where_flags_are_asked_for():
    told = {"durations": [2, 3, 3, 5, 8], "event_observed": [1, 0, 1, 1, 1], "covariate": [0, 1, 1, 0, 1]}
    as_flags = told | {key: [bool(flag) for flag in told[key]] for key in ("event_observed", "covariate")}
    assert run_procedure("cox_single_covariate", as_flags) == run_procedure("cox_single_covariate", told)


def test_one_time_is_its_own_geometric_mean_without_limits():
    assert run_procedure("geometric_mean_t_interval", {"times_seconds": [6.5]}) == {
        "geometric_mean": 6.5, "lower": None, "upper": None, "median": 6.5, "arithmetic_mean": 6.5,
    }  # fmt: skip
    with pytest.raises(BadInput, match="above 0"):
        run_procedure("geometric_mean_t_interval", {"times_seconds": [0]})


def test_days_between_contacts_count_as_they_are_written():
    # In floats 8.3 - 1.3 is a little more than 7, and 9.1 - 7 a little less than 2.1.
    def asked(end, *days):
        contacts = [{"customer": "c", "issue": "i", "day": day} for day in days]
        return run_procedure("fcr_repeat_contact_window", {"contacts": contacts, "window_days": 7, "observation_end_day": end})

    assert asked(30, 1.3, 8.3) == {"eligible": 1, "first_contact_resolved": 0, "rate": 0.0}
    assert asked(9.1, 2.1) == {"eligible": 1, "first_contact_resolved": 1, "rate": 1.0}


def test_limits_that_a_formula_does_not_cut_are_not_cut():
    # By hand from procedures.md: p12 = 2/3, p21 = 1/3, n + 2 = 3; and one promoter against one detractor, each with 3 added.
    paired = run_procedure("bonett_price_interval", {"both": 0, "only_a": 1, "only_b": 0, "neither": 0})
    assert paired["upper"] == pytest.approx(1 / 3 + 1.959963984540054 * math.sqrt((1 - 1 / 9) / 3), abs=1e-12)
    one, other = ({"promoters": p, "passives": 0, "detractors": 1 - p} for p in (1, 0))
    net = run_procedure("nps_difference_adjusted_wald", {"a": one, "b": other, "confidence": 0.9999})
    assert net["upper"] == pytest.approx(50 + 3.8905918864131 * 100 * math.sqrt(2 * 0.5625 / 4), abs=1e-7)


def test_an_unknown_procedure_is_missing_with_the_near_name():
    with pytest.raises(Missing, match="Did you mean 'wilson_interval'"):
        run_procedure("wilson_intervall", {})
