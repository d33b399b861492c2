"""The JSON API: its answers, its description, its failures."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from touchpath.model.errors import BadInput, Conflict, Missing, NotAllowed, TouchpathError, Unavailable
from touchpath.model.estimate import Estimate, Undefined
from touchpath.web.api.numbers import NumberOut
from touchpath.web.problems import describe

Get = Callable[..., httpx.Response]
BASE = "/api/v1/workspaces/shop"
PATHS = (
    "/api/v1/workspaces", BASE, f"{BASE}/overview", f"{BASE}/journeys", f"{BASE}/journeys/buy/map", f"{BASE}/metrics", f"{BASE}/metrics/nps",
    f"{BASE}/measure?metric=task_success&subject=checkout&by=channel&grain=month", f"{BASE}/people?q=42", f"{BASE}/people/user:42", f"{BASE}/kinds",
    "/api/v1/workspaces/empty/overview", "/api/v1/workspaces/empty/journeys/buy/map", "/api/v1/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_address_answers_with_strict_json(path: str, request_json: Get) -> None:
    answer = request_json(path)
    assert answer.status_code == 200
    json.loads(answer.text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def test_a_measurement_holds_its_total_its_readings_and_its_words(request_json: Get) -> None:
    measured = request_json(f"{BASE}/measure?metric=task_success&subject=checkout&by=channel&grain=month&confidence=0.9").json()
    assert measured["total"]["value"] == pytest.approx(0.66)
    assert measured["total"]["confidence"] == 0.9
    assert measured["metric"]["subject"] == "task"
    assert measured["change"]["changed"] == "down"
    assert {reading["segment"] for reading in measured["readings"]} >= {"", "web", "app"}


def test_the_period_reaches_the_platform(request_json: Get) -> None:
    measured = request_json(f"{BASE}/measure?metric=nps&subject=nps&start=2026-02-01&end=2026-03-01T12:00:00%2B02:00").json()
    assert measured["period"] == {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T12:00:00+02:00"}


def test_a_missing_number_is_null_with_its_reason(request_json: Get) -> None:
    step = request_json("/api/v1/workspaces/empty/journeys/buy/map").json()["stages"][0]["steps"][0]
    assert step["reach"]["value"] is None
    assert step["reach"]["reason"] == "nobody entered"


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
    assert f"{BASE}/measure".replace("shop", "{workspace}") in described["paths"]
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    problem = described["paths"]["/api/v1/workspaces"]["get"]["responses"]["404"]["content"]
    assert problem["application/problem+json"]["schema"]["$ref"].endswith("ProblemOut")
