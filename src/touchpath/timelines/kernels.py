"""What all kernels share: how they are compiled, where a signal counts, and exact sums beyond 64 bits.

A kernel is a function over read-only, C-contiguous arrays with one signature. It holds no lock, so shards run on threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import DTypeLike, NDArray

from touchpath.timelines.arrays import Bytes, Int32s, Int64s

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=np.generic)

#: People are spread over this many buckets by their key, for the grouped jackknife.
BUCKETS = 64

#: Exact sums keep three int64 limbs: limbs[0] + limbs[1] * 2**24 + limbs[2] * 2**48.
LIMBS = 3


#: `_nrt` (missing in Numba's stubs): a kernel would otherwise count the references of every array it hands on.
_LEAN: dict[str, Any] = {"nogil": True, "cache": True, "forceinline": True, "_nrt": False}


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code on first use, kept on disk between runs."""
    return cast(Callable[P, R], numba.njit(nogil=True, cache=True)(function))


def lean_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A kernel that allocates no memory: without reference counts and always inlined, which inner loops feel.

    Counting references of the arrays that small functions hand to each other took three quarters of the funnel's time.
    """
    return cast(Callable[P, R], numba.njit(**_LEAN)(function))


def lean_part(function: Callable[P, R]) -> Callable[P, R]:
    """A lean kernel that stays a function of its own: for large parts that are called rarely, as inlining them compiles slowly."""
    return cast(Callable[P, R], numba.njit(**(_LEAN | {"forceinline": False}))(function))


@lean_kernel
def plain(constant: int) -> int:
    """A constant as any other number: a part would be compiled anew for every constant that it is called with."""
    return constant + 0


def fixed(array: NDArray[A], dtype: DTypeLike | None = None) -> NDArray[A]:
    """The array as kernels want it: a plain, C-contiguous, read-only view of its memory, copied only if it must be.

    Memory-mapped, sliced and fresh arrays all come out alike, so that each kernel is compiled once.
    """
    if type(array) is not np.ndarray or not _is_plain(array, dtype):
        array = np.require(np.asarray(array), dtype, ["C", "A"]).view(np.ndarray)
    elif not array.flags.writeable:
        return array
    plain = array[:]
    plain.flags.writeable = False
    return plain


def _is_plain(array: NDArray[A], dtype: DTypeLike | None) -> bool:
    """Whether an array need not be copied for a kernel."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned and (dtype is None or array.dtype == dtype)


def _lowest_bit(_context: Any, _mask: Any) -> Any:
    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, 0))

    return types.int64(types.int64), emit


#: The place of the lowest bit that is set in an int64, 64 if none is: one instruction, which Python has no word for. In kernels only.
lowest_bit = cast(Callable[[int], int], intrinsic(_lowest_bit))


def _highest_bit(_context: Any, _number: Any) -> Any:
    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        zeros = builder.ctlz(arguments[0], context.get_constant(types.boolean, 0))
        return builder.sub(context.get_constant(types.int64, 63), zeros)

    return types.int64(types.int64), emit


#: The place of the highest bit that is set in an int64; -1 if none is. In kernels only.
highest_bit = cast(Callable[[int], int], intrinsic(_highest_bit))


def _wide_product(_context: Any, _x: Any, _y: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.sext(argument, wide) for argument in arguments))
        halves = (product, builder.ashr(product, ir.Constant(wide, 64)))
        return context.make_tuple(builder, signature.return_type, [builder.trunc(half, ir.IntType(64)) for half in halves])

    return types.UniTuple(types.int64, 2)(types.int64, types.int64), emit  # type: ignore[no-untyped-call]


#: The low and the high 64 bits of a product, of which NumPy has only the low ones. In kernels only.
wide_product = cast(Callable[[int, int], tuple[int, int]], intrinsic(_wide_product))


@lean_kernel
def is_read(owner: int, people: Bytes, skip: Bytes) -> bool:
    """Whether a fold reads this owner: chosen (or nobody was chosen), and not to be read elsewhere."""
    return (people.size == 0 or people[owner] != 0) and (skip.size == 0 or skip[owner] == 0)


@lean_kernel
def rate_of(edges: Int64s) -> float:
    """How many periods a microsecond has on average, for `find_period`."""
    return (edges.size - 1) / (float(edges[edges.size - 1]) - float(edges[0]))


@lean_kernel
def find_period(time: int, edges: Int64s, rate: float) -> int:
    """The period of a time, or -1. rate: that of the edges, found once for many times.

    Where to look cannot be foreseen, so it is computed rather than jumped to: periods are about equally long. Where they are not, it is searched.
    """
    last = edges.size - 1
    if time < edges[0] or time >= edges[last]:
        return -1
    period = min(int((float(time) - float(edges[0])) * rate), last - 1)
    if edges[period] <= time < edges[period + 1]:
        return period
    low, width = 0, last
    while width > 1:
        half = width >> 1
        low += half * (edges[low + half] <= time)
        width -= half
    return low


@lean_kernel
def period_after(before: int, time: int, edges: Int64s, rate: float) -> int:
    """The period of a time, or -1: that of the signal before it, as often as not."""
    return before if edges[before] <= time < edges[before + 1] else find_period(time, edges, rate)


@lean_kernel
def find_segment(signal: int, owner: int, signal_codes: Int32s, owner_codes: Int32s) -> int:
    """The segment of a signal, or -1."""
    if signal_codes.size > 0:
        return int(signal_codes[signal])
    return int(owner_codes[owner]) if owner_codes.size > 0 else 0


@lean_kernel
def find_cell(signal: int, owner: int, time: int, edges: Int64s, segments: int, signal_codes: Int32s, owner_codes: Int32s) -> int:
    """The cell of a signal, or -1."""
    period = find_period(time, edges, rate_of(edges))
    segment = find_segment(signal, owner, signal_codes, owner_codes)
    return -1 if period < 0 or segment < 0 else period * segments + segment


@lean_kernel
def bucket_of(owner: int) -> int:
    """The jackknife bucket of an owner's key: the top 6 bits of a Fibonacci hash, so neighbouring keys part."""
    mixed = (owner ^ (owner >> 32)) * -7046029254386353131
    return (mixed >> 58) & 63


@lean_kernel
def add_wide(sums: Int64s, at: int, x: int, y: int) -> None:
    """Add x * y to an exact sum of two words, the low one at place `at`; quicker than limbs, see `limbs_of`."""
    low, high = wide_product(x, y)
    total = sums[at] + low
    sums[at + 1] += high + (np.uint64(total) < np.uint64(low))
    sums[at] = total


@lean_kernel
def put_limbs(limbs: Int64s, low: int, high: int) -> None:
    """Write a number of two words, as `add_wide` adds them up, as limbs. Of a sum of one word the high one is 0, or -1 below 0."""
    limbs[0], limbs[1], limbs[2] = low & 0xFFFFFF, low >> 24 & 0xFFFFFF, (low >> 48 & 0xFFFF) | high << 16


def limbs_of(wide: Int64s) -> Int64s:
    """(..., 2) sums of two words as (..., LIMBS) limbs."""
    low, high = wide[..., 0], wide[..., 1]
    return np.stack((low & 0xFFFFFF, low >> 24 & 0xFFFFFF, (low >> 48 & 0xFFFF) | high << 16), axis=-1)


@lean_kernel
def add_product(limbs: Int64s, x: int, y: int) -> None:
    """Add x * y to an exact sum of three limbs; |x| and |y| below 2**47."""
    x_high, x_low = x >> 24, x & 0xFFFFFF
    y_high, y_low = y >> 24, y & 0xFFFFFF
    low = limbs[0] + x_low * y_low
    middle = limbs[1] + (low >> 24) + x_high * y_low + x_low * y_high
    limbs[0] = low & 0xFFFFFF
    limbs[1] = middle & 0xFFFFFF
    limbs[2] += (middle >> 24) + x_high * y_high
