"""Real questionnaires against R on the same files (oracles/questionnaires.R), where the files are at hand."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from touchpath.metrics.catalogue import METRICS
from touchpath.metrics.questionnaires import items_of
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule

FOLDER = Path(__file__).parents[3] / "shared" / "data"
MADE_BY_R = json.loads((Path(__file__).parents[1] / "oracles" / "questionnaires.json").read_text())["measured"]


def real(*path):
    file = FOLDER.joinpath(*path)
    if not file.exists():
        pytest.skip(f"{file.name} is not beside this checkout")
    return file


def measured(summarise, metric, answers):
    """`answers`: one {item: rating} a person."""
    one = METRICS[metric]
    items = items_of(metric, lambda number: EventRule((f"q{number}",)))
    people = {
        owner: [(place, f"q{number}", rating) for place, (number, rating) in enumerate(given.items())]
        for owner, given in enumerate(answers)
    }
    return one.estimate(summarise(one.fold(items if one.subject == "questionnaire" else items[0]), people), 0)


@pytest.mark.parametrize("metric", ["sus", "sus_usability", "sus_learnability"])
def test_the_usability_studys_sus_agrees_with_r(summarise, metric):
    with real("heritrace-usability-study", "sus_items.csv").open() as file:
        answers = [{number: int(row[f"sus{number}"]) for number in range(1, 11)} for row in csv.DictReader(file)]
    found, r = measured(summarise, metric, answers), MADE_BY_R[metric]
    assert (found.n, found.value, found.low) == pytest.approx((r["n"], r["mean"], r["low"]))
    assert found.high == pytest.approx(min(r["high"], 100))  # the scale ends there


def test_the_community_surveys_enjoyment_agrees_with_r(summarise):
    with gzip.open(real("r-community-survey", "2018_english.tsv.gz"), "rt", encoding="utf-8") as file:
        given = [row["Qr_enjoyment"] for row in csv.DictReader(file, delimiter="\t")]
    found = measured(summarise, "enjoyment", [{1: int(rating)} for rating in given if rating])
    r = MADE_BY_R["enjoyment"]
    assert (found.n, found.value, found.low, found.high) == pytest.approx((r["n"], r["mean"], r["low"], r["high"]))
    assert found.warnings == ()


def test_the_airport_surveys_satisfaction_agrees_with_r(summarise):
    with gzip.open(real("sfo-passenger-survey", "2017.csv.gz"), "rt", encoding="utf-8") as file:
        given = [row["Q7ALL"] for row in csv.DictReader(file)]
    ratings = [int(rating) for rating in given if rating.strip().isdigit()]
    question = Question("whole", "", EventRule(("rated",)), 1, 5, "customer_satisfaction")
    one = METRICS["customer_satisfaction"]
    people = {owner: [(0, "rated", rating)] for owner, rating in enumerate(ratings)}
    found, r = one.estimate(summarise(one.fold(question), people), 0), MADE_BY_R["customer_satisfaction"]
    assert (found.n, found.value, found.low, found.high) == pytest.approx((r["n"], r["mean"], r["low"], r["high"]))
    assert f"The mean is {r['rating']:.2f} of 5." in found.notes
    off_scale = sum(not 1 <= rating <= 5 for rating in ratings)
    assert found.warnings == ((f"{off_scale} ratings off the scale are left out.",) if off_scale else ())
