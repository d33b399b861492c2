"""Experience boards: what a brand, a product family, a product or a journey says, in UX and in CX numbers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Experience, Journey, Product
from touchpath.model.time import Period
from touchpath.services.overview import brand_asks, journey_asks, product_asks
from touchpath.services.pack import Ask
from touchpath.services.results import Measurement

KINDS = ("brand", "family", "product", "journey")


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """What a board is about. asks: its numbers. parts: the products and journeys that it is made of; none of a product or journey."""

    kind: str
    id: str
    title: str
    asks: tuple[Ask, ...]
    parts: tuple[BoardPlace, ...] = ()

    @property
    def name(self) -> str:
        """As addresses say it: "product:shop"."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Board:
    """A place with its numbers. parts: those of each part, in its order."""

    place: BoardPlace
    ux: tuple[Measurement, ...]
    cx: tuple[Measurement, ...]
    period: Period | None
    parts: tuple[Board, ...] = field(default=())

    @property
    def numbers(self) -> tuple[Measurement, ...]:
        """All of its own."""
        return (*self.ux, *self.cx)


def places_of(experience: Experience) -> tuple[BoardPlace, ...]:
    """Every board that a model has: the brand, its families, their products, and the journeys."""
    products = {product.id: _of_product(experience, product) for product in experience.products}
    journeys = tuple(_of_journey(experience, journey) for journey in experience.journeys)
    families = tuple(
        _whole("family", family.id, family.title, [products[one.id] for one in family.products])
        for family in experience.families
        if len(experience.families) > 1
    )
    brand = _whole("brand", experience.brand.id, experience.brand.title, [*products.values(), *journeys], brand_asks(experience))
    return (brand, *families, *products.values(), *journeys)


def find_place(experience: Experience, name: str) -> BoardPlace:
    """The board called "product:shop"; "" = the brand's. Raises BadInput for another form, Missing for a noun that is not there."""
    places = {place.name: place for place in places_of(experience)}
    if not name:
        return next(iter(places.values()))
    kind, colon, _ = name.partition(":")
    if not colon or kind not in KINDS:
        raise BadInput(f"The board came as '{name}'. Write it as KIND:ID, as in product:shop; kinds are {', '.join(KINDS)}.")
    if name not in places:
        raise Missing(unknown("board", name, places))
    return places[name]


def all_asks(place: BoardPlace) -> tuple[Ask, ...]:
    """All numbers of a board and of its parts, each once."""
    return tuple(dict.fromkeys((*place.asks, *(ask for part in place.parts for ask in part.asks))))


def fill(place: BoardPlace, measured: Sequence[Measurement], asks: Sequence[Ask], period: Period | None) -> Board:
    """The board of these measurements, which go ask by ask."""
    known = dict(zip(asks, measured, strict=True))
    own = [known[ask] for ask in place.asks]
    ux, cx = (tuple(one for one in own if one.metric.discipline == discipline) for discipline in ("UX", "CX"))
    return Board(place, ux, cx, period, tuple(fill(part, measured, asks, period) for part in place.parts))


def _of_product(experience: Experience, product: Product) -> BoardPlace:
    return BoardPlace("product", product.id, product.title, tuple(product_asks(experience, product)))


def _of_journey(experience: Experience, journey: Journey) -> BoardPlace:
    return BoardPlace("journey", journey.id, journey.title, tuple(journey_asks(experience, journey)))


def _whole(kind: str, id: str, title: str, parts: Sequence[BoardPlace], own: Sequence[Ask] = ()) -> BoardPlace:
    """What several parts make together: the numbers of the relationship, which no single part owns, and one of each task."""
    return BoardPlace(kind, id, title, tuple(dict.fromkeys((*own, *_shared(parts)))), tuple(part for part in parts if part.asks))


def _shared(parts: Sequence[BoardPlace]) -> Iterator[Ask]:
    return (ask for part in parts for ask in part.asks if ask[0] in CORE)


#: What the board of a brand or family shows itself; the rest stands with its parts.
CORE = ("task_success", "nps", "customer_satisfaction", "customer_effort", "conversion", "contact_rate")
