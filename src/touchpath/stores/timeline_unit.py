"""The timelines of one unit: opened, kept as new as the lake, and folded together when the overlay has grown."""

from __future__ import annotations

import threading
from contextlib import suppress

from touchpath.model.errors import Conflict, Unavailable
from touchpath.stores.timeline_builder import Builder
from touchpath.stores.timeline_current import Current
from touchpath.stores.timeline_manifest import Base
from touchpath.timelines.build import PARTITIONS
from touchpath.timelines.overlay import Outgrown

#: An overlay of fewer signals than this is never worth folding in.
SMALL = 100_000

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
        """More new or touched signals than this are not laid over a base: it is built again."""
        return max(5 * SMALL, base.signals // 2)

    def _has_grown(self, current: Current) -> bool:
        return current.layers.overlay.signals > max(SMALL, self._share * current.base.signals)

    def _fold_in_later(self, current: Current) -> None:
        if self._folding is None or not self._folding.is_alive():
            self._folding = threading.Thread(target=self._fold_in, args=(current,), name="touchpath-timelines", daemon=True)
            self._folding.start()

    def _fold_in(self, current: Current) -> None:
        """Fold the overlay into the base, unless somebody else is building or has built."""
        with self._files.building(wait=False) as mine:
            if not mine:
                return
            if self._files.manifest() == current.base.manifest:
                with suppress(Conflict):
                    self._write(current)
        self._current = None

    def _write(self, current: Current) -> None:
        manifest = current.base.manifest
        room = 2 * self._builder.limits.shard_rows << manifest.bits
        if current.base.signals + current.new.size > room and 1 << manifest.bits < PARTITIONS:
            self._builder.build(manifest.properties)
        else:
            self._builder.merge(current.base, current.layers, current.timelines.words, current.identity, current.version)
