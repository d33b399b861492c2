"""Made-up estimates, and the words of the metrics that have them."""

from __future__ import annotations

from touchpath.model.estimate import Estimate
from touchpath.services.results import MetricWords


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
