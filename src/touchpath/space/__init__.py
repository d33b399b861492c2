"""Python's door: `import touchpath as tp; space = tp.open("folder")`."""

from __future__ import annotations

from touchpath.space.answer import Answer
from touchpath.space.workspace import JourneyDoor, Space, open

__all__ = ["Answer", "JourneyDoor", "Space", "open"]
