"""Cards of steps: kept with every revision, taken back, refused with what is wrong by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from touchpath.model.errors import Conflict
from touchpath.services.cards import Aim, Card, CardService, Faulty
from touchpath.stores.records import open_records

OWNED = Card(owners=(("product", "Ada"), ("service", "Ben")), accountable="product", ux=Aim("task_success", "pay", 0.9))


@pytest.fixture
def cards(tmp_path: Path) -> CardService:
    return CardService(open_records(tmp_path / "records.sqlite"))


def test_a_card_that_nobody_wrote_is_empty(cards: CardService) -> None:
    assert (cards.show("buy", "pay").card, cards.show("buy", "pay").revision) == (Card(), 0)
    assert cards.list() == cards.history("buy", "pay") == ()


def test_a_card_comes_back_as_it_was_saved_with_who_and_why(cards: CardService) -> None:
    card = replace(
        OWNED, decision="One page", rationale="Two pages lost people", changed_on=date(2026, 4, 1), due=date(2026, 9, 30)
    )
    kept = cards.save("buy", "pay", card, 0, "ada@example.org", "agreed in the review")
    assert (kept.card, kept.revision, kept.member, kept.why) == (card, 1, "ada@example.org", "agreed in the review")
    assert kept.card.lead == "Ada"
    assert [one.card for one in cards.list()] == [card]


def test_the_same_card_again_is_no_new_revision(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    assert cards.save("buy", "pay", OWNED, 1, "ben").revision == 1


def test_history_tells_what_each_save_changed(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    cards.save("buy", "pay", replace(OWNED, purpose="Pay without fear"), 1, "ben")
    newest, first = cards.history("buy", "pay")
    assert (newest.changed, newest.kept.member) == (("purpose",), "ben")
    assert first.changed == ("owners", "who is accountable", "UX number or target")


def test_a_save_is_taken_back_by_a_save_on_top(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    cards.save("buy", "pay", replace(OWNED, purpose="Pay"), 1, "ben")
    back = cards.undo("buy", "pay", 2, "ada")
    assert (back.card, back.revision) == (OWNED, 3)
    assert cards.undo("buy", "pay", 3, "ada").card == replace(OWNED, purpose="Pay")
    with pytest.raises(Conflict, match="revision 4"):
        cards.undo("buy", "pay", 2, "ada")


def test_the_first_save_taken_back_leaves_an_empty_card(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    assert cards.undo("buy", "pay", 1, "ada").card == Card()


def test_nobodys_work_is_lost_when_two_save_at_once(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    with pytest.raises(Conflict, match="ada saved this card"):
        cards.save("buy", "pay", Card(purpose="Mine"), 0, "ben")
    assert cards.show("buy", "pay").card == OWNED


@pytest.mark.parametrize(
    ("card", "field"),
    [
        (Card(accountable="service"), "accountable"),
        (Card(owners=(("finance", "Eve"),)), "accountable"),
        (Card(owners=(("product", "x" * 201),)), "owner_product"),
        (Card(ux=Aim(target=0.9)), "ux_target"),
        (Card(cx=Aim("nps", "nps", float("nan"))), "cx_target"),
        (Card(due=date(2026, 9, 30)), "due"),
        (Card(decision="One page"), "rationale"),
        (Card(changed_on=date(2026, 4, 1)), "decision"),
        (Card(purpose="x" * 2_001), "purpose"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_kept(cards: CardService, card: Card, field: str) -> None:
    with pytest.raises(Faulty) as refused:
        cards.save("buy", "pay", card, 0, "ada")
    assert list(refused.value.faults) == [field]
    assert cards.show("buy", "pay").revision == 0


def test_journeys_and_steps_never_share_a_card(cards: CardService) -> None:
    cards.save("buy", "pay", OWNED, 0, "ada")
    assert cards.show("buy-pay", "x").revision == cards.show("buy", "pay-x").revision == 0
