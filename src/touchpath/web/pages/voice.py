"""Voice: what people say in their own words, and the scores of questions over time with what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.time import Period
from touchpath.services.subjects import asked
from touchpath.services.voice import SENTIMENTS, VoiceAsked
from touchpath.web.access import NUMBERS, Action, check_clear, may
from touchpath.web.charts import Figure, draw_trend
from touchpath.web.languages import N_, _
from touchpath.web.pages.aims import events_of, target_of
from touchpath.web.pages.explore import query_address
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar
from touchpath.web.pages.metrics import fitting_grain, timed
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
SHOWN, MOST = 40, 400
#: So many scores are drawn while no question is chosen.
SCORES = 2
WORDS = {"positive": N_("positive"), "neutral": N_("neutral"), "negative": N_("negative")}
#: So many kinds of signals can be chosen, the most frequent ones.
MOST_DEEDS = 300
Word = Annotated[str, Query(max_length=200)]


@router.get("/w/{workspace}/voice", dependencies=[NUMBERS])
def show_voice(
    request: Request, platform: PlatformDep, filters: FiltersDep, question: Word = "", q: Word = "", sentiment: Word = "", did: Word = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = SHOWN, clear: bool = False,
) -> HTMLResponse:  # fmt: skip
    """Texts for those who may see people, scores for everybody who may see numbers."""
    span, allowed = platform.span(), may(request, Action.READ_PEOPLE)
    period = filters.within(span, platform.zone)
    wanted = VoiceAsked(question, q.strip(), sentiment, period, did)
    voice = platform.voice(wanted, limit=limit, clear=check_clear(request, clear)) if span and allowed else None
    return show_page(
        "voice.html",
        request,
        platform=platform,
        section="voice",
        span=span,
        bar=filter_bar(request, platform, filters, ("period",), own=("question", "q", "sentiment", "did")),
        questions=[(one.id, one.title) for one in platform.experience().questions if one.item == 0],
        sentiments=[(name, _(WORDS[name])) for name in SENTIMENTS],
        deeds=deeds(platform, did),
        did=did,
        who=people_who_left(platform.name, did, filters),
        question=question,
        q=q,
        sentiment=sentiment,
        voice=voice,
        allowed=allowed,
        older=min(MOST, 2 * limit) if voice and voice.more and limit < MOST else 0,
        figures=tuple(scores(platform, question, period)) if span and not did else (),
    )


def deeds(platform: PlatformProtocol, chosen: str) -> list[str]:
    """Kinds of signals by name: the most frequent ones, and the one that is chosen."""
    frequent = sorted(platform.kinds(), key=lambda one: -one.signals)[:MOST_DEEDS]
    return sorted({one.kind for one in frequent} | ({chosen} if chosen else set()))


def people_who_left(workspace: str, kind: str, filters: Filters) -> str:
    """The list of people who left a kind of signal in the period of the page."""
    period = {name: getattr(filters, name) for name in ("period", "start", "end") if getattr(filters, name)}
    return query_address(workspace, "volume/people", {"q.of.0": kind, "outcome": "did", **period})


def scores(platform: PlatformProtocol, question: str, period: Period | None) -> Iterator[Figure]:
    """The scores of one question over time, or of the first ones."""
    experience, events, span = platform.experience(), events_of(platform), period or platform.span()
    ids = [one.id for one in experience.questions if one.item == 0 and question in ("", one.id)]
    grain = fitting_grain(span) if span else "month"
    for id in ids[:SCORES]:
        metric, subject = asked(experience, [id])[0]
        measured = platform.measure(metric, subject, grain=grain, period=period)
        readings, aim = timed(measured), target_of(platform, metric, subject)
        if len(readings) > 1:
            goal = aim.target.value if aim else None
            yield draw_trend(measured, readings, grain, platform.zone, target=goal, events=events, id=f"score-{id}")
