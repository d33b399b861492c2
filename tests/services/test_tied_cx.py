"""Metrics of customers' experience that a model ties to queries: one workspace, every number counted on paper."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.metrics.catalogue import CATALOGUE
from touchpath.model.errors import ModelErrors
from touchpath.model.parse import parse_model
from touchpath.model.time import Period
from touchpath.services.metric_check import check_metric
from touchpath.stats.heterogeneity import heterogeneity

HEAD = """format: touchpath-model/1
brand: {id: desk, title: Desk}
object_kinds: [{id: ticket, title: Ticket}, {id: subscription, title: Subscription}, {id: parcel, title: Parcel}]
schedules: [{id: office, title: Office, open: [mon-fri 09:00-17:00], zone: UTC}]
dimensions: [{id: channel, title: Channel, field: channel}]
questions:
  - {id: scored, title: How satisfied, asked: {kind: scored}, scale: {low: 1, high: 5}, metric: csat}
  - {id: ease, title: It was easy, asked: {kind: eased}, scale: {low: 1, high: 7}, metric: customer_effort}
  - {id: effort, title: How much effort, asked: {kind: efforted}, scale: {low: 1, high: 5}, metric: customer_effort_2010}
metrics:
"""
TIED = {
    "first_response_time": "{query: between, start: ticket.opened, end: ticket.replied, same: ticket}",
    "first_response_open_time": "{query: between, start: ticket.opened, end: ticket.replied, same: ticket, hours: office}",
    "response_wait": "{query: between, start: ticket.opened, end: ticket.replied, same: ticket}",
    "answered_in_time": "{query: between, start: ticket.opened, end: ticket.replied, same: ticket, limit: 2h}",
    "resolution_open_time": "{query: contacts, contact: ticket.opened, resolved: ticket.solved, ticket: ticket, window: 40h, hours: office}",
    "reopen_rate": "{query: contacts, contact: ticket.opened, resolved: ticket.solved, reopened: ticket.reopened, ticket: ticket, "
    "variant: no_reopen, window: 7d}",
    "one_touch_resolution": "{query: contacts, contact: ticket.opened, resolved: ticket.solved, reply: ticket.replied, ticket: ticket, "
    "variant: zendesk}",
    "transfer_rate": "{query: contacts, contact: ticket.opened, reply: ticket.replied, ticket: ticket, agent: properties.agent, window: 7d}",
    "channel_switch_rate": "{query: contacts, contact: ticket.opened, window: 7d}",
    "handoff_failure": "{query: between, start: ticket.handed, end: ticket.taken, same: ticket, limit: 1d}",
    "closed_loop_rate": "{query: between, start: {kind: rated, where: {value: {'<': 7}}}, end: called.back, limit: 2d}",
    "closed_loop_time": "{query: between, start: {kind: rated, where: {value: {'<': 7}}}, end: called.back}",
    "on_time_delivery": "{query: between, start: ordered, end: delivered, same: parcel, promise: days}",
    "promise_delay": "{query: between, start: ordered, end: delivered, same: parcel, promise: days}",
    "delivery_time": "{query: between, start: ordered, end: delivered, same: parcel}",
    "repeat_purchase_rate": "{query: funnel, steps: [ordered, ordered], window: 10d}",
    "response_rate": "{query: funnel, steps: [survey.sent, rated], window: 7d}",
    "referral_rate": "{query: volume, of: [referred], among: [ordered]}",
    "advocacy_rate": "{query: volume, of: [{kind: reviewed, where: {value: {'>': 3}}}], among: [ordered]}",
    "surveys_per_person": "{query: volume, of: [survey.sent], among: [survey.sent]}",
    "survey_fatigue": "{query: volume, of: [survey.refused], among: [survey.sent]}",
    "day_1_retention": "{query: retention, start: joined, return: visited, interval: day}",
    "day_30_retention": "{query: retention, start: joined, return: visited, interval: day, intervals: 30}",
    "bracket_retention": "{query: retention, start: joined, return: visited, interval: day, kind: bracket, brackets: [[7, 13]]}",
    "gross_revenue_churn": "{query: recurring, sets: price.set, ends: ended, same: subscription}",
    "net_revenue_churn": "{query: recurring, sets: price.set, ends: ended, same: subscription}",
    "gross_revenue_retention": "{query: recurring, sets: price.set, ends: ended, same: subscription}",
    **dict.fromkeys(
        (
            "recurring_revenue",
            "annual_recurring_revenue",
            "revenue_per_customer",
            "new_revenue",
            "expansion_revenue",
            "contraction_revenue",
            "churned_revenue",
            "reactivated_revenue",
        ),
        "{query: recurring, sets: price.set, ends: ended, same: subscription}",
    ),
    **dict.fromkeys(
        ("voluntary_churn", "involuntary_churn", "involuntary_revenue_churn"),
        "{query: recurring, sets: price.set, ends: ended, same: subscription, involuntary: {where: {properties.why: unpaid}}}",
    ),
    "churn_counting_new": "{query: recurring, sets: price.set, ends: ended, same: subscription}",
    "cost_to_serve": "{query: totals, sum: cost.booked, per: ordered, each: person}",
    "cost_per_contact": "{query: totals, sum: cost.booked, per: ticket.opened, each: signal}",
    "cost_per_conversion": "{query: totals, sum: cost.booked, per: ordered, each: signal}",
    "average_price": "{query: values, column: value, of: charged}",
    "spend_per_person": "{query: values, column: value, of: charged}",
    "net_sentiment": "{query: sentiment, positive: {kind: reviewed, where: {value: {'>': 3}}}, neutral: {kind: reviewed, where: {value: 3}}, "
    "negative: {kind: reviewed, where: {value: {'<': 3}}}, labels: ratings}",
    "net_sentiment_unvalidated": "{query: sentiment, positive: {kind: said, where: {properties.tone: good}}, "
    "neutral: {kind: said, where: {properties.tone: flat}}, negative: {kind: said, where: {properties.tone: bad}}, labels: model}",
    "channel_consistency": "{query: consistency, asked: scored, scale: {low: 1, high: 5}}",
    "channel_gap": "{query: consistency, asked: scored, scale: {low: 1, high: 5}}",
    **dict.fromkeys(
        ("wait_perception_gap", "wait_perception_correlation"),
        "{query: felt, answer: wait.felt, answered_in: minutes, start: queued, end: served}",
    ),
    "top_two_box": "{query: answers, question: ease}",
    "effort_agreement": "{query: answers, question: ease}",
    "effort_net": "{query: answers, question: ease}",
    "satisfaction_index": "{query: answers, question: effort}",
}
BANDS = "".join(
    f"  - {{id: price_{band}, title: Price of {band}, metric: average_price, query: {{query: values, column: value, of: charged, "
    f"who: {{people: {{query: answers, asked: rated, scale: {{low: 0, high: 10}}}}, outcome: {band}}}}}}}\n"
    for band in ("high", "low")
)
METRICS = BANDS + "".join(
    f"  - {{id: {name}, title: My {name}, metric: {name}, query: {query}}}\n" for name, query in TIED.items()
)
#: Thursday, 9 o'clock.
START = datetime(2026, 1, 1, 9, tzinfo=UTC)
HOUR, DAY = 3_600.0, 86_400.0


def at(person: str, days: float, kind: str, key: str = "", **fields) -> Signal:
    moment = START + timedelta(days=days)
    return Signal("test", f"{person}-{days}-{kind}-{key}", kind, moment, (f"user:{person}",), **fields)


def tickets():
    """Four tickets. t1: answered after 1 h, solved after 2 h, for good. t2: opened by chat on Thursday 16:00, answered on Friday at 10:00
    by one agent and at 11:00 by another, solved at noon, reopened the next day. t3: never answered. t4: by c again a day after t3, by mail:
    answered after 4 h and solved with that."""

    def one(ticket, person, days, kind, **fields):
        return at(person, days, kind, ticket, objects={"ticket": ticket}, **fields)

    hour = 1 / 24
    yield one("t1", "a", 0, "ticket.opened", channel="mail")
    yield one("t1", "a", hour, "ticket.replied", properties={"agent": "x"})
    yield one("t1", "a", 2 * hour, "ticket.solved")
    yield one("t2", "b", 7 * hour, "ticket.opened", channel="chat")
    yield one("t2", "b", 1 + hour, "ticket.replied", properties={"agent": "x"})
    yield one("t2", "b", 1 + 2 * hour, "ticket.replied", properties={"agent": "y"})
    yield one("t2", "b", 1 + 3 * hour, "ticket.solved")
    yield one("t2", "b", 2, "ticket.reopened")
    yield one("t3", "c", 4, "ticket.opened", channel="chat")
    yield one("t4", "c", 5, "ticket.opened", channel="mail")
    yield one("t4", "c", 5 + 4 * hour, "ticket.replied", properties={"agent": "y"})
    yield one("t4", "c", 5 + 4 * hour, "ticket.solved")
    # Two hand-offs: one is taken up after half a day, one after three days.
    yield one("t2", "b", 1, "ticket.handed")
    yield one("t2", "b", 1.5, "ticket.taken")
    yield one("t4", "c", 5, "ticket.handed")
    yield one("t4", "c", 8, "ticket.taken")


def parcels():
    """a is promised 3 days and waits 2, b is promised 2 days and waits 4, c is promised 1 day and waits for ever; a orders again after 8."""
    for person, days, promised, took in (("a", 1, 3, 2), ("b", 1, 2, 4), ("c", 1, 1, None), ("a", 9, 3, 3)):
        yield at(person, days, "ordered", value=float(promised), objects={"parcel": f"{person}{days}"})
        if took:
            yield at(person, days + took, "delivered", objects={"parcel": f"{person}{days}"})


#: Minutes that five people felt and that they waited.
FELT = ((10, 4), (5, 6), (8, 5), (15, 12), (2, 1))


def listening():
    """Four are asked, a twice; a and b answer in time, c answers too late, d refuses. b and c are unhappy, b is called after a day."""
    for person, days in (("a", 10), ("a", 30), ("b", 10), ("c", 10), ("d", 10)):
        yield at(person, days, "survey.sent")
    yield from (
        at(person, days, "rated", value=value) for person, days, value in (("a", 11, 9.0), ("b", 12, 3.0), ("c", 20, 5.0))
    )
    yield at("d", 11, "survey.refused")
    yield at("b", 13, "called.back")
    yield at("a", 14, "referred")
    yield from (at(person, 15, "reviewed", value=stars) for person, stars in (("a", 5.0), ("b", 2.0)))
    for channel, ratings in (("phone", (3, 4)), ("shop", (4, 5)), ("web", (2, 3))):
        yield from (at(f"{channel}{n}", 15, "scored", value=float(ratings[n % 2]), channel=channel) for n in range(30))
    for number, (felt, real) in enumerate(FELT):
        yield at(f"w{number}", 18, "queued")
        yield at(f"w{number}", 18 + real / 1440, "served")
        yield at(f"w{number}", 18 + 0.1, "wait.felt", value=float(felt))
    said = (("a", "good"), ("b", "good"), ("c", "flat"), ("d", "bad"))
    yield from (at(person, 15, "said", properties={"tone": tone}) for person, tone in said)
    yield from (
        at(person, 16, "eased", value=value) for person, value in zip("abcdef", (7.0, 6.0, 5.0, 3.0, 1.0, 6.0), strict=True)
    )
    yield from (at(person, 16, "efforted", value=value) for person, value in zip("abcd", (1.0, 2.0, 2.0, 3.0), strict=True))


def money():
    """Costs of 3, 6 and 3 for a, b and c, who ordered 2, 1 and 1 times and opened 1, 1 and 2 tickets. a pays 10 and 30, b pays 20."""
    yield from (at(person, 17, "cost.booked", value=cost) for person, cost in (("a", 3.0), ("b", 6.0), ("c", 3.0)))
    yield from (
        at(person, days, "charged", value=price) for person, days, price in (("a", 1, 10.0), ("a", 9, 30.0), ("b", 1, 20.0))
    )


def coming_back():
    """Four join in the first week: j is back on days 1 and 30, k on day 8, l on day 1, m never."""
    yield from (at(person, 2, "joined") for person in "jklm")
    yield from (at(person, 2 + day, "visited") for person, day in (("j", 1), ("j", 30), ("k", 8), ("l", 1)))


def subscriptions():
    """In February, of a level of 100: p (50) falls to 40, q (30) rises to 36, r (20) leaves and comes back with 20, s is new with 10, leaves.
    In March of these 96 p cannot pay, and r leaves."""
    for person, price in (("p", 50.0), ("q", 30.0), ("r", 20.0)):
        yield at(person, 3, "price.set", value=price, unit="EUR", objects={"subscription": f"s-{person}"})
    february = (("p", 40, 40.0), ("q", 41, 36.0), ("r", 42, None), ("r", 45, 20.0), ("s", 40, 10.0), ("s", 43, None))
    for person, days, price in february:
        kind = "ended" if price is None else "price.set"
        yield at(person, days, kind, value=price, unit="EUR", objects={"subscription": f"s-{person}"})
    yield at("p", 70, "ended", properties={"why": "unpaid"}, objects={"subscription": "s-p"})
    yield at("r", 71, "ended", objects={"subscription": "s-r"})
    yield at("p", 75, "visited")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cx") / "desk"
    create_workspace(folder, "Desk")
    workspace = open_workspace(folder)
    workspace.models.apply(HEAD + METRICS, "me", "first")
    workspace.record((*tickets(), *parcels(), *listening(), *money(), *coming_back(), *subscriptions()))
    yield workspace
    workspace.close()


COUNTED = {
    # 1 h, 18 h and 4 h by the calendar; t3 is never answered.
    "first_response_time": ((1 * 18 * 4) ** (1 / 3) * HOUR, 3),
    # Open time: 1 h; an hour on Thursday and an hour on Friday; t4 is opened on Tuesday at 9 and answered at 13.
    "first_response_open_time": ((1 * 2 * 4) ** (1 / 3) * HOUR, 3),
    # Of 1, 4, 18 hours and one that waits for ever the curve lies on a half from 4 to 18: its middle, as R's survival has it.
    "response_wait": (11 * HOUR, 4),
    "answered_in_time": (1 / 4, 4),
    # t1 took 2 h, t2 an hour on Thursday and three on Friday. c's two tickets are one case: from Monday 9 to Tuesday 13 are 12 open hours.
    "resolution_open_time": ((2 * 4 * 12) ** (1 / 3) * HOUR, 3),
    "reopen_rate": (1 / 3, 3),
    # t1 and t4 took one reply each, t2 took two, t3 was never solved.
    "one_touch_resolution": (2 / 3, 3),
    "transfer_rate": (1 / 3, 3),
    "channel_switch_rate": (1 / 3, 3),
    "handoff_failure": (1 / 2, 2),
    "closed_loop_rate": (1 / 2, 2),
    # a kept 2 of 2, b came late, c never came.
    "on_time_delivery": (2 / 4, 4),
    "delivery_time": ((2 * 4 * 3) ** (1 / 3) * DAY, 3),
    "repeat_purchase_rate": (1 / 3, 3),
    "response_rate": (2 / 4, 4),
    "referral_rate": (1 / 3, 3),
    "advocacy_rate": (1 / 3, 3),
    "surveys_per_person": (5 / 4, 4),
    "survey_fatigue": (1 / 4, 4),
    "day_1_retention": (2 / 4, 4),
    "day_30_retention": (1 / 4, 4),
    "bracket_retention": (1 / 4, 4),
    # Movements count: p lost 10, r 20, and s, who came and went, 10; q brought 6 more, r came back with 20.
    "gross_revenue_churn": ((10 + 20 + 10) / 100, 4),
    "net_revenue_churn": ((10 + 20 + 10 - 6 - 20) / 100, 4),
    "gross_revenue_retention": ((40 + 30 + 20) / 100, 3),
    "recurring_revenue": (96.0, 3),
    "annual_recurring_revenue": (1_152.0, 3),
    "revenue_per_customer": (32.0, 3),
    "new_revenue": (10.0, 1),
    "expansion_revenue": (6.0, 1),
    "contraction_revenue": (10.0, 1),
    "churned_revenue": (30.0, 2),
    "reactivated_revenue": (20.0, 1),
    # Nobody of the start is gone at the end of February; r left of their own will.
    "voluntary_churn": (0.0, 3),
    "involuntary_churn": (0.0, 3),
    "involuntary_revenue_churn": (0.0, 4),
    # r and s churn once each; the base is p, q, r and s.
    "churn_counting_new": (2 / 4, 4),
    "cost_to_serve": (12 / 3, 3),
    "cost_per_contact": (12 / 4, 3),
    "cost_per_conversion": (12 / 4, 3),
    "average_price": (20.0, 3),
    "spend_per_person": (30.0, 2),
    "net_sentiment": (0.0, 2),
    "net_sentiment_unvalidated": (25.0, 4),
    "channel_consistency": ((1 - 0.25 / 29) ** 0.5, 90),
    "channel_gap": (2.0, 90),
    "wait_perception_gap": (144.0, 5),
    "wait_perception_correlation": (0.850691, 5),
    "top_two_box": (3 / 6, 6),
    "effort_agreement": (4 / 6, 6),
    "effort_net": (100 * (3 - 2) / 6, 6),
    "satisfaction_index": (25.0, 4),
}


@pytest.mark.parametrize(("name", "counted"), COUNTED.items(), ids=COUNTED)
def test_a_metric_is_what_was_counted_on_paper(desk, name, counted):
    value, n = counted
    total = desk.platform.measure(name, name if name in CATALOGUE else "").total
    assert (total.value, total.n) == (pytest.approx(value, rel=0.01), n)
    assert total.low <= total.value <= total.high


def test_waits_without_an_upper_limit_are_not_compared(desk):
    found = desk.platform.measure("response_wait", "response_wait", grain="month")
    assert found.total.high == float("inf")
    assert "The upper limit lies beyond what was seen." in found.total.warnings
    assert found.change is None


def test_any_share_by_channel_has_a_spread(desk):
    """Of the phone's 30 answers half are 4, of the shop's all are 4 and 5, of the web's none. Wilson's longer sides are 0.168 and 0.114."""
    found = desk.platform.measure("customer_satisfaction", "scored", by="channel")
    assert found.spread.value == pytest.approx(heterogeneity((0, 0.5, 1), (0.0579, 0.0856, 0.0579)).tau2 ** 0.5, abs=0.002)
    assert (found.spread.n, found.spread.unit) == (90, "share")
    assert found.spread.low < found.spread.value < found.spread.high
    assert desk.platform.measure("customer_satisfaction", "scored").spread is None
    assert desk.platform.measure("customer_satisfaction", "scored", by="channel", grain="month").spread is None


def test_price_is_told_by_band_of_experience(desk):
    """a answered 9 and paid 10 and 30; b answered 3 and paid 20: one person in each band, so no interval, and each its own n."""
    high, low = (desk.platform.measure(f"price_{band}").total for band in ("high", "low"))
    assert (high.n, low.n) == (2, 1)
    assert high.reason == low.reason == "only 1 person, and an interval needs two"


def test_a_models_sentiment_says_that_nobody_checked_it(desk):
    assert desk.platform.measure("net_sentiment_unvalidated").total.warnings[-1].startswith("unvalidated")
    assert not any("unvalidated" in warning for warning in desk.platform.measure("net_sentiment").total.warnings)


def test_why_customers_left_in_march(desk):
    """Of p (40), q (36) and r (20): p could not pay, r left."""
    march = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    found = {name: desk.platform.measure(name, period=march).total for name in ("voluntary_churn", "involuntary_churn")}
    assert [(one.value, one.n) for one in found.values()] == [(pytest.approx(1 / 3), 3)] * 2
    assert desk.platform.measure("involuntary_revenue_churn", period=march).total.value == pytest.approx(40 / 96)
    assert desk.platform.measure("churned_revenue", period=march).total.value == 60.0
    nothing = desk.platform.measure("new_revenue", period=march).total
    assert nothing.reason == "there was no new customer in the period, so how much more it might have been cannot be told"


def test_delays_of_one_person_have_no_interval(desk):
    """Only b's parcel came late, by two days."""
    assert desk.platform.measure("promise_delay").total.reason == "only 1 person, and an interval needs two"
    assert desk.platform.measure("closed_loop_time").total.reason == "only 1 person, and an interval needs two"


def test_effort_of_2010_is_measured_of_its_question(desk):
    total = desk.platform.measure("customer_effort_2010").total
    assert (total.value, total.n) == (2.0, 4)
    assert desk.platform.measure("customer_effort").total.value == pytest.approx(28 / 6)


WRONG = {
    "reopen_rate": ("{query: contacts, contact: a, resolved: b}", r"'reopen_rate' needs 'variant: no_reopen'"),
    "on_time_delivery": ("{query: between, start: a, end: b}", r"'on_time_delivery' needs 'promise'"),
    "answered_in_time": ("{query: between, start: a, end: b}", r"'answered_in_time' needs 'limit'"),
    "first_response_open_time": ("{query: between, start: a, end: b}", r"'first_response_open_time' needs 'hours'"),
    "involuntary_churn": ("{query: recurring, sets: a, ends: b}", r"'involuntary_churn' needs 'involuntary'"),
    "net_sentiment": (
        "{query: sentiment, positive: a, neutral: b, negative: c, labels: model}",
        r"'net_sentiment' needs 'labels: people or ratings'",
    ),
    "referral_rate": ("{query: volume, of: [a]}", r"'referral_rate' needs 'among'"),
    "day_30_retention": ("{query: retention, interval: day}", r"reads 'day 30', but this query counts day 1"),
}


@pytest.mark.parametrize(("name", "wrong"), WRONG.items(), ids=WRONG)
def test_a_query_without_what_the_metric_needs_is_refused(name, wrong):
    query, message = wrong
    with pytest.raises(ModelErrors, match=message):
        parse_model(f"{HEAD}  - {{id: m, title: M, metric: {name}, query: {query}}}\n", check=check_metric)


def test_what_signals_do_not_say_is_told_beside_the_number(tmp_path):
    """Two tickets of eight have no number, a contract is paid by the week, and an order promises "soon": none of them vanishes in silence."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    signals = []
    for i in range(6):
        actor, day = (f"user:{i}",), at + timedelta(days=i)
        signals += [
            Signal("t", f"o{i}", "ticket.opened", day, actor, objects={"ticket": f"t{i}"}),
            Signal("t", f"r{i}", "ticket.replied", day + timedelta(hours=2), actor, objects={"ticket": f"t{i}"}),
            Signal(
                "t",
                f"p{i}",
                "price.set",
                day,
                actor,
                objects={"subscription": f"s{i}"},
                value=10.0,
                properties={"every": "month"},
            ),
            Signal("t", f"b{i}", "ordered", day, actor, properties={"by": "2026-01-20"}),
            Signal("t", f"d{i}", "delivered", day + timedelta(days=1), actor),
        ]
    lost = ("user:lost",)
    signals += [Signal("t", f"n{i}", "ticket.opened", at, lost) for i in range(2)]
    signals += [
        Signal("t", "week", "price.set", at, lost, objects={"subscription": "w"}, value=3.0, properties={"every": "week"})
    ]
    signals += [
        Signal("t", "soon", "ordered", at, lost, properties={"by": "soon"}),
        Signal("t", "end", "seen", at + timedelta(days=60), lost),
    ]
    asked = {
        "first_response_time": "{query: between, start: ticket.opened, end: ticket.replied, same: ticket}",
        "first_contact_resolution": "{query: contacts, contact: ticket.opened, ticket: ticket, window: 7d}",
        "revenue_per_customer": "{query: recurring, sets: price.set, ends: ended, same: subscription, monthly: {properties.every: {month: 1}}}",
        "on_time_delivery": "{query: between, start: ordered, end: delivered, promise: date, promised: properties.by}",
    }
    ties = "".join(f"  - {{id: {name}_here, title: {name}, metric: {name}, query: {query}}}\n" for name, query in asked.items())
    create_workspace(tmp_path / "told", "Told")
    workspace = open_workspace(tmp_path / "told")
    workspace.models.apply(HEAD + ties, "me", "first")
    workspace.record(signals)
    whole = Period(at, at + timedelta(days=40))
    told = {name: workspace.platform.measure(name, period=whole).total.warnings for name in asked}
    behind = workspace.platform.behind("first_response_time", period=whole)
    workspace.close()
    assert "2 starts name no object to tie the case to and are left out." in told["first_response_time"]
    assert "2 contacts do not say which case they belong to and are left out." in told["first_contact_resolution"]
    assert "1 signals set no usable level and are left out." in told["revenue_per_customer"]
    assert "1 starts promise nothing that can be read and are left out." in told["on_time_delivery"]
    assert [(one.count, one.why) for one in behind.left_out] == [(2, "starts name no object to tie the case to")]
