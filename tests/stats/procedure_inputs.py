"""Inputs drawn from what a procedure declares to take, the likely and the extreme, and any JSON at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from touchpath.stats.procedures import PROCEDURES
from touchpath.stats.procedures.checked import input_type

LARGE = 2**53
#: Whole numbers that make ties, decimals that are no binary fractions, and the ends of what a float holds.
TEXTS = ("a", "b", "LCP", "CLS", "INP", "efron", "breslow")
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


def _wild(draw, kind: inspect.Type, length: int):
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
            return draw(st.sampled_from(TEXTS))
        case inspect.LiteralType():
            return draw(st.sampled_from(kind.values))
        case inspect.ListType() | inspect.VarTupleType():
            least, most = kind.min_length or 0, kind.max_length or 12
            size = length if least <= length <= most and draw(st.integers(0, 9)) else draw(st.integers(least, max(most, least)))
            return [_wild(draw, kind.item_type, draw(st.sampled_from([length, 4]))) for _ in range(size)]
        case inspect.TupleType():
            return [_wild(draw, item, length) for item in kind.item_types]
        case inspect.DictType():
            size = draw(st.integers(1, 5))
            return {str(_wild(draw, kind.key_type, length)): _wild(draw, kind.value_type, length) for _ in range(size)}
        case inspect.StructType():
            return {f.encode_name: _wild(draw, f.type, length) for f in kind.fields if f.required or draw(st.booleans())}
        case inspect.UnionType():
            return _wild(draw, draw(st.sampled_from(kind.types)), length)
        case inspect.Metadata():
            return _wild(draw, kind.type, length)
        case _:
            return draw(JSON)


@dataclass(frozen=True)
class Calm:
    """Input as people bring it: lists that belong together as long as each other, numbers of one range, in rows as wide as each other."""

    length: int = 6
    width: int = 3
    low: int = 0
    high: int = 9
    whole: bool = False


#: What a procedure takes of one kind only, so that it would refuse nearly all else.
FORMS: Mapping[str, Calm] = {
    "ces_v1_mean": Calm(low=1, high=5, whole=True),
    "classification_quality": Calm(4, 4),
    "cohen_kappa": Calm(3, 3),
    "correlation": Calm(low=-5),
    "nasa_tlx": Calm(high=100),
    "nps_from_ratings": Calm(high=10, whole=True),
    "sus_group": Calm(5, 10, 1, 5, whole=True),
    "sus_score": Calm(10, 0, 1, 5, whole=True),
    "sus_score_all_positive": Calm(10, 0, 1, 5, whole=True),
    "sus_score_missing_as_neutral": Calm(10, 0, 1, 5, whole=True),
    "sus_subscales": Calm(10, 0, 1, 5, whole=True),
    "supr_q_raw_scores": Calm(low=1, high=5, whole=True),
    "top_two_box": Calm(low=1, high=5, whole=True),
    "ueq_s_group": Calm(4, 8, 1, 7, whole=True),
    "ueq_scales": Calm(26, 0, 1, 7, whole=True),
    "umux_lite_score": Calm(2, 0, 1, 7, whole=True),
    "umux_score": Calm(4, 0, 1, 7, whole=True),
    "ux_lite_group": Calm(5, 2, 1, 5, whole=True),
}


def _calm(draw, kind: inspect.Type, form: Calm, inner: bool = False):
    """A value of a declared type in the form of an example."""
    match kind:
        case inspect.IntType():
            return draw(_integers(max(kind.ge or 0, form.low), min(form.high, LARGE if kind.le is None else kind.le)))
        case inspect.FloatType():
            size = 1 if form.whole else draw(st.sampled_from([1, 1, 10, 100]))
            number = draw(st.integers(form.low * size, form.high * size)) / size
            return number if _floats_hold(kind, number) else draw(_floats(kind.ge, kind.gt, kind.le, kind.lt))
        case inspect.ListType() | inspect.VarTupleType():
            size = min(max(form.width if inner else form.length, kind.min_length or 0), kind.max_length or 26)
            return [_calm(draw, kind.item_type, form, inner=True) for _ in range(size)]
        case inspect.TupleType():
            return [_calm(draw, item, form) for item in kind.item_types]
        case inspect.DictType():
            return {str(_calm(draw, kind.key_type, form)): _calm(draw, kind.value_type, form) for _ in range(form.width)}
        case inspect.StructType():
            told = [f for f in kind.fields if f.required or draw(st.integers(0, 3))]
            return {f.encode_name: _calm(draw, f.type, form) for f in told}
        case inspect.UnionType():
            told = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return None if draw(st.integers(0, 11)) == 0 and len(told) < len(kind.types) else _calm(draw, told[0], form, inner)
        case inspect.Metadata():
            return _calm(draw, kind.type, form, inner)
        case _:
            return _wild(draw, kind, form.length)


def _floats_hold(kind: inspect.FloatType, number: float) -> bool:
    above = (kind.ge is None or number >= kind.ge) and (kind.gt is None or number > kind.gt)
    return above and (kind.le is None or number <= kind.le) and (kind.lt is None or number < kind.lt)


def _possible(name: str, taken: dict[str, Any]) -> dict[str, Any]:
    """The same input with what hangs together put in order, where chance hardly ever would."""
    if name == "shifted_beta_geometric_fit":
        return taken | {"customers_remaining": sorted(taken["customers_remaining"], reverse=True)}
    if name in ("bgnbd_fit", "bgnbd_log_likelihood"):
        rows = zip(taken["frequency"], taken["recency"], taken["T"], strict=True)
        return taken | {"recency": [min(last, end) if times else 0.0 for times, last, end in rows]}
    if name in ("bgnbd_conditional", "clv_discounted_sum"):
        return taken | {"recency": min(taken["recency"], taken["T"]) if taken["frequency"] else 0.0}
    if name == "k_proportion_chi_square":
        return {
            "successes": taken["successes"],
            "n": [max(*pair, 1) for pair in zip(taken["successes"], taken["n"], strict=True)],
        }
    if name == "rate_web_vital":
        return {"cases": [["LCP" if text in ("a", "b", "efron", "breslow") else text, value] for text, value in taken["cases"]]}
    if name == "cohort_retention":
        return {
            "cohorts": [
                {"size": max([one["size"], *filter(None, one["active"])]), "active": one["active"]} for one in taken["cohorts"]
            ]
        }
    return taken


@st.composite
def usual_inputs(draw, name):
    """An input of the declared types that a procedure is likely to take."""
    own = Calm(
        draw(st.integers(2, 12)), draw(st.integers(2, 5)), draw(st.sampled_from([0, 1, 1, -3])), draw(st.sampled_from([5, 9, 40]))
    )
    return _possible(name, _calm(draw, inspect.type_info(input_type(PROCEDURES[name])), FORMS.get(name, own)))


@st.composite
def wild_inputs(draw, name):
    """An input of the declared types, however extreme."""
    return _wild(draw, inspect.type_info(input_type(PROCEDURES[name])), draw(st.integers(1, 10)))


@st.composite
def wrong_inputs(draw, name):
    """An input of which one key holds any JSON instead, is missing, or is not known."""
    taken = draw(usual_inputs(name))
    key = draw(st.sampled_from([*taken, "another"]))
    return taken | {key: draw(JSON)} if draw(st.booleans()) else {k: v for k, v in taken.items() if k != key}


def any_inputs(name):
    """All three kinds in turn."""
    return st.one_of(usual_inputs(name), usual_inputs(name), wild_inputs(name), wrong_inputs(name))
