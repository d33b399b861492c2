"""Queries over real data against cohort SQL in DuckDB: the same questions, put another way by another engine.

The SQL says what the definitions say, in set terms (self-joins, windows, date_trunc), and shares nothing with the folds. Counts are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pytest

from touchpath.engines.local import LocalEngine
from touchpath.model.experience import Brand, Experience
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import ask, select
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Timelines, TimelineSet

SHARED = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)")


@dataclass(frozen=True)
class Log:
    """Real events and what to ask of them. rows: SQL that gives who, t, kind, word, value.

    start, end: kinds of two signals. limit, gap: in seconds.
    """

    rows: str
    start: str
    end: str
    limit: int
    gap: int


LOGS = {
    "purchases": Log(
        f"""select p[1] who, strptime(p[2], '%Y%m%d') as t, 'bought' kind, p[3] word, p[4]::double as value from (
            select string_split_regex(trim(line), '\\s+') p from read_csv('{SHARED}/cdnow-purchases/CDNOW_master.txt.gz',
            columns={{'line': 'varchar'}}, delim='\\t', skip=1, header=false))""",
        "bought", "bought", 90 * 86_400, 60 * 86_400,
    ),
    "loans": Log(
        f"""select case_id who, timestamp::timestamptz::timestamp as t, activity kind, resource word, null::double as value
            from read_csv('{SHARED}/bpi2012-loan-applications/events.csv.gz', all_varchar=true)""",
        "A_SUBMITTED", "O_SENT", 14 * 86_400, 3_600,
    ),
    "orders": Log(
        f"""unpivot (select order_id who, order_status word, null::double as value, order_purchase_timestamp bought,
            order_approved_at approved, order_delivered_carrier_date handed_over, order_delivered_customer_date delivered
            from read_csv('{SHARED}/olist-orders-4k/orders.csv.gz')) on bought, approved, handed_over, delivered into name kind value t""",
        "bought", "delivered", 10 * 86_400, 2 * 86_400,
    ),
    "onboarding": Log(
        f"""select user_pseudo_id who, make_timestamp(event_timestamp) as t, event_name kind, null word, null::double as value
            from read_csv('{SHARED}/app-onboarding-events/events.csv.gz')""",
        "onboarding_welcome_screen", "onboarding__chooseLoginType", 600, 1_800,
    ),
    "households": Log(
        f"""select household_id who, min(transaction_timestamp)::timestamp as t, 'bought' kind, min(store_id) word, sum(sales_value) as value
            from read_csv('{SHARED}/complete-journey-households/transactions_sample.csv.gz') group by household_id, basket_id""",
        "bought", "bought", 30 * 86_400, 7 * 86_400,
    ),
}  # fmt: skip


class Data:
    """One log: as a DuckDB table `events` (owner, t in microseconds, kind, word, value, key), and as timelines of ours."""

    def __init__(self, log: Log) -> None:
        self.log, self.sql = log, duckdb.connect()
        self.sql.execute("set timezone = 'UTC'")
        self.sql.execute(f"create table raw as {log.rows}")
        self.sql.execute("""
            create table events as
            select dense_rank() over (order by who::varchar) as owner, epoch_us(t) as t, kind, coalesce(word::varchar, '') word, value,
                   row_number() over (order by who::varchar, t, kind, word, value) as key
            from raw where t is not null""")
        columns = self.sql.execute("select owner, t, kind, word, value, key from events order by owner, t, key").fetchnumpy()
        kinds, kind = np.unique(columns["kind"].astype(str), return_inverse=True)
        words, word = np.unique(np.append(columns["word"].astype(str), ""), return_inverse=True)
        value = np.ma.filled(columns["value"], np.nan)
        owners, first = np.unique(columns["owner"], return_index=True)
        shard = Timelines(
            owners.astype(np.int64),
            np.append(first, columns["t"].size).astype(np.int64),
            columns["t"].astype(np.int64),
            (kind + 1).astype(np.int32),
            {
                "channel": word[:-1].astype(np.int32),
                "value": np.where(np.isnan(value), NO_VALUE, np.round(np.nan_to_num(value) * VALUE_SCALE)).astype(np.int64),
                "key": columns["key"].astype(np.int64),
            },
            {"kind": ("", *kinds.tolist()), "channel": tuple(words.tolist())},
        )
        end = int(shard.times.max())
        self.timelines = TimelineSet("person", (shard,), int(shard.times.min()), end, "real")
        self.sql.execute("create macro data_end() as " + str(end))

    def open(self, unit="person", properties=()):
        return self.timelines

    @property
    def ground(self) -> Ground:
        return Ground(Experience(Brand("real", "Real")), self, LocalEngine(1))

    def ask(self, **document):
        return ask(self.ground, read_asked(document, QUERIES, self.ground.experience), 0.95)

    def people(self, outcome, **document):
        return select(self.ground, read_asked(document, QUERIES, self.ground.experience), outcome).keys.size

    def rows(self, query: str, **given: object) -> list[tuple]:
        return self.sql.execute(query, given or None).fetchall()


@pytest.fixture(scope="module", params=sorted(LOGS))
def data(request):
    return Data(LOGS[request.param])


MONTH = "date_trunc('month', make_timestamp(t))"


def test_retention_is_that_of_cohort_sql(data):
    expected = data.rows(
        f"""
        with active as (select distinct owner, {MONTH} as month from events),
             cohorts as (select owner, min(month) as began from active group by owner),
             intervals as (select unnest(range(1, 7)) as k)
        select began, k, count(*) as people,
               count(*) filter (exists (select 1 from active a where a.owner = c.owner and a.month = c.began + to_months(k::int)))
        from cohorts c, intervals
        where epoch_us(began + to_months(k::int + 1)) <= data_end() + 1
        group by all order by all""".replace("cohort as (select owner, min(month) as began from active),", "")
    )
    table = data.ask(query="retention", interval="month", intervals=6, grain="month").table("cohorts").records()
    found = [
        (row["from"].replace(tzinfo=None), int(row["interval"].split()[1]), row["people"], row["returned"])
        for row in table
        if row["people"]
    ]
    assert sorted(found) == expected
    curve = data.ask(query="retention", interval="month", intervals=6).table("curve").records()
    for row in curve:
        k = int(row["interval"].split()[1])
        assert (row["people"], row["returned"]) == tuple(sum(part[i] for part in expected if part[1] == k) for i in (2, 3))


def test_the_lifecycle_is_that_of_self_joins(data):
    expected = data.rows(f"""
        with active as (select distinct owner, {MONTH} as month from events),
             firsts as (select owner, min(month) as began from active group by owner),
             told as (select month, case when month = began then 'new'
                      when exists (select 1 from active b where b.owner = a.owner and b.month = a.month - to_months(1)) then 'current'
                      else 'resurrected' end as status from active a join firsts using (owner)
                      union all
                      select month + to_months(1), 'dormant' from active a where epoch_us(month + to_months(2)) <= data_end() + 1
                      and not exists (select 1 from active b where b.owner = a.owner and b.month = a.month + to_months(1)))
        select month, status, count(*) from told group by all order by all""")
    table = data.ask(query="lifecycle", grain="month").table("lifecycle").records()
    found = [
        (row["from"].replace(tzinfo=None), status, row[status])
        for row in table
        for status in ("current", "dormant", "new", "resurrected")
        if row[status]
    ]
    assert found == expected


def test_sessions_are_those_of_gaps_and_islands(data):
    gap = data.log.gap
    ((sessions, still_open, bounces),) = data.rows(f"""
        with gaps as (select owner, t, coalesce(t - lag(t) over w > {gap}000000, true) as begins from events
                      window w as (partition by owner order by t, key)),
             numbered as (select owner, t, sum(begins::int) over (partition by owner order by t rows unbounded preceding) as n from
                          (select owner, t, bool_or(begins) as begins from gaps group by owner, t)),
             sizes as (select owner, n, max(t) as last from numbered group by owner, n),
             counted as (select s.owner, s.n, s.last, (select count(*) from events e where e.owner = s.owner and e.t <= s.last
                         and e.t >= (select min(t) from numbered m where m.owner = s.owner and m.n = s.n)) as signals from sizes s)
        select count(*), count(*) filter (last + {gap}000000 > data_end()),
               count(*) filter (signals = 1 and last + {gap}000000 <= data_end()) from counted""")
    row = data.ask(query="sessions", gap=f"{gap // 60}m").table("sessions").records()[0]
    assert (row["sessions"], row["open"], row["bounces"]) == (sessions, still_open, bounces)


def test_moves_are_those_of_lead(data):
    expected = data.rows("""
        with moves as (select owner, kind, lead(kind) over (partition by owner order by t, key) as following from events)
        select kind, following, count(*), count(distinct owner) from moves where following is not null group by all order by all""")
    table = data.ask(query="paths", top=10_000).table("edges").records()
    assert sorted((row["before"], row["after"], row["times"], row["people"]) for row in table) == expected
    nodes = data.ask(query="paths", top=10_000).table("nodes").records()
    ends = dict(
        data.rows("select last, count(*) from (select arg_max(kind, key) as last from events group by owner) group by last")
    )
    assert {row["node"]: row["ends"] for row in nodes if row["ends"]} == ends


def test_times_from_one_signal_to_another_are_those_of_a_join(data):
    start, end, limit = data.log.start, data.log.end, data.log.limit
    ((cases, still_open, met),) = data.rows(f"""
        with begun as (select owner, t, key from events where kind = '{start}'),
             ended as (select b.key, b.t, min(e.t) as came from begun b left join events e on e.owner = b.owner and e.kind = '{end}'
                       and (e.t > b.t or e.t = b.t and '{start}' <> '{end}') group by b.key, b.t)
        select count(*), count(*) filter (t + {limit}000000 > data_end()),
               count(*) filter (came - t <= {limit}000000 and t + {limit}000000 <= data_end()) from ended""")
    row = data.ask(query="between", start=start, end=end, limit=f"{limit // 60}m").table("between").records()[0]
    assert (row["cases"], row["open"], row["met"]) == (cases, still_open, met)


def test_recency_frequency_and_money_add_up_to_those_of_a_group_by(data):
    ((people, signals, money, ago, once),) = data.rows("""
        with owned as (select count(*) as n, sum(coalesce(value, 0)) as spent, (data_end() + 1 - max(t)) // 1000 as ago
                       from events group by owner)
        select count(*), sum(n), sum(spent), sum(ago), count(*) filter (n = 1) from owned""")
    table = data.ask(query="rfm", of={"kind": []}).table("scores").records()
    found = [sum(row["people"] * (row[name] if name else 1) for row in table) for name in ("", "times", "money", "days_since")]
    assert found[0] == people
    assert found[1:] == pytest.approx([float(signals), float(money), float(ago) / 86_400_000], rel=1e-6)
    assert data.people("once", query="rfm", of={"kind": []}) == once


@pytest.mark.parametrize(("take", "time"), [("first", "min"), ("last", "max")])
def test_the_first_and_last_values_are_those_of_an_arg(data, take, time):
    expected = data.rows(f"""
        with named as (select * from events where word <> ''),
             ends as (select owner, {time}(t) as t from named group by owner)
        select word, count(*) from (select owner, min(word) as word from named join ends using (owner, t) group by owner)
        group by word order by word""")
    table = data.ask(query="values", column="channel", take=take, top=1_000).table("values").records()
    assert sorted((row["value"], row["people"]) for row in table if row["people"]) == expected


def test_states_at_the_end_of_each_month_are_those_of_the_last_signal_before_it(data):
    start, end = data.log.start, data.log.end
    states = {"begun": start, "done": end} if start != end else {"begun": start}
    told = "case kind " + " ".join(f"when '{kind}' then {number}" for number, kind in enumerate(states.values(), 1)) + " end"
    expected = data.rows(f"""
        with changes as (select owner, t, max({told}) as state from events where {told} is not null group by owner, t),
             months as (select distinct {MONTH} as month from events),
             latest as (select month, owner, arg_max(state, t) as state from months join changes
                        on t < epoch_us(month + to_months(1)) group by month, owner)
        select month, state, count(*) from latest group by all order by all""")
    table = data.ask(query="states", states=states, grain="month").table("states").records()
    months = {row[0] for row in expected}
    names = list(states)
    found = [
        (row["from"].replace(tzinfo=None), names.index(row["state"]) + 1, row["people"])
        for row in table
        if row["people"] and row["from"].replace(tzinfo=None) in months
    ]
    assert sorted(found) == expected
