"""What a receiver of live signals must do: the promise that every protocol of `sources/wire` keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from touchpath.model.signal import Signal
from touchpath.store.spool import Post


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a protocol. A part in braces stands for any text without a slash: "/v1/projects/{key}/settings".

    largest: bytes of a body, unpacked; a longer one is refused as a whole, with the status `too_large`.
    signed: the receiver checks the signature that a key's terms ask for; elsewhere such a key is refused.
    """

    path: str
    methods: tuple[str, ...] = ("POST",)
    largest: int = 4 << 20
    too_large: int = 413
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one event of a body is not taken as it is. place: which one, from 0.

    result: "drop" = refused and kept in the quarantine; "warning" = taken, with something mended that the sender should know;
    "ignore" = nothing that anybody wants kept, only counted.
    """

    place: int
    code: str
    reason: str
    result: str = "drop"


@dataclass(frozen=True, slots=True)
class Opened:
    """A body taken apart. key: the write key it names, "" = none. events: each as it came. envelope: whatever else the receiver needs.

    plain: the body itself, where it came wrapped (in a form, in the address, as base64); it is kept instead of what came, so that
    what must not be kept can be found in it. None = it came plain.
    """

    key: str
    events: Sequence[object]
    envelope: object = None
    plain: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed for a write key: whose signals come with it, and what becomes of them.

    source: namespace of the signals' ids. consent: the category that people must not have refused, "" = none is asked for;
    consent_needed: unknown counts as refused. internal: networks (CIDR) whose events are marked as internal.
    secret: where the secret stands that a webhook is signed with (env:NAME or file:/PATH), "" = the key in the address is all.
    addresses: what is kept of IP addresses: "network", "nothing" or "whole". personal_traits: keep names, addresses and phone numbers in clear.
    """

    key: str
    source: str
    origins: tuple[str, ...] = ()
    consent: str = ""
    consent_needed: bool = False
    internal: tuple[str, ...] = ()
    addresses: str = "network"
    personal_traits: bool = False
    secret: str = ""


class Receiver(Protocol):
    """One protocol of other systems' clients. Everything here is pure: no clock, no disk, no network."""

    @property
    def name(self) -> str:
        """Short name, kept with every post: "segment"."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """Where its clients send to."""
        ...

    def once(self, opened: Opened) -> bool:
        """Whether an id that is known is a repetition whatever it holds, because clients put other times on each retry."""
        ...

    @property
    def headers(self) -> frozenset[str]:
        """Headers (lower-case) that `admit` reads besides the common ones; signatures and passwords are not kept."""
        ...

    def admit(self, post: Post, terms: Terms) -> None:
        """Raise NotAllowed when a post is not signed as the key's terms ask; most protocols have the key only."""
        ...

    def answer(self, post: Post) -> Reply | None:
        """For requests that bring nothing (settings, pixels, health): the answer. None = it brings events."""
        ...

    def open(self, post: Post) -> Opened:
        """Take a body apart; raises BadInput when it cannot be read at all."""
        ...

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """What is wrong with single events; quick, since the sender waits. Events without a fault will be taken."""
        ...

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """The answer once everything is durable."""
        ...

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """The signals of each event (its place first), or why there is none. An event may stand for several signals."""
        ...

    def alone(self, opened: Opened, place: int) -> bytes:
        """A body with just this event, to be kept in the quarantine and read again later."""
        ...
