"""Tables are as wide as they need, whatever terminal the tests run in."""

import pytest

from touchpath.cli.show import screen


@pytest.fixture(autouse=True)
def wide_screen(monkeypatch):
    monkeypatch.setattr(screen, "_width", 240)
