"""Real series of the shared data sets as daily counts and monthly changes; none of it is kept in this repository."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

SHARED = Path(__file__).parents[3] / "shared" / "data"


def _rows(path):
    with gzip.open(SHARED / path, "rt", newline="") as lines:
        yield from csv.DictReader(lines)


def daily(days):
    """How many fell on each day, from the first to the last whole one (the last is left out)."""
    counts = Counter(days)
    first, last = min(counts), max(counts)
    return [counts[first + timedelta(days=one)] for one in range((last - first).days)]


def _cdnow():
    with gzip.open(SHARED / "cdnow-purchases" / "CDNOW_master.txt.gz", "rt") as lines:
        next(lines)
        for line in lines:
            when = line.split()[1]
            yield date(int(when[:4]), int(when[4:6]), int(when[6:]))


@cache
def daily_series():
    """Name to counts a day."""
    loans = {
        row["case_id"]: date.fromisoformat(row["registration_date"][:10])
        for row in _rows("bpi2012-loan-applications/events.csv.gz")
    }
    baskets = {
        row["basket_id"]: date.fromisoformat(row["transaction_timestamp"][:10])
        for row in _rows("complete-journey-households/transactions_sample.csv.gz")
    }
    orders = [date.fromisoformat(row["order_purchase_timestamp"][:10]) for row in _rows("olist-orders-4k/orders.csv.gz")]
    work = [date.fromisoformat(row["timestamp"][:10]) for row in _rows("bpi2012-loan-applications/events.csv.gz")]
    return {
        "loan applications": daily(loans.values()),
        "steps of loan applications": daily(work),
        "grocery baskets": daily(baskets.values()),
        "record purchases, after the first quarter": daily(_cdnow())[90:],
        "marketplace orders, 2017 on": daily(day for day in orders if day >= date(2017, 1, 5) and day < date(2018, 8, 20)),
    }


@cache
def exchange_changes():
    """Country to monthly changes of the logarithm of its exchange rate since 1971, of currencies that float."""
    rates = {}
    for row in _rows("external-economic-series/exchange_rates_monthly.csv.gz"):
        rates.setdefault(row["Country"], []).append((row["Date"], float(row["Exchange rate"])))
    floating = {"Canada", "Japan", "Switzerland", "United Kingdom", "Sweden", "Norway", "Australia", "New Zealand"}
    return {name: np.diff(np.log([rate for _, rate in sorted(found)])) for name, found in rates.items() if name in floating}
