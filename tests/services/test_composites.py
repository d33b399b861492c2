"""Composites over simulated people: what parts share of the same people is in the interval, and groups and periods are compared."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from opened_workspace import workspace_of

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal
from touchpath.model.time import Period

FIRST = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
SECOND = Period(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
PEOPLE = 400
_PARTS = "parts: [{metric: happy, worst: 0, best: 1}, {metric: easy, worst: %s, best: %s}]"
MODEL = f"""format: touchpath-model/1
brand: {{id: shop, title: Shop}}
dimensions:
  - {{id: channel, title: Channel, field: channel}}
personas:
  - {{id: web, title: Web people, rule: {{kind: asked.happy, where: {{channel: web}}}}}}
questions:
  - {{id: q_happy, title: Happy, asked: {{kind: asked.happy}}, scale: {{low: 1, high: 5}}, metric: customer_satisfaction}}
  - {{id: q_easy, title: Easy, asked: {{kind: asked.easy}}, scale: {{low: 1, high: 5}}, metric: customer_satisfaction}}
metrics:
  - {{id: happy, title: Happy, kind: item, question: q_happy, points: [5, 5]}}
  - {{id: easy, title: Easy, kind: item, question: q_easy, points: [5, 5]}}
  - {{id: health, title: Health, kind: composite, {_PARTS % (0, 1)}}}
  - {{id: against, title: Against each other, kind: composite, {_PARTS % (1, 0)}}}
"""


def people():
    """(people, 2): happy and easy, which go together; the same people are asked in both months."""
    random = np.random.default_rng(5)
    easy = random.random(PEOPLE) < 0.6
    happy = np.where(random.random(PEOPLE) < 0.8, easy, random.random(PEOPLE) < 0.5)
    return np.stack([happy, easy], axis=1)


def signals():
    for k, answers in enumerate(people()):
        for month, period in enumerate((FIRST, SECOND)):
            for name, yes in zip(("happy", "easy"), answers, strict=True):
                # In the second month every tenth of those who were not happy is.
                better = month == 1 and k % 5 == 0
                yield Signal(
                    "test", f"{k}-{month}-{name}", f"asked.{name}", period.start + timedelta(hours=1, minutes=k), (f"user:p{k}",),
                    value=5.0 if yes or better else 1.0, channel=("web", "app", "shop")[k % 3],
                )  # fmt: skip
    yield Signal("test", "end", "seen", SECOND.end + timedelta(days=1), ("user:p1",))


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with workspace_of(tmp_path_factory.mktemp("composites") / "w", MODEL, signals()) as workspace:
        yield workspace.platform


def half(number):
    return (number.high - number.low) / 2


def test_the_interval_is_that_of_each_persons_own_composite(platform):
    """Two items of the same people: the composite is the mean of each person's mean, with its plain t interval."""
    each = 100 * people().mean(axis=1)
    found = platform.measure("health", period=FIRST).total
    assert found.value == pytest.approx(each.mean())
    assert half(found) == pytest.approx(1.97 * each.std(ddof=1) / math.sqrt(PEOPLE), rel=0.2)
    assert "all parts together" in found.method


def test_parts_that_go_against_each_other_are_surer_together_than_by_their_own_intervals(platform):
    each = 100 * np.stack([people()[:, 0], 1 - people()[:, 1]]).mean(axis=0)
    found = platform.measure("against", period=FIRST).total
    careful = sum(100 / 2 * half(part.number) for part in platform.measure("against", period=FIRST).parts)
    assert half(found) == pytest.approx(1.97 * each.std(ddof=1) / math.sqrt(PEOPLE), rel=0.25)
    assert half(found) < 0.6 * careful


def test_the_same_people_in_two_periods_are_compared_with_themselves(platform):
    (one,) = platform.compare("health", periods=(FIRST, SECOND)).contrasts
    before, after = people().mean(axis=1), np.where(np.arange(PEOPLE) % 5 == 0, 1.0, people().mean(axis=1))
    change = 100 * (after - before)
    assert one.found.value == pytest.approx(change.mean())
    assert half(one.found) == pytest.approx(1.97 * change.std(ddof=1) / math.sqrt(PEOPLE), rel=0.25)
    assert one.changed == "up"
    assert half(one.found) < half(one.before)


def test_groups_are_compared_with_the_rest_in_pairs_with_one_and_by_persona(platform):
    rest = platform.compare("health", by="channel", period=FIRST)
    assert {(one.before_title, one.after_title) for one in rest.contrasts} == {
        ("the rest", one) for one in ("web", "app", "shop")
    }
    each = 100 * people().mean(axis=1)
    told = {one.after_title: one.found for one in rest.contrasts}
    web = np.arange(PEOPLE) % 3 == 0
    assert told["web"].value == pytest.approx(each[web].mean() - each[~web].mean())
    error = math.hypot(each[web].std(ddof=1) / math.sqrt(web.sum()), each[~web].std(ddof=1) / math.sqrt((~web).sum()))
    assert half(told["web"]) == pytest.approx(2.01 * error, rel=0.3)
    assert len(platform.compare("health", by="channel", pairs=True, period=FIRST).contrasts) == 3
    assert len(platform.compare("health", by="channel", against="web", period=FIRST).contrasts) == 2
    (persona,) = platform.compare("health", by="persona", period=FIRST).contrasts
    assert persona.found.value == pytest.approx(told["web"].value)
    with pytest.raises(Missing, match="fax"):
        platform.compare("health", by="channel", against="fax")
    with pytest.raises(BadInput, match="everybody else"):
        platform.compare("health", by="persona", pairs=True)


def test_two_periods_are_compared_within_each_segment(platform):
    found = platform.compare("health", by="channel", periods=(FIRST, SECOND))
    assert {one.segment for one in found.contrasts} == {"", "web", "app", "shop"}
    assert all(isinstance(one.before, Estimate) for one in found.contrasts)


def test_a_composite_is_cut_by_month_and_segment_with_its_own_intervals(platform):
    cut = platform.measure("health", by="channel", grain="month")
    assert {one.segment for one in cut.readings if one.number.n} == {"web", "app", "shop"}
    assert all("all parts together" in one.number.method for one in cut.readings if one.number.n)
    months = platform.measure("health", grain="month")
    assert months.readings[0].number.value == pytest.approx(100 * people().mean())


def test_a_part_that_everybody_of_a_group_gets_right_falls_back_too(tmp_path):
    """All of 30 are happy: drawn again, they always are, which says nothing of how sure that is."""
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    workspace.record(
        Signal(
            "test", f"{k}-{name}", f"asked.{name}", FIRST.start + timedelta(hours=1, minutes=k), (f"user:p{k}",), channel="web",
            value=5.0 if name == "happy" or k % 2 else 1.0,
        )
        for k in range(30) for name in ("happy", "easy")
    )  # fmt: skip
    workspace.record([Signal("test", "end", "seen", FIRST.end + timedelta(days=1), ("user:p1",))])
    measured = workspace.platform.measure("health", period=FIRST)
    found = measured.total
    assert found.value == 75.0
    assert "moving together in any way" in found.method
    assert found.low == pytest.approx(75 - sum(100 / 2 * (part.number.value - part.number.low) for part in measured.parts))
    workspace.close()


def test_few_people_fall_back_on_the_intervals_of_the_parts(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    workspace.record([one for one in signals() if one.actors[0] in ("user:p1", "user:p2", "user:p3", "user:p4", "user:p6")])
    found = workspace.platform.measure("health", period=FIRST).total
    assert "moving together in any way" in found.method
    (one,) = workspace.platform.compare("health", by="channel", against="web", period=FIRST).contrasts[:1]
    assert isinstance(one.found, Undefined)
    workspace.close()
