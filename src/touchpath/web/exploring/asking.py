"""One question as a page has it: its form, its document, and the answer as far as it has come."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from touchpath.model.errors import BadInput, Cancelled, Missing, TouchpathError
from touchpath.model.nodes import plain_of
from touchpath.model.time import Period
from touchpath.services.queries.keys import QueryForm
from touchpath.services.queries.reading import root_of
from touchpath.services.results import QueryAnswer
from touchpath.services.runs import Run, Runs
from touchpath.web.exploring.form import WHOLE, Faulty, Filled, read_form
from touchpath.web.exploring.rows import Params
from touchpath.web.platform import PlatformProtocol

#: What is longer than this, or has more fields, is no form of ours.
LONGEST, MOST_FIELDS = 16_000, 500
#: An answer that takes longer is shown as it comes; the page does not wait for it.
PATIENCE_SECONDS, _TICK = 1.5, 0.03


@dataclass(slots=True)
class Question:
    """A form that was read. answer: None while there is none; run: while it is on its way."""

    form: QueryForm
    params: Params
    filled: Filled
    faulty: Faulty = field(default_factory=Faulty)
    answer: QueryAnswer | None = None
    run: Run | None = None
    stopped: bool = False

    @property
    def can_be_asked(self) -> bool:
        """Whether the form is whole and nothing in it is wrong."""
        return not self.filled.missing and not self.faulty

    @property
    def command(self) -> str:
        """The same in a terminal."""
        return f"touchpath ask {shlex.quote(self.filled.written.text.strip())} --folder FOLDER"

    @property
    def python(self) -> str:
        """The same in Python."""
        return f'import touchpath\n\nspace = touchpath.open("FOLDER")\nanswer = space.ask({python_of(self.filled.document)})\nanswer.to_pandas()'


def python_of(value: object, indent: int = 0) -> str:
    """A document as Python, a key on each line.

    >>> print(python_of({"query": "sessions", "gap": "1h"}))
    {
        "query": "sessions",
        "gap": "1h",
    }
    """
    if indent or not isinstance(value, Mapping):
        return (
            repr(value)
            if not isinstance(value, str)
            else f'"{value}"'
            if value.isprintable() and not set('"\\') & set(value)
            else repr(value)
        )
    lines = [f"    {python_of(str(key), 1)}: {_nested(one)},\n" for key, one in value.items()]
    return "{\n" + "".join(lines) + "}"


def _nested(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_nested(str(key))}: {_nested(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_nested(one) for one in value) + "]"
    return python_of(value, 1)


def read_params(request: Request) -> dict[str, str]:
    """The fields of an address, of a name that comes twice the last; raises BadInput for more than a form of ours has."""
    pairs = request.query_params.multi_items()
    if len(pairs) > MOST_FIELDS or len(request.url.query) > LONGEST:
        raise BadInput(
            f"A form has up to {MOST_FIELDS} fields and {LONGEST:,} characters. Ask what is larger with 'touchpath ask FILE'."
        )
    return dict(pairs)


def read_question(form: QueryForm, params: Params, period: Period | None) -> Question:
    """The question that the fields of a form come to, not asked yet."""
    faulty = Faulty()
    return Question(form, params, read_form(form, params, period, faulty), faulty)


def document_of(text: str) -> Mapping[str, Any]:
    """The document of a text; raises BadInput for what is none, Missing for one that names no query."""
    plain = plain_of(root_of(text))
    if not isinstance(plain, dict) or not isinstance(plain.get("query"), str):
        raise Missing("This names no query. Begin with one, as in query: funnel.")
    return plain


async def answer_question(request: Request, question: Question, platform: PlatformProtocol, runs: Runs, scope: str) -> None:
    """Ask, and wait a moment. What is not answered by then goes on beside the page, which looks at it again; nobody there stops it.

    scope: whose question it is, so that nobody sees what another may see.
    """
    text = question.filled.written.text
    key, id = (scope, text), question.params.get("run", "")
    if question.params.get("stopped") and runs.find(id, key) is None:
        runs.stop(id)
        question.stopped = True
        return
    run = await wait_for(request, runs, key, id, lambda: platform.ask(text))
    if not run.is_done:
        question.run = run
        return
    try:
        question.answer = run.answer.result()
    except Cancelled:
        question.stopped = True
    except BadInput as error:
        question.faulty.add_error(error, question.filled.written)
    except TouchpathError as error:
        question.faulty.add(WHOLE, str(error))


async def wait_for(request: Request, runs: Runs, key: Hashable, id: str, ask: Callable[[], Any]) -> Run:
    """A run that answers a key, after a moment: the one that is under way as `id`, else a new one in its place.

    What `id` answered before, and nobody waits for, is stopped; so is the run when whoever asks has gone.
    """
    run = runs.find(id, key)
    if run is None:
        runs.stop(id)
        run = runs.begin(key, ask)
    run.look()
    for _ in range(round(PATIENCE_SECONDS / _TICK)):
        if run.is_done:
            break
        if await request.is_disconnected():
            run.stop()
            break
        await asyncio.sleep(_TICK)
    return run
