"""Every page that people work in, in a real browser: accessible, without sideways scroll, quiet on the network; and contents that are hard to show."""

from __future__ import annotations

import pytest
from browsing import Watch
from looking import check, look_at
from pages import ALL_LOOKS, EXTREMES, LOOKS, WORKED_IN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", WORKED_IN)
def test_a_page_is_accessible_and_fits(name: str, watch: Watch) -> None:
    look_at(watch, WORKED_IN, name)


@pytest.mark.slow
@pytest.mark.parametrize("look", ALL_LOOKS)
@pytest.mark.parametrize("name", [*WORKED_IN, *EXTREMES])
def test_a_page_is_accessible_and_fits_however_it_is_loaded(name: str, look: tuple[int, str], watch: Watch) -> None:
    watched, path = watch(*look), (WORKED_IN | EXTREMES)[name]
    check(watched, watched.open(path), path, [look])


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_contents_stay_accessible_and_fit(name: str, watch: Watch) -> None:
    watched = watch(*LOOKS[2])
    check(watched, watched.open(EXTREMES[name]), EXTREMES[name], (LOOKS[2], *LOOKS[:2]))
