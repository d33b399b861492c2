"""Whose timeline a signal is on follows links that come late, devices that change hands, and the rules in force."""

from __future__ import annotations

from pathlib import Path

from slow_timelines import MINUTE, TINY, SignalLog, a_row, agree

from touchpath.model.keys import name_key
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.stores.timeline_witness import Terms
from touchpath.timelines.guards import Rules


def test_a_link_that_comes_late_joins_two_persons(files: TimelineFiles, log: SignalLog) -> None:
    log.append([a_row(100, actors=["anonymous:9"])])
    anonymous, user = name_key("anonymous:9"), name_key("user:1")
    files.open()
    assert files.person_of(anonymous) == anonymous
    log.append([a_row(101, actors=["user:1", "anonymous:9"])])
    agree(files.open("person", ["page"]), log)
    assert files.person_of(anonymous) == user
    assert files.actors_of(user) == sorted([anonymous, user])
    assert files.actors_of(12345) == [12345]


def test_a_second_user_of_a_device_takes_only_what_is_theirs(files: TimelineFiles, log: SignalLog) -> None:
    device, day = name_key("anonymous:9"), 24 * 60 * MINUTE
    log.append([a_row(100, actors=["anonymous:9"]), a_row(101, actors=["user:1", "anonymous:9"])])
    files.rebuild("person", ["page"])
    assert files.person_of(device) == name_key("user:1")
    log.append(
        [a_row(102, actors=["user:2", "anonymous:9"], occurred_at=day), a_row(103, actors=["anonymous:9"], occurred_at=2 * day)]
    )
    agree(files.open(), log)
    assert files.person_of(device) == device
    assert [files.person_of(device, at) for at in (0, day // 2, day)] == [name_key("user:1"), device, name_key("user:2")]
    assert files.persons_of([device, device], [0, day]) == [name_key("user:1"), name_key("user:2")]
    assert device in files.actors_of(name_key("user:2"))


def test_timelines_of_other_rules_are_built_again(log: SignalLog, tmp_path: Path) -> None:
    log.append([a_row(101, actors=["user:1", "anonymous:9"]), a_row(102, actors=["user:2", "anonymous:9"])])
    TimelineFiles(tmp_path, log, limits=TINY).open()  # type: ignore[arg-type]
    joined = TimelineFiles(tmp_path, log, limits=TINY, terms=Terms(Rules(devices_join=True)))  # type: ignore[arg-type]
    assert joined.person_of(name_key("user:1")) == joined.person_of(name_key("user:2"))
