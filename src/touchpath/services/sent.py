"""What came live and was refused, as people read it: what was sent, where to, and when; not how the quarantine keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from touchpath.model.time import from_micros


@dataclass(frozen=True, slots=True)
class Sent:
    """One refused event. text: the event, its fields on lines of their own where it is JSON. path: the address that it was sent to."""

    path: str
    received_at: datetime
    text: str


def read_sent(record: str) -> Sent | None:
    """What a kept record says was sent; None for a record that did not come live, such as the row of a file.

    >>> read_sent('{"path": "/v1/signals", "received_at": 0, "body": "{\\\\"signals\\\\": [{\\\\"id\\\\": 1}]}"}').text
    '{\\n  "id": 1\\n}'
    """
    if not record.startswith("{"):
        return None
    try:
        kept = json.loads(record)
        path, received_at, body = kept["path"], kept["received_at"], kept["body"]
        return Sent(path, from_micros(received_at), _on_lines(body)) if isinstance(path, str) and isinstance(body, str) else None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _on_lines(body: str) -> str:
    try:
        return json.dumps(_alone(json.loads(body)), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body


def _alone(body: Any) -> Any:
    """The event of a body that holds one in a list, without what stands around it."""
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return lists[0][0] if len(lists) == 1 and len(lists[0]) == 1 else body
