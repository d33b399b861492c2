"""A platform of made-up results that keeps the platform's promises: rich, empty and extreme."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
from made_accounts import make_account, make_accounts, make_strip
from made_groups import make_group, make_groups
from records_in_memory import RecordsInMemory

from touchpath.model.document import dump_model
from touchpath.model.edits import put
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import (
    Brand,
    Dimension,
    Experience,
    Journey,
    Persona,
    Product,
    ProductFamily,
    Question,
    Stage,
    Step,
    Task,
    Touchpoint,
)
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.associations import AssociationsAsked, AssociationsFound, PairFound, Side, Spot
from touchpath.services.behind import Behind, Counted, GroupBehind
from touchpath.services.boards import Board, all_asks, fill, find_place
from touchpath.services.cards import Aim, Card, CardService
from touchpath.services.compared import Compared, Contrast
from touchpath.services.decisions import Decision
from touchpath.services.drafts import DraftService
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.services.effect_found import EffectAsked, EffectFound, Point
from touchpath.services.evidence import SERIES, UNITS
from touchpath.services.groups import GroupFound, Groups, SavedGroup
from touchpath.services.happenings import Happenings
from touchpath.services.identity import Held, PersonId, PersonIdentity, ShownLink
from touchpath.services.items import find_item
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.lanes import LANES, METRIC_OF_LANE, places_of
from touchpath.services.left_out import LeftOut
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap, MapAsked
from touchpath.services.match_rate import MatchRate, SourceMatch, SourcePair
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.models import ModelService
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.explained import ColumnCost, Explained, FilterCost, Spent
from touchpath.services.queries.reading import Asked as AskedQuery
from touchpath.services.queries.reading import read_asked, rule_title
from touchpath.services.responses import Responses
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    FunnelStep,
    JourneyMap,
    KindUse,
    LaneNumber,
    Measurement,
    MetricWords,
    Number,
    Overview,
    OverviewRow,
    Pack,
    PathAnswer,
    PathEdge,
    PersonHit,
    PersonTimeline,
    QueryAnswer,
    QueryWords,
    Reading,
    StageMap,
    StepMap,
    Table,
    TaskAnswer,
    TimelineEntry,
    Verbatim,
)
from touchpath.services.strips import StripPart
from touchpath.services.trended import Odd, Shift, Trend
from touchpath.services.trending import judge_trend
from touchpath.services.voice import Label, Said, Voice, VoiceAsked
from touchpath.stats.driver_slopes import Slope
from touchpath.stats.drivers import Driver, Drivers
from touchpath.stats.interruptions import Autocorrelation, Gap, Interruption, Part, Placebo
from touchpath.stats.intervals import Interval
from touchpath.stats.mixes import MixBetween, MixChange, Segment, judge_between, judge_mix, split_change
from touchpath.stats.representativeness import Asked, represent
from touchpath.stats.treated_units import Effect, PeriodGap
from touchpath.stats.ux_with_cx import associate

SPAN = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
RTL = "لم أتمكن من إتمام الدفع لأن النموذج رفض رقم هاتفي مرتين"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and everything after it"


def share(value: float, n: int, n_unit: str = "people") -> Estimate:
    half = 1.96 * (value * (1 - value) / n) ** 0.5
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n, n_unit, method="Wilson", data_version="7")


def score(value: float, half: float, n: int) -> Estimate:
    return Estimate(value, value - half, value + half, n, "people", "score", method="t", data_version="7")


def seconds(value: float, n: int) -> Estimate:
    return Estimate(value, value * 0.9, value * 1.12, n, "attempts", "seconds", method="geometric mean", data_version="7")


def metric_words(id: str, title: str, discipline: str, subject: str, unit: str = "share", better: str = "higher") -> MetricWords:
    return MetricWords(
        id, title, f"What about {title.lower()}?", discipline, unit, better, "Adjusted-Wald interval, clustered by person",
        f"{title}: the number of those who did, divided by those who tried.", "Sauro & Lewis (2016), ch. 3",
        ("Needs at least five people.", "Says nothing about why."), subject,
    )  # fmt: skip


WORDS = {
    one.id: one
    for one in (
        metric_words("task_success", "Task success", "UX", "task"),
        metric_words("task_time", "Time on task", "UX", "task", "seconds", "lower"),
        metric_words("single_ease", "Single ease", "UX", "question", "score"),
        metric_words("conversion", "Conversion", "CX", "journey"),
        metric_words("nps", "Net Promoter Score", "CX", "question", "score"),
        metric_words("customer_satisfaction", "Customer satisfaction", "CX", "question"),
        metric_words("contact_rate", "Contact rate", "CX", "journey", "share", "lower"),
        metric_words("sus", "System Usability Scale", "UX", "questionnaire", "score"),
        metric_words("active_people", "Active people", "CX", "signals", "count"),
    )
}


def rule(kind: str) -> EventRule:
    return EventRule((kind,))


def shop_experience() -> Experience:
    def step(
        id: str,
        title: str,
        *touchpoints: str,
        tasks: tuple[str, ...] = (),
        questions: tuple[str, ...] = ("csat",),
        **more: object,
    ) -> Step:
        return Step(id, title, rule(f"{id}.done"), touchpoints=touchpoints, tasks=tasks, questions=questions, **more)  # type: ignore[arg-type]

    stages = (
        Stage(
            "discover",
            "Discover",
            (
                step("see", "See a campaign", "mail", "ad", use="before"),
                step("look", "Look at a product", "site", tasks=("find",)),
            ),
        ),
        Stage(
            "order",
            "Order",
            (
                step("basket", "Fill the basket", "site", questions=()),
                step("pay", "Pay", "site", "wallet", tasks=("checkout",), moment_of_truth=True, hand_off=True),
            ),
        ),
        Stage("receive", "Receive", (step("deliver", "Get the parcel", "courier", use="after", hand_off=True),)),
        Stage(
            "care",
            "Get help",
            (step("contact", "Contact us", "phone", "chat", use="after", optional=True, questions=("csat", "nps")),),
        ),
    )
    buy = Journey(
        "buy",
        "Buy something",
        stages,
        purpose="Get what I need without worry",
        owner="Checkout team",
        window=timedelta(days=30),
        products=("web",),
        contacts=rule("ticket.opened"),
    )
    back = Journey("return", "Send it back", stages[2:], purpose="Get my money back")
    return Experience(
        brand=Brand("shop", "The Shop"),
        families=(ProductFamily("retail", "Retail", (Product("web", "Web shop"), Product("app", "App"))),),
        touchpoints=(
            Touchpoint("mail", "Campaign mail"), Touchpoint("ad", "Advertisement", direct=False), Touchpoint("site", "Web site"),
            Touchpoint("wallet", "Wallet"), Touchpoint("courier", "Courier", "physical"), Touchpoint("phone", "Telephone", "human"), Touchpoint("chat", "Chat", "human"),
        ),
        dimensions=(Dimension("channel", "Channel", "channel"), Dimension("plan", "Plan", "properties.plan", "person", "latest")),
        personas=(
            Persona("regular", "Regulars", rule("order.placed"), "Speed", "Twelve interviews", date(2027, 3, 31), "Buy again", HOSTILE, "Ada"),
            Persona("few", "Few people", rule("gift.wrapped")),
            Persona("nobody", "Nobody yet", EventRule(("never.done",), (Condition("properties.plan", "in", ("a", "b")),))),
        ),
        tasks=(Task("checkout", "Check out", rule("checkout.started"), rule("order.placed"), product="web"), Task("find", "Find a product", rule("search.started"), rule("product.viewed"), product="web")),
        questions=(
            Question("csat", "How satisfied were you with this step?", rule("survey.answered"), 1, 5, "csat"),
            Question("nps", "How likely are you to recommend us?", rule("survey.answered"), 0, 10, "nps"),
            Question("sus1", "I would use it often", rule("survey.answered"), 1, 5, "sus", "sus", 1),
        ),
        journeys=(buy, back),
        about="Simulated: a made-up shop with 12,000 customers.",
    )  # fmt: skip


def long_experience() -> Experience:
    stages = tuple(
        Stage(f"stage{s}", f"{LONG} {s}" if s == 2 else f"Stage {s}", tuple(
            Step(f"s{s}-{i}", RTL if (s, i) == (0, 1) else f"{LONG} {i}" if i == 2 else f"Step {i}", rule("x.done"), touchpoints=(HOSTILE,), questions=("csat",))
            for i in range(5)))
        for s in range(8)
    )  # fmt: skip
    csat = Question("csat", HOSTILE, rule("survey.answered"), 1, 5, "csat")
    journeys = (Journey("forty", f"{LONG} {HOSTILE}", stages, purpose=RTL),)
    return Experience(
        Brand("long", LONG), (ProductFamily("f", "F", (Product("p", f"{LONG} {RTL}"),)),), questions=(csat,), journeys=journeys
    )


SPLIT = split_change([Segment("web", 900, 0.8, 200, 0.85), Segment("shop & <b>more</b>", 100, 0.3, 800, 0.4)])


def funnel_asked(steps: int, *segments: str) -> QueryAnswer:
    """A funnel of so many steps as it is answered, for each segment."""
    rows = [(one, place, 420, share(0.9**place, 420), share(0.9, 420)) for one in segments for place in range(steps)]
    through = [(one, share(0.4, 420)) for one in segments]
    tables = (
        Table("steps", ("segment", "step", "entrants", "reach", "completion"), tuple(rows)),
        Table("conversion", ("segment", "conversion"), tuple(through)),
    )
    return QueryAnswer("funnel", "Funnel", tables, "person", SPAN, "7", ())


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


class FakePlatform:
    """Made-up results for a model: rich, empty or extreme."""

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

    def experience(self) -> Experience:
        return self._experience

    def span(self) -> Period | None:
        return self._span

    def segments(self, dimension: str) -> tuple[str, ...]:
        self._experience.dimension(dimension)
        return {"channel": ("web", "app", "shop & <b>more</b>"), "plan": ("free", "pro")}.get(dimension, ()) if self._span else ()

    def metrics(self) -> tuple[MetricWords, ...]:
        return tuple(WORDS.values())

    def board(self, name: str = "", *, period: Period | None = None) -> Board:
        place = find_place(self._experience, name)
        if self._span is None:
            return fill(replace(place, asks=(), parts=()), (), (), None)
        asks = all_asks(place)
        return fill(place, [self.measure(*ask, grain="month", period=period) for ask in asks], asks, self._span)

    def overview(self) -> Overview:
        if self._span is None:
            return Overview((), 0, 0, (), None, "0", self.about)
        ux = tuple(
            self.measure(metric, task.id, grain="month")
            for task in self._experience.tasks
            for metric in ("task_success", "task_time")
        )
        cx = (self.measure("nps", "nps", grain="month"), self.measure("customer_satisfaction", "csat", grain="month"))
        rows = [OverviewRow("product", one.id, one.title, ux if one.id != "app" else (), cx) for one in self._experience.products]
        rows += [
            OverviewRow("journey", one.id, one.title, ux[:2], (*cx, self.measure("conversion", one.id, grain="month"), self.measure("contact_rate", one.id, grain="month")))
            for one in self._experience.journeys
        ]  # fmt: skip
        return Overview(
            tuple(rows),
            12_004,
            1_284_310,
            ("web", "app", "tickets", "surveys", "billing", "stores", "mail"),
            self._span,
            "7",
            self.about,
        )

    def for_viewers(self):
        return self

    def match_rate(self) -> MatchRate:
        if self._span is None:
            return MatchRate(0, Undefined("nobody is known"), (), (), 0, 0, "0")
        share = Estimate(0.62, 0.6, 0.64, 12_004, "people", method="Wilson score interval")
        sources = tuple(
            SourceMatch(one, 4_000 - n, share) for n, one in enumerate(("web", HOSTILE, LONG if self._hostile else "desk"))
        )
        pairs = (SourcePair("web", HOSTILE, 2_480, share), SourcePair("web", "desk", 0, Undefined("nobody is known")))
        return MatchRate(12_004, share, sources, pairs, 1_284_310, 310, "7")

    def responses(
        self, question: str, *, by: str = "", period: Period | None = None, window: timedelta = timedelta(days=30)
    ) -> Responses:
        if question not in {one.id for one in self._experience.questions}:
            raise Missing(unknown("question", question, [one.id for one in self._experience.questions]))
        nobody, span = Undefined("nobody is known to have been asked"), period or self._span or SPAN
        if self._span is None:
            return Responses(question, question, by, span, window, 0, 0, 0, None, nobody, nobody, nobody, nobody, "0")
        names = (HOSTILE, LONG if self._hostile else "app", "") if by else ("",)
        people = represent([Asked(name, 400 - 90 * n, 40 + 30 * n) for n, name in enumerate(names)])
        rate = Estimate(people.rate, *people.limits, people.asked, "people")
        score = Estimate(31.0, 25.0, 37.0, 210, "answers", "score")
        return Responses(question, HOSTILE, by, span, window, 12, 310, 25, people, rate, rate, score, score, "7")

    def measure(
        self, metric: str, subject: str = "", *, by: str = "", grain: Grain | None = None, period: Period | None = None, confidence: float = 0.95
    ) -> Measurement:  # fmt: skip
        if metric not in WORDS:
            raise Missing(unknown("metric", metric, WORDS))
        if WORDS[metric].subject == "task" and subject not in {task.id for task in self._experience.tasks}:
            raise BadInput(f"'{metric}' is measured of a task, but the subject came as '{subject}'.")
        span = period or self._span or SPAN
        readings = (
            [Reading(self._number(metric, i), one, "", i < 5) for i, one in enumerate(calendar_periods(span, grain))]
            if grain
            else []
        )
        if by:
            readings += [Reading(self._number(metric, i), span, name) for i, name in enumerate(self.segments(by))]
            readings.append(Reading(Undefined("fewer than 5 people", 2), span, LONG))
        change = {
            "task_success": Comparison("difference", -0.034, -0.06, -0.008, confidence, "share", "", "down"),
            "task_time": Comparison("ratio", 0.9, 0.84, 0.96, confidence, "seconds", "", "down"),
            "nps": Comparison("difference", 1.0, -4.0, 6.0, confidence, "score", "", None),
        }.get(metric)  # fmt: skip
        total = (
            replace(self._number(metric, 0), confidence=confidence)
            if metric != "contact_rate"
            else Undefined("no contact was recorded", 0)
        )
        mix = judge_mix(HOSTILE, SPLIT, [SPLIT._replace(within=0.011), SPLIT] * 10, "share") if by and grain else None
        assert mix is None or isinstance(mix, MixChange)
        return Measurement(WORDS[metric], self.about, total, tuple(readings), change, span, "7", subject, mix=mix)

    def measure_all(
        self, asks: Sequence[tuple[str, str]] = (), *, by: str = "", grain: Grain | None = None, period: Period | None = None, confidence: float | None = None
    ) -> Pack:  # fmt: skip
        return Pack(tuple(self.measure(*one, by=by, grain=grain, period=period) for one in asks))

    def compare(
        self, metric: str, subject: str = "", *, by: str = "", against: str = "", pairs: bool = False, period: Period | None = None,
        periods: tuple[Period, Period] | None = None, confidence: float | None = None,
    ) -> Compared:  # fmt: skip
        whole = self.measure(metric, subject, by=by, period=period)
        numbers = [self._number(metric, i) for i in range(3)]
        found = [Comparison("difference", d, d - 0.05, d + 0.05, 0.95, "share", "made up", None) for d in (0.08, 0.01, -0.07)]
        names = ("web", HOSTILE, LONG if self._hostile else "app")
        contrasts = [
            Contrast("the rest", name, numbers[0], number, one, p, p, Interval(one.low, one.high), 0.06)
            for name, number, one, p in zip(names, numbers, found, (0.0001, 0.6, 0.02), strict=True)
        ]
        few = Undefined("fax: 2 people, and a comparison needs 5 on each side; about 388 on each side would find a difference", 2)
        contrasts.append(Contrast("the rest", "fax", numbers[0], few, few))
        notes = ("People who are on both sides count on each as if they were others.",)
        equal = judge_between(HOSTILE, (names[0], names[2]), SPLIT, [SPLIT._replace(within=0.011), SPLIT] * 10, "share")
        assert isinstance(equal, MixBetween)
        return Compared(
            whole.metric, whole.about, "rest", by, whole.total, tuple(contrasts), 0.95, whole.period, "7", subject, notes,
            mixes=(equal,),
        )  # fmt: skip

    def trend(
        self, metric: str, subject: str = "", *, grain: Grain = "week", by: str = "", period: Period | None = None, confidence: float | None = None
    ) -> Trend:  # fmt: skip
        found = judge_trend(self.measure(metric, subject, grain=grain, period=period), grain, bounds=(0.0, 1.0), zone=self.zone)
        reading = found.readings[0]
        assert reading.period is not None
        assert isinstance(reading.number, Estimate)
        step = Shift(reading.period, 0.7, 0.8, 0.01, True)
        return replace(found, steps=(step,), odd=(Odd(reading.period, reading.number.value, 0.5, 0.4, 0.6),))

    def drivers(
        self, asked: DriversAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> KeyDrivers:  # fmt: skip
        outcome, items = (
            find_item(self._experience, asked.outcome),
            tuple(find_item(self._experience, one) for one in asked.items),
        )
        sure, small = confidence or 0.95, len(items) > 2
        drivers = tuple(
            Driver(one.name, 0.3 / (at + 1), Interval(0.05, 0.4), 0.6 / (at + 1), Interval(0.2, 0.8), 0.5 - at, Interval(-0.6, 0.7), 0.4, 1.2,
                   at + 1, (1, 2), 0.8, tuple(other.name for other in items if other is not one), None)
            for at, one in enumerate(items)
        )  # fmt: skip
        found = Drivers(drivers, "lmg", 0.45, Interval(0.4, 0.5), 812, 12, 790, 1000, 0, sure, ("few people",), 700.0)
        slopes = tuple(Slope(one.name, 0.3, 0.1, Interval(0.1, 0.5), 0.003, 0.006) for one in items)
        few = Undefined("4 people gave the outcome and every item, and 3 items need 10; 30 would do well", 4, "people")
        return KeyDrivers(
            outcome, items, asked, few if small else found, () if small else slopes, 824, 800, (12, None, 0)[: len(items)], 3, 2, 9, sure,
            period or self._span or SPAN, "7",
        )  # fmt: skip

    def effect(
        self, asked: EffectAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> EffectFound:  # fmt: skip
        measured = self.measure(asked.metric, asked.subject)
        whole = [SPAN.start + timedelta(weeks=k) for k in range(20)]
        points = tuple(
            Point(Period(at, at + timedelta(weeks=1)), 0.6 + k / 100, 0.5 if asked.by else None, *((None,) * 3 if asked.by else (0.5, 0.9, 90)))
            for k, at in enumerate(whole)
        )  # fmt: skip
        part = Part(0.04, Interval(0.01, 0.07), 0.01, 0.01, 0.008)
        series = Interruption(part, part, 0.01, (Gap(20, 0.7, 0.09, Interval(0.02, 0.16)),), Autocorrelation(2.0, 3.0, 4, 0.5),
                              (Placebo(9, 0.0, Interval(-0.1, 0.1)),), 10, 10, 2, 0, ("few points",))  # fmt: skip
        units = Effect(
            0.05,
            Interval(0.01, 0.09),
            0.01,
            "wild",
            None,
            (PeriodGap(9, 0.0, None), PeriodGap(12, 0.05, Interval(0.0, 0.1))),
            12,
            5,
            240,
            (),
        )
        few = Undefined("3 whole months before the change and 3 from it on, and each side needs 8", 6, "months")
        found = few if asked.every == "month" else units if asked.by else series
        gaps = (HOSTILE, "fair") if asked.by else ()
        return EffectFound(measured.metric, measured.about, asked, UNITS if asked.by else SERIES, found, points, 10, asked.treated, 12, gaps, 9,
                           confidence or 0.95, SPAN, "7", self.zone, ("Each period counts alike.", HOSTILE))  # fmt: skip

    def associations(
        self, asked: AssociationsAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> AssociationsFound:  # fmt: skip
        sides = [Side(name, self._words(name.partition(":")[0]).title, "share") for name in (asked.ux[0], asked.cx[0])]
        spots = tuple(Spot(HOSTILE if k == 3 else f"page {k}", 0.5 + k / 40, 0.9 - k / 50) for k in range(12))
        found = associate([one.ux for one in spots], [one.cx + 0.01 * (k % 3) for k, one in enumerate(spots)], in_time=False)
        few = Undefined("3 pairs are too few to say how the two go together: 10 would do", 3, "pairs")
        pairs = (PairFound(*sides, found, 0.001, spots, 2, 40), PairFound(*sides, few, None, (), 0, 0))
        return AssociationsFound(asked, pairs, confidence or 0.95, SPAN, "7")

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

    def journey_map(
        self,
        journey: str,
        *,
        period: Period | None = None,
        by: str = "",
        segment: str = "",
        persona: str = "",
        role: str = "",
        clear: bool = False,
    ) -> JourneyMap:
        designed = self._experience.journey(journey)
        if by and segment not in self.segments(by):
            raise BadInput(f"There is no segment '{segment}'.")
        entrants, left = (0, 0.0) if self._span is None else (4_821, 1.0)
        stages, index = [], 0
        for stage in designed.stages:
            steps = []
            for step in stage.steps:
                kept = 1.0 if index == 0 else (0.62, 0.81, 0.44, 0.93, 0.97)[index % 5]
                left *= kept
                steps.append(self._step(step, index, kept, left) if entrants else self._nothing(step))
                index += 1
            stages.append(StageMap(stage, tuple(steps)))
        conversion: Number = share(left, 4_600) if entrants else Undefined("nobody entered", 0)
        words = dict.fromkeys(("reach", "completion", "drop_off"), WORDS["conversion"]) | {"contacts": WORDS["contact_rate"]}
        finding = "Pay loses most: 56 % of those who filled the basket never paid" if entrants else ""
        return JourneyMap(
            designed,
            tuple(stages),
            entrants,
            221 if entrants else 0,
            conversion,
            finding,
            period or self._span or SPAN,
            "7",
            words,
            segment,
            42 if entrants else 0,
        )

    def live_map(self, asked: MapAsked, *, clear: bool = False) -> LiveMap:
        by, segment = asked.of.cuts[0] if asked.of.cuts else ("", "")
        whole = self.journey_map(asked.journey, period=asked.of.period, by=by, segment=segment)
        lanes, found = tuple(one for one in LANES if not asked.lanes or one in asked.lanes), []
        for place in places_of(whole.journey, asked.zoom, self._experience):
            ids = {one.id for one in place.steps}
            steps = [step for stage in whole.stages for step in stage.steps if step.step.id in ids]
            cells = [cell for cell in self._cells(whole.journey, steps, asked) if cell.lane in lanes]
            by_lane = {lane: tuple(cell for cell in cells if cell.lane == lane) for lane in lanes}
            found.append(LiveColumn(place.id, place.title, place.steps, place.stage, by_lane))
        beside = asked.beside and (asked.beside.period or SPAN)
        older = whole.journey if asked.beside and asked.beside.revision else None
        if older:
            found[1:2] = [replace(found[1], version="added"), replace(found[1], id="gone", version="removed")]
        return LiveMap(whole, tuple(found), lanes, asked.zoom, 12 if beside else 0, beside=beside or None, older=older)

    def _cells(self, journey: Journey, steps: list[StepMap], asked: MapAsked) -> Iterator[LiveCell]:
        def cell(lane: str, metric: str, subject: str, title: str, number: Number) -> LiveCell:
            if asked.beside is None:
                return LiveCell(lane, metric, subject, title, number)
            moved = lane == "completion" and isinstance(number, Estimate)
            change = Comparison("difference", 0.08, 0.02, 0.14, 0.95, "share", "MOVER", "up")
            found = change if isinstance(number, Estimate) else Undefined("one of the two numbers is undefined")
            return LiveCell(
                lane,
                metric,
                subject,
                title,
                number,
                Contrast("beside", "here", number, number, found, 0.01, 0.02 if moved else 0.4),
            )

        for step in steps:
            for lane in ("volume", "reach", "completion", "drop_off", "time", "contacts"):
                yield cell(lane, METRIC_OF_LANE[lane], journey.id, "", getattr(step, lane))
            yield from (cell(one.words.id, one.words.id, one.subject, one.subject, one.number) for one in step.tasks)
            yield from (cell("attitude", one.words.id, one.subject, one.words.title, one.number) for one in step.attitude)
            yield cell("friction", "", "", "", Undefined("no friction is recorded"))

    def some_people(self, query: str, limit: int = 5) -> tuple[PersonHit, ...]:
        return self.find_people("some", limit)

    def journey_versions(self, journey: str) -> tuple[JourneyVersion, ...]:
        self._experience.journey(journey)
        older = JourneyVersion(1, 1, SPAN.start, "ada@example.org", "the first design")
        return (JourneyVersion(2, 2, SPAN.end, "ben@example.org", ""), older)

    def people_at(
        self,
        journey: str,
        step: str,
        group: str,
        *,
        period: Period | None = None,
        persona: str = "",
        role: str = "",
        limit: int = 100,
    ) -> GroupBehind:
        hits = self.find_people("at", limit)
        return GroupBehind(group, "person", len(hits), hits, self.voice(VoiceAsked()).said if group == "here" else ())

    def _step(self, step: Step, index: int, kept: float, left: float) -> StepMap:
        n = max(12, round(4_600 * left))
        first: Number = Undefined("the first step has no step before it", n)
        said = (
            (HOSTILE, RTL, LONG * 5)
            if self._hostile
            else (
                "The form asked for my phone number twice, and then it failed.",
                "Easy.",
                "I did not know whether the order had gone through.",
            )
        )
        verbatims = tuple(
            Verbatim(text, "survey.answered", SPAN.start + timedelta(days=i), f"user:{i}/{index}", 2.0 + i, "csat")
            for i, text in enumerate(said)
        )
        attitudes = {
            "csat": LaneNumber(WORDS["customer_satisfaction"], share(0.9 - 0.09 * (index % 6), 190 - 20 * (index % 6)), "csat"),
            "nps": LaneNumber(WORDS["nps"], Undefined("only 3 people answered, and 5 is the least", 3), "nps"),
        }
        return StepMap(
            step, Estimate(n, n, n, n, "people", "count"), share(min(left, 0.9999), 4_600), share(kept, n) if index else first,
            share(1 - kept, n) if index else first, seconds(3_600.0 * (index + 1), n) if index else first, share(0.04 + 0.02 * index % 0.3, n), 12,
            tuple(LaneNumber(WORDS["task_success"], share(0.8 - 0.1 * index % 0.5, 400, "attempts"), task) for task in step.tasks),
            tuple(attitudes[question] for question in step.questions), verbatims if index % 3 != 2 else (),
        )  # fmt: skip

    def _nothing(self, step: Step) -> StepMap:
        none = Undefined("nobody entered", 0)
        return StepMap(step, none, none, none, none, none, none, 0)

    def funnel(
        self, steps: Sequence[str], *, window: str = "7d", by: str = "", grain: Grain | None = None, period: Period | None = None,
        reentry: bool = True, same: str = "",
    ) -> FunnelAnswer:  # fmt: skip
        known = [kind.kind for kind in self.kinds()]
        for kind in steps:
            if kind not in known:
                raise Missing(unknown("kind of signal", kind, known))
        if window not in ("7d", "30m"):
            raise BadInput(f"The window came as '{window}'.")
        span, first = period or self._span or SPAN, Undefined("the first step has none before it", 0, "entrants")
        told = tuple(
            FunnelStep(kind, share(0.9**i * 0.99, 400), share(0.9, 400) if i else first, seconds(60, 300) if i else first)
            for i, kind in enumerate(steps)
        )
        entrants, unit = 420 if reentry else 300, f"people with one {same} each" if same else "people"
        cells = [
            FunnelCell(entrants, 20, told, one, segment)
            for one in (calendar_periods(span, grain) if grain else (span,))
            for segment in (self.segments(by) if by else ("",))
        ]
        return FunnelAnswer(tuple(cells), {"7d": 604_800.0, "30m": 1_800.0}[window], unit, "7")

    def ask(self, query: str, *, clear: bool = False) -> QueryAnswer:
        if "query: flows" in query or '"paths"' in query or "query: paths" in query:
            return ways_asked("flows" if "flows" in query else "paths")
        if "volum" not in query:
            raise BadInput("query:1: No query is called that. There are: volume.")
        numbers = (share(0.4, 300), Undefined("nobody is in the base", 0))
        table = Table("volume", ("from", "what", "people", "share"), tuple((SPAN.start, "order.placed", 120, n) for n in numbers))
        return QueryAnswer("volume", "Orders", (table,), "person", SPAN, "7", ("No kind of signal is called 'x'.",))

    def ask_all(self, queries: str, *, clear: bool = False) -> list[QueryAnswer | BadInput]:
        if '"paths"' in queries:
            steps = tuple(rule_title(step.match) for step in self._experience.journey("buy").steps)
            return [BadInput("Not made up.")] * (len(json.loads(queries)) - 1) + [ways_asked("paths", steps)]
        if '"funnel"' in queries:
            steps = len(json.loads(queries)[0]["steps"])
            return [funnel_asked(steps, ""), funnel_asked(steps, "New here", "Regulars & <b>friends</b>")]
        return [self.ask("volume"), BadInput("query:1: No query is called 'volum'.")]

    def explain(self, query: str, *, run: bool = False) -> Explained:
        self.ask(query)
        column, spent = ColumnCost("kind", 400, ("query",)), Spent(0.1, 0.2, 0.3, 2)
        filters = (FilterCost("did order.placed", (column,)),)
        return Explained(
            "volume",
            "Orders",
            "person",
            SPAN,
            "7",
            1,
            30,
            100,
            0,
            0,
            0,
            (column,),
            1,
            1,
            0,
            filters,
            (),
            False,
            False,
            None,
            spent if run else None,
            (),
        )

    def queries(self) -> tuple[QueryWords, ...]:
        return (QueryWords("volume", "How many did what.", "of, among"),)

    def outcomes(self, query: str) -> tuple[str, ...]:
        answer = self.ask(query)
        return {"flows": ("took it", "took others"), "paths": ("made it", "did not")}.get(answer.query, ("did", "did not"))

    def people_with(self, query: str, outcome: str, limit: int = 100) -> GroupBehind:
        self.ask(query)
        if outcome not in self.outcomes(query):
            raise Missing(unknown("outcome", outcome, self.outcomes(query)))
        return GroupBehind(outcome, "person", 240, self.find_people("42")[:limit], self.voice(VoiceAsked()).said)

    def features(self, query: str) -> pa.RecordBatchReader:
        rows = pa.table({"at": ["2026-01-01", "2026-01-02"], "wrote": ["=1+1", HOSTILE], "orders": [3, -1]})
        return rows.to_reader()

    def task(self, task: str, *, period: Period | None = None) -> TaskAnswer:
        found = self._experience.task(task)
        none = Undefined("nobody tried", 0, "attempts")
        measured = {name: self._number(name, 0) if self._span else none for name in ("task_success", "task_time")}
        numbers = {name: LaneNumber(WORDS[name], number, task) for name, number in measured.items()}
        attempts = (share(0.6, 300, "attempts"), share(0.7, 80, "attempts"), Undefined("nobody tried so often", 0, "attempts"))
        started, waiting = (380, 4) if self._span else (0, 0)
        return TaskAnswer(task, found.title, started, waiting, numbers, attempts, period or self._span or SPAN, "7")

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        names = (
            [step.title for step in self._experience.journey(journey).steps] if journey else [kind.kind for kind in self.kinds()]
        )
        edges = [
            PathEdge(before, after, 900 - i, 400 - i, seconds(60, 300) if i else Undefined("nobody moved so", 0, "moves"))
            for i, (before, after) in enumerate(pairwise(names))
        ]
        return PathAnswer(tuple(edges[:top]), period or self._span or SPAN, "7", len(edges[top:]))

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        text = HOSTILE if self._hostile else "The form refused my number twice."
        label = Label("negative", "model")
        said = (
            Said(text, "survey.answered", SPAN.start, "user:42", 2.0, ("Satisfaction",), label),
            Said(RTL, "ticket.opened", SPAN.start, "", None, (), None),
        )
        people = {"": None, "rage.clicked": 0}.get(asked.did, 1284)
        return Voice(said[:limit] if not asked.words and people != 0 else (), len(said) > limit, 2, people)

    def read_query(self, document: str) -> AskedQuery:
        return read_asked(document, QUERIES, self._experience)

    def groups(self, *, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> Groups:
        return make_groups(self._experience, SPAN, by, tuple(saved), grain)

    def group(self, id: str, *, saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> GroupFound:
        if self._span is None:
            raise Missing("There are no signals yet.")
        beside = (self.compare("task_success", "checkout"), self.compare("nps", "nps"))
        return make_group(self._experience, SPAN, id, tuple(saved), grain, beside)

    def people_in(self, id: str, *, saved: Sequence[SavedGroup] = (), limit: int = 20) -> tuple[PersonHit, ...]:
        return () if "nobody" in id else self.find_people("42", limit)

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        if self._span is None or "nobody" in text:
            return ()
        return tuple(
            PersonHit(actor, 40 + i, SPAN.end)
            for i, actor in enumerate(("user:42", f"external:{text}/7", f"anonymous:{LONG}", f"user:{HOSTILE}"))
        )[:limit]

    def accounts(self, *, search: str = "", sort: str = "people", score: str = "", start: int = 0, size: int = 50) -> Accounts:
        if self.name == "bare" or self._hostile:
            return replace(make_accounts(SPAN, HOSTILE, "none", sort, 0), total=0, matching=0, small=0)
        return make_accounts(SPAN, HOSTILE, search, sort, start)

    def account(self, id: str, *, score: str = "") -> AccountFound:
        return make_account(id, SPAN, HOSTILE, (self.measure("task_success", "checkout"), self.measure("nps", "nps")))

    def account_strip(self, id: str, *, start: int = 0, size: int = 100, kind: str = "", clear: bool = False) -> StripPart:
        return make_strip(self._entries(), start, size, kind)

    def person(
        self, actor: str, *, search: str = "", limit: int = 200, start: int = 0, kind: str = "", clear: bool = False
    ) -> PersonTimeline:
        if self._span is None or actor == "user:nobody":
            raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
        entries = [entry for entry in self._entries() if search.casefold() in f"{entry.kind} {entry.text}".casefold()]
        sources = {"web": 9, "tickets": 5, "surveys": 5, "billing": 5}
        part = make_strip(entries, start, limit, kind)
        return PersonTimeline(
            actor, (actor, "anonymous:9f", "email:ab12"), part.entries, 24, part.matching, SPAN.start, SPAN.end, sources, start=start,
            kinds=part.kinds, visits=part.visits, friction=part.friction, earlier=part.earlier, later=part.later, accounts=("acme",),
        )  # fmt: skip

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        older = MetricVersion(1, SPAN.start, HOSTILE, LONG)
        return (MetricVersion(2, SPAN.end, "kim", "a week was too short", ("window",)), older) if metric == "task_success" else ()

    def behind(self, metric: str, subject: str = "", *, period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        measured = self.measure(metric, subject, period=period)
        share = metric == "task_success"
        history = (
            MetricVersion(2, SPAN.end, "kim", "a week was too short", ("window", "numerator")),
            MetricVersion(1, SPAN.start, HOSTILE, LONG),
        )
        return Behind(
            measured,
            (Counted("numerator", "successful attempts", 626), Counted("denominator", "attempts", 948)) if share else (),
            (LeftOut(12, "attempts still have time left"), LeftOut(3, "starts name no object")) if share else (),
            ("checkout.started", "order.placed where channel is web", HOSTILE),
            ("succeeded", "failed", "abandoned") if share else (),
            {"query": "tasks", "task": subject, "who": HOSTILE} if share else None,
            history if share else (),
            by,
            segment,
        )

    def people_behind(
        self,
        metric: str,
        subject: str,
        group: str,
        *,
        period: Period | None = None,
        by: str = "",
        segment: str = "",
        limit: int = 100,
    ) -> GroupBehind:
        behind = self.behind(metric, subject, period=period)
        if group not in behind.groups:
            raise Missing(unknown("group of people behind this number", group, behind.groups))
        if group == "abandoned":
            return GroupBehind(group, "order", 4, ())
        hits = tuple(PersonHit(f"user:{i}", 3 + i, SPAN.end) for i in range(2 if group == "succeeded" else 0))
        return GroupBehind(group, "person", len(hits), hits)

    def outside_numbers(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        if metric not in ("", *WORDS):
            raise Missing(unknown("metric", metric, WORDS))
        return tuple(one for one in self.entered if metric in ("", one.figure.metric))

    def enter_outside(self, figure: OutsideFigure, member: str) -> OutsideNumber:
        if not figure.source:
            raise BadInput("'source' is blank.")
        self.entered.append(OutsideNumber(f"b{len(self.entered)}", figure, member, SPAN.start))
        return self.entered[-1]

    def take_back_outside(self, id: str, member: str, why: str) -> OutsideNumber:
        found = next((one for one in self.entered if one.id == id), None)
        if found is None:
            raise Missing(unknown("number of others", id, (one.id for one in self.entered)))
        self.entered.remove(found)
        return found

    def identity_of(self, actor: str) -> PersonIdentity:
        if self._span is None or actor == "user:nobody":
            raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
        names = (actor, "anonymous:9f", "anonymous:tablet")
        seen = (12, SPAN.start, SPAN.end, ("web",), "page.viewed (web, 1)")
        return PersonIdentity(
            actor,
            (*(PersonId(name) for name in names[:2]), PersonId(names[2], (Held(None, SPAN.start), Held(SPAN.end, None)))),
            (ShownLink(actor, names[1], "identify", True, "", *seen), ShownLink(actor, "user:2", "joined by a member", True, "")),
            (ShownLink(actor, names[2], "identify", False, "Several people use this device.", *seen),),
            tuple(self.decided),
            3,
            (Held(None, SPAN.start, actor), Held(SPAN.start, None)) if actor.startswith("anonymous") else (),
        )

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        if not why:
            raise BadInput("Say why: others will want to know what this decision rests on.")
        self.decided.append(Decision(f"d{len(self.decided)}", ids, verdict, member, SPAN.start, why))
        return self.decided[-1]

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        found = [one for one in self.decided if one.id == decision]
        if not found:
            raise Missing(f"There is no identity '{decision}'.")
        self.decided.remove(found[0])
        return replace(found[0], verdict="open")

    def _entries(self) -> list[TimelineEntry]:
        kinds = (
            ("page.viewed", "web"),
            ("ticket.opened", "tickets"),
            ("survey.answered", "surveys"),
            ("invoice.paid", "billing"),
        )
        texts = ("", RTL if self._hostile else "Where is my parcel?", HOSTILE if self._hostile else "Paying was a nightmare.", "")
        return [
            TimelineEntry(
                SPAN.end - timedelta(hours=7 * i), kinds[i % 4][0], kinds[i % 4][1], channel="web", surface="site", touchpoint="site",
                value=(None, None, 3.0, 49.9)[i % 4], unit=("", "", "", "EUR")[i % 4], text=texts[i % 4], objects={"order": f"o-{i}"},
                properties={"path": f"/p/{i}", "note": HOSTILE} if i % 2 else {}, steps=("Buy something: Pay",) if i % 4 == 0 else (), revision=int(i == 1),
            )
            for i in range(24)
        ]  # fmt: skip

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


def make_workspaces() -> dict[str, FakePlatform]:
    shop, long = shop_experience(), long_experience()
    return {
        "shop": FakePlatform("shop", "The Shop", shop),
        "empty": FakePlatform("empty", "Nothing yet", replace(shop, about=""), span=None),
        "bare": FakePlatform("bare", "No model", Experience(Brand("b", "B")), span=None),
        "long": FakePlatform("long", LONG, long, hostile=True),
    }


def ways_asked(query: str, names: tuple[str, ...] = ("search", "look", "order.placed", "ask")) -> QueryAnswer:
    """Moves of people who search, look, buy or leave, step by step or all together; one kind has a hostile name."""
    search, look, bought, asked = (*names, "look", "order.placed", "ask")[:4]
    steps = [
        (0, search, look, 700, 300), (0, search, "(nothing)", 200, 180), (0, search, HOSTILE, 9, 9), (0, search, asked, 7, 7),
        (1, look, bought, 400, 250), (1, look, search, 100, 80), (1, look, "(nothing)", 200, 150), (1, HOSTILE, look, 9, 9),
        (1, "(3 rarer links)", "", 12, None),
    ]  # fmt: skip
    moves = [(*one[1:], seconds(60, 300)) for one in steps if one[2] not in ("(nothing)", "")]
    moves += [(search, search, 90, 60, seconds(5, 60)), (bought, search, 80, 70, seconds(900, 70))]
    nodes = [
        (search, 1000, 900, 110, 0),
        (look, 709, 5, 209, 0),
        (bought, 400, 0, 320, 0),
        (HOSTILE, 9, 9, 0, 0),
        (asked, 7, 0, 7, 0),
    ]
    where = (SPAN.start, SPAN.end, "")
    told = {
        "flows": (Table("links", ("from", "to", "segment", "step", "before", "after", "times", "people"), tuple((*where, *one) for one in steps)),),
        "paths": (
            Table("edges", ("from", "to", "segment", "before", "after", "times", "people", "seconds"), tuple((*where, *one) for one in moves)),
            Table("nodes", ("from", "to", "segment", "node", "signals", "begins", "ends", "open"), tuple((*where, *one) for one in nodes)),
        ),
    }  # fmt: skip
    return QueryAnswer(query, "Ways", told[query], "person", SPAN, "7")
