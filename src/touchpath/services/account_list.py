"""A part of the accounts in the book, in an order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchpath.services.account_book import Book
from touchpath.services.accounts import Accounts, share_of


def list_accounts(book: Book, search: str = "", sort: str = "people", start: int = 0, size: int = 50, least: int = 1) -> Accounts:
    """A part of the accounts whose id or name holds the words. least: accounts of fewer people are not shown singly."""
    order = book.order(sort)
    shown = order[book.people[order] >= least] if least > 1 else order
    words = search.casefold().split()
    if words:
        shown = np.array([at for at in shown.tolist() if _holds(book, at, words)], np.int64)
    question = book.question
    some = book.counted(book.answered) > 0
    return Accounts(
        rows=tuple(book.row(int(place)) for place in shown[start : start + size]),
        matching=int(shown.size),
        total=int(book.codes.size),
        small=int((book.people < least).sum()) if least > 1 else 0,
        start=start,
        sort=sort,
        question=question.id if question else "",
        question_title=question.title if question else "",
        scale=(question.low, question.high) if question else (0, 0),
        heard=share_of(int(some.sum()), int(some.size), "there are no accounts", book.confidence, book.data_version, "accounts"),
        averages=book.averages(least),
        currency=book.currency,
        notes=book.notes,
        data_version=book.data_version,
    )


def _holds(book: Book, place: int, words: Sequence[str]) -> bool:
    text = f"{book.ids[place]} {book.titles[place]}".casefold()
    return all(word in text for word in words)
