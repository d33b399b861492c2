"""Experience cards: one for each step of a journey, with what it is for, whose it is, what is measured and what was decided.

A card is a record of its own beside the model: whoever decides something about a step does not touch the model. Every save is a revision,
so that what was said when, and by whom, stays; taking one back puts the revision before it on top.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, cast

from touchpath.model.errors import BadInput, Conflict
from touchpath.store.records import Record, RecordStore

KIND = "card"
#: Who shares a step: each function names its owner, and one of the four is accountable.
FUNCTIONS = ("product", "marketing", "service", "technology")
LONGEST = {"purpose": 2_000, "promise": 2_000, "decision": 4_000, "rationale": 4_000, "owner": 200, "measure": 200}


@dataclass(frozen=True, slots=True)
class Aim:
    """What is measured at a step: a metric and of what it is, "" for neither; target: what it should come to, in the metric's own unit."""

    metric: str = ""
    subject: str = ""
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What members wrote on a card. purpose, promise: blank means those of the journey and the touchpoints.

    owners: by function; accountable: one of these functions. ux, cx: one number of each. due: until when the targets hold.
    changed_on: the day the decision took effect, from which its effect is judged.
    """

    purpose: str = ""
    promise: str = ""
    owners: tuple[tuple[str, str], ...] = ()
    accountable: str = ""
    ux: Aim = Aim()
    cx: Aim = Aim()
    due: date | None = None
    decision: str = ""
    rationale: str = ""
    changed_on: date | None = None

    def owner(self, function: str) -> str:
        """Who owns the step for a function; "" for nobody."""
        return dict(self.owners).get(function, "")

    @property
    def lead(self) -> str:
        """Who is accountable; "" for nobody."""
        return self.owner(self.accountable)


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card with who saved it, when and why; revision 0: nobody wrote one yet."""

    journey: str
    step: str
    card: Card
    revision: int = 0
    member: str = ""
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CardChange:
    """One save of a card: what it changed, by field in words."""

    kept: KeptCard
    changed: tuple[str, ...]


class Faulty(BadInput):
    """A card that cannot be kept: what is wrong, by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class CardService:
    """The cards of one workspace. Safe to use from many threads: of two who save from the same revision one is told so."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def show(self, journey: str, step: str) -> KeptCard:
        """A step's card; an empty one of revision 0 while nobody wrote any."""
        id = card_id(journey, step)
        if not self._records.revision(KIND, id):
            return KeptCard(journey, step, Card())
        return _kept(self._records.load(KIND, id))

    def list(self) -> tuple[KeptCard, ...]:
        """All cards that were written."""
        return tuple(map(_kept, self._records.list(KIND)))

    def save(self, journey: str, step: str, card: Card, onto: int, member: str, why: str = "") -> KeptCard:
        """Keep a card; raises Faulty with what is wrong by field, and Conflict when somebody saved it since revision `onto`.

        A card that says the same as before is not saved again.
        """
        if faults := faults_of(card):
            raise Faulty(faults)
        before = self.show(journey, step)
        if before.revision != onto:
            raise Conflict(
                f"{before.member or 'Somebody'} saved this card in the meantime (revision {before.revision}). Look at it, and make your change again."
            )
        if before.card == card:
            return before
        self._records.save(KIND, card_id(journey, step), _document(journey, step, card), expected=onto, member=member, why=why)
        return self.show(journey, step)

    def undo(self, journey: str, step: str, revision: int, member: str) -> KeptCard:
        """Take a save back: what the card said before it is saved on top. Raises Conflict when it was saved again since."""
        now = self.show(journey, step)
        if revision < 1 or now.revision != revision:
            raise Conflict(f"The card is at revision {now.revision} by now, so revision {revision} is not taken back.")
        before = _kept(self._records.load(KIND, card_id(journey, step), revision - 1)).card if revision > 1 else Card()
        document = _document(journey, step, before)
        why = f"revision {revision} taken back"
        self._records.save(KIND, card_id(journey, step), document, expected=revision, member=member, why=why)
        return self.show(journey, step)

    def history(self, journey: str, step: str) -> tuple[CardChange, ...]:
        """Every save, newest first, with what it changed."""
        kept = [_kept(record) for record in self._records.history(KIND, card_id(journey, step))]
        older = [*kept[1:], KeptCard(journey, step, Card())]
        return tuple(CardChange(now, changed_fields(before.card, now.card)) for now, before in zip(kept, older, strict=False))


def card_id(journey: str, step: str) -> str:
    """The id of a step's card; ids of journeys and steps hold no point."""
    return f"{journey}.{step}"


def faults_of(card: Card) -> dict[str, str]:
    """What is wrong with a card, by field."""
    found: dict[str, str] = {}
    for name in ("purpose", "promise", "decision", "rationale"):
        text = getattr(card, name)
        if len(text) > LONGEST[name]:
            found[name] = f"This has {len(text):,} characters; at most {LONGEST[name]:,} are kept."
    for function, owner in card.owners:
        if function not in FUNCTIONS:
            found["accountable"] = f"'{function}' is no function. There are: {', '.join(FUNCTIONS)}."
        elif len(owner) > LONGEST["owner"]:
            found[f"owner_{function}"] = f"A name has up to {LONGEST['owner']} characters."
    if card.accountable and not card.lead:
        found["accountable"] = f"Name the owner for {card.accountable} first, then make them accountable."
    for name, aim in (("ux", card.ux), ("cx", card.cx)):
        if aim.target is not None and not aim.metric:
            found[f"{name}_target"] = "Choose what is measured first; a target without it says nothing."
        elif aim.target is not None and not math.isfinite(aim.target):
            found[f"{name}_target"] = "A target is a plain number."
    if card.due and card.ux.target is None and card.cx.target is None:
        found["due"] = "A day alone is no target: say what the numbers should come to by then."
    if card.decision.strip() and not card.rationale.strip():
        found["rationale"] = "Say why: a decision without its reasons cannot be looked at again."
    if card.changed_on and not card.decision.strip():
        found["decision"] = "Say what was decided; its day alone tells nobody what changed."
    return found


_WORDS = {
    "purpose": "purpose", "promise": "promise", "owners": "owners", "accountable": "who is accountable", "ux": "UX number or target",
    "cx": "CX number or target", "due": "day of the target", "decision": "decision", "rationale": "rationale", "changed_on": "day of the change",
}  # fmt: skip


def changed_fields(before: Card, after: Card) -> tuple[str, ...]:
    """Which fields of a card differ, in words."""
    return tuple(_WORDS[field.name] for field in fields(Card) if getattr(before, field.name) != getattr(after, field.name))


def _document(journey: str, step: str, card: Card) -> dict[str, object]:
    return {
        "journey": journey,
        "step": step,
        "purpose": card.purpose,
        "promise": card.promise,
        "owners": {name: owner for name, owner in card.owners if owner},
        "accountable": card.accountable,
        "ux": _plain(card.ux),
        "cx": _plain(card.cx),
        "due": card.due.isoformat() if card.due else None,
        "decision": card.decision,
        "rationale": card.rationale,
        "changed_on": card.changed_on.isoformat() if card.changed_on else None,
    }


def _plain(aim: Aim) -> dict[str, object]:
    return {"metric": aim.metric, "subject": aim.subject, "target": aim.target}


def _kept(record: Record) -> KeptCard:
    told = cast(Mapping[str, Any], record.document)
    owners = tuple((name, str(told["owners"][name])) for name in FUNCTIONS if name in told["owners"])
    card = Card(
        told["purpose"], told["promise"], owners, told["accountable"], Aim(**told["ux"]), Aim(**told["cx"]), _day(told["due"]),
        told["decision"], told["rationale"], _day(told["changed_on"]),
    )  # fmt: skip
    return KeptCard(str(told["journey"]), str(told["step"]), card, record.revision, record.member, record.at, record.why)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def trimmed(card: Card) -> Card:
    """The same card without blanks around its texts, and without owners who are blank."""
    texts = {name: getattr(card, name).strip() for name in ("purpose", "promise", "decision", "rationale")}
    owners = tuple((name, owner.strip()) for name, owner in card.owners if owner.strip())
    return replace(card, owners=owners, **texts)
