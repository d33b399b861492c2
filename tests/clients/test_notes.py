"""What the drivers write down is what their clients send: through a network that loses answers, delays, doubles and reorders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import facts
import pytest
from proxy import FAULTS, Proxy, seeded_fate
from receiver import Receiver

from clients import SERVER_SIDE, VISIT, Client, Play

Served = Callable[..., AbstractContextManager[object]]
ROUNDS = 3
#: What the newer of PostHog's protocols says in headers or leaves to the server.
SAID_ELSEWHERE = {"$lib", "$lib_version"}


@pytest.fixture(scope="module")
def played(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Play, Receiver, Proxy]]]:
    """Every server-side client that is installed, each through a bad network of its own to a receiver of its own."""
    folder, played = tmp_path_factory.mktemp("notes"), {}
    with ExitStack() as servers:
        for number, client in enumerate(one for one in SERVER_SIDE if not one.missing()):
            receiver = servers.enter_context(served(Receiver()))
            proxy = servers.enter_context(served(Proxy(receiver.address, seeded_fate(number))))
            play = client.start(proxy.address, "key", folder / client.name, ROUNDS, pause_seconds=0.2)
            played[client.name] = play, receiver, proxy
        for play, _, _ in played.values():
            play.finish()
        yield played


@pytest.mark.parametrize("client", SERVER_SIDE, ids=lambda client: client.name)
def test_everything_noted_went_over_the_wire_and_nothing_else(client: Client, played: dict) -> None:
    if client.missing():
        pytest.skip(client.missing())
    play, receiver, _ = played[client.name]
    noted = {fact.id: fact for fact in (facts.read(client.protocol, one) for one in play.intended)}
    sent = {fact.id: fact for fact in (facts.read(client.protocol, one) for one in receiver.events)}
    assert noted.keys() - play.given_up.keys() <= sent.keys() <= noted.keys()
    for id, fact in sent.items():
        assert _comparable(fact) == _comparable(noted[id])


@pytest.mark.parametrize("client", SERVER_SIDE, ids=lambda client: client.name)
def test_the_driver_says_each_step_of_the_visit_with_its_properties(client: Client, played: dict) -> None:
    if client.missing():
        pytest.skip(client.missing())
    said = [facts.read(client.protocol, one) for one in played[client.name][0].intended]
    for step in json.loads(VISIT.read_text(encoding="utf-8"))["steps"]:
        if step["do"] == "track" and not (client.protocol == "snowplow" and step["name"] == "checkout.finished"):
            assert sum(_holds(fact.properties, step["properties"]) for fact in said) == ROUNDS


def test_the_bad_network_does_what_it_is_for(played: dict) -> None:
    if not played:
        pytest.skip("no client is installed; make test installs them")
    seen = {passage.fault for _, _, proxy in played.values() for passage in proxy.passages}
    assert seen == set(FAULTS)
    assert any(len(receiver.events) > len(play.intended) for play, receiver, _ in played.values()), "nothing came twice"


def _comparable(fact: facts.Fact) -> tuple[object, ...]:
    told = {name: value for name, value in fact.properties.items() if name not in SAID_ELSEWHERE}
    structured = {name: str(value) for name, value in told.items()} if fact.name == "finished" else told
    return fact.call, fact.name, fact.user, fact.anonymous, fact.account, fact.previous, structured


def _holds(told: dict, wanted: dict) -> bool:
    return all(told.get(name) == value for name, value in wanted.items())
