"""The statistical procedures by their public names, so that anyone can check an installation against numbers of their own.

Inputs and results are plain mappings; limits are called `lower` and `upper` here and nowhere else. One module per family adapts the
functions of `touchpath.stats` to the names; `table` joins them.
"""

from __future__ import annotations

from touchpath.stats.procedures.table import PROCEDURES, run_procedure

__all__ = ["PROCEDURES", "run_procedure"]
