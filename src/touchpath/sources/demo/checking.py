"""What a scanner finds on the pages of the shop and the screens of the app: checks of accessibility, every Monday and after releases."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from touchpath.model.time import to_micros
from touchpath.sources.demo.season import DAY, FIRST, HOUR, MINUTE, WEEKS, Floats, Int64s
from touchpath.sources.demo.sheet import Coded, Sheet, as_json
from touchpath.sources.demo.truths import PlantedTruths

PAGES = {
    "shop": ("home", "search", "product", "cart", "checkout", "order"),
    "garden-app": ("set-up", "plants", "watering", "settings"),
}
_PLACES = tuple(PAGES)
#: A page with violations has one and so many more on average.
_MORE_VIOLATIONS = 1.6


def page_names() -> pa.Array:
    """The ids under which pages are known; a check is about a page and names no person."""
    return pa.array([f"external:page-{place}-{page}" for place, pages in PAGES.items() for page in pages], pa.string())


def write_checks(rng: Generator, plan: PlantedTruths, sheet: Sheet, first_page: int) -> None:
    """The checks of a year; their value is the number of violations. first_page: the place of the first page among the sheet's names."""
    weekly = FIRST + DAY + 4 * HOUR + np.arange(WEEKS) * 7 * DAY
    moments = [to_micros(moment) + HOUR for moment in (plan.app_release, plan.bad_release, plan.bad_release_mended)]
    runs = np.sort(np.append(weekly, moments))
    place = np.repeat(np.arange(len(_PLACES)), [len(pages) for pages in PAGES.values()])
    run, page = (one.ravel() for one in np.meshgrid(runs, np.arange(place.size), indexing="ij"))
    at, place = run + page * MINUTE, place[page]
    sound = rng.random(at.size) < _sound_share(plan, at, place)
    found = np.where(sound, 0, 1 + rng.poisson(_MORE_VIOLATIONS, at.size))
    names = [page for pages in PAGES.values() for page in pages]
    sheet.add(
        "scanner", "page.scanned", at, (first_page + page,), touchpoint=Coded(_PLACES, place), value=found, unit="violations",
        properties=as_json(at.size, page=Coded(names, page), level="AA"),
    )  # fmt: skip


def _sound_share(plan: PlantedTruths, at: Int64s, place: Int64s) -> Floats:
    """(checks,) how probable it is that a check finds nothing: the shop's bad release broke pages, the app's release mended screens."""
    bad = (at >= to_micros(plan.bad_release)) & (at < to_micros(plan.bad_release_mended))
    shop = np.where(bad, plan.sound_pages_bad, plan.sound_pages)
    app = np.where(at >= to_micros(plan.app_release), plan.sound_screens_after, plan.sound_screens_before)
    return np.where(place == _PLACES.index("shop"), shop, app)
