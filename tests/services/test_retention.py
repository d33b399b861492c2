"""What is older than its source may be kept goes for good, when somebody says so, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from decoding import needles, where

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.services.retention import Retention

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seen(source: str, id: str, days_ago: float, text: str) -> Signal:
    return Signal(source, id, "page.viewed", NOW - timedelta(days=days_ago), (f"user:{id}",), text=text)


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    opened.record([seen("web", "old-12345", 91, "merrowdene"), seen("web", "new-12345", 89, "evergreen")])
    opened.record([seen("desk", "older-1", 900, "evergreen")])
    opened.platform.find_people("e")
    yield opened
    opened.close()


@pytest.fixture
def retention(workspace):
    return Retention(workspace.records, workspace.forgetting, clock=lambda: NOW)


def test_nothing_goes_before_somebody_says_so(retention, workspace):
    retention.keep("web", 90, "dpo", "policy 7")
    (due,) = retention.due()
    assert (due.source, due.days, due.before, due.rows) == ("web", 90, NOW - timedelta(days=90), 1)
    assert workspace.platform.kinds()[0].signals == 3


def test_what_is_too_old_is_gone_from_disk_and_in_the_audit_log(retention, workspace):
    wanted = needles(["user:old-12345"], ["merrowdene"], [("web", "old-12345")])
    assert set(where(workspace.folder, wanted)) == set(wanted)
    retention.keep("web", 90, "dpo")
    assert [one.total for one in retention.expire("cron")] == [1]
    assert retention.expire("cron") == []
    workspace.close()
    assert where(workspace.folder, wanted) == {}
    assert workspace.platform.kinds()[0].signals == 2
    (entry,) = workspace.forgetting.log()
    assert (entry.member, entry.why, entry.document["source"]) == ("cron", "kept for 90 days", "web")


def test_somebody_who_expired_may_come_back(retention, workspace):
    retention.keep("web", 90, "dpo")
    retention.expire("cron")
    assert workspace.record([seen("web", "old-12345", 1, "again")]).new == 1


def test_a_period_can_be_changed_and_taken_back(retention):
    retention.keep("web", 90, "dpo")
    retention.keep("web", 365, "dpo", "law")
    assert [(one.source, one.days, one.why) for one in retention.periods()] == [("web", 365, "law")]
    retention.keep_for_ever("web", "dpo")
    assert retention.due() == ()
    with pytest.raises(Missing):
        retention.keep_for_ever("web", "dpo")


@pytest.mark.parametrize(("source", "days"), [("web", 0), ("web", -1), ("web", 10**6), (" ", 5)])
def test_a_period_that_makes_no_sense_is_refused(retention, source, days):
    with pytest.raises(BadInput):
        retention.keep(source, days, "dpo")
