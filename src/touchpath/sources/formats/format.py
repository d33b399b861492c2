"""What a format is: how its files are told from others, and how their records become signals.

A format is a page of code: a `RecordFormat` (records.py) names the shape of its files (JSON, CSV, Parquet), a function that
recognises them by their `Head`, and a function that, given what is known before the first record, gives another that turns one record
into signals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import KnownFormat, Option
from touchpath.services.imports import Feed
from touchpath.sources.files.zones import find_zone
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Row

#: What code may stumble over in a file or record of another shape than it expects; anything else is a fault of ours.
STUMBLES = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class Sure(NamedTuple):
    """How sure a format is that a file is one of its own (0 to 1), and by what it was told, as a clause."""

    share: float
    why: str


@dataclass(frozen=True)
class Opening:
    """What is known of a part before its first record.

    source: for the signals' `source`. options: the answers, defaults filled in. headers: the rows of a CSV before its records, the
    names of its columns first. notes: what a reader of the report should know, with how often; converters add to it.
    """

    name: str
    source: str
    options: Mapping[str, str]
    headers: tuple[tuple[str, ...], ...] = ()
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def zone(self) -> str:
        """The answer to the option `zone`."""
        return self.options.get("zone", "") or "UTC"


#: Turns one record into its signals; none for a record that stands for nothing. Raises BadInput for one that cannot be read.
Convert = Callable[[Row], Iterable[Signal]]


class Format(Protocol):
    """A format that is read without a mapping."""

    @property
    def known(self) -> KnownFormat:
        """Its name, title, source and options."""
        ...

    def recognise(self, head: Head) -> Sure | None:
        """How sure it is that a file that begins so is one of its own; None when it is not."""
        ...

    def open(self, path: Path, options: Mapping[str, str]) -> Feed:
        """A file, ready to give its signals; raises BadInput."""
        ...


def source_option(source: str) -> Option:
    """The option that every format of records has."""
    question = "Which source do these signals belong to? Ids are unique within a source, so two shops or projects need two."
    return Option("source", question if source else f"{question} Left open, it is the name of the file.", default=source)


def checked_options(known: KnownFormat, given: Mapping[str, str]) -> dict[str, str]:
    """The answers to all options of a format, defaults filled in; raises BadInput with the question that is left open."""
    options = {one.name: one for one in known.options}
    for name in given:
        if name not in options:
            raise BadInput(f"A {known.title} has no option '{name}'. There are: {', '.join(options)}.")
    answers = {name: given.get(name, "").strip() or one.default for name, one in options.items()}
    for name, answer in answers.items():
        _check(known, options[name], answer)
    return answers


def _check(known: KnownFormat, option: Option, answer: str) -> None:
    example = "Europe/Madrid" if option.kind == "zone" else "|".join(option.choices) or "..."
    if option.required and not answer:
        raise BadInput(f"{known.title}: {option.question} Say it with --option {option.name}={example}")
    if answer and option.kind == "zone":
        find_zone(answer)
    if answer and option.kind == "choice" and answer not in option.choices:
        raise BadInput(
            f"{known.title}: '{option.name}' came as '{answer}'. {option.question} One of: {', '.join(option.choices)}."
        )
