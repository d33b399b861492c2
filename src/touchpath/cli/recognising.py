"""How the terminal settles the way to read a file: by a mapping, as what it was recognised as, or as what somebody insists on."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from touchpath.cli.show import aside
from touchpath.model.errors import BadInput, unknown
from touchpath.services.formats import Chosen, KnownFormat, Recognition

if TYPE_CHECKING:
    from touchpath.services.imports import ImportService


def how_to_read(
    imports: ImportService, file: Path, mapping: Path | None, as_format: str, options: Sequence[str] | None
) -> Path | Chosen:
    """A mapping if there is one, else a format with its answers; what a file was recognised as is told on standard error.

    Raises BadInput when no format knows the file, after printing the mapping that the wizard proposes for it.
    """
    answers = _answers(options or ())
    if mapping is not None:
        if as_format or answers:
            raise BadInput("--map says all of how to read a file. Leave out --as and --option, or leave out --map.")
        return mapping
    if as_format:
        known = {one.name: one for one in imports.formats()}
        if as_format not in known:
            raise BadInput(unknown("format", as_format, known))
        return Chosen(as_format, _asked(known[as_format], answers))
    found = imports.recognise(file)
    if not found:
        _propose(file)
        raise BadInput(
            f"{file.name} is none of the exports that are read without a mapping (touchpath formats), so nothing was imported. A mapping "
            "guessed from its columns was printed: save it, mend it, and import with --map MAPPING.yaml"
        )
    _tell(file, found)
    return Chosen(found[0].format.name, _asked(found[0].format, answers))


def _answers(options: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE, NAME=VALUE ..."""
    answers = {}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign or not name.strip():
            raise BadInput(f"--option came as '{option}'. Write NAME=VALUE, as in zone=Europe/Madrid.")
        answers[name.strip()] = value.strip()
    return answers


def _asked(format: KnownFormat, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers, and those to needed questions that a person at a terminal is asked now."""
    if not sys.stdin.isatty():
        return dict(answers)
    missing = [one for one in format.options if one.required and not answers.get(one.name)]
    return {**answers, **{one.name: typer.prompt(one.question, err=True) for one in missing}}


def _tell(file: Path, found: Sequence[Recognition]) -> None:
    first, *others = found
    says = f"{file.name} was recognised as: {first.format.title} ({first.why})."
    if others:
        says += f" It could also be: {', '.join(f'{one.format.title} (--as {one.format.name})' for one in others)}."
    aside.print(Text(says))


def _propose(file: Path) -> None:
    from touchpath.sources.files.wizard import propose_mapping

    sys.stdout.write(propose_mapping(file))
