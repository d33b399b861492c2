"""Key drivers: which answers and deeds go together with an outcome, chosen in a form whose state is the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput
from touchpath.model.spans import parse_span, show_span
from touchpath.services.drivers import DriversAsked, KeyDrivers, Method
from touchpath.services.items import items_of
from touchpath.stats.drivers import Drivers
from touchpath.web.access import NUMBERS
from touchpath.web.addresses import page
from touchpath.web.charts.drivers import draw_drivers, title_of
from touchpath.web.languages import N_, _
from touchpath.web.pages.filters import PRESETS, FiltersDep
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
Choice = tuple[str, str]
Word = Annotated[str, Query(max_length=200)]
#: Kinds of signals that can be ticked; others are asked for in the address or in Python.
MOST_KINDS = 60
SPANS = {"1d": N_("A day"), "7d": N_("7 days"), "30d": N_("30 days"), "90d": N_("90 days"), "365d": N_("A year")}
METHODS = {"lmg": "Shapley (LMG)", "johnson": N_("Johnson's weights")}


@router.get("/w/{workspace}/drivers", dependencies=[NUMBERS])
def show_drivers(
    request: Request,
    platform: PlatformDep,
    filters: FiltersDep,
    outcome: Word = "",
    of: Annotated[list[str] | None, Query(max_length=60)] = None,
    within: Annotated[str, Query(max_length=20)] = "30d",
    every: Annotated[str, Query(max_length=3)] = "",
    weights: Word = "",
    method: Annotated[str, Query(max_length=10)] = "lmg",
) -> HTMLResponse:
    """A form to choose outcome and items, and below it what was found, or why nothing was."""
    span = platform.span()
    outcomes = [(item.name, item.title) for item in items_of(platform.experience())]
    kinds = [(f"count:{use.kind}", use.kind) for use in platform.kinds()[:MOST_KINDS]]
    chosen = tuple(dict.fromkeys(of or ()))
    answer, fault = None, ""
    if span and outcome and chosen:
        try:
            asked = DriversAsked(outcome, chosen, parse_span(within), bool(every), weights, cast(Method, method))
            answer = platform.drivers(asked, period=filters.within(span, platform.zone))
        except BadInput as wrong:
            fault = str(wrong)
    return show_page(
        "drivers.html",
        request,
        platform=platform,
        section="drivers",
        filters=filters,
        presets=PRESETS,
        span=span,
        outcomes=outcomes,
        kinds=kinds,
        others=_others(chosen, outcomes, kinds),
        dimensions=[(one.id, one.title) for one in platform.experience().dimensions],
        spans={span: _(words) for span, words in SPANS.items()} | ({} if within in SPANS else {within: within}),
        methods={name: _(words) for name, words in METHODS.items()},
        form={"outcome": outcome, "of": chosen, "within": within, "every": every, "weights": weights, "method": method},
        answer=answer,
        title_of=title_of,
        fault=fault,
        figure_of=draw_drivers(answer, answer.found, platform.zone) if answer and isinstance(answer.found, Drivers) else None,
        again=again(platform.name, answer) if answer else {},
    )


def _others(chosen: Sequence[str], *known: Sequence[Choice]) -> list[str]:
    """What the address asks for beyond what can be ticked."""
    listed = {name for choices in known for name, _ in choices}
    return [name for name in chosen if name not in listed]


def again(workspace: str, answer: KeyDrivers) -> dict[str, str]:
    """The same in Python, in a terminal and for programs."""
    asked, period = answer.asked, answer.period
    days = {"start": period.start.isoformat(), "end": period.end.isoformat()}
    more = {
        "within": show_span(asked.span),
        "weights": asked.weights,
        "method": asked.method,
        "every": "true" if asked.every else "",
    }
    address = page("api", "v1", "workspaces", workspace, "drivers", outcome=asked.outcome, **more, **days)
    items = "".join(f" --of {one}" for one in asked.items)
    flags = (" --every" if asked.every else "") + (f" --weights {asked.weights}" if asked.weights else "")
    return {
        N_("In Python"): "\n".join(
            (
                "import touchpath",
                "from datetime import datetime, timedelta",
                "from touchpath.model.time import Period",
                "",
                'space = touchpath.open("FOLDER")',
                f"period = Period(datetime.fromisoformat({days['start']!r}), datetime.fromisoformat({days['end']!r}))",
                f"found = space.drivers({asked.outcome!r}, {list(asked.items)!r}, within=timedelta(seconds={asked.span.total_seconds():.0f}), "
                f"every={asked.every}, weights={asked.weights!r}, method={asked.method!r}, period=period)",
            )
        ),
        N_(
            "In a terminal"
        ): f"touchpath drivers {asked.outcome}{items} --within {show_span(asked.span)} --method {asked.method}{flags} "
        f"--from {days['start'][:10]} --to {days['end'][:10]} --folder FOLDER",
        N_("For programs"): address + "".join(f"&{_quoted(one)}" for one in asked.items),
    }


def _quoted(item: str) -> str:
    return page("", of=item).partition("?")[2]
