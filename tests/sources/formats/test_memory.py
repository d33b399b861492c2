"""Exports are read in memory that does not grow with them."""

import json
import subprocess
import sys

import pytest

CHILD = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from touchpath.services.formats import Chosen
from touchpath.sources.formats.registry import FormatSource

path, most = Path(sys.argv[1]), []
feed = FormatSource().open(path, Chosen("mixpanel", {"zone": "UTC"}))
rows = 0
for batch in feed.batches(datetime.now(UTC)):
    rows += batch.rows
    most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
print(json.dumps({"rows": rows, "after_two": most[1], "at_the_end": most[-1], "batches": len(most)}))
"""


@pytest.mark.slow
def test_memory_stays_flat_over_many_batches(tmp_path):

    path = tmp_path / "export.jsonl"
    with path.open("w") as file:
        for n in range(400_000):
            said = {"time": 1772355600 + n, "distinct_id": f"u{n % 9000}", "$insert_id": f"i{n}", "note": f"{n:0200}"}
            file.write(json.dumps({"event": "Seen", "properties": said}) + "\n")
    found = subprocess.run([sys.executable, "-c", CHILD, str(path)], check=True, capture_output=True, text=True)
    told = json.loads(found.stdout)
    assert told["rows"] == 400_000
    assert told["batches"] >= 16
    assert told["at_the_end"] - told["after_two"] < 100  # MiB; the file has 120
