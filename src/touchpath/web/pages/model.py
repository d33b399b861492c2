"""The editor of the model: what is published and what is drafted, forms for its nouns, the same as text, publish, drop and undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.edits import NOUNS, Plain, add, move, noun_at, put, read_place, remove
from touchpath.model.errors import BadInput, Conflict, Missing, ModelErrors, TouchpathError
from touchpath.services.drafts import Draft, DraftService
from touchpath.web.access import CATALOGUE, DESIGN, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.languages import N_, _, _n
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.model_forms import (
    ADDS,
    FIELDS,
    INSIDE,
    REMOVES,
    WORDS,
    by_field,
    choices,
    filled,
    new_id,
    read_noun,
    titles_of,
    word_of,
)
from touchpath.web.pages.model_matches import matches_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
PlaceParam = Annotated[str, Query(max_length=400)]
LISTS = {"journeys": N_("Journeys"), "tasks": N_("Tasks"), "touchpoints": N_("Touchpoints"), "personas": N_("Personas")}
LONGEST_TEXT = 1_100_000
MOST_UNREAD = 30


def drafts_of(platform: PlatformProtocol) -> DraftService:
    """The drafts of a workspace; raises Missing where none can be made."""
    if platform.drafts is None:
        raise Missing("The model of this workspace cannot be changed here.")
    return platform.drafts


@router.get("/w/{workspace}/model", dependencies=[CATALOGUE])
def show_model(request: Request, platform: PlatformDep) -> HTMLResponse:
    """The model with its draft: what changed, what can be edited, and which kinds of signals nobody reads."""
    return _home(request, platform, {})


def _home(request: Request, platform: PlatformProtocol, form: Mapping[str, str], fault: str = "") -> HTMLResponse:
    draft = drafts_of(platform).show()
    unread = sorted((one for one in platform.kinds() if not one.used_by), key=lambda one: -one.signals)
    page = show_page(
        "model.html",
        request,
        platform=platform,
        section="journeys",
        draft=draft,
        lists={title: (name, titles_of(draft.document, (name,))) for name, title in LISTS.items()},
        words=NOUNS,
        adds=ADDS,
        unread=unread[:MOST_UNREAD],
        unread_more=len(unread[MOST_UNREAD:]),
        may_edit=may(request, Action.DESIGN),
        form=form,
        fault=fault,
    )
    page.status_code = 409 if fault else 200
    return page


@router.get("/w/{workspace}/model/edit", dependencies=[DESIGN])
def show_noun(request: Request, platform: PlatformDep, at: PlaceParam) -> HTMLResponse:
    """The form of one noun."""
    draft = drafts_of(platform).show()
    noun = noun_at(draft.document, at)
    return _noun(request, platform, draft, at, filled(noun, word_of(at)), {})


@router.post("/w/{workspace}/model/edit", dependencies=[DESIGN])
async def change_noun(request: Request, workspace: str, platform: PlatformDep, member: MemberName, at: PlaceParam) -> Response:
    """Save a noun, or add, move or remove one inside it; what cannot be kept stays in the form with the reason beside its field."""
    form = await read_form(request, 256 << 10)
    return await run_in_threadpool(_change, request, workspace, platform, member, at, form)


def _change(
    request: Request, workspace: str, platform: PlatformProtocol, member: str, at: str, form: Mapping[str, str]
) -> Response:
    drafts, pages = drafts_of(platform), Addresses(workspace)
    do, _between, target = form.get("do", "save").partition(" ")
    draft, word, faults = drafts.show(), word_of(at), dict[str, str]()
    title = str(noun_at(draft.document, at).get("title", at))
    edit: Callable[[Plain], Plain]
    if do in ("up", "down", "remove"):
        if not target.startswith(f"{at}/") and target != at:
            raise BadInput(f"'{target[:200]}' does not stand inside '{at}'.")
        named = str(noun_at(draft.document, target).get("title", target))
        edit = partial(remove, place=target) if do == "remove" else partial(move, place=target, by=-1 if do == "up" else 1)
        why, back = (
            f"{named}: {'removed' if do == 'remove' else f'moved {do}'}",
            pages.model_edit(at) if target != at else pages.model,
        )
    elif do == "save":
        noun = read_noun(form, word, draft.experience, faults)
        if faults:
            return _refused(request, platform, draft, at, form, faults)
        edit, why, back = partial(put, place=at, noun=noun), f"{noun.get('title') or title}: changed", pages.model_edit(at)
    else:
        raise BadInput(f"'{do[:40]}' cannot be done here. There are: save, up, down, remove.")
    try:
        changed = drafts.change(edit, revision_in(form), member, why)
    except ModelErrors as error:
        return _refused(
            request,
            platform,
            draft,
            at,
            form if do == "save" else filled(noun_at(draft.document, at), word),
            by_field(error, at, word),
        )
    except Conflict as moved:
        return _refused(request, platform, draft, at, form, {"": str(moved)}, 409)
    return redirect_with(back, _told(pages, draft, changed, why))


def revision_in(form: Mapping[str, str]) -> int:
    """The revision of the draft that a form was made from; -1 for none, which is never the one that there is."""
    text = form.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _told(pages: Addresses, before: Draft, after: Draft, why: str) -> Notice:
    if before.revision == after.revision:
        return Notice(_("Nothing was changed."), "plain")
    return Notice(_("In the draft: %(why)s.", why=why), undo=pages.model_do("undo"), fields={"revision": str(after.revision)})


def _refused(
    request: Request,
    platform: PlatformProtocol,
    draft: Draft,
    at: str,
    form: Mapping[str, str],
    faults: Mapping[str, str],
    status: int = 400,
) -> HTMLResponse:
    page = _noun(request, platform, draft, at, form, faults)
    page.status_code = status
    return page


def _noun(
    request: Request, platform: PlatformProtocol, draft: Draft, at: str, form: Mapping[str, str], faults: Mapping[str, str]
) -> HTMLResponse:
    word, noun, pages = word_of(at), noun_at(draft.document, at), Addresses(platform.name)
    listed = INSIDE.get(word, "")
    rules = [asked.name for asked in FIELDS[word] if asked.kind == "rule"]
    return show_page(
        "model_noun.html",
        request,
        platform=platform,
        section="journeys",
        crumbs=((_("The model"), pages.model), *_above(draft.document, at, pages)),
        place=at,
        word=word,
        words=WORDS,
        adds=ADDS,
        removes=REMOVES,
        noun=noun,
        draft=draft,
        fields=FIELDS[word],
        choices={asked.name: choices(draft.experience, asked) for asked in FIELDS[word]},
        form=form,
        faults=faults,
        inside=[(f"{at}/{listed}/{one['id']}", one) for one in noun.get(listed) or ()] if listed else [],
        listed=listed,
        inside_word=NOUNS.get(listed, ""),
        kinds=[use.kind for use in platform.kinds()][:500],
        matches={name: matches_of(platform, form, name, may(request, Action.READ_PEOPLE)) for name in rules},
    )


def _above(document: Mapping[str, Any], at: str, pages: Addresses) -> list[tuple[str, str]]:
    """The nouns that hold this one, with their addresses."""
    pairs = read_place(at)
    places = ["/".join(f"{name}/{id}" for name, id in pairs[:upto]) for upto in range(1, len(pairs))]
    return [(str(noun_at(document, place)["title"]), pages.model_edit(place)) for place in places]


@router.get("/w/{workspace}/model/add", dependencies=[DESIGN])
def show_new(request: Request, platform: PlatformDep, to: PlaceParam) -> HTMLResponse:
    """The form of a new noun: its title, and the first signals that it reads."""
    return _new(request, platform, to, {}, {})


@router.post("/w/{workspace}/model/add", dependencies=[DESIGN])
async def add_noun(request: Request, workspace: str, platform: PlatformDep, member: MemberName, to: PlaceParam) -> Response:
    """Add a noun to the draft and open its form."""
    form = await read_form(request)
    return await run_in_threadpool(_add, request, workspace, platform, member, to, form)


def _add(request: Request, workspace: str, platform: PlatformProtocol, member: str, to: str, form: Mapping[str, str]) -> Response:
    drafts, pages = drafts_of(platform), Addresses(workspace)
    name, word = _list_named(to)
    title, kind = form.get("title", "").strip(), form.get("kind", "").strip()
    faults = {} if title else {"title": _("Give it a title.")}
    if word not in ("touchpoint",) and not kind:
        faults["kind"] = _("Name a kind of signal that it reads; conditions can be added afterwards.")
    draft = drafts.show()
    if faults:
        return _new(request, platform, to, form, faults)
    above = to.rpartition("/")[0]
    siblings = (noun_at(draft.document, above) if above else draft.document).get(name) or ()
    taken = (
        [one["id"] for one in siblings]
        if name != "steps"
        else [step.id for step in draft.experience.journey(to.split("/")[1]).steps]
    )
    noun = started(word, new_id(form.get("id", "") or title, taken), title, kind, form.get("success", "").strip() or kind)
    place = f"{to}/{noun['id']}"
    try:
        changed = drafts.change(partial(add, place=place, noun=noun), revision_in(form), member, f"{title}: added")
    except ModelErrors as error:
        return _new(request, platform, to, form, by_field(error, place, word))
    except Conflict as moved:
        return _new(request, platform, to, form, {"": str(moved)})
    return redirect_with(pages.model_edit(place), _told(pages, draft, changed, f"{title}: added"))


def _list_named(to: str) -> tuple[str, str]:
    """The list that a new noun goes to, and what it is; raises BadInput."""
    read_place(f"{to}/x")
    name = to.rpartition("/")[2]
    return name, NOUNS[name]


def started(word: str, id: str, title: str, kind: str, success: str) -> Plain:
    """A new noun with as much as it has to have."""
    rule = {"kind": kind}
    first = {"id": f"{id}-1", "title": title, "match": rule}
    if word == "journey":
        return {"id": id, "title": title, "stages": [{"id": "start", "title": "Start", "steps": [first]}]}
    if word == "stage":
        return {"id": id, "title": title, "steps": [first]}
    more: dict[str, Plain] = {
        "step": {"match": rule}, "task": {"start": rule, "success": {"kind": success}}, "persona": {"rule": rule}, "touchpoint": {},
    }  # fmt: skip
    return {"id": id, "title": title, **more[word]}


def _new(
    request: Request, platform: PlatformProtocol, to: str, form: Mapping[str, str], faults: Mapping[str, str]
) -> HTMLResponse:
    word = _list_named(to)[1]
    pages, above = Addresses(platform.name), to.rpartition("/")[0]
    draft = drafts_of(platform).show()
    inside = [*_above(draft.document, f"{above}/{to.rpartition('/')[2]}/x", pages)] if above else []
    page = show_page(
        "model_new.html",
        request,
        platform=platform,
        section="journeys",
        crumbs=((_("The model"), pages.model), *inside),
        to=to,
        word=word,
        adds=ADDS,
        draft=draft,
        form={"title": "", "id": "", "kind": "", "success": "", **form},
        faults=faults,
        kinds=[use.kind for use in platform.kinds()][:500],
    )
    page.status_code = 400 if faults else 200
    return page


@router.get("/w/{workspace}/model/text", dependencies=[CATALOGUE])
def show_text(request: Request, platform: PlatformDep) -> HTMLResponse:
    """The draft as text."""
    draft = drafts_of(platform).show()
    return _text(request, platform, draft, draft.text, ())


@router.post("/w/{workspace}/model/text", dependencies=[DESIGN])
async def change_text(request: Request, workspace: str, platform: PlatformDep, member: MemberName) -> Response:
    """Make the draft what a text says; its faults stand above it with their lines, and the text stays as it was written."""
    form = await read_form(request, LONGEST_TEXT * 3)
    text = form.get("text", "").replace("\r\n", "\n")
    drafts, pages = drafts_of(platform), Addresses(workspace)
    draft = await run_in_threadpool(drafts.show)
    try:
        changed = await run_in_threadpool(drafts.write, text, revision_in(form), member)
    except (ModelErrors, Conflict) as error:
        faults = [str(one) for one in error.faults] if isinstance(error, ModelErrors) else [str(error)]
        page = await run_in_threadpool(_text, request, platform, draft, text, faults)
        page.status_code = 400
        return page
    return redirect_with(pages.model_text, _told(pages, draft, changed, "changed as text"))


def _text(request: Request, platform: PlatformProtocol, draft: Draft, text: str, faults: Any) -> HTMLResponse:
    pages = Addresses(platform.name)
    return show_page(
        "model_text.html",
        request,
        platform=platform,
        section="journeys",
        crumbs=((_("The model"), pages.model),),
        draft=draft,
        text=text,
        faults=faults,
        may_edit=may(request, Action.DESIGN),
    )


@router.post("/w/{workspace}/model/{deed}", dependencies=[DESIGN])
async def do_with_draft(request: Request, workspace: str, platform: PlatformDep, member: MemberName, deed: str) -> Response:
    """Publish the draft, drop it, or take the last change back."""
    form = await read_form(request)
    return await run_in_threadpool(_do, request, workspace, platform, member, deed, form)


def _do(
    request: Request, workspace: str, platform: PlatformProtocol, member: str, deed: str, form: Mapping[str, str]
) -> Response:
    drafts, pages = drafts_of(platform), Addresses(workspace)
    try:
        if deed == "publish":
            why = form.get("why", "").strip()[:1_000]
            applied = drafts.publish(revision_in(form), member, why, new_versions=form.get("new_versions") == "yes")
            return redirect_with(
                pages.model,
                Notice(
                    _n(
                        "Published as revision %(revision)s: %(num)s change.",
                        "Published as revision %(revision)s: %(num)s changes.",
                        len(applied.changes),
                        revision=applied.revision,
                    )
                ),
            )
        if deed == "discard":
            dropped = drafts.discard(member)
            return redirect_with(
                pages.model,
                Notice(_("The draft is dropped."), "plain", pages.model_do("undo"), {"revision": str(dropped.revision)}),
            )
        if deed == "undo":
            drafts.undo(revision_in(form), member)
            return redirect_with(pages.model, Notice(_("The draft says again what it said before.")))
    except TouchpathError as error:
        return _home(request, platform, form, str(error))
    raise Missing(f"'{deed[:40]}' cannot be done with a draft. There are: publish, discard, undo.")


@router.get("/w/{workspace}/model/matches", dependencies=[DESIGN])
def show_matches(request: Request, platform: PlatformDep, field: Annotated[str, Query(max_length=40)]) -> HTMLResponse:
    """How many signals and people the rule of a form matches, as it is being written."""
    found = matches_of(platform, request.query_params, field, may(request, Action.READ_PEOPLE))
    return show_page("model_matches.html", request, platform=platform, field=field, found=found)
