"""Explore: every query there is, chosen in a form whose whole state is the address, with its answer beside it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Missing, ModelErrors
from touchpath.services.queries.keys import QueryForm, form_of, forms
from touchpath.services.saved_queries import SavedQuery
from touchpath.web.access import ASK, Action, may, member_name
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.explorer import find_explorer, runs_of
from touchpath.web.exploring.asking import Question, answer_question, document_of, read_params, read_question
from touchpath.web.exploring.drawing import draw_answer, show_tables
from touchpath.web.exploring.fields import show_fields, show_filters, suggest
from touchpath.web.exploring.filling import fill_form
from touchpath.web.exploring.recent import read_recent, remember
from touchpath.web.exploring.rows import Params, changed
from touchpath.web.exploring.starts import Known, starts_for
from touchpath.web.exploring.ways import RARE, by_hand, rare_of
from touchpath.web.languages import N_, _
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)

#: Fields that say how a page came about, and no part of a question.
PASSING = ("do", "run", "stopped", "document", "figure", "as")
#: Queries by what somebody wants to know.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    N_("How far do people come, and do they come back?"): ("funnel", "retention", "lifecycle", "states", "stickiness", "rfm"),
    N_("Which ways do they take?"): ("paths", "flows", "variants", "conformance", "rework", "patterns", "cooccurrence"),
    N_("Can they do what they came for?"): ("tasks", "lostness", "forms", "friction", "vitals", "sessions", "between"),
    N_("What do they say, and how are they helped?"): ("answers", "consistency", "sentiment", "felt", "contacts"),
    N_("How much, and how many?"): ("volume", "values", "counts", "totals", "purchases", "recurring", "features"),
}


@router.get("/w/{workspace}/explore", dependencies=[ASK])
def show_queries(request: Request, platform: PlatformDep) -> HTMLResponse:
    """Every query with what it answers, those that were saved, and those that this browser asked lately."""
    known = {one.query: one for one in forms()}
    saved = saved_of(request, platform)
    return show_page(
        "explore.html",
        request,
        platform=platform,
        section="explore",
        families={title: [known[query] for query in queries] for title, queries in FAMILIES.items()},
        saved=saved,
        recent=[_recent(platform, known[query].title, query, fields) for query, fields in read_recent(request, platform.name)],
        titles={one.query: one.title for one in known.values()},
        any_signals=platform.span() is not None,
        sql=may(request, Action.READ_CLEAR) and has_sql(request, platform),
    )


@router.get("/w/{workspace}/explore/{query}", dependencies=[ASK])
async def show_query(request: Request, query: str, platform: PlatformDep, filters: FiltersDep) -> Response:
    """One query: its form, the same as text, Python and command, and its answer as far as it has come."""
    form, params = form_of(query), read_params(request)
    if wish := params.get("do"):
        return RedirectResponse(_address(request, form, changed(params, wish, _least(form))), 303)
    pasted, fault = params.get("document", ""), ""
    if pasted:
        try:
            return _refilled(request, pasted)
        except (BadInput, Missing) as error:
            fault = error.faults[0].message if isinstance(error, ModelErrors) else str(error)
    question = read_question(form, params, filters.within(await run_in_threadpool(platform.span), platform.zone))
    if question.can_be_asked and not fault and query != "features":
        await answer_question(request, question, platform, runs_of(request), scope_of(request, platform))
    page = await run_in_threadpool(_page, request, platform, filters, question, pasted, fault)
    if question.answer is not None and request.url.query:
        remember(request, page, platform.name, query, urlencode(own_fields(question.params)))
    return page


@router.post("/w/{workspace}/explore/{query}/stop", dependencies=[ASK])
async def stop_query(request: Request, query: str, _platform: PlatformDep) -> Response:
    """Stop an answer on its way, and show the form again."""
    form, params = form_of(query), read_params(request)
    runs_of(request).stop(params.get("run", ""))
    return RedirectResponse(_address(request, form, {**params, "stopped": "1"}), 303)


def scope_of(request: Request, platform: PlatformProtocol) -> str:
    """Whose questions are the same: those of one workspace, of one member, apart by whether single people may be read."""
    return f"{platform.name} {member_name(request)} {'people' if may(request, Action.READ_PEOPLE) else 'numbers'}"


def saved_of(request: Request, platform: PlatformProtocol) -> tuple[SavedQuery, ...]:
    """The saved queries of a workspace; none where nothing is kept."""
    explorer = find_explorer(request, platform.name)
    return explorer.saved.list() if explorer else ()


def has_sql(request: Request, platform: PlatformProtocol) -> bool:
    """Whether this server answers SQL about a workspace."""
    explorer = find_explorer(request, platform.name)
    return explorer is not None and explorer.sql is not None


def own_fields(params: Params) -> dict[str, str]:
    """The fields of a form that say something, without those that only say how a page came about."""
    return {name: value for name, value in params.items() if value and name not in PASSING}


def query_address(workspace: str, query: str, fields: Mapping[str, str]) -> str:
    """The page of a query with these fields."""
    path = Addresses(workspace).below(f"/explore/{query}")
    return f"{path}?{urlencode(fields)}" if fields else path


def _address(request: Request, form: QueryForm, params: Params) -> str:
    fields = own_fields(params) | ({"stopped": "1"} if params.get("stopped") else {})
    return query_address(request.path_params["workspace"], form.query, fields)


def _refilled(request: Request, text: str) -> Response:
    """To the form that a document comes to, whichever query it names."""
    document = document_of(text)
    form = form_of(str(document["query"]))
    fields = dict(carried_by(request)) | fill_form(form, document)
    return RedirectResponse(query_address(request.path_params["workspace"], form.query, fields), 303)


def _least(form: QueryForm) -> dict[str, int]:
    """How many rows lists begin with."""
    return {f"q.{key.name}": 2 for key in form.keys if key.what == "rules" and key.name == "steps"}


def _recent(platform: PlatformProtocol, title: str, query: str, fields: str) -> tuple[str, str, str]:
    """A remembered form: its title, its address, and what it is about in a few of its words."""
    told = dict(parse_qsl(fields))
    about = [value for name, value in told.items() if not name.endswith(".n") and name not in ("period", "start", "end")]
    return title, query_address(platform.name, query, told), ", ".join(about)[:90]


def _page(
    request: Request, platform: PlatformProtocol, filters: Filters, question: Question, pasted: str, fault: str
) -> HTMLResponse:
    form, answer = question.form, question.answer
    experience, kinds = platform.experience(), platform.kinds()
    names = suggest(experience, kinds)
    grain = str(question.filled.document.get("grain", ""))
    own = own_fields(question.params)
    blank = not own_fields({name: value for name, value in question.params.items() if name not in dict(carried_by(request))})
    at, people = platform.name, may(request, Action.READ_PEOPLE)
    hands = by_hand(form.query, own, question.filled.written.text, experience, at, people)
    return show_page(
        "explore_query.html",
        request,
        platform=platform,
        section="explore",
        crumbs=((_("Explore"), Addresses(at, carried_by(request)).below("/explore")),),
        bar=filter_bar(request, platform, filters, ("period",), own=()),
        filters=filters,
        carried=carried_by(request),
        form=form,
        question=question,
        fields=show_fields(form, question.params, question.faulty, names),
        who=show_filters(question.params, question.faulty),
        whole=tuple(question.faulty.by_field.get("", ())),
        faults=question.faulty.by_field,
        names=names,
        figures=draw_answer(answer, grain, platform.zone, hands) if answer else (),
        tables=show_tables(answer, platform.zone) if answer else (),
        starts=[
            (one.title, query_address(at, form.query, dict(carried_by(request)) | fill_form(form, one.document)))
            for one in starts_for(form.query, Known(experience, kinds))
        ],
        blank=blank,
        pasted=pasted,
        pasted_fault=fault,
        own=urlencode(own),
        rare=(rare_of(own), RARE),
        outcomes=platform.outcomes(question.filled.written.text) if answer and people else (),
        saved_as=_saved_as(request, platform, question),
        can_save=find_explorer(request, platform.name) is not None and may(request, Action.KEEP_QUERIES),
        share=question.run.share if question.run else None,
    )


def _saved_as(request: Request, platform: PlatformProtocol, question: Question) -> SavedQuery | None:
    """The saved query that a form was opened from."""
    id = question.params.get("saved", "")
    return next((one for one in saved_of(request, platform) if one.id == id), None) if id else None
