"""What happens to everybody: releases, outside events, and the two usability studies of the year."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from touchpath.model.time import to_micros
from touchpath.sources.demo.season import HOUR, MINUTE, SECOND, WEEKS, Int64s, draw_codes, spread
from touchpath.sources.demo.sheet import Coded, Sheet, as_json
from touchpath.sources.demo.truths import START, PlantedTruths

STUDY_TASKS = ("find-seeds", "check-out", "set-schedule")
SUS_ITEMS = 10
_STUDY_DAYS = (datetime(2026, 3, 17, 9, tzinfo=UTC), datetime(2026, 9, 15, 9, tzinfo=UTC))
_PER_DAY = 4


def write_happenings(plan: PlantedTruths, sheet: Sheet) -> None:
    """Releases and outside events: facts without an actor."""
    releases = [
        (START + timedelta(weeks=week, days=2, hours=3), "web", f"7.{number}", "small improvements")
        for number, week in enumerate(range(1, WEEKS, 6))
    ]
    releases += [
        (plan.app_release, "app", "4.2", "new checkout in the app"),
        (plan.bad_release, "web", "7.90", "new page loader"),
        (plan.bad_release_mended, "web", "7.91", "page loader taken back"),
    ]
    sheet.add(
        "releases", "release.published", _moments(release[0] for release in releases), (), touchpoint="shop",
        surface=Coded(("web",), np.array([0 if release[1] == "web" else -1 for release in releases])),
        properties=pa.array([json.dumps({"product": r[1], "version": r[2], "note": r[3]}) for r in releases]),
    )  # fmt: skip
    outside = [
        (datetime(2026, 2, 9, 8, tzinfo=UTC), "strike", "Parcel workers on strike for two days"),
        (datetime(2026, 6, 22, 12, tzinfo=UTC), "weather", "Heat wave in central Europe"),
        (datetime(2026, 9, 3, 8, tzinfo=UTC), "market", "A competitor lowers its prices"),
    ]
    sheet.add(
        "news", "external.noted", _moments(event[0] for event in outside), (),
        properties=pa.array([json.dumps({"sort": event[1], "note": event[2]}) for event in outside]),
    )  # fmt: skip


def _moments(times: Iterable[datetime]) -> Int64s:
    return np.array([to_micros(time) for time in times], np.int64)


def write_studies(rng: Generator, plan: PlantedTruths, sheet: Sheet) -> None:
    """Two rounds of a moderated usability test: three tasks each, then the ten items of the usability scale."""
    for round_, begin in enumerate(_STUDY_DAYS):
        people = np.arange(plan.study_people) + round_ * plan.study_people
        turn = people - people[0]
        days, slot = np.divmod(turn, _PER_DAY)
        starts = to_micros(begin) + days * 24 * HOUR + slot * 75 * MINUTE
        number = sheet.fresh(people.size)
        ends = _write_study_tasks(rng, plan.study_success[round_], sheet, people, starts, number, round_)
        _write_study_answers(rng, plan.study_answers[round_], sheet, people, ends + 2 * MINUTE, number, round_)


def _write_study_tasks(
    rng: Generator, success: float, sheet: Sheet, people: Int64s, starts: Int64s, number: Int64s, round_: int
) -> Int64s:
    now = starts + 5 * MINUTE
    for task in STUDY_TASKS:
        seconds = spread(rng, 140.0, 0.45, people.size)
        rounds = np.full(people.size, round_ + 1)
        sheet.add(
            "research", "study.task_started", now, (people,), objects={"session": number}, touchpoint="usability-test",
            channel="lab", properties=as_json(people.size, task=task, round=rounds),
        )  # fmt: skip
        done = Coded(("failure", "success"), (rng.random(people.size) < success).astype(np.int64))
        sheet.add(
            "research", "study.task_finished", now + seconds, (people,), objects={"session": number},
            touchpoint="usability-test", channel="lab", value=seconds / SECOND, unit="seconds",
            properties=as_json(people.size, task=task, round=rounds, result=done),
        )  # fmt: skip
        now = now + seconds + 2 * MINUTE
    return now


def _write_study_answers(
    rng: Generator, shares: tuple[float, ...], sheet: Sheet, people: Int64s, at: Int64s, number: Int64s, round_: int
) -> None:
    """Odd items praise, even items complain: the same answers, mirrored."""
    response = sheet.fresh(people.size)
    for item in range(1, SUS_ITEMS + 1):
        agrees = 1 + draw_codes(rng, shares, people.size)
        sheet.add(
            "research", "survey.answered", at + item * 12 * SECOND, (people,), objects={"session": number, "response": response},
            touchpoint="usability-test", channel="lab", value=agrees if item % 2 else 6 - agrees, unit="points",
            properties=as_json(people.size, question=f"sus-{item}", round=np.full(people.size, round_ + 1)),
        )  # fmt: skip


def study_names(plan: PlantedTruths) -> pa.Array:
    """The ids of everybody who took part in a study; they are no customers."""
    rounds = len(_STUDY_DAYS)
    return pa.array([f"external:participant-{1 + person:02d}" for person in range(rounds * plan.study_people)])
