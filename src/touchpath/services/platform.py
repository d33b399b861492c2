"""One workspace and everything it can answer: the browser, the terminal and Python call only this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from touchpath.model.errors import Missing, NotAllowed
from touchpath.model.experience import Journey
from touchpath.model.time import Grain, Period
from touchpath.services import (
    boards,
    live_map,
    maps,
    pack,
    people,
    small_maps,
    step_people,
)
from touchpath.services.account_book import Book
from touchpath.services.account_list import list_accounts
from touchpath.services.account_opening import open_book
from touchpath.services.account_page import AccountFound, list_members, people_of, role_coverage
from touchpath.services.accounts import Accounts
from touchpath.services.answered_metrics import AnsweredMetrics
from touchpath.services.associations import AssociationsAsked, AssociationsFound, find_associations
from touchpath.services.behind import GroupBehind
from touchpath.services.decisions import Decision
from touchpath.services.drivers import DriversAsked, KeyDrivers, key_drivers
from touchpath.services.effect_found import EffectAsked, EffectFound
from touchpath.services.effects import judge_change
from touchpath.services.group_counts import select_group, show_group, show_groups
from touchpath.services.groups import GroupFound, Groups, SavedGroup
from touchpath.services.hiding import (
    hide_in_associations,
    hide_in_effect,
    hide_in_entry,
    hide_in_map,
)
from touchpath.services.identity import IdentityService, PersonIdentity
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.live_map import LiveMap, MapAsked, Slice
from touchpath.services.personal_details import hide_details
from touchpath.services.queries.reading import Asked
from touchpath.services.queries.volume import VolumeQuery
from touchpath.services.results import (
    JourneyMap,
    PersonHit,
    PersonTimeline,
    TimelineEntry,
)
from touchpath.services.small_accounts import withhold_from_account, withhold_from_accounts
from touchpath.services.small_groups import (
    withhold_from_associations,
    withhold_from_drivers,
    withhold_from_effect,
)
from touchpath.services.small_memberships import withhold_from_group, withhold_from_groups
from touchpath.services.small_ways import withhold_from_map
from touchpath.services.strips import StripPart, lay_strip, read_part
from touchpath.services.voice import Voice, VoiceAsked, by_people, hide_in_said, listen
from touchpath.timelines.accounts import signals_of
from touchpath.timelines.fold import Selection
from touchpath.timelines.volume import MOST_RULES


@dataclass(frozen=True)
class Platform(AnsweredMetrics):
    """One workspace, ready to be asked: besides its queries and metrics its causes, journeys, people and voices."""

    def drivers(
        self,
        asked: DriversAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> KeyDrivers:
        """What goes together with the answers to a question or questionnaire: other answers, and what people did before."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        found = self._kept(("drivers", asked, period, sure), lambda: key_drivers(self._ground(who), asked, period, sure), who)
        if not self.viewers:
            return found
        questions = (self.experience().question(id).asked for id in sorted(found.outcome.questions))
        self._few_asked(Asked(VolumeQuery(tuple(questions)), period=period), who)
        return withhold_from_drivers(found, self.smallest_group)

    def effect(
        self,
        asked: EffectAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> EffectFound:
        """What a change at a known day did to a metric: a series before and after, or units with the change beside units without."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> EffectFound:
            return hide_in_effect(judge_change(self._ground(who), asked, period, sure), self.detectors)

        found = self._kept(("effect", asked, period, sure), answer, who)
        if not self.viewers:
            return found
        few = self._few_measured(asked.metric, asked.subject, asked.by, None, period, who)
        return withhold_from_effect(found, self.smallest_group, few)

    def associations(
        self,
        asked: AssociationsAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> AssociationsFound:
        """How metrics of use go together with metrics of the relationship, across segments or from period to period."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> AssociationsFound:
            return hide_in_associations(find_associations(self._ground(who), asked, period, sure), self.detectors)

        found = self._kept(("associations", asked, period, sure), answer, who)
        if not self.viewers:
            return found
        sides = (name.partition(":") for name in (*asked.ux, *asked.cx))
        few = [self._few_measured(metric, subject, asked.by, asked.every, period, who) for metric, _, subject in sides]
        return withhold_from_associations(found, self.smallest_group, frozenset().union(*few))

    def journey_map(
        self,
        journey: str,
        *,
        period: Period | None = None,
        by: str = "",
        segment: str = "",
        persona: str = "",
        role: str = "",
        clear: bool = False,
    ) -> JourneyMap:
        """A designed journey with what was observed on it, for all, for one segment of a dimension, or for a persona or role.

        clear: with the personal details that stand in people's words.
        """

        def show() -> JourneyMap:
            ground = live_map.narrowed(self._ground(), persona, role)
            return self._marks.whole(maps.map_journey(ground, self.index, journey, period, by, segment, self.confidence))

        period = self._days(period)
        whole = self._kept(("map", journey, period, by, segment, persona, role), show)
        if self.viewers and self.span() is not None:
            cuts = ((by, segment),) if by else ()
            why = self._few_on_map(whole.journey, Slice(period, cuts, persona, role))
            whole = withhold_from_map(whole, self.smallest_group, why)
        return whole if clear else hide_in_map(whole, self.detectors)

    def live_map(self, asked: MapAsked, *, clear: bool = False) -> LiveMap:
        """A journey with its lanes by step or stage, narrowed and compared as asked; clear: with personal details in people's words."""

        def show() -> LiveMap:
            found = live_map.show_live_map(self._ground(), self.index, asked, self.confidence, self.models.said)
            return replace(found, whole=self._marks.whole(found.whole))

        asked = replace(asked, of=self._whole_slice(asked.of), beside=asked.beside and self._whole_slice(asked.beside))

        def by_steps() -> LiveMap:
            whole = replace(asked, zoom="step", beside=None, words=False)
            return live_map.show_live_map(self._ground(), self.index, whole, self.confidence, self.models.said)

        found = self._kept(("live map", asked), show)
        if self.viewers and self.span() is not None:
            sides = [(found.whole.journey, asked.of)]
            sides += [(found.older or found.whole.journey, asked.beside)] if asked.beside else []
            why = next(filter(None, (self._few_on_map(journey, of) for journey, of in sides)), "")
            steps = self._kept(("steps of", asked), by_steps) if asked.zoom == "touchpoint" else None
            found = small_maps.withhold_from_live_map(found, self.smallest_group, why, steps)
        return found if clear else replace(found, whole=hide_in_map(found.whole, self.detectors))

    def journey_versions(self, journey: str) -> tuple[JourneyVersion, ...]:
        """Every design that a journey has had, newest first."""
        return self.models.journey_versions(journey)

    def _whole_slice(self, of: Slice) -> Slice:
        return replace(of, period=self._days(of.period))

    def _few_on_map(self, journey: Journey, of: Slice) -> str:
        """Why a map is not to be shown to viewers: few are left out by what it is narrowed to; "" where many are, or nobody is."""
        rules = tuple(dict.fromkeys(step.match for step in journey.steps))
        for start in range(0, len(rules), MOST_RULES - 1):
            asked = self.read_query(small_maps.asked_of(rules[start : start + MOST_RULES - 1], of))
            if why := self._why_not(partial(self._few_asked, asked, None))[1]:
                return why
        return ""

    def people_at(
        self,
        journey: str,
        step: str,
        group: str,
        *,
        period: Period | None = None,
        persona: str = "",
        role: str = "",
        limit: int = 100,
    ) -> GroupBehind:
        """The people of one group at a step, latest heard of first; raises Missing for an unknown group."""
        self._check_people()
        designed = self.experience().journey(journey)
        ground = live_map.narrowed(self._ground(), persona, role)
        who = step_people.select_at(ground, designed, step_people.step_of(designed, step), group, period)
        return self.behind_group(group, who, period, limit)

    def accounts(self, *, search: str = "", sort: str = "people", score: str = "", start: int = 0, size: int = 50) -> Accounts:
        """The organisations that people belong to, in an order, a part at a time; score: the question whose answers rate them.

        Viewers get none of few people singly.
        """
        least = self.smallest_group if self.viewers else 1
        found = list_accounts(self._book(score), search, sort, start, size, least)
        return withhold_from_accounts(found, least) if self.viewers else found

    def account(self, id: str, *, score: str = "") -> AccountFound:
        """One account: its people with their roles, who was asked and answered, and the numbers of its people; raises Missing."""
        book = self._book(score)
        row = book.row(book.place(id))
        who, asks = people_of(book, id), boards.find_place(self.experience(), "").asks
        if self.viewers and row.people < self.smallest_group:
            raise NotAllowed(
                f"This account has fewer than {self.smallest_group} people, so its numbers would tell what single people did."
            )
        measured = self._kept(
            ("account numbers", id), lambda: pack.measure_all(self._ground(who), asks, "", None, None, self.confidence)
        )
        numbers = tuple(
            self._as_seen(*ask, one, "", None, None, who) for ask, one in zip(asks, measured.measurements, strict=True)
        )
        members = () if self.viewers else list_members(book, id, self.signals, self.timelines)
        question = book.question
        found = AccountFound(
            row, role_coverage(book, id), members, numbers, question.title if question else "",
            (question.low, question.high) if question else (0, 0), book.notes, book.data_version,
        )  # fmt: skip
        return withhold_from_account(found, self.smallest_group) if self.viewers else found

    def account_strip(
        self, id: str, *, start: int = 0, size: int = 100, kind: str = "", clear: bool = False, within: Period | None = None
    ) -> StripPart:
        """The signals of one account (within a period), of all silos, newest first, a part at a time; clear: with the personal details in their texts."""
        self._check_people()
        ground, book = self._ground(), self._book("")
        code = int(book.codes[book.place(id)])
        parts = signals_of(ground.open("person"), ground.open("account"), book.membership, code)
        strip = lay_strip(parts, ground.experience)
        shown = self._entry_shown(clear)
        return read_part(strip, self.signals, start, size, kind=kind, as_shown=shown, within=within, zone=self.zone)

    def _book(self, score: str) -> Book:
        return self._kept(("accounts", score), lambda: open_book(self._ground(), score, self.confidence))

    def _entry_shown(self, clear: bool) -> Callable[[TimelineEntry], TimelineEntry]:
        return lambda entry: entry if clear else hide_in_entry(entry, self.detectors)

    def groups(self, *, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> Groups:
        """Personas, roles, status, the segments of a dimension of people and what saved queries find: sizes, overlaps, who came and went."""
        saved = self._may_ask(saved)
        found = self._kept(("groups", by, saved, grain), lambda: show_groups(self._ground(), by, saved, grain, self.confidence))
        return withhold_from_groups(found, self.smallest_group) if self.viewers else found

    def group(self, id: str, *, saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> GroupFound:
        """One of them in full: its numbers beside those of everybody else, and what its members are like; raises Missing."""
        saved, asks = self._may_ask(saved), boards.find_place(self.experience(), "").asks
        found = self._kept(
            ("group", id, saved, grain), lambda: show_group(self._ground(), id, saved, grain, asks, self.confidence)
        )
        return withhold_from_group(found, self.smallest_group) if self.viewers else found

    def people_in(self, id: str, *, saved: Sequence[SavedGroup] = (), limit: int = 20) -> tuple[PersonHit, ...]:
        """Some of the people of a group, latest heard of first."""
        self._check_people()
        return self.actors(select_group(self._ground(), id, saved), limit)

    def _may_ask(self, saved: Sequence[SavedGroup]) -> tuple[SavedGroup, ...]:
        """The saved groups whose queries whoever asks may have answered."""
        return tuple(one for one in saved if not self._why_not(partial(self._few_asked, one.asked, None))[1])

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        """People whose id holds the text, or who wrote it; personal details in what they wrote are not searched."""
        self._check_people()
        return people.find_people(self.index, text, limit, lambda wrote: hide_details(wrote, self.detectors))

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
        """What is known to have happened to one person, a part at a time, newest first; clear: with the personal details that stand in their words.

        kind: only signals of it, "friction" = only moments of friction. start: so many newer ones come before. within: only
        signals of this period.
        """
        self._check_people()
        shown = self._entry_shown(clear)
        return people.show_person(
            actor, self.experience(), self.signals, self.timelines, search, limit, shown, start, kind, within, self.zone
        )

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        """What people said in their own words, newest first; clear: with the personal details that stand in it."""
        self._check_people()
        if asked.did:
            who = self.select_who_did(asked.did, asked.period)
            heard = listen(self.index, self.experience(), asked, limit, by_people(self.timelines, who.keys))
            heard = replace(heard, people=len(who.keys))
        else:
            heard = listen(self.index, self.experience(), asked, limit)
        return heard if clear else replace(heard, said=hide_in_said(heard.said, self.detectors))

    def ids_of(self, actor: str) -> tuple[str, ...]:
        """Every id of the person whom an actor belongs to, this one among them."""
        return people.ids_of(actor, self.signals, self.timelines)

    def signals_on_handed_devices(self, actor: str) -> list[int]:
        """Keys of a person's signals on devices that were theirs only for a while, and that do not name them."""
        return people.signals_on_handed_devices(actor, self.signals, self.timelines)

    def identity_of(self, actor: str) -> PersonIdentity:
        """Which ids are one person with this one, why, and what was not joined; raises Missing for an unknown one."""
        return self._identities.explain(actor)

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Say that two ids are the same person ("same"), that their link does not count ("apart"), or that an id joins nobody ("alone")."""
        return self._identities.decide(verdict, ids, member, why)

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        """Take a decision about who is whom back."""
        return self._identities.decisions.undo(decision, member, why)

    @property
    def _identities(self) -> IdentityService:
        if self.identities is None:
            raise Missing("This workspace keeps no decisions about who is whom.")
        return self.identities
