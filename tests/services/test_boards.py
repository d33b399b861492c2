"""Boards: a place for each noun, its numbers once each, and those of its parts."""

from datetime import date

import pytest
from records_in_memory import RecordsInMemory

from touchpath.model.errors import BadInput, Missing
from touchpath.model.parse import parse_model
from touchpath.services.boards import CORE, all_asks, find_place, places_of
from touchpath.services.happenings import Happening, Happenings
from touchpath.services.overview import brand_asks

MODEL = """
format: touchpath-model/1
brand: {id: acme, title: Acme}
product_families:
  - {id: shops, title: Shops, products: [{id: web, title: Web shop}, {id: app, title: App}]}
  - {id: homes, title: Homes, products: [{id: lamp, title: Lamp}]}
questions:
  - {id: nps, title: Recommend us, asked: {kind: survey.answered}, scale: {low: 0, high: 10}, metric: nps}
tasks:
  - {id: buy, title: Buy, product: web, start: {kind: cart.filled}, success: {kind: order.placed}}
journeys:
  - id: order
    title: Order
    products: [web, app]
    stages: [{id: all, title: All, steps: [{id: pay, title: Pay, match: {kind: order.placed}, tasks: [buy], questions: [nps]}]}]
"""


@pytest.fixture(scope="module")
def experience():
    return parse_model(MODEL)


def test_every_brand_family_product_and_journey_has_a_board(experience):
    assert [place.name for place in places_of(experience)] == [
        "brand:acme", "family:shops", "family:homes", "product:web", "product:app", "product:lamp", "journey:order",
    ]  # fmt: skip
    assert find_place(experience, "").name == "brand:acme"


def test_a_number_that_several_parts_share_is_asked_for_once(experience):
    brand = find_place(experience, "brand:acme")
    assert len(set(brand.asks)) == len(brand.asks)
    assert {metric for metric, _ in brand.asks} <= set(CORE)
    assert ("nps", "nps") in brand.asks
    assert len(set(all_asks(brand))) == len(all_asks(brand))
    assert [part.name for part in brand.parts] == ["product:web", "product:app", "journey:order"]


def test_a_board_that_is_not_there_is_told_with_those_that_are(experience):
    with pytest.raises(Missing, match="product:web"):
        find_place(experience, "product:wep")
    with pytest.raises(BadInput, match="KIND:ID"):
        find_place(experience, "web")


def test_what_happened_can_be_taken_back_and_brought_back():
    happenings = Happenings(RecordsInMemory())
    early = happenings.add(Happening(date(2026, 1, 1), "Version 1"), "ana")
    late = happenings.add(Happening(date(2026, 2, 1), "New prices", "policy", "ten percent more"), "ben")
    assert happenings.list() == (late, early)
    happenings.take_back(late.id, "ana")
    assert happenings.list() == (early,)
    with pytest.raises(Missing):
        happenings.take_back(late.id, "ana")
    assert happenings.bring_back(late.id, "ana").happening == late.happening
    assert len(happenings.list()) == 2


@pytest.mark.parametrize(
    ("title", "sort", "said"), [(" ", "release", "blank"), ("x", "launch", "There are: release"), ("a\x00", "other", "printable")]
)
def test_a_happening_that_says_nothing_is_refused(title, sort, said):
    with pytest.raises(BadInput, match=said):
        Happenings(RecordsInMemory()).add(Happening(date(2026, 1, 1), title, sort), "ana")


def test_what_belongs_to_no_product_and_no_journey_stands_with_the_brand(experience):
    loose = (
        MODEL
        + """
metrics:
  - {id: tone, title: Tone, metric: net_sentiment, query: {query: sentiment, labels: people,
     positive: {kind: said, where: {value: {">": 0}}}, neutral: {kind: said, where: {value: 0}}, negative: {kind: said, where: {value: {"<": 0}}}}}
"""
    )
    loose = loose.replace(
        "questions:\n", "questions:\n  - {id: ease, title: Easy, asked: {kind: asked}, scale: {low: 1, high: 7}, metric: seq}\n"
    )
    assert brand_asks(experience) == []
    asks = brand_asks(parse_model(loose))
    assert asks[-1] == ("tone", "")
    assert {subject for _, subject in asks[:-1]} == {"ease"}
    assert set(asks) <= set(find_place(parse_model(loose), "").asks)
