"""The timelines of one unit: opened, kept as new as the lake, and folded together when the overlay has grown."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

from touchpath.model.errors import Conflict, Unavailable
from touchpath.stores.timeline_builder import Builder
from touchpath.stores.timeline_current import Current
from touchpath.stores.timeline_manifest import Base
from touchpath.timelines.build import PARTITIONS
from touchpath.timelines.overlay import Outgrown

#: An overlay of fewer signals than this is never worth folding in.
SMALL = 100_000
#: Behind those who ask meanwhile, yet not so far that new signals grow beyond what is worth keeping beside the base.
_NICENESS = 10
#: After a base was written beside, nobody writes the next one for so many times as long: where much comes in, a twentieth more would be
#: there at once, again and again. An overlay of more than this share of its base does not wait.
_REST, _TOO_LARGE = 4, 0.25
_TRIES = 5


class UnitTimelines:
    """One unit's timelines in this process. Safe to use from several threads; several processes may share the folder.

    overlay_share: fold the overlay into the base when it has more than this share of the base's signals.
    background: fold it in on a thread of its own, so that nobody waits; else `open` does it before it answers.
    """

    def __init__(self, builder: Builder, overlay_share: float, *, background: bool) -> None:
        self._builder = builder
        self._files = builder.files
        self._share = overlay_share
        self._background = background
        self._lock = threading.RLock()
        self._current: Current | None = None
        self._folding: threading.Thread | None = None
        self._rests_until = 0.0

    def open(self, properties: tuple[str, ...]) -> Current:
        """As new as the lake, with these properties and all that were ever asked for."""
        with self._lock:
            current = self._refreshed(properties)
            if self._has_grown(current):
                if self._background:
                    self._fold_in_later(current)
                else:
                    self._fold_in(current)
                    current = self._refreshed(properties)
            return current

    def rebuild(self, properties: tuple[str, ...]) -> Current:
        """Build from the signals alone, swap it in, and open it."""
        with self._lock:
            with self._files.building():
                self._build(properties)
            return self._refreshed(properties)

    def remove(self) -> None:
        """Delete all files of this unit."""
        with self._lock:
            self._current = None
            self._files.remove()

    def close(self) -> None:
        """Wait for a fold-in that is under way."""
        if self._folding:
            self._folding.join()

    def _refreshed(self, properties: tuple[str, ...]) -> Current:
        """Open what is there and bring it up to date; if the lake cannot tell what is new, or it is too much, build again."""
        for _ in range(_TRIES):
            current = self._current
            if current is None or not current.has(properties):
                current = Current.of(self._base(properties))
            try:
                self._current = current.refreshed(self._builder.signals, self._builder.terms, self._most_rows(current.base))
            except (Conflict, Outgrown):
                self._current = None
                self._replace(current.base, properties)
            else:
                return self._current
        raise Conflict("The signals were rewritten again and again while timelines were built from them. Try again later.")

    def _base(self, properties: tuple[str, ...]) -> Base:
        """A base that belongs to this lake and has these properties, built if it must be."""
        base = self._files.open()
        while base is None or not self._fits(base) or not set(properties) <= set(base.manifest.properties):
            with self._files.building():
                base = self._files.open()
                if base is None or not self._fits(base):
                    self._build(properties)
                elif missing := sorted(set(properties) - set(base.manifest.properties)):
                    self._builder.add_properties(base, missing)
            base = self._files.open()
        return base

    def _fits(self, base: Base) -> bool:
        same = base.manifest.lake == self._builder.lake() and base.manifest.rules == self._builder.rules
        return same and base.manifest.lake_version <= self._builder.signals.version

    def _replace(self, base: Base, properties: tuple[str, ...]) -> None:
        """Build anew, unless somebody else has done so."""
        with self._files.building():
            if self._files.manifest() == base.manifest:
                self._build(properties)

    def _build(self, properties: tuple[str, ...]) -> None:
        self._current = None
        known = set(properties)
        with suppress(Unavailable):
            manifest = self._files.manifest()
            known |= set(manifest.properties) if manifest else set()
        for last in (False, False, True):
            try:
                return self._builder.build(sorted(known))
            except Conflict:
                if last:
                    raise
        return None

    def _most_rows(self, base: Base) -> int:
        """More new or touched signals than this are not laid over a base: it is built again. While one is written, that would have to wait."""
        return max(20 * SMALL, 2 * base.signals) if self._is_folding else max(5 * SMALL, base.signals // 2)

    def _has_grown(self, current: Current) -> bool:
        overlaid, below = current.layers.overlaid, current.base.signals
        if overlaid <= max(SMALL, self._share * below):
            return False
        return overlaid > _TOO_LARGE * below or time.monotonic() >= self._rests_until

    @property
    def _is_folding(self) -> bool:
        return self._folding is not None and self._folding.is_alive()

    def _fold_in_later(self, current: Current) -> None:
        if not self._is_folding:
            self._folding = threading.Thread(
                target=self._fold_in_beside, args=(current,), name="touchpath-timelines", daemon=True
            )
            self._folding.start()

    def _fold_in_beside(self, current: Current) -> None:
        """Fold in, and bring the new base up to date before anybody has to wait for that."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        began = time.monotonic()
        try:
            if self._folded_in(current, threads=1):
                self._catch_up()
        finally:
            self._rests_until = time.monotonic() + _REST * (time.monotonic() - began)

    def _catch_up(self) -> None:
        """Open the newest base, and lay over it what came while it was written, before anybody waits for that."""
        with suppress(Conflict, Outgrown):
            base = self._files.open()
            if base is not None and self._fits(base):
                following = Current.of(base).refreshed(self._builder.signals, self._builder.terms, self._most_rows(base))
                with self._lock:
                    self._current = following
                return
        with self._lock:
            self._current = None

    def _fold_in(self, current: Current) -> None:
        self._folded_in(current)
        self._current = None

    def _folded_in(self, current: Current, threads: int | None = None) -> bool:
        """Fold the overlays into the base; False if somebody else is building. threads: as the builder has them unless given."""
        with self._files.building(wait=False) as mine:
            if not mine:
                return False
            if self._files.manifest() == current.base.manifest:
                self._write(current, threads)
        return True

    def _write(self, current: Current, threads: int | None) -> None:
        """With twice as many shards once they have become twice as large."""
        bits = current.base.manifest.bits
        room = 2 * self._builder.limits.shard_rows << bits
        if current.base.signals + current.came > room and 1 << bits < PARTITIONS:
            bits += 1
        builder = self._builder if threads is None else self._builder.with_threads(threads)
        builder.merge(current.base, current.layers, bits, current.timelines.words, current.identity, current.version)
