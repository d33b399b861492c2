"""Puts the parts together; the only file that knows every one of them."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from starlette.types import ASGIApp

from touchpath.engines.choice import choose_engine
from touchpath.engines.kept import KeptSummaries
from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.errors import BadInput, Conflict, Missing, TouchpathError, Unavailable
from touchpath.model.signal import Signal
from touchpath.model.time import to_micros
from touchpath.services.arrivals import Arrivals
from touchpath.services.backups import Backups
from touchpath.services.catalogue import CatalogueService
from touchpath.services.connections import ConnectionService
from touchpath.services.decisions import DecisionService
from touchpath.services.doctor import Finding, examine
from touchpath.services.drain import Drain
from touchpath.services.drainer import Drainer, run_all
from touchpath.services.forgetting import Forgetting
from touchpath.services.identity import IdentityService
from touchpath.services.imported_again import ImportedAgain
from touchpath.services.imports import ImportService
from touchpath.services.incoming import Incoming
from touchpath.services.intake import Intake
from touchpath.services.keys import WriteKeys
from touchpath.services.models import ModelService
from touchpath.services.offline import Offline
from touchpath.services.person_export import PersonExports
from touchpath.services.personal_details import load_detector
from touchpath.services.platform import Platform
from touchpath.services.privacy import Privacy
from touchpath.services.pseudonyms import Door, Pseudonyms, proof_of
from touchpath.services.pull_runs import PullRuns
from touchpath.services.pulled_again import PulledAgain
from touchpath.services.pulling import PullService
from touchpath.services.quarantine import QuarantineService, RecordedAgain
from touchpath.services.received_again import ReceivedAgain
from touchpath.services.reception import Desk, Reception
from touchpath.services.record import record_signals
from touchpath.services.retention import Retention
from touchpath.services.snapshots import SnapshotService
from touchpath.services.suppression import Suppression
from touchpath.services.tidying import tidy
from touchpath.services.uploads import UploadService
from touchpath.services.warm import warm_kernels
from touchpath.settings import Settings, load_settings
from touchpath.sources.demo import DEMOS, Demo
from touchpath.sources.files.feed import FileSource
from touchpath.sources.files.wizard import propose_mapping
from touchpath.sources.formats.registry import FormatSource
from touchpath.sources.pull.choice import choose_source
from touchpath.sources.wire import RECEIVERS
from touchpath.sources.wire.native import NATIVE, signals_body
from touchpath.sources.wire.native import PATH as NATIVE_PATH
from touchpath.store.signals import SIGNAL_SCHEMA, Appended
from touchpath.store.spool import Post
from touchpath.stores.catalogue_files import CatalogueFiles
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.durability import make_folder, write_whole
from touchpath.stores.import_jobs import ImportJobFiles
from touchpath.stores.intake_counts import IntakeCountsFile
from touchpath.stores.key_file import KeyFile, usual_key_place
from touchpath.stores.lake_properties import LakeProperties
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
from touchpath.web.app import build_app
from touchpath.web.ingest import Ingest

FORMAT = "touchpath-workspace/1"
#: How often a spool is emptied before an erasure, at most; each time some 16 MiB.
MOST_ROUNDS = 64
_MARK = "workspace.json"
_SPOOL_SECONDS = 30.0
#: Takes out what a job brought, told who wants it; gives how much went, by place.
Undo = Callable[[str, str], Mapping[str, int]]
_WARM_MAPPING = """format: touchpath-mapping/1
source: warm
signals:
  - kind: {column: what}
    id: [who, at]
    occurred_at: {column: at, zone: UTC}
    actors: {user: who}
    properties: {plan: plan}
"""


@dataclass(frozen=True, slots=True)
class Live:
    """What takes live signals into a workspace: who may send, what was accepted, how it gets into the lake, what came of it."""

    keys: WriteKeys
    spool: SpoolFile
    drain: Drain
    counts: IntakeCountsFile


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


def create_workspace(
    folder: Path, title: str = "", zone: str = "", *, pseudonymise: bool = False, settings: Settings | None = None
) -> None:
    """Make an empty workspace whose days and weeks follow a zone (the setting's, unless given).

    pseudonymise: keep no id of a person in clear, for ever; the key is made now, unless it is there. Raises Conflict if the folder is
    a workspace already, BadInput if it holds something else.
    """
    if (folder / _MARK).exists():
        raise Conflict(f"{folder} is a workspace already.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something else. Give a new or an empty folder.")
    proof = proof_of(_pseudonym_key(settings or load_settings(), folder).make()) if pseudonymise else ""
    make_folder(folder)
    mark = {"format": FORMAT, "title": title or folder.resolve().name, "zone": zone}
    mark |= {"pseudonyms": proof} if proof else {}
    write_whole(folder / _MARK, json.dumps(mark).encode())


def _pseudonym_key(settings: Settings, folder: Path) -> KeyFile:
    return KeyFile(settings.pseudonym_key_file or usual_key_place("pseudonym.key"), folder, "TOUCHPATH_PSEUDONYM_KEY_FILE")


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace."""
    return (folder / _MARK).is_file()


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the file says that makes a folder a workspace."""

    title: str
    zone: str
    pseudonyms: str = ""


def _read_mark(folder: Path) -> _Mark:
    if not is_workspace(folder):
        raise Missing(f"{folder} is not a workspace. Make one with 'touchpath init {folder}', or name another with --folder.")
    try:
        mark = json.loads((folder / _MARK).read_bytes())
        layout, _, found = (
            mark["format"],
            mark["title"],
            _Mark(*(str(mark.get(name, "")) for name in ("title", "zone", "pseudonyms"))),
        )
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{folder / _MARK} is damaged. It should read: {json.dumps({'format': FORMAT, 'title': '...'})}") from None
    if layout != FORMAT:
        raise BadInput(f"{folder} has the format '{layout}', this version reads '{FORMAT}'. Use the version that wrote it.")
    return found


def open_workspace(folder: Path, settings: Settings | None = None) -> Workspace:
    """Open a workspace; raises Missing when the folder is none."""
    mark, chosen = _read_mark(folder), settings or load_settings()
    key = KeyFile(chosen.privacy_key_file or usual_key_place(), folder)
    suppression = Suppression(SuppressionFile(folder / "suppression.sqlite"), key.read, key.make)
    pseudonyms = Pseudonyms(_pseudonym_key(chosen, folder).read, mark.pseudonyms) if mark.pseudonyms else None
    signals = DeltaLake(folder / "lake", Door(suppression, pseudonyms), patience=chosen.lake_patience_seconds)
    records = open_records(chosen.database_url or folder / "records.sqlite")
    decisions = DecisionService(records)
    timelines = TimelineFiles(
        folder / "timelines",
        signals,
        memory_limit=chosen.memory_limit_mb << 20,
        overlay_share=chosen.overlay_share,
        threads=chosen.threads,
        lake=lambda: signals.identity,
        terms=Terms(Rules(chosen.most_links, chosen.shared_devices == "join"), decisions.numbers),
    )
    models = ModelService(records, QUESTION_SCALES)
    engine = KeptSummaries(choose_engine(chosen.engine, dataclasses.asdict(chosen)))
    platform = Platform(
        name=folder.resolve().name,
        title=mark.title,
        signals=signals,
        timelines=timelines,
        index=SearchIndex(folder / "search.sqlite", signals, lambda: signals.identity),
        models=models,
        engine=engine,
        zone=mark.zone or chosen.time_zone,
        week_start=chosen.week_start,
        confidence=chosen.confidence,
        arrivals=Arrivals(signals),
        properties=LakeProperties(signals),
        identities=IdentityService(decisions, signals, timelines.identity),
        detectors=(load_detector(chosen.personal_details_detector),) if chosen.personal_details_detector else (),
    )
    quarantine = QuarantineFile(folder / "quarantine.sqlite")
    snapshots = SnapshotService(records)
    jobs = ImportJobFiles(folder / "imports")
    imports = ImportService(FileSource(), signals, quarantine, jobs, formats=FormatSource())
    confined = ImportService(FileSource(confined=True), signals, quarantine, jobs, formats=FormatSource())
    connections = ConnectionService(records, choose_source)
    states = PullStateFiles(folder / "connections")
    pulls = PullService(connections, signals, quarantine, states, give_back=signals.close)
    live = _open_live(folder, chosen, signals, quarantine, records)
    incoming = _open_incoming(
        folder,
        chosen,
        confined,
        signals,
        quarantine,
        platform,
        Intake(live.keys, live.counts, live.spool.backlog),
        lambda job, member: forgetting.undo_import(job, member).went,
        PulledAgain(connections, pulls),
        ReceivedAgain(quarantine, live.drain, signals, signals.close),
        _open_offline(folder, platform, signals, live),
    )
    incoming = dataclasses.replace(incoming, runs=PullRuns(connections, pulls))

    def derive() -> None:
        """Make anew what is made from signals, in files and in memory."""
        timelines.remove()
        engine.clear()
        platform.clear()
        models.clear()
        incoming.catalogue.clear()
        timelines.open("person", platform.experience().properties)
        platform.index.find_actors("", 1)

    def settle() -> None:
        """Take in what waits at the door; a busy door is left after as much as a spool may hold."""
        for _ in range(MOST_ROUNDS):
            if not live.drain.round().posts:
                break
        live.spool.forget_released()

    def ids_of(actor: str) -> tuple[str, ...]:
        """Every id of a person, also when it is given as other systems know it and kept as a pseudonym."""
        if pseudonyms is None:
            return platform.ids_of(actor)
        return tuple(sorted({actor, *platform.ids_of(actor), *platform.ids_of(pseudonyms.of_actor(actor))}))

    def handed_of(actor: str) -> list[int]:
        """Signals on a person's handed-on devices, likewise."""
        return platform.signals_on_handed_devices(pseudonyms.of_actor(actor) if pseudonyms else actor)

    forgetting = Forgetting(
        ids_of,
        signals,
        records,
        quarantine,
        jobs,
        suppression,
        Backups(records),
        PendingErasureFile(folder / "erasing.json"),
        derive,
        signals.close,
        places={
            "imports": jobs,
            "uploads": UploadFolder(folder / "uploads", chosen.upload_limit_mb << 20),
            "connections": states,
        },
        settle=settle,
        handed_of=handed_of,
    )
    # Whoever writes at this moment may be the one who erases. Any other fault is told by the doctor, and by the next erasure.
    with suppress(TouchpathError):
        forgetting.finish(patience=0)
    return Workspace(
        folder,
        chosen,
        platform,
        models,
        signals,
        timelines,
        quarantine,
        imports,
        incoming,
        records,
        snapshots,
        engine,
        connections,
        pulls,
        live,
        forgetting,
        PersonExports(ids_of, signals, quarantine, records, handed_of=handed_of),
        Retention(records, forgetting),
        pseudonyms,
    )


def _open_incoming(
    folder: Path,
    settings: Settings,
    imports: ImportService,
    signals: DeltaLake,
    quarantine: QuarantineFile,
    platform: Platform,
    intake: Intake,
    undo: Undo,
    pulled: PulledAgain,
    received: ReceivedAgain,
    offline: Offline,
) -> Incoming:
    """What the pages about incoming signals do. imports: for files of which others may have written the mapping."""
    limit = settings.upload_limit_mb << 20
    uploads = UploadService(
        UploadFolder(folder / "uploads", limit), imports, propose_mapping, settings.imports_at_once, signals.close, undo
    )
    again = (ImportedAgain(imports, uploads, signals.close), RecordedAgain(quarantine, signals, signals.close), pulled, received)
    catalogue = CatalogueService(platform, CatalogueFiles(folder / "catalogue", signals, platform.zone))
    return Incoming(
        uploads, QuarantineService(quarantine, again), catalogue, offline, intake, limit, public_url=settings.public_url
    )


def _open_offline(folder: Path, platform: Platform, signals: DeltaLake, live: Live) -> Offline:
    """What takes contacts and visits of links in: contacts at once, visits the way of live signals."""

    def record(contact: Iterable[Signal]) -> None:
        try:
            refused = record_signals(signals, contact).rejected
        finally:
            signals.close()
        if refused:
            raise BadInput("\n".join(one.reason for one in refused))

    def spool(source: str, visits: Sequence[Signal]) -> None:
        body = signals_body(visits)
        live.spool.keep(Post(NATIVE, source, to_micros(datetime.now(UTC)), NATIVE_PATH, "", body)).result(_SPOOL_SECONDS)

    key = SigningKey(folder / "signing.key")
    return Offline(platform.experience, record, spool, lambda: key.bytes)


def _open_live(folder: Path, settings: Settings, signals: DeltaLake, quarantine: QuarantineFile, records: SqlRecords) -> Live:
    """What takes live signals in."""
    keys, counts = WriteKeys(records), IntakeCountsFile(folder / "intake.sqlite")
    spool = SpoolFile(folder / "spool.sqlite", limit_mb=settings.spool_limit_mb, reserve_mb=settings.disk_reserve_mb)
    return Live(keys, spool, Drain(spool, signals, RECEIVERS, keys, quarantine, counts), counts)


_WARM_BACKWARDS = "from touchpath.services.warm import warm_kernels; warm_kernels(backwards=True)"


def warm_everything() -> float:
    """Compile every kernel, of questions, builds and imports alike, on a throwaway workspace; gives the seconds it took."""
    began = time.perf_counter()
    # From the other end, for the second processor. Should it fail, everything is compiled here.
    beside = subprocess.Popen([sys.executable, "-c", _WARM_BACKWARDS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    warm_kernels()
    beside.wait()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        create_workspace(place / "warm")
        (place / "warm.csv").write_text("who,what,at,plan\na,seen,2026-01-01 10:00:00,pro\nb,seen,2026-01-01 11:00:00,free\n")
        (place / "warm.yaml").write_text(_WARM_MAPPING)
        with closing(open_workspace(place / "warm")) as workspace:
            for person in ("user:a", "user:b"):
                moment = datetime(2026, 1, 2, tzinfo=UTC)
                workspace.record([Signal("warm", person, "seen", moment, (person, "anonymous:x"), value=1.0)])
                workspace.timelines.open("person", ("plan",))
            workspace.imports.run(place / "warm.csv", place / "warm.yaml")
            workspace.timelines.open("person", ("plan",))
    return time.perf_counter() - began


def examine_workspace(workspace: Workspace) -> Iterator[Finding]:
    """What `touchpath doctor` finds."""

    def timelines() -> str:
        opened = workspace.timelines.open("person", workspace.platform.experience().properties)
        faults = workspace.timelines.verify()
        if faults:
            raise Unavailable(" ".join(faults) + " Delete the folder 'timelines': it is built again.")
        people = sum(shard.people - int(shard.skip.sum()) for shard in opened.shards)
        return f"{people:,} people in {len(opened.shards)} shards, checksums hold."

    def search() -> str:
        return (
            f"{len(workspace.platform.index.find_actors('', 1))} actor found first."
            if workspace.signals.version >= 0
            else "Empty."
        )

    def privacy() -> str:
        suppression = workspace.forgetting.suppression
        suppression.keeps_out("user:nobody")
        if workspace.forgetting.pending.load() is not None:
            raise Unavailable(
                "An erasure was stopped on the way. Open the workspace while nobody writes to it: it is finished then."
            )
        return f"{suppression.size:,} ids kept out, {len(workspace.forgetting.backups.kept()):,} backups known."

    checks = {"timelines": timelines, "search": search, "privacy": privacy}
    return examine(workspace.folder, workspace.signals, workspace.models, checks)


def demos() -> tuple[str, ...]:
    """The names of the demo workspaces."""
    return tuple(DEMOS)


def prepare_demo(name: str, folder: Path, people: int, seed: int, report: Callable[[str], None]) -> str:
    """Make a demo workspace, or go on with one that was stopped; says in one sentence what it holds.

    Raises Conflict when the folder holds a simulation of other people or of another seed.
    """
    demo = DEMOS[name]
    if not is_workspace(folder):
        create_workspace(folder, demo.title, demo.zone)
    with closing(open_workspace(folder)) as workspace:
        if not workspace.models.history():
            workspace.models.apply(demo.model_text(), "demo", "The demo's model", file=f"{name}.yaml")
        job = f"demo-{name}-{people}-{seed}" if demo.simulated else f"demo-{name}"
        _append_demo(workspace, demo, job, people, seed, report)
        report("building timelines")
        opened = workspace.timelines.open("person", workspace.platform.experience().properties)
        report("indexing texts and people")
        workspace.platform.index.find_actors("", 1)
        people_here = sum(shard.people for shard in opened.shards)
        return f"{sum(kind.signals for kind in workspace.signals.kinds()):,} signals of {people_here:,} people."


def _append_demo(workspace: Workspace, demo: Demo, job: str, people: int, seed: int, report: Callable[[str], None]) -> None:
    """Keep the demo's signals, each batch once; an empty batch of a second job marks the end."""
    signals, whole = workspace.signals, f"{job}-whole"
    if signals.progress(whole) is not None:
        return
    done = signals.progress(job)
    if done is None and signals.kinds():
        raise Conflict(
            f"{workspace.folder} holds other signals than {people:,} people of seed {seed}. Delete it, or give another --folder."
        )
    for sequence, table in enumerate(demo.tables(people, seed)):
        if done is None or sequence > done:
            signals.append(table, job=job, sequence=sequence)
            report(f"{sum(kind.signals for kind in signals.kinds()):,} signals kept")
    signals.append(SIGNAL_SCHEMA.empty_table(), job=whole, sequence=0)
    tidy(signals)


def build_server(workspaces: Iterable[Workspace]) -> FastAPI:
    """The web application over some workspaces; raises BadInput if two have the same name.

    Imports that a server before it left in the middle go on.
    """
    platforms: dict[str, Platform] = {}
    incoming: dict[str, Incoming] = {}
    found = list(workspaces)
    for workspace in found:
        if workspace.platform.name in platforms:
            raise BadInput(f"Two workspaces are called '{workspace.platform.name}'. Rename one of the folders.")
        platforms[workspace.platform.name] = workspace.platform
        incoming[workspace.platform.name] = workspace.incoming
        workspace.incoming.uploads.resume()
    privacy = {workspace.platform.name: Privacy(workspace.forgetting, workspace.exports) for workspace in found}
    return build_app(platforms, incoming=incoming, privacy=privacy)


def build_reception(workspaces: Iterable[Workspace]) -> Reception:
    """Where live signals of some workspaces are taken in; raises BadInput if two have the same write key."""
    return Reception([Desk(workspace.platform.name, workspace.live.keys, workspace.live.spool) for workspace in workspaces])


def take_in_front(app: ASGIApp | None, reception: Reception, settings: Settings) -> ASGIApp:
    """An application that takes live signals and hands every other request to `app`; without one there is nothing else."""
    return Ingest(RECEIVERS, reception, app, trusts_proxy=bool(settings.trust_proxy))


def drain_workspaces(workspaces: Sequence[Workspace], stop: threading.Event) -> None:
    """Take what the spools hold into the lakes, until stopped and empty-handed; merges small files on the way."""
    drainers = [Drainer(workspace.live.drain, workspace.signals) for workspace in workspaces]
    run_all(drainers, stop)
