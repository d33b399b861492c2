"""How alike two pictures of a page are, by their structure and not by their pixels: letters may be drawn a little otherwise, boxes may not move.

Both are made small first, so that the edges of letters do not count; then each small window of one is held beside the same window of the
other. Source of the measure: Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to structural similarity",
IEEE Transactions on Image Processing 13(4), 2004, eq. 13 (SSIM), here of grey and of both colour differences, the least of the three counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

#: Pixels of a page that become one of the kept picture.
SHRINK = 5
#: Side of a window, and from one to the next, in kept pixels.
WINDOW, STEP = 8, 4
#: Constants of the measure for values from 0 to 255.
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
#: A window below this is another one.
OTHER = 0.5
#: So large a share of windows may be other ones: a line that breaks one word later, a number with one digit more.
MOST_OTHERS = 0.06
_COLOURS = 64

Picture = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What comes of a comparison. others: the share of windows that are other ones; where: the box that holds most of them, in pixels of
    the page (left, top, right, bottom)."""

    mean: float
    others: float
    where: tuple[int, int, int, int] | None

    @property
    def alike(self) -> bool:
        """Whether it is the same page."""
        return self.others <= MOST_OTHERS


def shrink(png: bytes) -> bytes:
    """A picture of a page, small and of few colours, as a PNG file: what is kept."""
    with Image.open(BytesIO(png)) as whole:
        size = (max(1, whole.width // SHRINK), max(1, whole.height // SHRINK))
        small = whole.convert("RGB").resize(size, Image.Resampling.BOX).quantize(_COLOURS, dither=Image.Dither.NONE)
        kept = BytesIO()
        small.save(kept, "PNG", optimize=True)
        return kept.getvalue()


def read(png: bytes) -> Picture:
    """A kept picture as (rows, columns, 3): grey, and how far blue and red are from it, all 0 to 255."""
    with Image.open(BytesIO(png)) as small:
        return np.asarray(small.convert("RGB").convert("YCbCr"), np.float64)


def compare(before: bytes, after: bytes) -> Likeness:
    """Two kept pictures beside each other; of another size they are other pages altogether."""
    one, other = read(before), read(after)
    if one.shape != other.shape:
        return Likeness(0.0, 1.0, None)
    windows = np.stack([_similar(one[..., channel], other[..., channel]) for channel in range(3)]).min(axis=0)
    apart = windows < OTHER
    return Likeness(float(windows.mean()), float(apart.mean()), _box(apart))


def _similar(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The measure of every window."""
    a, b = (sliding_window_view(part, (WINDOW, WINDOW))[::STEP, ::STEP].reshape(-1, WINDOW * WINDOW) for part in (one, other))
    shape = sliding_window_view(one, (WINDOW, WINDOW))[::STEP, ::STEP].shape[:2]
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    together = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(axis=1)
    likeness = (2 * mean_a * mean_b + _C1) * (2 * together + _C2)
    return (likeness / ((mean_a**2 + mean_b**2 + _C1) * (a.var(axis=1) + b.var(axis=1) + _C2))).reshape(shape)  # type: ignore[no-any-return]


def _box(apart: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Where the other windows are."""
    if not apart.any():
        return None
    rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
    ends = (columns[0], rows[0], columns[-1], rows[-1])
    left, top, right, bottom = (int(end) * STEP * SHRINK for end in ends)
    return left, top, right + WINDOW * SHRINK, bottom + WINDOW * SHRINK
