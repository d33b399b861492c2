"""Use beside relationship: which of their metrics go together, chosen in a form whose state is the address."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput, Missing
from touchpath.model.time import Grain
from touchpath.services.associations import AssociationsAsked, AssociationsFound
from touchpath.services.pack import default_pack
from touchpath.services.results import MetricWords
from touchpath.web.access import NUMBERS
from touchpath.web.addresses import page
from touchpath.web.charts.scatter import draw_scatter
from touchpath.web.languages import gettext
from touchpath.web.pages.filters import PRESETS, FiltersDep
from touchpath.web.pages.parts import read_grain, show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
Words = Annotated[list[str] | None, Query(max_length=30)]
Choice = tuple[str, str]


@router.get("/w/{workspace}/associations", dependencies=[NUMBERS])
def show_associations(
    request: Request,
    platform: PlatformDep,
    filters: FiltersDep,
    ux: Words = None,
    cx: Words = None,
    by: Annotated[str, Query(max_length=200)] = "",
    every: Annotated[str, Query(max_length=10)] = "",
    lead: Annotated[int, Query(ge=0, le=100)] = 0,
) -> HTMLResponse:
    """A form to choose metrics and across what, and below it how they go together, or why nobody knows."""
    span = platform.span()
    chosen = {"UX": tuple(filter(None, dict.fromkeys(ux or ()))), "CX": tuple(filter(None, dict.fromkeys(cx or ())))}
    answer, fault = None, ""
    if span and all(chosen.values()) and (by or every):
        try:
            asked = AssociationsAsked(chosen["UX"], chosen["CX"], by, read_grain(every), lead)
            answer = platform.associations(asked, period=filters.within(span, platform.zone))
        except (BadInput, Missing) as wrong:
            fault = str(wrong)
    return show_page(
        "associations.html",
        request,
        platform=platform,
        section="associations",
        filters=filters,
        presets=PRESETS,
        span=span,
        sides=choices(platform),
        dimensions=[(one.id, one.title) for one in platform.experience().dimensions],
        everies=[(one, one) for one in get_args(Grain)],
        leads=[(one, str(one)) for one in range(7)],
        form={"UX": chosen["UX"], "CX": chosen["CX"], "by": by, "every": every, "lead": lead},
        answer=answer,
        fault=fault,
        charts=[draw_scatter(answer, one, platform.zone, f"scatter-{at}") for at, one in enumerate(answer.pairs) if one.spots]
        if answer
        else [],
        untold=[one.sentence(answer.across, answer.confidence) for one in answer.pairs if not one.spots] if answer else [],
        again=again(platform.name, answer) if answer else {},
    )


def choices(platform: PlatformProtocol) -> dict[str, list[Choice]]:
    """All that the model can be measured by, metrics of use apart from those of the relationship."""
    words = {one.id: one for one in platform.metrics()}
    asks = [(metric, subject) for metric, subject in default_pack(platform.experience()) if metric in words]
    return {
        side: [_choice(platform, words[metric], subject) for metric, subject in asks if words[metric].discipline == side]
        for side in ("UX", "CX")
    }


def _choice(platform: PlatformProtocol, words: MetricWords, subject: str) -> Choice:
    name = f"{words.id}:{subject}" if subject else words.id
    title = gettext(words.title)
    return name, f"{title}, {subject_title(platform.experience(), subject)}" if subject else title


def again(workspace: str, answer: AssociationsFound) -> dict[str, str]:
    """The same in Python, in a terminal and for programs."""
    asked, period = answer.asked, answer.period
    across = f"by={asked.by!r}" if asked.by else f"every={asked.every!r}, lead={asked.lead}"
    words = [f"--ux {one}" for one in asked.ux] + [f"--cx {one}" for one in asked.cx]
    words.append(f"--by {asked.by}" if asked.by else f"--every {asked.every} --lead {asked.lead}")
    base = page(
        "api", "v1", "workspaces", workspace, "associations", by=asked.by, every=asked.every, lead=asked.lead or "",
        start=period.start.isoformat(), end=period.end.isoformat(),
    )  # fmt: skip
    named = [page("", ux=one).partition("?")[2] for one in asked.ux] + [page("", cx=one).partition("?")[2] for one in asked.cx]
    return {
        "In Python": "\n".join(
            (
                "import touchpath",
                "",
                'space = touchpath.open("FOLDER")',
                f"found = space.associations({list(asked.ux)!r}, {list(asked.cx)!r}, {across})",
            )
        ),
        "In a terminal": f"touchpath associations {' '.join(words)} --folder FOLDER",
        "For programs": "&".join((base, *named)),
    }
