"""Metrics of the catalogue that a model ties to queries: checked with the model, measured like any other, counted on paper."""

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.metrics.catalogue import QUERY_METRICS
from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import BadInput, Missing, ModelErrors
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.parse import parse_document, parse_model
from touchpath.model.time import Period
from touchpath.services.metric_check import check_metric
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.snapshots import changes_since

HEAD = """format: touchpath-model/1
brand: {id: desk, title: Desk}
object_kinds: [{id: ticket, title: Ticket}, {id: subscription, title: Subscription}]
dimensions: [{id: channel, title: Channel, field: channel}]
"""
METRICS = """metrics:
  - id: fcr_mail
    title: Settled by the first mail
    metric: first_contact_resolution
    query: {query: contacts, contact: {kind: contacted, where: {channel: mail}}, window: 7d}
    version: 2
    owner: Support
  - id: fcr_call
    title: Settled by the first call
    metric: first_contact_resolution
    query: {query: contacts, contact: {kind: contacted, where: {channel: phone}}, window: 7d}
  - id: settled_in
    title: Time until settled
    metric: resolution_time
    query: {query: contacts, contact: contacted, resolved: resolved, window: 7d}
  - id: churn
    title: Churn of subscribers
    metric: churn
    query: {query: recurring, sets: price.set, ends: ended, same: subscription}
  - id: nrr
    title: Revenue kept
    metric: net_revenue_retention
    query: {query: recurring, sets: price.set, ends: ended, same: subscription}
  - id: back_on_day_7
    title: Back after a week
    metric: day_7_retention
    query: {query: retention, start: joined, return: visited, interval: day}
  - id: sticky
    title: Sticky
    metric: stickiness
    query: {query: stickiness, active: visited}
"""
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def at(person: str, day: int, kind: str, **fields) -> Signal:
    moment = START + timedelta(days=day)
    return Signal("test", f"{person}-{day}-{kind}", kind, moment, (f"user:{person}",), **fields)


def facts():
    """January to March of 2026, so that February is the last whole month when a signal falls into March."""
    # a and b write once, c writes twice: two of three mails settle it. a and b also call; b calls again within the week.
    for person, days in (("a", (1,)), ("b", (2,)), ("c", (3, 5))):
        yield from (at(person, day, "contacted", channel="mail") for day in days)
    for person, days in (("a", (20,)), ("b", (20, 21))):
        yield from (at(person, day, "contacted", channel="phone") for day in days)
    yield from (at(person, day, "resolved") for person, day in (("a", 2), ("b", 3), ("c", 6)))
    # Four subscribers before February: one leaves in February, one pays half as much again, two stay.
    for person, price in (("a", 10.0), ("b", 10.0), ("c", 10.0), ("d", 20.0)):
        yield at(person, 0, "price.set", value=price, unit="EUR", objects={"subscription": f"s-{person}"})
    yield at("a", 40, "ended", objects={"subscription": "s-a"})
    yield at("b", 45, "price.set", value=15.0, unit="EUR", objects={"subscription": "s-b"})
    # Three join on the 5th of February, two of them are back seven days later; in February a is there on 7 days, b on 14.
    yield from (at(person, 35, "joined") for person in ("j", "k", "l"))
    yield from (at(person, 42, "visited") for person in ("j", "k"))
    yield at("l", 43, "visited")
    yield from (at("a", day, "visited") for day in range(31, 38))
    yield from (at("b", day, "visited") for day in range(31, 45))
    yield at("d", 75, "visited")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tied") / "desk"
    create_workspace(folder, "Desk")
    workspace = open_workspace(folder)
    workspace.models.apply(HEAD + METRICS, "me", "first")
    workspace.record(facts())
    yield workspace
    workspace.close()


FEBRUARY = Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


def test_first_contact_resolution_of_mails_and_of_calls_are_two_numbers_of_one_metric(desk):
    mails, calls = (desk.platform.measure("first_contact_resolution", name) for name in ("fcr_mail", "fcr_call"))
    assert (mails.total.value, mails.total.n, mails.total.n_unit) == (pytest.approx(2 / 3), 3, "cases")
    assert (calls.total.value, calls.total.n) == (0.5, 2)
    assert (mails.metric.id, mails.about) == ("first_contact_resolution", "Settled by the first mail")
    own = desk.platform.measure("fcr_mail")
    assert (own.metric.id, own.metric.title, own.metric.version) == ("fcr_mail", "Settled by the first mail", 2)
    assert own.total.value == mails.total.value
    assert own.total.definition == "fcr_mail"


def test_a_metric_tied_twice_wants_to_know_which(desk):
    with pytest.raises(Missing, match=r"ties 'first_contact_resolution' to several queries\. Name one: fcr_mail, fcr_call"):
        desk.platform.measure("first_contact_resolution")
    with pytest.raises(Missing, match="Did you mean 'fcr_mail'"):
        desk.platform.measure("first_contact_resolution", "fcr_mial")


def test_a_metric_that_is_not_tied_says_what_to_write(desk):
    with pytest.raises(Missing, match=r"Tie it to a query under 'metrics': \{id: contacts_per_case, .*query: \{query: contacts"):
        desk.platform.measure("contacts_per_case")


def test_churn_and_revenue_kept_are_told_for_the_last_whole_month(desk):
    churn, kept = desk.platform.measure("churn"), desk.platform.measure("nrr")
    assert churn.period == kept.period == FEBRUARY
    assert (churn.total.value, churn.total.n, churn.total.n_unit) == (0.25, 4, "customers")
    assert kept.total.value == pytest.approx(45 / 50)
    assert churn.total.period == FEBRUARY


def test_a_period_of_ones_own_is_taken_as_it_is(desk):
    spring = Period(datetime(2026, 2, 12, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC))
    measured = desk.platform.measure("churn", period=spring)
    assert measured.period == spring
    assert (measured.total.value, measured.total.n) == (0.0, 3)


def test_a_trend_of_months_has_every_month_and_compares_whole_ones(desk):
    measured = desk.platform.measure("churn", grain="month")
    values = [reading.number.value if isinstance(reading.number, Estimate) else None for reading in measured.readings]
    assert values == [None, 0.25, 0.0]
    assert [reading.complete for reading in measured.readings] == [True, True, False]
    assert measured.total.value == 0.25


def test_day_7_retention_counts_those_who_are_back_on_the_seventh_day(desk):
    measured = desk.platform.measure("day_7_retention", "back_on_day_7")
    assert (measured.total.value, measured.total.n) == (pytest.approx(2 / 3), 3)


def test_stickiness_is_active_days_over_the_days_of_the_month(desk):
    total = desk.platform.measure("stickiness").total
    assert total.period == FEBRUARY
    assert (total.value, total.n) == (pytest.approx((7 + 14 + 1 + 1 + 1) / 5 / 28), 5)


def test_time_to_resolution_is_a_typical_time(desk):
    total = desk.platform.measure("settled_in").total
    assert total.unit == "seconds"
    assert total.value == pytest.approx((86_400 * 86_400 * 3 * 86_400) ** (1 / 3), rel=0.01)


def test_a_tied_metric_is_cut_by_a_dimension(desk):
    measured = desk.platform.measure("settled_in", by="channel")
    assert {reading.segment for reading in measured.readings} >= {"mail"}


def test_a_number_that_rests_on_too_little_is_withheld(desk):
    early = Period(START, START + timedelta(days=1, hours=1))
    assert isinstance(desk.platform.measure("settled_in", period=early).total, Undefined)


def test_the_words_say_which_query_and_which_version(desk):
    words = {one.id: one for one in desk.platform.metrics()}
    assert words["resolution_time"].query == "contacts"
    assert (words["nrr"].query, words["nrr"].family) == ("recurring", "")
    assert words["churn"].family == "Loyalty"
    assert len([one for one in desk.platform.metrics() if one.id == "churn"]) == 1


def test_a_kind_that_only_a_query_reads_is_read_by_a_metric(desk):
    uses = {use.kind: use.used_by for use in desk.platform.kinds()}
    assert uses["resolved"] == ("metric 'Time until settled'",)


def test_a_model_with_queries_comes_back_as_it_was():
    model = parse_model(HEAD + METRICS, check=check_metric)
    assert parse_model(dump_model(model), check=check_metric) == model == parse_document(to_document(model))
    shuffled = METRICS.replace("query: {query: contacts, contact: contacted, resolved: resolved, window: 7d}",
                               "query: {window: 7d, resolved: resolved, contact: contacted, query: contacts}")  # fmt: skip
    assert shuffled != METRICS
    assert parse_model(HEAD + shuffled) == model


FAULTY = {
    "no such metric": (
        "metric: chrun, query: {query: recurring, sets: a, ends: b}",
        r"m.yaml:6: metrics/m: No metric that is measured of a query is called 'chrun'\. Did you mean 'churn'\?",
    ),
    "a metric of something else": (
        "metric: nps, query: {query: recurring, sets: a, ends: b}",
        r"'nps' is measured of a question, not of a query, so it needs no entry here",
    ),
    "another query": (
        "metric: churn, query: {query: contacts, contact: a}",
        r"'churn' is measured of a query 'recurring', but 'contacts' came",
    ),
    "a query with faults of its own": (
        "metric: churn, query: {query: recurring, sets: a, ends: b, samee: c}",
        r"m.yaml:6: metrics/m/query: a query has no key 'samee'\. Did you mean 'same'\?",
    ),
    "an object kind that nobody declared": (
        "metric: churn, query: {query: recurring, sets: a, ends: b, same: contract}",
        r"No object kind is called 'contract'",
    ),
    "a period": (
        "metric: churn, query: {query: recurring, sets: a, ends: b, grain: week}",
        r"'grain' is chosen each time the metric is measured\. Take it out",
    ),
    "a key that the metric needs": (
        "metric: resolution_time, query: {query: contacts, contact: a}",
        r"'resolution_time' needs 'resolved'",
    ),
    "a column that the query does not have": (
        "metric: day_7_retention, query: {query: retention, interval: week}",
        r"'day_7_retention' reads 'day 7', but this query counts week 1, week 2, week 3 to week 12",
    ),
    "no query": ("metric: churn", r"'query' is missing"),
    "a query that is no mapping": ("metric: churn, query: recurring", r"'query' is the document of a query"),
    "rules": (
        "metric: churn, query: {query: recurring, sets: a, ends: b}, numerator: {kind: a}",
        r"'numerator' does not belong to a metric of the kind 'query', which has: metric, query",
    ),
    "a query for a ratio": (
        "kind: ratio, numerator: {kind: a}, denominator: {kind: b}, query: {query: recurring, sets: a, ends: b}",
        r"'query' does not belong to a metric of the kind 'ratio', which has: numerator, denominator, window",
    ),
}


@pytest.mark.parametrize(("entry", "message"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_tie_is_told_with_its_line(entry, message):
    text = HEAD + "metrics:\n  - {id: m, title: M, " + entry + "}\n"
    with pytest.raises(ModelErrors, match=message):
        parse_model(text, "m.yaml", check=check_metric)


def test_an_id_of_the_catalogue_is_kept_for_its_metric():
    text = HEAD + "metrics: [{id: nps, title: Mine, kind: ratio, numerator: {kind: a}, denominator: {kind: b}}]\n"
    with pytest.raises(ModelErrors, match="'nps' is a metric of the catalogue"):
        parse_model(text, check=check_metric)


def test_a_tie_that_this_version_cannot_read_costs_its_own_number_only(desk, tmp_path):
    """As after an upgrade: records are not checked again, so the fault shows where the number stands."""
    text = HEAD + METRICS.replace("interval: day", "interval: week")
    model = parse_model(text)
    assert model.metrics
    shutil.copytree(desk.folder, tmp_path / "old")
    with closing(open_workspace(tmp_path / "old")) as old:
        old.records.save("model", "experience", to_document(model), expected=1, member="me", why="as an older version kept it")
        old.models.clear()
        with pytest.raises(BadInput, match="reads 'day 7'"):
            old.platform.measure("back_on_day_7")
        assert old.platform.measure("churn").total.value == 0.25


@pytest.mark.parametrize("one", QUERY_METRICS.values(), ids=QUERY_METRICS)
def test_every_metric_of_a_query_names_a_query_that_there_is(one):
    assert one.query in QUERIES


def test_a_number_names_the_version_it_was_made_with(desk):
    assert desk.platform.measure("fcr_mail").total.version == "2 (catalogue 1)"
    assert desk.platform.measure("first_contact_resolution", "fcr_mail").total.version == "2 (catalogue 1)"
    assert desk.platform.measure("active_people").total.version == "1"


def test_a_kept_metric_keeps_its_version_and_a_later_one_is_marked(desk, tmp_path):
    shutil.copytree(desk.folder, tmp_path / "later")
    with closing(open_workspace(tmp_path / "later")) as later:
        asked = {"metric": "fcr_mail", "grain": "month"}
        kept = later.snapshots.take("q1", asked, later.platform.answer(asked), "me")
        assert kept.answer["definition"]["version"] == "2 (catalogue 1)"
        assert changes_since(kept, later.platform.answer(asked)) == ()
        text = later.models.export().replace("window: 7d\n", "window: 1d\n", 1)
        later.models.apply(text, "me", "shorter", new_versions=True)
        first, *others = changes_since(later.snapshots.show("q1"), later.platform.answer(asked))
        assert (first.table, first.row, first.then, first.now) == ("definition", "fcr_mail", "2 (catalogue 1)", "3 (catalogue 1)")
        assert ("total", 1.0) in [(one.table, one.now) for one in others]


def test_a_document_asks_for_one_thing(desk):
    with pytest.raises(BadInput, match="but both came"):
        desk.platform.answer({"metric": "churn", "query": "volume"})
    with pytest.raises(BadInput, match=r"a measurement has no key 'grane'\. Did you mean 'grain'"):
        desk.platform.answer("{metric: churn, grane: month}")
    assert desk.platform.answer({"metric": "churn", "period": {"from": "2026-02-01", "to": "2026-03-01"}}).total.value == 0.25


def test_a_composite_is_told_of_one_period_even_where_a_part_only_speaks_of_months(desk, tmp_path):
    shutil.copytree(desk.folder, tmp_path / "mixed")
    parts = "[{metric: churn, worst: 1, best: 0}, {metric: fcr_mail, worst: 0, best: 1}, {metric: sticky, worst: 0, best: 1}]"
    with closing(open_workspace(tmp_path / "mixed")) as mixed:
        composite = f"  - {{id: mix, title: Mix, kind: composite, parts: {parts}}}\n"
        mixed.models.apply(HEAD + METRICS + composite, "me", "mixed", onto=1)
        measured = mixed.platform.measure("mix")
        assert measured.period == FEBRUARY
        assert {part.number.period for part in measured.parts} == {FEBRUARY}
        by_month = mixed.platform.measure("mix", grain="month")
        assert by_month.period == FEBRUARY
        assert len(by_month.readings) == 3


def test_revenue_kept_says_of_how_many_customers_it_is(desk):
    total = desk.platform.measure("nrr").total
    assert (total.n, total.n_unit) == (4, "customers")
