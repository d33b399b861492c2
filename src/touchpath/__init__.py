"""Touchpath measures user experience and customer experience as one thing.

`touchpath.open(folder)` opens a workspace; `touchpath.Signal` is one recorded fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchpath.model.signal import Signal

if TYPE_CHECKING:
    from touchpath.space import Answer, Space, open

__all__ = ["Answer", "Signal", "Space", "open"]


def __getattr__(name: str) -> object:
    """Load the Python door on first use, so that `touchpath.model` and the terminal do not pay for it."""
    if name in __all__:
        from touchpath import space

        return getattr(space, name)
    raise AttributeError(f"module 'touchpath' has no attribute '{name}'")
