"""What pages ask about people, alone, in groups and in accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from touchpath.model.time import Grain, Period
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.decisions import Decision
from touchpath.services.groups import GroupFound, Groups, SavedGroup
from touchpath.services.identity import PersonIdentity
from touchpath.services.results import PersonHit, PersonTimeline
from touchpath.services.strips import StripPart
from touchpath.services.voice import Voice, VoiceAsked


class AsksPeople(Protocol):
    """People, what they said and who they are."""

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        """People whose id, or one of whose signals, fits."""
        ...

    def person(
        self,
        actor: str,
        *,
        search: str = "",
        limit: int = 200,
        start: int = 0,
        kind: str = "",
        clear: bool = False,
        within: Period | None = None,
    ) -> PersonTimeline:
        """Everything known to have happened to one person, in a period if need be; clear: with the personal details that stand in their words."""
        ...

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        """What people said in their own words, newest first; clear: with the personal details that stand in it."""
        ...

    def identity_of(self, actor: str) -> PersonIdentity:
        """Which ids are one person with this one, and why."""
        ...

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Say that two ids are the same person ("same"), that their link does not count ("apart"), or that one joins nobody ("alone")."""
        ...

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        """Take a decision back."""
        ...

    def groups(self, *, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> Groups:
        """Personas, segments and other groups of people: sizes, overlaps, who came and went."""
        ...

    def group(self, id: str, *, saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> GroupFound:
        """One of them in full."""
        ...

    def people_in(self, id: str, *, saved: Sequence[SavedGroup] = (), limit: int = 20) -> tuple[PersonHit, ...]:
        """Some of the people of a group."""
        ...

    def accounts(self, *, search: str = "", sort: str = "people", score: str = "", start: int = 0, size: int = 50) -> Accounts:
        """The organisations that people belong to, a part at a time."""
        ...

    def account(self, id: str, *, score: str = "") -> AccountFound:
        """One account with its people, coverage and numbers."""
        ...

    def account_strip(
        self, id: str, *, start: int = 0, size: int = 100, kind: str = "", clear: bool = False, within: Period | None = None
    ) -> StripPart:
        """The signals of one account, in a period if need be, newest first, a part at a time."""
        ...
