"""What visitors see: pages, plants, errors, as the properties of the signals of a visit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.sources.demo.season import COUNTRIES, Int64s
from touchpath.sources.demo.sheet import Coded

Bools = NDArray[np.bool_]
Facts = Iterable[Mapping[str, object]]

_CAME_BY = ("search", "direct", "social", "friend", "newsletter")
_LANDINGS: Facts = ({"page": "/", "country": country, "came_by": by} for country in COUNTRIES for by in _CAME_BY)
_ORDERS: Facts = ({"garden": garden, "gift": gift} for garden in (False, True) for gift in (False, True))
_BY_KIND: dict[str, Facts] = {
    "page.viewed": ({"page": page} for page in ("/plants", "/gardens", "/guide", "/help", "/reviews")),
    "account.created": ({"country": country} for country in COUNTRIES),
    "search.started": ({"query": query} for query in ("basil", "chili", "lamp", "refill", "mint", "tomato", "filter")),
    "search.empty": ({"query": query} for query in ("orchid", "cactus", "rosmarin", "bonsai")),
    "product.viewed": ({"product": name} for name in ("garden-one", "garden-duo", "herbs", "greens", "flowers", "pump")),
    "cart.added": ({"product": name} for name in ("garden-one", "herbs", "greens", "pump")),
    "page.error": ({"error": error} for error in ("script failed", "timeout", "not found")),
    "checkout.error": ({"reason": why} for why in ("address unknown", "card declined", "voucher expired", "field missing")),
    "checkout.failed": ({"reason": why} for why in ("card declined", "payment timeout", "out of stock")),
}


def _pool() -> tuple[list[str], dict[str, tuple[int, int]]]:
    """Every JSON object there is, and for each kind where its own begin and how many there are."""
    words: list[str] = []
    places: dict[str, tuple[int, int]] = {}
    for kind, facts in {"landing": _LANDINGS, "order.placed": _ORDERS, **_BY_KIND}.items():
        own = [json.dumps(fact, separators=(",", ":")) for fact in facts]
        places[kind] = (len(words), len(own))
        words += own
    return words, places


_WORDS, _PLACES = _pool()


def shop_properties(
    rng: Generator, country: Int64s, kind: Int64s, kinds: tuple[str, ...], landing: Bools, garden: Bools
) -> pa.Array:
    """Properties of each signal of a visit; `kind` are codes into `kinds`. Kinds with nothing to say get none."""
    chance = rng.random(kind.size)
    first = np.array([_PLACES.get(name, (-1, 0))[0] for name in kinds])
    many = np.array([_PLACES.get(name, (-1, 0))[1] for name in kinds])
    codes = first[kind] + (chance * many[kind]).astype(np.int64)
    codes = np.where(landing, _PLACES["landing"][0] + country * len(_CAME_BY) + (chance * len(_CAME_BY)).astype(np.int64), codes)
    gift = chance < 0.12
    codes = np.where(kind == kinds.index("order.placed"), _PLACES["order.placed"][0] + garden * 2 + gift, codes)
    codes = np.where(kind == kinds.index("account.created"), _PLACES["account.created"][0] + country, codes)
    return Coded(_WORDS, codes).texts()
