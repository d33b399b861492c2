"""Compiles the translations of the pages into the wheel: each .po becomes a .mo beside it. The sources stay as they are."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LANGUAGES = Path("src/touchpath/web/languages")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before and after it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell where in the wheel each file goes; an editable install reads the sources."""
        if version == "editable" or self.target_name != "wheel":
            return
        self._folder = tempfile.TemporaryDirectory()
        for path in sorted((Path(self.root) / LANGUAGES).glob("*/*.po")):
            compiled = Path(self._folder.name) / f"{path.parent.name}-{path.stem}.mo"
            with path.open("rb") as file, compiled.open("wb") as kept:
                write_mo(kept, read_po(file, locale=path.parent.name))
            place = Path("touchpath/web/languages") / path.parent.name / f"{path.stem}.mo"
            build_data["force_include"][str(compiled)] = str(place)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
