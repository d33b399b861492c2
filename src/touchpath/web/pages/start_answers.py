"""The first answers: a sheet to paste, and what each question asks whose answers the model does not read yet."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.edits import Plain
from touchpath.model.errors import BadInput, Conflict, ModelErrors
from touchpath.services.fitting import asked_as, unread_questions
from touchpath.services.incoming import Incoming
from touchpath.store.catalogue import AskedQuestion
from touchpath.web.access import BRING_IN, CATALOGUE, DESIGN, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep
from touchpath.web.languages import N_, _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.model import drafts_of, revision_in
from touchpath.web.pages.model_forms import new_id
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
MOST_QUESTIONS = 20
LONGEST_SHEET = 2 << 20
#: What a question may ask: the metric that reads it, its scale, and words for it.
ASKS = (
    ("nps", 0, 10, N_("How likely are you to recommend us? (NPS, 0 to 10)")),
    ("customer_satisfaction", 1, 5, N_("How satisfied are you? (CSAT, 1 to 5)")),
    ("customer_satisfaction", 1, 7, N_("How satisfied are you? (CSAT, 1 to 7)")),
    ("customer_effort", 1, 7, N_("They made it easy for me (CES, 1 to 7)")),
    ("single_ease", 1, 7, N_("How easy or difficult was it? (SEQ, 1 to 7)")),
    ("review_rating", 1, 5, N_("Stars of a review (1 to 5)")),
    ("resolved_by_survey", 0, 1, N_("Is it settled? (0 = no, 1 = yes)")),
)
#: Chosen where no metric of the catalogue reads the question; whether more of it is better is then said, too.
OWN = "own"
BETTER = (("higher", N_("better")), ("lower", N_("worse")), ("neither", N_("neither")))
_WIDEST = 1_000
_SAID = {"nps": "nps", "csat": "customer_satisfaction", "ces": "customer_effort"}


@dataclass(frozen=True, slots=True)
class Asks:
    """What a question asks. metric: of the catalogue; "" = it stands on a scale of its own, whose mean is `better` higher, lower or neither."""

    metric: str
    low: int
    high: int
    better: str = ""


SHEET_COLUMNS = ("response", "at", "person", "question", "value", "text")


@router.get("/w/{workspace}/start/answers", dependencies=[CATALOGUE])
def show_answers(request: Request, platform: PlatformDep, incoming: IncomingDep) -> HTMLResponse:
    """Where the first answers come in, and what each question that came asks."""
    return _answers(request, platform, incoming)


def _answers(
    request: Request,
    platform: PlatformProtocol,
    incoming: Incoming,
    pasted: str = "",
    faults: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> HTMLResponse:
    experience, questions = platform.experience(), incoming.catalogue.questions()
    unread = unread_questions(experience, questions)
    page = show_page(
        "start_answers.html",
        request,
        platform=platform,
        section="start",
        crumbs=((_("Get started"), Addresses(platform.name).start()),),
        may_bring=may(request, Action.BRING_IN),
        may_design=may(request, Action.DESIGN),
        read=[one for one in questions if one.id in {asked_as(question) for question in experience.questions}],
        unread=[(one, choices_of(one), proposed(one)) for one in unread[:MOST_QUESTIONS]],
        more=len(unread[MOST_QUESTIONS:]),
        own=OWN,
        better=BETTER,
        form=form or {},
        draft=drafts_of(platform).show(),
        columns=SHEET_COLUMNS,
        pasted=pasted,
        faults=faults or {},
        limit=incoming.upload_limit,
    )
    page.status_code = 400 if faults else 200
    return page


def choices_of(question: AskedQuestion) -> list[tuple[str, str]]:
    """What a question may ask, as far as its answers lie on the scale: values of a choice, with words."""
    low, high = question.low or 0, question.high or 0
    return [(f"{metric}:{least}:{most}", words) for metric, least, most, words in ASKS if least <= low and high <= most]


def proposed(question: AskedQuestion) -> str:
    """The choice that the survey tool itself names; "" where it does not: what numbers look like proves nothing."""
    metric = _SAID.get(question.scale, "")
    return next((value for value, _words in choices_of(question) if value.startswith(f"{metric}:")), "") if metric else ""


@router.get("/w/{workspace}/start/answers.csv", dependencies=[CATALOGUE])
def read_sheet(platform: PlatformDep) -> Response:
    """A sheet to fill in: its columns, and the questions of the model as lines that are passed over until they are changed."""
    sheet = StringIO()
    write = csv.writer(sheet, lineterminator="\n").writerow
    write(SHEET_COLUMNS)
    for number, one in enumerate(platform.experience().questions, 1):
        write((f"EXAMPLE-{number}", "2026-03-01 14:30", "", asked_as(one) or one.id, one.high, ""))
    headers = {"Content-Disposition": 'attachment; filename="answers.csv"'}
    return Response(sheet.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/w/{workspace}/start/answers", dependencies=[BRING_IN])
async def take_answers(request: Request, workspace: str, platform: PlatformDep, incoming: IncomingDep) -> Response:
    """Keep pasted answers as a file, look at it, and show what it was recognised as."""
    form = await read_form(request, LONGEST_SHEET)
    text = form.get("sheet", "").replace("\r\n", "\n").strip()
    if not text:
        faults = {"sheet": _("Paste a header and at least one answer.")}
        return await run_in_threadpool(_answers, request, platform, incoming, "", faults)
    upload = await run_in_threadpool(_keep_pasted, incoming, text)
    return redirect_with(Addresses(workspace).upload(upload))


def _keep_pasted(incoming: Incoming, text: str) -> str:
    receiving = incoming.uploads.receive("pasted-answers.csv")
    try:
        receiving.write(f"{text}\n".encode())
        upload = receiving.finish()
    finally:
        receiving.abandon()
    return incoming.uploads.recognise(upload.id).id


@router.post("/w/{workspace}/start/questions", dependencies=[DESIGN])
async def read_questions(
    request: Request, workspace: str, platform: PlatformDep, incoming: IncomingDep, member: MemberName
) -> Response:
    """Put questions into the draft that read the answers which came."""
    form = await read_form(request)
    return await run_in_threadpool(_add_questions, request, workspace, platform, incoming, member, form)


def _add_questions(
    request: Request, workspace: str, platform: PlatformProtocol, incoming: Incoming, member: str, form: Mapping[str, str]
) -> Response:
    known = {one.id: one for one in incoming.catalogue.questions()}
    faults: dict[str, str] = {}
    chosen = {
        number: known[id]
        for number in range(MOST_QUESTIONS)
        if (id := form.get(f"id-{number}", "")) in known and form.get(f"asks-{number}", "")
    }
    if not chosen:
        faults[""] = _("Choose for at least one question what it asks.")
    added = [(one, asks) for number, one in chosen.items() if (asks := read_asks(form, number, one, faults))]
    if faults:
        return _answers(request, platform, incoming, faults=faults, form=form)
    drafts, pages = drafts_of(platform), Addresses(workspace)
    try:
        after = drafts.change(
            lambda document: with_questions(document, added), revision_in(form), member, "Questions of the first answers"
        )
    except (ModelErrors, Conflict) as error:
        return _answers(request, platform, incoming, faults={"": str(error)}, form=form)
    said = _("%(count)s questions are in the draft. Publish it, and their numbers are there.", count=len(added))
    return redirect_with(pages.start(), Notice(said, undo=pages.model_do("undo"), fields={"revision": str(after.revision)}))


def read_asks(form: Mapping[str, str], number: int, question: AskedQuestion, faults: dict[str, str]) -> Asks | None:
    """What somebody says that a question asks; a scale of its own that cannot be is noted. Raises BadInput for what was not offered."""
    value = form.get(f"asks-{number}", "")
    if value != OWN:
        if value not in dict(choices_of(question)):
            raise BadInput(f"The answers to '{question.id}' do not lie on that scale. Choose one of those that are offered.")
        metric, low, high = value.split(":")
        return Asks(metric, int(low), int(high))
    ends = []
    for end in ("low", "high"):
        with suppress(ValueError):
            ends.append(int(form.get(f"{end}-{number}", "")))
    better = form.get(f"better-{number}", BETTER[0][0])
    if len(ends) == 2 and 0 < ends[1] - ends[0] <= _WIDEST and _holds(ends, question) and better in dict(BETTER):
        return Asks("", ends[0], ends[1], better)
    faults[f"low-{number}"] = _(
        "A scale of its own runs from a whole number to a higher one, at most %(most)s apart, and holds all answers (%(low)s to %(high)s).",
        most=f"{_WIDEST:,}",
        low=f"{question.low or 0:g}",
        high=f"{question.high or 0:g}",
    )
    return None


def _holds(ends: Sequence[int], question: AskedQuestion) -> bool:
    return ends[0] <= (question.low or 0) and (question.high or 0) <= ends[1]


def with_questions(document: Plain, added: Sequence[tuple[AskedQuestion, Asks]]) -> Plain:
    """The model with a question for each of these; one on a scale of its own gets the mean of its answers as a metric."""
    questions, metrics = list(document.get("questions") or ()), list(document.get("metrics") or ())
    for one, asks in added:
        noun = {
            "id": new_id(one.id, [question["id"] for question in questions]),
            "title": one.wording or one.id,
            "asked": {
                "kind": "survey.answered",
                "where": {"properties.question": one.id, "properties.test": {"exists": False}},
            },
            "scale": {"low": asks.low, "high": asks.high},
        }
        if asks.metric:
            noun["metric"] = asks.metric
        else:
            metrics.append(_mean_of(noun, asks, [metric["id"] for metric in metrics]))
        questions.append(noun)
    return {**document, "questions": questions, "metrics": metrics}


def _mean_of(question: Mapping[str, Any], asks: Asks, taken: Sequence[str]) -> Plain:
    return {
        "id": new_id(f"{question['id']}-mean", taken),
        "title": question["title"],
        "definition": _("Mean of the answers, from %(low)s to %(high)s", low=asks.low, high=asks.high),
        "kind": "item",
        "question": question["id"],
        "better": asks.better,
    }
