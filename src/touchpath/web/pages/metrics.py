"""Metrics: the catalogue, and what every number opens to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period
from touchpath.services.metric_targets import KeptTarget
from touchpath.services.parties import LINKED, PERSONA, ROLE, STATUS
from touchpath.services.responses import Responses
from touchpath.services.results import Measurement, MetricWords, Reading
from touchpath.services.subjects import questionnaires_of, reads
from touchpath.web.access import CATALOGUE, NUMBERS
from touchpath.web.addresses import Addresses
from touchpath.web.benchmarks import published, tell_verdict
from touchpath.web.carried import carried_by
from touchpath.web.charts import Figure, draw_segments, draw_trend
from touchpath.web.charts.trend import Event
from touchpath.web.languages import _
from touchpath.web.pages.aims import events_of, target_of
from touchpath.web.pages.compared import COLUMNS, COURSE_COLUMNS, MIX_COLUMNS, show_comparison, show_course
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.openings import Openings
from touchpath.web.pages.parts import question_ends, read_grain, show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol, find_metric

router = APIRouter(include_in_schema=False)
Choice = tuple[str, str]


@router.get("/w/{workspace}/metrics", dependencies=[CATALOGUE])
def show_metrics(request: Request, platform: PlatformDep) -> HTMLResponse:
    """All metrics, UX and CX, by family; the model's own first."""
    words = platform.metrics()
    groups = [(discipline, by_family([one for one in words if one.discipline == discipline])) for discipline in ("UX", "CX")]
    tied = {one.metric for one in platform.experience().metrics}
    waiting = {one.id for one in words if is_untied(one) and one.id not in tied}
    return show_page("metrics.html", request, platform=platform, section="metrics", groups=groups, waiting=waiting)


def by_family(words: Sequence[MetricWords]) -> list[tuple[str, list[MetricWords]]]:
    """Metrics under the names of their families, the model's own under "" first, the others in the catalogue's order."""
    families = dict.fromkeys(one.family for one in words)
    return [(family, [one for one in words if one.family == family]) for family in sorted(families, key=bool)]


@router.get("/w/{workspace}/metrics/{metric}", dependencies=[NUMBERS])
def show_metric(
    request: Request,
    metric: str,
    platform: PlatformDep,
    filters: FiltersDep,
    subject: Annotated[str, Query(max_length=200)] = "",
    grain: Annotated[str, Query(max_length=10)] = "",
    by: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """One metric: definition, method, source, caveats; of a subject also its value, its trend and its segments."""
    words = find_metric(platform, metric)
    experience, span = platform.experience(), platform.span()
    period, subjects = filters.within(span, platform.zone), subjects_of(experience, words)
    if not subject and len(subjects) == 1 and needs_subject(words):
        subject = subjects[0][0]  # Nothing to choose from.
    measurable = bool(span) and bool(subject or not needs_subject(words))
    chosen = read_grain(grain) or (fitting_grain(period or span) if span else "month")
    trend = platform.measure(metric, subject, grain=chosen, period=period) if measurable else None
    cut = platform.measure(metric, subject, by=by, period=period) if measurable and by else None
    aim = target_of(platform, metric, subject)
    dimensions = [*((one.id, one.title) for one in experience.dimensions), *parties(experience)]
    opens = Openings(Addresses(platform.name), metric, subject)
    return show_page(
        "metric.html",
        request,
        platform=platform,
        section="metrics",
        follows=True,
        crumbs=((_("Metrics"), Addresses(platform.name, carried_by(request)).metrics),),
        words=words,
        published=published,
        tell_verdict=tell_verdict,
        filters=filters,
        bar=filter_bar(request, platform, filters, ("period",), own=("subject", "grain", "by")),
        span=span,
        subject=subject,
        subject_title=subject_title(experience, subject) if subject else "",
        subjects=subjects,
        grain=chosen,
        grains=get_args(Grain),
        by=by,
        dimensions=dimensions,
        by_title=dict(dimensions).get(by, by),
        comparison=show_comparison(platform, metric, subject, by, chosen, period, opens) if cut else None,
        course=show_course(platform, metric, subject, chosen, period, by) if trend else None,
        columns=COLUMNS,
        mix_columns=MIX_COLUMNS,
        course_columns=COURSE_COLUMNS,
        trend=trend,
        unfinished=trend is not None and any(not one.complete for one in timed(trend)),
        ends=question_ends(experience),
        history=platform.metric_history(metric, subject),
        figures=figures_of(trend, cut, chosen, platform.zone, by, opens, aim, events_of(platform)),
        aim=aim,
        responses=responses_of(platform, words, subject, by, period) if trend else None,
    )


def responses_of(
    platform: PlatformProtocol, words: MetricWords, subject: str, by: str, period: Period | None
) -> Responses | None:
    """Who stands behind the number of a question, by the dimension that it is compared by; None for anything that is not asked."""
    if words.subject != "question":
        return None
    segments = by if any(one.id == by for one in platform.experience().dimensions) else ""
    return platform.responses(subject, by=segments, period=period)


def parties(experience: Experience) -> list[Choice]:
    """What numbers can be cut by besides dimensions, as (id, title)."""
    personas = [(PERSONA, _("Persona (people may fit several)"))] if experience.personas else []
    roles = [(ROLE, _("Role (people may have several)"))] if experience.roles else []
    status = [(STATUS, _("Customer status at the end"))] if experience.lifecycle else []
    return [*personas, *roles, *status, (LINKED, _("Known to one source or several"))]


def figures_of(
    trend: Measurement | None,
    cut: Measurement | None,
    grain: str,
    zone: str,
    by: str,
    opens: Openings,
    aim: KeptTarget | None = None,
    events: Sequence[Event] = (),
) -> Sequence[Figure]:
    """Charts for what was measured, each number of their tables opening; a trend needs two periods, a comparison a segment."""
    figures = []
    if trend and len(timed(trend)) > 1:
        drawn = draw_trend(trend, timed(trend), grain, zone, target=aim.target.value if aim else None, events=events)
        figures.append(opens.periods(drawn, timed(trend)))
    segments = [reading for reading in cut.readings if reading.segment] if cut else []
    if cut and segments:
        figures.append(opens.segments(draw_segments(cut, segments), cut.period, by))
    return figures


def timed(measurement: Measurement) -> list[Reading]:
    """Readings period by period, for everybody."""
    return [reading for reading in measurement.readings if reading.period is not None and not reading.segment]


def needs_subject(words: MetricWords) -> bool:
    """Whether a metric is always the metric of something."""
    return words.subject in ("task", "question", "journey", "questionnaire") or is_untied(words)


def is_untied(words: MetricWords) -> bool:
    """Whether it is the catalogue's metric of a query, which the model ties to its own signals under names of its own."""
    return words.subject == "query" and bool(words.family)


def subjects_of(experience: Experience, words: MetricWords) -> list[Choice]:
    """What a metric can be measured of, as (id, title)."""
    if words.subject == "task":
        return [(one.id, one.title) for one in experience.tasks]
    if words.subject == "question":
        return [(one.id, one.title) for one in experience.questions if reads(words.id, one)]
    if words.subject == "journey":
        return [(one.id, one.title) for one in experience.journeys]
    if words.subject == "questionnaire":
        return [(id, id.upper()) for id in questionnaires_of(experience, words.id)]
    if is_untied(words):
        return [(one.id, one.title) for one in experience.metrics if one.metric == words.id]
    return []


def fitting_grain(span: Period) -> Grain:
    """A grain that makes about 8 to 40 points of a period."""
    days = (span.end - span.start).days
    for grain, longest in (("day", 28), ("week", 280), ("month", 1_300)):
        if days <= longest:
            return grain  # type: ignore[return-value]
    return "quarter"
