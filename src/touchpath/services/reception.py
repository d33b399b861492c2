"""Taking posts in: finds whose key came, judges each event, and keeps the post before anybody says that it was taken."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Terms
from touchpath.store.spool import Post, Spool

#: Seconds until a key that another process made or revoked is known here.
REFRESH = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one workspace takes posts in."""

    workspace: str
    keys: WriteKeys
    spool: Spool

    def keep(self, post: Post) -> Future[None]:
        """Durable when the future is done."""
        return self.spool.keep(post)


class Reception:
    """The desks of all workspaces of a server: which of them a key belongs to."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self._desks = desks
        self._known: dict[str, tuple[Desk, Terms] | None] = {}
        self._stop = threading.Event()
        for desk in desks:
            desk.keys.refresh()

    def find(self, key: str) -> tuple[Desk, Terms] | None:
        """The desk and the terms of a key; None if it may not write."""
        for desk in self._desks:
            terms = desk.keys.find(key)
            if terms is not None:
                return desk, terms
        return None

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may ask at all (a preflight names no key)."""
        return any(desk.keys.allows_origin(origin) for desk in self._desks)

    def start(self) -> None:
        """Look for changed keys from now on."""
        threading.Thread(target=self._refresh, name="write-keys", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _refresh(self) -> None:
        while not self._stop.wait(REFRESH):
            for desk in self._desks:
                desk.keys.refresh()

    @property
    def workspaces(self) -> Mapping[str, Desk]:
        """The desks by workspace."""
        return {desk.workspace: desk for desk in self._desks}
