"""A changed task is another meaning of its numbers: they say so, wherever they are told or kept."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.signal import Signal
from touchpath.services.measure_document import kept_document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
tasks:
  - {id: pay, title: Pay, start: {kind: started}, success: {kind: paid}, limit: 1m}
"""


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(MODEL, "ana", "first", file="model.yaml")
    facts = [
        Signal("web", f"{kind}{k}", kind, NOON + timedelta(minutes=at), (f"user:p{k}",))
        for k in range(20)
        for kind, at in (("started", 0), ("paid", 1 if k < 10 else 3))
    ]
    workspace.record([*facts, Signal("web", "end", "seen", NOON + timedelta(hours=1), ("user:p1",))])
    yield workspace
    workspace.close()


def longer(workspace, title="Pay"):
    text = workspace.models.export().replace("limit: 1m", "limit: 5m").replace("title: Pay\n", f"title: {title}\n")
    return workspace.models.apply(text, "bo", "slow banks", file="model.yaml")


def test_numbers_say_the_version_of_their_task_once_it_changed(workspace):
    before = workspace.platform.measure("task_success", "pay")
    assert (before.total.version, before.total.value) == ("1", 0.5)
    longer(workspace)
    after = workspace.platform.measure("task_success", "pay", grain="day")
    assert (after.total.version, after.total.value) == ("1 (task 2)", 1.0)
    assert {one.number.version for one in after.readings} == {"1 (task 2)"}
    assert kept_document(before)["definition"]["version"] == "1"
    assert kept_document(after)["definition"]["version"] == "1 (task 2)"


def test_the_history_tells_who_changed_what_and_why(workspace):
    longer(workspace)
    history = workspace.platform.metric_history("task_success", "pay")
    assert [(one.version, one.member, one.why, one.keys) for one in history] == [
        (2, "bo", "slow banks", ("limit",)),
        (1, "ana", "first", ()),
    ]
    assert workspace.platform.behind("task_success", "pay").history == history
    assert workspace.platform.metric_history("active_people") == ()


def test_another_title_is_no_other_meaning(workspace):
    text = workspace.models.export().replace("title: Pay\n", "title: Pay the bill\n")
    workspace.models.apply(text, "bo", file="model.yaml")
    assert workspace.platform.measure("task_success", "pay").total.version == "1"
