"""What the services answer: numbers with their names, ready to be shown, exported or drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from touchpath.metrics.benchmarks import Verdict
from touchpath.model.errors import Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey, Stage, Step
from touchpath.model.time import Period

if TYPE_CHECKING:
    from touchpath.stats.mixes import MixChange

Number = Estimate | Undefined

#: One value in a table of an answer; None = blank.
Value = str | int | float | bool | datetime | Number | None


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How to speak of a metric: what every number opens to.

    `subject`: what it is measured of: "task", "question", "journey", "questionnaire", "signals" or "query"; "" = no such thing.
    `interval`: the method by its title. `benchmarks`: one sentence each. `query`: which query a metric of one is measured of.
    `worthwhile`: the smallest difference that is worth finding, in words.
    """

    id: str
    title: str
    asks: str
    discipline: str
    unit: str
    better: str
    method: str
    definition: str
    source: str
    caveats: tuple[str, ...] = ()
    subject: str = ""
    level: str = ""
    horizon: str = ""
    need: str = ""
    scale: str = ""
    interval: str = ""
    formula: str = ""
    minimum_n: int = 1
    benchmarks: tuple[str, ...] = ()
    version: int = 1
    version_label: str = "1"
    licence: str = ""
    family: str = ""
    query: str = ""
    worthwhile: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """What changed a past period after it was over. corrected: those of the late signals that replaced an earlier revision."""

    signals: int
    corrected: int

    def __add__(self, other: Late) -> Late:
        return Late(self.signals + other.signals, self.corrected + other.corrected)

    @property
    def sentence(self) -> str:
        """What to tell a reader; "" when nothing changed."""
        if not self.signals:
            return ""
        came = self.signals - self.corrected
        parts = [f"{came:,} signal{'' if came == 1 else 's'} came late"] if came else []
        parts += [f"{self.corrected:,} {'was' if self.corrected == 1 else 'were'} corrected"] if self.corrected else []
        return f"{' and '.join(parts)} after the period was over, so its numbers may differ from those shown before."


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of a measurement: its period and segment ("" = all), None = whole span. late: what changed it after it was over.

    beside: of parts that may overlap, how many of the same period count besides those of this part; None = not asked.
    """

    number: Number
    period: Period | None = None
    segment: str = ""
    complete: bool = True
    late: Late | None = None
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite: its own number, and what that is on the composite's scale (None while it has no number)."""

    words: MetricWords
    subject: str
    weight: float
    number: Number
    score: float | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric, whole and cut. `readings` go period by period, segment by segment.

    maturity: how long after a period's end its numbers may still change, as with a time limit; so in every answer.
    verdicts: what each published benchmark says of the total. parts: of a composite, in total.
    spread: of a share or mean by a dimension in one period, how far its segments differ beyond chance; None = not asked.
    mix: by period and segment, how much of the last change came within segments and how much from their mix, where that can be told.
    notes: what to know before reading, as that parts overlap.
    """

    metric: MetricWords
    about: str
    total: Number
    readings: tuple[Reading, ...]
    change: Comparison | None
    period: Period
    data_version: str
    subject: str = ""
    maturity: timedelta = timedelta()
    verdicts: tuple[Verdict, ...] = ()
    parts: tuple[Part, ...] = ()
    spread: Number | None = None
    mix: MixChange | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Several metrics, measured together."""

    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """One text a person wrote, with where it came from."""

    text: str
    kind: str
    occurred_at: datetime
    actor: str
    value: float | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class LaneNumber:
    """One number in a lane of a journey map, with the words it opens to."""

    words: MetricWords
    number: Number
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StepMap:
    """One step of a journey, measured. Lanes by name: volume, reach, completion, time, task_success, attitude, drop_off, contacts.

    volume: people who were at the step at all. completion: of those who reached the step before it, who reached this one.
    reach: of all entrants. time: from the step before. attitude holds one number per question (CSAT, NPS, CES ...).
    """

    step: Step
    volume: Number
    reach: Number
    completion: Number
    drop_off: Number
    time: Number
    contacts: Number
    open: int | None
    tasks: tuple[LaneNumber, ...] = ()
    attitude: tuple[LaneNumber, ...] = ()
    verbatims: tuple[Verbatim, ...] = ()


@dataclass(frozen=True, slots=True)
class StageMap:
    stage: Stage
    steps: tuple[StepMap, ...]


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """A designed journey with what was observed on it. `finding` says the largest loss in one sentence.
    `period` is None while there are no signals at all. late: what changed it after it was over. Counts that are None are hidden."""

    journey: Journey
    stages: tuple[StageMap, ...]
    entrants: int | None
    open_entrants: int | None
    conversion: Number
    finding: str
    period: Period | None
    data_version: str
    words: Mapping[str, MetricWords] = field(default_factory=dict)
    segment: str = ""
    unplaced_answers: int = 0
    maturity: timedelta = timedelta()
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """UX and CX numbers of one product or journey, side by side."""

    kind: str
    id: str
    title: str
    ux: tuple[Measurement, ...]
    cx: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    rows: tuple[OverviewRow, ...]
    people: int
    signals: int
    sources: tuple[str, ...]
    period: Period | None
    data_version: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One signal on a person's page. steps: of journeys that it matched, by title; visit: the number of the visit that it is in;
    friction: whether it is a moment of friction; actor: the first id that it names."""

    occurred_at: datetime
    kind: str
    source: str
    channel: str = ""
    surface: str = ""
    touchpoint: str = ""
    value: float | None = None
    unit: str = ""
    text: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    revision: int = 0
    key: int = 0
    visit: int = 0
    friction: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class StripVisit:
    """Signals that lie close together. number: as entries name it; friction: moments of it; sources: how many signals of each."""

    number: int
    start: datetime
    end: datetime
    signals: int
    friction: int
    sources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status of the lifecycle (potential, current, past) and when it began."""

    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PersonTimeline:
    """Everything known to have happened to one person, newest first. `matching` of `total` signals fit the search; the entries are those after
    the first `start` of them.

    kinds: how many signals of each; visits: that the entries are in; friction: moments of it; earlier, later: the start of the part and the key of
    the next one among older, and among newer signals.
    roles: what they are to purchases and accounts, by title. statuses: of the lifecycle, oldest first; the last one holds.
    """

    actor: str
    actors: tuple[str, ...]
    entries: tuple[TimelineEntry, ...]
    total: int
    matching: int
    first: datetime | None
    last: datetime | None
    sources: Mapping[str, int]
    roles: tuple[str, ...] = ()
    statuses: tuple[StatusSince, ...] = ()
    start: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    visits: tuple[StripVisit, ...] = ()
    friction: int = 0
    earlier: tuple[int, int] | None = None
    later: tuple[int, int] | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonHit:
    """One search hit: an actor whose id, or one of whose signals, fits the search."""

    actor: str
    signals: int
    last: datetime


@dataclass(frozen=True, slots=True)
class KindUse:
    """One kind of signal and which steps, tasks and questions read it; empty `used_by` = nobody does."""

    kind: str
    signals: int
    first: datetime
    last: datetime
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of a funnel: reach of all entrants, completion of those at the step before, time from the step before."""

    title: str
    reach: Number
    completion: Number
    time: Number


@dataclass(frozen=True, slots=True)
class FunnelCell:
    """One period and segment of a funnel. `open` entrants still have time left and are in no rate. late: what changed the period
    after it was over. None: hidden."""

    entrants: int | None
    open: int | None
    steps: tuple[FunnelStep, ...]
    period: Period
    segment: str = ""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class FunnelAnswer:
    cells: tuple[FunnelCell, ...]
    window_seconds: float
    unit: str
    data_version: str


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """How attempts at one task went. `numbers` by metric name; `attempts` is success by attempt number (first, second ...).
    None: hidden."""

    task: str
    title: str
    started: int | None
    open: int | None
    numbers: Mapping[str, LaneNumber]
    attempts: tuple[Number, ...]
    period: Period
    data_version: str
    maturity: timedelta = timedelta()
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class PathEdge:
    """How often one thing directly followed another. `time` is the mean time between; blank ends mark entry and exit."""

    before: str
    after: str
    times: int
    people: int
    time: Number


@dataclass(frozen=True, slots=True)
class PathAnswer:
    edges: tuple[PathEdge, ...]
    period: Period
    data_version: str
    left_out: int = 0
    maturity: timedelta = timedelta()
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an answer. rows: each as long as `columns`, in the same order."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def records(self) -> list[dict[str, Value]]:
        """Each row by its columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query answers. `notes` say what to know before reading: what was left out, what is still open."""

    query: str
    title: str
    tables: tuple[Table, ...]
    unit: str
    period: Period
    data_version: str
    notes: tuple[str, ...] = ()
    maturity: timedelta = timedelta()

    def table(self, name: str = "") -> Table:
        """The table with this name, by default the first; raises Missing."""
        for one in self.tables:
            if name in ("", one.name):
                return one
        raise Missing(unknown("table", name, (one.name for one in self.tables)))


@dataclass(frozen=True, slots=True)
class QueryWords:
    """One query: its name in documents, what it answers, and the keys of its own."""

    query: str
    answers: str
    keys: str
