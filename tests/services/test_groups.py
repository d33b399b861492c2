"""Segments and personas: sizes, overlaps, who came and left, profile and numbers beside everybody else; and what viewers get."""

from datetime import UTC, datetime, timedelta

import pytest
from opened_workspace import workspace_of

from touchpath.model.errors import BadInput, Missing, NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal
from touchpath.services.groups import SavedGroup
from touchpath.stats.proportions import wilson_interval

START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: country, title: Country, field: properties.country, level: person, changes: fixed}
  - {id: channel, title: Channel, field: channel}
personas:
  - {id: hunter, title: Bargain hunter, rule: {kind: coupon.used}}
  - {id: regular, title: Regular, rule: {kind: order.placed}}
  - {id: nobody, title: Nobody, rule: {kind: never.happened}}
roles:
  - {id: payer, title: Payer, rule: {kind: invoice.paid}}
lifecycle: {current: {kind: order.placed}, past: {kind: account.closed}}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""


def signal(who, kind, week, **more):
    return Signal(
        "web", f"{who}-{kind}-{week}", kind, START + timedelta(days=7 * week, hours=len(kind)), (f"user:{who}",), **more
    )


def signals():
    """200 people, a1 to a200: 1-100 use coupons in week 0, 51-120 in week 1; 81-140 order in week 0; 3 close their account in week 1."""
    for k in range(1, 201):
        yield signal(f"a{k}", "page.viewed", 0, properties={"country": "AT" if k > 197 else "DE" if k % 2 else "FR"})
    for k in range(1, 101):
        yield signal(f"a{k}", "coupon.used", 0)
    for k in range(51, 121):
        yield signal(f"a{k}", "coupon.used", 1)
    for k in range(81, 141):
        yield signal(f"a{k}", "order.placed", 0)
        yield signal(f"a{k}", "survey.answered", 1, value=5.0 if k % 3 else 2.0)
    for k in range(141, 181):
        yield signal(f"a{k}", "survey.answered", 1, value=5.0 if k % 4 == 0 else 1.0)
    for k in (138, 139, 140):
        yield signal(f"a{k}", "account.closed", 1)
    for k in (199, 200):
        yield signal(f"a{k}", "invoice.paid", 1)
    yield Signal("web", "end", "page.viewed", START + timedelta(days=15), ("user:a1",))


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with workspace_of(tmp_path_factory.mktemp("groups") / "w", MODEL, signals()) as workspace:
        yield workspace.platform


def sizes(groups):
    return {one.group.id: one.size for one in groups.sizes}


def test_sizes_shares_and_overlaps_are_those_of_the_people(platform):
    groups = platform.groups(by="country", grain="week")
    assert sizes(groups) == {
        "persona:hunter": 120, "persona:regular": 60, "persona:nobody": 0, "role:payer": 2, "status:potential": 140,
        "status:current": 57, "status:past": 3, "segment:country:DE": 99, "segment:country:FR": 98, "segment:country:AT": 3,
    }  # fmt: skip
    hunter, regular = groups.place("persona:hunter"), groups.place("persona:regular")
    assert groups.everybody == 200
    assert groups.shared[hunter][regular] == 40
    share = groups.overlaps[regular][hunter]
    assert (share.value, share.low, share.high) == pytest.approx((40 / 60, *wilson_interval(40, 60)))
    assert groups.sizes[groups.place("persona:nobody")].share.value == 0
    assert groups.overlaps[groups.place("persona:nobody")][hunter] == Undefined("there is nobody")


def test_a_period_tells_who_came_stayed_and_left(platform):
    (hunter,) = [one for one in platform.groups(grain="week").sizes if one.group.id == "persona:hunter"]
    first, second, last = hunter.periods
    assert (first.members, first.entered, first.stayed, first.left) == (100, None, None, None)
    assert (second.members, second.entered, second.stayed, second.left) == (70, 20, 50, 50)
    assert second.kept.value == pytest.approx(0.5)
    assert second.kept.n == 100
    assert (last.complete, last.entered) == (False, None)
    assert last.kept.reason == "the period is not over"


def test_status_counts_those_who_have_it_at_the_end_of_a_period(platform):
    (current,) = [one for one in platform.groups(grain="week").sizes if one.group.id == "status:current"]
    assert [(one.members, one.left) for one in current.periods[:2]] == [(60, None), (57, 3)]


def test_one_group_stands_beside_everybody_else(platform):
    found = platform.group("persona:regular", grain="week")
    (satisfied,) = [one for one in found.beside if one.metric.id == "customer_satisfaction"]
    (pair,) = satisfied.contrasts
    assert (pair.after.value, pair.after.n) == (pytest.approx(40 / 60), 60)
    assert (pair.before.value, pair.before.n) == (pytest.approx(10 / 40), 40)
    assert pair.changed == "up"
    assert pair.p_family >= pair.p


def test_what_members_are_like_is_held_against_the_period_before(platform):
    (shift,) = platform.group("persona:hunter", grain="week").shifts
    parts = {one.value: one for one in shift.parts}
    assert shift.dimension == "country"
    assert parts["DE"].before.value == pytest.approx(0.5)
    assert parts["DE"].after.value == pytest.approx(35 / 70)
    assert parts["DE"].changed is None
    assert shift.moved == pytest.approx(0.0)


def test_people_of_a_saved_query_are_a_group_with_periods_of_its_own(platform):
    asked = platform.read_query({"query": "volume", "of": {"kind": "coupon.used"}})
    saved = (SavedGroup("coupons", "Coupons", asked, "did"),)
    listed = platform.groups(saved=saved, grain="week")
    assert sizes(listed)["saved:coupons:did"] == 120
    assert listed.sizes[listed.place("saved:coupons:did")].periods == ()
    found = platform.group("saved:coupons:did", saved=saved, grain="week")
    assert [(one.members, one.entered) for one in found.size.periods[:2]] == [(100, None), (70, 20)]
    assert found.groups.shared[0][found.groups.place("persona:hunter")] == 120


def test_a_saved_query_that_cannot_be_asked_costs_only_itself(platform):
    asked = platform.read_query({"query": "volume", "of": {"kind": "coupon.used"}})
    groups = platform.groups(saved=(SavedGroup("x", "X", asked, "nonsense"),))
    assert sizes(groups)["persona:hunter"] == 120
    assert "'X: nonsense' could not be asked" in groups.notes[0]


def test_unknown_groups_and_dimensions_are_named(platform):
    with pytest.raises(Missing, match="persona:hunter"):
        platform.group("persona:hunters")
    with pytest.raises(BadInput, match="country"):
        platform.groups(by="channel")


def test_viewers_get_no_small_group_nor_what_would_tell_one(platform):
    groups = platform.for_viewers().groups(grain="week")
    found = {one.group.id: one for one in groups.sizes}
    assert found["role:payer"].size is None
    assert found["status:past"].size is None
    assert found["status:current"].size is None  # else everybody less the potential and the current ones are the three
    assert {one.members for one in found["status:current"].periods} == {None}
    place = groups.place("status:past")
    assert set(groups.shared[place]) == {None}
    assert found["persona:hunter"].size == 120
    assert found["persona:hunter"].periods[1].left == 50


def test_few_members_of_a_segment_in_a_period_are_not_the_rest_of_the_others(platform):
    """In the third week one person did anything: nobody's segment may say so."""
    groups = platform.for_viewers().groups(by="country", grain="week")
    sizes = {one.group.value: one.size for one in groups.sizes if one.group.kind == "segment"}
    assert sizes == {"DE": 99, "FR": None, "AT": None}  # everybody less the two large ones are the three
    last = [one.periods[2] for one in groups.sizes if one.group.kind == "segment"]
    assert {one.members for one in last} <= {None, 0}
    assert last[0].members is None


def test_hidden_overlaps_cannot_be_worked_out_from_a_family(platform):
    """Whoever is regular is current or past, never potential: where the past ones are few, the current ones of the regular are hidden, too."""
    groups = platform.for_viewers().groups(grain="week")
    regular = groups.shared[groups.place("persona:regular")]
    assert regular[groups.place("status:past")] is None
    assert regular[groups.place("status:current")] is None


def test_the_page_of_one_segment_tells_no_more_than_the_list(platform):
    """What the list hides to protect another segment stays hidden where one is looked at alone."""
    viewers = platform.for_viewers()
    listed = {one.group.id: one.size for one in viewers.groups(by="country", grain="week").sizes}
    for id in ("segment:country:DE", "segment:country:FR", "status:current", "status:past"):
        assert viewers.group(id, grain="week").size.size == listed[id]


def test_viewers_see_nobody_single_and_no_numbers_of_a_small_group(platform):
    viewers = platform.for_viewers()
    with pytest.raises(NotAllowed):
        viewers.people_in("persona:hunter")
    found = viewers.group("role:payer")
    assert found.size.size is None
    assert found.shifts == ()
    assert not any(
        isinstance(side, Estimate) for one in found.beside for pair in one.contrasts for side in (pair.after, pair.before)
    )
