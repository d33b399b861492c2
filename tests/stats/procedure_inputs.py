"""Inputs drawn from what a procedure declares to take, the likely and the extreme, and any JSON at all."""

from __future__ import annotations

import math
from functools import cache

from hypothesis import strategies as st
from msgspec import inspect

from touchpath.stats.procedures.checked import input_type

LARGE = 2**53
#: Whole numbers that make ties, decimals that are no binary fractions, and the ends of what a float holds.
EXTREMES = (1e308, 1e100, -1e100, 5e-324, 1e-160, 1e16, 0.1, -0.0)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@cache
def _integers(low: int | None, high: int | None) -> st.SearchStrategy[int]:
    low, high = max(-LARGE, -LARGE if low is None else low), min(LARGE, LARGE if high is None else high)
    near = st.integers(max(low, -3), min(high, 12))
    return st.one_of(near, near, near, st.integers(max(low, -300), min(high, 3000)), st.integers(low, high))


@cache
def _floats(ge: float | None, gt: float | None, le: float | None, lt: float | None) -> st.SearchStrategy[float]:
    low = max((b for b in (ge, gt) if b is not None), default=-math.inf)
    high = min((b for b in (le, lt) if b is not None), default=math.inf)

    def fits(value: float) -> bool:
        return low <= value <= high and value not in (gt, lt)

    whole = [float(value) for value in range(-4, 11) if fits(value)]
    usual = [value / 100 for value in range(-4000, 4000, 7) if fits(value / 100)]
    extreme = [value for value in EXTREMES if fits(value)]
    any_finite = st.floats(max(low, -1.79e308), min(high, 1.79e308)).filter(fits)
    lists = [st.sampled_from(values) for values in (whole, whole, usual, usual, usual, extreme) if values]
    return st.one_of(*lists, any_finite)


def _drawn(draw, kind: inspect.Type, length: int):
    """A value of a declared type; lists are mostly `length` long, so that those that belong together agree."""
    match kind:
        case inspect.IntType():
            return draw(_integers(kind.ge, kind.le))
        case inspect.FloatType():
            return draw(_floats(kind.ge, kind.gt, kind.le, kind.lt))
        case inspect.BoolType():
            return draw(st.booleans())
        case inspect.NoneType():
            return None
        case inspect.StrType():
            return draw(st.sampled_from(["a", "b", "c", "LCP", "CLS", "efron", "breslow"]))
        case inspect.LiteralType():
            return draw(st.sampled_from(kind.values))
        case inspect.ListType() | inspect.VarTupleType():
            least, most = kind.min_length or 0, kind.max_length or 12
            size = length if least <= length <= most and draw(st.integers(0, 9)) else draw(st.integers(least, max(most, least)))
            return [_drawn(draw, kind.item_type, draw(st.sampled_from([length, 4]))) for _ in range(size)]
        case inspect.TupleType():
            return [_drawn(draw, item, length) for item in kind.item_types]
        case inspect.DictType():
            size = draw(st.integers(1, 5))
            return {str(_drawn(draw, kind.key_type, length)): _drawn(draw, kind.value_type, length) for _ in range(size)}
        case inspect.StructType():
            return {f.encode_name: _drawn(draw, f.type, length) for f in kind.fields if f.required or draw(st.booleans())}
        case inspect.UnionType():
            return _drawn(draw, draw(st.sampled_from(kind.types)), length)
        case inspect.Metadata():
            return _drawn(draw, kind.type, length)
        case _:
            return draw(JSON)


@st.composite
def inputs_of(draw, procedure):
    """An input of the declared types."""
    return _drawn(draw, inspect.type_info(input_type(procedure)), draw(st.integers(1, 10)))


@st.composite
def any_json_for(draw, procedure):
    """An input of the declared types, of which one key holds any JSON instead, is missing, or is not known."""
    taken = draw(inputs_of(procedure))
    key = draw(st.sampled_from([*taken, "another"]))
    return taken | {key: draw(JSON)} if draw(st.booleans()) else {k: v for k, v in taken.items() if k != key}
