"""Every page that people read, in a real browser: accessible, without sideways scroll, quiet on the network, as its kept picture shows it."""

from __future__ import annotations

import pytest
from browsing import Watch
from looking import check, look_at
from pages import ALL_LOOKS, READ

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", READ)
def test_a_page_is_accessible_and_fits(name: str, watch: Watch) -> None:
    look_at(watch, READ, name)


@pytest.mark.slow
@pytest.mark.parametrize("look", ALL_LOOKS)
@pytest.mark.parametrize("name", READ)
def test_a_page_is_accessible_and_fits_however_it_is_loaded(name: str, look: tuple[int, str], watch: Watch) -> None:
    watched, path = watch(*look), READ[name]
    check(watched, watched.open(path), path, [look])
