"""Which board goes to whom by mail, and when: each day, on a weekday or on a day of the month, at an hour of the workspace's zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.time import from_micros, to_micros
from touchpath.services.members import normal_email
from touchpath.services.own_boards import OwnBoards
from touchpath.store.records import Record, RecordStore

SCHEDULE = "board mail"
Every = Literal["day", "week", "month"]
EVERY: tuple[str, ...] = get_args(Every)
MOST_RECIPIENTS, MOST_SCHEDULES = 50, 20


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which board goes to whom, and when: each day, on a weekday (0 Monday to 6 Sunday) or on a day of the month (1 to 28), at an hour of the
    workspace's zone. filters: what it is narrowed to. language: of the letter. pdf: whether the board is attached, too."""

    board: str
    recipients: tuple[str, ...]
    every: str = "week"
    hour: int = 7
    weekday: int = 0
    day: int = 1
    filters: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    pdf: bool = False


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A schedule as it is kept. since: no letter is due from before."""

    id: str
    schedule: Schedule
    member: str
    since: datetime

    def due(self, now: datetime, zone: str) -> datetime | None:
        """When the last letter was due; None before the first."""
        found = last_due(self.schedule, now, zone)
        return found if found > self.since else None


class BoardSchedules:
    """The schedules of one workspace. Each change is a version of its record."""

    def __init__(self, records: RecordStore, boards: OwnBoards, clock: Callable[[], datetime]) -> None:
        self._records, self._boards, self._clock = records, boards, clock

    def list(self, board: str = "") -> tuple[KeptSchedule, ...]:
        """The schedules of all boards, or of one, oldest first."""
        found = (_schedule(record) for record in self._records.list(SCHEDULE) if not record.document.get("removed"))
        return tuple(sorted((one for one in found if board in ("", one.schedule.board)), key=lambda one: (one.since, one.id)))

    def add(self, schedule: Schedule, member: str) -> KeptSchedule:
        """Keep a schedule; its first letter is due after now. Raises BadInput, or Missing for a board that is not there."""
        self._boards.show(schedule.board)
        checked = check_schedule(schedule)
        if len(self.list(schedule.board)) >= MOST_SCHEDULES:
            raise BadInput(f"A board has at most {MOST_SCHEDULES} schedules. Take one away first.")
        return self._keep(uuid4().hex[:12], checked, self._clock(), 0, member)

    def change(self, id: str, schedule: Schedule, member: str) -> KeptSchedule:
        """Keep a schedule in place of the one before; raises BadInput or Missing."""
        kept = self.find(id)
        checked = check_schedule(replace(schedule, board=kept.schedule.board))
        return self._keep(id, checked, self._clock(), self._records.revision(SCHEDULE, id), member)

    def remove(self, id: str, member: str) -> KeptSchedule:
        """Send no more letters of a schedule, and give what it was; raises Missing."""
        kept = self.find(id)
        document = {**self._records.load(SCHEDULE, id).document, "removed": True}
        self._records.save(SCHEDULE, id, document, expected=self._records.revision(SCHEDULE, id), member=member)
        return kept

    def bring_back(self, id: str, member: str) -> KeptSchedule:
        """Undo taking one away; letters that would have been due meanwhile are not sent."""
        if not self._records.revision(SCHEDULE, id):
            raise Missing(unknown("schedule", id, (one.id for one in self.list())))
        kept = _schedule(self._records.load(SCHEDULE, id))
        return self._keep(id, kept.schedule, self._clock(), self._records.revision(SCHEDULE, id), member)

    def drop_recipient(self, id: str, address: str, member: str) -> KeptSchedule | None:
        """Send somebody no more letters; the schedule goes with the last one, and None is given then."""
        kept = self.find(id)
        left = tuple(one for one in kept.schedule.recipients if one != address)
        if left == kept.schedule.recipients:
            raise Missing(unknown("recipient", address, kept.schedule.recipients))
        if not left:
            self.remove(id, member)
            return None
        changed = replace(kept.schedule, recipients=left)
        return self._keep(id, changed, kept.since, self._records.revision(SCHEDULE, id), member)

    def find(self, id: str) -> KeptSchedule:
        """A schedule by its id; raises Missing."""
        for one in self.list():
            if one.id == id:
                return one
        raise Missing(unknown("schedule", id, (one.id for one in self.list())))

    def _keep(self, id: str, schedule: Schedule, since: datetime, expected: int, member: str) -> KeptSchedule:
        document = plain_schedule(schedule) | {"since_micros": to_micros(since)}
        self._records.save(SCHEDULE, id, document, expected=expected, member=member)
        return _schedule(self._records.load(SCHEDULE, id))


def check_schedule(schedule: Schedule) -> Schedule:
    """The schedule with its addresses in order; raises BadInput naming what cannot be."""
    recipients = tuple(dict.fromkeys(normal_email(one) for one in schedule.recipients if one.strip()))
    if not recipients:
        raise BadInput("Give at least one e-mail address, as in ada@example.org.")
    if len(recipients) > MOST_RECIPIENTS:
        raise BadInput(f"A board goes to at most {MOST_RECIPIENTS} addresses at once, but {len(recipients)} came.")
    if schedule.every not in EVERY:
        raise BadInput(f"How often came as '{schedule.every[:40]}'. There are: {', '.join(EVERY)}.")
    for name, low, high in (("hour", 0, 23), ("weekday", 0, 6), ("day", 1, 28)):
        if not low <= (value := getattr(schedule, name)) <= high:
            raise BadInput(f"The {name} came as {value}. Give {low} to {high}.")
    return replace(schedule, recipients=recipients)


def last_due(schedule: Schedule, now: datetime, zone: str) -> datetime:
    """The last moment up to now at which a schedule says that a letter is due, by the clock of a zone."""
    clock = ZoneInfo(zone)
    day = now.astimezone(clock).date()
    while True:
        if _is_day(schedule, day):
            moment = datetime.combine(day, time(schedule.hour), clock).astimezone(UTC)
            if moment <= now:
                return moment
        day -= timedelta(days=1)


def _is_day(schedule: Schedule, day: date) -> bool:
    if schedule.every == "day":
        return True
    return day.weekday() == schedule.weekday if schedule.every == "week" else day.day == schedule.day


def plain_schedule(schedule: Schedule) -> dict[str, object]:
    """A schedule as it is kept."""
    return {
        "board": schedule.board,
        "recipients": [*schedule.recipients],
        "every": schedule.every,
        "hour": schedule.hour,
        "weekday": schedule.weekday,
        "day": schedule.day,
        "filters": dict(schedule.filters),
        "language": schedule.language,
        "pdf": schedule.pdf,
    }


def schedule_of(kept: Mapping[str, Any]) -> Schedule:
    """A kept schedule again."""
    return Schedule(
        str(kept["board"]),
        tuple(map(str, kept["recipients"])),
        str(kept["every"]),
        int(kept["hour"]),
        int(kept["weekday"]),
        int(kept["day"]),
        {str(name): str(value) for name, value in kept["filters"].items()},
        str(kept["language"]),
        bool(kept["pdf"]),
    )


def _schedule(record: Record) -> KeptSchedule:
    kept: Mapping[str, Any] = record.document
    return KeptSchedule(record.id, schedule_of(kept), record.member, from_micros(int(kept["since_micros"])))
