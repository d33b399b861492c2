"""Conformance of real journeys with designs made for them, against pm4py's alignments of the same log.

Loan applications, orders, app onboarding and households: data that is not committed, so that these tests skip where it is not there.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.conformance import SCALE, Conformance
from touchpath.timelines.design import compile_flow

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)"
)


def rows_of(name):
    file = SHARED / name
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def micros(text):
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def loans():
    for row in rows_of("bpi2012-loan-applications/events.csv.gz"):
        if row["lifecycle"] == "COMPLETE" and row["activity"][:2] in ("A_", "O_"):
            yield row["case_id"], micros(row["timestamp"]), row["activity"]


def orders():
    columns = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date")
    for row in rows_of("olist-orders-4k/orders.csv.gz"):
        yield from ((row["order_id"], micros(row[column]), column) for column in columns if row[column])
    for row in rows_of("olist-orders-4k/order_reviews.csv.gz"):
        yield row["order_id"], micros(row["review_answer_timestamp"]), "review"


def onboarding():
    for row in rows_of("app-onboarding-events/events.csv.gz"):
        yield row["user_pseudo_id"], int(row["event_timestamp"]), row["event_name"]


def households():
    begins = {row["campaign_id"]: row["start_date"] for row in rows_of("complete-journey-households/campaign_descriptions.csv")}
    for row in rows_of("complete-journey-households/campaigns.csv.gz"):
        yield row["household_id"], micros(begins[row["campaign_id"]]), "campaign"
    for row in rows_of("complete-journey-households/coupon_redemptions.csv"):
        yield row["household_id"], micros(row["redemption_date"]), "redemption"


def seq(*parts):
    return ("sequence", *parts)


def one_of(*parts):
    return ("one_of", *parts)


def in_any_order(*parts):
    return ("all_of", *parts)


def opt(part):
    return ("optional", part)


def again(part):
    return ("repeat", part)


OFFER = seq("O_SELECTED", "O_CREATED", "O_SENT")
LOAN = seq(
    "A_SUBMITTED",
    "A_PARTLYSUBMITTED",
    one_of(
        "A_DECLINED",
        seq(
            "A_PREACCEPTED",
            one_of(
                "A_CANCELLED",
                "A_DECLINED",
                seq(
                    "A_ACCEPTED",
                    in_any_order("A_FINALIZED", seq(OFFER, again(opt(seq("O_CANCELLED", OFFER))))),
                    opt("O_SENT_BACK"),
                    one_of(
                        in_any_order("O_ACCEPTED", "A_APPROVED", "A_REGISTERED", "A_ACTIVATED"),
                        in_any_order("O_CANCELLED", "A_CANCELLED"),
                        in_any_order("O_DECLINED", "A_DECLINED"),
                    ),
                ),
            ),
        ),
    ),
)
ORDER = seq(
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    in_any_order("order_delivered_customer_date", opt("review")),
)
LOGIN = one_of(
    seq("onboarding_login_Type1", opt("onboarding_login_Type1_cancel")),
    "onboarding_login_Type2",
    seq("onboarding_otherLogin__show", opt("onboarding_otherLogin__chooseLoginType")),
)
ONBOARDING = seq(
    again("onboarding_welcome_screen"),
    opt(seq("onboarding__chooseLoginType", again(LOGIN), "onboarding_privacy_policyShown", "onboarding_privacy_policyAccepted")),
    one_of("passed", "lost"),
)
HOUSEHOLD = again(seq("campaign", opt(again("redemption"))))
DATA = {
    "loans": (loans, LOAN, 13_087),
    "orders": (orders, ORDER, 4_000),
    "onboarding": (onboarding, ONBOARDING, 4_139),
    "households": (households, HOUSEHOLD, 1_559),  # Two silent moves for nearly every signal.
}


def names_in(flow):
    return [flow] if isinstance(flow, str) else [name for part in flow[1:] for name in names_in(part)]


def numbered(flow, names):
    return ("step", names.index(flow)) if isinstance(flow, str) else (flow[0], *(numbered(part, names) for part in flow[1:]))


def tree(flow):
    """A flow as pm4py writes process trees."""
    if isinstance(flow, str):
        return f"'{flow}'"
    kind, inside = flow[0], [tree(part) for part in flow[1:]]
    if kind in ("repeat", "optional"):
        return f"{'*' if kind == 'repeat' else 'X'}( {inside[0]}, tau )"
    sign = {"sequence": "->", "one_of": "X", "all_of": "+"}[kind]
    return inside[0] if len(inside) == 1 else f"{sign}( {', '.join(inside)} )"


def ask_pm4py(questions):
    script = Path(__file__).with_name("pm4py_alignments.py")
    done = subprocess.run([sys.executable, script], input=json.dumps(questions), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def compare(small_timelines, asked, silent=1e-4):
    """What this version and pm4py say of (flow, cases), cases as lists of (time, step). silent: what pm4py's silent moves may cost in all."""
    questions, found = [], []
    for flow, cases in asked:
        names = list(dict.fromkeys(names_in(flow)))
        kept = (sorted((time, names.index(name), name) for time, name in case if name in names) for case in cases)
        questions.append({"tree": tree(flow), "log": [[name for _, _, name in case] for case in kept if case]})
        people = {owner: [(time, name, {}) for time, name in case] for owner, case in enumerate(cases, 1)}
        fold = Conformance(tuple(EventRule((name,)) for name in names), numbered(flow, names))
        found.append(fold.map(small_timelines(people), one_cell(), NO_BYTES, 2**62).summary)
    for (flow, _), ours, theirs in zip(asked, found, ask_pm4py(questions), strict=True):
        fitness, steps = ours.fitness.cell(0), ours.steps.cell(0)
        assert ours.long[0] == 0
        assert 100 * ours.fitting[0] / ours.cases[0] == pytest.approx(theirs["fitting"]), flow
        assert fitness.y / fitness.x / SCALE == pytest.approx(theirs["average"], abs=1e-8), flow
        assert steps.y / steps.x == pytest.approx(theirs["exact"], abs=1e-12), flow
        assert steps.y / steps.x == pytest.approx(theirs["log"], abs=silent), flow
    return found


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_fitness_of_real_journeys_agrees_with_pm4py(small_timelines, name):
    signals, flow, many = DATA[name]
    cases = defaultdict(list)
    for case, time, step in signals():
        cases[case].append((time, step))
    (found,) = compare(small_timelines, [(flow, list(cases.values()))], 2e-4 if name == "households" else 1e-4)
    assert found.cases[0] == many
    assert found.fitting[0] > 0


@needs_shared
def test_fitness_of_some_loan_applications_agrees_with_pm4py(small_timelines):
    cases = defaultdict(list)
    for case, time, step in loans():
        cases[case].append((time, step))
    chosen = random.Random(3).sample(sorted(cases), 150)
    compare(small_timelines, [(LOAN, [cases[case] for case in chosen])])


def random_flow(rng, depth, names):
    """A design of all operators, nested, that pm4py can read: what is repeated or optional always takes at least one step."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(names)
    kind = rng.choice(["sequence", "sequence", "one_of", "all_of", "repeat", "optional"])
    if kind in ("repeat", "optional"):
        return (kind, random_flow(rng, depth - 1, names))
    return (kind, *(random_flow(rng, depth - 1, names) for _ in range(rng.randint(2, 3))))


def walk(rng, machine):
    """A way through a design, with something lost, added or exchanged."""
    state, way = 0, []
    while state not in machine.ends or rng.random() < 0.5:
        leaving = [(mention, after) for before, mention, after in machine.edges if before == state]
        if not leaving:
            break
        mention, state = rng.choice(leaving)
        way.append(machine.mentions[mention])
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        place = rng.randrange(len(way) + 1)
        way = rng.choice((way[:place] + way[place + 1 :], [*way[:place], rng.randrange(6), *way[place:]]))
    return way or [0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_fitness_with_nested_designs_agrees_with_pm4py(small_timelines, seed):
    rng, names, asked = random.Random(100 + seed), list("abcdef"), []
    while len(asked) < 8:
        flow = seq(random_flow(rng, 3, names), random_flow(rng, 1, names))
        machine, used = compile_flow(numbered(flow, names)), set(names_in(flow))
        if machine.states <= 40:  # pm4py takes minutes for larger ones.
            ways = [[(place, names[step]) for place, step in enumerate(walk(rng, machine))] for _ in range(15)]
            asked.append((flow, [way for way in ways if any(name in used for _, name in way)]))
    compare(small_timelines, asked, 1e-3)
