"""JSON that came wrapped: in a form's field or the address (`data=`), as base64, and that perhaps as gzip."""

from __future__ import annotations

import binascii
from base64 import b64decode
from urllib.parse import parse_qsl

from touchpath.model.errors import BadInput
from touchpath.services.packing import GZIP, GZIP_MAGIC, unpack_deflated
from touchpath.store.spool import Post

_FIELD = "data"
_URL_SAFE = str.maketrans("-_ ", "+/+")


def unwrap(post: Post, largest: int) -> bytes | None:
    """The JSON of a body or an address that wraps it; None when the body is JSON as it is. Raises BadInput."""
    body = post.body.lstrip()
    if body[:1] in (b"{", b"[", b"\xef"):
        return None
    came = _field(body) if body else _field(post.query.encode("utf-8", "replace"))
    if came is None:
        came = body.decode("utf-8", "replace").strip()
    if not came:
        raise BadInput("The body is empty. Send JSON, or a form whose field 'data' holds it.")
    return came.encode() if came[0] in "{[" else _from_base64(came, largest)


def _field(form: bytes) -> str | None:
    """The field of a form that holds the JSON; None when it is no such form."""
    if not form.startswith(b"data=") and b"&data=" not in form:
        return None
    fields = parse_qsl(form.decode("utf-8", "replace"), max_num_fields=None)
    return next((value.strip() for name, value in fields if name == _FIELD), "")


def _from_base64(text: str, largest: int) -> bytes:
    """base64 with either alphabet, with or without its padding; a blank was a plus before a form was read."""
    whole = "".join(text.translate(_URL_SAFE).split()).rstrip("=")
    try:
        found = b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("The body is no JSON, and no base64 of it.") from error
    if found.startswith(GZIP_MAGIC):
        found = unpack_deflated(found, GZIP, largest)
    if len(found) > largest:
        raise BadInput(f"The unpacked body is larger than {largest:,} bytes. Send fewer events at a time.")
    if found.lstrip()[:1] not in (b"{", b"["):
        raise BadInput("The body is base64, but not of JSON (lz64, which clients before 2021 used, is not read).")
    return found
