"""Links by which whoever has one reads one board, without signing in: for a time, until they are revoked, and no more than that board."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.time import from_micros, to_micros
from touchpath.services.one_time import draw_secret, hash_secret
from touchpath.store.records import Record, RecordStore

KIND = "board link"
#: Links of one board that are good at once, and the longest that one is.
MOST, MOST_DAYS = 50, 366
_LONGEST_LABEL = 120
_NO_LINK = "This link is no longer good. Ask whoever sent it for a new one."


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A link as it is kept: not its secret, only the hash. label: for whom it is; filters: what the board is narrowed to by it."""

    hash: str
    board: str
    label: str
    filters: Mapping[str, str]
    made_by: str
    made_at: datetime
    ends_at: datetime
    revoked: bool = False

    @property
    def id(self) -> str:
        """What it is called where links are listed; it opens nothing."""
        return self.hash[:12]

    def is_good(self, now: datetime) -> bool:
        """Whether it opens the board still."""
        return not self.revoked and now < self.ends_at


@dataclass(frozen=True)
class BoardLinks:
    """The links to boards of one workspace."""

    records: RecordStore
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def make(
        self, board: str, member: str, days: int, label: str = "", filters: Mapping[str, str] | None = None
    ) -> tuple[BoardLink, str]:
        """A new link with its secret, which is not kept and so shown this once; raises BadInput."""
        if not 1 <= days <= MOST_DAYS:
            raise BadInput(f"A link is good for 1 to {MOST_DAYS} days, but {days:,} came.")
        named = " ".join(label.split())
        if len(named) > _LONGEST_LABEL or not named.isprintable():
            raise BadInput(f"For whom a link is, is said in at most {_LONGEST_LABEL} printable characters.")
        now = self.clock()
        if sum(one.is_good(now) for one in self.list(board)) >= MOST:
            raise BadInput(f"{MOST} links to this board are good, the most there can be. Revoke one first.")
        secret = draw_secret()
        document = {
            "board": board,
            "label": named,
            "filters": {name: value for name, value in (filters or {}).items() if value},
            "made_micros": to_micros(now),
            "ends_micros": to_micros(now + timedelta(days=days)),
            "revoked": False,
            "made_by": member,
        }
        self.records.save(KIND, hash_secret(secret), document, expected=0, member=member)
        return self._load(hash_secret(secret)), secret

    def list(self, board: str) -> tuple[BoardLink, ...]:
        """The links to a board that were made, newest first, also those that are good no more."""
        found = [_read(record) for record in self.records.list(KIND) if record.document.get("board") == board]
        return tuple(sorted(found, key=lambda one: one.made_at, reverse=True))

    def open(self, secret: str) -> BoardLink:
        """The link with this secret; raises Missing with one sentence whether it is unknown, over or revoked."""
        hash = hash_secret(secret)
        found = self._load(hash) if self.records.revision(KIND, hash) else None
        if found is None or not found.is_good(self.clock()):
            raise Missing(_NO_LINK)
        return found

    def revoke(self, board: str, id: str, member: str) -> BoardLink:
        """End a link at once; raises Missing."""
        found = {one.id: one for one in self.list(board)}
        if id not in found:
            raise Missing(unknown("link", id, found))
        record = self.records.load(KIND, found[id].hash)
        self.records.save(KIND, record.id, {**record.document, "revoked": True}, expected=record.revision, member=member)
        return self._load(record.id)

    def _load(self, hash: str) -> BoardLink:
        return _read(self.records.load(KIND, hash))


def _read(record: Record) -> BoardLink:
    kept: Mapping[str, Any] = record.document
    filters = {str(name): str(value) for name, value in kept["filters"].items()}
    made, ends = from_micros(int(kept["made_micros"])), from_micros(int(kept["ends_micros"]))
    return BoardLink(
        record.id, str(kept["board"]), str(kept["label"]), filters, str(kept["made_by"]), made, ends, bool(kept["revoked"])
    )
