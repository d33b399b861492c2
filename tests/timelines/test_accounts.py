"""Who is in which account and which signals are about one, against a count by hand."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.rules import EventRule
from touchpath.timelines.accounts import find_activity, find_membership, signals_of, tell
from touchpath.timelines.arrays import TimelineSet

ACCOUNTS = ("acme", "tiny", "wide")
KINDS = ("paid", "asked")
WORDS = {"kind": ("", *KINDS), "account": ("", *ACCOUNTS)}
RULES = [EventRule((kind,)) for kind in KINDS]
#: person (0 = nobody), account ("" = none), kind, time
facts = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(("", *ACCOUNTS)), st.sampled_from(KINDS), st.integers(0, 50)),
    min_size=1,
    max_size=25,
)


def both(small_timelines, given_facts, elsewhere=()):
    """Timelines of people and of accounts; people in `elsewhere` are read in a second shard."""
    of_people, of_accounts = defaultdict(list), defaultdict(list)
    for key, (person, account, kind, time) in enumerate(given_facts, start=1):
        signal = (time, kind, {"key": key, "account": account})
        if person:
            of_people[person].append(signal)
        if account:
            of_accounts[100 + ACCOUNTS.index(account)].append(signal)
    base = small_timelines(of_people, WORDS, skip=[one for one in elsewhere if one in of_people])
    overlay = small_timelines({one: of_people[one] for one in elsewhere if one in of_people}, WORDS)
    shards = (base, overlay) if elsewhere else (base,)
    return TimelineSet("person", shards, 0, 50, "1"), TimelineSet("account", (small_timelines(of_accounts, WORDS),), 0, 50, "1")


def by_hand(given_facts):
    """The accounts of each person, and of each signal the account that it is about."""
    named = defaultdict(set)
    for person, account, _, _ in given_facts:
        if person and account:
            named[person].add(account)
    about = [
        account or (next(iter(named[person])) if person and len(named[person]) == 1 else "")
        for person, account, _, _ in given_facts
    ]
    return named, about


@settings(max_examples=80)
@given(given_facts=facts, elsewhere=st.sets(st.integers(1, 4)))
def test_membership_activity_and_signals_are_those_counted_by_hand(small_timelines, given_facts, elsewhere):
    people, accounts = both(small_timelines, given_facts, sorted(elsewhere))
    named, about = by_hand(given_facts)
    membership = find_membership(people)
    pairs = {(int(person), ACCOUNTS[code - 1]) for person, code in zip(membership.people, membership.accounts, strict=True)}
    assert pairs == {(person, account) for person, theirs in named.items() for account in theirs}
    assert int(membership.signals.sum()) == sum(bool(person and account) for person, account, _, _ in given_facts)
    activity = find_activity(people, accounts, membership)
    told = tell(people, accounts, membership, RULES)
    for code, name in enumerate(ACCOUNTS, start=1):
        keys = {key for key, account in enumerate(about, start=1) if account == name}
        assert int(activity.signals[code]) == len(keys)
        read = [int(key) for shard, places in signals_of(people, accounts, membership, code) for key in shard.wide("key")[places]]
        assert sorted(read) == sorted(keys)
        for rule, kind in zip(told, KINDS, strict=True):
            assert sorted(rule.keys[rule.accounts == code].tolist()) == sorted(
                key for key in keys if given_facts[key - 1][2] == kind
            )
        if keys:
            times = [given_facts[key - 1][3] for key in keys]
            alone = [p for p, theirs in named.items() if theirs == {name}]
            times += [time for person, _, _, time in given_facts if person in alone]
            assert (int(activity.first[code]), int(activity.last[code])) == (min(times), max(times))


def test_nobody_in_an_account_is_no_membership(small_timelines):
    people, accounts = both(small_timelines, [(1, "", "paid", 3)])
    membership = find_membership(people)
    assert membership.people.size == 0
    assert np.all(find_activity(people, accounts, membership).signals == 0)
    assert find_membership(TimelineSet("person", (), 0, 0, "1")).people.size == 0
