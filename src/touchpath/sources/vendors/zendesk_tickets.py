"""A ticket of Zendesk: who asked, what all its signals share, and what happens to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    external_id,
    id_of,
    maybe_id,
    maybe_record,
    minute,
    moment,
    properties_of,
    records_in,
    text_in,
    user_id,
)

#: The survey of the legacy ratings (good or bad); the newer surveys have ids of their own.
RATING_SURVEY, RATING_SCALE = "zendesk-satisfaction", "bad, good"

TOUCHPOINT = "help-desk"
_TICKET_KNOWN = frozenset(
    [
        "id",
        "url",
        "external_id",
        "created_at",
        "updated_at",
        "generated_timestamp",
        "requester_id",
        "submitter_id",
        "organization_id",
        "subject",
        "raw_subject",
        "description",
        "status",
        "custom_status_id",
        "satisfaction_rating",
        "metric_set",
        "metric_sets",
        "ticket_metric",
        "via",
        "requester",
        "fields",
        "recipient",
        "collaborator_ids",
        "follower_ids",
        "email_cc_ids",
        "sharing_agreement_ids",
        "is_public",
        "allow_channelback",
        "allow_attachments",
        "from_messaging_channel",
        "followup_ids",
        "via_followup_source_id",
        "dates",
        "slas",
        "users",
        "comments",
        "actor_id",
        "assignee_id",
        "deleted_ticket_form_id",
        "result_type",
    ]
)
DONE = frozenset({"solved", "closed"})
_RATED = {"good": 1.0, "bad": 0.0}


class ZendeskTicket:
    """What all signals of one ticket share."""

    def __init__(self, ticket: Mapping[str, object], source: str) -> None:
        self.record, self.source = ticket, source
        self.id = maybe_id(ticket.get("id"))
        requester = maybe_record(ticket.get("requester"))
        who = maybe_id(ticket.get("requester_id")) or maybe_id(requester.get("id"))
        self.actors = user_actors(requester, who, source, ticket.get("requester_email"))
        self.account = account_of(source, ticket)
        self.objects = {"ticket": self.id} if self.id else {}
        self.channel = text_in(maybe_record(ticket.get("via")).get("channel"))

    @property
    def created_at(self) -> datetime:
        """When it was opened."""
        return moment(self.record.get("created_at"), "created_at of the ticket")

    def opened(self) -> Signal:
        """The first contact, with what it is about; a follow-up names the ticket that it follows."""
        id_of(self.record, what="ticket")
        about = [text_in(self.record.get("subject")), text_in(self.record.get("description"))]
        fields = {
            str(maybe_id(field.get("id"))): field.get("value")
            for field in records_in(self.record.get("custom_fields"))
            if field.get("value") not in (None, "", [])
        }
        return self.signal(
            "opened", "ticket.opened", self.created_at, text="\n\n".join(part for part in dict.fromkeys(about) if part) or None,
            properties=properties_of(
                self.record, without=_TICKET_KNOWN | {"custom_fields"}, follow_up_of=_follows(self.record), fields=fields,
                external_id=self.record.get("external_id"),
            ),
        )  # fmt: skip

    def state(self, state: str, at: datetime, **more: object) -> Signal:
        """The ticket came into a state."""
        found = {name: value for name, value in more.items() if value is not None}
        return self.signal(f"{state} {minute(at)}", f"ticket.{state}", at, properties=found)

    def rated(self, id: str, rating: Mapping[str, object], at: datetime) -> Signal:
        """A legacy rating, answered or only offered."""
        score = str(rating.get("score") or "").lower()
        answer = score.removesuffix("_with_comment").removesuffix("_without_comment")
        value = _RATED.get(answer)
        known = {"survey": RATING_SURVEY, "question": "satisfaction", "agent": maybe_id(rating.get("assignee_id"))}
        if value is None:
            return self._about_rating(f"satisfaction_rating/{id}/{answer or 'offered'}", "survey.sent", at, id, known)
        said = {**known, "answer": answer, "scale": RATING_SCALE, "reason": rating.get("reason")}
        return self._about_rating(
            f"satisfaction_rating/{id}", "survey.answered", at, id, said, value=value, text=text_in(rating.get("comment"))
        )

    def signal(
        self, id: str, kind: str, at: datetime, *, text: str | None = None, properties: Mapping[str, object] | None = None
    ) -> Signal:
        """A signal of this ticket."""
        return Signal(
            self.source, f"ticket/{self.id}/{id}", kind, at, self.actors, self.account, self.objects, TOUCHPOINT, self.channel,
            text=text, properties=properties or {},
        )  # fmt: skip

    def _about_rating(
        self, id: str, kind: str, at: datetime, response: str, said: Mapping[str, object], *,
        value: float | None = None, text: str | None = None,
    ) -> Signal:  # fmt: skip
        return Signal(
            self.source, id, kind, at, self.actors, self.account, {**self.objects, "response": f"rating-{response}"}, "survey",
            value=value, unit=None if value is None else "points", text=text,
            properties={name: each for name, each in said.items() if each not in (None, "")},
        )  # fmt: skip


def comment_signals(
    ticket: ZendeskTicket, comment: Mapping[str, object], at: datetime, event: Mapping[str, object]
) -> Iterator[Signal]:
    """A comment: a reply of an agent, a note that only agents see, or a further message of the customer."""
    author = maybe_id(comment.get("author_id"))
    roles = {maybe_id(user.get("id")): user.get("role") for user in records_in(event.get("users"))}
    is_customer = roles.get(author) == "end-user" or (
        author is not None and author == maybe_id(ticket.record.get("requester_id"))
    )
    is_public = comment.get("public") is not False
    kind = "ticket.commented" if is_customer else "ticket.replied" if is_public else "ticket.noted"
    who = {} if is_customer or author is None else {"agent": author}
    text = text_in(comment.get("plain_body")) or text_in(comment.get("body")) if is_public else None
    id = maybe_id(comment.get("id"))
    yield ticket.signal(f"comment {id or minute(at)}", kind, at, text=text, properties=who)


def change_signals(ticket: ZendeskTicket, child: Mapping[str, object], at: datetime) -> Iterator[Signal]:
    """What one change of an audit or of the incremental export says: another status, or another agent."""
    status, agent = changed_to(child, "status"), changed_to(child, "assignee_id")
    if status is not None:
        yield from state_signals(ticket, status_word(child.get("previous_value")), status_word(status), at)
    elif maybe_id(agent):
        yield ticket.state("assigned", at, agent=maybe_id(agent), agent_before=maybe_id(child.get("previous_value")))


def state_signals(ticket: ZendeskTicket, before: str, now: str, at: datetime) -> Iterator[Signal]:
    """Solved, reopened, closed, or another change of status. A solved ticket that is closed was solved before."""
    if now == "solved":
        yield ticket.state("solved", at)
    elif now == "closed":
        if before not in DONE:
            yield ticket.state("solved", at)
        yield ticket.state("closed", at)
    elif before in DONE:
        yield ticket.state("reopened", at, status=now)
    else:
        yield ticket.signal(
            f"{now} {minute(at)}", "ticket.status_changed", at, properties={"status": now, "status_before": before}
        )


def changed_to(child: Mapping[str, object], field: str) -> object:
    """What a field was changed to: audits name the field, the incremental export has it as a key of its own."""
    return child.get("value") if child.get("field_name") == field else child.get(field)


def status_word(value: object) -> str:
    """A status as one small word; webhooks write it in capitals, and newer ones as an object."""
    found = maybe_record(value)
    if found:
        value = found.get("category") or found.get("status") or found.get("name")
    return str(maybe_id(value) or "").lower()


def _follows(ticket: Mapping[str, object]) -> str | None:
    """The closed ticket that this one follows."""
    origin = maybe_record(maybe_record(ticket.get("via")).get("source"))
    if origin.get("rel") == "follow_up":
        return maybe_id(maybe_record(origin.get("from")).get("ticket_id"))
    return maybe_id(ticket.get("via_followup_source_id"))


def user_actors(user: Mapping[str, object], id: str | None, source: str, address: object = None) -> tuple[str, ...]:
    """The ids of a user's record: one's own, Zendesk's, and the hash of the address."""
    return actors(user_id(user.get("external_id")), external_id(source, id), email_actor(user.get("email") or address))


def account_of(source: str, record: Mapping[str, object]) -> str | None:
    """The organisation of a user or ticket: one's own id, else Zendesk's."""
    organization = maybe_record(record.get("organization"))
    known = maybe_id(organization.get("external_id"))
    other = maybe_id(record.get("organization_id")) or maybe_id(organization.get("id"))
    return known or (f"{source}-{other}" if other else None)
