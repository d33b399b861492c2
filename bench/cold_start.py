"""How soon the first page is there: from starting the process to the whole page, once `touchpath warm` has compiled all kernels.

    python bench/cold_start.py [--people 20000] [--runs 5] [--folder FOLDER]

Makes its own demo workspace (or uses the one in FOLDER). Every run is a new server process; the page is the one at "/", after any redirects, with
numbers over all signals. Files are in the system's cache from the second run on, so the first is told apart. Required: 3 s.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TOUCHPATH = (sys.executable, "-c", "from touchpath.cli.main import main; main()")
REQUIRED = 3.0


def _fetch(address: str) -> bytes:
    """The page, asked for again until the server answers."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=120) as page:
                return page.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.01)


def first_page(workspace: Path, path: str) -> tuple[float, float, int]:
    """Seconds until the server listens, until the page is whole, and how many bytes it has."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    began = time.perf_counter()
    server = subprocess.Popen(
        [*TOUCHPATH, "serve", str(workspace), "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        address = next(found.group() for line in server.stdout if (found := re.search(r"http://[\d.:]+", line)))
        listens = time.perf_counter() - began
        page = _fetch(address + path)
        return listens, time.perf_counter() - began, len(page)
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--path", default="/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = options.folder or Path(home) / "company"
        if options.folder is None:
            subprocess.run(
                [*TOUCHPATH, "demo", "--folder", home, "--only", "company", "--people", str(options.people)], check=True
            )
        subprocess.run([*TOUCHPATH, "warm", "--quiet"], check=True)
        runs = [first_page(folder, options.path) for _ in range(options.runs + 1)]
    listens, seconds = (statistics.median(run[place] for run in runs[1:]) for place in (0, 1))
    print(
        f"first page ({runs[0][2]:,} bytes): {runs[0][1]:.2f} s the first time, then {seconds:.2f} s, of which {listens:.2f} s until the server tells its address"
    )
    print(f"required: {REQUIRED:g} s, {'met' if seconds <= REQUIRED else 'NOT MET'}")


if __name__ == "__main__":
    main()
