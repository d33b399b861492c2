"""Made-up people: found, in groups and accounts, with what they did, said and are known as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from made_up.accounts import make_account, make_accounts, make_strip
from made_up.groups import make_group, make_groups
from made_up.numbers import MadeNumbers
from made_up.worlds import HOSTILE, LONG, RTL, SPAN
from touchpath.model.errors import BadInput, Missing
from touchpath.model.time import Grain, Period
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.decisions import Decision
from touchpath.services.groups import GroupFound, Groups, SavedGroup
from touchpath.services.identity import Held, PersonId, PersonIdentity, ShownLink
from touchpath.services.results import PersonHit, PersonTimeline, TimelineEntry
from touchpath.services.small_rows import withheld
from touchpath.services.strips import StripPart
from touchpath.services.voice import Label, Said, Voice, VoiceAsked


class MadePeople(MadeNumbers):
    """What is asked about people."""

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        if self._span is None or "nobody" in text:
            return ()
        return tuple(
            PersonHit(actor, 40 + i, SPAN.end)
            for i, actor in enumerate(("user:42", f"external:{text}/7", f"anonymous:{LONG}", f"user:{HOSTILE}"))
        )[:limit]

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
        if self._span is None or actor == "user:nobody":
            raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
        entries = [entry for entry in self._entries() if search.casefold() in f"{entry.kind} {entry.text}".casefold()]
        sources = {"web": 9, "tickets": 5, "surveys": 5, "billing": 5}
        part = make_strip(entries, start, limit, kind, within, self.zone)
        return PersonTimeline(
            actor, (actor, "anonymous:9f", "email:ab12"), part.entries, 24, part.matching, SPAN.start, SPAN.end, sources, start=start,
            kinds=part.kinds, visits=part.visits, friction=part.friction, earlier=part.earlier, later=part.later, accounts=("acme",),
            overview=part.overview,
        )  # fmt: skip

    def _entries(self) -> list[TimelineEntry]:
        kinds = (
            ("page.viewed", "web"),
            ("ticket.opened", "tickets"),
            ("survey.answered", "surveys"),
            ("invoice.paid", "billing"),
        )
        texts = ("", RTL if self._hostile else "Where is my parcel?", HOSTILE if self._hostile else "Paying was a nightmare.", "")
        return [
            TimelineEntry(
                SPAN.end - timedelta(hours=7 * i), kinds[i % 4][0], kinds[i % 4][1], channel="web", surface="site", touchpoint="site",
                value=(None, None, 3.0, 49.9)[i % 4], unit=("", "", "", "EUR")[i % 4], text=texts[i % 4], objects={"order": f"o-{i}"},
                properties={"path": f"/p/{i}", "note": HOSTILE} if i % 2 else {}, steps=("Buy something: Pay",) if i % 4 == 0 else (), revision=int(i == 1),
            )
            for i in range(24)
        ]  # fmt: skip

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        text = HOSTILE if self._hostile else "The form refused my number twice."
        label = Label("negative", "model")
        said = (
            Said(text, "survey.answered", SPAN.start, "user:42", 2.0, ("Satisfaction",), label),
            Said(RTL, "ticket.opened", SPAN.start, "", None, (), None),
        )
        people = {"": None, "rage.clicked": 0}.get(asked.did, 1284)
        return Voice(said[:limit] if not asked.words and people != 0 else (), len(said) > limit, 2, people)

    def identity_of(self, actor: str) -> PersonIdentity:
        if self._span is None or actor == "user:nobody":
            raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
        names = (actor, "anonymous:9f", "anonymous:tablet")
        seen = (12, SPAN.start, SPAN.end, ("web",), "page.viewed (web, 1)")
        return PersonIdentity(
            actor,
            (*(PersonId(name) for name in names[:2]), PersonId(names[2], (Held(None, SPAN.start), Held(SPAN.end, None)))),
            (ShownLink(actor, names[1], "identify", True, "", *seen), ShownLink(actor, "user:2", "joined by a member", True, "")),
            (
                ShownLink(
                    actor,
                    names[2],
                    "identify",
                    False,
                    "Several people use this device: whose it was is told by the times at which each of them was seen on it.",
                    *seen,
                ),
            ),
            tuple(self.decided),
            3,
            (Held(None, SPAN.start, actor), Held(SPAN.start, None)) if actor.startswith("anonymous") else (),
        )

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        if not why:
            raise BadInput("Say why: others will want to know what this decision rests on.")
        self.decided.append(Decision(f"d{len(self.decided)}", ids, verdict, member, SPAN.start, why))
        return self.decided[-1]

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        found = [one for one in self.decided if one.id == decision]
        if not found:
            raise Missing(f"There is no identity '{decision}'.")
        self.decided.remove(found[0])
        return replace(found[0], verdict="open")

    def groups(self, *, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> Groups:
        return make_groups(self._experience, SPAN, by, tuple(saved), grain)

    def group(self, id: str, *, saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> GroupFound:
        if self._span is None:
            raise Missing("There are no signals yet.")
        beside = (self.compare("task_success", "checkout"), self.compare("nps", "nps"))
        return make_group(self._experience, SPAN, id, tuple(saved), grain, beside)

    def people_in(self, id: str, *, saved: Sequence[SavedGroup] = (), limit: int = 20) -> tuple[PersonHit, ...]:
        return () if "nobody" in id else self.find_people("42", limit)

    def accounts(self, *, search: str = "", sort: str = "people", score: str = "", start: int = 0, size: int = 50) -> Accounts:
        if self.name == "bare" or self._hostile:
            return replace(make_accounts(SPAN, HOSTILE, "none", sort, 0), total=0, matching=0, small=0)
        return make_accounts(SPAN, HOSTILE, search, sort, start)

    def account(self, id: str, *, score: str = "") -> AccountFound:
        use, loyalty = self.measure("task_success", "checkout"), self.measure("nps", "nps")
        return make_account(id, SPAN, HOSTILE, (use, loyalty, replace(loyalty, total=withheld(5))))

    def account_strip(
        self, id: str, *, start: int = 0, size: int = 100, kind: str = "", clear: bool = False, within: Period | None = None
    ) -> StripPart:
        return make_strip(self._entries(), start, size, kind, within, self.zone)
