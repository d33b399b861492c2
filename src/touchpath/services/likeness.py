"""How alike two names of kinds are: "checkout_completed" and "order.placed" say nearly the same in other words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

#: Words that different tools use for the same thing; the first of each group stands for all.
_SAME = (
    ("order", "purchase", "transaction", "basket"),
    ("place", "complete", "finish", "submit", "done", "succeed", "success"),
    ("start", "begin", "initiate", "enter"),
    ("open", "create", "add", "new", "file"),
    ("solve", "close", "resolve", "settle"),
    ("view", "visit", "see", "impression"),
    ("page", "screen", "pageview"),
    ("account", "user", "customer", "signup", "registration", "register"),
    ("subscription", "plan", "membership", "contract"),
    ("ticket", "conversation", "case", "request", "issue"),
    ("reply", "answer", "respond", "comment"),
    ("cancel", "churn", "end", "delete", "terminate"),
    ("parcel", "shipment", "delivery", "package", "fulfillment"),
    ("ship", "dispatch", "send"),
    ("deliver", "arrive", "receive"),
    ("refund", "chargeback"),
    ("cart", "bag"),
    ("search", "find", "query"),
    ("fail", "decline", "reject", "refuse"),
    ("setup", "onboarding", "install"),
    ("email", "mail", "newsletter"),
    ("survey", "feedback", "questionnaire"),
    ("store", "branch", "location", "office"),
    ("call", "phone"),
    ("application", "form", "claim"),
    ("appointment", "booking"),
)
_WORD = {word: group[0] for group in _SAME for word in group}
_ENDINGS = ("ied", "ed", "ing", "es", "s")
#: Below this two names have nothing to do with each other.
LEAST = 0.34


def likeness(one: str, other: str) -> float:
    """From 0 (nothing in common) to 1 (the same): half by the words that they share, half by their letters."""
    ours, theirs = _words(one), _words(other)
    shared = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    letters = SequenceMatcher(None, " ".join(sorted(ours)), " ".join(sorted(theirs))).ratio()
    return 0.6 * shared + 0.4 * letters


def most_alike(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names that are most like this one, the nearest first; () when none is like it."""
    ranked = sorted(((likeness(name, one), one) for one in known), key=lambda pair: (-pair[0], pair[1]))
    return tuple(one for alike, one in ranked[:most] if alike >= LEAST)


def _words(name: str) -> frozenset[str]:
    """The words of a name, each as its group calls it: "Order Completed" gives order and place."""
    parts = re.findall(r"[a-z]+|[0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return frozenset(_plain(part) for part in parts)


def _plain(word: str) -> str:
    stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending) and len(word) > len(ending) + 2)]
    stems += [f"{stem}e" for stem in stems[1:]]
    return next((_WORD[stem] for stem in stems if stem in _WORD), stems[1] if len(stems) > 2 else word)
