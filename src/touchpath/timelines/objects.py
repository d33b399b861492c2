"""Signals about one object, brought together."""

from __future__ import annotations

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import lean_kernel


@lean_kernel
def sort_by_object(objects: Int64s, places: Int64s, spare: Int64s, n: int) -> None:
    """Bring the first n places of signals about the same object together, in order of time (a stable merge sort).

    objects: (signals,) hashes.   spare: scratch of n.
    """
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            left, middle, high = low, min(low + width, n), min(low + 2 * width, n)
            right = middle
            for at in range(low, high):
                if right >= high or (left < middle and objects[places[left]] <= objects[places[right]]):
                    spare[at] = places[left]
                    left += 1
                else:
                    spare[at] = places[right]
                    right += 1
        for at in range(n):
            places[at] = spare[at]
        width *= 2
