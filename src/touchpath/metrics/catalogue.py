"""Every metric by name, and the page that tells them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from touchpath.metrics import activity, answers, journeys, questionnaires, tasks
from touchpath.metrics.metric import Metric
from touchpath.model.errors import Missing, unknown

_ALL: tuple[Metric[Any, Any], ...] = (
    tasks.TASK_SUCCESS,
    tasks.TASK_TIME,
    tasks.TASK_ERRORS,
    tasks.TASK_ABANDONMENT,
    journeys.CONVERSION,
    journeys.TIME_TO_CONVERT,
    answers.NPS,
    answers.CUSTOMER_SATISFACTION,
    answers.CUSTOMER_EFFORT,
    answers.SINGLE_EASE,
    questionnaires.SUS,
    activity.ACTIVE_PEOPLE,
    activity.SIGNALS_PER_PERSON,
    activity.CONTACT_RATE,
    activity.SESSIONS_PER_PERSON,
    activity.SESSION_TIME,
)
#: All metrics by name, in the order of the catalogue page.
CATALOGUE: Mapping[str, Metric[Any, Any]] = {one.name: one for one in _ALL}

#: What a question's `metric` may say, and the metric that reads such a question. Items of a questionnaire are read together.
QUESTION_METRICS: Mapping[str, str] = {one.name: one.name for one in _ALL if one.subject in ("question", "questionnaire")} | {
    "csat": "customer_satisfaction",
    "ces": "customer_effort",
    "seq": "single_ease",
}
#: The scales, as (lowest, highest), on which a question may be that says so; none = any scale.
QUESTION_SCALES: Mapping[str, Sequence[tuple[int, int]]] = {
    short: answers.SCALES.get(name, ()) for short, name in QUESTION_METRICS.items()
}


def metric(name: str) -> Metric[Any, Any]:
    """The metric with this name; raises Missing with the nearest name there is."""
    found = CATALOGUE.get(name)
    if found is None:
        raise Missing(unknown("metric", name, CATALOGUE))
    return found


_OPENING = """# Metrics

Made from the definitions in `src/touchpath/metrics/`; a test holds this page to them.

Every number comes with its interval (95 % unless asked otherwise), with how many it rests on, and with warnings where care is due.
Too little data is *undefined*, never 0. Fewer than five people bring a warning. A change is told only when the whole interval of the
difference lies on one side; otherwise it is *no detectable change*. Nobody is graded against an outside benchmark.

| metric | asks | of | view | better |
|---|---|---|---|---|
"""


def catalogue_page() -> str:
    """The catalogue as one Markdown page, as kept in docs/metrics.md."""
    rows = "".join(
        f"| [{one.title}](#{_anchor(one.title)}) | {one.asks} | {one.subject} | {one.discipline} | {one.better} |\n"
        for one in _ALL
    )
    return _OPENING + rows + "".join(_section(one) for one in _ALL)


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def _section(one: Metric[Any, Any]) -> str:
    lines = [
        f"\n## {one.title}\n",
        f"`{one.name}`: {one.asks}\n",
        f"- **Measured of**: {one.subject}. **Unit**: {one.unit}. **Better**: {one.better}.",
        f"- **View**: {one.discipline}, {one.level}, {one.horizon}; {one.need}.",
        f"- **Definition**: {one.definition}",
        f"- **Value and interval**: {one.method}",
        f"- **Source**: {one.source}.",
        f"- **Least number of people**: {one.minimum_n}.",
        *(f"- **Mind**: {caveat}" for caveat in one.caveats),
    ]
    return "\n".join(lines) + "\n"
