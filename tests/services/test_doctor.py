"""What the doctor says of a workspace that works but misleads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opened_workspace import workspace_of

from touchpath import Signal
from touchpath.services.doctor import examine

MODEL = "format: touchpath-model/1\nbrand: {id: shop, title: Shop}\n"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(folder, *kinds_at):
    signals = [Signal("t", kind, kind, at, ("user:1",)) for kind, at in kinds_at]
    with workspace_of(folder, MODEL, signals) as workspace:
        return [one.says for one in examine(folder, workspace.signals, workspace.models, {}, NOW) if one.part == "times"]


def test_signals_of_times_to_come_are_named(tmp_path):
    (text,) = said(
        tmp_path / "shop", ("order.placed", NOW - timedelta(days=1)), ("delivery.planned", datetime(2031, 1, 1, tzinfo=UTC))
    )
    assert text.startswith("1 kinds of signals have times that are yet to come: delivery.planned (until 2031-01-01).")


def test_clocks_that_differ_by_hours_are_no_matter(tmp_path):
    assert said(tmp_path / "shop", ("order.placed", NOW + timedelta(hours=5))) == []
