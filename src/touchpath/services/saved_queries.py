"""Queries that members keep by name: every version stays, with who saved it, when and why, and can be brought back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.model.kept_query import KeptQuery
from touchpath.store.records import Record, RecordStore

KIND = "query"
MOST = 2_000
_LONGEST_TITLE, _LONGEST_WHY = 120, 500
_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One version of a saved query. id: of its records; revision: counts from 1; document: the query's."""

    id: str
    title: str
    document: Mapping[str, Any]
    revision: int
    member: str
    at: datetime
    why: str = ""

    @property
    def query(self) -> str:
        """Which query it is."""
        return str(self.document.get("query", ""))


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that two versions differ in; None where a version does not have it."""

    key: str
    before: Any
    after: Any


class SavedQueries:
    """The saved queries of one workspace."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def list(self) -> tuple[SavedQuery, ...]:
        """The newest version of each that was not taken away, by title."""
        found = (_read(record) for record in self._records.list(KIND) if not record.document.get("removed"))
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.id)))

    def show(self, id: str) -> SavedQuery:
        """The newest version; raises Missing for one that there is not, or no more."""
        found = {one.id: one for one in self.list()}
        if id not in found:
            raise Missing(unknown("saved query", id, found))
        return found[id]

    def history(self, id: str) -> tuple[SavedQuery, ...]:
        """All versions, newest first; raises Missing for a query that there is not, or no more."""
        self.show(id)
        return tuple(_read(record) for record in self._records.history(KIND, id) if not record.document.get("removed"))

    def save(
        self, title: str, document: Mapping[str, Any], member: str, why: str = "", *, id: str = "", expected: int | None = None
    ) -> SavedQuery:
        """Keep a query under a title, or as the next version of `id`.

        expected: the revision that it was changed from; raises Conflict when somebody saved another one meanwhile, or when a new one has
        the title of one that there is. Raises BadInput for a title that says nothing. A document that is the same is not saved again.
        """
        title, why = _title(title), why.strip()[:_LONGEST_WHY]
        kept = {one.id: one for one in self.list()}
        if not id:
            id, expected = _id(title), None
            if id in kept:
                raise Conflict(
                    f"A query is saved as '{kept[id].title}' already. Open it and save a new version, or take another title."
                )
            if len(kept) >= MOST:
                raise BadInput(f"There are {MOST:,} saved queries, the most there can be. Take one away first.")
        elif id not in kept:
            raise Missing(unknown("saved query", id, kept))
        elif title == kept[id].title and KeptQuery.of(document) == KeptQuery.of(dict(kept[id].document)):
            return kept[id]
        at = self._records.revision(KIND, id) if expected is None else expected
        self._records.save(KIND, id, {"title": title, "query": dict(document)}, expected=at, member=member, why=why)
        return self.show(id)

    def restore(self, id: str, revision: int, member: str) -> SavedQuery:
        """Make an older version the newest again; the ones between stay. Raises Missing."""
        versions = {one.revision: one for one in self.history(id)}
        if revision not in versions:
            raise Missing(unknown("version", str(revision), map(str, versions)))
        old = versions[revision]
        return self.save(old.title, old.document, member, f"version {revision} again", id=id)

    def remove(self, id: str, member: str) -> None:
        """List it no longer; its versions stay in the records, and saving under the title again goes on from them."""
        newest = self.show(id)
        gone = {"title": newest.title, "query": dict(newest.document), "removed": True}
        self._records.save(KIND, id, gone, expected=newest.revision, member=member, why="taken away")

    def bring_back(self, id: str, member: str) -> SavedQuery:
        """List a query again that was taken away; raises Missing when there was none."""
        records = self._records.history(KIND, id)
        if not records:
            raise Missing(unknown("saved query", id, (one.id for one in self.list())))
        if records[0].document.get("removed"):
            document = {key: value for key, value in records[0].document.items() if key != "removed"}
            self._records.save(KIND, id, document, expected=records[0].revision, member=member, why="brought back")
        return self.show(id)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The keys that two documents differ in, in the order of the newer one, then those that went."""
    keys = [*after, *(key for key in before if key not in after)]
    return tuple(
        Difference(key, before.get(key), after.get(key))
        for key in keys
        if KeptQuery.of(before.get(key)) != KeptQuery.of(after.get(key))
    )


def changed_lines(before: str, after: str) -> Sequence[str]:
    """The lines of two texts, those that differ marked by + and -."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if not line.startswith("?")]


def _read(record: Record) -> SavedQuery:
    document = cast(Mapping[str, Any], record.document["query"])
    return SavedQuery(record.id, str(record.document["title"]), document, record.revision, record.member, record.at, record.why)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or not _id(title):
        raise BadInput("Give the query a title with a letter or digit in it.")
    if len(title) > _LONGEST_TITLE:
        raise BadInput(f"A title has at most {_LONGEST_TITLE} characters, but {len(title)} came.")
    return title


def _id(title: str) -> str:
    """A short name for records: letters and digits of a title; of titles in other scripts, what the letters are numbered."""
    plain = _OTHER.sub("-", title.casefold()).strip("-")
    rest = "".join(letter for letter in title.casefold() if letter.isalnum() and not letter.isascii())
    return "-".join(filter(None, (plain, rest.encode().hex())))[:200]
