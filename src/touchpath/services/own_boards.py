"""Boards that members put together themselves: every version stays, and a board that is taken away can be brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.services.board_blocks import LONGEST_TITLE, MOST_BLOCKS, Block, add_block, read_block
from touchpath.store.records import Record, RecordStore

KIND = "board"
MOST = 1_000
_LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class OwnBoard:
    """One version of a board. owner: who made it; member: who saved this version; revision: counts from 1."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    owner: str
    revision: int
    member: str
    at: datetime
    why: str = ""

    def as_document(self) -> dict[str, object]:
        """As it is kept, apart from who saved it."""
        return {"title": self.title, "owner": self.owner, "blocks": [one.as_document() for one in self.blocks]}


class OwnBoards:
    """The boards of one workspace that its members made."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def list(self) -> tuple[OwnBoard, ...]:
        """The newest version of each that was not taken away, by title."""
        found = (_read(record) for record in self._records.list(KIND) if not record.document.get("removed"))
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.id)))

    def show(self, id: str, revision: int | None = None) -> OwnBoard:
        """The newest version of a board, or the one asked for; raises Missing for one that is not there or was taken away."""
        versions = self.history(id)
        if revision is None:
            return versions[0]
        found = {one.revision: one for one in versions}
        if revision not in found:
            raise Missing(unknown("version", str(revision), map(str, found)))
        return found[revision]

    def find(self, name: str) -> OwnBoard:
        """A board by its id, or by its title where only one has it; raises Missing."""
        kept = self.list()
        named = [one for one in kept if one.id == name] or [one for one in kept if one.title == name]
        if len(named) > 1:
            raise BadInput(f"{len(named)} boards are called '{name}'. Give the id of one: {', '.join(one.id for one in named)}.")
        if not named:
            raise Missing(unknown("board", name, (one.title for one in kept)))
        return named[0]

    def history(self, id: str) -> tuple[OwnBoard, ...]:
        """All versions, newest first; raises Missing for a board that is not there or was taken away."""
        records = self._records.history(KIND, id)
        if not records or records[0].document.get("removed"):
            raise Missing(unknown("board", id, (one.id for one in self.list())))
        return tuple(_read(record) for record in records if not record.document.get("removed"))

    def make(self, title: str, member: str, blocks: Sequence[Block] = (), why: str = "") -> OwnBoard:
        """Keep a new board, which belongs to the member; raises BadInput for a title that says nothing."""
        if len(self._records.list(KIND)) >= MOST:
            raise BadInput(f"There are {MOST:,} boards, the most there can be.")
        document = {"title": _title(title), "owner": member, "blocks": [one.as_document() for one in _numbered(blocks)]}
        id = uuid4().hex[:12]
        self._records.save(KIND, id, document, expected=0, member=member, why=why)
        return self.show(id)

    def save(
        self,
        id: str,
        member: str,
        *,
        expected: int,
        title: str | None = None,
        blocks: Sequence[Block] | None = None,
        why: str = "",
    ) -> OwnBoard:
        """Keep the next version; what is not given stays, and what is the same is not saved again.

        expected: the revision that it was changed from; raises Conflict when somebody saved another one meanwhile.
        """
        kept = self.show(id)
        new = {
            "title": kept.title if title is None else _title(title),
            "owner": kept.owner,
            "blocks": [one.as_document() for one in (kept.blocks if blocks is None else _numbered(blocks))],
        }
        if new == kept.as_document() and expected == kept.revision:
            return kept
        self._records.save(KIND, id, new, expected=expected, member=member, why=why.strip()[:_LONGEST_WHY])
        return self.show(id)

    def duplicate(self, id: str, member: str, title: str = "") -> OwnBoard:
        """A board of the member's own with the same blocks; links and mails of the other stay with that."""
        kept = self.show(id)
        named = title or f"{kept.title[: LONGEST_TITLE - 7]} (copy)"
        return self.make(named, member, kept.blocks, f"a copy of '{kept.title}', version {kept.revision}")

    def restore(self, id: str, revision: int, member: str) -> OwnBoard:
        """Make an older version the newest again; the ones between stay. Raises Missing."""
        old, now = self.show(id, revision), self.show(id)
        return self.save(id, member, expected=now.revision, title=old.title, blocks=old.blocks, why=f"version {revision} again")

    def remove(self, id: str, member: str) -> OwnBoard:
        """List it no longer, and give what was taken away; its versions stay in the records. Raises Missing."""
        kept = self.show(id)
        gone = kept.as_document() | {"removed": True}
        self._records.save(KIND, id, gone, expected=kept.revision, member=member, why="taken away")
        return kept

    def bring_back(self, id: str, member: str) -> OwnBoard:
        """List a board again that was taken away; raises Missing when there was none."""
        records = self._records.history(KIND, id)
        if not records:
            raise Missing(unknown("board", id, (one.id for one in self.list())))
        if records[0].document.get("removed"):
            document = {key: value for key, value in records[0].document.items() if key != "removed"}
            self._records.save(KIND, id, document, expected=records[0].revision, member=member, why="brought back")
        return self.show(id)


def _numbered(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, each with an id of its own; raises BadInput when there are too many."""
    if len(blocks) > MOST_BLOCKS:
        raise BadInput(f"A board has at most {MOST_BLOCKS} blocks, but {len(blocks):,} came.")
    kept: tuple[Block, ...] = ()
    for one in blocks:
        kept = add_block(kept, one)
    return kept


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or not any(letter.isalnum() for letter in title):
        raise BadInput("Give the board a title with a letter or digit in it.")
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise BadInput(f"A title has at most {LONGEST_TITLE} printable characters, but {len(title)} came.")
    return title


def _read(record: Record) -> OwnBoard:
    kept: Mapping[str, Any] = record.document
    blocks = tuple(read_block(one) for one in kept["blocks"])
    return OwnBoard(
        record.id, str(kept["title"]), blocks, str(kept["owner"]), record.revision, record.member, record.at, record.why
    )
