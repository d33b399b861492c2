"""A chart as readers get it: the finding first, the drawing, and the same numbers as a table and as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number

Record = Mapping[str, object]
#: How wide a picture is, in px.
WIDE = 960.0


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawing standing alone, `WIDE` px wide: what becomes an SVG file, with the words of its figure around it."""

    body: Markup
    height: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What the template `figure` needs; nothing in it may be left out, so no chart can forget its words or its numbers.

    finding: what to see, a sentence. caption: units, n, interval, period. key: what marks mean. columns, rows: the table, as the
    language of the page writes it. records: the same as plain values, for a file. picture: for a file, too.
    id: its name in addresses, needed where a page has two of a kind. reads: whether it has points that are read out.
    by_hand: the same for those who explore it with a pointer, on pages that load explorers; see web-assets/src/explorers/drawn.ts.
    """

    finding: str
    caption: str
    drawing: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: str = ""
    kind: str = "chart"
    id: str = ""
    records: tuple[Record, ...] = ()
    picture: Picture | None = None
    reads: bool = False
    by_hand: Mapping[str, object] | None = None

    @property
    def name(self) -> str:
        """What addresses call it."""
        return self.id or self.kind


def record_of(number: Number) -> dict[str, object]:
    """A number as plain values, blank where there is none; shares from 0 to 1, times in seconds."""
    known = number if isinstance(number, Estimate) else None
    return {
        "value": known.value if known else None,
        "low": known.low if known else None,
        "high": known.high if known else None,
        "confidence": known.confidence if known else None,
        "n": number.n,
        "n_unit": number.n_unit,
        "unit": known.unit if known else None,
        "reason": "" if known else getattr(number, "reason", ""),
    }
