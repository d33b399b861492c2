"""What arrives late changes past periods with a mark at every query's door, and changes no snapshot."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
import yaml
from law_documents import MODEL, documents
from law_facts import FIRST, draw_facts, table_of
from law_shop import ZONE

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.time import Period


@pytest.fixture(scope="module")
def asked():
    """Every document about persons that asks about past periods, by name: as it stands, or about March."""
    march = {"period": {"from": "2026-03-01", "to": "2026-04-01"}}
    asks = {name: one for name, one in documents("person") if one["query"] != "features"}
    return {name: one if "grain" in one or "period" in one else {**one, **march} for name, one in asks.items()}


@pytest.fixture(scope="module")
def told(asked, tmp_path_factory):
    """What each document answers before and after one signal of March comes in June; and the snapshots taken before."""
    folder = tmp_path_factory.mktemp("late") / "shop"
    create_workspace(folder, zone=ZONE)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(yaml.safe_dump(MODEL), "test", "the model")
        facts = [{**fact, "received_at": fact["occurred_at"]} for fact in draw_facts(5)]
        workspace.signals.append(table_of(facts))
        platform = workspace.platform
        before = {name: platform.ask(one) for name, one in asked.items()}
        taken = {
            name: workspace.snapshots.take(name.replace(" ", "-"), asked[name], one, "ann", "why") for name, one in before.items()
        }
        late = {
            **facts[0],
            "id": "late",
            "occurred_at": FIRST + timedelta(days=20),
            "received_at": FIRST + timedelta(days=100),
        }
        workspace.signals.append(table_of([late]))
        after = {name: platform.ask(one) for name, one in asked.items()}
        workspace.signals.append(table_of([{**late, "id": "again"}]))
        together = dict(zip(asked, platform.ask_all(list(asked.values())), strict=True))
        shown = {name: workspace.snapshots.show(name.replace(" ", "-")) for name in asked}
        return before, after, together, taken, shown


def marks(answer):
    return [note for note in answer.notes if "came late" in note]


def test_no_answer_is_marked_before_anything_comes_late(told):
    assert {name: marks(answer) for name, answer in told[0].items() if marks(answer)} == {}


def test_every_query_marks_the_past_period_that_changed(told):
    assert [name for name, answer in told[1].items() if not any("1 signal came late" in mark for mark in marks(answer))] == []


def test_asked_together_they_are_marked_too(told):
    assert [name for name, answer in told[2].items() if not any("2 signals came late" in mark for mark in marks(answer))] == []


def test_no_snapshot_changes(told):
    *_, taken, shown = told
    assert shown == taken


def test_one_period_alone_is_marked_in_measurements_too(tmp_path):
    create_workspace(tmp_path / "shop", zone=ZONE)
    with closing(open_workspace(tmp_path / "shop")) as workspace:
        facts = [{**fact, "received_at": fact["occurred_at"]} for fact in draw_facts(5)]
        late = {
            **facts[0],
            "id": "late",
            "occurred_at": FIRST + timedelta(days=20),
            "received_at": FIRST + timedelta(days=100),
        }
        workspace.signals.append(table_of([*facts, late]))
        march = Period(FIRST + timedelta(days=9), FIRST + timedelta(days=40))
        (reading,) = workspace.platform.measure("active_people", period=march).readings
        assert reading.late.signals == 1
        (whole,) = workspace.platform.measure("active_people").readings
        assert whole.late is None
