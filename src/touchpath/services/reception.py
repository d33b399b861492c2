"""Taking posts in: finds whose key came, judges each event, and keeps the post before anybody says that it was taken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from touchpath.model.errors import TouchpathError
from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Terms
from touchpath.store.spool import Post, Spool

#: Seconds until a key that another process made or revoked is known here.
REFRESH = 1.0
#: Seconds after which an unknown key is looked up again at once; sooner, strangers could keep the records busy.
LOOK_AGAIN = 0.25
_log = logging.getLogger(__name__)


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
        self._stop = threading.Event()
        self._looked = time.monotonic()
        for desk in desks:
            desk.keys.refresh()

    def find(self, key: str) -> tuple[Desk, Terms] | None:
        """The desk and the terms of a key; None if it may not write. A key that was made just now is found, too."""
        found = self._find(key)
        if found is None and time.monotonic() - self._looked > LOOK_AGAIN:
            self._refresh()
            found = self._find(key)
        return found

    def _find(self, key: str) -> tuple[Desk, Terms] | None:
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
        threading.Thread(target=self._keep_fresh, name="write-keys", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _keep_fresh(self) -> None:
        while not self._stop.wait(REFRESH):
            self._refresh()

    def _refresh(self) -> None:
        """Read the keys again; while the records cannot be read, those known so far hold."""
        self._looked = time.monotonic()
        for desk in self._desks:
            try:
                desk.keys.refresh()
            except TouchpathError:
                _log.exception("the write keys of %s cannot be read; trying again", desk.workspace)
