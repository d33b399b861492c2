"""Where what clients sent is kept, durable, from the moment it is accepted until the lake has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Post:
    """One request as it arrived, all that is needed to read it again.

    receiver: which protocol it speaks. key: id of the write key that it came with. received_at: UTC microseconds.
    headers: lower-case names, only those that a receiver reads. address: the sender's, cut short as the settings say.
    internal: it came from a network of our own. body: as sent, unpacked.
    """

    receiver: str
    key: str
    received_at: int
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Spooled:
    """A post with its place in the spool. Places grow and are never used twice."""

    place: int
    post: Post


class Spool(Protocol):
    """Keeps posts in the order they came in, until they are released."""

    @property
    def identity(self) -> str:
        """What tells this spool from any other, for ever: places are only comparable within one."""
        ...

    @property
    def begun(self) -> bool:
        """Whether it ever kept anything, here or where it was copied from."""
        ...

    def keep(self, post: Post) -> Future[None]:
        """Durable when the future is done. It fails with Unavailable when the post could not be kept; then nothing of it was."""
        ...

    @property
    def empty(self) -> bool:
        """Whether nothing waits: asked many times a second."""
        ...

    def waiting(self, after: int, most_bytes: int) -> Sequence[Spooled]:
        """The next posts behind a place, in order: at least one if there is any, else as many as fit."""
        ...

    def begin_after(self, place: int) -> None:
        """From now on give only places above this one."""
        ...

    def release(self, place: int) -> None:
        """Drop every post up to a place; their bytes are overwritten."""
        ...
