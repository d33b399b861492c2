"""Files for the wizard, what it proposes for them, and what the proposal makes of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from touchpath.sources.files import parse_mapping
from touchpath.sources.files.feed import FileFeed
from touchpath.sources.files.wizard import propose_mapping

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = re.compile(r"occurred_at: \{unsettled: (\".*\")\}")


def proposed(path, day="2026-01-05"):
    """The proposal, a time that it leaves open put to a day, and what its first batch makes of the file."""
    mapping = parse_mapping(OPEN.sub(f"occurred_at: {{literal: {day}}}", propose_mapping(path)))
    return mapping, next(FileFeed(path, mapping, path.parent).batches(NOW))


def write(tmp_path, text, name="rows.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name
