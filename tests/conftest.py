"""What every test shares: how Hypothesis runs."""

from __future__ import annotations

from hypothesis import settings

# Kernels compile on first use, so the first example of a property may take a second.
settings.register_profile("touchpath", deadline=None)
settings.load_profile("touchpath")
