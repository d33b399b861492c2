"""Splits of changes in simulated workspaces: a mix that moved is found, and a paradox is said."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.estimate import Undefined
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.stats.mixes import MixChange

MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
FIRST, SECOND = Period(MARCH, APRIL), Period(APRIL, MAY)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: device, title: Device, field: properties.device}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
tasks:
  - {id: buy, title: Buy, start: {kind: buy.started}, success: {kind: buy.done}, limit: 1h}
"""
#: Device: satisfied of how many in March and in April. On each device more are satisfied, and many come by phone now.
PARADOX = {"desk": ((640, 800), (170, 200)), "phone": ((60, 200), (320, 800)), "tv": ((2, 3), (1, 3)), "car": ((1, 2), (1, 2))}


def answers(counts):
    for device, months in counts.items():
        for month, (yes, n) in zip((MARCH, APRIL), months, strict=True):
            for k in range(n):
                who, at = f"user:{device}-{k}", month + timedelta(hours=1, minutes=k)
                value = 5.0 if k < yes else 1.0
                yield Signal(
                    "web", f"{device}{month}{k}", "survey.answered", at, (who,), value=value, properties={"device": device}
                )
    yield Signal("web", "end", "page.viewed", MAY + timedelta(hours=1), ("user:end",))
    yield Signal("web", "start", "page.viewed", MARCH - timedelta(days=3), ("user:end",))


def opened(folder, signals):
    create_workspace(folder)
    workspace = open_workspace(folder)
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    workspace.record(signals)
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = opened(tmp_path_factory.mktemp("mix") / "w", list(answers(PARADOX)))
    yield workspace
    workspace.close()


def test_a_paradox_is_found_and_said(workspace):
    found = workspace.platform.compare("customer_satisfaction", "csat", by="device", periods=(FIRST, SECOND))
    mix = found.mix
    assert isinstance(mix, MixChange)
    assert mix.change.value == pytest.approx(492 / 1005 - 703 / 1005)
    assert (mix.change.changed, mix.within.changed, mix.mix.changed) == ("down", "up", "down")
    assert mix.within.value + mix.mix.value == pytest.approx(mix.change.value)
    assert [part.title for part in mix.parts] == ["desk", "phone", "the rest"]
    assert "Simpson's paradox" in found.sentence
    within = {one.segment: one.changed for one in found.contrasts}
    assert within == {"": "down", "desk": None, "phone": "up", "tv": None, "car": None}


def test_berkeleys_admissions_tell_their_paradox(tmp_path):
    """Bickel, Hammel & O'Connell 1975, as in R's UCBAdmissions: men in the first period, women in the second, departments as devices."""
    admitted = {
        "A": ((512, 825), (89, 108)), "B": ((353, 560), (17, 25)), "C": ((120, 325), (202, 593)),
        "D": ((138, 417), (131, 375)), "E": ((53, 191), (94, 393)), "F": ((22, 373), (24, 341)),
    }  # fmt: skip
    workspace = opened(tmp_path / "w", list(answers(admitted)))
    found = workspace.platform.compare("customer_satisfaction", "csat", by="device", periods=(FIRST, SECOND))
    workspace.close()
    assert isinstance(found.mix, MixChange)
    assert (found.mix.change.value, found.mix.reversed) == (pytest.approx(557 / 1835 - 1198 / 2691), "balance")
    assert found.mix.within.low > 0 > found.mix.mix.high
    assert "Simpson's paradox: the whole fell, but within segments on balance the number rose." in found.sentence
    within = {one.segment: one.changed for one in found.contrasts}
    assert within == {"": "down", "A": "up", "B": None, "C": None, "D": None, "E": None, "F": None}


def test_measuring_by_month_and_device_carries_the_split(workspace):
    measured = workspace.platform.measure("customer_satisfaction", "csat", by="device", grain="month")
    assert measured.mix is not None
    assert measured.mix.reversed
    assert workspace.platform.measure("customer_satisfaction", "csat", grain="month").mix is None


def test_viewers_get_no_split_that_gives_a_small_segment_away(workspace):
    viewers = workspace.platform.for_viewers()
    found = viewers.compare("customer_satisfaction", "csat", by="device", periods=(FIRST, SECOND))
    assert found.mix is None
    hidden = {one.segment for one in found.contrasts if isinstance(one.found, Undefined)}
    assert hidden == {"tv", "car"}
    assert viewers.measure("customer_satisfaction", "csat", by="device", grain="month").mix is None


def test_a_mix_that_stays_is_said_to_have_made_no_change(tmp_path):
    counts = {"desk": ((300, 500), (360, 500)), "phone": ((200, 500), (260, 500))}
    workspace = opened(tmp_path / "w", list(answers(counts)))
    found = workspace.platform.compare("customer_satisfaction", "csat", by="device", periods=(FIRST, SECOND))
    workspace.close()
    assert isinstance(found.mix, MixChange)
    assert (found.mix.within.changed, found.mix.mix.changed, found.mix.reversed) == ("up", None, None)
    assert "made no detectable change" in found.mix.sentence


def test_a_typical_time_has_no_split(tmp_path):
    signals = list(answers({"desk": ((9, 9), (9, 9))}))
    for device in ("desk", "phone"):
        for month in (MARCH, APRIL):
            for k in range(40):
                who, at = (f"user:{device}{month}{k}",), month + timedelta(hours=k)
                signals.append(Signal("web", f"s{device}{month}{k}", "buy.started", at, who, properties={"device": device}))
                done = at + timedelta(seconds=30 + k)
                signals.append(Signal("web", f"d{device}{month}{k}", "buy.done", done, who, properties={"device": device}))
    workspace = opened(tmp_path / "w", signals)
    found = workspace.platform.compare("task_time", "buy", by="device", periods=(FIRST, SECOND))
    workspace.close()
    assert isinstance(found.mix, Undefined)
    assert any("no mean of its segments" in note for note in found.notes)
