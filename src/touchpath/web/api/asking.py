"""Any query over HTTP: its document in, its tables out."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput
from touchpath.services.queries.document import answer_document
from touchpath.services.results import QueryAnswer, QueryWords

#: A query in an address has at most this many characters, one in a body at most so many bytes.
LONGEST_QUERY, LARGEST_QUERY = 8_000, 1_000_000

#: How the body of a query is described to client generators.
QUERY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}, "application/yaml": {"schema": {"type": "string"}}},
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
