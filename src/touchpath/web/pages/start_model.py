"""Picking a model to begin with: what each holds, how it fits the signals that came, and into the draft with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.document import to_document
from touchpath.model.edits import Plain
from touchpath.model.errors import Conflict, ModelErrors, TouchpathError
from touchpath.model.experience import Experience
from touchpath.model.rule_text import plain_rule
from touchpath.model.rules import EventRule
from touchpath.services.coverage import RuleUse, uses
from touchpath.services.fitting import LEFT_OUT, fitted, merged, wanted_kinds, wanted_questions
from touchpath.services.lifecycles import TEMPLATES, ModelTemplate, find_template
from touchpath.store.catalogue import AskedQuestion
from touchpath.timelines.volume import MOST_RULES
from touchpath.web.access import CATALOGUE, DESIGN, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import find_incoming
from touchpath.web.languages import _, gettext
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.model import drafts_of, revision_in
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
MOST_KINDS = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule of a template and how many signals it matches as it stands; None = hidden, or not counted."""

    use: RuleUse
    signals: int | None


@router.get("/w/{workspace}/start/model", dependencies=[CATALOGUE])
def show_templates(request: Request, platform: PlatformDep) -> HTMLResponse:
    """The templates, each with how much of it came already."""
    seen = {use.kind: use.signals for use in platform.kinds()}
    fits = [(one, one.experience, wanted_kinds(one.experience, seen)) for one in TEMPLATES.values()]
    return show_page(
        "start_models.html",
        request,
        platform=platform,
        section="start",
        crumbs=((_("Get started"), Addresses(platform.name).start()),),
        fits=[(one, experience, len(wanted), sum(kind.signals > 0 for kind in wanted)) for one, experience, wanted in fits],
        seen=len(seen),
    )


@router.get("/w/{workspace}/start/model/{template}", dependencies=[CATALOGUE])
def show_template(request: Request, platform: PlatformDep, template: str) -> HTMLResponse:
    """One template: its journeys, and what it is read from here."""
    return _template(request, platform, find_template(template), {}, "")


def _template(
    request: Request, platform: PlatformProtocol, template: ModelTemplate, form: Mapping[str, str], fault: str
) -> HTMLResponse:
    pages, experience = Addresses(platform.name), template.experience
    seen = {use.kind: use.signals for use in platform.kinds()}
    incoming = find_incoming(request, platform.name)
    questions: Sequence[AskedQuestion] = incoming.catalogue.questions() if incoming else ()
    kinds = wanted_kinds(experience, seen)
    draft = drafts_of(platform).show()
    page = show_page(
        "start_model.html",
        request,
        platform=platform,
        section="start",
        crumbs=((_("Get started"), pages.start()), (_("Models to begin with"), pages.start("model"))),
        chosen=template,
        experience=experience,
        came=[one for one in kinds if one.signals],
        missing=list(enumerate(one for one in kinds if not one.signals)),
        kinds=sorted(seen)[:MOST_KINDS],
        questions=list(enumerate(wanted_questions(experience, questions))) if questions else [],
        rules=count_rules(platform, experience),
        left_out=LEFT_OUT,
        draft=draft,
        there=merged(draft.document, to_document(experience))[1],
        may_edit=may(request, Action.DESIGN),
        form=form,
        fault=fault,
    )
    page.status_code = 409 if fault else 200
    return page


def count_rules(platform: PlatformProtocol, experience: Experience) -> list[Counted]:
    """How many signals each rule matches: by its kinds where it has no conditions, else by asking for all of those together."""
    seen = {use.kind: use.signals for use in platform.kinds()}
    found = uses(experience)
    narrowed = [use.rule for use in found if use.rule.conditions and any(kind in seen for kind in use.rule.kinds)]
    narrowed = list(dict.fromkeys(narrowed))
    counts: dict[EventRule, int | None] = {}
    for start in range(0, len(narrowed), MOST_RULES):
        some = narrowed[start : start + MOST_RULES]
        counts |= dict(zip(some, _ask(platform, some), strict=True))
    return [
        Counted(use, counts.get(use.rule, 0) if use.rule.conditions else sum(seen.get(kind, 0) for kind in use.rule.kinds))
        for use in found
    ]


def _ask(platform: PlatformProtocol, rules: Sequence[EventRule]) -> list[int | None]:
    try:
        rows = platform.ask(json.dumps({"query": "volume", "of": [plain_rule(one) for one in rules]})).table().records()
    except TouchpathError:
        return [None] * len(rules)
    found = [row.get("signals") for row in rows]
    return [one if isinstance(one, int) else None for one in found]


@router.post("/w/{workspace}/start/model/{template}", dependencies=[DESIGN])
async def take_template(request: Request, workspace: str, platform: PlatformDep, member: MemberName, template: str) -> Response:
    """Put a template into the draft, with kinds and questions called as they are here."""
    form = await read_form(request, 256 << 10)
    return await run_in_threadpool(_take, request, workspace, platform, member, find_template(template), form)


def _take(
    request: Request,
    workspace: str,
    platform: PlatformProtocol,
    member: str,
    template: ModelTemplate,
    form: Mapping[str, str],
) -> Response:
    drafts, pages = drafts_of(platform), Addresses(workspace)
    document = fitted(to_document(template.experience), _answered(form, "kind"), _answered(form, "question"))

    def edit(now: Plain) -> Plain:
        return merged(now, document)[0]

    try:
        before = drafts.show()
        after = drafts.change(edit, revision_in(form), member, f"Template: {template.title}")
    except (ModelErrors, Conflict) as error:
        return _template(request, platform, template, form, str(error))
    if after.revision == before.revision:
        return redirect_with(pages.start(), Notice(_("Everything of this template is in the model already."), "plain"))
    said = _(
        "The template “%(title)s” is in the draft. Look it through, change what is different here, and publish it.",
        title=gettext(template.title),
    )
    return redirect_with(pages.model, Notice(said, undo=pages.model_do("undo"), fields={"revision": str(after.revision)}))


def _answered(form: Mapping[str, str], of: str) -> dict[str, str]:
    """What was chosen for each kind or question: the name here by the template's; fields "kind-3" and "kind-3-of" belong together."""
    numbers = [
        name.removeprefix(f"{of}-").removesuffix("-of") for name in form if name.startswith(f"{of}-") and name.endswith("-of")
    ]
    return {form[f"{of}-{number}-of"]: form.get(f"{of}-{number}", "").strip() for number in numbers}
