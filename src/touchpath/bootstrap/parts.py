"""The parts of a workspace, each made once and wired to the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from touchpath.bootstrap.folder import Mark, pseudonym_key
from touchpath.engines.choice import choose_engine
from touchpath.engines.kept import KeptSummaries
from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import to_micros
from touchpath.services.arrivals import Arrivals
from touchpath.services.backups import Backups
from touchpath.services.cards import CardService
from touchpath.services.catalogue import CatalogueService
from touchpath.services.connections import ConnectionService
from touchpath.services.decisions import DecisionService
from touchpath.services.drafts import DraftService
from touchpath.services.drain import Drain
from touchpath.services.forgetting import Forgetting
from touchpath.services.happenings import Happenings
from touchpath.services.identity import IdentityService
from touchpath.services.imported_again import ImportedAgain
from touchpath.services.imports import ImportService
from touchpath.services.incoming import Incoming
from touchpath.services.intake import Intake
from touchpath.services.keys import WriteKeys
from touchpath.services.metric_check import check_metric
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.models import ModelService
from touchpath.services.offline import Offline
from touchpath.services.outside import OutsideNumbers
from touchpath.services.personal_details import load_detector
from touchpath.services.platform import Platform
from touchpath.services.pseudonyms import Door, Pseudonyms
from touchpath.services.pull_runs import PullRuns
from touchpath.services.pulled_again import PulledAgain
from touchpath.services.pulling import PullService
from touchpath.services.quarantine import QuarantineService, RecordedAgain
from touchpath.services.received_again import ReceivedAgain
from touchpath.services.record import record_signals
from touchpath.services.suppression import Suppression
from touchpath.services.uploads import UploadService
from touchpath.settings import Settings
from touchpath.sources.files.feed import FileSource
from touchpath.sources.files.wizard import MappingWizard
from touchpath.sources.formats.registry import FormatSource
from touchpath.sources.pull.choice import choose_source
from touchpath.sources.wire import RECEIVERS
from touchpath.sources.wire.native import NATIVE, signals_body
from touchpath.sources.wire.native import PATH as NATIVE_PATH
from touchpath.store.spool import Post
from touchpath.stores.catalogue_files import CatalogueFiles
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.import_jobs import ImportJobFiles
from touchpath.stores.intake_counts import IntakeCountsFile
from touchpath.stores.key_file import KeyFile, usual_key_place
from touchpath.stores.lake_properties import LakeProperties
from touchpath.stores.merging_aside import merge_aside
from touchpath.stores.pending_erasure import PendingErasureFile
from touchpath.stores.pull_states import PullStateFiles
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import SqlRecords, open_records
from touchpath.stores.search_index import SearchIndex
from touchpath.stores.signing_key import SigningKey
from touchpath.stores.spool import SpoolFile
from touchpath.stores.suppression_file import SuppressionFile
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.stores.timeline_witness import Terms
from touchpath.stores.upload_folder import UploadFolder
from touchpath.timelines.guards import Rules

#: How often a spool is emptied before an erasure, at most; each time some 16 MiB.
MOST_ROUNDS = 64
_SPOOL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Live:
    """What takes live signals into a workspace: who may send, what was accepted, how it gets into the lake, what came of it."""

    keys: WriteKeys
    spool: SpoolFile
    drain: Drain
    counts: IntakeCountsFile


class Parts:
    """Every part of one workspace, made once, when another part or the workspace asks for it."""

    def __init__(self, folder: Path, mark: Mark, settings: Settings) -> None:
        self.folder, self.mark, self.settings = folder, mark, settings

    @cached_property
    def suppression(self) -> Suppression:
        """Who was erased and is kept out."""
        key = KeyFile(self.settings.privacy_key_file or usual_key_place(), self.folder)
        return Suppression(SuppressionFile(self.folder / "suppression.sqlite"), key.read, key.make)

    @cached_property
    def pseudonyms(self) -> Pseudonyms | None:
        """How ids are replaced before they are kept, where the workspace was made so."""
        proof = self.mark.pseudonyms
        return Pseudonyms(pseudonym_key(self.settings, self.folder).read, proof) if proof else None

    @cached_property
    def signals(self) -> DeltaLake:
        """The lake."""
        door = Door(self.suppression, self.pseudonyms)
        return DeltaLake(self.folder / "lake", door, patience=self.settings.lake_patience_seconds, merge=merge_aside)

    @cached_property
    def records(self) -> SqlRecords:
        """The records."""
        return open_records(self.settings.database_url or self.folder / "records.sqlite")

    @cached_property
    def decisions(self) -> DecisionService:
        """What members said about who is whom."""
        return DecisionService(self.records)

    @cached_property
    def timelines(self) -> TimelineFiles:
        """The timelines of every unit."""
        settings = self.settings
        return TimelineFiles(
            self.folder / "timelines",
            self.signals,
            memory_limit=settings.memory_limit_mb << 20,
            overlay_share=settings.overlay_share,
            threads=settings.threads,
            lake=lambda: self.signals.identity,
            terms=Terms(Rules(settings.most_links, settings.shared_devices == "join"), self.decisions.numbers),
        )

    @cached_property
    def models(self) -> ModelService:
        """The model."""
        return ModelService(self.records, QUESTION_SCALES, check_metric)

    @cached_property
    def engine(self) -> KeptSummaries:
        """Where folds run, with what the base came to."""
        return KeptSummaries(choose_engine(self.settings.engine, dataclasses.asdict(self.settings)))

    @cached_property
    def platform(self) -> Platform:
        """What answers questions."""
        detector = self.settings.personal_details_detector
        return Platform(
            name=self.folder.resolve().name,
            title=self.mark.title,
            signals=self.signals,
            timelines=self.timelines,
            index=SearchIndex(self.folder / "search.sqlite", self.signals, lambda: self.signals.identity),
            models=self.models,
            engine=self.engine,
            zone=self.mark.zone or self.settings.time_zone,
            week_start=self.settings.week_start,
            confidence=self.settings.confidence,
            arrivals=Arrivals(self.signals),
            outside=OutsideNumbers(self.records),
            cards=CardService(self.records),
            targets=MetricTargets(self.records),
            happenings=Happenings(self.records),
            drafts=DraftService(self.records, self.models, self.folder.resolve().name, self.mark.title),
            properties=LakeProperties(self.signals),
            identities=IdentityService(self.decisions, self.signals, self.timelines.identity),
            detectors=(load_detector(detector),) if detector else (),
            smallest_group=self.settings.smallest_group,
        )

    @cached_property
    def quarantine(self) -> QuarantineFile:
        """What could not be taken."""
        return QuarantineFile(self.folder / "quarantine.sqlite")

    @cached_property
    def jobs(self) -> ImportJobFiles:
        """How far imports have come."""
        return ImportJobFiles(self.folder / "imports")

    def imports(self, *, confined: bool = False) -> ImportService:
        """Imports of files; confined: of those for which others may have written the mapping."""
        return ImportService(FileSource(confined=confined), self.signals, self.quarantine, self.jobs, formats=FormatSource())

    @cached_property
    def connections(self) -> ConnectionService:
        """Which other systems are read."""
        return ConnectionService(self.records, choose_source)

    @cached_property
    def states(self) -> PullStateFiles:
        """How far they were read."""
        return PullStateFiles(self.folder / "connections")

    @cached_property
    def pulls(self) -> PullService:
        """Reading them."""
        return PullService(self.connections, self.signals, self.quarantine, self.states, give_back=self.signals.close)

    @cached_property
    def live(self) -> Live:
        """What takes live signals in."""
        keys, counts = WriteKeys(self.records), IntakeCountsFile(self.folder / "intake.sqlite")
        limits = {"limit_mb": self.settings.spool_limit_mb, "reserve_mb": self.settings.disk_reserve_mb}
        spool = SpoolFile(self.folder / "spool.sqlite", **limits)
        return Live(keys, spool, Drain(spool, self.signals, RECEIVERS, keys, self.quarantine, counts), counts)

    @cached_property
    def files(self) -> UploadFolder:
        """Files that came through the browser."""
        return UploadFolder(self.folder / "uploads", self.settings.upload_limit_mb << 20)

    @cached_property
    def incoming(self) -> Incoming:
        """What the pages about incoming signals do."""
        signals, give_back, imports = self.signals, self.signals.close, self.imports(confined=True)
        uploads = UploadService(
            self.files, imports, MappingWizard(self.platform.zone), self.settings.imports_at_once, give_back, self.undo
        )
        again = (
            ImportedAgain(imports, uploads, give_back),
            RecordedAgain(self.quarantine, signals, give_back),
            PulledAgain(self.connections, self.pulls),
            ReceivedAgain(self.quarantine, self.live.drain, signals, give_back),
        )
        return Incoming(
            uploads,
            QuarantineService(self.quarantine, again),
            CatalogueService(self.platform, CatalogueFiles(self.folder / "catalogue", signals, self.platform.zone)),
            self.offline,
            Intake(self.live.keys, self.live.counts, self.live.spool.backlog),
            self.settings.upload_limit_mb << 20,
            public_url=self.settings.public_url,
            trusts_proxy=bool(self.settings.trust_proxy),
            runs=PullRuns(self.connections, self.pulls),
        )

    def undo(self, job: str, member: str) -> Mapping[str, int]:
        """Take out what an import brought."""
        return self.forgetting.undo_import(job, member).went

    @cached_property
    def offline(self) -> Offline:
        """What takes contacts and visits of links in: contacts at once, visits the way of live signals."""
        key = SigningKey(self.folder / "signing.key")
        return Offline(self.platform.experience, self.record, self.keep_visits, lambda: key.bytes)

    def record(self, contact: Iterable[Signal]) -> None:
        """Keep the signals of a contact; raises BadInput when one was refused."""
        try:
            refused = record_signals(self.signals, contact).rejected
        finally:
            self.signals.close()
        if refused:
            raise BadInput("\n".join(one.reason for one in refused))

    def keep_visits(self, source: str, visits: Sequence[Signal]) -> None:
        """Keep visits in the spool, durable when this returns."""
        post = Post(NATIVE, source, to_micros(datetime.now(UTC)), NATIVE_PATH, "", signals_body(visits))
        self.live.spool.keep(post).result(_SPOOL_SECONDS)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Erasing people and imports from every place."""
        return Forgetting(
            self.ids_of,
            self.signals,
            self.records,
            self.quarantine,
            self.jobs,
            self.suppression,
            Backups(self.records),
            PendingErasureFile(self.folder / "erasing.json"),
            self.derive,
            self.signals.close,
            places={"imports": self.jobs, "uploads": self.files, "connections": self.states},
            settle=self.settle,
            handed_of=self.handed_of,
        )

    def derive(self) -> None:
        """Make anew what is made from signals, in files and in memory."""
        self.timelines.remove()
        self.engine.clear()
        self.platform.clear()
        self.models.clear()
        self.incoming.catalogue.clear()
        self.timelines.open("person", self.platform.experience().properties)
        self.platform.index.find_actors("", 1)

    def settle(self) -> None:
        """Take in what waits at the door; a busy door is left after as much as a spool may hold."""
        for _ in range(MOST_ROUNDS):
            if not self.live.drain.round().posts:
                break
        self.live.spool.forget_released()

    def ids_of(self, actor: str) -> tuple[str, ...]:
        """Every id of a person, also when it is given as other systems know it and kept as a pseudonym."""
        if self.pseudonyms is None:
            return self.platform.ids_of(actor)
        kept = self.pseudonyms.of_actor(actor)
        return tuple(sorted({actor, *self.platform.ids_of(actor), *self.platform.ids_of(kept)}))

    def handed_of(self, actor: str) -> list[int]:
        """Signals on a person's handed-on devices, likewise."""
        return self.platform.signals_on_handed_devices(self.pseudonyms.of_actor(actor) if self.pseudonyms else actor)
