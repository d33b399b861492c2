"""Accounts: who is in them, what they paid, when they renew, who was asked and answered; their signals; and what viewers get."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from opened_workspace import workspace_of

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing, NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal
from touchpath.services.account_facts import read_day
from touchpath.stats.proportions import wilson_interval

START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: desk, title: Desk}
object_kinds: [{id: subscription, title: Subscription}]
roles:
  - {id: buyer, title: Buyer, rule: {kind: contact.listed, where: {properties.role: buyer}}}
  - {id: user, title: User, rule: {kind: app.opened}}
accounts: {name: properties.company, renewal: properties.renews_on}
tasks:
  - {id: export, title: Export, start: {kind: export.started}, success: {kind: export.done}, error: {kind: export.error}}
questions:
  - {id: nps, title: Recommend, asked: {kind: survey.answered}, scale: {low: 0, high: 10}, metric: nps}
"""


def signal(source, id, kind, day, who="", account=None, **more):
    return Signal(source, id, kind, START + timedelta(days=day), (who,) if who else (), account=account, **more)


def signals():
    """acme has ten people, tiny has two, and one person is in both; somebody else is in none."""
    yield from signals_of_acme()
    yield from signals_of_tiny()
    yield signal("crm", "l-both", "contact.listed", 2, "user:both", "acme")
    yield signal("app", "o-both", "app.opened", 3, "user:both")  # nobody could say for whom
    yield signal("app", "o-none", "app.opened", 3, "user:none")
    yield from invoices()
    yield from subscriptions()


def signals_of_acme():
    """Two buyers and eight users; eight of the ten are asked, five users answer, each twice."""
    for k in range(10):
        who, role = f"user:a{k}", "buyer" if k < 2 else "user"
        yield signal("crm", f"l{k}", "contact.listed", 0, who, "acme", properties={"role": role, "company": "Acme Ltd"})
        yield signal("app", f"o{k}", "app.opened", 1 + k, who)  # names no account, yet is about acme
        if k < 8:
            yield signal("post", f"s{k}", "survey.sent", 20, who)
        if 2 <= k < 7:
            yield signal("post", f"r{k}", "survey.answered", 21, who, value=float(k))
            yield signal("post", f"again{k}", "survey.answered", 25, who, value=float(k + 1))


def signals_of_tiny():
    """Two contacts, with an address in the account's name."""
    for who in ("user:t1", "user:both"):
        company = {"role": "user", "company": "Tiny, bo@tiny.example"}
        yield signal("crm", f"l-{who}", "contact.listed", 0, who, "tiny", properties=company)


def billing(id, kind, day, account, euros, object=None, renews_on=None):
    """A signal of billing, which knows accounts and no people."""
    more = {"objects": {"subscription": object}} if object else {}
    more |= {"properties": {"renews_on": renews_on}} if renews_on else {}
    return signal("billing", id, kind, day, account=account, value=euros, unit="EUR", **more)


def invoices():
    """Three in the last year, and one before it."""
    for month, euros in enumerate((100.0, 100.0, 120.0)):
        yield billing(f"i{month}", "invoice.paid", 30 * month, "acme", euros)
    yield billing("old", "invoice.paid", -400, "acme", 999.0)


def subscriptions():
    """One of acme's grows, one is cancelled; tiny's tells no day on which it renews."""
    yield billing("sub1", "subscription.started", 0, "acme", 100.0, "x", "2026-06-30")
    yield billing("sub2", "subscription.changed", 60, "acme", 120.0, "x", "2027-01-31")
    yield billing("sub3", "subscription.started", 5, "acme", 30.0, "y")
    yield billing("sub4", "subscription.cancelled", 50, "acme", 30.0, "y")
    yield billing("sub5", "subscription.started", 5, "tiny", 9.0, "z", "soon")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with workspace_of(tmp_path_factory.mktemp("accounts") / "w", MODEL, signals()) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def platform(workspace):
    return workspace.platform


def test_accounts_have_their_people_money_and_renewal(platform):
    acme, tiny = platform.accounts().rows
    assert (acme.id, acme.title, acme.people) == ("acme", "Acme Ltd", 11)
    assert (acme.paid, acme.recurring, acme.currency) == (320.0, 120.0, "EUR")  # the last year; the cancelled one no more
    assert acme.renewal == date(2027, 1, 31)
    assert (tiny.people, tiny.paid, tiny.recurring, tiny.renewal) == (2, None, 9.0, None)
    assert platform.accounts().notes == ("1 renewal dates could not be read. Write them as in 2026-03-31.",)


def test_a_name_with_personal_details_is_shown_without_them(platform):
    assert "bo@tiny.example" not in platform.accounts().rows[1].title


def test_signals_without_an_account_are_about_the_only_one_of_their_person(platform):
    acme, tiny = platform.accounts().rows
    assert acme.signals == 10 + 10 + 8 + 10 + 1 + 4 + 2 + 2  # contacts, opened, sent, answers, the one of "both", invoices, x, y
    assert tiny.signals == 2 + 1  # what "both" did without a name counts for neither


def test_response_counts_those_asked_and_the_score_their_latest_answers(platform):
    acme, tiny = platform.accounts().rows
    assert (acme.asked, acme.answered) == (8, 5)
    assert (acme.response.value, acme.response.low, acme.response.high) == pytest.approx((5 / 8, *wilson_interval(5, 8)))
    assert (acme.score.value, acme.score.n) == (pytest.approx(5.0), 5)  # 3, 4, 5, 6, 7
    assert acme.score.low == pytest.approx(5.0 - 2.7764 * 2.5**0.5 / 5**0.5, abs=1e-3)  # t of 4 degrees of freedom
    assert tiny.response == Undefined("nobody was asked")
    assert tiny.score.reason == "nobody answered"


def test_accounts_are_searched_and_ordered(platform):
    assert [one.id for one in platform.accounts(search="ACME ltd").rows] == ["acme"]
    assert platform.accounts(search="nothing").matching == 0
    assert [one.id for one in platform.accounts(sort="name").rows] == ["acme", "tiny"]
    assert [one.id for one in platform.accounts(sort="renewal").rows] == ["acme", "tiny"]
    assert [one.id for one in platform.accounts(start=1, size=1).rows] == ["tiny"]
    with pytest.raises(BadInput, match="renewal"):
        platform.accounts(sort="money")


def test_an_account_tells_its_roles_and_who_never_answered(platform):
    roles = {one.title: one for one in platform.account("acme").roles}
    assert (roles["Buyer"].people, roles["Buyer"].asked, roles["Buyer"].answered, roles["Buyer"].silent) == (2, 2, 0, True)
    assert (roles["User"].people, roles["User"].silent) == (10, False)
    assert roles[""].people == 1  # "both" was only listed there


def test_its_people_stand_with_roles_and_latest_ratings(platform):
    people = {one.actor: one for one in platform.account("acme").members}
    assert len(people) == 11
    assert people["user:a1"].roles == ("Buyer", "User")
    assert (people["user:a6"].rating, people["user:a6"].answered) == (7.0, True)
    assert (people["user:a9"].asked, people["user:a9"].rating) == (False, None)


def test_numbers_are_those_of_its_people(platform):
    (nps,) = [one for one in platform.account("acme").numbers if one.metric.id == "nps"]
    assert nps.total.n == 5
    (none,) = [one for one in platform.account("tiny").numbers if one.metric.id == "nps"]
    assert isinstance(none.total, Undefined)


def test_its_signals_are_of_all_silos_a_part_at_a_time(platform):
    strip = platform.account_strip("acme", size=10)
    assert strip.matching == platform.accounts().rows[0].signals
    assert set(strip.sources) == {"crm", "app", "post", "billing"}
    assert len(strip.entries) == 10
    assert [one.occurred_at for one in strip.entries] == sorted((one.occurred_at for one in strip.entries), reverse=True)
    last = platform.account_strip("acme", size=10, start=40)
    assert len(last.entries) == strip.matching - 40
    invoices = platform.account_strip("acme", kind="invoice.paid")
    assert [one.value for one in invoices.entries] == [120.0, 100.0, 100.0, 999.0]


def test_unknown_accounts_are_named(platform):
    with pytest.raises(Missing, match="acme"):
        platform.account("acmee")


def test_several_currencies_are_not_added_up(tmp_path):
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        workspace.record(
            [signal("b", f"{n}", "invoice.paid", n, account="x", value=5.0, unit=unit) for n, unit in enumerate(("EUR", "USD"))]
        )
        found = workspace.platform.accounts()
    assert found.rows[0].paid is None
    assert "EUR USD" in found.notes[0]


def test_without_accounts_there_is_nothing_to_list(tmp_path):
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        workspace.record([signal("b", "1", "page.viewed", 0, "user:1")])
        assert workspace.platform.accounts().total == 0


def test_averages_weigh_by_answers_accounts_or_money(tmp_path):
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        workspace.models.apply(MODEL, "test", "", file="model.yaml")
        workspace.record(
            [signal("s", f"{a}{k}", "survey.answered", k, f"user:{a}{k}", a, value=v) for a, n, v in (("x", 6, 8.0), ("y", 2, 2.0)) for k in range(n)]
            + [signal("b", f"i{a}", "invoice.paid", 3, account=a, value=v, unit="EUR") for a, v in (("x", 10.0), ("y", 30.0))]
        )  # fmt: skip
        averages = workspace.platform.accounts().averages
    assert averages["people"].value == pytest.approx((6 * 8 + 2 * 2) / 8)
    assert averages["account"].value == pytest.approx(5.0)
    assert averages["revenue"].value == pytest.approx((10 * 8 + 30 * 2) / 40)
    assert {one.n_unit for one in averages.values()} == {"accounts"}


def test_viewers_get_no_account_of_few_people_and_nobody_single(platform):
    viewers = platform.for_viewers()
    found = viewers.accounts()
    assert [one.id for one in found.rows] == ["acme"]
    assert found.small == 1
    assert found.rows[0].asked is None  # of eleven people eight were asked, so three were not
    assert isinstance(found.rows[0].response, Undefined)
    with pytest.raises(NotAllowed, match="fewer than 5 people"):
        viewers.account("tiny")
    with pytest.raises(NotAllowed):
        viewers.account_strip("acme")
    account = viewers.account("acme")
    assert account.members == ()
    assert {one.people for one in account.roles} == {None}


def test_viewers_may_see_what_many_people_of_an_account_did(platform):
    few = replace(platform.for_viewers(), smallest_group=1)
    assert isinstance(few.account("acme").row.response, Estimate)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31T09:00:00+02:00", date(2026, 3, 31)),
        ("1774915200", date(2026, 3, 31)),
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_read_as_sources_write_them(text, day):
    assert read_day(text) == day
