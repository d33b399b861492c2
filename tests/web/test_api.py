"""The JSON API: its answers, its description, its failures."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI, Request
from made_up import FakePlatform

from touchpath.model.errors import BadInput, Conflict, Missing, NotAllowed, TouchpathError, Unavailable
from touchpath.model.estimate import Estimate, Undefined
from touchpath.web.access import Action
from touchpath.web.api.numbers import NumberOut
from touchpath.web.app import build_app
from touchpath.web.problems import describe

Get = Callable[..., httpx.Response]
BASE = "/api/v1/workspaces/shop"
PATHS = (
    "/api/v1/workspaces", BASE, f"{BASE}/overview", f"{BASE}/journeys", f"{BASE}/journeys/buy/map", f"{BASE}/metrics", f"{BASE}/metrics/nps",
    f"{BASE}/measure?metric=task_success&subject=checkout&by=channel&grain=month", f"{BASE}/people?q=42", f"{BASE}/people/user:42", f"{BASE}/kinds",
    f"{BASE}/funnel?step=page.viewed&step=order.placed&by=channel&grain=month", f"{BASE}/tasks", f"{BASE}/tasks/checkout", f"{BASE}/paths",
    "/api/v1/workspaces/empty/tasks/checkout", "/api/v1/workspaces/empty/paths",
    "/api/v1/workspaces/empty/overview", "/api/v1/workspaces/empty/journeys/buy/map", "/api/v1/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_address_answers_with_strict_json(path: str, request_json: Get) -> None:
    answer = request_json(path)
    assert answer.status_code == 200
    json.loads(answer.text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def test_responses_tell_who_was_asked_and_who_answered(request_json: Get) -> None:
    told = request_json(f"{BASE}/responses?question=nps&by=channel&window=14d").json()
    assert told["asked"] == sum(one["asked"] for one in told["segments"])
    assert told["answered"] == sum(one["answered"] for one in told["segments"])
    assert told["rate"]["value"] == pytest.approx(told["answered"] / told["asked"])
    assert told["as_asked"]["value"] == 31.0
    assert request_json(f"{BASE}/responses?question=nps&window=ever").status_code == 400
    assert request_json(f"{BASE}/responses?question=nsp").status_code == 404


def test_a_measurement_holds_its_total_its_readings_and_its_words(request_json: Get) -> None:
    measured = request_json(f"{BASE}/measure?metric=task_success&subject=checkout&by=channel&grain=month&confidence=0.9").json()
    assert measured["total"]["value"] == pytest.approx(0.66)
    assert measured["total"]["confidence"] == 0.9
    assert measured["metric"]["subject"] == "task"
    assert measured["change"]["changed"] == "down"
    assert {reading["segment"] for reading in measured["readings"]} >= {"", "web", "app"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("measure", "measure?metric=nps&subject=nps"),
        ("measure_all", "measure-all?grain=month"),
        ("compare", "compare?metric=nps&subject=nps&by=channel"),
        ("trend", "trend?metric=nps&subject=nps"),
        ("drivers", "drivers?outcome=nps&of=csat"),
        ("effect", "effect?metric=nps&subject=nps&since=2026-03-01"),
        ("associations", "associations?ux=task_success:checkout&cx=nps:nps&by=channel"),
    ],
)
def test_intervals_are_as_sure_as_the_workspace_says_unless_asked(
    method: str, path: str, request_json: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = list[float | None](), getattr(FakePlatform, method)

    def noted(*of: object, **more: object) -> object:
        asked.append(more["confidence"])  # type: ignore[arg-type]
        return answer(*of, **more)

    monkeypatch.setattr(FakePlatform, method, noted)
    assert request_json(f"{BASE}/{path}").status_code == 200
    assert request_json(f"{BASE}/{path}&confidence=0.9").status_code == 200
    assert asked == [None, 0.9]


def test_the_period_reaches_the_platform(request_json: Get) -> None:
    measured = request_json(f"{BASE}/measure?metric=nps&subject=nps&start=2026-02-01&end=2026-03-01T12:00:00%2B02:00").json()
    assert measured["period"] == {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T12:00:00+02:00"}


def test_a_missing_number_is_null_with_its_reason(request_json: Get) -> None:
    step = request_json("/api/v1/workspaces/empty/journeys/buy/map").json()["stages"][0]["steps"][0]
    assert step["reach"]["value"] is None
    assert step["reach"]["reason"] == "nobody entered"


def test_a_funnel_keeps_the_order_of_its_steps_and_all_it_was_asked(request_json: Get) -> None:
    asked = "step=page.viewed&step=survey.answered&step=order.placed&window=30m&reentry=false&same=order&start=2026-02-01"
    funnel = request_json(f"{BASE}/funnel?{asked}").json()
    (cell,) = funnel["cells"]
    assert [step["title"] for step in cell["steps"]] == ["page.viewed", "survey.answered", "order.placed"]
    assert (funnel["window_seconds"], funnel["unit"], cell["entrants"]) == (1800, "people with one order each", 300)
    assert cell["period"]["start"] == "2026-02-01T00:00:00Z"
    assert (cell["steps"][0]["completion"]["value"], cell["steps"][0]["completion"]["reason"]) == (
        None,
        "the first step has none before it",
    )
    assert cell["steps"][1]["completion"]["value"] == 0.9


def test_a_funnel_is_cut_by_period_and_segment(request_json: Get) -> None:
    cells = request_json(f"{BASE}/funnel?step=page.viewed&by=plan&grain=quarter").json()["cells"]
    assert [(cell["period"]["start"][:7], cell["segment"]) for cell in cells] == [
        ("2026-01", "free"), ("2026-01", "pro"), ("2026-04", "free"), ("2026-04", "pro"),
    ]  # fmt: skip


def test_a_task_tells_its_numbers_with_their_words_and_its_learning(request_json: Get) -> None:
    assert [task["id"] for task in request_json(f"{BASE}/tasks").json()] == ["checkout", "find"]
    task = request_json(f"{BASE}/tasks/checkout?end=2026-03-01").json()
    assert (task["title"], task["started"], task["open"]) == ("Check out", 380, 4)
    assert task["numbers"]["task_success"]["metric"]["title"] == "Task success"
    assert task["numbers"]["task_success"]["number"]["value"] == pytest.approx(0.66)
    assert [one["value"] for one in task["attempts"]] == [0.6, 0.7, None]
    assert task["period"]["end"] == "2026-03-01T00:00:00Z"


def test_paths_are_of_kinds_or_of_a_journeys_steps(request_json: Get) -> None:
    kinds = request_json(f"{BASE}/paths?top=2").json()
    assert [(edge["before"], edge["after"]) for edge in kinds["edges"]] == [
        ("page.viewed", "order.placed"),
        ("order.placed", "survey.answered"),
    ]
    assert (kinds["left_out"], kinds["edges"][0]["time"]["reason"]) == (1, "nobody moved so")
    steps = request_json(f"{BASE}/paths?journey=return").json()
    assert steps["edges"][0]["before"] == "Get the parcel"


def test_an_open_bound_is_null_and_nothing_is_ever_nan() -> None:
    wide = NumberOut.of(Estimate(3.2, 2.1, float("inf"), 9, "people"))
    assert (wide.value, wide.low, wide.high, wide.reason) == (3.2, 2.1, None, None)
    broken = NumberOut.of(Estimate(float("nan"), 0, 1, 9, "people"))
    assert (broken.value, broken.reason) == (None, "the number is not finite")
    assert NumberOut.of(Undefined("nobody answered", 0)).reason == "nobody answered"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/workspaces/shpo", 404, "missing"),
        (f"{BASE}/journeys/buyy/map", 404, "missing"),
        (f"{BASE}/metrics/npss", 404, "missing"),
        (f"{BASE}/measure?metric=task_success&subject=nothing", 400, "bad_input"),
        (f"{BASE}/measure", 400, "bad_input"),
        (f"{BASE}/measure?metric=nps&confidence=2", 400, "bad_input"),
        (f"{BASE}/measure?metric=nps&grain=fortnight", 400, "bad_input"),
        (f"{BASE}/measure?metric=nps&start=yesterday", 400, "bad_input"),
        (f"{BASE}/measure?metric=nps&start=2026-03-01T10:00:00", 400, "bad_input"),
        (f"{BASE}/measure?metric=nps&start=2026-03-01&end=2026-02-01", 400, "bad_input"),
        (f"{BASE}/people/user:nobody", 404, "missing"),
        (f"{BASE}/funnel", 400, "bad_input"),
        (f"{BASE}/funnel?step=", 400, "bad_input"),
        (f"{BASE}/funnel?step=page.veiwed", 404, "missing"),
        (f"{BASE}/funnel?step=page.viewed&window=soon", 400, "bad_input"),
        (f"{BASE}/funnel?step=page.viewed&grain=fortnight", 400, "bad_input"),
        (f"{BASE}/funnel?step=page.viewed&by=planet", 404, "missing"),
        (f"{BASE}/funnel?step=page.viewed&reentry=maybe", 400, "bad_input"),
        (f"{BASE}/tasks/chekout", 404, "missing"),
        (f"{BASE}/tasks/checkout?start=yesterday", 400, "bad_input"),
        (f"{BASE}/paths?journey=buyy", 404, "missing"),
        (f"{BASE}/paths?top=0", 400, "bad_input"),
        ("/api/v1/nothing", 404, "missing"),
    ],
)
def test_failures_leave_as_problem_details(path: str, status: int, code: str, request_json: Get) -> None:
    answer = request_json(path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert {"type", "title", "detail", "instance"} <= problem.keys()


def test_a_problem_says_what_came_and_what_would_do(request_json: Get) -> None:
    assert request_json("/api/v1/workspaces/shpo").json()["detail"] == "No workspace is called 'shpo'. Did you mean 'shop'?"
    fault = request_json(f"{BASE}/measure?metric=nps&confidence=2").json()
    assert fault["errors"] == [{"field": "confidence", "detail": "Input should be less than 1"}]


def test_programs_and_people_get_the_same_problem_in_their_own_form(request_json: Get, request_page: Get) -> None:
    page = request_page("/w/shpo/")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Did you mean" in page.text
    assert request_json("/w/shpo/").headers["content-type"] == "application/problem+json"
    wrong = request_json("/api/v1/workspaces", "POST")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "bad_method")


@pytest.mark.parametrize(
    ("error", "status"),
    [(BadInput, 400), (Missing, 404), (NotAllowed, 403), (Conflict, 409), (Unavailable, 503), (TouchpathError, 500)],
)
def test_each_error_of_ours_has_its_status(error: type[TouchpathError], status: int) -> None:
    found, code, detail = describe(error("What came."))
    assert (int(found), code, detail) == (status, error.code, "What came.")


def test_an_error_that_nobody_foresaw_tells_nothing_of_the_inside() -> None:
    status, code, detail = describe(ZeroDivisionError("secret"))
    assert (int(status), code) == (500, "error")
    assert "secret" not in detail


def test_openapi_describes_every_address_and_the_shape_of_problems(request_json: Get) -> None:
    described = request_json("/api/v1/openapi.json").json()
    for address in ("measure", "funnel", "tasks", "tasks/{task}", "paths"):
        assert f"/api/v1/workspaces/{{workspace}}/{address}" in described["paths"]
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    problem = described["paths"]["/api/v1/workspaces"]["get"]["responses"]["404"]["content"]
    assert problem["application/problem+json"]["schema"]["$ref"].endswith("ProblemOut")


def test_a_query_is_asked_by_address_or_by_body(request_json):
    by_address = request_json("/api/v1/workspaces/shop/ask?query={query: volume, of: [order.placed]}")
    by_body = request_json("/api/v1/workspaces/shop/ask", "POST", content='{"query": "volume", "of": ["order.placed"]}')
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.json() == by_body.json()
    first, second = by_body.json()["tables"]["volume"]
    assert (first["people"], first["share"]["n"], first["from"][:4]) == (120, 300, "2026")
    assert (second["share"]["value"], second["share"]["reason"]) == (None, "nobody is in the base")
    assert by_body.json()["notes"] == ["No kind of signal is called 'x'. There is none yet."]


@pytest.mark.parametrize(
    ("body", "said"), [(b"{}", "There are: volume"), (b"\xff", "UTF-8"), (b"volume" * 200_000, "1,000,000 bytes")]
)
def test_a_query_that_cannot_be_read_says_why(request_json, body, said):
    answer = request_json("/api/v1/workspaces/shop/ask", "POST", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_several_queries_are_answered_in_their_places(request_json):
    answer = request_json("/api/v1/workspaces/shop/ask", "POST", content='[{"query": "volume"}, {"query": "volum"}]')
    assert answer.status_code == 200
    first, second = answer.json()
    assert first["tables"]["volume"][0]["people"] == 120
    assert second == {"problem": {"code": "bad_input", "detail": "query:1: No query is called 'volum'."}}


def test_a_query_is_explained_by_address_or_by_body(request_json):
    by_address = request_json("/api/v1/workspaces/shop/explain?query={query: volume, of: [order.placed]}")
    by_body = request_json("/api/v1/workspaces/shop/explain?run=true", "POST", content='{"query": "volume"}')
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.json()["columns"] == [{"column": "kind", "bytes": 400, "read_by": ["query"]}]
    assert (by_address.json()["spent"], by_body.json()["spent"]["read_seconds"]) == (None, 0.2)
    assert request_json("/api/v1/workspaces/shop/explain?query=x").status_code == 400


def test_a_page_of_another_site_cannot_ask(request_json):
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert request_json("/api/v1/workspaces/shop/ask", "POST", content=b"{query: volume}", headers=headers).status_code == 403


def test_the_queries_are_listed(request_json):
    assert request_json("/api/v1/workspaces/shop/queries").json()[0]["query"] == "volume"


def test_a_number_of_others_is_entered_listed_and_taken_back(app: FastAPI, send: Get) -> None:
    figure = {"metric": "nps", "who": "The other shop", "value": 41.0, "as_of": "2026-01-31", "source": "Annual report, page 9"}
    entered = send(app, "POST", f"{BASE}/benchmarks", json=figure)
    assert entered.status_code == 201
    assert entered.json()["who"] == "The other shop"
    listed = send(app, "GET", f"{BASE}/benchmarks?metric=nps").json()
    assert [one["id"] for one in listed] == [entered.json()["id"]]
    assert send(app, "DELETE", f"{BASE}/benchmarks/{entered.json()['id']}?why=wrong").status_code == 200
    assert send(app, "GET", f"{BASE}/benchmarks").json() == []
    assert send(app, "DELETE", f"{BASE}/benchmarks/{entered.json()['id']}").status_code == 404


def test_numbers_of_others_are_not_entered_by_a_page_of_another_site(app: FastAPI, send: Get) -> None:
    figure = {"metric": "nps", "who": "x", "value": 41.0, "as_of": "2026-01-31", "source": "y"}
    forged = send(app, "POST", f"{BASE}/benchmarks", json=figure, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


def test_what_stands_behind_a_number_is_told_to_programs(request_json: Get) -> None:
    behind = request_json(f"{BASE}/measure/behind?metric=task_success&subject=checkout").json()
    assert [one["count"] for one in behind["counted"]] == [626, 948]
    assert behind["left_out"][0] == {"count": 12, "why": "attempts still have time left"}
    assert behind["query"]["query"] == "tasks"
    assert [one["version"] for one in behind["history"]] == [2, 1]
    people = request_json(f"{BASE}/measure/people?metric=task_success&subject=checkout&group=succeeded").json()
    assert (people["count"], [one["actor"] for one in people["people"]]) == (2, ["user:0", "user:1"])


class NumbersOnly:
    """Lets everybody read numbers, and nobody people."""

    def check(self, action: Action, request: Request) -> None:
        if action is Action.READ_PEOPLE:
            raise NotAllowed("Only numbers.")


def test_who_may_not_read_people_asks_a_workspace_without_small_groups(send, workspaces, monkeypatch) -> None:
    shop = workspaces["shop"]
    monkeypatch.setattr(type(shop), "for_viewers", lambda self: workspaces["empty"] if self is shop else self)
    assert send(build_app(workspaces, policy=NumbersOnly()), "GET", BASE).json()["title"] == "Nothing yet"
    assert send(build_app(workspaces), "GET", BASE).json()["title"] == "The Shop"
