"""Ids that name nobody: what programs write where an id should stand. The one table; docs/definitions/identity.md prints it.

Sources: PostHog, "Identifying users" (ids it refuses to merge); Segment, "Identity resolution settings" (values blocked by
default: zeroes and dashes, -1, null, anonymous); Mixpanel, "Server-side events without a user" (ids it rejects).
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Compared without their namespace, without blanks and quotes around them, and in lower case.
PLACEHOLDERS = (
    *("", "null", "nil", "<nil>", "(null)", "none", "undefined", "nan", "n/a", "na", "not set", "(not set)", "[object object]"),
    *("unknown", "guest", "anonymous", "anon", "nobody", "not_authenticated", "unauthenticated", "logged_out", "visitor"),
    *("user", "userid", "user_id", "id", "uuid", "distinctid", "distinct_id", "email", "e-mail"),
    *("true", "false", "test", "default", "dummy", "-1", "[]", "{}", "xxx"),
    *("ffffffff-ffff-ffff-ffff-ffffffffffff",),
)

#: Addresses that people and programs write when they do not want to give one; known by their hash as well.
PLACEHOLDER_ADDRESSES = (
    *("test@test.com", "test@test.de", "test@example.com", "a@a.com", "a@b.com", "no@no.com", "none@none.com", "null@null.com"),
    *("noemail@noemail.com", "no@email.com", "nomail@nomail.com", "example@example.com", "email@example.com", "user@example.com"),
)

#: Nothing but zeroes and dashes, such as the empty UUID; "0" alone may be the first number of a list.
_ZEROES = "^(-*|[0-]{2,})$"
_ZERO = "^[^:]*:0$"
_AROUND = " \t\r\n\"'`"
_NAMESPACE = "^[^:]*:?"


def _hashes(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(hashlib.sha256(text.encode()).hexdigest() for text in texts)


_KNOWN = pa.array((*PLACEHOLDERS, *PLACEHOLDER_ADDRESSES, *_hashes((*PLACEHOLDERS, *PLACEHOLDER_ADDRESSES, "0"))))


def link_nothing(actors: pa.Array) -> NDArray[np.bool_]:
    """Which actor ids never link anybody: placeholders, and "0", which is sometimes somebody and mostly nobody."""
    nothing: NDArray[np.bool_] = name_nobody(actors) | pc.match_substring_regex(actors.fill_null(""), _ZERO).to_numpy(
        zero_copy_only=False
    )
    return nothing


def name_nobody(actors: pa.Array) -> NDArray[np.bool_]:
    """Which actor ids ("namespace:id") are placeholders, such as "user:null"; null is one too. Nothing is filed under them."""
    ids = pc.replace_substring_regex(actors.fill_null(""), _NAMESPACE, "", max_replacements=1)
    ids = pc.utf8_lower(pc.utf8_trim(ids, _AROUND))
    nobody: NDArray[np.bool_] = pc.or_(pc.is_in(ids, _KNOWN), pc.match_substring_regex(ids, _ZEROES)).to_numpy(
        zero_copy_only=False
    )
    return nobody
