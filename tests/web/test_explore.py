"""The pages that explore: a question is its address, works without scripts, and what cannot be asked says why beside its field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from touchpath.model.errors import BadInput, NotAllowed
from touchpath.services.exploring import Explorer
from touchpath.services.saved_queries import SavedQueries
from touchpath.store.sql import SqlAnswer, SqlColumn, SqlLimits, SqlTable
from touchpath.stores.records import open_records
from touchpath.web.access import Action
from touchpath.web.app import build_app

Get = Callable[..., httpx.Response]
VOLUME = "/w/shop/explore/volume?q.of.0=order.placed"


def test_every_query_has_a_page_with_its_form(request_page: Get) -> None:
    index = request_page("/w/shop/explore").text
    queries = set(re.findall(r'href="/w/shop/explore/([a-z]+)"', index)) - {"timeline"}
    assert len(queries) >= 32
    for query in sorted(queries):
        page = request_page(f"/w/bare/explore/{query}")
        assert page.status_code == 200, query
        assert 'id="ask"' in page.text


def test_kinds_of_the_catalogue_and_of_the_model_are_suggested(request_page: Get) -> None:
    page = request_page("/w/shop/explore/funnel").text
    assert '<option value="page.viewed">900,000</option>' in page
    assert "in the model, none came" in page


def test_an_answer_stands_beside_its_question_with_the_same_as_text_and_python(request_page: Get) -> None:
    page = request_page(VOLUME + "&grain=month").text
    assert "40" in page
    assert "nobody is in the base" in page
    assert "No kind of signal is called" in page
    assert "space.ask({" in page
    assert "touchpath ask &#39;query: volume" in page


def test_a_button_changes_the_rows_without_scripts(request_page: Get) -> None:
    answer = request_page(VOLUME + "&do=add:q.of")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/w/shop/explore/volume?q.of.0=order.placed&q.of.n=2"
    assert 'id="q-of-drop-1"' in request_page(answer.headers["location"]).text


def test_a_fault_is_beside_its_field_and_nothing_is_asked(request_page: Get) -> None:
    page = request_page(VOLUME + "&where=channel:%20[web").text
    assert 'aria-invalid="true" aria-describedby="f-where-fault"' in page
    assert "Not asked" in page


def test_a_document_fills_the_form_of_the_query_that_it_names(request_page: Get) -> None:
    answer = request_page(
        "/w/shop/explore/funnel?document=query: volume%0Aof: [order.placed, {kind: x, where: {channel: web}}]&period=28"
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/w/shop/explore/volume?period=28&q.of.n=2&q.of.0=order.placed&q.of.1=x&q.of.1.where=channel%3A+web"
    )
    refused = request_page("/w/shop/explore/funnel?document=steps: [a]")
    assert refused.status_code == 200
    assert "names no query" in refused.text


def test_an_answer_is_a_file(request_page: Get) -> None:
    answer = request_page(VOLUME.replace("volume?", "volume/table.csv?"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[0].startswith("from,what,people,share,share_low,share_high,share_n")
    assert request_page(VOLUME.replace("volume?", "volume/table.parquet?")).content[:4] == b"PAR1"
    assert request_page(VOLUME.replace("volume?", "volume/table.exe?")).status_code == 400
    assert request_page("/w/shop/explore/volume/table.csv").status_code == 400


def test_rows_of_features_are_a_file_without_formulas(request_page: Get) -> None:
    address = "/w/shop/explore/features/rows.csv?q.anchor=order.placed&q.features={orders: {count: x}}"
    text = request_page(address).text
    assert "'=1+1,3" in text
    assert request_page("/w/shop/explore/volume/rows.csv?q.of.0=x").status_code == 400


def test_people_behind_an_outcome_are_listed_and_sent(request_page: Get) -> None:
    page = request_page(VOLUME.replace("volume?", "volume/people?") + "&outcome=did")
    assert "240 people" in page.text
    sent = request_page(VOLUME.replace("volume?", "volume/people.csv?") + "&outcome=did").text
    assert sent.splitlines()[0] == "actor,signals,last"
    assert request_page(VOLUME.replace("volume?", "volume/people?") + "&outcome=x").status_code == 404


def test_what_was_asked_lately_is_on_the_first_page(request_page: Get) -> None:
    asked = request_page(VOLUME)
    cookie = asked.headers["set-cookie"].split(";")[0]
    again = request_page("/w/shop/explore", headers={"cookie": cookie}).text
    assert 'href="/w/shop/explore/volume?q.of.0=order.placed"' in again
    assert request_page("/w/shop/explore", headers={"cookie": cookie.split("=")[0] + "=W1siYmFkIl1d"}).status_code == 200


def test_a_stopped_answer_is_not_asked_again_by_itself(request_page: Get) -> None:
    answer = request_page(VOLUME.replace("volume?", "volume/stop?") + "&run=x", method="POST")
    assert answer.status_code == 303
    assert "stopped=1" in answer.headers["location"]
    assert "Ask again" in request_page(answer.headers["location"]).text


def test_an_address_that_is_no_form_of_ours_is_refused(request_page: Get) -> None:
    assert request_page("/w/shop/explore/volume?" + "&".join(f"a{n}=1" for n in range(501))).status_code == 400
    assert request_page("/w/shop/explore/volume?title=" + "x" * 16_001).status_code == 400
    assert request_page("/w/shop/explore/nothing").status_code == 404


FLOWS = "/w/shop/explore/flows?q.of=search&q.steps=3"


@pytest.mark.parametrize("address", [FLOWS, "/w/shop/explore/paths?q.gap=1d"])
def test_everything_a_drawing_leads_to_is_a_link_of_its_table(request_page: Get, address: str) -> None:
    text = request_page(address).text
    drawn = json.loads(unescape(re.search(r"<by-hand drawn='([^']+)'", text)[1]))  # type: ignore[index]
    marks = [one for many in ("nodes", "links", "places", "moves") for one in drawn.get(many, ())]
    leads = {one["href"] for one in marks if one["href"]}
    assert len(leads) >= 6
    assert leads <= set(map(unescape, re.findall(r'href="([^"]+)"', text)))
    for lead in sorted(leads):
        assert request_page(lead).status_code == 200, lead
    assert "/assets/explorer." in text
    assert "/assets/charts." not in text  # fetched when there is something to draw


def test_what_few_came_to_is_drawn_together_as_the_address_says(request_page: Get) -> None:
    assert "(other)" in request_page(FLOWS + "&rare=5").text.split("<figure")[1].split("<details")[0]
    assert "(other)" not in request_page(FLOWS + "&rare=0").text.split("<figure")[1].split("<details")[0]
    assert '<option value="2" selected>' in request_page(FLOWS + "&rare=nonsense").text


def test_no_mark_leads_to_people_for_whoever_may_not_see_them(workspaces: dict[str, object], send: Get) -> None:
    class NumbersOnly:
        def check(self, action: Action, _request: object) -> None:
            if action is Action.READ_PEOPLE:
                raise NotAllowed("No single people.")

    page = send(build_app(workspaces, policy=NumbersOnly()), "GET", FLOWS, headers={"accept": "text/html"})  # type: ignore[arg-type]
    assert page.status_code == 200
    assert "<by-hand" in page.text
    assert "/explore/flows/people" not in page.text


TIMELINE = "/w/shop/explore/timeline?of=nps:nps&grain=week"


def test_a_timeline_shows_the_span_of_its_address_and_says_the_others(request_page: Get) -> None:
    whole = request_page(TIMELINE).text
    drawn = json.loads(unescape(re.search(r"<by-hand drawn='([^']+)'", whole)[1]))  # type: ignore[index]
    count = len(drawn["readings"])
    assert (drawn["from"], drawn["to"]) == (0, count - 1)
    closer = unescape(re.search(r'id="lens-closer" href="([^"]+)"', whole)[1])  # type: ignore[index]
    near = request_page(closer)
    assert near.status_code == 200
    inside = json.loads(unescape(re.search(r"<by-hand drawn='([^']+)'", near.text)[1]))  # type: ignore[index]
    assert len(inside["readings"]) == count
    assert inside["to"] - inside["from"] + 1 == count // 2
    assert f"{count // 2} of {count} periods" in near.text
    assert near.text.count('<th scope="row">') < whole.count('<th scope="row">')
    assert all(request_page(one["href"]).status_code == 200 for one in inside["readings"][:2] if one["href"])


def test_a_timeline_that_cannot_be_shown_says_what_would_do(request_page: Get) -> None:
    assert "Which number?" in request_page("/w/shop/explore/timeline").text
    assert "No signals yet" in request_page("/w/empty/explore/timeline").text
    wrong = request_page(TIMELINE + "&zoom=march")
    assert wrong.status_code == 400
    assert "as two days" in wrong.text
    assert request_page("/w/shop/explore/timeline?of=npss").status_code == 404


class FakeSql:
    """One table and one row; whatever says 'no' is refused."""

    def tables(self) -> tuple[SqlTable, ...]:
        return (SqlTable("signals", "Every signal", (SqlColumn("kind", "varchar", "what happened"),)),)

    def ask(self, sql: str, limits: SqlLimits) -> SqlAnswer:
        if "no" in sql:
            raise BadInput("The function 'getenv' cannot be used here.")
        return SqlAnswer(pa.table({"kind": ["=a<b>", None], "n": [1, 2]}), True, 0.01)


@pytest.fixture
def explore(workspaces: dict[str, object], send: Get, tmp_path: Path) -> Get:
    """Ask an application in which something can be kept."""
    explorer = Explorer(SavedQueries(open_records(tmp_path / "records.sqlite")), FakeSql())
    app = build_app(workspaces, explorers={"shop": explorer})  # type: ignore[arg-type]

    def get(path: str, method: str = "GET", **more: object) -> httpx.Response:
        return send(app, method, path, headers={"accept": "text/html"}, **more)

    return get


SAVED = {"title": "Orders <b>", "document": "query: volume\nof: [order.placed]\n", "why": "for the review"}


def test_a_question_is_saved_and_its_versions_are_compared_and_brought_back(explore: Get) -> None:
    kept = explore("/w/shop/explore/saved", "POST", data=SAVED)
    assert kept.headers["location"] == "/w/shop/explore/volume?q.of.n=1&q.of.0=order.placed&saved=orders-b"
    assert "Save a new version" in explore(kept.headers["location"]).text
    newer = {**SAVED, "document": "query: volume\nof: [order.placed]\ngrain: month\n", "id": "orders-b", "revision": "1"}
    assert explore("/w/shop/explore/saved", "POST", data=newer).status_code == 303
    page = explore("/w/shop/explore/saved/orders-b").text
    assert "From version 1 to version 2" in page
    assert "<ins>+ grain: month</ins>" in page
    assert "Orders &lt;b&gt;" in page
    assert explore("/w/shop/explore/saved", "POST", data=newer | {"document": "query: volume\nof: [x]\n"}).status_code == 409
    assert explore("/w/shop/explore/saved/orders-b/restore", "POST", data={"revision": "1"}).status_code == 303
    assert "version 3" in explore("/w/shop/explore/saved/orders-b").text
    assert "Orders &lt;b&gt;" in explore("/w/shop/explore").text


def test_what_was_taken_away_can_be_brought_back(explore: Get) -> None:
    explore("/w/shop/explore/saved", "POST", data=SAVED)
    assert explore("/w/shop/explore/saved/orders-b/remove", "POST").status_code == 303
    assert explore("/w/shop/explore/saved/orders-b").status_code == 404
    assert explore("/w/shop/explore/saved/orders-b/back", "POST").status_code == 303
    assert explore("/w/shop/explore/saved/orders-b").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"document": "steps: [a]"}, {"document": "query: nothing"}, {"id": "x", "revision": "y"}]
)
def test_what_cannot_be_saved_is_refused(explore: Get, wrong: dict[str, str]) -> None:
    assert explore("/w/shop/explore/saved", "POST", data={**SAVED, **wrong}).status_code in (400, 404)


def test_sql_shows_its_tables_rows_and_what_is_wrong(explore: Get) -> None:
    assert "what happened" in explore("/w/shop/explore/sql").text
    page = explore("/w/shop/explore/sql?sql=SELECT kind FROM signals").text
    assert "=a&lt;b&gt;" in page
    assert "there are more" in page
    assert 'aria-describedby="sql-fault"' in explore("/w/shop/explore/sql?sql=no").text
    file = explore("/w/shop/explore/sql/rows.csv?sql=SELECT 1")
    assert file.text == "kind,n\r\n'=a<b>,1\r\n,2\r\n"
    assert explore("/w/shop/explore/sql/rows.parquet?sql=SELECT 1").content[:4] == b"PAR1"
    assert explore("/w/shop/explore/sql/rows.csv?sql=no").status_code == 400
    assert "SQL over the lake" in explore("/w/shop/explore").text
    assert explore("/w/empty/explore/sql").status_code == 503


class NoClear:
    """A policy that lets everything be done but reading personal details."""

    def check(self, action: Action, request: object) -> None:
        from touchpath.model.errors import NotAllowed

        if action is Action.READ_CLEAR:
            raise NotAllowed("Not in clear.")


def test_sql_is_for_those_who_may_read_personal_details_only(workspaces: dict[str, object], send: Get, tmp_path: Path) -> None:
    explorer = Explorer(SavedQueries(open_records(tmp_path / "records.sqlite")), FakeSql())
    app = build_app(workspaces, explorers={"shop": explorer}, policy=NoClear())  # type: ignore[arg-type]
    for path in ("/w/shop/explore/sql?sql=SELECT 1", "/w/shop/explore/sql/rows.csv?sql=SELECT 1"):
        assert send(app, "GET", path, headers={"accept": "text/html"}).status_code == 403
    assert send(app, "POST", "/w/shop/explore/sql/stop?run=x", headers={"accept": "text/html"}).status_code == 403
    assert "SQL over the lake" not in send(app, "GET", "/w/shop/explore", headers={"accept": "text/html"}).text
