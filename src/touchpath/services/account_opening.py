"""Opening the book of accounts: all that it holds, read from signals once for all accounts together."""

from __future__ import annotations

import numpy as np

from touchpath.model.experience import AccountFacts, Experience, Question
from touchpath.model.rules import EventRule
from touchpath.services.account_book import Answers, Book, Pairs
from touchpath.services.account_facts import ENDS, PAID, SAME, SETS, money_of, renewals_of
from touchpath.services.ground import Ground
from touchpath.services.personal_details import hide_details
from touchpath.services.responses import SENT
from touchpath.timelines.accounts import Told, find_activity, find_membership, latest_of, tell
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, TimelineSet

#: A rule that no signal meets, where the model asks nothing.
_NOTHING = EventRule(("(nothing)",))


def open_book(ground: Ground, question: str = "", confidence: float = 0.95) -> Book:
    """All accounts of a workspace. question: whose answers make the score; "" = the first that people recommend or are satisfied by.

    Raises Missing for an unknown question.
    """
    experience, people = ground.experience, ground.open("person")
    facts = experience.accounts or AccountFacts()
    asked = find_question(experience, question)
    words = people.words.get("account", ("",))
    accounts = (
        ground.open("account") if len(words) > 1 else TimelineSet("account", (), people.first, people.end, people.data_version)
    )
    membership = find_membership(people)
    activity = find_activity(people, accounts, membership)
    codes = np.flatnonzero(activity.signals[: len(words)] > 0).astype(np.int64)
    priced = (facts.paid or PAID, facts.sets or SETS, facts.ends or ENDS)
    questions = tuple(one.asked for one in experience.questions)
    roles = tuple(role.rule for role in experience.roles)
    rules = (*priced, EventRule(SENT), *([asked.asked] if asked else [_NOTHING]), *questions, *roles)
    told = tell(people, accounts, membership, rules, facts.same or SAME)
    paid, sets, ends, sent, rated = told[:5]
    said, is_role = told[5 : 5 + len(questions)], told[5 + len(questions) :]
    money = money_of(people, paid, sets, ends, codes)
    names = latest_of(accounts, facts.name) if facts.name else {}
    renewals, unreadable = renewals_of(latest_of(accounts, facts.renewal) if facts.renewal else {}, codes)
    unread = f"{unreadable:,} renewal dates could not be read. Write them as in 2026-03-31." if unreadable else ""
    return Book(
        codes=codes,
        ids=tuple(words[code] for code in codes.tolist()),
        titles=tuple(hide_details(names[code], ground.detectors) if code in names else words[code] for code in codes.tolist()),
        people=np.bincount(np.searchsorted(codes, membership.accounts), minlength=codes.size).astype(np.int64),
        signals=activity.signals[codes],
        first=activity.first[codes],
        last=activity.last[codes],
        paid=money.paid,
        recurring=money.recurring,
        currency=money.currency,
        renewals=renewals,
        membership=membership,
        asked=Pairs.of(sent.accounts, sent.people),
        answered=Pairs.of(
            *(np.concatenate([getattr(one, name) for one in said] or [np.empty(0, np.int64)]) for name in ("accounts", "people"))
        ),
        roles=tuple(
            (role.title, Pairs.of(one.accounts, one.people)) for role, one in zip(experience.roles, is_role, strict=True)
        ),
        question=asked,
        answers=_latest(rated, asked),
        end=people.end,
        data_version=people.data_version,
        notes=tuple(note for note in (money.note, unread) if note),
        confidence=confidence,
    )


def find_question(experience: Experience, id: str) -> Question | None:
    """The question that makes the score: the one named, or the first of recommendation, satisfaction, effort, or any; None without one."""
    if id:
        return experience.question(id)
    alone = [one for one in experience.questions if not one.questionnaire]
    for metric in ("nps", "customer_satisfaction", "customer_effort"):
        if found := next((one for one in alone if one.metric == metric), None):
            return found
    return next(iter(alone), None)


def _latest(told: Told, question: Question | None) -> Answers:
    """Each person's latest answer on the scale."""
    ratings = told.values / VALUE_SCALE
    valid = np.zeros(told.times.size, np.bool_)
    if question is not None:
        valid = (told.values != NO_VALUE) & (ratings >= question.low) & (ratings <= question.high) & (told.people != 0)
    order = np.lexsort((told.keys[valid], told.times[valid], told.people[valid], told.accounts[valid]))
    accounts, people, found = (one[valid][order] for one in (told.accounts, told.people, ratings))
    last = np.append((accounts[1:] != accounts[:-1]) | (people[1:] != people[:-1]), True)[: accounts.size]
    return Answers(accounts[last], people[last], found[last])
