"""How sure the intervals of an answer are to be."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

Confidence = Annotated[float | None, Query(gt=0, lt=1, description="Of the intervals, as in 0.9; the workspace's unless given.")]
