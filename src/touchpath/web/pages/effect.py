"""The effect of a change: metric, day and who got it, chosen in a form whose state is the address."""

from __future__ import annotations

from typing import Annotated, cast, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Undefined
from touchpath.services.effect_found import Design, EffectAsked, EffectFound
from touchpath.services.periods_around import Every
from touchpath.timelines.cut import NONE, OTHER
from touchpath.web.access import NUMBERS
from touchpath.web.addresses import page
from touchpath.web.charts.effect import draw_effect
from touchpath.web.languages import N_, _, gettext
from touchpath.web.numbers import THIN, show_period, signed
from touchpath.web.pages.filters import PRESETS, FiltersDep, midnight
from touchpath.web.pages.metrics import subjects_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol, find_metric

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Query(max_length=200)]
DESIGNS = {"": N_("As the units allow"), "units": N_("Units beside units"), "series": N_("One series beside another")}
GAP_COLUMNS = (N_("Period"), N_("Gap"), N_("Interval"))


@router.get("/w/{workspace}/effect", dependencies=[NUMBERS])
def show_effect(
    request: Request,
    platform: PlatformDep,
    filters: FiltersDep,
    metric: Word = "",
    subject: Word = "",
    since: Annotated[str, Query(max_length=20)] = "",
    every: Annotated[str, Query(max_length=10)] = "week",
    by: Word = "",
    treated: Annotated[list[str] | None, Query(max_length=64)] = None,
    design: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """A form to choose what changed and when, and below it what was found, or why nothing was."""
    span, experience = platform.span(), platform.experience()
    words = find_metric(platform, metric) if metric else None
    subjects = subjects_of(experience, words) if words else []
    ready = span and words and since and (subject or not subjects) and (treated or not by)
    answer, fault = None, ""
    if ready:
        chosen = subject, cast(Every, every), by, tuple(treated or ()), cast(Design, design)
        try:
            asked = EffectAsked(metric, midnight(since, platform.zone), *chosen)
            answer = platform.effect(asked, period=filters.within(span, platform.zone))
        except (BadInput, Missing) as wrong:
            fault = str(wrong)
    told = answer is not None and not isinstance(answer.found, Undefined)
    return show_page(
        "effect.html",
        request,
        platform=platform,
        section="effect",
        filters=filters,
        presets=PRESETS,
        span=span,
        metrics=[(one.id, gettext(one.title)) for one in platform.metrics()],
        subjects=subjects,
        dimensions=[(one.id, one.title) for one in experience.dimensions],
        segments=units_of(platform, by) if span and any(one.id == by for one in experience.dimensions) else (),
        everies=[(one, one) for one in get_args(Every)],
        designs={name: _(words) for name, words in DESIGNS.items()},
        form={
            "metric": metric,
            "subject": subject,
            "since": since,
            "every": every,
            "by": by,
            "treated": treated or [],
            "design": design,
        },
        answer=answer,
        fault=fault,
        chart=draw_effect(answer) if answer and told and answer.points else None,
        gap_columns=[_(one) for one in GAP_COLUMNS],
        gaps=gap_rows(answer) if answer and told else (),
        again=again(platform.name, answer) if answer else {},
    )


def units_of(platform: PlatformProtocol, by: str) -> list[str]:
    """The segments that may have got a change: not those of whom nobody knows theirs, nor the many thrown together."""
    return [one for one in platform.segments(by) if one not in (NONE, OTHER)]


def gap_rows(answer: EffectFound) -> list[tuple[str, str, str]]:
    """The gaps to the course before, or between the groups, in cells."""
    found = answer.found
    assert not isinstance(found, Undefined)
    share = answer.metric.unit == "share"

    def text(value: float) -> str:
        return f"{signed(value * (100 if share else 1), 2)}{THIN + _('pts') if share else ''}"

    gaps = found.course if hasattr(found, "course") else found.gaps
    places = [one.period if hasattr(one, "period") else one.at - 1 for one in gaps]
    return [
        (
            show_period(answer.points[place].period, answer.zone),
            text(one.gap),
            _("%(low)s to %(high)s", low=text(one.limits.low), high=text(one.limits.high)) if one.limits else "",
        )
        for place, one in zip(places, gaps, strict=True)
    ]


def again(workspace: str, answer: EffectFound) -> dict[str, str]:
    """The same in Python, in a terminal and for programs."""
    asked = answer.asked
    base = page(
        "api", "v1", "workspaces", workspace, "effect", metric=asked.metric, subject=asked.subject, since=answer.day, every=asked.every,
        by=asked.by, design=asked.design,
    )  # fmt: skip
    chosen = "".join("&" + page("", treated=one).partition("?")[2] for one in asked.treated)
    words = [asked.metric, *([asked.subject] if asked.subject else []), "--since", answer.day, "--every", asked.every]
    words += ["--by", asked.by] if asked.by else []
    words += [f"--treated {one!r}" for one in asked.treated]
    words += ["--design", asked.design] if asked.design else []
    return {
        "In Python": "\n".join(
            (
                "import touchpath",
                "from datetime import date",
                "",
                'space = touchpath.open("FOLDER")',
                f"found = space.effect({asked.metric!r}, date.fromisoformat({answer.day!r}), {asked.subject!r}, every={asked.every!r}, by={asked.by!r}, "
                f"treated={list(asked.treated)!r}, design={asked.design!r})",
            )
        ),
        "In a terminal": f"touchpath effect {' '.join(words)} --folder FOLDER",
        "For programs": base + chosen,
    }
