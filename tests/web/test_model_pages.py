"""Editing a model in the browser without scripts: forms, order, faults beside fields, matches, text, publish, undo, rights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from tests.services.journey_shop import MODEL, signals

from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.web.access import Action
from touchpath.web.app import build_app

Send = Callable[..., httpx.Response]
HTML = {"accept": "text/html"}
STEP = "journeys/buy/stages/act/steps/start"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("models") / "shop"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "the model")
        workspace.record(signals())
        yield workspace


@pytest.fixture
def editor(shop: Workspace) -> Iterator[FastAPI]:
    yield build_app({"shop": shop.platform})  # type: ignore[dict-item]
    drafts = shop.platform.drafts
    assert drafts is not None
    if drafts.show().open:
        drafts.discard("test")


def said(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def post(send: Send, app: FastAPI, path: str, **form: str) -> httpx.Response:
    return send(
        app,
        "POST",
        f"/w/shop/model/{path}",
        headers=HTML | {"content-type": "application/x-www-form-urlencoded"},
        content=urlencode(form),
    )


def revision(shop: Workspace) -> str:
    assert shop.platform.drafts is not None
    return str(shop.platform.drafts.show().revision)


def filled(page: httpx.Response) -> dict[str, str]:
    """The fields of the last form of a page, as a browser would send them back."""
    form = page.text.split('<form class="card form"')[-1]
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*type="(?:text|date)"[^>]*value="([^"]*)"', form)
    }
    found |= {name: unescape(value) for name, value in re.findall(r'<input id="kinds-[^>]*name="([^"]+)" value="([^"]*)"', form)}
    found |= {name: unescape(text) for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form)}
    found |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)"[^>]* checked', form), "yes")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    found["revision"] = re.search(r'name="revision" value="(\d+)"', form).group(1)  # type: ignore[union-attr]
    return found


def test_a_form_sent_back_as_it_came_changes_nothing(shop: Workspace, editor: FastAPI, send: Send) -> None:
    for place in ("journeys/buy", STEP, "tasks/pay", "touchpoints/site", "personas/regular", "journeys/buy/stages/act"):
        page = send(editor, "GET", f"/w/shop/model/edit?at={place}", headers=HTML)
        assert page.status_code == 200
        assert post(send, editor, f"edit?at={place}", **filled(page)).status_code == 303
        assert not shop.platform.drafts.show().open, place  # type: ignore[union-attr]


def test_a_step_is_changed_moved_published_and_taken_back(shop: Workspace, editor: FastAPI, send: Send) -> None:
    form = filled(send(editor, "GET", f"/w/shop/model/edit?at={STEP}", headers=HTML))
    assert post(send, editor, f"edit?at={STEP}", **form | {"title": "Begin to pay", "optional": "yes"}).status_code == 303
    moved = post(send, editor, "edit?at=journeys/buy/stages/act", do=f"down {STEP}", revision=revision(shop))
    assert moved.status_code == 303
    home = said(send(editor, "GET", "/w/shop/model", headers=HTML))
    assert "Draft: 3 changes not published yet" in home
    assert "'Start to pay' became 'Begin to pay'" in home
    assert post(send, editor, "undo", revision=revision(shop)).status_code == 303
    assert post(send, editor, "publish", revision=revision(shop), why="clearer").status_code == 303
    step = shop.platform.experience().journey("buy").steps[1]
    assert (step.title, step.optional) == ("Begin to pay", True)
    assert shop.models.show().why == "clearer"


def test_a_journey_is_made_from_nothing_but_a_title_and_a_kind(shop: Workspace, editor: FastAPI, send: Send) -> None:
    made = post(send, editor, "add?to=journeys", title="Ärger melden", kind="ticket.opened", revision=revision(shop))
    assert made.headers["location"] == "/w/shop/model/edit?at=journeys%2Farger-melden"
    more = post(
        send,
        editor,
        "add?to=journeys/arger-melden/stages/start/steps",
        title="Answer",
        kind="ticket.replied",
        revision=revision(shop),
    )
    assert more.status_code == 303
    journey = shop.platform.drafts.show().experience.journey("arger-melden")  # type: ignore[union-attr]
    assert [step.title for step in journey.steps] == ["Ärger melden", "Answer"]
    page = said(send(editor, "GET", "/w/shop/model/edit?at=journeys/arger-melden/stages/start", headers=HTML))
    assert "Move Answer up" not in page
    assert "Its steps" in page


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(shop: Workspace, editor: FastAPI, send: Send) -> None:
    form = filled(send(editor, "GET", f"/w/shop/model/edit?at={STEP}", headers=HTML))
    refused = post(send, editor, f"edit?at={STEP}", **form | {"match.where": "chanel: web", "title": "Kept words"})
    assert refused.status_code == 400
    assert "a signal has no field 'chanel'. Did you mean 'channel'?" in said(refused)
    assert 'id="fault-match"' in refused.text
    assert 'value="Kept words"' in refused.text
    blank = post(send, editor, f"edit?at={STEP}", **form | {"title": " "})
    assert 'id="fault-title"' in blank.text
    tasks = filled(send(editor, "GET", "/w/shop/model/edit?at=tasks/pay", headers=HTML))
    assert 'id="fault-limit"' in post(send, editor, "edit?at=tasks/pay", **tasks | {"limit": "soon"}).text
    assert not shop.platform.drafts.show().open  # type: ignore[union-attr]


def test_removing_what_others_need_names_them(shop: Workspace, editor: FastAPI, send: Send) -> None:
    refused = post(send, editor, "edit?at=touchpoints/site", do="remove touchpoints/site", revision=revision(shop))
    assert refused.status_code == 400
    assert "journeys/buy/stages/look/steps/see" in said(refused)


def test_matches_are_counted_as_a_rule_is_written(editor: FastAPI, send: Send) -> None:
    found = send(
        editor, "GET", "/w/shop/model/matches?field=match&match.kinds=pay.started&match.where=channel:+app", headers=HTML
    )
    assert "Matches 60 signals of 60 people so far." in said(found)
    assert "<!doctype" not in found.text
    assert "user:p" in found.text
    assert "Did you mean 'pay.started'" in said(
        send(editor, "GET", "/w/shop/model/matches?field=match&match.kinds=pay.startd", headers=HTML)
    )
    assert "no field 'chanel'" in said(
        send(editor, "GET", "/w/shop/model/matches?field=match&match.kinds=x&match.where=chanel:+app", headers=HTML)
    )


def test_the_text_keeps_comments_and_its_faults_have_lines(shop: Workspace, editor: FastAPI, send: Send) -> None:
    text = shop.platform.drafts.show().text.replace("\ntouchpoints:", "\n# Where we meet people\ntouchpoints:")  # type: ignore[union-attr]
    assert post(send, editor, "text", text=text, revision=revision(shop)).status_code == 303
    form = filled(send(editor, "GET", "/w/shop/model/edit?at=tasks/pay", headers=HTML))
    assert post(send, editor, "edit?at=tasks/pay", **form | {"title": "Pay at once"}).status_code == 303
    assert "# Where we meet people" in send(editor, "GET", "/w/shop/model/text", headers=HTML).text
    refused = post(send, editor, "text", text=text.replace("title: Web site", "titel: Web site"), revision=revision(shop))
    assert refused.status_code == 400
    assert re.search(r"draft:\d+: touchpoints/site: a touchpoint has no key 'titel'. Did you mean 'title'", said(refused))
    assert "titel: Web site" in unescape(refused.text)


def test_kinds_that_nothing_reads_are_listed(editor: FastAPI, send: Send) -> None:
    assert re.search(r"page\.error 40 signals", said(send(editor, "GET", "/w/shop/model", headers=HTML)))


@pytest.mark.parametrize(
    ("path", "status"),
    [("edit?at=brand/shop", 400), ("edit?at=tasks/nothing", 404), ("add?to=surfaces", 400), ("nothing", 404)],
)
def test_what_is_not_there_is_told(editor: FastAPI, send: Send, path: str, status: int) -> None:
    assert post(send, editor, path, title="x", kind="y", revision="0").status_code == status


def test_who_may_not_change_journeys_reads_them_only(editor: FastAPI, send: Send) -> None:
    class ReadOnly:
        def check(self, action: Action, request: object) -> None:
            if action is Action.DESIGN:
                raise NotAllowed("Only reading.")

    closed = build_app(editor.state.workspaces, policy=ReadOnly())
    page = send(closed, "GET", "/w/shop/model", headers=HTML)
    assert page.status_code == 200
    assert "/model/edit" not in page.text
    assert send(closed, "GET", "/w/shop/model/edit?at=tasks/pay", headers=HTML).status_code == 403
    assert post(send, closed, "publish", revision="0").status_code == 403
