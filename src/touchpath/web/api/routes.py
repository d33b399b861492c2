"""Addresses under /api/v1: what pages show, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from touchpath.model.spans import parse_span
from touchpath.model.time import Grain
from touchpath.web.access import ASK, CATALOGUE, NUMBERS, PEOPLE, Action, check_clear, may
from touchpath.web.api import (
    accounts,
    associations,
    behind,
    catalogue,
    comparing,
    connections,
    drivers,
    effect,
    identity,
    imports,
    live,
    me,
    news,
    outside,
    own_boards,
    privacy,
    quarantine,
    segments,
)
from touchpath.web.api.asking import (
    LONGEST_QUERY,
    QUERY_BODY,
    AnswerOut,
    ExplainedOut,
    FailedOut,
    QueryOut,
    answer_body,
    read_query,
)
from touchpath.web.api.confidence import Confidence
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import MeasurementOut, MetricOut, WeightParam
from touchpath.web.api.queries import FunnelOut, PathsOut, TaskAnswerOut, TaskOut
from touchpath.web.api.responses import ResponsesOut
from touchpath.web.api.shapes import (
    JourneyMapOut,
    JourneyOut,
    KindOut,
    MatchRateOut,
    OverviewOut,
    PersonHitOut,
    PersonOut,
    WorkspaceOut,
)
from touchpath.web.platform import PlatformDep, find_metric, without_verbatims


class ProblemOut(BaseModel):
    """What every failure looks like (RFC 9457). `code` is stable and meant for programs, `detail` for people."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str = Field(examples=["No metric is called 'csat'. There are: customer_satisfaction, nps."])
    code: str = Field(examples=["missing"])
    instance: str


_PROBLEM = {"model": ProblemOut, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}
router = APIRouter(
    prefix="/api/v1",
    responses={
        400: {**_PROBLEM, "description": "What came cannot be used as it is."},
        403: {**_PROBLEM, "description": "You may not do this."},
        404: {**_PROBLEM, "description": "There is no such thing here."},
        422: {**_PROBLEM, "description": "Never sent; faults in parameters are answered with 400."},
        503: {**_PROBLEM, "description": "Not available just now; worth trying again."},
    },
)

Clear = Annotated[bool, Query(description="With the personal details that stand in people's words.")]
ClearValues = Annotated[bool, Query(description="With the personal details that stand in values of properties.")]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=200)]


@router.get("/workspaces", dependencies=[CATALOGUE])
def list_workspaces(request: Request) -> list[WorkspaceOut]:
    """All workspaces."""
    return [WorkspaceOut.of(platform) for platform in request.app.state.workspaces.values()]


@router.get("/workspaces/{workspace}", dependencies=[CATALOGUE])
def read_workspace(platform: PlatformDep) -> WorkspaceOut:
    """One workspace, and from when to when its signals reach."""
    return WorkspaceOut.of(platform)


@router.get("/workspaces/{workspace}/overview", dependencies=[NUMBERS])
def read_overview(platform: PlatformDep) -> OverviewOut:
    """UX and CX numbers side by side, per product and journey."""
    return OverviewOut.of(platform.overview())


@router.get("/workspaces/{workspace}/match-rate", dependencies=[NUMBERS])
def read_match_rate(platform: PlatformDep) -> MatchRateOut:
    """How many people the sources know as one, and where the gaps are."""
    return MatchRateOut.of(platform.match_rate())


@router.get("/workspaces/{workspace}/journeys", dependencies=[CATALOGUE])
def list_journeys(platform: PlatformDep) -> list[JourneyOut]:
    """The designed journeys."""
    return [JourneyOut.of(journey) for journey in platform.experience().journeys]


@router.get("/workspaces/{workspace}/journeys/{journey}/map", dependencies=[NUMBERS])
def read_journey_map(
    request: Request,
    journey: str,
    platform: PlatformDep,
    start: Moment = "",
    end: Moment = "",
    by: Annotated[str, Query(max_length=200, description="A dimension's id; needs `segment`.")] = "",
    segment: Annotated[str, Query(max_length=500, description="One value of the dimension.")] = "",
    persona: Annotated[str, Query(max_length=100, description="Only people of this persona.")] = "",
    role: Annotated[str, Query(max_length=100, description="Only people with this role.")] = "",
    clear: Clear = False,
) -> JourneyMapOut:
    """A designed journey with what was observed at each step. Verbatims only for those who may read people."""
    period, clear = read_period(platform, start, end), check_clear(request, clear)
    shown = platform.journey_map(journey, period=period, by=by, segment=segment, persona=persona, role=role, clear=clear)
    return JourneyMapOut.of(shown if may(request, Action.READ_PEOPLE) else without_verbatims(shown))


@router.get("/workspaces/{workspace}/measure", dependencies=[NUMBERS])
def read_measure(
    platform: PlatformDep,
    metric: Annotated[str, Query(max_length=200)],
    subject: Annotated[str, Query(max_length=200, description="The task, question or journey; see the metric's `subject`.")] = "",
    by: Annotated[str, Query(max_length=200, description="A dimension's id, or persona, role, status, linked.")] = "",
    grain: Grain | None = None,
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
    weight: WeightParam = "",
) -> MeasurementOut:
    """One metric of one subject: whole, by period and by segment, each with its interval."""
    period = read_period(platform, start, end)
    found = platform.measure(metric, subject, by=by, grain=grain, period=period, confidence=confidence, weight=weight)
    return MeasurementOut.of(found)


@router.get("/workspaces/{workspace}/responses", dependencies=[NUMBERS])
def read_responses(
    platform: PlatformDep,
    question: Annotated[str, Query(max_length=200, description="A question of the model.")],
    by: Annotated[str, Query(max_length=200, description="A dimension's id.")] = "",
    window: Annotated[str, Query(max_length=40, description="How long after the asking an answer counts, as in 14d.")] = "30d",
    start: Moment = "",
    end: Moment = "",
) -> ResponsesOut:
    """Who was asked a question, saw it and answered, by segment, and its number with the segments of the asked."""
    period = read_period(platform, start, end)
    return ResponsesOut.of(platform.responses(question, by=by, period=period, window=parse_span(window)))


@router.get("/workspaces/{workspace}/measure-all", dependencies=[NUMBERS])
def read_measure_all(
    platform: PlatformDep,
    by: Annotated[str, Query(max_length=200, description="A dimension's id, or persona, role, status, linked.")] = "",
    grain: Grain | None = None,
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
    weight: WeightParam = "",
) -> list[MeasurementOut]:
    """All that the model can be measured by, read together. A metric that cannot be measured says why in its place."""
    period = read_period(platform, start, end)
    found = platform.measure_all(by=by, grain=grain, period=period, confidence=confidence, weight=weight)
    return [MeasurementOut.of(one) for one in found.measurements]


@router.get("/workspaces/{workspace}/funnel", dependencies=[NUMBERS])
def read_funnel(
    platform: PlatformDep,
    step: Annotated[list[Kind], Query(min_length=1, description="A kind of signal; once per step, in order.")],
    window: Annotated[str, Query(max_length=40, description="Time from entry to the last step, as in 7d or 30m.")] = "7d",
    by: Annotated[str, Query(max_length=200, description="A dimension's id.")] = "",
    grain: Grain | None = None,
    start: Moment = "",
    end: Moment = "",
    reentry: Annotated[bool, Query(description="Whether a person's later entries count; false = the first one only.")] = True,
    same: Annotated[str, Query(max_length=200, description="Hold the steps to one object of this kind.")] = "",
) -> FunnelOut:
    """How many people go from step to step, in order, within a window from entry."""
    period = read_period(platform, start, end)
    answer = platform.funnel(step, window=window, by=by, grain=grain, period=period, reentry=reentry, same=same)
    return FunnelOut.of(answer)


@router.get("/workspaces/{workspace}/queries", dependencies=[CATALOGUE])
def list_queries(platform: PlatformDep) -> list[QueryOut]:
    """Every query that can be asked, and the keys of its document."""
    return [QueryOut.of(words) for words in platform.queries()]


@router.get("/workspaces/{workspace}/ask", dependencies=[ASK])
def read_answer(
    request: Request,
    platform: PlatformDep,
    query: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY, description="The query's document, as JSON or YAML.")],
    clear: ClearValues = False,
) -> AnswerOut:
    """The answer to any query, in tables; an address that can be shared."""
    return AnswerOut.of(platform.ask(query, clear=check_clear(request, clear)))


@router.post("/workspaces/{workspace}/ask", dependencies=[ASK], openapi_extra=QUERY_BODY)
async def ask_query(
    request: Request, platform: PlatformDep, clear: ClearValues = False
) -> AnswerOut | list[AnswerOut | FailedOut]:
    """The same for a query in the body (JSON or YAML, up to a million bytes), or for a list of queries, which are read together."""
    clear, query = check_clear(request, clear), await read_query(request)
    return await run_in_threadpool(answer_body, platform, query, clear)


@router.get("/workspaces/{workspace}/explain", dependencies=[ASK])
def explain_query(
    platform: PlatformDep,
    query: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY, description="The query's document, as JSON or YAML.")],
    run: Annotated[bool, Query(description="Ask it too, and tell what that cost.")] = False,
) -> ExplainedOut:
    """What a query would do and read, before it does it."""
    return ExplainedOut.of(platform.explain(query, run=run))


@router.post("/workspaces/{workspace}/explain", dependencies=[ASK], openapi_extra=QUERY_BODY)
async def explain_body(
    request: Request,
    platform: PlatformDep,
    run: Annotated[bool, Query(description="Ask it too, and tell what that cost.")] = False,
) -> ExplainedOut:
    """The same for a query in the body: JSON or YAML, up to a million bytes."""
    query = await read_query(request)
    return ExplainedOut.of(await run_in_threadpool(partial(platform.explain, query, run=run)))


@router.get("/workspaces/{workspace}/tasks", dependencies=[CATALOGUE])
def list_tasks(platform: PlatformDep) -> list[TaskOut]:
    """The tasks of the model."""
    return [TaskOut.of(task) for task in platform.experience().tasks]


@router.get("/workspaces/{workspace}/tasks/{task}", dependencies=[NUMBERS])
def read_task(task: str, platform: PlatformDep, start: Moment = "", end: Moment = "") -> TaskAnswerOut:
    """How attempts at one task went: success, time, errors, abandonment, learning."""
    return TaskAnswerOut.of(platform.task(task, period=read_period(platform, start, end)))


@router.get("/workspaces/{workspace}/paths", dependencies=[NUMBERS])
def read_paths(
    platform: PlatformDep,
    journey: Annotated[str, Query(max_length=200, description="Only between the steps of this journey.")] = "",
    top: Annotated[int, Query(ge=1, le=1_000, description="How many of the commonest moves.")] = 30,
    start: Moment = "",
    end: Moment = "",
) -> PathsOut:
    """What directly follows what, how often and how fast."""
    return PathsOut.of(platform.paths(journey=journey, period=read_period(platform, start, end), top=top))


@router.get("/workspaces/{workspace}/metrics", dependencies=[CATALOGUE])
def list_metrics(platform: PlatformDep) -> list[MetricOut]:
    """All metrics, in words."""
    return [MetricOut.of(words) for words in platform.metrics()]


@router.get("/workspaces/{workspace}/metrics/{metric}", dependencies=[CATALOGUE])
def read_metric(metric: str, platform: PlatformDep) -> MetricOut:
    """One metric's definition, method, source and caveats."""
    return MetricOut.of(find_metric(platform, metric))


@router.get("/workspaces/{workspace}/people", dependencies=[PEOPLE])
def find_people(
    platform: PlatformDep,
    q: Annotated[str, Query(min_length=1, max_length=200, description="A part of an id, or words that somebody wrote.")],
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[PersonHitOut]:
    """People whose id, or one of whose signals, fits the search."""
    return [PersonHitOut.of(hit) for hit in platform.find_people(q, limit)]


@router.get("/workspaces/{workspace}/people/{actor:path}", dependencies=[PEOPLE])
def read_person(
    request: Request,
    actor: str,
    platform: PlatformDep,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=5_000)] = 200,
    start: Annotated[int, Query(ge=0, le=100_000_000, description="So many newer signals come before.")] = 0,
    kind: Annotated[str, Query(max_length=200, description="Only signals of it; friction = moments of friction.")] = "",
    since: Moment = "",
    until: Moment = "",
    clear: Clear = False,
) -> PersonOut:
    """One person's timeline across all silos, newest first, a part at a time; only signals from since until before until, where these are given."""
    clear, within = check_clear(request, clear), read_period(platform, since, until)
    found = platform.person(actor, search=search, limit=limit, start=start, kind=kind, clear=clear, within=within)
    return PersonOut.of(found)


@router.get("/workspaces/{workspace}/kinds", dependencies=[CATALOGUE])
def list_kinds(platform: PlatformDep) -> list[KindOut]:
    """Kinds of signals seen, and what reads them."""
    return [KindOut.of(kind) for kind in platform.kinds()]


for part in (
    identity,
    imports,
    live,
    news,
    privacy,
    quarantine,
    catalogue,
    connections,
    outside,
    own_boards,
    behind,
    comparing,
    drivers,
    effect,
    associations,
    accounts,
    segments,
    me,
):
    router.include_router(part.router)
