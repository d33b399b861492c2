"""Potential, current and past customers, by the kernel and by an obvious reading."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.experience import Lifecycle
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.status import STATUSES, StatusIs, _status, status_history, statuses_at

KINDS = ["", "seen", "bought", "closed", "returned"]
DAY = 86_400_000_000
PLAIN = Lifecycle(EventRule(("bought", "returned")), EventRule(("closed", "returned")))
QUIET = Lifecycle(EventRule(("bought",)), None, timedelta(days=3))
BOTH = Lifecycle(EventRule(("bought", "returned")), EventRule(("closed", "returned")), timedelta(days=3))


def timelines(people):
    people = [sorted(one) for one in people]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in people])]).astype(np.int64)
    times = np.array([day * DAY for one in people for day, _ in one], np.int64)
    kinds = np.array([kind for one in people for _, kind in one], np.int32)
    return Timelines(np.arange(len(people), dtype=np.int64), starts, times, kinds, words={"kind": KINDS})


def obvious(one, lifecycle, at):
    """The status at a time, going from day to day in thirds."""
    status, last = None, None
    for day, kind in sorted(one):
        if day >= at:
            break
        if status == "current" and lifecycle.quiet and day - last >= lifecycle.quiet.days:
            status = "past"
        buys = KINDS[kind] in lifecycle.current.kinds
        ends = lifecycle.past is not None and KINDS[kind] in lifecycle.past.kinds
        if ends and status == "current":
            status = "past"
        elif buys and not ends:
            status, last = "current", day
        elif status is None:
            status = "potential"
    if status == "current" and lifecycle.quiet and at - last > lifecycle.quiet.days:
        status = "past"
    return status


def test_a_customer_goes_quiet_comes_back_and_leaves():
    (one,) = people = [[(0, 1), (1, 2), (2, 1), (9, 2), (10, 3), (11, 1)]]
    assert status_history(timelines(people), BOTH, 12 * DAY) == [
        ("potential", 0), ("current", DAY), ("past", 4 * DAY), ("current", 9 * DAY), ("past", 10 * DAY),
    ]  # fmt: skip
    assert [obvious(one, BOTH, at) for at in (1, 2, 6, 10, 12)] == ["potential", "current", "past", "current", "past"]


def test_bought_and_given_back_at_once_is_no_customer():
    assert status_history(timelines([[(0, 4)]]), BOTH, DAY) == [("potential", 0)]


def test_going_quiet_is_told_before_anything_else_happens():
    assert status_history(timelines([[(0, 2)]]), QUIET, 3 * DAY) == [("current", 0)]
    assert status_history(timelines([[(0, 2)]]), QUIET, 3 * DAY + 1) == [("current", 0), ("past", 3 * DAY)]


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4)), max_size=8, unique_by=lambda one: one[0]), max_size=4),
    st.integers(0, 22),
    st.sampled_from([PLAIN, QUIET, BOTH]),
)
def test_the_kernel_and_the_history_agree_with_an_obvious_reading(people, at, lifecycle):
    shard = timelines(people)
    wanted = [obvious(one, lifecycle, at) for one in people]
    codes = statuses_at(shard, lifecycle, at * DAY).tolist()
    assert [STATUSES[code] if code >= 0 else None for code in codes] == wanted
    histories = [status_history(timelines([one]), lifecycle, at * DAY) for one in people]
    assert [history[-1][0] if history else None for history in histories] == wanted
    for status in STATUSES:
        assert StatusIs(lifecycle, status, at * DAY).people(shard).tolist() == [int(one == status) for one in wanted]
    assert len(_status.signatures) <= 1
