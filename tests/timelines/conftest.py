"""Small timelines written by hand or drawn by Hypothesis, as the same read-only arrays that production reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import strategies as st

from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_INT32S, NO_VALUE, VALUE_SCALE, Bytes, Cells, Column, Timelines
from touchpath.timelines.cases import Cases

SmallSignal = tuple[int, str, Mapping[str, object]]
SmallTimelines = Callable[..., Timelines]


def _read_only(values: Sequence[int], dtype: type[np.generic]) -> np.ndarray:
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array


def _words(texts: Sequence[str], first: Sequence[str] = ()) -> tuple[str, ...]:
    return ("", *first, *sorted(set(texts) - {""} - set(first)))


def _wide(field: str, given: object) -> int:
    if field == "value":
        return NO_VALUE if given is None else round(float(given) * VALUE_SCALE)  # type: ignore[arg-type]
    if field.startswith("objects."):
        return name_key("" if given is None else str(given))
    return int(given or 0)  # type: ignore[call-overload]


def _text(given: object) -> str:
    if given is None:
        return ""
    return str(given).lower() if isinstance(given, bool) else str(given)


def build_timelines(
    people: Mapping[int, Sequence[SmallSignal]],
    words: Mapping[str, Sequence[str]] | None = None,
    skip: Collection[int] = (),
) -> Timelines:
    """Timelines of {owner: [(time in microseconds, kind, {field: value}), ...]}, signals in any order.

    Fields: "value" (a plain number), "objects.KIND" (an id), "key" (an int; by default the place in the list, which then
    orders ties), all others texts (a bool is kept as "true" or "false", a number as its text). `words`: dictionaries
    that must start this way (several shards of one workspace). `skip`: owners who are to be read elsewhere.
    """
    owners = sorted(people)
    rows = []
    for owner in owners:
        given = [(time, int(fields.get("key", place)), kind, fields) for place, (time, kind, fields) in enumerate(people[owner])]  # type: ignore[call-overload]
        rows.append(sorted(given, key=lambda row: row[:2]))
    signals = [row for timeline in rows for row in timeline]
    dictionaries = {"kind": _words([kind for _, _, kind, _ in signals], tuple((words or {}).get("kind", ()))[1:])}
    kinds = {kind: code for code, kind in enumerate(dictionaries["kind"])}
    columns: dict[str, Column] = {"key": _read_only([key for _, key, _, _ in signals], np.int64)}
    named = {field for _, _, _, fields in signals for field in fields} | set(words or {})
    for field in sorted(named - {"key", "kind"}):
        if field == "value" or field.startswith("objects."):
            columns[field] = _read_only([_wide(field, fields.get(field)) for *_, fields in signals], np.int64)
            continue
        texts = [_text(fields.get(field)) for *_, fields in signals]
        dictionaries[field] = _words(texts, tuple((words or {}).get(field, ()))[1:])
        codes = {text: code for code, text in enumerate(dictionaries[field])}
        columns[field] = _read_only([codes[text] for text in texts], np.int32)
    return Timelines(
        owners=_read_only(owners, np.int64),
        starts=_read_only([0, *np.cumsum([len(timeline) for timeline in rows])], np.int64),
        times=_read_only([time for time, *_ in signals], np.int64),
        kinds=_read_only([kinds[kind] for _, _, kind, _ in signals], np.int32),
        columns=columns,
        words=dictionaries,
        skip=_read_only([owner in skip for owner in owners], np.uint8) if skip else NO_BYTES,
    )


def only_owners(timelines: Timelines, owners: Collection[int]) -> Timelines:
    """The same workspace with only some of its owners: one shard of it."""
    places = [place for place, owner in enumerate(timelines.owners.tolist()) if owner in owners]
    spans = [(int(timelines.starts[place]), int(timelines.starts[place + 1])) for place in places]
    rows = np.array([row for low, high in spans for row in range(low, high)], np.int64)
    columns = {name: _read_only(column[rows].tolist(), column.dtype.type) for name, column in timelines.columns.items()}
    return Timelines(
        owners=_read_only(timelines.owners[places].tolist(), np.int64),
        starts=_read_only([0, *np.cumsum([high - low for low, high in spans])], np.int64),
        times=_read_only(timelines.times[rows].tolist(), np.int64),
        kinds=_read_only(timelines.kinds[rows].tolist(), np.int32),
        columns=columns,
        words=timelines.words,
        skip=_read_only(timelines.skip[places].tolist(), np.uint8) if timelines.skip.size else NO_BYTES,
    )


@pytest.fixture(scope="session")
def small_timelines() -> SmallTimelines:
    """`build_timelines`, see there."""
    return build_timelines


@pytest.fixture(scope="session")
def shard() -> Callable[[Timelines, Collection[int]], Timelines]:
    """`only_owners(timelines, owners)`: one shard of a workspace, with the workspace's dictionaries."""
    return only_owners


@dataclass(frozen=True)
class SlowCase:
    """One case as a slow reader finds it: owner, cell, whether it is open, and its (time, node, fields) in order."""

    owner: int
    cell: int
    open: bool
    signals: list[tuple[int, int, Mapping[str, object]]]

    @property
    def nodes(self) -> tuple[int, ...]:
        return tuple(node for _, node, _ in self.signals)


@dataclass(frozen=True)
class CaseQuestion:
    """Drawn people, a drawn way to divide them into cases and cells, and the same division by hand."""

    people: Mapping[int, Sequence[SmallSignal]]
    timelines: Timelines
    cells: Cells
    mask: Bytes
    cases: Cases
    end: int
    cell_of: Callable[[int, SmallSignal], int]

    @property
    def arguments(self) -> tuple[Timelines, Cells, Bytes, int]:
        return self.timelines, self.cells, self.mask, self.end

    def parts(self) -> list[tuple[Timelines, Cells, Bytes, int]]:
        """The same question for three groups of people."""
        found = []
        for number in range(3):
            chosen = [place for place, owner in enumerate(sorted(self.people)) if owner % 3 == number]
            part = only_owners(self.timelines, {int(self.timelines.owners[place]) for place in chosen})
            rows = [r for p in chosen for r in range(int(self.timelines.starts[p]), int(self.timelines.starts[p + 1]))]
            codes = self.cells.signal_codes[rows] if self.cells.signal_codes.size else NO_INT32S
            owners = self.cells.owner_codes[chosen] if self.cells.owner_codes.size else NO_INT32S
            mask = self.mask[chosen] if self.mask.size else NO_BYTES
            found.append((part, Cells(self.cells.edges, self.cells.segments, codes, owners), mask, self.end))
        return found

    def node_of(self, kind: str) -> int | None:
        if self.cases.nodes is None:
            return self.timelines.words["kind"].index(kind)
        return next((place for place, rule in enumerate(self.cases.nodes) if kind in rule.kinds), None)

    def slow(self) -> list[SlowCase]:
        """Every case in a cell, of the people who are read, one signal after the other."""
        return [case for case, _ in self.slow_with(()) if case.cell >= 0]

    def slow_with(self, extra: Collection[str]) -> list[tuple[SlowCase, list[SmallSignal]]]:
        """Every case, in a cell or not, and its signals; signals of the kinds `extra` are in it even if they are no nodes."""
        found = []
        for place, owner in enumerate(sorted(self.people)):
            if self.mask.size and not self.mask[place]:
                continue
            groups: dict[object, list[SmallSignal]] = {}
            for signal in sorted(self.people[owner], key=lambda one: one[0]):
                thing = signal[2].get(f"objects.{self.cases.same}") if self.cases.same else "all"
                if thing is not None and (self.node_of(signal[1]) is not None or signal[1] in extra):
                    groups.setdefault(thing, []).append(signal)
            found += [(self._case(owner, one), one) for group in groups.values() for one in self._divided(group)]
        return found

    def _divided(self, group: list[SmallSignal]) -> list[list[SmallSignal]]:
        found: list[list[SmallSignal]] = []
        for signal in group:
            now = found[-1] if found else None
            late = now and self.cases.gap and signal[0] - now[-1][0] > self.cases.gap // MICRO
            over = now and self.cases.window and signal[0] - now[0][0] > self.cases.window // MICRO
            if now is None or late or over:
                found.append([signal])
            else:
                now.append(signal)
        return found

    def _case(self, owner: int, signals: list[SmallSignal]) -> SlowCase:
        gap, window = (span // MICRO if span else None for span in (self.cases.gap, self.cases.window))
        later = [at for at in (gap and signals[-1][0] + gap, window and signals[0][0] + window) if at]
        nodes = [(time, self.node_of(kind), fields) for time, kind, fields in signals]
        return SlowCase(owner, self.cell_of(owner, signals[0]), bool(later) and min(later) > self.end, nodes)  # type: ignore[arg-type]


MICRO = timedelta(microseconds=1)
UNIT = 1000


@st.composite
def case_questions(draw: st.DrawFn) -> CaseQuestion:
    """Up to five people with up to ten signals of three kinds, about two orders, by three agents."""
    optional = {"objects.order": st.sampled_from("xy"), "properties.agent": st.sampled_from(["joe", "kim"])}
    fields = st.fixed_dictionaries({"segment": st.integers(-1, 1)}, optional=optional)
    signal = st.tuples(st.integers(0, 9).map(lambda time: time * UNIT), st.sampled_from("abcd"), fields)
    people = draw(st.dictionaries(st.integers(1, 60), st.lists(signal, max_size=10), max_size=5))
    rules = st.sampled_from([None, (EventRule(("a",)), EventRule(("b",))), (EventRule(("a", "b")), EventRule(("b", "c")))])
    span = st.none() | st.integers(1, 5).map(lambda units: timedelta(microseconds=units * UNIT))
    cases = Cases(draw(rules), draw(span), draw(span), draw(st.sampled_from(["", "", "order"])))
    ordered = {owner: sorted(people[owner], key=lambda one: one[0]) for owner in sorted(people)}
    edges = np.array(sorted(draw(st.sets(st.integers(0, 10), min_size=2, max_size=4))), np.int64) * UNIT
    cut = draw(st.sampled_from(["none", "signal", "owner"]))
    given = {
        "none": {},
        "signal": {"signal_codes": np.array([s[2]["segment"] for timeline in ordered.values() for s in timeline], np.int32)},
        "owner": {"owner_codes": np.array([owner % 3 - 1 for owner in ordered], np.int32)},
    }[cut]
    segments = 1 if cut == "none" else 2

    def cell_of(owner: int, signal: SmallSignal) -> int:
        period = int(np.searchsorted(edges, signal[0], "right")) - 1
        segment = {"none": 0, "signal": int(str(signal[2]["segment"])), "owner": owner % 3 - 1}[cut]
        return period * segments + segment if 0 <= period < edges.size - 1 and segment >= 0 else -1

    mask = np.array([draw(st.booleans()) for _ in ordered], np.uint8) if draw(st.booleans()) else NO_BYTES
    words = {"kind": ("", "a", "b", "c", "d"), "properties.agent": ("", "joe", "kim")}
    timelines = build_timelines(ordered, words)
    return CaseQuestion(
        ordered, timelines, Cells(edges, segments, **given), mask, cases, draw(st.integers(9, 14)) * UNIT, cell_of
    )


@pytest.fixture(scope="session")
def case_question() -> Callable[[st.DataObject], CaseQuestion]:
    """`case_question(data)`: a drawn question about cases, with its slow reader."""
    return lambda data: data.draw(case_questions())
