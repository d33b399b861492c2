"""Timelines in files are, after every append and decision, those of a slow, obvious build."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many
from slow_timelines import MINUTE, TINY, Row, SignalLog, a_row, agree

from touchpath.model.keys import name_key
from touchpath.stores import timeline_unit
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.stores.timeline_witness import Terms
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.links import Links, Pair

rows_drawn = st.builds(
    a_row,
    id=st.integers(1, 10),
    kind=st.sampled_from(["page.viewed", "order.placed"]),
    occurred_at=st.sampled_from([0, 1, 20 * MINUTE, 45 * MINUTE, 180 * MINUTE]),
    actors=st.lists(st.sampled_from(["user:1", "user:2", "email:1", "anonymous:1", "anonymous:2"]), max_size=2, unique=True),
    account=st.sampled_from([None, "acme"]),
    channel=st.sampled_from([None, "email", "shop"]),
    value=st.sampled_from([None, 1, -3]),
    objects=st.lists(
        st.sampled_from([("order", "1"), ("order", "2"), ("visit", "1")]), max_size=2, unique_by=lambda each: each[0]
    ),
    properties=st.sampled_from([None, "{}", '{"page":"home"}', '{"other":1,"page":"b\\u00e9"}']),
)


A, B, DEVICE = (name_key(name) for name in ("user:1", "user:2", "anonymous:1"))

decisions_drawn = st.sampled_from(
    [
        Decisions(),
        Decisions(alone=np.array([DEVICE]), revision=1),
        Decisions(same=Links.of([Pair(A, B, 0, 0)]), revision=2),
        Decisions(apart=Links.of([Pair(A, DEVICE, 0, 3)]), revision=3),
        Decisions(same=Links.of([Pair(B, DEVICE, 0, 3)]), apart=Links.of([Pair(A, B, 0, 0)]), revision=4),
    ]
)


def keeps_up(appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]) -> None:
    """Open after every append and decision, asking for the property only after some; then once more from the files alone."""
    log, now = SignalLog(), [Decisions()]
    terms = Terms(decisions=lambda: now[0])
    with TemporaryDirectory() as folder, mock.patch.object(timeline_unit, "SMALL", 0 if overlay_share < 1 else 100):
        files = TimelineFiles(folder, log, limits=TINY, overlay_share=overlay_share, background=False, terms=terms)  # type: ignore[arg-type]
        for turn, (rows, now[0]) in enumerate(zip(appends, decided, strict=False)):
            log.append(rows)
            if turn < ask_late:
                files.open(unit)
            else:
                agree(files.open(unit, ["page"]), log, now[0])
        again = TimelineFiles(folder, log, limits=TINY, terms=terms)  # type: ignore[arg-type]
        agree(again.open(unit, ["page"]), log, now[0])
        agree(again.rebuild(unit, ["page"]), log, now[0])
        assert files.verify() == []


appends_drawn = st.lists(st.lists(rows_drawn, max_size=8), min_size=1, max_size=4)

units_drawn = st.sampled_from(["person", "account", "order"])

shares_drawn = st.sampled_from([0.0, 0.5, 100.0])


@given(appends_drawn, units_drawn, shares_drawn, st.integers(0, 3), st.lists(decisions_drawn, min_size=4, max_size=4))
@settings(deadline=None, max_examples=25)
def test_after_every_append_timelines_are_those_of_a_slow_build(
    appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, ask_late, decided)


@given(
    st.lists(st.lists(rows_drawn, min_size=1, max_size=4), min_size=8, max_size=12),
    units_drawn,
    st.sampled_from([1.5, 100.0]),
    st.lists(decisions_drawn, min_size=12, max_size=12),
)
@settings(deadline=None, max_examples=15)
def test_so_they_are_when_overlay_comes_upon_overlay(
    appends: list[list[Row]], unit: str, overlay_share: float, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, 0, decided)


@pytest.mark.slow
@given(appends_drawn, units_drawn, shares_drawn, st.integers(0, 3), st.lists(decisions_drawn, min_size=4, max_size=4))
@many(1000)
def test_after_every_append_of_many_more_timelines_are_those_of_a_slow_build(
    appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, ask_late, decided)
