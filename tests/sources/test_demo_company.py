"""The simulated company: the same seed gives the same year, and plain SQL finds what was planted."""

from __future__ import annotations

import math
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from touchpath.model.errors import BadInput
from touchpath.model.time import from_micros, to_micros
from touchpath.sources.demo import simulate, truths
from touchpath.sources.demo.season import FIRST, LAST
from touchpath.store.signals import SIGNAL_SCHEMA

PEOPLE, SEED = 14_000, 11
PLAN = truths(PEOPLE, SEED)
#: A share is recovered when it lies within this many standard errors; all tests together draw a few dozen.
ERRORS = 4.0


@pytest.fixture(scope="module")
def signals() -> pa.Table:
    return pa.concat_tables(simulate(PEOPLE, SEED))


@pytest.fixture(scope="module")
def database(signals: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("arrow", signals)
    connection.execute(
        "create table signals as select source, id, kind, epoch_us(occurred_at) moment, utc_offset_minutes utc_offset, actors, "
        "json_extract_string(properties, '$.question') question, json_extract_string(properties, '$.repeat') as repeats, "
        "json_extract_string(properties, '$.round') as study_round, "
        "objects['order'] as order_id, objects['session'] as session, objects['device'] as device, objects['ticket'] as ticket, "
        "objects['response'] as response, channel, surface, value, text, properties, account from arrow"
    )
    return connection


def _rows(database: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[float, ...]]:
    return [tuple(row) for row in database.execute(query, values).fetchall()]


def _assert_near(successes: float, trials: float, planted: float, errors: float = ERRORS) -> None:
    assert trials > 30
    assert abs(successes / trials - planted) <= errors * math.sqrt(planted * (1 - planted) / trials)


# -- what every source of signals promises -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_signals_whatever_the_table_size():
    whole = pa.concat_tables(simulate(3_000, 5))
    small = list(simulate(3_000, 5, rows=7_001))
    assert {table.num_rows for table in small[:-1]} == {7_001}
    assert pa.concat_tables(small).equals(whole)


def test_another_seed_gives_another_year():
    one, two = (pa.concat_tables(simulate(200, seed)) for seed in (1, 2))
    assert not one["occurred_at"].combine_chunks().equals(two["occurred_at"].combine_chunks())


def test_more_people_leave_the_first_ones_as_they_are():
    few, many = (pa.concat_tables(simulate(people, 5)) for people in (2_500, 2_600))
    assert many.slice(0, few.num_rows).equals(few)


@pytest.mark.parametrize("people", [1, 2, 7, 30])
def test_the_smallest_companies_work(people):
    table = pa.concat_tables(simulate(people, 4))
    table.validate(full=True)
    assert pc.count_distinct(table["id"]).as_py() == table.num_rows


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (-5, 1), (10, -1)])
def test_impossible_companies_are_refused(people, seed):
    with pytest.raises(BadInput):
        next(simulate(people, seed))


def test_signals_keep_the_schema(signals):
    assert signals.schema == SIGNAL_SCHEMA
    signals.validate(full=True)
    assert all(signals[field.name].null_count == 0 for field in SIGNAL_SCHEMA if not field.nullable)


def test_every_signal_has_its_own_id_inside_the_year(database, signals):
    query = "select count(*) - count(distinct (source, id)), min(moment) >= ?, max(moment) < ? from signals"
    assert _rows(database, query, FIRST, LAST) == [(0, True, True)]
    assert pc.all(pc.greater_equal(signals["received_at"], signals["occurred_at"])).as_py()


def test_only_contracts_releases_and_outside_events_have_no_actor(database):
    query = "select distinct kind from signals where actors is null or len(actors) = 0 order by kind"
    assert _rows(database, query) == [("contract.renewed",), ("contract.signed",), ("external.noted",), ("release.published",)]


def test_properties_are_json_without_nulls(database):
    query = (
        "select count(*) from signals where properties is not null and (not json_valid(properties) or properties like '%null%')"
    )
    assert _rows(database, query) == [(0,)]


def test_people_are_anonymous_until_they_sign_up(database):
    query = (
        "select count(*) filter (where moment < joined.since), count(*) from signals join (select actors[1] who, min(moment) since "
        "from signals where kind = 'account.created' group by 1) joined on actors[1] = who where source in ('web', 'app', 'billing')"
    )
    early, all_of_them = _rows(database, query)[0]
    assert early / all_of_them < 0.002  # visits of one person may overlap by minutes
    [(unknown,)] = _rows(
        database,
        "select count(*) from (select distinct actors[1] who from signals where actors[1] like 'user:%') "
        "anti join (select actors[1] who from signals where kind = 'account.created') using (who)",
    )
    assert unknown == 0


def test_each_person_has_forty_to_sixty_signals_on_average_and_few_have_most(database, signals):
    assert 40 <= signals.num_rows / PEOPLE <= 60
    [(median, top)] = _rows(
        database, "select quantile_cont(n, 0.5), quantile_cont(n, 0.99) from (select count(*) n from signals group by actors[1])"
    )
    assert top > 10 * median


def test_silos_know_people_by_different_ids(database):
    found = dict(
        _rows(database, "select source, min(split_part(actors[1], ':', 1)) from signals where actors is not null group by 1")
    )
    assert (found["helpdesk"], found["mailer"], found["stores"], found["billing"]) == ("email", "email", "external", "user")


def test_some_texts_are_german_and_spanish(database):
    query = (
        "select count(*) filter (where contains(text, ' der ')), count(*) filter (where contains(text, ' la ')), "
        "count(*) filter (where contains(text, ' the ')) from signals"
    )
    assert min(_rows(database, query)[0]) > 10


# -- what was planted ----------------------------------------------------------------------------------------------------

_ATTEMPTS = """
    select count(order_id) filter (kind = 'order.placed'), count(*) filter (kind = 'checkout.started') from (
        select *, min(moment) over (partition by session) began from signals where source in ('web', 'app'))
    where source = ? and began >= ? and began < ?
"""


@pytest.mark.parametrize(
    ("source", "start", "end", "planted"),
    [
        ("web", PLAN.start, PLAN.bad_release, PLAN.checkout_success_web),
        ("web", PLAN.bad_release, PLAN.bad_release_mended, PLAN.checkout_success_web_bad),
        ("web", PLAN.bad_release_mended, PLAN.end, PLAN.checkout_success_web),
        ("app", PLAN.start, PLAN.app_release, PLAN.checkout_success_app_before),
        ("app", PLAN.app_release, PLAN.end, PLAN.checkout_success_app_after),
    ],
)
def test_checkouts_succeed_as_planted(database, source, start, end, planted):
    placed, started = _rows(database, _ATTEMPTS, source, to_micros(start), to_micros(end))[0]
    _assert_near(placed, started, planted)


def test_visits_lead_on_as_planted(database):
    counts = _rows(
        database,
        "select count(distinct session), count(distinct session) filter (kind = 'product.viewed'), "
        "count(distinct session) filter (kind = 'cart.added'), count(distinct session) filter (kind = 'checkout.started') "
        "from signals where source in ('web', 'app') and channel in ('web', 'app') and kind not like 'plan_change%' "
        "and kind not in ('app.opened', 'plant.checked') and device is null",
    )[0]
    for (before, after), planted in zip(pairwise(counts), (PLAN.view_share, PLAN.cart_share, PLAN.checkout_share), strict=True):
        _assert_near(after, before, planted)


def test_searches_succeed_as_planted(database):
    query = "select count(*) filter (kind = 'search.result_opened'), count(*) filter (kind = 'search.started') from signals"
    _assert_near(*_rows(database, query)[0], PLAN.search_success)


def test_weekdays_are_as_busy_as_planted(database):
    """The weekday of each visit's landing page on the visitor's own calendar."""
    counted = _rows(
        database,
        "select isodow(make_timestamp(moment + utc_offset::bigint * 60000000)) as weekday, count(*) from signals where kind = 'page.viewed' "
        "and contains(properties, 'came_by') group by weekday order by weekday",
    )
    total = sum(count for _, count in counted)
    for (_, count), planted in zip(counted, PLAN.weekday_shares, strict=True):
        _assert_near(count, total, planted)


def test_the_bad_release_breaks_pages_and_people_rage(database):
    query = """
        with visits as (select session, min(moment) began, bool_or(kind = 'page.error') broke, bool_or(kind = 'page.rage_clicked') raged
            from signals where source = 'web' group by session)
        select count(*) filter (broke), count(*), count(*) filter (raged) from visits where (began >= ? and began < ?) = ?
    """
    window = (to_micros(PLAN.bad_release), to_micros(PLAN.bad_release_mended))
    broken, visits, raged = _rows(database, query, *window, True)[0]
    _assert_near(broken, visits, PLAN.page_error_share_bad)
    _assert_near(raged, broken, PLAN.rage_share_after_error)
    broken, visits, _ = _rows(database, query, *window, False)[0]
    _assert_near(broken, visits, PLAN.page_error_share)


def test_late_parcels_and_what_people_say_of_them(database):
    late, parcels = _rows(database, "select count(*) filter (value > 0), count(*) from signals where kind = 'parcel.delivered'")[
        0
    ]
    _assert_near(late, parcels, PLAN.late_share)
    satisfied = {
        is_late: (happy, answers)
        for is_late, happy, answers in _rows(
            database,
            "select parcel.value > 0 late, count(*) filter (answer.value >= 4), count(*) from signals answer "
            "join signals parcel using (order_id) where answer.kind = 'survey.answered' and parcel.kind = 'parcel.delivered' "
            "and answer.question = 'csat-delivery' group by late",
        )
    }
    _assert_near(*satisfied[False], PLAN.satisfied_on_time)
    _assert_near(*satisfied[True], PLAN.satisfied_late)


def test_recommendation_differs_by_channel_as_planted(database):
    answers = _rows(
        database,
        "select channel, count(*), count(*) filter (value >= 9), count(*) filter (value <= 6) from signals "
        "where kind = 'survey.answered' and question = 'nps' group by channel",
    )
    assert {channel for channel, *_ in answers} == set(PLAN.nps)
    for channel, count, promoters, detractors in answers:
        share = (promoters - detractors) / count
        spread = math.sqrt(((promoters + detractors) / count - share**2) / count)
        assert abs(share - PLAN.nps[channel] / 100) <= ERRORS * spread


def test_orders_make_people_ask_for_help_as_planted(database):
    """Only orders with a month left, so that parcel and ticket had time to happen."""
    asked, orders = _rows(
        database,
        "select count(distinct ticket.order_id), count(distinct orders.order_id) from signals orders left join signals ticket "
        "on ticket.order_id = orders.order_id and ticket.kind = 'ticket.opened' where orders.kind = 'order.placed' and orders.moment < ?",
        LAST - 30 * 86_400_000_000,
    )[0]
    _assert_near(asked, orders, PLAN.contacts_per_100_orders / 100)


def test_tickets_come_back_as_planted(database):
    repeats, firsts = _rows(
        database,
        "with firsts as (select order_id from signals where kind = 'ticket.opened' and order_id is not null and moment < ? "
        "and repeats = 'false'), repeats as (select distinct order_id from signals where kind = 'ticket.opened' "
        "and repeats = 'true') select count(*) filter (repeats.order_id is not null), count(*) from firsts "
        "left join repeats using (order_id)",
        LAST - 30 * 86_400_000_000,
    )[0]
    _assert_near(repeats, firsts, PLAN.repeat_contact)


def test_setup_steps_lose_people_as_planted(database):
    """Gardens with a fortnight left to be set up."""
    kinds = ("parcel.delivered", "setup.started", "setup.connected", "seeds.planted", "setup.finished")
    shares = (PLAN.setup_started, PLAN.setup_connected, PLAN.setup_planted, PLAN.setup_finished)
    counts = [
        _rows(
            database,
            "select count(distinct device) from signals where kind = ? and device in "
            "(select device from signals where kind = 'parcel.delivered' and moment < ?)",
            kind,
            LAST - 21 * 86_400_000_000,
        )[0][0]
        for kind in kinds
    ]
    for before, after, planted in zip(counts, counts[1:], shares, strict=False):
        _assert_near(after, before, planted)


def test_people_learn_to_plan_the_watering_as_planted(database):
    """Least squares on logarithms of the time of successful attempts by attempt number."""
    rows = _rows(
        database,
        "with starts as (select session, moment, row_number() over (partition by device order by moment, id) attempt from signals "
        "where kind = 'schedule.started') select ln(attempt), ln((ends.moment - starts.moment) / 1e6) from starts "
        "join signals ends using (session) where ends.kind = 'schedule.saved'",
    )
    attempt, seconds = np.array(rows).T
    slope, first = np.polyfit(attempt, seconds, 1)
    error = 0.4 / (attempt.std() * math.sqrt(attempt.size))
    assert abs(slope + PLAN.learning_exponent) <= ERRORS * error
    assert math.exp(first) == pytest.approx(PLAN.schedule_seconds, rel=0.05)
    [(saved, started)] = _rows(
        database, "select count(*) filter (kind = 'schedule.saved'), count(*) filter (kind = 'schedule.started') from signals"
    )
    _assert_near(saved, started, PLAN.schedule_success)


def test_planners_renew_more_often_as_planted(database):
    renewals = {
        is_planner: (renewed, months)
        for is_planner, renewed, months in _rows(
            database,
            "with planners as (select distinct actors[1] who from signals where kind = 'reminder.set') "
            "select planners.who is not null planner, count(*) filter (kind = 'subscription.renewed'), count(*) from signals "
            "left join planners on actors[1] = who where kind in ('subscription.renewed', 'subscription.cancelled') group by planner",
        )
    }
    _assert_near(*renewals[True], PLAN.renewal_planners)
    _assert_near(*renewals[False], PLAN.renewal_others)


def test_usability_scores_of_both_rounds_are_as_planted(database):
    scores = _rows(
        database,
        "with items as (select response, cast(study_round as int) study_round, value, "
        "cast(replace(question, 'sus-', '') as int) item from signals where question like 'sus-%') "
        "select study_round, response, 2.5 * sum(case when item % 2 = 1 then value - 1 else 5 - value end), count(*) from items "
        "group by study_round, response order by study_round",
    )
    assert {items for *_, items in scores} == {10}
    for round_, planted in enumerate(PLAN.sus, start=1):
        own = np.array([score for number, _, score, _ in scores if number == round_])
        assert own.size == PLAN.study_people
        assert abs(own.mean() - planted) <= ERRORS * own.std(ddof=1) / math.sqrt(own.size)


def test_shared_browsers_and_accounts_of_several_people_exist(database):
    [(shared,)] = _rows(
        database,
        "select count(*) from (select actors[-1] browser from signals where kind in ('account.created', 'user.signed_in') "
        "and actors[-1] like 'anonymous:b%' group by browser having count(distinct actors[1]) > 1)",
    )
    [(accounts,)] = _rows(
        database,
        "select count(*) from (select account from signals where account is not null group by 1 having count(distinct actors[1]) > 1)",
    )
    assert shared > 5
    assert accounts > 20


def test_pages_are_checked_with_what_was_planted(database):
    """Weekly and after releases: ten pages each time."""
    count = "select count(*) filter (value = 0), count(*) from signals where kind = 'page.scanned' and actors[1] like ? and moment >= ? and moment < ?"
    start, release, end = to_micros(PLAN.start), to_micros(PLAN.app_release), to_micros(PLAN.end)
    _assert_near(*_rows(database, count, "external:page-garden-app-%", start, release)[0], PLAN.sound_screens_before)
    _assert_near(*_rows(database, count, "external:page-garden-app-%", release, end)[0], PLAN.sound_screens_after)
    _assert_near(*_rows(database, count, "external:page-shop-%", start, to_micros(PLAN.bad_release))[0], PLAN.sound_pages)
    assert _rows(database, "select count(*), count(distinct actors[1]) from signals where kind = 'page.scanned'") == [(550, 10)]


def test_each_answered_ticket_costs_what_was_planted(database):
    costs = "select channel, avg(value), stddev(value), count(*) from signals where kind = 'cost.booked' group by channel"
    for channel, mean, spread, count in _rows(database, costs):
        assert abs(mean - PLAN.contact_costs[channel]) <= ERRORS * spread / math.sqrt(count)
    [(tickets, booked)] = _rows(
        database, "select count(*) filter (kind = 'ticket.opened'), count(*) filter (kind = 'cost.booked') from signals"
    )
    assert 0.97 * tickets < booked <= tickets  # the last ones of the year are not booked yet


def test_accounts_are_small_and_large(database):
    sizes = [
        size
        for (size,) in _rows(
            database, "select count(distinct actors[1]) from signals where kind = 'contact.listed' group by account"
        )
    ]
    assert max(sizes) >= 24
    assert sum(size >= 5 for size in sizes) >= 10
    assert np.median(sizes) <= 5
    assert 0.03 < sum(sizes) / PEOPLE < 0.1


def test_the_planted_dates_lie_inside_the_year():
    assert PLAN.start < PLAN.app_release < PLAN.bad_release < PLAN.bad_release_mended < PLAN.end
    assert from_micros(FIRST) == PLAN.start
    assert from_micros(LAST) == PLAN.end
    assert sum(PLAN.weekday_shares) == pytest.approx(1)
