"""Translations as they are kept: one folder a language, one file an area of the pages.

A wheel holds them compiled (`hatch_build.py`); from the sources they are compiled when a language is first spoken.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent


@cache
def translations(code: str) -> NullTranslations:
    """Everything that is translated into a language; nothing for one without a folder."""
    found = NullTranslations()
    for path in sorted((FOLDER / code).glob("*.mo")) or sorted((FOLDER / code).glob("*.po")):
        area = _read(path)
        area.add_fallback(found)
        found = area
    return found


def _read(path: Path) -> GNUTranslations:
    if path.suffix == ".mo":
        return GNUTranslations(BytesIO(path.read_bytes()))
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.parent.name))
    compiled.seek(0)
    return GNUTranslations(compiled)
