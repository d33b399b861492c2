"""Who is whom: the guards, and the laws that make a person a function of the set of links."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many
from slow_identity import Decided, Fact, Slow, rank_of

from touchpath.model.keys import name_key
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.guards import Rules
from touchpath.timelines.handovers import Sightings, find_sightings
from touchpath.timelines.identity import Identity, IdentityMap
from touchpath.timelines.links import Links, Pair, collect_links, find_links, ranks_of
from touchpath.timelines.nobody import PLACEHOLDER_ADDRESSES, PLACEHOLDERS, link_nothing, name_nobody

NAMES = [f"{namespace}:{number}" for namespace in ("user", "external", "email", "anonymous", "device") for number in range(1, 5)]
FEW = [name for name in NAMES if name[-1] in "123"]
actor_lists = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), max_size=12)
facts_drawn = st.lists(
    st.tuples(st.lists(st.sampled_from(FEW), min_size=1, max_size=3, unique=True), st.integers(0, 200)), max_size=12
)
pairs_drawn = st.sets(st.lists(st.sampled_from(FEW), min_size=2, max_size=2, unique=True).map(frozenset), max_size=2)
decided_drawn = st.builds(Decided, pairs_drawn, pairs_drawn, st.sets(st.sampled_from(FEW), max_size=1)).map(
    lambda each: Decided(each.same, each.apart - each.same, each.alone)
)
MINUTE = 60_000_000


class Facts:
    """A witness who has all facts in a list, and some of them as news."""

    def __init__(self, facts: list[Fact], news: list[Fact] | None = None) -> None:
        self.batch, self.news = batch_of(facts), batch_of(news or [])

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        return find_sightings([self.batch], devices)

    def new_of(self, devices: Int64s) -> Sightings:
        return find_sightings([self.news], devices)


def batch_of(facts: list[Fact]) -> pa.RecordBatch:
    actors = pa.array([names for names, _ in facts], pa.list_(pa.string()))
    times = pa.array([time * MINUTE for _, time in facts], pa.timestamp("us", tz="UTC"))
    return pa.record_batch({"actors": actors, "occurred_at": times})


def links_of(*signals: list[str]) -> Links:
    return find_links(pa.array(list(signals), pa.list_(pa.string())))


def decisions_of(decided: Decided) -> Decisions:
    def links(pairs: set[frozenset[str]]) -> Links:
        return Links.of(Pair(*(name_key(n) for n in sorted(two)), *(rank_of(n) for n in sorted(two))) for two in pairs)

    alone = np.unique(np.array([name_key(name) for name in decided.alone], np.int64))
    return Decisions(links(decided.same), links(decided.apart), alone, 1)


def resolve(links: Links, **rules: int) -> IdentityMap:
    return Identity.of(links, rules=Rules(**rules)).persons  # type: ignore[arg-type]


def identity_of(facts: list[Fact], decided: Decided | None = None, **rules: int) -> Identity:
    links = links_of(*(names for names, _ in facts))
    return Identity.of(links, Facts(facts), decisions_of(decided or Decided()), Rules(**rules))  # type: ignore[arg-type]


def persons(links: Links, names: list[str] = NAMES, **settings: int) -> dict[str, str]:
    """Each actor's person, by name."""
    known = {name_key(name): name for name in names}
    found = resolve(links, **settings)
    return {name: known[found.person(name_key(name))] for name in names}


def groups(links: Links, **settings: int) -> set[frozenset[str]]:
    found = defaultdict(set)
    for actor, person in persons(links, **settings).items():
        found[person].add(actor)
    return {frozenset(group) for group in found.values() if len(group) > 1}


def whose(found: Identity, name: str, at: int) -> str:
    """The name of the person of an id at a time."""
    known = {name_key(other): other for other in NAMES}
    return known[found.persons.person(name_key(name), at * MINUTE)]


TIMES = [None, *range(-1, 233)]


def everywhere(found: Identity) -> dict[tuple[str, int | None], int]:
    """The person of each id, ever and at every time that may matter."""
    keys, times = np.array([name_key(name) for name in FEW]), np.array(TIMES[1:], np.int64) * MINUTE
    ever = found.persons.whole(keys)
    then = found.persons.persons(np.repeat(keys, times.size), np.tile(times, keys.size)).reshape(keys.size, -1)
    return {(n, at): p for n, *row in zip(FEW, ever, then, strict=True) for at, p in zip(TIMES, [row[0], *row[1]], strict=True)}


def agree(found: Identity, slow: Slow) -> None:
    """Fast and slow put the same ids together, and name the person by the strongest, then smallest."""
    owners = everywhere(found)
    for name in FEW:
        for at in TIMES:
            leader = min(slow.person(name, at), key=lambda each: (rank_of(each), name_key(each)))
            assert owners[name, at] == name_key(leader), (name, at)


def test_ids_on_one_signal_are_one_person_named_by_the_strongest() -> None:
    found = resolve(links_of(["user:1", "email:2", "anonymous:3"], ["anonymous:3", "anonymous:4"]))
    person = name_key("user:1")
    assert {found.person(name_key(name)) for name in ("user:1", "email:2", "anonymous:3", "anonymous:4")} == {person}
    assert sorted(found.actors(person)) == sorted(map(name_key, ("user:1", "email:2", "anonymous:3", "anonymous:4")))


def test_an_unknown_actor_is_a_person_of_their_own() -> None:
    assert IdentityMap().person(7) == 7
    assert IdentityMap().actors(7) == [7]


def test_a_device_that_two_users_share_joins_nobody() -> None:
    shared = links_of(["user:1", "anonymous:1"], ["user:2", "anonymous:1"], ["user:1", "email:1"], ["anonymous:1", "email:2"])
    assert groups(shared) == {frozenset({"user:1", "email:1"})}


def test_a_device_is_handed_on_from_one_user_to_the_next() -> None:
    found = identity_of([(["user:1", "anonymous:1"], 100), (["user:1", "anonymous:1"], 120), (["user:2", "anonymous:1"], 200)])
    owners = {at: whose(found, "anonymous:1", at) for at in (0, 110, 150, 151, 169, 170, 199, 200, 10_000)}
    assert owners == {
        0: "user:1", 110: "user:1", 150: "user:1",
        151: "anonymous:1", 169: "anonymous:1",
        170: "user:2", 199: "user:2", 200: "user:2", 10_000: "user:2",
    }  # fmt: skip
    assert found.persons.actors(name_key("user:2")) == sorted(map(name_key, ("user:2", "anonymous:1")))
    assert found.persons.actors(name_key("anonymous:1")) == [name_key("anonymous:1")]


def test_a_device_that_goes_back_and_forth_follows_who_was_seen_next() -> None:
    facts = [(["user:1", "anonymous:1"], 10), (["user:2", "anonymous:1"], 20), (["user:1", "anonymous:1"], 30)]
    owners = [whose(identity_of(facts), "anonymous:1", at) for at in (5, 10, 11, 20, 21, 30, 31)]
    assert owners == ["user:1", "user:1", "user:2", "user:2", "user:1", "user:1", "user:1"]


def test_two_users_seen_at_the_very_same_moment_are_nobody_there() -> None:
    found = identity_of([(["user:1", "anonymous:1"], 10), (["user:2", "anonymous:1"], 10), (["user:2", "anonymous:1"], 100)])
    owners = [whose(found, "anonymous:1", at) for at in (5, 10, 69, 70, 100)]
    assert owners == ["anonymous:1", "anonymous:1", "anonymous:1", "user:2", "user:2"]


def test_two_addresses_on_one_device_are_two_people_until_something_else_joins_them() -> None:
    facts = [(["email:1", "anonymous:1"], 10), (["email:2", "anonymous:1"], 100)]
    apart, joined = identity_of(facts), identity_of([*facts, (["user:1", "email:1"], 0), (["user:1", "email:2"], 0)])
    assert [whose(apart, "anonymous:1", at) for at in (0, 50, 90)] == ["email:1", "anonymous:1", "email:2"]
    assert {whose(joined, "anonymous:1", at) for at in (0, 50, 90)} == {"user:1"}


def test_an_address_given_before_signing_up_is_the_users_over_the_device() -> None:
    assert groups(links_of(["email:1", "anonymous:1"], ["user:1", "anonymous:1"])) == {
        frozenset({"user:1", "email:1", "anonymous:1"})
    }


def test_a_shared_device_joins_if_the_organisation_says_so() -> None:
    shared = links_of(["user:1", "anonymous:1"], ["user:2", "anonymous:1"])
    assert groups(shared, devices_join=True) == {frozenset({"user:1", "user:2", "anonymous:1"})}


def test_members_part_and_join_and_the_order_of_what_they_said_never_matters() -> None:
    facts: list[Fact] = [(["user:1", "email:1"], 1), (["user:2", "email:2"], 2), (["user:1", "anonymous:1"], 3)]
    decided = Decided({frozenset({"user:1", "user:2"})}, {frozenset({"user:1", "email:1"})}, {"anonymous:1"})
    found = identity_of(facts, decided)
    assert {whose(found, name, 0) for name in ("user:1", "user:2", "email:2")} == {min(("user:1", "user:2"), key=name_key)}
    assert [whose(found, name, 0) for name in ("email:1", "anonymous:1")] == ["email:1", "anonymous:1"]


def test_a_member_says_whose_a_shared_device_is() -> None:
    facts: list[Fact] = [(["user:1", "anonymous:1"], 10), (["user:2", "anonymous:1"], 100)]
    found = identity_of(facts, Decided({frozenset({"user:2", "anonymous:1"})}))
    assert {whose(found, "anonymous:1", at) for at in (0, 10, 50, 100)} == {"user:2"}


def test_users_whom_a_signal_names_together_are_one_person_who_may_own_a_device() -> None:
    named = links_of(["user:1", "user:2"], ["user:1", "anonymous:1"], ["user:2", "anonymous:1"])
    assert groups(named) == {frozenset({"user:1", "user:2", "anonymous:1"})}


def test_a_chain_of_weak_ids_never_joins_two_users() -> None:
    names = links_of(["user:1", "external:1"], ["external:1", "email:1"], ["email:1", "user:2"])
    assert groups(names) == {frozenset({"user:1", "external:1"}), frozenset({"user:2", "email:1"})}
    devices = links_of(
        ["user:1", "anonymous:1"], ["anonymous:1", "email:1"], ["email:1", "anonymous:2"], ["anonymous:2", "user:2"]
    )
    assert groups(devices) == {frozenset({"user:1", "anonymous:1"}), frozenset({"user:2", "anonymous:2"})}


def test_an_id_that_a_defect_gives_to_everybody_links_nothing() -> None:
    names = [f"email:{number}" for number in range(1, 31)]
    defect = links_of(*([name, "anonymous:same"] for name in names))
    assert not resolve(defect).actor_keys.size
    assert resolve(defect, most_links=30, devices_join=True).actor_keys.size == 31


_HASH_OF_NULL = "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"


@pytest.mark.parametrize(
    "placeholder",
    [
        *("user:null", "anonymous:", "user:0", "email:Undefined", "anonymous: none ", "user:[object Object]", "user:'NaN'"),
        *("anonymous:00000000-0000-0000-0000-000000000000", "user:-1", "external:n/a", "user:---", f"email:{_HASH_OF_NULL}"),
    ],
)
def test_placeholders_name_nobody(placeholder: str) -> None:
    assert link_nothing(pa.array([placeholder])).tolist() == [True]
    assert name_nobody(pa.array([placeholder])).tolist() == [placeholder != "user:0"]
    assert links_of([placeholder, "email:1"], [placeholder, "email:2"]).size == 0


def test_the_docs_list_every_placeholder() -> None:
    page = (Path(__file__).parents[2] / "docs/definitions/identity.md").read_text()
    assert [word for word in (*PLACEHOLDERS[1:], *PLACEHOLDER_ADDRESSES) if f"`{word}`" not in page] == []


def test_namespaces_rank_from_users_to_unknown_ones() -> None:
    names = [*NAMES, "user", "nobody", "users:1", "a:b:user:1"]
    assert ranks_of(pa.array(names)).tolist() == [rank_of(name) if ":" in name else 4 for name in names]
    somebody = ["user:1", "user:null:7", "email:nullable", "user:100", "user:-12", "anonymous:0-1"]
    assert not link_nothing(pa.array(somebody)).any()


def test_an_id_is_linked_to_each_other_id_of_its_signal_once() -> None:
    assert links_of(["user:1", "email:1", "anonymous:1"], ["anonymous:1", "user:1"], ["user:1", "user:1"], []).size == 3


def test_a_person_who_gains_an_actor_has_changed_and_so_has_the_actor() -> None:
    before = Identity.of(links_of(["user:1", "email:1"], ["user:3", "email:3"]))
    _, changed = before.learn(links_of(["user:1", "anonymous:1"], ["user:3", "email:3"]))
    assert set(changed) == {name_key("user:1"), name_key("anonymous:1")}
    assert not before.learn(before.links)[1].size


def same(one: Identity, other: Identity) -> bool:
    """Whether two identities are the same to the last number."""

    def arrays(of: Identity) -> tuple[Int64s, ...]:
        seen, spans = of.sightings, of.persons.spans
        return (
            *(of.links.first, of.links.second, of.persons.actor_keys, of.persons.person_keys, of.handed.first, of.handed.second),
            *(seen.devices, seen.times, seen.names, spans.devices, spans.begins, spans.persons),
        )

    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))


@given(facts_drawn, facts_drawn, decided_drawn, decided_drawn)
@settings(deadline=None)
def test_what_is_learned_later_gives_the_same_persons_and_tells_who_changed(
    early: list[Fact], late: list[Fact], before: Decided, now: Decided
) -> None:
    first = identity_of(early, before)
    witness = Facts([*early, *late], late)
    after, changed = first.learn(links_of(*(names for names, _ in late)), witness, replace(decisions_of(now), revision=2))
    assert same(after, identity_of([*early, *late], now))
    told, old, new = set(changed.tolist()), everywhere(first), everywhere(after)
    assert {person for place in old if old[place] != new[place] for person in (old[place], new[place])} <= told


@given(facts_drawn, decided_drawn, st.integers(1, 4), st.booleans())
@settings(deadline=None)
def test_persons_agree_with_the_rules_word_by_word(
    facts: list[Fact], decided: Decided, most_links: int, devices_join: bool
) -> None:
    rules = {"most_links": most_links, "devices_join": devices_join}
    agree(identity_of(facts, decided, **rules), Slow(facts, decided, **rules))  # type: ignore[arg-type]


@pytest.mark.slow
@given(facts_drawn, decided_drawn, st.sampled_from([2, 20]))
@many(3000)
def test_persons_of_many_more_agree_with_the_rules_word_by_word(facts: list[Fact], decided: Decided, most_links: int) -> None:
    agree(identity_of(facts, decided, most_links=most_links), Slow(facts, decided, most_links))


@given(facts_drawn, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_facts_never_matters(facts: list[Fact], random: Random) -> None:
    again = [(list(reversed(names)), time) for names, time in facts] + facts
    random.shuffle(again)
    assert same(identity_of(facts), identity_of(again))


@given(facts_drawn, facts_drawn)
@settings(deadline=None)
def test_facts_of_other_people_change_nothing(facts: list[Fact], others: list[Fact]) -> None:
    strangers = [([f"{name}-stranger" for name in names], time) for names, time in others]
    assert everywhere(identity_of(facts)) == everywhere(identity_of([*facts, *strangers]))


def test_links_are_collected_batch_by_batch() -> None:
    lists = pa.array([["user:1", "email:1"], ["user:1"], None, ["email:1", "user:1"], ["email:1", "anonymous:1"]])
    batches = [pa.record_batch({"actors": lists.slice(row, 1)}) for row in range(5)]
    assert np.array_equal(collect_links(batches).first, find_links(lists).first)
    assert collect_links(batches).size == 2


@given(actor_lists)
def test_two_users_are_one_person_only_if_signals_name_both(signals: list[list[str]]) -> None:
    found = persons(links_of(*signals))
    named = persons(links_of(*([name for name in names if name.startswith("user:")] for names in signals)))
    users = [name for name in NAMES if name.startswith("user:")]
    assert all((found[a] == found[b]) <= (named[a] == named[b]) for a, b in combinations(users, 2))


def test_pairs_make_links_too() -> None:
    assert Links.of([Pair(9, 4, 0, 3), Pair(4, 9, 3, 0), Pair(5, 5, 0, 0)]).size == 1
    assert resolve(Links.of([Pair(9, 4, 0, 3)])).person(4) == 9
