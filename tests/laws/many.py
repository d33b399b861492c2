"""How many examples a law is held to: all in the long tests, a part of them every time."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def many(examples: int, *parent: settings, **more: Any) -> settings:
    """So many examples in `make test-slow`; in `make test` a quarter of them, but no fewer than any other law has there."""
    is_long = settings.get_current_profile_name() == "long"
    wanted = examples if is_long else max(examples // 4, settings.default.max_examples)
    return settings(*parent, max_examples=wanted, **{"deadline": None, **more})
