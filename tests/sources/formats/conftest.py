"""Reading a few records of a format straight into rows of signals."""

from datetime import UTC, datetime

import pytest

from touchpath.services.formats import Chosen
from touchpath.sources.formats.registry import FormatSource

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    """`read(name, content, options)`: the file recognised and read; gives (format, rows without what is empty, refused, notes)."""

    def reading(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = FormatSource()
        found = source.recognise(path)
        assert found, f"{name} was not recognised"
        rows, refused, notes = [], [], {}
        for batch in source.open(path, Chosen(found[0].format.name, options)).batches(NOW):
            rows += [{k: v for k, v in row.items() if v not in (None, [], {})} for row in batch.signals.to_pylist()]
            refused += batch.rejected
            notes |= batch.notes
        return found[0].format.name, rows, refused, notes

    return reading
