"""All benchmarks of `make bench`, one after the other, each in a process of its own.

    python bench/run.py [--quick]

Times of one machine prove little: read the ratios, which come from one run side by side with a peer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

#: Each benchmark with its arguments, and those of a quick look.
BENCHMARKS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("folds.py", ("--write", "build/folds.md"), ("--people", "50000", "--runs", "3")),
    ("pack.py", (), ("--people", "50000", "--runs", "2")),
    ("conformance.py", (), ("--cases", "1000", "--runs", "3")),
    ("timelines_build.py", (), ("--signals", "2000000")),
    ("timelines_refresh.py", (), ("--signals", "1000000")),
    ("identity.py", (), ("--ids", "250000", "500000", "--most-peer-ids", "250000")),
    ("cold_start.py", (), ("--people", "2000", "--runs", "3")),
    ("spark.py", (), ("--people", "60000", "--runs", "3")),
    ("ingest.py", ("--hold", "60"), ("--rounds", "1", "--hold", "10")),
    ("lake.py", (), ("--rows", "500000", "--ids", "1000000")),
)


def main() -> int:
    """Run them all; the exit code is how many failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller data, a few minutes in all")
    quick = parser.parse_args().quick
    failed = 0
    for name, usual, small in BENCHMARKS:
        arguments = small if quick else usual
        print(f"\n== {name} {' '.join(arguments)}", flush=True)
        failed += subprocess.run([sys.executable, str(HERE / name), *arguments], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
