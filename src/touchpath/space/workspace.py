"""An open workspace: `open`, what it answers, and one journey of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from touchpath.bootstrap import Workspace, open_workspace
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.services.results import JourneyMap
from touchpath.space.answer import Answer
from touchpath.space.causes import CausesDoor
from touchpath.space.numbers import NumbersDoor
from touchpath.space.people import PeopleDoor
from touchpath.space.queries import QueriesDoor
from touchpath.store.signals import Appended


@dataclass(frozen=True, slots=True)
class JourneyDoor:
    """One journey of the model."""

    workspace: Workspace
    id: str

    def map(
        self, by: str = "", segment: str = "", period: Period | None = None, persona: str = "", role: str = ""
    ) -> Answer[JourneyMap]:
        """The journey map: each step with its numbers, of everybody or of one segment, persona or role."""
        found = self.workspace.platform.journey_map(self.id, period=period, by=by, segment=segment, persona=persona, role=role)
        return Answer(found, f"{found.journey.title}. {found.finding}")


class Space(NumbersDoor, CausesDoor, QueriesDoor, PeopleDoor):
    """An open workspace. Every method asks the same services as the pages and the terminal."""

    def journey(self, id: str) -> JourneyDoor:
        """A journey of the model; raises Missing."""
        return JourneyDoor(self.workspace, self._platform.experience().journey(id).id)

    def close(self) -> None:
        """Let go of files and of the database; a space that was opened with `with` closes by itself."""
        self.workspace.close()

    def for_viewers(self) -> Space:
        """The same workspace as those see it who may not see single people: without small groups, to export for them."""
        return Space(replace(self.workspace, platform=self._platform.for_viewers()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def record(self, signals: Iterable[Signal]) -> Appended:
        """Keep these signals; they are in the next answer. Raises BadInput naming every signal that cannot be kept."""
        return self.workspace.record(signals)


def open(folder: str | Path) -> Space:
    """Open the workspace in a folder; raises Missing when there is none."""
    return Space(open_workspace(Path(folder)))
