"""Texts of single people with their letters and digits hidden, so that their form can be seen by those who may not read them."""

from __future__ import annotations

import re
import unicodedata

_QUOTED = re.compile(r"'[^']*(?:'|$)|\"[^\"]*(?:\"|$)")


def mask(text: str) -> str:
    """Every letter as x and every digit as 0; signs stay, so that one sees a quotation mark or a missing comma.

    >>> mask('{"who": "Zoë 42", "at": "2026-01-31"}')
    '{"xxx": "xxx 00", "xx": "0000-00-00"}'
    """
    return "".join(_hidden(sign) for sign in text)


def mask_quoted(reason: str) -> str:
    """A reason with what it quotes from the record masked; its own words stay.

    >>> mask_quoted("The time 'Anna, 3 May' cannot be read.")
    "The time 'xxxx, 0 xxx' cannot be read."
    """
    return _QUOTED.sub(lambda found: mask(found.group()), reason)


def _hidden(sign: str) -> str:
    category = unicodedata.category(sign)
    return "x" if category[0] in "LM" else "0" if category[0] == "N" else sign
