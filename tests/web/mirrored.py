"""A made-up language from right to left, for tests: every marked text in other letters and a third longer; what is not marked stays English."""

from __future__ import annotations

import re
from gettext import NullTranslations

#: A language that is written from right to left; nobody speaks these words of it.
MIRRORED = "he"
_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתםןףץ")
_KEPT = re.compile(r"(%\(\w+\)[a-z]|%%|\{\w*\})")


def mirror(text: str) -> str:
    """The text in other letters, its placeholders as they are, with a third of it again."""
    parts = [part if _KEPT.fullmatch(part) else part.lower().translate(_LETTERS) for part in _KEPT.split(text)]
    again = "".join(part for part in parts if not _KEPT.fullmatch(part)).strip()
    return "".join(parts) + (f" {again[: len(again) // 3]}" if len(again) > 5 else "")


class Mirrored(NullTranslations):
    """Translations into it."""

    def gettext(self, message: str) -> str:
        return mirror(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return mirror(msgid1 if n == 1 else msgid2)
