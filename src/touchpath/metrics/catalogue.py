"""Every metric by name and family, and the page that tells them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchpath.metrics import (
    activity,
    adoption,
    answers,
    consistency,
    contacts,
    contracts,
    costs,
    felt,
    finding,
    forms,
    friction,
    items,
    journeys,
    kano,
    lostness,
    loyalty,
    movements,
    practice,
    promises,
    purchases,
    questionnaires,
    recurring,
    retention,
    revenue,
    scales,
    sentiment,
    service,
    soundness,
    stickiness,
    survival,
    tasks,
    vitals,
)
from touchpath.metrics.called import also_called, no_metric
from touchpath.metrics.methods import METHODS
from touchpath.metrics.metric import Definition, Metric, QueryMetric
from touchpath.model.errors import Missing
from touchpath.model.experience import Question
from touchpath.model.parse import ItemCheck
from touchpath.stats.questionnaires.registry import QUESTIONNAIRES


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that one reads together. asks: the question that all of them help to answer."""

    title: str
    asks: str
    metrics: tuple[Metric[Any, Any] | QueryMetric[Any], ...]


FAMILIES: tuple[Family, ...] = (
    Family(
        "Tasks",
        "Can people finish what they came for?",
        (
            tasks.TASK_SUCCESS,
            tasks.TASK_TIME,
            tasks.TASK_ERRORS,
            tasks.TASK_ERROR_RATE,
            tasks.TASK_ABANDONMENT,
            practice.TASK_EFFICIENCY,
            practice.TASK_SUCCESS_PER_MINUTE,
            practice.TASK_LEARNING,
            practice.TASK_PRACTICE,
            lostness.LOSTNESS,
        ),
    ),
    Family("Speed", "Does it feel fast and steady?", tuple(vitals.MEASURES.values())),
    Family(
        "Soundness",
        "Does it work, for everybody?",
        (soundness.FAILED_INTERACTIONS, soundness.ERRORS_PER_OPPORTUNITY, soundness.ACCESSIBLE_PAGES),
    ),
    Family("Friction", "What gets in people's way?", friction.FRICTION),
    Family(
        "Finding",
        "Do people who search find?",
        (finding.SEARCH_SUCCESS, finding.SEARCH_TIME, finding.SEARCH_REFINEMENT, finding.ZERO_RESULTS),
    ),
    Family(
        "Beginning",
        "Do people take it up, and get what they came for?",
        (
            adoption.ONBOARDING_COMPLETION,
            adoption.TIME_TO_VALUE,
            adoption.FEATURE_ADOPTION,
            adoption.ADOPTION_DEPTH,
            adoption.FORM_ABANDONMENT,
            forms.FILLINGS_ABANDONED,
            forms.FORM_REFILLS,
        ),
    ),
    Family("Journeys", "Do people get through?", (journeys.CONVERSION, journeys.TIME_TO_CONVERT)),
    Family(
        "Answers",
        "What do people say?",
        (
            answers.NPS,
            answers.CUSTOMER_SATISFACTION,
            answers.CUSTOMER_EFFORT,
            answers.SINGLE_EASE,
            items.CUSTOMER_EFFORT_2010,
            items.REVIEW_RATING,
            items.RESOLVED_BY_SURVEY,
            scales.TOP_BOX,
            scales.TOP_TWO_BOX,
            scales.BOTTOM_TWO_BOX,
            scales.SATISFACTION_INDEX,
            scales.EFFORT_AGREEMENT,
            scales.EFFORT_NET,
            scales.LIKELIHOOD_TO_RECOMMEND,
            sentiment.NET_SENTIMENT,
            sentiment.NET_SENTIMENT_UNVALIDATED,
            consistency.CHANNEL_CONSISTENCY,
            consistency.CHANNEL_ICC,
            consistency.CHANNEL_GAP,
        ),
    ),
    Family("Questionnaires", "How is the product judged as a whole?", tuple(questionnaires.QUESTIONNAIRE_METRICS.values())),
    Family("Features", "Which features please, and which are taken for granted?", (kano.KANO_BETTER, kano.KANO_WORSE)),
    Family(
        "Activity",
        "Who is there, and how often?",
        (
            activity.ACTIVE_PEOPLE,
            activity.SIGNALS_PER_PERSON,
            activity.SESSIONS_PER_PERSON,
            activity.SESSION_TIME,
            stickiness.STICKINESS,
        ),
    ),
    Family(
        "Help",
        "Are people helped, and how soon?",
        (
            activity.CONTACT_RATE,
            contacts.FIRST_CONTACT_RESOLUTION,
            service.ONE_TOUCH_RESOLUTION,
            contacts.CONTACTS_PER_CASE,
            service.FIRST_RESPONSE_TIME,
            service.FIRST_RESPONSE_OPEN_TIME,
            service.RESPONSE_WAIT,
            service.ANSWERED_IN_TIME,
            contacts.RESOLUTION_TIME,
            service.RESOLUTION_OPEN_TIME,
            service.REOPEN_RATE,
            service.TRANSFER_RATE,
            service.CHANNEL_SWITCH_RATE,
            service.HANDOFF_FAILURE,
        ),
    ),
    Family(
        "Promises",
        "Does what was promised come in time, and how does waiting feel?",
        (
            promises.ON_TIME_DELIVERY,
            promises.PROMISE_DELAY,
            promises.DELIVERY_TIME,
            felt.WAIT_PERCEPTION_GAP,
            felt.WAIT_PERCEPTION_CORRELATION,
        ),
    ),
    Family(
        "Listening",
        "Do people answer, are they asked too much, and does somebody act on it?",
        (
            loyalty.RESPONSE_RATE,
            loyalty.SURVEYS_PER_PERSON,
            loyalty.SURVEY_FATIGUE,
            service.CLOSED_LOOP_RATE,
            service.CLOSED_LOOP_TIME,
        ),
    ),
    Family(
        "Loyalty",
        "Do people stay, and does their money?",
        (
            retention.DAY_1_RETENTION,
            retention.DAY_7_RETENTION,
            retention.DAY_30_RETENTION,
            retention.BRACKET_RETENTION,
            loyalty.REPEAT_PURCHASE_RATE,
            loyalty.REFERRAL_RATE,
            loyalty.ADVOCACY_RATE,
            recurring.CHURN,
            movements.VOLUNTARY_CHURN,
            movements.INVOLUNTARY_CHURN,
            revenue.CHURN_COUNTING_NEW,
        ),
    ),
    Family(
        "Money",
        "What does it cost, and what do people spend?",
        (
            costs.COST_TO_SERVE,
            costs.COST_PER_CONTACT,
            costs.COST_PER_CONVERSION,
            costs.AVERAGE_PRICE,
            costs.SPEND_PER_PERSON,
        ),
    ),
    Family(
        "Recurring revenue",
        "How much comes again, and what moves it?",
        (
            movements.RECURRING_REVENUE,
            movements.ANNUAL_RECURRING_REVENUE,
            movements.REVENUE_PER_CUSTOMER,
            movements.NEW_REVENUE,
            movements.EXPANSION_REVENUE,
            movements.CONTRACTION_REVENUE,
            movements.CHURNED_REVENUE,
            movements.REACTIVATED_REVENUE,
            revenue.GROSS_REVENUE_CHURN,
            revenue.NET_REVENUE_CHURN,
            movements.INVOLUNTARY_REVENUE_CHURN,
            revenue.GROSS_REVENUE_RETENTION,
            recurring.NET_REVENUE_RETENTION,
        ),
    ),
    Family(
        "Customer lifetime",
        "How long do customers stay, and what will they still be worth?",
        (survival.CUSTOMER_SURVIVAL, survival.CUSTOMER_HALF_LIFE, contracts.CONTRACT_LIFETIME, purchases.LIFETIME_VALUE),
    ),
)
_ALL = tuple(one for family in FAMILIES for one in family.metrics)
#: Metrics that are measured of a noun of the model, by name.
METRICS: Mapping[str, Metric[Any, Any]] = {one.name: one for one in _ALL if isinstance(one, Metric)}
#: Metrics that are measured of a query, by name.
QUERY_METRICS: Mapping[str, QueryMetric[Any]] = {one.name: one for one in _ALL if isinstance(one, QueryMetric)}
#: All metrics by name, in the order of the catalogue page.
CATALOGUE: Mapping[str, Metric[Any, Any] | QueryMetric[Any]] = {one.name: one for one in _ALL}
#: The family that a metric of the catalogue is in, by the metric's name.
FAMILY_OF: Mapping[str, Family] = {one.name: family for family in FAMILIES for one in family.metrics}

#: What a question's `metric` may say, and the metrics that read such questions. Items of a questionnaire are read together, once for
#: each of its scales.
QUESTION_METRICS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in answers.SCALES},
    "csat": ("customer_satisfaction",),
    "ces": ("customer_effort",),
    "seq": ("single_ease",),
    **questionnaires.SCALES_OF,
    "kano": ("kano_better", "kano_worse"),
}
#: What such a question may be: its scales as (lowest, highest), none = any; or, for items of a questionnaire, what checks them together.
QUESTION_SCALES: Mapping[str, Sequence[tuple[int, int]] | ItemCheck] = {
    **{short: answers.SCALES[names[0]] for short, names in QUESTION_METRICS.items() if names[0] in answers.SCALES},
    **{name: one.ends for name, one in QUESTIONNAIRES.items() if one.averaged and one.single},
    **{name: questionnaires.check_items(name) for name, one in QUESTIONNAIRES.items() if not one.single},
}


def told_metrics(short: str, items: Sequence[Question]) -> tuple[str, ...]:
    """The metrics to tell of questions whose `metric` says `short` and that are asked together; none where nothing reads them."""
    one = QUESTIONNAIRES.get(short)
    if one is not None and one.averaged:
        return questionnaires.told_scales(short, items)
    return QUESTION_METRICS.get(short, ())


def metric(name: str) -> Metric[Any, Any]:
    """The metric of this name that is measured of a noun of the model; raises Missing with the nearest name there is."""
    found = METRICS.get(name)
    if found is None:
        raise Missing(no_metric(name, METRICS))
    return found


def method_of(one: Definition) -> str:
    """How value and interval come about, in words."""
    return one.method or METHODS[one.interval].told


_OPENING = """# Metrics

Made from the definitions in `src/touchpath/metrics/`; a test holds this page to them.

Every number comes with its interval (95 % unless asked otherwise), with how many it rests on, and with warnings where care is due.
Too little data is *undefined*, never 0. Fewer than five people bring a warning. A change is told only when the whole interval of the
difference lies on one side; otherwise it is *no detectable change*. A published benchmark is spoken of only when the whole interval lies
in one of its bands; otherwise the verdict is *inconclusive*. Benchmarks that the field itself warns against are told without a verdict.

A metric of a **query** is measured once the model ties it to one, as in [metrics of the model](guide/model.md#metrics-of-your-own):
the catalogue has the meaning, the model says which signals it is read from.

| metric | asks | of | view | better |
|---|---|---|---|---|
"""


_NOT_HERE = """
## Not here, and why

| what | why it is no metric |
|---|---|
| how well a model of purchases (BG/NBD) or of renewals (sBG) foresees a later part of the past | It tells whether a projection is to be trusted, not how customers fare; it has no better direction and depends on where the past is cut. `touchpath.stats.lifetime_value.holdout` tells it for purchases (`docs/definitions/purchases.md`), and for renewals fit `touchpath.stats.shifted_beta_geometric` to the early periods and hold it against the later ones. |
| what will be: purchases, renewals or revenue to come as a number of a period | A projection is no reading: it would stand in charts beside what was counted. Lifetime value and contract lifetime, which are projections, say so and are told over a stated horizon. |
"""


def catalogue_page() -> str:
    """The catalogue as one Markdown page, as kept in docs/metrics.md."""
    rows = "".join(
        f"| [{one.title}](#{_anchor(one.title)}) | {one.asks} | {one.subject} | {one.discipline} | {one.better} |\n"
        for one in _ALL
    )
    return _OPENING + rows + "".join(map(_chapter, FAMILIES)) + _methods() + _NOT_HERE


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def _chapter(family: Family) -> str:
    return f"\n## {family.title}\n\n{family.asks}\n" + "".join(map(_section, family.metrics))


def _section(one: Metric[Any, Any] | QueryMetric[Any]) -> str:
    lines = [
        f"\n### {one.title}\n",
        f"`{one.name}`, version {one.version}: {one.asks}\n",
        f"- **Measured of**: {_measured_of(one)}. **Unit**: {one.unit}. **Scale**: {one.scale}. **Better**: {one.better}.",
        f"- **View**: {one.discipline}, {one.level}, {one.horizon}; {one.need}.",
        *([f"- **Also called**: {', '.join(also)}."] if (also := also_called(one.name)) else []),
        f"- **Definition**: {one.definition}",
        f"- **Formula**: {one.formula}",
        f"- **Value and interval**: {METHODS[one.interval].title}. {method_of(one)}",
        f"- **Source**: {one.source}.",
        f"- **Least number**: {one.minimum_n}.",
        *([f"- **Worth finding**: {worth_finding(one)}."] if one.worthwhile else []),
        *([f"- **Period**: one number speaks of one {one.each}."] if one.each else []),
        *(f"- **Benchmark**: {benchmark.told}" for benchmark in one.benchmarks),
        *([f"- **Licence**: {one.licence}"] if one.licence else []),
        *(f"- **Mind**: {caveat}" for caveat in one.caveats),
    ]
    return "\n".join(lines) + "\n"


def worth_finding(one: Definition) -> str:
    """The smallest difference that is worth finding, in words; "" where nobody chose one."""
    if one.worthwhile is None:
        return ""
    if one.unit == "share":
        return f"{one.worthwhile * 100:.3g} points"
    return f"{(one.worthwhile - 1) * 100:.3g} % longer" if one.unit == "seconds" else f"{one.worthwhile:.3g}"


def _measured_of(one: Metric[Any, Any] | QueryMetric[Any]) -> str:
    if isinstance(one, Metric):
        return one.subject
    return f"a `{one.query}` query" + "".join(f" with `{key}`{_one_of(values)}" for key, values in one.needs.items())


def _one_of(values: tuple[str, ...]) -> str:
    return f": {' or '.join(values)}" if values else ""


def _methods() -> str:
    rows = "".join(f"| {one.title} | {one.told} | {one.source} |\n" for one in METHODS.values())
    return f"\n## How intervals are made\n\n| method | why | source |\n|---|---|---|\n{rows}"
