"""The one place where errors become HTTP: a status, and one shape (RFC 9457) or a page that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from touchpath.model.errors import (
    BadInput,
    Conflict,
    Missing,
    NotAllowed,
    NotSignedIn,
    TooMany,
    TouchpathError,
    Unavailable,
)
from touchpath.web.languages import N_, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.return_address import sign_in_address
from touchpath.web.templates import render

STATUS: Mapping[type[TouchpathError], HTTPStatus] = {
    BadInput: HTTPStatus.BAD_REQUEST,
    Missing: HTTPStatus.NOT_FOUND,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
TITLES: Mapping[str, str] = {
    "bad_input": N_("That cannot be used as it came"),
    "missing": N_("There is no such thing here"),
    "not_allowed": N_("You may not do this"),
    "not_signed_in": N_("Sign in first"),
    "conflict": N_("It has changed since you read it"),
    "too_many": N_("Too often in a short time"),
    "unavailable": N_("Not available just now"),
    "bad_method": N_("That cannot be done here"),
    "error": N_("Something went wrong on our side"),
}
ADVICE: Mapping[str, str] = {
    "bad_input": N_("Go back and choose another value."),
    "missing": N_("Check the address, or start from the list of workspaces."),
    "not_allowed": N_("Whoever owns this Touchpath can say what would do."),
    "conflict": N_("Load the page again and repeat the change."),
    "unavailable": N_("Wait a moment and load the page again."),
    "bad_method": N_("Go back to the page you came from."),
    "error": N_("Load the page again. If it stays, the server's log has the details."),
}


def install(app: FastAPI) -> None:
    """Let every failure of the application leave as a problem."""
    app.add_exception_handler(TouchpathError, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(Exception, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return respond(request.scope, error)


def respond(scope: Scope, error: Exception) -> Response:
    """The response for an error: problem details for programs, a page for people."""
    request = Request(scope)
    if isinstance(error, NotSignedIn) and _wants_page(request):
        return _to_sign_in(request, error)
    status, code, detail = describe(error)
    family = code if code in TITLES else _family(error)
    headers = _headers(error, status)
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    if _wants_page(request):
        words = {
            "status": int(status),
            "title": gettext(TITLES[family]),
            "detail": say(detail),
            "advice": gettext(ADVICE[family]),
        }
        return Response(render("error.html", request, **words), status, headers, "text/html; charset=utf-8")
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES[family], "status": int(status), "detail": detail, "code": code}
    body["instance"] = request.url.path
    if isinstance(error, RequestValidationError):
        body["errors"] = [{"field": _field(one), "detail": str(one["msg"])} for one in error.errors()]
    return JSONResponse(body, status, headers, "application/problem+json")


def _headers(error: Exception, status: HTTPStatus) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.seconds)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="Touchpath"'}
    return {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _to_sign_in(request: Request, error: NotSignedIn) -> Response:
    """To the page where one signs in, and from there back; a part of a page that htmx asked for takes the whole page along."""
    address = sign_in_address(request.url.path, request.url.query, request.method, request.headers, error.ended)
    if request.headers.get("hx-request"):
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def describe(error: Exception) -> tuple[HTTPStatus, str, str]:
    """Status, stable code and sentence of an error. What was not raised on purpose tells nothing of the inside."""
    if isinstance(error, TouchpathError):
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)
        return status, error.code, str(error)
    if isinstance(error, RequestValidationError):
        faults = "; ".join(f"{_field(one)}: {one['msg']}" for one in error.errors())
        return HTTPStatus.BAD_REQUEST, "bad_input", f"The request has a fault. {faults}."
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.NOT_FOUND:
            return HTTPStatus.NOT_FOUND, "missing", "Nothing is at this address."
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return HTTPStatus.METHOD_NOT_ALLOWED, "bad_method", "This address cannot be used with that method."
        return HTTPStatus(error.status_code), "bad_input" if error.status_code < 500 else "error", str(error.detail)
    return HTTPStatus.INTERNAL_SERVER_ERROR, "error", "The server met an error that nobody foresaw. It is in the server's log."


def _family(error: Exception) -> str:
    return next((kind.code for kind in STATUS if isinstance(error, kind)), "error")


def _field(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
