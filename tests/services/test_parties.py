"""Numbers by role and by customer status, and both on a person's page."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
questions:
  - {id: nps, title: Recommend, asked: {kind: survey.answered}, scale: {low: 0, high: 10}, metric: nps}
roles:
  - {id: buyer, title: Buyer, rule: {kind: order.placed}}
  - {id: user, title: User, rule: {kind: app.opened}}
lifecycle: {current: {kind: order.placed}, past: {kind: account.closed}, quiet: 30d}
"""
DONE = {
    "a": ["order.placed", "app.opened"], "b": ["order.placed"], "c": ["app.opened"],
    "d": ["order.placed", "account.closed"], "e": [],
}  # fmt: skip
SCORES = {"a": 10, "b": 10, "c": 0, "d": 0, "e": 0}


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    signals = []
    for who, kinds in DONE.items():
        for n, kind in enumerate([*kinds, "survey.answered"]):
            value = SCORES[who] if kind == "survey.answered" else None
            signals.append(Signal("web", f"{who}{n}", kind, NOON + timedelta(hours=n), (f"user:{who}",), value=value))
    workspace.record(signals)
    yield workspace
    workspace.close()


def test_a_score_is_split_by_role_and_somebody_with_two_counts_in_both(workspace):
    measured = workspace.platform.measure("nps", by="role")
    assert {one.segment: one.number.n for one in measured.readings} == {"Buyer": 3, "User": 2}
    assert measured.total.n == 5


def test_a_score_is_split_by_status_at_the_end(workspace):
    readings = {one.segment: one.number.n for one in workspace.platform.measure("nps", by="status").readings}
    assert readings == {"potential": 2, "current": 2, "past": 1}


@pytest.mark.parametrize(
    ("who", "people"),
    [("{role: user}", 2), ("{status: current}", 2), ("{status: past}", 1), ("{role: buyer, not: true}", 2)],
)
def test_queries_are_asked_of_a_role_or_a_status(workspace, who, people):
    selected = workspace.platform.select(f"{{query: volume, of: [{{kind: survey.answered}}], who: {who}}}", "did")
    assert selected.keys.size == people


def test_a_person_tells_roles_and_the_history_of_their_status(workspace):
    person = workspace.platform.person("user:d")
    assert person.roles == ("Buyer",)
    assert [(one.status, one.since) for one in person.statuses] == [("current", NOON), ("past", NOON + timedelta(hours=1))]


def test_periods_and_statuses_at_once_are_refused_with_words(workspace):
    with pytest.raises(BadInput, match="whole period"):
        workspace.platform.measure("nps", by="status", grain="week")


def test_a_model_without_them_says_what_to_write(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.record([Signal("web", "1", "survey.answered", NOON, ("user:a",), value=9.0)])
    workspace.models.apply(MODEL.split("roles:")[0], "test", "", file="model.yaml")
    for by, words in (("role", "roles: "), ("status", "lifecycle: ")):
        with pytest.raises(Missing, match=words):
            workspace.platform.measure("nps", by=by)
    workspace.close()


def test_a_lifecycle_that_never_ends_is_a_fault(workspace):
    with pytest.raises(BadInput, match="needs 'past'"):
        workspace.models.apply(MODEL.replace(", past: {kind: account.closed}, quiet: 30d", ""), "test", "", file="model.yaml")


def test_both_survive_being_exported_and_applied_again(workspace):
    text = workspace.models.export()
    assert "roles:" in text
    assert "lifecycle:" in text
    assert workspace.models.apply(text, "test", "", file="model.yaml").changes == ()
