"""Settings of one browser: language, colours, and what the keyboard does."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput
from touchpath.web.access import CATALOGUE
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.display import SCHEMES, Display, keep_display, read_display
from touchpath.web.forms import read_form
from touchpath.web.languages import LANGUAGES, _, speaking
from touchpath.web.languages.choosing import usual_language
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/settings", dependencies=[CATALOGUE])
def show_settings(request: Request, platform: PlatformDep) -> HTMLResponse:
    """The choices, and what is chosen."""
    return show_page("settings.html", request, platform=platform, section="settings", languages=LANGUAGES, schemes=SCHEMES)


@router.post("/w/{workspace}/settings", dependencies=[CATALOGUE])
async def keep_settings(request: Request, platform: PlatformDep) -> Response:
    """Keep a choice; the next page says so in the language that was chosen, and can take it back."""
    before, chosen = read_display(request), _read_choice(await read_form(request))
    address = Addresses(platform.name, carried_by(request)).below("/settings")
    with speaking(chosen.language or usual_language(request.headers, request.app.state.language)):
        notice = Notice(_("Your settings are kept in this browser."), undo=address, fields=_fields(before))
    response = redirect_with(address, notice)
    keep_display(response, chosen)
    return response


def _read_choice(form: Mapping[str, str]) -> Display:
    language, scheme = form.get("language", ""), form.get("scheme", "")
    if language and language not in LANGUAGES:
        raise BadInput(f"There is no language '{language}'. There are: {', '.join(LANGUAGES)}.")
    if scheme not in SCHEMES:
        raise BadInput(f"There are no colours '{scheme}'. There are: {', '.join(filter(None, SCHEMES))}.")
    return Display(language, scheme)


def _fields(display: Display) -> dict[str, str]:
    return {"language": display.language, "scheme": display.scheme}
