"""Any query over HTTP: its document in, its tables out."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput, TouchpathError
from touchpath.services.queries.document import answer_document, problem_document
from touchpath.services.queries.explained import Explained, explained_document
from touchpath.services.queries.reading import parts_of
from touchpath.services.results import QueryAnswer, QueryWords
from touchpath.web.platform import PlatformProtocol

#: A query in an address has at most this many characters, one in a body at most so many bytes.
LONGEST_QUERY, LARGEST_QUERY = 8_000, 1_000_000

#: How the body of a query is described to client generators.
QUERY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}},
            "application/yaml": {"schema": {"type": "string"}},
        },
    }
}


class QueryOut(BaseModel):
    """One query: its name in documents, what it answers, and the keys of its own."""

    query: str
    answers: str
    keys: str

    @classmethod
    def of(cls, words: QueryWords) -> QueryOut:
        """A query's words as JSON."""
        return cls(query=words.query, answers=words.answers, keys=words.keys)


class AnswerOut(BaseModel):
    """The answer to a query. A number is an object with value, low, high, n ..., or null as value with the reason why."""

    query: str
    title: str
    unit: str = Field(description="Whose timelines were read: person, account or an object kind.")
    period: dict[str, str]
    data_version: str
    notes: list[str]
    tables: dict[str, list[dict[str, Any]]] = Field(description="Rows by table; the first table is the one most people want.")

    @classmethod
    def of(cls, answer: QueryAnswer) -> AnswerOut:
        """An answer as JSON."""
        return cls(**answer_document(answer))


class ProblemPart(BaseModel):
    """Why there is no answer. `code` is stable and meant for programs, `detail` for people."""

    code: str
    detail: str


class FailedOut(BaseModel):
    """What stands in the place of an answer when one of several queries cannot be asked."""

    problem: ProblemPart


def answer_body(platform: PlatformProtocol, text: str, clear: bool) -> AnswerOut | list[AnswerOut | FailedOut]:
    """The answer to the query of a text, or the answers to the queries that it lists."""
    if parts_of(text) is None:
        return AnswerOut.of(platform.ask(text, clear=clear))
    return [
        FailedOut(**problem_document(one)) if isinstance(one, TouchpathError) else AnswerOut.of(one)
        for one in platform.ask_all(text, clear=clear)
    ]


class ExplainedOut(BaseModel):
    """What a query would do: whom it reads, exactly which columns, where it counts, and what its filters cost."""

    query: str
    title: str
    unit: str
    period: dict[str, str]
    data_version: str
    shards: int
    owners: int = Field(description="People, accounts or objects that are read.")
    signals: int
    overlay: dict[str, int] = Field(description="Owners and signals in the overlay, and owners skipped elsewhere for it.")
    bytes: int = Field(description="Of all columns that the query and its cut read.")
    columns: list[dict[str, Any]] = Field(description="Each with its bytes and what reads it.")
    cells: dict[str, int] = Field(description="Periods x segments; `pooled`: how many values the segment 'other' stands for.")
    filters: list[dict[str, Any]] = Field(description="Filters of people in words, each with its own cost.")
    undeclared: list[dict[str, Any]] = Field(
        description="Properties that the model does not declare: rows and bytes of the lake."
    )
    kept: bool = Field(description="Whether the answer is kept, so that asking reads nothing.")
    base_kept: bool = Field(description="Whether only owners whom new signals touched would be read.")
    processor_seconds: float | None = Field(
        description="Of one processor, by the rate of one shard; null = too little to tell from."
    )
    spent: dict[str, float] | None = Field(description="What it cost, if it was run.")
    notes: list[str]

    @classmethod
    def of(cls, explained: Explained) -> ExplainedOut:
        """The facts as JSON."""
        return cls(**explained_document(explained))


async def read_query(request: Request) -> str:
    """The text of a body, read no further than is allowed; raises BadInput."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_QUERY:
            raise BadInput(f"A query has at most {LARGEST_QUERY:,} bytes. Shorten its lists, or ask in parts.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"A query is text in UTF-8, but byte {error.start} is not.") from None
