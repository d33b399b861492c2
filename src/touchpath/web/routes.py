"""Every route of the application with the action that it needs: checked when the application is built, and told in the handbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute

from touchpath.model.member import Role
from touchpath.web.access import NEEDS, Action, Authorise

#: Routes that need nobody's leave: they say nothing about any workspace, or only what is printed beside a QR code or what a link to one board
#: was made for, or let people in.
OPEN_PATHS = frozenset(
    {"/health", "/assets/{name}", "/q/{workspace}/{token}", "/shared/{workspace}/{secret}", "/sign-in", "/welcome/{secret}"}
)


@dataclass(frozen=True, slots=True)
class Door:
    """One method of one route, and the action it needs; None: nobody is asked."""

    method: str
    path: str
    action: Action | None


def routes_of(routes: Iterable[object], prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """All routes with their whole paths, those of included routers, too; raises TypeError for what could not say what it needs."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        else:
            raise TypeError(f"{route} cannot say which action it needs. Use a route of FastAPI.")


def actions_of(route: APIRoute) -> list[Action]:
    """The actions that a route asks for."""
    return [one.call.action for one in route.dependant.dependencies if isinstance(one.call, Authorise)]


def check_routes(app: FastAPI) -> None:
    """Raise TypeError unless each route asks for exactly one action that is declared: what nobody thought of is not served."""
    for path, route in routes_of(app.routes):
        actions = actions_of(route)
        if not actions and path in OPEN_PATHS:
            continue
        if len(actions) != 1 or actions[0] not in NEEDS:
            raise TypeError(f"{path} needs one declared action (web/access.py), or a place in OPEN_PATHS; it has {actions}")


def doors_of(app: FastAPI) -> list[Door]:
    """Every method of every route, by path and method."""
    doors = {
        Door(method, path, next(iter(actions_of(route)), None))
        for path, route in routes_of(app.routes)
        for method in route.methods or ()
        if method != "HEAD"
    }
    return sorted(doors, key=lambda door: (door.path, door.method))


def access_page(app: FastAPI) -> str:
    """The handbook's page of who may do what, from what routes and actions declare."""
    roles = " | ".join(Role)
    lines = [
        "# Who may do what",
        "",
        "This page is made from what actions and routes declare (`web/access.py`); a test asks every route as every role and holds it to",
        "this table. Whatever has no action that stands here is not served. What it means for people: [Who gets in](../guide/access.md).",
        "",
        "## Actions",
        "",
        "A member needs the role, or one further to the right: viewer, analyst, editor, owner. *Single people* is a right of its own, which",
        "no role brings along. A token needs the scope, and `people` as well where the action touches single people.",
        "",
        "| action | least role | single people | scope of a token |",
        "| --- | --- | --- | --- |",
    ]
    for action, need in NEEDS.items():
        lines.append(f"| {action} | {need.least} | {'yes' if need.people else ''} | {need.scope or 'none will do'} |")
    lines += [
        "",
        "## Addresses",
        "",
        "*people*: with the right to see single people.",
        "",
        f"| method | address | action | anybody | {roles} |",
    ]
    lines.append(f"| --- | --- | --- | --- |{' --- |' * len(Role)}")
    lines += [_line(door) for door in doors_of(app)]
    return "\n".join(lines) + "\n"


def _line(door: Door) -> str:
    if door.action is None:
        return f"| {door.method} | `{door.path}` | | yes |{' yes |' * len(Role)}"
    need = NEEDS[door.action]
    word = "people" if need.people else "yes"
    said = [word if role.reaches(need.least) else "" for role in Role]
    return f"| {door.method} | `{door.path}` | {door.action} | | {' | '.join(said)} |"
