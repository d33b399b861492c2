"""A platform of made-up results that keeps the platform's promises: rich, empty and extreme."""

from __future__ import annotations

from dataclasses import replace

from made_up.causes import MadeCauses
from made_up.journeys import MadeJourneys
from made_up.queries import MadeQueries
from made_up.worlds import HOSTILE, LONG, RTL, long_experience, shop_experience
from touchpath.model.experience import Brand, Experience

__all__ = ["HOSTILE", "RTL", "FakePlatform", "make_workspaces", "shop_experience"]


class FakePlatform(MadeCauses, MadeQueries, MadeJourneys):
    """Made-up results for a model: rich, empty or extreme."""


def make_workspaces() -> dict[str, FakePlatform]:
    shop, long = shop_experience(), long_experience()
    return {
        "shop": FakePlatform("shop", "The Shop", shop),
        "empty": FakePlatform("empty", "Nothing yet", replace(shop, about=""), span=None),
        "bare": FakePlatform("bare", "No model", Experience(Brand("b", "B")), span=None),
        "long": FakePlatform("long", LONG, long, hostile=True),
    }
