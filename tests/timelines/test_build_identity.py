"""Who is whom: the guards, and the laws that make a person a function of the set of links."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.keys import name_key
from touchpath.timelines.identity import Identity, IdentityMap, resolve
from touchpath.timelines.links import Links, Pair, collect_links, find_links, name_nobody, ranks_of

NAMES = [f"{namespace}:{number}" for namespace in ("user", "external", "email", "anonymous", "device") for number in range(1, 5)]
actor_lists = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), max_size=12)


NAMESPACES = ["user", "external", "email", "anonymous"]


def rank_of(name: str) -> int:
    namespace = name.partition(":")[0]
    return NAMESPACES.index(namespace) if namespace in NAMESPACES else len(NAMESPACES)


def links_of(*signals: list[str]) -> Links:
    return find_links(pa.array(list(signals), pa.list_(pa.string())))


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


def slow_groups(signals: list[list[str]], most_links: int) -> set[frozenset[str]]:
    """The guards word by word, with sets of names."""
    links = {frozenset(pair) for names in signals for pair in combinations(set(names), 2)}

    def reach(some: set[frozenset[str]], name: str) -> frozenset[str]:
        seen, waiting = {name}, [name]
        while waiting:
            here = waiting.pop()
            for other in {other for link in some if here in link for other in link} - seen:
                seen.add(other)
                waiting.append(other)
        return frozenset(seen)

    def is_user(name: str) -> bool:
        return rank_of(name) == 0

    def others(name: str) -> set[str]:
        return {other for link in links if name in link for other in link} - {name}

    hubs = {name for name in NAMES if sum(rank_of(other) <= rank_of(name) for other in others(name)) > most_links}
    links = {link for link in links if not link & hubs}
    users = {name: reach({link for link in links if all(map(is_user, link))}, name) for name in NAMES if is_user(name)}
    shared = {name for name in NAMES if not is_user(name) and len({users[other] for other in others(name) if is_user(other)}) > 1}
    links = {link for link in links if not link & shared}
    below = {link for link in links if not any(map(is_user, link))}
    for name in [name for name in NAMES if not is_user(name)]:
        cluster = reach(below, name)
        if len({users[user] for weak in cluster for user in others(weak) if is_user(user)}) > 1:
            links -= {link for link in below if link <= cluster}
    return {group for name in NAMES if len(group := reach(links, name)) > 1}


def test_ids_on_one_signal_are_one_person_named_by_the_strongest() -> None:
    found = resolve(links_of(["user:1", "email:2", "anonymous:3"], ["anonymous:3", "anonymous:4"]))
    person = name_key("user:1")
    assert {found.person(name_key(name)) for name in ("user:1", "email:2", "anonymous:3", "anonymous:4")} == {person}
    assert sorted(found.actors(person)) == sorted(map(name_key, ("user:1", "email:2", "anonymous:3", "anonymous:4")))


def test_an_unknown_actor_is_a_person_of_their_own() -> None:
    assert IdentityMap().person(7) == 7
    assert IdentityMap().actors(7) == [7]


def test_a_device_that_two_users_share_links_nothing() -> None:
    shared = links_of(["user:1", "anonymous:1"], ["user:2", "anonymous:1"], ["user:1", "email:1"], ["anonymous:1", "email:2"])
    assert groups(shared) == {frozenset({"user:1", "email:1"})}


def test_users_whom_a_signal_names_together_are_one_person_who_may_own_a_device() -> None:
    named = links_of(["user:1", "user:2"], ["user:1", "anonymous:1"], ["user:2", "anonymous:1"])
    assert groups(named) == {frozenset({"user:1", "user:2", "anonymous:1"})}


def test_a_chain_of_weak_ids_never_joins_two_users() -> None:
    chain = links_of(["user:1", "anonymous:1"], ["anonymous:1", "email:1"], ["email:1", "user:2"])
    assert groups(chain) == {frozenset({"user:1", "anonymous:1"}), frozenset({"user:2", "email:1"})}


def test_an_id_that_a_defect_gives_to_everybody_links_nothing() -> None:
    names = [f"email:{number}" for number in range(1, 31)]
    defect = links_of(*([name, "anonymous:same"] for name in names))
    assert not resolve(defect).actor_keys.size
    assert resolve(defect, most_links=30).actor_keys.size == 31


@pytest.mark.parametrize("placeholder", ["user:null", "anonymous:", "user:0", "email:Undefined", "anonymous: none "])
def test_placeholders_name_nobody(placeholder: str) -> None:
    assert name_nobody(pa.array([placeholder])).tolist() == [True]
    assert links_of([placeholder, "email:1"], [placeholder, "email:2"]).size == 0


def test_namespaces_rank_from_users_to_unknown_ones() -> None:
    names = [*NAMES, "user", "nobody", "users:1", "a:b:user:1"]
    assert ranks_of(pa.array(names)).tolist() == [rank_of(name) if ":" in name else 4 for name in names]
    assert not name_nobody(pa.array(["user:1", "user:null:7", "email:nullable"])).any()


def test_an_id_is_linked_to_each_other_id_of_its_signal_once() -> None:
    assert links_of(["user:1", "email:1", "anonymous:1"], ["anonymous:1", "user:1"], ["user:1", "user:1"], []).size == 3


def test_a_person_who_gains_an_actor_has_changed_and_so_has_the_actor() -> None:
    before = Identity.of(links_of(["user:1", "email:1"], ["user:3", "email:3"]))
    _, changed = before.learn(links_of(["user:1", "anonymous:1"], ["user:3", "email:3"]))
    assert set(changed) == {name_key("user:1"), name_key("anonymous:1")}
    assert not before.learn(before.links)[1].size


@given(actor_lists, actor_lists)
def test_links_learned_later_give_the_same_persons_and_tell_who_changed(early: list[list[str]], late: list[list[str]]) -> None:
    before = Identity.of(links_of(*early))
    after, changed = before.learn(links_of(*late))
    at_once = Identity.of(links_of(*early, *late))
    assert np.array_equal(after.links.first, at_once.links.first)
    assert np.array_equal(after.links.second, at_once.links.second)
    assert np.array_equal(after.persons.actor_keys, at_once.persons.actor_keys)
    assert np.array_equal(after.persons.person_keys, at_once.persons.person_keys)
    keys = np.array([name_key(name) for name in NAMES])
    old, new = before.persons.persons(keys), after.persons.persons(keys)
    assert set(changed) == {*old[old != new], *new[old != new]}


def test_links_are_collected_batch_by_batch() -> None:
    lists = pa.array([["user:1", "email:1"], ["user:1"], None, ["email:1", "user:1"], ["email:1", "anonymous:1"]])
    batches = [pa.record_batch({"actors": lists.slice(row, 1)}) for row in range(5)]
    assert np.array_equal(collect_links(batches).first, find_links(lists).first)
    assert collect_links(batches).size == 2


@given(actor_lists, st.integers(1, 5))
def test_persons_agree_with_the_guards_word_by_word(signals: list[list[str]], most_links: int) -> None:
    assert groups(links_of(*signals), most_links=most_links) == slow_groups(signals, most_links)


@given(actor_lists, st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(signals: list[list[str]], random: object) -> None:
    again = [list(reversed(names)) for names in signals] + signals
    random.shuffle(again)  # type: ignore[attr-defined]
    half = len(again) // 2
    assert persons(links_of(*signals)) == persons(links_of(*again)) == persons(links_of(*again[half:]) | links_of(*again[:half]))


@given(actor_lists, actor_lists)
def test_links_of_other_people_change_nothing(signals: list[list[str]], others: list[list[str]]) -> None:
    strangers = [[f"{name}-stranger" for name in names] for names in others]
    alone, together = resolve(links_of(*signals)), resolve(links_of(*signals, *strangers))
    assert [alone.person(name_key(name)) for name in NAMES] == [together.person(name_key(name)) for name in NAMES]


@given(actor_lists)
def test_two_users_are_one_person_only_if_signals_name_both(signals: list[list[str]]) -> None:
    found = persons(links_of(*signals))
    named = persons(links_of(*([name for name in names if name.startswith("user:")] for names in signals)))
    users = [name for name in NAMES if name.startswith("user:")]
    assert all((found[a] == found[b]) <= (named[a] == named[b]) for a, b in combinations(users, 2))


def test_pairs_make_links_too() -> None:
    assert Links.of([Pair(9, 4, 0, 3), Pair(4, 9, 3, 0), Pair(5, 5, 0, 0)]).size == 1
    assert resolve(Links.of([Pair(9, 4, 0, 3)])).person(4) == 9
