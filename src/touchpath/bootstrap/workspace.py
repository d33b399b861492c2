"""An open workspace: which parts it has, and what is done with several of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from touchpath.bootstrap.folder import read_mark
from touchpath.bootstrap.parts import Live, Parts
from touchpath.engines.kept import KeptSummaries
from touchpath.model.errors import BadInput, TouchpathError
from touchpath.model.signal import Signal
from touchpath.services.connections import ConnectionService
from touchpath.services.forgetting import Forgetting
from touchpath.services.imports import ImportService
from touchpath.services.incoming import Incoming
from touchpath.services.models import ModelService
from touchpath.services.person_export import PersonExports
from touchpath.services.platform import Platform
from touchpath.services.pseudonyms import Pseudonyms
from touchpath.services.pulling import PullService
from touchpath.services.record import record_signals
from touchpath.services.retention import Retention
from touchpath.services.snapshots import SnapshotService
from touchpath.services.tidying import tidy
from touchpath.settings import Settings, load_settings
from touchpath.store.signals import Appended
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import SqlRecords
from touchpath.stores.timeline_files import TimelineFiles


@dataclass(frozen=True)
class Workspace:
    """An open workspace: its parts, wired."""

    folder: Path
    settings: Settings
    platform: Platform
    models: ModelService
    signals: DeltaLake
    timelines: TimelineFiles
    quarantine: QuarantineFile
    imports: ImportService
    incoming: Incoming
    records: SqlRecords
    snapshots: SnapshotService
    engine: KeptSummaries
    connections: ConnectionService
    pulls: PullService
    live: Live
    forgetting: Forgetting
    exports: PersonExports
    retention: Retention
    pseudonyms: Pseudonyms | None

    def record(self, signals: Iterable[Signal]) -> Appended:
        """Keep these signals; raises BadInput naming every one that was refused, after keeping the others.

        The writer's lock is given back at the end, so that other processes can write between two calls.
        """
        try:
            recorded = record_signals(self.signals, signals)
            tidy(self.signals)
        finally:
            self.signals.close()
        if recorded.rejected:
            place = f"recorded {datetime.now(UTC).isoformat()}"  # of this call: the next one must not replace what it refused
            self.quarantine.keep("record", [dataclasses.replace(one, place=place) for one in recorded.rejected])
            reasons = "\n".join(f"signal {one.line}: {one.reason}" for one in recorded.rejected)
            raise BadInput(
                f"{recorded.appended.new} signals were kept, {len(recorded.rejected)} refused (in quarantine):\n{reasons}"
            )
        return recorded.appended

    def close(self) -> None:
        """Stop the imports beside it; let go of the spool, the writer's lock, the records and the timelines."""
        self.incoming.uploads.close()
        self.incoming.catalogue.close()
        if self.incoming.runs is not None:
            self.incoming.runs.close()
        self.live.spool.close()
        self.signals.close()
        self.timelines.close()
        self.records.close()

    def forget(self, actors: Sequence[str], member: str = "python", why: str = "") -> int:
        """Erase the people whom these actors belong to, under all of their ids, for good; see `Forgetting.forget`.

        Gives how many signals and records went.
        """
        return self.forgetting.forget(actors, member, why).total


def open_workspace(folder: Path, settings: Settings | None = None) -> Workspace:
    """Open a workspace; raises Missing when the folder is none."""
    parts = Parts(folder, read_mark(folder), settings or load_settings())
    # Whoever writes at this moment may be the one who erases. Any other fault is told by the doctor, and by the next erasure.
    with suppress(TouchpathError):
        parts.forgetting.finish(patience=0)
    return Workspace(
        folder,
        parts.settings,
        parts.platform,
        parts.models,
        parts.signals,
        parts.timelines,
        parts.quarantine,
        parts.imports(),
        parts.incoming,
        parts.records,
        SnapshotService(parts.records),
        parts.engine,
        parts.connections,
        parts.pulls,
        parts.live,
        parts.forgetting,
        PersonExports(parts.ids_of, parts.signals, parts.quarantine, parts.records, handed_of=parts.handed_of),
        Retention(parts.records, parts.forgetting),
        parts.pseudonyms,
    )
