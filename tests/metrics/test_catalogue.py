"""The catalogue: every metric has all its words, and its page is the committed one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from touchpath.metrics.catalogue import CATALOGUE, FAMILIES, QUESTION_METRICS, QUESTION_SCALES, catalogue_page, method_of, metric
from touchpath.metrics.methods import METHODS
from touchpath.model.errors import Missing

every_metric = pytest.mark.parametrize("one", CATALOGUE.values(), ids=CATALOGUE)
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


@every_metric
def test_a_metric_has_all_its_words(one):
    for words in (one.title, one.asks, one.definition, method_of(one), one.source, one.scale, one.formula):
        assert len(words) > 3
    assert one.asks.endswith("?")
    assert one.definition.endswith(".")
    assert method_of(one).endswith(".")
    assert one.interval in METHODS
    assert one.version >= 1
    assert one.caveats
    assert one.name == CATALOGUE[one.name].name


@every_metric
def test_words_name_only_metrics_that_there_are(one):
    told = " ".join((one.definition, one.formula, method_of(one), *one.caveats, *(benchmark.why for benchmark in one.benchmarks)))
    assert set(re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", told)) <= set(CATALOGUE)


def test_the_catalogue_page_is_made_from_the_definitions():
    """To renew: python -c "from touchpath.metrics.catalogue import catalogue_page as page; print(page(), end='')" > docs/metrics.md"""
    assert PAGE.read_text(encoding="utf-8") == catalogue_page()


def test_an_unknown_metric_is_missing_with_the_nearest_name():
    with pytest.raises(Missing, match=r"No metric is called 'task_sucess'\. Did you mean 'task_success'\?"):
        metric("task_sucess")


def test_questions_may_name_their_metric_in_short():
    assert {QUESTION_METRICS[short] for short in ("csat", "ces", "seq")} == {
        ("customer_satisfaction",),
        ("customer_effort",),
        ("single_ease",),
    }
    assert {name for names in QUESTION_METRICS.values() for name in names} <= set(CATALOGUE)
    assert set(QUESTION_METRICS) == set(QUESTION_SCALES)


def test_every_metric_of_answers_is_read_from_some_question():
    read = {name for names in QUESTION_METRICS.values() for name in names}
    assert {one.name for one in CATALOGUE.values() if one.subject in ("question", "questionnaire")} == read


def test_every_metric_is_in_one_family_and_has_one_name():
    names = [one.name for family in FAMILIES for one in family.metrics]
    assert names == list(CATALOGUE)
    assert len(set(names)) == len(names)
    assert len({one.title for one in CATALOGUE.values()}) == len(names)


@every_metric
def test_a_published_benchmark_names_its_source_and_its_year(one):
    for benchmark in one.benchmarks:
        assert benchmark.source
        assert 1950 < benchmark.year < 2100
        assert benchmark.graded or benchmark.why
        assert [band.high for band in benchmark.bands[:-1]] == [band.low for band in benchmark.bands[1:]]
