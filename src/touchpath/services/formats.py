"""What the doors of terminal and browser say about files that need no mapping: what one was recognised as, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a format leaves open, with the question to ask a person.

    kind: "zone" is the name of a time zone, "choice" one of `choices`, "text" anything. required: nothing can be assumed.
    """

    name: str
    question: str
    kind: Literal["text", "zone", "choice"] = "text"
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format that is read without a mapping. source: the namespace of its signals' ids, unless the option `source` says
    another; "" = the file's name.
    """

    name: str
    title: str
    source: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a file seems to be: how sure (0 to 1), and by what it was told, as a clause ("its lines hold event_params ...")."""

    format: KnownFormat
    sure: float
    why: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """How to read a file: by the format of this name, with these answers to its options."""

    format: str
    options: Mapping[str, str] = field(default_factory=dict)
