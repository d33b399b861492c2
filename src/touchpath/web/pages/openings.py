"""Every number in a table opens to what stands behind it: the panel of its period, or of its segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from touchpath.model.time import Period
from touchpath.services.compared import Compared, Contrast
from touchpath.services.results import Reading
from touchpath.timelines.cut import REST
from touchpath.web.addresses import Addresses
from touchpath.web.charts import Figure

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Openings:
    """The numbers of one metric of one subject."""

    at: Addresses
    metric: str
    subject: str

    def periods(self, figure: Figure, readings: Sequence[Reading]) -> Figure:
        """A figure whose rows are readings by period, each number a link."""
        rows = [_second(row, self._at(one.period)) if one.period else row for row, one in zip(figure.rows, readings, strict=True)]
        return replace(figure, rows=tuple(rows))

    def period(self, reading: Reading) -> str:
        """What stands behind one reading; "" without a period."""
        return self._at(reading.period) if reading.period else ""

    def segments(self, figure: Figure, period: Period, by: str) -> Figure:
        """A figure whose rows begin with the name of a segment, each number a link."""
        return replace(figure, rows=tuple(_second(row, self._at(period, by, row[0])) for row in figure.rows))

    def sides(self, row: Row, found: Compared, one: Contrast) -> Row:
        """A row of two sides (name, number, name, number, ...), each number a link, save that of everybody else."""
        shown = list(row)
        for place, title in ((1, one.after_title), (3, one.before_title)):
            if title != REST:
                shown[place] = _link(self._at(found.period, found.by, title), shown[place])
        return tuple(shown)

    def _at(self, period: Period, by: str = "", segment: str = "") -> str:
        since, until = period.start.isoformat(), period.end.isoformat()
        return self.at.number_then(self.metric, self.subject, since, until, by, segment)


def _second(row: Row, address: str) -> Row:
    return (row[0], _link(address, row[1]), *row[2:])


def _link(address: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, text)
