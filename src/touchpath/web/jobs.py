"""Long jobs that somebody began in this browser: when one is over, the next page says so, and the page of the job itself at once.

Which ones they are stands in a cookie, so that every browser hears of its own and the server keeps nothing. What a job came to is read from
where it is kept, so a cookie that somebody made up can say nothing that is not so.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import TypeVar

from fastapi import Request
from starlette.responses import Response

from touchpath.model.errors import TouchpathError
from touchpath.web.access import Action, may
from touchpath.web.incoming import find_incoming
from touchpath.web.languages import _, _n
from touchpath.web.notices import Notice, tell
from touchpath.web.numbers import show_count

COOKIE = "touchpath-jobs"
Answer = TypeVar("Answer", bound=Response)
#: So many jobs are watched at once, the newest, for so long.
MOST, _SECONDS = 6, 24 * 3_600
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Job:
    """One job. kind: import, connection or demo; id: of the file, the connection or the demo."""

    kind: str
    workspace: str
    id: str


def watch(request: Request, response: Answer, job: Job) -> Answer:
    """The response, after which this browser hears when the job is over."""
    _keep(response, [*(one for one in _watched(request) if one != job), job][-MOST:])
    return response


def ended(request: Request) -> Job | None:
    """The first watched job that is over."""
    return next((job for job in _watched(request) if told(request, job) is not None or _is_gone(request, job)), None)


def tell_ended(request: Request, answer: Callable[[Notice | None], Answer]) -> Answer:
    """The page with word of the first job that is over, which is then watched no longer."""
    watched = _watched(request)
    over = ended(request) if watched else None
    if over is None:
        return answer(None)
    response = tell(request, told(request, over), answer)
    _keep(response, [job for job in watched if job != over])
    return response


def told(request: Request, job: Job) -> Notice | None:
    """What became of a job, in words; None while it goes on, and for one that nobody knows or that may not be seen."""
    tell = _TOLD.get(job.kind)
    if tell is None or not may(request, Action.READ_CATALOGUE):
        return None
    try:
        return tell(request, job)
    except TouchpathError:
        return None


def _import(request: Request, job: Job) -> Notice | None:
    incoming = find_incoming(request, job.workspace)
    if incoming is None:
        return None
    one = incoming.uploads.show(job.id)
    name, count = one.upload.name[:120], one.report.signals if one.report else 0
    if one.upload.state == "done":
        said = _n(
            "%(file)s is imported: %(count)s signal.",
            "%(file)s is imported: %(count)s signals.",
            count,
            file=name,
            count=show_count(count),
        )
        refused = one.report.rejected if one.report else 0
        more = (
            _n("%(count)s row was refused.", "%(count)s rows were refused.", refused, count=show_count(refused))
            if refused
            else ""
        )
        return Notice(f"{said} {more}".strip())
    if one.upload.state == "failed":
        return Notice(_("The import of %(file)s failed: %(why)s", file=name, why=one.upload.said), "bad")
    return None


def _connection(request: Request, job: Job) -> Notice | None:
    incoming = find_incoming(request, job.workspace)
    if incoming is None or incoming.runs is None:
        return None
    one = incoming.runs.show(job.id)
    if one.running:
        return None
    if one.said or one.problems:
        return Notice(_("Reading %(connection)s stopped before its end.", connection=job.id), "bad")
    new = sum(state.new for state in one.states)
    words = _n(
        "%(connection)s was read: %(count)s new signal.",
        "%(connection)s was read: %(count)s new signals.",
        new,
        connection=job.id,
        count=show_count(new),
    )
    return Notice(words)


def _demo(request: Request, job: Job) -> Notice | None:
    demos = request.app.state.demos
    if demos is None or not may(request, Action.MAKE_WORKSPACES):
        return None
    one = demos.show(job.id)
    if one.state == "done":
        return Notice(_("The demo “%(title)s” is there, among the workspaces.", title=one.title))
    return (
        Notice(_("The demo “%(title)s” could not be made: %(why)s", title=one.title, why=one.said), "bad")
        if one.state == "failed"
        else None
    )


_TOLD: Mapping[str, Callable[[Request, Job], Notice | None]] = {"import": _import, "connection": _connection, "demo": _demo}


def _is_gone(request: Request, job: Job) -> bool:
    """Whether nothing will ever be told of a job: it was stopped, undone, or is not there any more."""
    try:
        if job.kind == "import":
            incoming = find_incoming(request, job.workspace)
            return incoming is None or incoming.uploads.show(job.id).upload.state in ("stopped", "undone", "kept")
        if job.kind == "demo":
            demos = request.app.state.demos
            return demos is None or demos.show(job.id).state in ("stopped", "none")
    except TouchpathError:
        return True
    return job.kind not in _TOLD


def _watched(request: Request) -> list[Job]:
    text = request.cookies.get(COOKIE, "")
    if not text or len(text) > _LONGEST:
        return []
    try:
        found = [Job(*(str(part) for part in one)) for one in json.loads(urlsafe_b64decode(text))]
    except (ValueError, TypeError):
        return []
    return found[:MOST]


def _keep(response: Response, jobs: list[Job]) -> None:
    if not jobs:
        response.delete_cookie(COOKIE)
        return
    text = urlsafe_b64encode(json.dumps([astuple(job) for job in jobs]).encode()).decode()
    response.set_cookie(COOKIE, text, max_age=_SECONDS, httponly=True, samesite="strict")
