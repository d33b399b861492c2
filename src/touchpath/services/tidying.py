"""Keeping a store quick: small files are merged once there are many."""

from __future__ import annotations

from touchpath.store.signals import SignalStore

#: More small files than this are worth merging.
MOST_FRAGMENTS = 32


def tidy(store: SignalStore) -> bool:
    """Merge small files if there are many; changes no answer. Gives whether there were."""
    if store.fragments <= MOST_FRAGMENTS:
        return False
    store.compact()
    return True
