"""People, alone, in groups and in accounts, and who is whom."""

from __future__ import annotations

from touchpath.model.time import Grain, Period
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.decisions import Decision
from touchpath.services.groups import GroupFound, Groups
from touchpath.services.identity import PersonIdentity
from touchpath.services.results import PersonHit, PersonTimeline
from touchpath.space.answer import Answer
from touchpath.space.door import Door


class PeopleDoor(Door):
    """What is asked about people."""

    def people(self, text: str = "", limit: int = 20) -> Answer[tuple[PersonHit, ...]]:
        """People by a part of an id or by words they wrote."""
        return Answer(self._platform.find_people(text, limit), "People")

    def person(
        self,
        actor: str,
        search: str = "",
        limit: int = 200,
        clear: bool = False,
        *,
        start: int = 0,
        kind: str = "",
        within: Period | None = None,
    ) -> Answer[PersonTimeline]:
        """One person's timeline across all silos, newest first; clear: with the personal details that stand in their words.

        start: so many newer signals come before. kind: only signals of it, "friction" = only moments of friction.
        within: only signals of this period; `overview` tells how many there are when.
        """
        found = self._platform.person(actor, search=search, limit=limit, start=start, kind=kind, clear=clear, within=within)
        return Answer(found, actor)

    def accounts(self, search: str = "", sort: str = "people", score: str = "", limit: int = 50) -> Answer[Accounts]:
        """The organisations that people belong to, in an order; score: the question whose answers rate them."""
        return Answer(self._platform.accounts(search=search, sort=sort, score=score, size=limit), "Accounts")

    def account(self, account: str, score: str = "") -> Answer[AccountFound]:
        """One account: its people with their roles, who was asked and answered, and the numbers of its people."""
        return Answer(self._platform.account(account, score=score), account)

    def groups(self, by: str = "", grain: Grain | None = None) -> Answer[Groups]:
        """Personas, roles, status and the segments of a dimension of people: sizes, overlaps, who came and left."""
        return Answer(self._platform.groups(by=by, grain=grain), "Segments and personas")

    def group(self, group: str, grain: Grain | None = None) -> Answer[GroupFound]:
        """One of them, as in "persona:planners": its numbers beside everybody else's, and what its members are like."""
        return Answer(self._platform.group(group, grain=grain), group)

    def identity(self, actor: str) -> Answer[PersonIdentity]:
        """Which ids are one person with this one, by which links, and what was not joined and why."""
        return Answer(self._platform.identity_of(actor), actor)

    def decide_identity(self, verdict: str, *ids: str, why: str, member: str = "python") -> Decision:
        """Say that two ids are the "same" person or "apart", or that one joins nobody ("alone"); "undo" takes a decision back by its id."""
        if verdict == "undo":
            return self._platform.undo_identity(ids[0] if ids else "", member, why)
        return self._platform.decide_identity(verdict, ids, member, why)
