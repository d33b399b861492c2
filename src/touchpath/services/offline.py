"""Touchpoints without a tracker: contacts that somebody at a counter or a telephone writes down, and links behind QR codes."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput, Missing, Unavailable, unknown
from touchpath.model.experience import Experience, Question
from touchpath.model.signal import Signal

CONTACT_SOURCE, LINK_SOURCE = "contact-form", "qr"
#: Why somebody was in touch, as it is kept and as it is said.
REASONS: Mapping[str, str] = {
    "question": "Asked something",
    "purchase": "Bought or ordered something",
    "complaint": "Complained",
    "praise": "Praised something",
    "service": "Needed help or a repair",
    "other": "Something else",
}
LONGEST_NOTE, LONGEST_NAME = 10_000, 200
_VISIT = re.compile(r"[0-9a-f]{32}")
_SIGNED_BYTES = 16


def contact_actor(address: str) -> str:
    """The actor id of an e-mail address: a hash of it, so that the address itself is kept nowhere; raises BadInput.

    >>> contact_actor(" Ada@Example.org ") == contact_actor("ada@example.org")
    True
    """
    found = email_actor(address)
    if found is None:
        raise BadInput("The e-mail address does not look like one. Write it as in name@example.org, or choose nobody.")
    return found


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it was written down. number: drawn when the form was shown, so that sending it twice counts once.

    actor: a namespaced id, "" for nobody. question and rating: what somebody answered, "" and None for nothing.
    """

    number: str
    touchpoint: str
    reason: str
    occurred_at: datetime
    actor: str = ""
    question: str = ""
    rating: float | None = None
    note: str = ""


def contact_signals(contact: Contact, experience: Experience) -> tuple[Signal, ...]:
    """The contact, and the answer if there is one; raises BadInput, Missing for a touchpoint or question that the model has not."""
    if not _VISIT.fullmatch(contact.number):
        raise BadInput("The form is too old or was changed on the way. Open it again.")
    if contact.reason not in REASONS:
        raise BadInput(unknown("reason", contact.reason, REASONS))
    known = {one.id: one for one in experience.touchpoints}
    touchpoint = known.get(contact.touchpoint)
    actors = (contact.actor,) if contact.actor else ()
    made = Signal(
        CONTACT_SOURCE,
        contact.number,
        "contact.made",
        contact.occurred_at,
        actors,
        objects={"conversation": contact.number},
        touchpoint=contact.touchpoint or None,
        channel=(touchpoint.channel if touchpoint else "") or None,
        text=contact.note.strip()[:LONGEST_NOTE] or None,
        properties={"reason": contact.reason},
    )
    if not contact.question or contact.rating is None:
        return (made,)
    return made, answer_signal(CONTACT_SOURCE, contact.number, experience, contact, made.channel)


class Answered(Protocol):
    """Whatever holds an answer and where it was given."""

    @property
    def touchpoint(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def rating(self) -> float | None: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...


def answer_signal(
    source: str, number: str, experience: Experience, given: Answered, channel: str | None, text: str = ""
) -> Signal:
    """An answer, shaped so that the model's question reads it; raises BadInput for a rating off its scale."""
    question = experience.question(given.question)
    rating = given.rating
    if rating is None or not question.low <= rating <= question.high or rating != int(rating):
        raise BadInput(
            f"The rating came as {rating}. '{question.title}' takes whole numbers from {question.low} to {question.high}."
        )
    return Signal(
        source,
        f"{number} answer",
        question.asked.kinds[0],
        given.occurred_at,
        (given.actor,) if given.actor else (),
        objects={"response": number},
        touchpoint=given.touchpoint or None,
        channel=channel,
        value=rating,
        unit="points",
        text=text or None,
        properties=_conditions(question) or {},
    )


def askable(experience: Experience) -> tuple[Question, ...]:
    """The questions that a form can ask: those whose answers a form can shape so that the model reads them."""
    return tuple(one for one in experience.questions if one.asked.kinds and _conditions(one) is not None)


def _conditions(question: Question) -> dict[str, object] | None:
    """The properties by which a question's answers are known; None when its rule asks for more than equal properties."""
    found: dict[str, object] = {}
    for condition in question.asked.conditions:
        if condition.operator != "equals" or not condition.field.startswith("properties."):
            return None
        found[condition.field.removeprefix("properties.")] = condition.operand
    return found


@dataclass(frozen=True, slots=True)
class Link:
    """What a QR code leads to: a touchpoint, a campaign ("" = none), and the question that its page asks ("" = none)."""

    touchpoint: str
    campaign: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who followed a link: once for its opening, with the same number again for an answer."""

    number: str
    link: Link
    occurred_at: datetime
    rating: float | None = None
    note: str = ""

    @property
    def touchpoint(self) -> str:
        """Where."""
        return self.link.touchpoint

    @property
    def question(self) -> str:
        """What was asked."""
        return self.link.question

    @property
    def actor(self) -> str:
        """Nobody: the page asks for no name."""
        return ""


class Offline:
    """Contacts and QR links of one workspace. Safe to call from many threads."""

    def __init__(
        self,
        experience: Callable[[], Experience],
        record: Callable[[Iterable[Signal]], None],
        spool: Callable[[str, Sequence[Signal]], None],
        key: Callable[[], bytes],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """record: keeps signals at once, or raises BadInput. spool: takes signals of a source in as live ones. key: signs links."""
        self._experience, self._record, self._spool, self._key = experience, record, spool, key
        self._of_links, self._of_visitors = Pace(240, clock), Pace(60, clock)

    def record_contact(self, contact: Contact) -> None:
        """Keep a contact; raises BadInput or Missing for what cannot be meant."""
        experience = self._experience()
        if contact.touchpoint:
            _check_touchpoint(experience, contact.touchpoint)
        self._record(contact_signals(contact, experience))

    def sign(self, link: Link) -> str:
        """A link as a text that nobody else can make; raises BadInput or Missing for what the model has not."""
        experience = self._experience()
        _check_touchpoint(experience, link.touchpoint)
        if len(link.campaign) > LONGEST_NAME:
            raise BadInput(f"The campaign's name has {len(link.campaign)} characters, and {LONGEST_NAME} are the most.")
        if link.question and link.question not in {one.id for one in askable(experience)}:
            raise BadInput(unknown("question that a form can ask", link.question, [one.id for one in askable(experience)]))
        said = json.dumps([link.touchpoint, link.campaign, link.question], ensure_ascii=False, separators=(",", ":")).encode()
        return f"{_plain(said)}.{_plain(self._signature(said))}"

    def read(self, token: str) -> Link:
        """What a signed text leads to; raises Missing for one that was not signed here."""
        said, _, signature = token.partition(".")
        try:
            content, signed = _back(said), _back(signature)
        except (binascii.Error, ValueError):
            content, signed = b"", b""
        if not content or not hmac.compare_digest(signed, self._signature(content)):
            raise Missing("This link is not known here. It may have been copied only in part; scan the code again.")
        touchpoint, campaign, question = json.loads(content)
        return Link(touchpoint, campaign, question)

    def open_visit(self, token: str, visitor: str) -> Visit:
        """Keep that somebody followed a link. visitor: only to slow down who opens too many, and kept nowhere."""
        link = self._admit(token, visitor)
        visit = Visit(secrets.token_hex(16), link, datetime.now(UTC))
        properties = {"campaign": link.campaign} if link.campaign else {}
        signal = Signal(
            LINK_SOURCE, visit.number, "touchpoint.visited", visit.occurred_at, touchpoint=link.touchpoint,
            objects={"session": visit.number}, properties=properties, channel=self._channel(link),
        )  # fmt: skip
        self._spool(LINK_SOURCE, [signal])
        return visit

    def answer(self, token: str, number: str, rating: float | None, note: str, visitor: str) -> None:
        """Keep what a visitor answered; sent twice it counts once. Raises BadInput for a rating off the scale."""
        link = self._admit(token, visitor)
        if not _VISIT.fullmatch(number):
            raise BadInput("The page is too old or was changed on the way. Scan the code again.")
        visit = Visit(number, link, datetime.now(UTC), rating, note.strip()[:LONGEST_NOTE])
        if link.question and rating is not None:
            signal = answer_signal(LINK_SOURCE, number, self._experience(), visit, self._channel(link), visit.note)
        elif visit.note:
            signal = Signal(
                LINK_SOURCE, f"{number} note", "feedback.given", visit.occurred_at, touchpoint=link.touchpoint,
                objects={"session": number}, text=visit.note, channel=self._channel(link),
                properties={"campaign": link.campaign} if link.campaign else {},
            )  # fmt: skip
        else:
            raise BadInput("Nothing was answered. Choose a number, or write a few words.")
        self._spool(LINK_SOURCE, [signal])

    def _admit(self, token: str, visitor: str) -> Link:
        link = self.read(token)
        if not (self._of_visitors.passes(visitor) and self._of_links.passes(token)):
            raise Unavailable("Too many visits in a short time. Wait a minute, and open the link again.")
        return link

    def _channel(self, link: Link) -> str | None:
        return next((one.channel for one in self._experience().touchpoints if one.id == link.touchpoint), "") or None

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key(), b"touchpath link\0" + said, "sha256")[:_SIGNED_BYTES]


class Pace:
    """Lets so many pass a minute for each name, evenly; remembers the 10,000 names that came last."""

    def __init__(self, a_minute: int, clock: Callable[[], float], most: int = 10_000) -> None:
        self._most_at_once, self._clock, self._most = float(a_minute), clock, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def passes(self, name: str) -> bool:
        """Whether one more may pass now."""
        now = self._clock()
        with self._lock:
            left, since = self._left.pop(name, (self._most_at_once, now))
            left = min(self._most_at_once, left + (now - since) * self._most_at_once / 60)
            passes = left >= 1
            self._left[name] = (left - 1 if passes else left, now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
        return passes


def _check_touchpoint(experience: Experience, id: str) -> None:
    known = [one.id for one in experience.touchpoints]
    if id not in known:
        raise Missing(unknown("touchpoint", id, known))


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _back(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
