"""The guided first run without scripts: what is done and next, a template into the draft, answers to numbers, a first key, a demo."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from touchpath import Signal
from touchpath.bootstrap import (
    Workspace,
    build_reception,
    build_server,
    create_workspace,
    made_demos,
    open_workspace,
    take_in_front,
)
from touchpath.bootstrap.demo_making import DemoMaker, share_of
from touchpath.model.errors import Cancelled, Conflict, NotAllowed, Unavailable
from touchpath.services.demo_runs import DemoRuns, Report
from touchpath.web.access import Action
from touchpath.web.app import build_app

Send = Callable[..., httpx.Response]
HTML = {"accept": "text/html"}
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHEET = "response\tat\tperson\tquestion\tvalue\ttext\n" + "".join(
    f"{n}\t2026-03-02 10:{n:02}\tp{n}\trecommend\t{n % 3 + 8}\t\n{n}\t2026-03-02 10:{n:02}\tp{n}\twhy\t\tbecause {n}\n"
    for n in range(1, 31)
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    create_workspace(tmp_path / "shop", zone="Europe/Berlin")
    with closing(open_workspace(tmp_path / "shop")) as workspace:
        yield workspace


@pytest.fixture
def server(shop: Workspace) -> FastAPI:
    return build_server([shop])


def said(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def look(send: Send, app: FastAPI, path: str = "start", **more: str) -> str:
    answer = send(app, "GET", f"/w/shop/{path}", headers=HTML | more)
    assert answer.status_code == 200, answer.text
    return said(answer)


def post(send: Send, app: FastAPI, path: str, **form: str) -> httpx.Response:
    return send(app, "POST", f"/w/shop/{path}", data=form, headers=HTML)


def revision(shop: Workspace) -> str:
    assert shop.platform.drafts is not None
    return str(shop.platform.drafts.show().revision)


def orders() -> list[Signal]:
    kinds = ("page.viewed", "Order Completed", "ticket.opened")
    return [Signal("web", f"{kind}-{n}", kind, AT.replace(minute=n), (f"user:p{n}",)) for kind in kinds for n in range(20)]


def test_an_empty_workspace_begins_with_signals_and_nothing_else_is_done(send: Send, server: FastAPI) -> None:
    page = look(send, server)
    assert "Bring signals in this is next" in page
    assert "Say what they mean later" in page
    assert "Your first numbers" not in page
    assert "Be led through them" in look(send, server, "")
    assert "Get started with shop" in said(send(server, "GET", "/help", headers=HTML))


def test_a_template_is_fitted_to_the_names_of_here_drafted_taken_back_and_published(
    send: Send, server: FastAPI, shop: Workspace
) -> None:
    shop.record(orders())
    assert "Say what they mean this is next" in look(send, server)
    assert "2 of its" in look(send, server, "start/model")
    page = send(server, "GET", "/w/shop/start/model/shop", headers=HTML).text
    name = re.search(r'name="(kind-\d+)-of" value="order.placed"', page)
    assert name, page
    select = page.split(f'<select id="{name[1]}"')[1].split("</select>")[0]
    assert 'value="Order Completed" selected' in select or "Order Completed" in select.split("Called alike")[1]
    form = {name[1]: "Order Completed", f"{name[1]}-of": "order.placed", "kind-90": "-", "kind-90-of": "return.requested"}
    went = post(send, server, "start/model/shop", revision=revision(shop), **form)
    assert went.headers["location"] == "/w/shop/model"
    assert shop.platform.drafts is not None
    draft = shop.platform.drafts.show()
    assert draft.experience.journey("buy").steps[4].match.kinds == ("Order Completed",)
    assert "send-back" not in {one.id for one in draft.experience.tasks}
    assert draft.experience.brand.title == "shop"
    assert "waits to be published" in look(send, server)
    post(send, server, "model/undo", revision=revision(shop))
    assert not shop.platform.drafts.show().open
    post(send, server, "start/model/shop", revision=revision(shop), **form)
    post(send, server, "model/publish", revision=revision(shop))
    assert shop.platform.experience().journeys
    assert "Ask people this is next" in look(send, server)


def test_a_template_is_refused_when_the_draft_moved_on_and_says_so(send: Send, server: FastAPI) -> None:
    answer = post(send, server, "start/model/shop", revision="7")
    assert answer.status_code == 409
    assert "changed the draft in the meantime" in said(answer)
    assert post(send, server, "start/model/nothing", revision="0").status_code == 404


def finished(shop: Workspace) -> None:
    deadline = time.monotonic() + 60
    while any(one.upload.active for one in shop.incoming.uploads.all()) and time.monotonic() < deadline:
        threading.Event().wait(0.02)


def test_pasted_answers_become_a_question_of_the_model_and_a_number_with_its_interval(
    send: Send, server: FastAPI, shop: Workspace
) -> None:
    assert "Paste a header" in said(post(send, server, "start/answers", sheet="  "))
    place = post(send, server, "start/answers", sheet=SHEET).headers["location"].removeprefix("/w/shop/")
    page = look(send, server, place)
    assert "Questionnaires on paper" in page
    post(send, server, place, format="paper-questionnaires", do="import", **{"option-zone": "Europe/Berlin", "option-dates": ""})
    finished(shop)
    assert shop.incoming.uploads.all()[0].upload.state == "done", shop.incoming.uploads.all()[0].upload.said
    page = look(send, server, "start/answers")
    assert "What was asked? " in page
    assert "recommend 30 answers, from 8 to 10" in page
    assert "because" not in page
    assert "Choose for at least one" in said(post(send, server, "start/questions", revision="0"))
    bad = post(send, server, "start/questions", revision="0", **{"id-0": "recommend", "asks-0": "customer_effort:1:7"})
    assert bad.status_code == 400
    post(send, server, "start/questions", revision="0", **{"id-0": "recommend", "asks-0": "nps:0:10"})
    post(send, server, "model/publish", revision=revision(shop))
    page = look(send, server)
    assert "Your first numbers" in page
    assert "net promoter score" in page.lower()
    first = page.split("Your first numbers")[1]
    assert "95 % CI" in first, first
    assert "67 95 % CI 42–79 n 30 answers" in first, first
    sheet = send(server, "GET", "/w/shop/start/answers.csv", headers=HTML)
    assert sheet.text.startswith("response,at,person,question,value,text\nEXAMPLE-1,2026-03-01 14:30,,recommend,10,\n")


def test_a_question_may_stand_on_a_scale_of_its_own(send: Send, server: FastAPI, shop: Workspace) -> None:
    answers = "".join(f"{n},2026-03-02 10:{n:02},p{n},quality,{n % 10 + 3},\n" for n in range(1, 31))
    place = post(send, server, "start/answers", sheet=f"response,at,person,question,value,text\n{answers}").headers["location"]
    form = {"format": "paper-questionnaires", "do": "import", "option-zone": "Europe/Berlin", "option-dates": ""}
    post(send, server, place.removeprefix("/w/shop/"), **form)
    finished(shop)
    assert "quality 30 answers, from 3 to 12 Not read A scale of its own" in look(send, server, "start/answers")
    own = {"id-0": "quality", "asks-0": "own", "better-0": "lower"}
    for ends in ({}, {"low-0": "1", "high-0": "10"}, {"low-0": "12", "high-0": "3"}, {"low-0": "1.5", "high-0": "15"}):
        bad = post(send, server, "start/questions", revision="0", **own, **ends)
        assert (bad.status_code, "holds all answers (3 to 12)" in said(bad)) == (400, True)
        assert '<option value="own" selected>' in bad.text
        assert '<option value="lower" selected>' in bad.text
    post(send, server, "start/questions", revision="0", **own, **{"low-0": "0", "high-0": "15"})
    post(send, server, "model/publish", revision=revision(shop))
    (question,), (metric,) = shop.platform.experience().questions, shop.platform.experience().metrics
    assert (question.low, question.high, question.metric) == (0, 15, "")
    assert (metric.kind, metric.question, metric.better) == ("item", question.id, "lower")
    first = look(send, server).split("Your first numbers")[1]
    assert "quality 7.5 95 % CI" in first, first
    assert "n 30" in first, first


def test_a_first_key_is_shown_once_and_the_page_hears_when_a_signal_came(send: Send, server: FastAPI, shop: Workspace) -> None:
    assert post(send, server, "start/key", source="Not A Name").status_code == 400
    page = post(send, server, "start/key", source="web-shop")
    key = unescape(re.search(r'<pre id="the-key"[^>]*><code>([^<]+)</code>', page.text)[1])  # type: ignore[index]
    assert "Waiting for the first signal of “web-shop”" in said(page)
    front = take_in_front(server, build_reception([shop]), shop.settings)
    signal = {"id": "first", "kind": "key.tried", "occurred_at": "2026-03-01T10:00:00Z"}
    taken = send(front, "POST", "/v1/signals", json={"signals": [signal]}, headers={"authorization": f"Bearer {key}"})
    assert taken.status_code == 200
    shop.live.drain.round()
    assert "1 signal of “web-shop” is here" in look(send, server, "start/arrived?source=web-shop&had=0")
    assert "Waiting" in look(send, server, "start/arrived?source=other&had=0")


class Making:
    """Makes a demo as soon as it may; stopped in between it raises, as the real one does."""

    def __init__(self) -> None:
        self.go, self.at_work, self.shown = threading.Event(), threading.Event(), ""

    def make(self, name: str, report: Report, stop: threading.Event) -> str:
        report("half of it", 0.5)
        self.at_work.set()
        while not self.go.wait(0.01):
            if stop.is_set():
                raise Cancelled("stopped")
        self.shown = f"demo-{name}"
        return self.shown

    def there(self, name: str) -> str:
        return self.shown


def settled(runs: DemoRuns) -> None:
    deadline = time.monotonic() + 20
    while runs.show("company").state == "running" and time.monotonic() < deadline:
        threading.Event().wait(0.01)


def test_a_demo_is_made_watched_stopped_and_made_again(send: Send, shop: Workspace) -> None:
    making = Making()
    runs = DemoRuns({"company": "A company"}, making)
    app = build_app({"shop": shop.platform}, incoming={"shop": shop.incoming}, demos=runs)  # type: ignore[dict-item]
    assert "Load this demo" in look(send, app)
    assert post(send, app, "start/demo/company").headers["location"] == "/w/shop/start/demo/company"
    assert making.at_work.wait(20)
    page = look(send, app, "start/demo/company")
    assert "It is being made" in page
    assert "50 %" in page
    with pytest.raises(Conflict):
        runs.start("company")
    post(send, app, "start/demo/company/stop")
    settled(runs)
    assert "nothing of it is left" in look(send, app, "start/demo/company")
    making.go.set()
    post(send, app, "start/demo/company")
    settled(runs)
    assert "The demo is there" in look(send, app, "start/demo/company")
    assert "in a workspace of its own" in look(send, app)
    assert post(send, app, "start/demo/company").status_code == 409
    assert post(send, app, "start/demo/nothing").status_code == 404


@pytest.mark.slow
def test_a_demo_of_a_process_of_its_own_is_shown_and_served_again(shop: Workspace) -> None:
    shown: list[Workspace] = []
    maker = DemoMaker(shop.folder, shop.settings, shown.append, lambda: [one.platform.name for one in shown], people=40)
    steps: list[tuple[str, float | None]] = []
    assert maker.make("company", lambda *step: steps.append(step), threading.Event()) == "demo-company"
    try:
        assert maker.there("company") == "demo-company"
        assert shown[0].platform.experience().journeys
        assert shown[0].platform.kinds()
        assert any("signals kept" in words for words, _ in steps)
        assert made_demos(shop.folder) == [shop.folder / "demos" / "demo-company"]
    finally:
        shown[0].close()


def test_a_demo_that_is_stopped_or_fails_leaves_nothing(shop: Workspace) -> None:
    made = "import sys, pathlib; folder = pathlib.Path(sys.argv[2]); folder.mkdir(); (folder / 'x').touch()"
    maker = DemoMaker(shop.folder, shop.settings, lambda one: None, list, command=f"{made}; sys.stdin.read() or input()")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        maker.make("company", lambda *step: None, stop)
    broken = DemoMaker(shop.folder, shop.settings, lambda one: None, list, command=f"{made}; sys.exit('no room')")
    with pytest.raises(Unavailable, match="could not be made: no room"):
        broken.make("company", lambda *step: None, threading.Event())
    assert list((shop.folder / "demos").iterdir()) == []


def test_what_the_process_says_is_reported_as_it_comes(shop: Workspace) -> None:
    says = (
        "import sys; print('30,000 signals kept', flush=True); print('building timelines', flush=True); sys.exit('that was all')"
    )
    steps: list[tuple[str, float | None]] = []
    maker = DemoMaker(shop.folder, shop.settings, lambda one: None, list, people=1_000, command=says)
    with pytest.raises(Unavailable):
        maker.make("company", lambda *step: steps.append(step), threading.Event())
    assert steps[0] == ("30,000 signals kept", pytest.approx(0.45))


def test_the_share_of_a_demo_is_told_by_its_signals() -> None:
    assert share_of("150,000 signals kept", 300_000) == pytest.approx(0.45)
    assert share_of("building timelines", 300_000) == 0.95
    assert share_of("150,000 signals kept", 0) is None


class Reads:
    """Whoever asks may read, and do nothing else."""

    def check(self, action: Action, request: object) -> None:
        if action not in (Action.READ_CATALOGUE, Action.READ_NUMBERS):
            raise NotAllowed("no")


def test_whoever_may_only_read_sees_the_steps_and_no_form(send: Send, shop: Workspace) -> None:
    app = build_app(
        {"shop": shop.platform}, incoming={"shop": shop.incoming}, demos=DemoRuns({"company": "x"}, Making()), policy=Reads()
    )  # type: ignore[dict-item, arg-type]
    for path in ("start", "start/answers", "start/model", "start/model/app"):
        page = send(app, "GET", f"/w/shop/{path}", headers=HTML)
        assert page.status_code == 200
        assert '<form method="post"' not in page.text
        assert 'method="post"' not in page.text
    for path in ("start/key", "start/answers", "start/questions", "start/model/app", "start/demo/company"):
        assert post(send, app, path, revision="0").status_code == 403
