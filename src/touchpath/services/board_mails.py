"""Boards by mail: who gets which board when, and what became of each letter. No letter is sent twice, whatever stops in between.

A letter is claimed in the records before it is handed over, and noted there after. What is found claimed and not noted, because a server
stopped in the middle, may have gone or not: that is said, and only a person sends it again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Literal, get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput, Conflict, Missing, TouchpathError, Unavailable, unknown
from touchpath.model.time import from_micros, to_micros
from touchpath.services.mail_server import Letter, Mailer
from touchpath.services.members import normal_email
from touchpath.services.own_boards import OwnBoards
from touchpath.store.records import Record, RecordStore

_log = logging.getLogger(__name__)
SCHEDULE, MAILING = "board mail", "board mailing"
Every = Literal["day", "week", "month"]
EVERY: tuple[str, ...] = get_args(Every)
MOST_RECIPIENTS, MOST_SCHEDULES = 50, 20
#: After so long a mailing that nobody went on with is taken over.
LEASE = timedelta(minutes=10)
#: How long to wait before the second, third and fourth try where the mail server did not answer.
AGAIN = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
_UNSURE = "the server stopped while it was being sent, so it may have gone or not; it is only sent again when you say so"
_UNFORESEEN = "This failed for a reason that was not foreseen; the server's log has it."
_NO_SERVER = (
    "No mail server is set. Set TOUCHPATH_SMTP_HOST and TOUCHPATH_MAIL_FROM (see the settings), and start the server again."
)


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


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a letter to one address did not go. again: whether it is tried again by itself."""

    why: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Mailing:
    """One sending of a board. going: to whom a letter is on its way; waiting: who still gets one; sent, failed: what became of the others.

    again_at: when those that failed for now are tried again; done: nobody gets one by itself any more. at: when it was last seen to go on.
    """

    id: str
    board: str
    schedule: str
    due: datetime
    waiting: tuple[str, ...]
    going: str = ""
    sent: tuple[str, ...] = ()
    failed: Mapping[str, Failure] = field(default_factory=dict)
    tries: int = 0
    again_at: datetime | None = None
    done: bool = False
    at: datetime | None = None
    revision: int = 0


Compose = Callable[[str, Mapping[str, str], str, bool], Letter]
"""Writes the letter of a board: its id, the filters, the language, and whether it is attached as a PDF; raises Missing or BadInput."""


class BoardMails:
    """The mails of one workspace. Safe to use from several threads and beside other processes: of two, one sends."""

    def __init__(
        self,
        records: RecordStore,
        boards: OwnBoards,
        compose: Compose,
        mailer: Mailer | None,
        zone: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records, self._boards, self._compose = records, boards, compose
        self.mailer, self._zone, self._clock = mailer, zone, clock
        self._seen: tuple[object, tuple[Mailing, ...]] = (None, ())

    # -- schedules ----------------------------------------------------------------------------------------------------

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

    # -- letters ------------------------------------------------------------------------------------------------------

    def mailings(self, board: str, most: int = 20) -> tuple[Mailing, ...]:
        """The latest sendings of a board, newest first."""
        found = [one for one in self._all_mailings() if one.board == board]
        return tuple(sorted(found, key=lambda one: one.due, reverse=True)[:most])

    def send_now(self, schedule: Schedule, member: str) -> Mailing:
        """Send a board at once, to these recipients only; raises BadInput, Missing, or Unavailable without a mail server."""
        self._boards.show(schedule.board)
        self._ready()
        return self._go_through(self._begin(uuid4().hex[:12], check_schedule(schedule), "", self._clock(), member), schedule)

    def retry(self, id: str, member: str) -> Mailing:
        """Send once more to everybody whom a sending did not reach, also where it may have gone; raises Missing or Unavailable."""
        mailing = self._mailing(id)
        self._ready()
        again = tuple(mailing.failed)
        if not again or not mailing.done:
            raise Conflict("Nothing of this sending waits to be sent again.")
        claimed = self._note(replace(mailing, waiting=again, failed={}, done=False, tries=0, again_at=None), member)
        return self._go_through(claimed, self._schedule_of(claimed))

    def step(self) -> int:
        """Send what is due, go on with what was left in the middle, try again what failed for now; gives how many sendings were worked on."""
        if self.mailer is None:
            return 0
        now, worked = self._clock(), 0
        boards = {one.id for one in self._boards.list()}
        for one in self.list():
            due = one.due(now, self._zone)
            if due is None or one.schedule.board not in boards:
                continue
            id = f"{one.id}-{to_micros(due)}"
            if not self._records.revision(MAILING, id):
                worked += self._try(partial(self._begin, id, one.schedule, one.id, due, "schedule"), one.schedule)
        for mailing in self._unfinished():
            if _is_free(mailing, now):
                worked += self._try(partial(self._take_over, mailing), self._schedule_of(mailing))
        return worked

    def _unfinished(self) -> Sequence[Mailing]:
        """Sendings that are not done; read only when any was noted since the last time."""
        stamp = self._records.stamp(MAILING)
        if stamp != self._seen[0]:
            self._seen = stamp, tuple(one for one in self._all_mailings() if not one.done)
        return self._seen[1]

    def _try(self, claim: Callable[[], Mailing], schedule: Schedule) -> int:
        """Claim and go through; what another process claimed first is its own."""
        try:
            self._go_through(claim(), schedule)
        except Conflict:
            return 0
        return 1

    def _ready(self) -> None:
        if self.mailer is None:
            raise Unavailable(_NO_SERVER)

    def _begin(self, id: str, schedule: Schedule, kept: str, due: datetime, member: str) -> Mailing:
        """Claim a new sending; raises Conflict when another process has."""
        return self._note(Mailing(id, schedule.board, kept, due, schedule.recipients), member, schedule)

    def _take_over(self, mailing: Mailing) -> Mailing:
        """Claim one that was left in the middle, or that is to be tried again."""
        failed = dict(mailing.failed)
        if mailing.going:
            failed[mailing.going] = Failure(_UNSURE)
        again = tuple(address for address, one in failed.items() if one.again)
        left = {address: one for address, one in failed.items() if not one.again}
        return self._note(replace(mailing, going="", waiting=(*mailing.waiting, *again), failed=left, again_at=None), "schedule")

    def _go_through(self, mailing: Mailing, schedule: Schedule) -> Mailing:
        """Send to everybody who waits, one after the other, each noted before and after."""
        try:
            letter = self._compose(mailing.board, schedule.filters, schedule.language, schedule.pdf)
        except Exception as error:
            why = str(error) if isinstance(error, TouchpathError) else _UNFORESEEN
            if not isinstance(error, TouchpathError):
                _log.exception("the letter of the board %s could not be written", mailing.board)
            failed = {**mailing.failed, **{one: Failure(why) for one in mailing.waiting}}
            return self._note(replace(mailing, waiting=(), failed=failed, done=True))
        while mailing.waiting:
            to = mailing.waiting[0]
            mailing = replace(mailing, waiting=mailing.waiting[1:])
            if not self._is_wanted(mailing, to):
                continue
            mailing = self._note(replace(mailing, going=to))
            failure = self._send(letter, to, mailing)
            if failure is None:
                mailing = replace(mailing, going="", sent=(*mailing.sent, to))
            else:
                mailing = replace(mailing, going="", failed={**mailing.failed, to: failure})
        return self._note(_ended(mailing, self._clock()))

    def _is_wanted(self, mailing: Mailing, to: str) -> bool:
        """Whether somebody still gets the letters of a schedule: who was taken off it meanwhile gets none that waited."""
        return not mailing.schedule or any(one.id == mailing.schedule and to in one.schedule.recipients for one in self.list())

    def _send(self, letter: Letter, to: str, mailing: Mailing) -> Failure | None:
        assert self.mailer is not None
        id = f"{mailing.id}.{hashlib.sha256(to.encode()).hexdigest()[:12]}"  # the same when it is sent once more
        try:
            self.mailer.send(letter, to, id, self._clock())
        except Unavailable as error:
            return Failure(str(error), again=True)
        except TouchpathError as error:
            return Failure(str(error))
        except Exception:
            _log.exception("a letter of the board %s could not be sent", mailing.board)
            return Failure(_UNFORESEEN)
        return None

    # -- records ------------------------------------------------------------------------------------------------------

    def _keep(self, id: str, schedule: Schedule, since: datetime, expected: int, member: str) -> KeptSchedule:
        document = _plain(schedule) | {"since_micros": to_micros(since)}
        self._records.save(SCHEDULE, id, document, expected=expected, member=member)
        return _schedule(self._records.load(SCHEDULE, id))

    def _note(self, mailing: Mailing, member: str = "schedule", schedule: Schedule | None = None) -> Mailing:
        """Keep how far a sending is; raises Conflict when another process went on with it."""
        kept = dict(self._records.load(MAILING, mailing.id).document) if mailing.revision else {}
        if schedule is not None:
            kept["schedule_then"] = _plain(schedule)
        kept |= {
            "board": mailing.board,
            "schedule": mailing.schedule,
            "due_micros": to_micros(mailing.due),
            "waiting": [*mailing.waiting],
            "going": mailing.going,
            "sent": [*mailing.sent],
            "failed": {to: {"why": one.why, "again": one.again} for to, one in mailing.failed.items()},
            "tries": mailing.tries,
            "again_micros": to_micros(mailing.again_at) if mailing.again_at else None,
            "done": mailing.done,
            "at_micros": to_micros(self._clock()),
        }
        self._records.save(MAILING, mailing.id, kept, expected=mailing.revision, member=member)
        return replace(mailing, revision=mailing.revision + 1, at=self._clock())

    def _all_mailings(self) -> tuple[Mailing, ...]:
        return tuple(_mailing(record) for record in self._records.list(MAILING))

    def _mailing(self, id: str) -> Mailing:
        if not self._records.revision(MAILING, id):
            raise Missing(unknown("sending", id, (one.id for one in self._all_mailings())))
        return _mailing(self._records.load(MAILING, id))

    def _schedule_of(self, mailing: Mailing) -> Schedule:
        """The schedule as it was when the sending began."""
        plain: Any = self._records.load(MAILING, mailing.id).document["schedule_then"]
        return _of_plain(plain)


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


def run_mails(mails: Callable[[], Sequence[BoardMails]], stop: threading.Event, every: float = 20.0) -> None:
    """Look again and again whether letters are due, until stopped; a fault of one workspace costs no other."""
    while not stop.is_set():
        for one in mails():  # workspaces that were added meanwhile, too
            try:
                one.step()
            except Exception:
                _log.exception("mails of boards could not be looked after; trying again")
        stop.wait(every)


def _is_day(schedule: Schedule, day: date) -> bool:
    if schedule.every == "day":
        return True
    return day.weekday() == schedule.weekday if schedule.every == "week" else day.day == schedule.day


def _is_free(mailing: Mailing, now: datetime) -> bool:
    """Whether a sending that is not done may be gone on with: its time has come, or nobody has been at it for long."""
    if mailing.again_at is not None:
        return mailing.again_at <= now
    return mailing.at is None or now - mailing.at >= LEASE


def _ended(mailing: Mailing, now: datetime) -> Mailing:
    """A sending after a round: done, or to be tried again later for those whom the mail server would not take for now."""
    some = any(one.again for one in mailing.failed.values())
    if not some or mailing.tries >= len(AGAIN):
        failed = {to: replace(one, again=False) for to, one in mailing.failed.items()}
        return replace(mailing, failed=failed, again_at=None, done=True)
    return replace(mailing, tries=mailing.tries + 1, again_at=now + AGAIN[mailing.tries])


def _plain(schedule: Schedule) -> dict[str, object]:
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


def _of_plain(kept: Mapping[str, Any]) -> Schedule:
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
    return KeptSchedule(record.id, _of_plain(kept), record.member, from_micros(int(kept["since_micros"])))


def _mailing(record: Record) -> Mailing:
    kept: Mapping[str, Any] = record.document
    again = kept["again_micros"]
    return Mailing(
        record.id,
        str(kept["board"]),
        str(kept["schedule"]),
        from_micros(int(kept["due_micros"])),
        tuple(kept["waiting"]),
        str(kept["going"]),
        tuple(kept["sent"]),
        {str(to): Failure(str(one["why"]), bool(one["again"])) for to, one in kept["failed"].items()},
        int(kept["tries"]),
        None if again is None else from_micros(int(again)),
        bool(kept["done"]),
        from_micros(int(kept["at_micros"])),
        record.revision,
    )
