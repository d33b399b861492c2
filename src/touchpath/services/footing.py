"""What every answer of a workspace stands on: its parts, the ground, answers that are kept, and what viewers may not see."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from touchpath.model.errors import Missing, NotAllowed
from touchpath.model.experience import Brand, Experience
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services.arrivals import Arrivals
from touchpath.services.cards import CardService
from touchpath.services.coverage import kind_uses
from touchpath.services.differences import check_asked, check_measured, check_rules, check_selection, whole_units
from touchpath.services.drafts import DraftService
from touchpath.services.ground import Ground
from touchpath.services.happenings import Happenings
from touchpath.services.identity import IdentityService
from touchpath.services.kept_answers import KeptAnswers
from touchpath.services.marks import Marks
from touchpath.services.match_rate import MatchRate, measure_match_rate
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.models import ModelService
from touchpath.services.outside import OutsideNumbers
from touchpath.services.personal_details import Detector, without_details
from touchpath.services.queries.reading import Asked
from touchpath.services.results import (
    KindUse,
)
from touchpath.store.properties import PropertyStore
from touchpath.store.search import SearchStore
from touchpath.store.signals import SignalStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.fold import Engine, Selection

R = TypeVar("R")


@dataclass(frozen=True)
class Footing:
    """The parts of a workspace, and what all of its answers share. Safe to call from many threads.

    viewers: asked for those who may not read single people, see `for_viewers`; smallest_group: how many people a group has at least that
    they may see.
    """

    name: str
    title: str
    signals: SignalStore
    timelines: TimelineStore[TimelineSet]
    index: SearchStore
    models: ModelService
    engine: Engine
    zone: str = "UTC"
    week_start: int = 0
    confidence: float = 0.95
    arrivals: Arrivals | None = None
    properties: PropertyStore | None = None
    identities: IdentityService | None = None
    detectors: tuple[Detector, ...] = ()
    outside: OutsideNumbers | None = None
    cards: CardService | None = None
    targets: MetricTargets | None = None
    happenings: Happenings | None = None
    drafts: DraftService | None = None
    smallest_group: int = 5
    viewers: bool = False
    _answers: KeptAnswers = field(default_factory=KeptAnswers, repr=False, compare=False)

    def experience(self) -> Experience:
        """The model in force; an empty one while there is none."""
        return self._model()[0]

    @property
    def about(self) -> str:
        """One sentence of the model: real or simulated facts, and whose."""
        return self.experience().about

    def span(self) -> Period | None:
        """From the first signal to the last."""
        return self._ground().span()

    def for_viewers(self) -> Self:
        """The same workspace for those who may not read single people: every number without small groups, and nobody single."""
        return replace(self, viewers=True)

    def segments(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension, most frequent first; none while there are no signals. Values with personal details are left out."""
        if self.span() is None:
            return ()

        def read() -> tuple[str, ...]:
            return without_details(self._ground().frame(by=dimension).segments, self.detectors)

        return self._kept(("segments", dimension), read)

    def kinds(self) -> tuple[KindUse, ...]:
        """Kinds of signals seen, and what reads them."""
        return kind_uses(self.signals.kinds(), self.experience())

    def match_rate(self) -> MatchRate:
        """How many people the sources know as one, and where the gaps are."""
        return self._kept("match rate", lambda: measure_match_rate(self._ground().open(), self.signals.kinds(), self.confidence))

    def clear(self) -> None:
        """Forget every answer, and what was looked up for one, as after an erasure."""
        self._answers.clear()
        if self.properties is not None:
            self.properties.clear()

    def pulse(self) -> str:
        """What all answers depend on, as one word: as long as it stays the same, so does every answer."""
        signals, revision, decided = self._version()
        return f"{signals}.{revision}.{decided}"

    def _ground(self, who: Selection | None = None) -> Ground:
        selected = () if who is None else (who,)
        experience, revision = self._model()
        return Ground(
            experience,
            self.timelines,
            self.engine,
            self.zone,
            self.week_start,
            selected,
            revision,
            self.properties,
            self.detectors,
        )

    def _kept(self, query: Hashable, ask: Callable[[], R], who: Selection | None = None) -> R:
        """The answer of this data version and model revision; answers about a selection are not kept."""
        if who is not None:
            return ask()
        return self._answers.get(self._version(), query, ask)

    def _version(self) -> tuple[int, Hashable, int]:
        decided = self.identities.decisions.numbers().revision if self.identities else 0
        return self.signals.version, self._model()[1], decided

    def _model(self) -> tuple[Experience, int]:
        try:
            return self.models.current()
        except Missing:
            return Experience(Brand(self.name, self.title)), 0

    @property
    def _marks(self) -> Marks:
        return Marks(self.arrivals, self.zone, self.week_start)

    def _few_asked(self, asked: Asked, who: Selection | None) -> frozenset[str]:
        """Segments of an answer that viewers do not get; raises NotAllowed where they get none of it."""
        return self._few(("asked", asked), lambda ground: check_asked(ground, asked, self.smallest_group), who)

    def _few_measured(
        self, metric: str, subject: str, by: str, grain: Grain | None, period: Period | None, who: Selection | None
    ) -> frozenset[str]:
        asked = (metric, subject, by, grain, period, self.confidence)
        return self._few(("measured", asked), lambda ground: check_measured(ground, *asked, self.smallest_group), who)

    def _few_read(self, rules: tuple[EventRule, ...], period: Period | None, by: str = "", segment: str = "") -> frozenset[str]:
        asked = (rules, period, by, segment)
        return self._few(("read", asked), lambda ground: check_rules(ground, *asked, self.smallest_group))

    def _few(self, asked: Hashable, check: Callable[[Ground], frozenset[str]], who: Selection | None = None) -> frozenset[str]:
        if not self.viewers:
            return frozenset()
        if who is not None:
            check_selection(self._ground(), who, self.smallest_group)
        return self._kept(("few", asked, self.smallest_group), lambda: check(self._ground(who)), who)

    def _why_not(self, few: Callable[[], frozenset[str]]) -> tuple[frozenset[str], str]:
        """What `few` gives, or why there is nothing to be shown."""
        try:
            return few(), ""
        except NotAllowed as error:
            return frozenset(), str(error).rstrip(".")

    def _days(self, period: Period | None) -> Period | None:
        """The period asked for; of viewers the whole days that it touches."""
        return period if period is None else self._whole_days(period)

    def _whole_days(self, period: Period) -> Period:
        return whole_units(self._ground(), period, "day") if self.viewers and self.smallest_group > 1 else period

    def _check_people(self) -> None:
        if self.viewers:
            raise NotAllowed("This shows single people, which only those may see who have a right to. Ask for numbers instead.")
