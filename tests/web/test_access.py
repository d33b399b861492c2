"""Every route as everybody: what comes back is what the handbook's table says, which is made from what actions declare."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from signing_in import Clock, let_join, open_gate

from touchpath.model.member import Role, Scope
from touchpath.services.gate import Gate
from touchpath.web.access import CATALOGUE, NEEDS, Action
from touchpath.web.app import build_app
from touchpath.web.routes import OPEN_PATHS, check_routes, doors_of

Send = Callable[..., httpx.Response]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
OUR_PAGE = {"sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class Somebody:
    """Who asks: with which headers, as what."""

    headers: Mapping[str, str]
    role: Role | None = None
    people: bool = False
    scopes: frozenset[Scope] | None = None


@dataclass(frozen=True)
class House:
    """An application with a gate, the same without any workspace, and people before them by name.

    Whether somebody may comes before whether there is such a workspace, so that all routes are soon asked of the empty one.
    """

    app: FastAPI
    empty: FastAPI
    gate: Gate
    everybody: Mapping[str, Somebody]


@pytest.fixture(scope="module")
def house(workspaces: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = Clock()
    gate, database = open_gate(tmp_path_factory.mktemp("gate"), clock)
    known: dict[str, Somebody] = {"nobody": Somebody({})}
    for role in Role:
        for people in (False, True):
            name = f"{role}{' with people' if people else ''}"
            member = let_join(gate, f"{role}-{people}@example.org".lower(), role, people)
            known[name] = browser(gate.sessions.open(member), role, people)
    owner = gate.members.by_email("owner-True@example.org")
    for scope in Scope:
        scopes = frozenset({scope})
        known[f"token: {scope}"] = token(gate.tokens.make(owner, scope, scopes, 30)[1], Role.OWNER, True, scopes)
    known["token: all"] = token(gate.tokens.make(owner, "all", set(Scope), 30)[1], Role.OWNER, True, frozenset(Scope))
    viewer = gate.members.by_email("viewer-False@example.org")
    known["viewer's token: all"] = token(gate.tokens.make(viewer, "all", set(Scope), 30)[1], Role.VIEWER, False, frozenset(Scope))
    revoked = gate.sessions.open(owner)
    found = gate.sessions.find(revoked)
    assert found is not None
    gate.sessions.end(found[0].id, owner.id)
    known["revoked session"] = browser(revoked, None, False)
    gone, gone_token = gate.tokens.make(owner, "gone", set(Scope), 30)
    gate.tokens.revoke(gone.id)
    known["revoked token"] = token(gone_token, None, False, frozenset())
    clock.now -= timedelta(days=40)
    known["expired token"] = token(gate.tokens.make(owner, "old", set(Scope), 30)[1], None, False, frozenset())
    known["expired session"] = browser(gate.sessions.open(owner), None, False)
    clock.now += timedelta(days=40)
    disabled = let_join(gate, "disabled@example.org", Role.OWNER, True)
    known["disabled"] = browser(gate.sessions.open(disabled), None, False)
    gate.members.store.change(disabled.id, disabled=True)
    known["forged session"] = browser("A" * 43, None, False)
    known["forged token"] = token("tpat_" + "A" * 43, None, False, frozenset())
    app, empty = (build_app(some, gate=gate, requests_a_minute=1_000_000) for some in (workspaces, {}))  # type: ignore[arg-type]
    yield House(app, empty, gate, known)
    database.close()


def browser(secret: str, role: Role | None, people: bool) -> Somebody:
    return Somebody({"cookie": f"touchpath={secret}", **OUR_PAGE}, role, people)


def token(secret: str, role: Role | None, people: bool, scopes: frozenset[Scope]) -> Somebody:
    return Somebody({"authorization": f"Bearer {secret}"}, role, people, scopes)


def written() -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    """The table of the handbook: method and address to the action, and what stands in the column of each role."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and cells[1].startswith("`"):
            found[cells[0], cells[1].strip("`")] = (cells[2], dict(zip(("anybody", *Role), cells[3:], strict=True)))
    return found


def needs() -> dict[str, tuple[bool, str]]:
    """The other table: whether an action needs the right to see people, and the scope of a token."""
    rows = re.findall(
        r"^\| ([^|`]+) \| (?:viewer|analyst|editor|owner) \| (yes)? ?\| ([\w ]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    return {action: (bool(people), scope) for action, people, scope in rows}


def expected(somebody: Somebody, action: str, row: Mapping[str, str]) -> str:
    """What the handbook says becomes of a request: "in", "unknown" or "refused"."""
    if row["anybody"] == "yes":
        return "in"
    if somebody.role is None:
        return "unknown"
    if not row[somebody.role] or (row[somebody.role] == "people" and not somebody.people):
        return "refused"
    if somebody.scopes is None:
        return "in"
    people, scope = needs()[action]
    return "in" if scope in somebody.scopes and (not people or Scope.PEOPLE in somebody.scopes) else "refused"


def address(path: str) -> str:
    """A route's path with something in the place of each parameter."""
    return re.sub(r"\{(\w+)(?::path)?\}", lambda found: {"workspace": "shop"}.get(found[1], "nothing"), path)


def test_the_handbooks_table_has_every_route_and_action(house: House):
    assert set(written()) == {(door.method, door.path) for door in doors_of(house.app)}
    assert len(written()) > 90
    assert set(needs()) == set(NEEDS)


def test_what_the_table_says_is_what_we_mean():
    table = written()
    for (method, path), (action, row) in table.items():
        told = (method, path, action)
        if row["anybody"] == "yes":
            assert path in OPEN_PATHS, told
        if method != "GET" and path not in (*OPEN_PATHS, "/w/{workspace}/settings") and action != "manage your own account":
            assert row["viewer"] == "", told  # but for how one's own browser shows pages
            assert row["analyst"] == "" or not re.search(
                "/data/|/imports|/connections|/quarantine|/benchmarks|/keys|/privacy|/identity", path
            ), told
        if re.search(r"/people|/identity|/privacy", path):
            assert set(row.values()) <= {"", "people"}, told
        if path.startswith(("/settings/members", "/settings/log")) or ("keys" in path and method != "GET"):
            assert [role for role in Role if row[role]] == [Role.OWNER], told


@pytest.mark.parametrize("who", [
    "nobody", *(f"{role}{more}" for role in Role for more in ("", " with people")), *(f"token: {one}" for one in (*Scope, "all")),
    "viewer's token: all", "revoked session", "revoked token", "expired session", "expired token", "disabled", "forged session", "forged token",
])  # fmt: skip
def test_every_route_lets_in_whom_the_table_says_and_nobody_else(who: str, house: House):
    somebody, wrong, requests = house.everybody[who], [], []
    for (method, path), (action, row) in written().items():
        if path == "/sign-out" or path.startswith("/welcome/") or (somebody.scopes is not None and not path.startswith("/api/")):
            continue  # the first two have tests of their own; tokens open the JSON API only
        headers = {"accept": "application/json", **({} if method == "GET" else OUR_PAGE), **somebody.headers}
        requests.append((expected(somebody, action, row), method, path, headers))
    answers = ask_all(
        house.empty,
        f"192.0.2.{list(house.everybody).index(who)}",
        [(method, address(path), headers) for _, method, path, headers in requests],
    )
    for (said, method, path, _), status in zip(requests, answers, strict=True):
        got = {401: "unknown", 403: "refused"}.get(status, "in")
        if got != said and not (path == "/sign-in" and method == "POST"):
            wrong.append((method, path, said, status))
    assert len(requests) > 60
    assert wrong == []


def ask_all(app: FastAPI, client: str, requests: Sequence[tuple[str, str, Mapping[str, str]]]) -> list[int]:
    """The status of each answer to requests from one address."""

    async def send() -> list[int]:
        transport = httpx.ASGITransport(app=app, client=(client, 5000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400") as one:
            return [(await one.request(method, path, headers=headers)).status_code for method, path, headers in requests]

    return asyncio.run(send())


def test_a_token_opens_no_page(house: House, send: Send):
    headers = {**house.everybody["token: all"].headers, "accept": "text/html"}
    for path in ("/", "/w/shop/", "/settings/members", "/settings/tokens", "/w/shop/privacy"):
        answer = send(house.app, "GET", path, headers=headers)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_nobody_unknown_learns_which_pages_there_are(house: House, send: Send):
    for path in (
        "/nothing",
        "/w/shop/nothing",
        "/w/no-such-workspace/",
        "/api/v1/nothing",
        "/docs",
        "/openapi.json",
        "/welcome",
        "/sign-in/x",
    ):
        assert send(house.app, "GET", path).status_code == 401
        assert send(house.app, "POST", path, headers=OUR_PAGE).status_code == 401
    assert send(house.app, "DELETE", "/sign-in", headers=OUR_PAGE).status_code == 405


def test_loopback_is_no_leave_where_sign_in_is_on(house: House, send: Send):
    for client in (("127.0.0.1", 5000), ("203.0.113.7", 5000)):
        assert send(house.app, "GET", "/api/v1/workspaces", client=client).status_code == 401


def test_an_action_that_nobody_declared_and_a_route_without_one_are_not_served(monkeypatch: pytest.MonkeyPatch):
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    router = APIRouter(prefix="/more")
    router.add_api_route("/without", lambda: "", methods=["GET"])
    app.include_router(router)
    with pytest.raises(TypeError, match="/more/without needs one declared action"):
        check_routes(app)
    closed = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    closed.add_api_route("/with", lambda: "", methods=["GET"], dependencies=[CATALOGUE])
    check_routes(closed)
    monkeypatch.delitem(NEEDS, Action.READ_CATALOGUE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="/with needs one declared action"):
        check_routes(closed)
    with pytest.raises(TypeError, match="cannot say"):
        check_routes(FastAPI())


def test_an_action_without_a_need_is_nobodys(house: House, monkeypatch: pytest.MonkeyPatch, send: Send):
    monkeypatch.delitem(NEEDS, Action.READ_NUMBERS)  # type: ignore[arg-type]
    answer = send(house.app, "GET", "/api/v1/workspaces/shop/overview", headers=house.everybody["owner with people"].headers)
    assert answer.status_code == 403
    assert "nobody may" in answer.json()["detail"]


def test_a_refusal_says_what_is_missing(house: House, send: Send):
    asked = (
        ("viewer", "GET", "/api/v1/workspaces/shop/ask?query=x", "it takes the role analyst, and yours is viewer"),
        ("owner", "GET", "/api/v1/workspaces/shop/people?q=x", "the right to see single people"),
        ("token: read", "GET", "/api/v1/workspaces/shop/people?q=x", "the token lacks the scope people"),
        ("token: people", "GET", "/api/v1/workspaces/shop/overview", "the token lacks the scope read"),
    )
    for who, method, path, says in asked:
        answer = send(house.app, method, path, headers=house.everybody[who].headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert says in answer.json()["detail"]


def test_a_token_without_people_sees_what_viewers_see(
    house: House, send: Send, workspaces: dict[str, object], monkeypatch: pytest.MonkeyPatch
):
    asked = []
    monkeypatch.setattr(type(workspaces["shop"]), "for_viewers", lambda self: asked.append(self.name) or self, raising=True)
    for who, hidden in (("token: read", 1), ("token: all", 0), ("owner", 1), ("viewer with people", 0)):
        asked.clear()
        assert send(house.app, "GET", "/api/v1/workspaces/shop/overview", headers=house.everybody[who].headers).status_code == 200
        assert len(asked) == hidden


def test_everybody_is_told_who_they_are(house: House, send: Send):
    me = send(house.app, "GET", "/api/v1/me", headers=house.everybody["token: read"].headers).json()
    assert (me["email"], me["role"], me["scopes"]) == ("owner-true@example.org", "owner", ["read"])
    assert me["may"] == ["read definitions", "read numbers"]
    assert (
        "erase people" in send(house.app, "GET", "/api/v1/me", headers=house.everybody["owner with people"].headers).json()["may"]
    )
