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
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from touchpath.model.errors import Conflict, Missing, TouchpathError, Unavailable, unknown
from touchpath.model.time import from_micros, to_micros
from touchpath.services.board_schedules import BoardSchedules, Schedule, check_schedule, plain_schedule, schedule_of
from touchpath.services.mail_server import Letter, Mailer
from touchpath.services.own_boards import OwnBoards
from touchpath.store.records import Record, RecordStore

_log = logging.getLogger(__name__)
MAILING = "board mailing"
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
        self.schedules = BoardSchedules(records, boards, clock)
        self.mailer, self._zone, self._clock = mailer, zone, clock
        self._seen: tuple[object, tuple[Mailing, ...]] = (None, ())

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
        for one in self.schedules.list():
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
        return not mailing.schedule or any(
            one.id == mailing.schedule and to in one.schedule.recipients for one in self.schedules.list()
        )

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

    def _note(self, mailing: Mailing, member: str = "schedule", schedule: Schedule | None = None) -> Mailing:
        """Keep how far a sending is; raises Conflict when another process went on with it."""
        kept = dict(self._records.load(MAILING, mailing.id).document) if mailing.revision else {}
        if schedule is not None:
            kept["schedule_then"] = plain_schedule(schedule)
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
        return schedule_of(plain)


def run_mails(mails: Callable[[], Sequence[BoardMails]], stop: threading.Event, every: float = 20.0) -> None:
    """Look again and again whether letters are due, until stopped; a fault of one workspace costs no other."""
    while not stop.is_set():
        for one in mails():  # workspaces that were added meanwhile, too
            try:
                one.step()
            except Exception:
                _log.exception("mails of boards could not be looked after; trying again")
        stop.wait(every)


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
