"""What all made-up results stand on: a model, a span of signals, and numbers that drift."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from records_in_memory import RecordsInMemory

from made_up.estimates import WORDS, score, seconds, share
from made_up.worlds import HOSTILE, LONG, RTL, SPAN
from touchpath.model.document import dump_model
from touchpath.model.edits import put
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Experience
from touchpath.model.time import Period
from touchpath.services.cards import Aim, Card, CardService
from touchpath.services.decisions import Decision
from touchpath.services.drafts import DraftService
from touchpath.services.happenings import Happenings
from touchpath.services.match_rate import MatchRate, SourceMatch, SourcePair
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.models import ModelService
from touchpath.services.outside import OutsideNumber
from touchpath.services.results import KindUse, MetricWords


def shop_cards(hostile: bool) -> CardService:
    """A card of the step "pay" (of the long journey's second step), with all that a card can say."""
    cards = CardService(RecordsInMemory())
    where, said = (("forty", "s0-1"), f"{HOSTILE} {RTL} {LONG}") if hostile else (("buy", "pay"), "One page instead of three")
    owners = (("product", LONG if hostile else "Ada"), ("service", "Ben"))
    aims = Aim("task_success", "checkout", 0.9), Aim("nps", "nps", 20.0)
    card = Card(said, said, owners, "product", *aims, date(2026, 9, 30), said, said, date(2026, 3, 1))
    cards.save(*where, replace(card, decision="", rationale="", changed_on=None), 0, "ada@example.org", "the first workshop")
    cards.save(*where, card, 1, "ben@example.org")
    return cards


def drafts_of(experience: Experience, changed: bool) -> DraftService:
    """The drafts of a model that is published; changed: with one change that is not."""
    records = RecordsInMemory()
    models = ModelService(records)
    drafts = DraftService(records, models, "shop", "The Shop")
    models.apply(dump_model(experience), "ada@example.org", "the first")
    if changed:
        drafts.change(lambda document: put(document, "journeys/buy", {"title": LONG}), 0, "ben@example.org", HOSTILE)
    return drafts


class MadeGround:
    """A made-up workspace: its model and signals, rich, empty or extreme."""

    version = 7

    def __init__(
        self, name: str, title: str, experience: Experience, span: Period | None = SPAN, hostile: bool = False, zone: str = "UTC"
    ) -> None:
        self.name, self.title, self.about = name, title, experience.about or "Real data: exported by hand."
        self.zone = zone
        self._experience, self._span, self._hostile = experience, span, hostile
        self.entered: list[OutsideNumber] = []
        self.cards = shop_cards(hostile)
        records = RecordsInMemory()
        self.targets, self.happenings = MetricTargets(records), Happenings(records)
        self.drafts = drafts_of(experience, name == "shop") if name in ("shop", "bare") else None
        self.decided = [Decision("d9", ("user:42", "user:2"), "same", "kim", SPAN.start, HOSTILE)]

    def pulse(self) -> str:
        return f"{self.version}.1.0"

    def for_viewers(self):
        return self

    def experience(self) -> Experience:
        return self._experience

    def span(self) -> Period | None:
        return self._span

    def segments(self, dimension: str) -> tuple[str, ...]:
        self._experience.dimension(dimension)
        return {"channel": ("web", "app", "shop & <b>more</b>"), "plan": ("free", "pro")}.get(dimension, ()) if self._span else ()

    def kinds(self) -> tuple[KindUse, ...]:
        if self._span is None:
            return ()
        used = {
            "page.viewed": ("step Look at a product",),
            "order.placed": ("step Pay", "task Check out"),
            "survey.answered": ("question csat",),
            "rage.clicked": (),
        }
        return tuple(
            KindUse(kind, 900_000 // (i + 1) ** 3, SPAN.start, SPAN.end, by) for i, (kind, by) in enumerate(used.items())
        )

    def metrics(self) -> tuple[MetricWords, ...]:
        return tuple(WORDS.values())

    def match_rate(self) -> MatchRate:
        if self._span is None:
            return MatchRate(0, Undefined("nobody is known"), (), (), 0, 0, "0")
        share = Estimate(0.62, 0.6, 0.64, 12_004, "people", method="Wilson score interval")
        sources = tuple(
            SourceMatch(one, 4_000 - n, share) for n, one in enumerate(("web", HOSTILE, LONG if self._hostile else "desk"))
        )
        pairs = (SourcePair("web", HOSTILE, 2_480, share), SourcePair("web", "desk", 0, Undefined("nobody is known")))
        return MatchRate(12_004, share, sources, pairs, 1_284_310, 310, "7")

    def _words(self, metric: str) -> MetricWords:
        return next(one for one in self.metrics() if one.id == metric)

    def _number(self, metric: str, index: int) -> Estimate:
        drift = (index * 37 % 11 - 5) / 100
        if self._hostile:
            huge = Estimate(1e12 * (1 + drift), 0.9e12, 1.2e12, 10**12, "people", "score", method="t", data_version="7")
            return huge if metric == "nps" else Estimate(1e-9 * (1 + drift), 0.9e-9, 1.2e-9, 10**12, "people", data_version="7")
        if metric == "nps":
            return score(34 + drift * 100, 6, 812)
        if metric in ("single_ease", "sus"):
            return score(5.4 + drift, 0.3, 212)
        if metric == "task_time":
            return seconds(74 + drift * 200, 640)
        if metric == "customer_satisfaction":
            return share(0.71 + drift, 948, "answers").noted("The mean is 4.20 of 5.")
        if metric == "active_people":
            return Estimate(12_004, 12_004, 12_004, 12_004, "people", "count")
        return share(0.71 + drift, 948, "attempts")
