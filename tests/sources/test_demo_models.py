"""Both demo models parse, and model and signals speak of the same kinds, channels, objects and questions."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from touchpath.metrics.catalogue import CATALOGUE
from touchpath.model.experience import BUILT_IN_OBJECT_KINDS, Experience
from touchpath.model.parse import parse_model
from touchpath.sources.demo import DEMOS, Demo


def _parsed(demo: Demo) -> Experience:
    return parse_model(demo.model_text(), demo.model_file, tuple(CATALOGUE))


@pytest.fixture(scope="module")
def company() -> Experience:
    return _parsed(DEMOS["company"])


@pytest.fixture(scope="module")
def signals() -> pa.Table:
    return pa.concat_tables(DEMOS["company"].tables(3_000, 3))


def _words(column: pa.ChunkedArray) -> set[str]:
    return {word for word in pc.unique(column).to_pylist() if word}


@pytest.mark.parametrize("demo", DEMOS.values(), ids=list(DEMOS))
def test_a_demo_says_whether_it_is_real_and_names_its_zone(demo):
    about = _parsed(demo).about
    assert about.startswith({"company": "Simulated:", "households": "Real data"}[demo.name])
    assert ZoneInfo(demo.zone).key == demo.zone


def test_every_kind_of_the_company_is_read_by_its_model_or_kept_as_context(company, signals):
    read = {kind for rule in company.rules() for kind in rule.kinds}
    assert _words(signals["kind"]) == read | DEMOS["company"].context_kinds
    assert not read & DEMOS["company"].context_kinds


def test_channels_touchpoints_and_surfaces_are_declared(company, signals):
    assert _words(signals["channel"]) == {channel.id for channel in company.channels}
    assert _words(signals["touchpoint"]) == {touchpoint.id for touchpoint in company.touchpoints}
    assert _words(signals["surface"]) <= {surface.id for product in company.products for surface in product.surfaces}


def test_objects_are_declared(company, signals):
    kinds = {kind for objects in signals["objects"].to_pylist() for kind, _ in objects or ()}
    assert kinds == {kind.id for kind in company.object_kinds} | set(BUILT_IN_OBJECT_KINDS)


def test_every_question_is_asked_and_answered_on_its_scale(company, signals):
    answers = signals.filter(pc.equal(signals["kind"], "survey.answered"))
    names = pc.struct_field(pc.extract_regex(answers["properties"], r'"question":"(?P<name>[^"]+)"'), "name")
    assert _words(names) == {question.id for question in company.questions}
    for question in company.questions:
        scores = answers.filter(pc.equal(names, question.id))["value"]
        assert question.low <= pc.min(scores).as_py() <= pc.max(scores).as_py() <= question.high


def test_the_company_has_journeys_with_handoffs_and_moments_of_truth(company):
    assert {journey.id for journey in company.journeys} >= {"buy", "onboard", "get-help", "renew"}
    assert sum(step.hand_off for journey in company.journeys for step in journey.steps) >= 3
    assert all(any(step.moment_of_truth for step in journey.steps) for journey in company.journeys)
    assert {touchpoint.medium for touchpoint in company.touchpoints} == {"digital", "physical", "human"}
