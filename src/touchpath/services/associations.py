"""How metrics of use go together with metrics of the relationship: across the segments of a dimension, or from period to period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Grain, Period, from_micros, to_micros
from touchpath.services.evidence import TOGETHER, Evidence
from touchpath.services.ground import Ground
from touchpath.services.measure import measure
from touchpath.services.parties import is_party
from touchpath.services.results import Measurement
from touchpath.services.tables import Row, rows
from touchpath.stats.multiple import holm
from touchpath.stats.p_values import say_p
from touchpath.stats.ux_with_cx import Association, associate
from touchpath.timelines.cut import NONE, OTHER

#: More pairs of metrics than this are refused: few of them could stand out among so many.
MOST_PAIRS = 60
_ALIKE = "Each counts alike, however many people stand behind it."


@dataclass(frozen=True, slots=True)
class AssociationsAsked:
    """ux, cx: metrics, as in nps or task_success:checkout. by: a dimension whose segments are compared, or every: a calendar period.

    lead: how many periods earlier the UX is, to be stated beforehand.
    """

    ux: tuple[str, ...]
    cx: tuple[str, ...]
    by: str = ""
    every: Grain | None = None
    lead: int = 0

    def __post_init__(self) -> None:
        if bool(self.by) == bool(self.every):
            raise BadInput("Say across what the two go together: the segments of a dimension, or calendar periods; one of them.")
        if not self.ux or not self.cx or len(self.ux) * len(self.cx) > MOST_PAIRS:
            raise BadInput(
                f"Name metrics of use and of the relationship, {MOST_PAIRS} pairs at most; {len(self.ux)} and {len(self.cx)} came."
            )
        for one in (self.ux, self.cx):
            if len(set(one)) < len(one):
                raise BadInput(f"Each metric is named once on its side, but these came: {', '.join(one)}.")
        if set(self.ux) & set(self.cx):
            raise BadInput(
                f"A metric goes together with itself: {', '.join(sorted(set(self.ux) & set(self.cx)))} came on both sides."
            )
        if self.lead < 0 or (self.lead and self.by):
            raise BadInput(f"A lead is 0 or more, and is of periods, but came as {self.lead}.")


@dataclass(frozen=True, slots=True)
class Side:
    """A metric as one side. name: as it was asked for."""

    name: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A segment or a period, with both numbers."""

    title: str
    ux: float
    cx: float


@dataclass(frozen=True, slots=True)
class PairFound:
    """Two metrics. found: how they go together, or why nobody knows. p_family: corrected for all pairs (Holm). gaps: segments or periods in
    which one of the two has no number. smallest: n of the smallest number that was looked at."""

    ux: Side
    cx: Side
    found: Association | Undefined
    p_family: float | None
    spots: tuple[Spot, ...]
    gaps: int
    smallest: int

    def sentence(self, across: str, confidence: float) -> str:
        """The finding in words."""
        names = f"{self.ux.title} and {self.cx.title}"
        if isinstance(self.found, Undefined):
            return f"{names}: not told, {self.found.reason}."
        one = self.found
        size = f"r = {one.pearson:.2f} ({one.limits.low:.2f} to {one.limits.high:.2f}), {say_p(self.p_family if self.p_family is not None else one.p)}"
        what = f"their changes from {across.removesuffix('s')} to {across.removesuffix('s')}" if one.differenced else "they"
        if self.p_family is not None and self.p_family > 1 - confidence:
            return f"{names}: no detectable relation across {one.n} {across} ({size})."
        way = "rise together" if one.pearson > 0 else "move against each other"
        return f"{names}: {what} {way} across {one.n} {across} ({size})."


@dataclass(frozen=True, slots=True)
class AssociationsFound:
    """Every pair of a metric of use and one of the relationship, in the order asked for."""

    asked: AssociationsAsked
    pairs: tuple[PairFound, ...]
    confidence: float
    period: Period
    data_version: str
    evidence: Evidence = TOGETHER

    @property
    def across(self) -> str:
        """What the numbers are of."""
        return f"{self.asked.every}s" if self.asked.every else f"segments of {self.asked.by}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a pair."""
        return tuple(one.sentence(self.across, self.confidence) for one in self.pairs)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before reading."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        told = [one.found for one in self.pairs if isinstance(one.found, Association)]
        yield from dict.fromkeys(one.caveat for one in told)
        if any(one.differenced for one in told):
            yield "Where neighbours in time go together, changes are compared: levels that drift go together by chance."
        if len(told) > 1:
            yield f"p-values are corrected for {len(told)} pairs (Holm)."
        gaps = max((one.gaps for one in self.pairs), default=0)
        if gaps:
            yield f"Up to {gaps} {self.across} lack a number on one side and are left out."
        if self.asked.lead:
            yield f"The use is {self.asked.lead} {self.asked.every}s earlier than the relationship."
        yield _ALIKE


def find_associations(ground: Ground, asked: AssociationsAsked, period: Period | None, confidence: float) -> AssociationsFound:
    """How the metrics go together.

    Only whole periods count, and no segment of people of whom nobody knows it or who are thrown together. Raises Missing for unknown metrics,
    subjects and dimensions, and BadInput for parts that overlap (roles, personas).
    """
    if is_party(ground.experience, asked.by):
        raise BadInput(
            f"People may be in several parts by '{asked.by}', so they would be compared with themselves. Take a dimension."
        )
    read = {name: _measured(ground, name, asked, period, confidence) for name in dict.fromkeys((*asked.ux, *asked.cx))}
    pairs = [_pair(read[ux], read[cx], ux, cx, asked, ground.zone, confidence) for ux, cx in product(asked.ux, asked.cx)]
    tested = [at for at, one in enumerate(pairs) if isinstance(one.found, Association)]
    ps = [one.found.p for one in pairs if isinstance(one.found, Association)]
    corrected = dict(zip(tested, holm(ps), strict=True)) if ps else {}
    found = tuple(
        PairFound(one.ux, one.cx, one.found, corrected.get(at), one.spots, one.gaps, one.smallest) for at, one in enumerate(pairs)
    )
    first = next(iter(read.values()))
    return AssociationsFound(asked, found, confidence, first.period, first.data_version)


def _measured(ground: Ground, name: str, asked: AssociationsAsked, period: Period | None, confidence: float) -> Measurement:
    metric, _, subject = name.partition(":")
    return measure(ground, metric, subject, asked.by, asked.every, period, confidence)


def _pair(
    ux: Measurement, cx: Measurement, ux_name: str, cx_name: str, asked: AssociationsAsked, zone: str, confidence: float
) -> PairFound:
    first, second = (_numbers(one, asked) for one in (ux, cx))
    names = sorted({*_keys(ux, asked), *_keys(cx, asked)})
    both = [name for name in names if name in first and name in second]
    run = _newest_run(names, both) if asked.every else both
    spots = tuple(Spot(_title(name, zone), first[name].value, second[name].value) for name in run)
    found = associate(
        [one.ux for one in spots],
        [one.cx for one in spots],
        in_time=asked.every is not None,
        lead=asked.lead,
        confidence=confidence,
    )
    smallest = min((side[name].group for name in run for side in (first, second)), default=0)
    sides = (_side(ux, ux_name), _side(cx, cx_name))
    return PairFound(*sides, found, None, spots, len(names) - len(run), smallest)


def _side(measured: Measurement, name: str) -> Side:
    title = measured.metric.title
    about = "" if measured.about in ("", title, "everything") else f", {measured.about}"
    return Side(name, f"{title}{about}", measured.metric.unit)


#: When a period starts, in microseconds (0 of a segment), and the segment.
_Key = tuple[int, str]


def _keys(measured: Measurement, asked: AssociationsAsked) -> list[_Key]:
    """The whole periods, or the segments that are some, whether they have a number or not."""
    return [
        (to_micros(one.period.start) if asked.every and one.period else 0, one.segment)
        for one in measured.readings
        if one.complete and (asked.every or one.segment not in ("", NONE, OTHER))
    ]


def _numbers(measured: Measurement, asked: AssociationsAsked) -> dict[_Key, Estimate]:
    """The numbers of whole periods, or of segments that are some."""
    readings = [one for one in measured.readings if one.complete and (asked.every or one.segment not in ("", NONE, OTHER))]
    keyed = zip(_keys(measured, asked), readings, strict=True)
    return {key: one.number for key, one in keyed if isinstance(one.number, Estimate)}


def _newest_run(names: Sequence[_Key], both: Sequence[_Key]) -> list[_Key]:
    """The longest stretch of periods without a gap; of several the newest."""
    best: list[_Key] = []
    run: list[_Key] = []
    known = set(both)
    for name in names:
        run = [*run, name] if name in known else []
        best = run if len(run) >= len(best) else best
    return best


def _title(name: _Key, zone: str) -> str:
    moment, segment = name
    return f"{from_micros(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d}" if moment else segment


@rows.register
def _(answer: AssociationsFound) -> list[Row]:
    """One row a pair."""
    return [_row(answer, one) for one in answer.pairs]


def _row(answer: AssociationsFound, one: PairFound) -> Row:
    found = one.found if isinstance(one.found, Association) else None
    return {
        "ux": one.ux.name,
        "cx": one.cx.name,
        "across": answer.across,
        "pearson": found.pearson if found else None,
        "low": found.limits.low if found else None,
        "high": found.limits.high if found else None,
        "p": found.p if found else None,
        "p_family": one.p_family,
        "spearman": found.spearman if found else None,
        "n": one.found.n,
        "changes": found.differenced if found else None,
        "gaps": one.gaps,
        "note": one.found.reason if isinstance(one.found, Undefined) else "",
    }
