"""Which fields tell who somebody is, by their names: one list for trackers' traits, vendors' records and survey columns alike."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 1_000
_JOINTS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\s$-]+")
_WHOSE = r"first|last|full|given|family|middle|maiden|display|user|recipient|contact|customer|respondent|person"
#: Details that are told whatever stands before them, as in `billing_phone` and "Your home address".
_DETAILS = (
    r"phone|mobile|telephone|tel|fax|cell|sms|(?:street|postal|home|ip|mailing|billing|shipping) ?address|ip|"
    r"birth ?day|birth ?date|date of birth|dob|latitude|longitude"
)
#: Details that are told by themselves or behind whose they are; "Satisfaction with e-mail" asks for an opinion.
_OWN = rf"surname|(?:(?:{_WHOSE}) ?)+name|e ?mail(?: ?address)?|ssn|iban|avatar|photo\w*|password|token|secret|signature"
#: Names that tell somebody only when there is nothing else: a plan has a name and a web page an address, too.
_ALONE = r"name|nick ?name|address"
_NUMBERED = r"(?: ?(?:number|no|nr))?"
_INSIDE = re.compile(rf"(?:^|.* )(?:{_DETAILS}|{_OWN}|address|birth\w*){_NUMBERED}(?: .*)?|name")
_WHOLE = re.compile(rf"(?:.* )?(?:{_DETAILS}){_NUMBERED}|(?:(?:{_WHOSE}|your|my|work|private|client) )*(?:{_OWN})|{_ALONE}")


@lru_cache(maxsize=20_000)
def tells_somebody(name: str) -> bool:
    """Whether a field of a record tells who somebody is; the telling word may stand anywhere in its name."""
    return len(name) < _LONGEST and _INSIDE.fullmatch(_spaced(name)) is not None


@lru_cache(maxsize=20_000)
def is_personal(name: str) -> bool:
    """Whether a trait, a hidden field or the heading of a column is that of a personal detail.

    The telling word stands at its end: "How was our phone support?" asks for an opinion, "Your phone number" for a number.
    """
    return len(name) < _LONGEST and _WHOLE.fullmatch(_spaced(name)) is not None


def _spaced(name: str) -> str:
    return " ".join(_JOINTS.sub(" ", name).lower().split())
