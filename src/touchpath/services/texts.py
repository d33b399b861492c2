"""What people wrote: the texts that belong to a question, a task or a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from touchpath.model.rules import EventRule
from touchpath.services.results import Verbatim
from touchpath.store.search import SearchStore, TextFound
from touchpath.timelines.match import words_pass

#: How many texts of the right kinds are looked at before giving up on finding more that fit a rule.
MOST_READ = 20_000


def rule_holds(rule: EventRule, found: TextFound) -> bool:
    """Whether the signal of a text meets a rule; the same tests as on timelines."""
    if rule.kinds and found.kind not in rule.kinds:
        return False
    fields = dict(found.fields)
    if found.value is not None:
        fields["value"] = repr(found.value)
    for condition in rule.conditions:
        word = fields.get(condition.field, "")
        if not words_pass(("", word) if word else ("",), condition)[-1]:
            return False
    return True


def latest_texts(
    index: SearchStore, rules: Sequence[tuple[str, EventRule]], limit: int, wanted: Callable[[TextFound], bool]
) -> tuple[Verbatim, ...]:
    """The newest wanted texts whose signals meet one of the named rules, each with the name of its rule."""
    if not rules:
        return ()
    kinds = () if any(not rule.kinds for _, rule in rules) else tuple({kind for _, rule in rules for kind in rule.kinds})
    found: list[Verbatim] = []
    for read, text in enumerate(index.texts_of(kinds)):
        if len(found) == limit or read == MOST_READ:
            break
        title = next((title for title, rule in rules if rule_holds(rule, text)), None)
        if title is not None and wanted(text):
            found.append(Verbatim(text.text, text.kind, text.occurred_at, text.actor, text.value, title))
    return tuple(found)
