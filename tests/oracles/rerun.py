"""Ask R again, and tell where it no longer says what is recorded: `make oracles`.

python tests/oracles/rerun.py [NAME ...], without names all scripts. What a script prints is compared with the file beside it, number by
number; versions of R and its packages may differ. Scripts that read the real data get the folder ../shared/data beside this checkout, or that of
TOUCHPATH_DATA, and are left out, which is said, where that is not.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
DATA = Path(os.environ.get("TOUCHPATH_DATA", HERE.parents[2] / "shared" / "data"))
#: Fits stop where their optimiser is content, which depends on the machine in the sixth digit or so.
CLOSE = 1e-5
#: What names versions only.
SPOKEN = {"made_by", "version", "versions", "r"}


def differences(was: object, now: object, place: str = "") -> Iterator[str]:
    """Where two documents differ by more than rounding."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            if key not in SPOKEN or not isinstance(was.get(key), str):
                yield from differences(was.get(key), now.get(key), f"{place}.{key}")
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from differences(one, other, f"{place}[{at}]")
    elif isinstance(was, float | int) and isinstance(now, float | int):
        if not math.isclose(was, now, rel_tol=CLOSE, abs_tol=1e-9):
            yield f"{place}: {was} is recorded, {now} came"
    elif was != now:
        yield f"{place}: {was!r} is recorded, {now!r} came"


def reads_data(script: Path) -> bool:
    """Whether a script takes the folder of the real data."""
    return "commandArgs(" in script.read_text()


def rerun(script: Path) -> list[str]:
    """What a script says otherwise than its record."""
    done = subprocess.run(["Rscript", script, DATA], capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr.strip()]
    return list(differences(json.loads(script.with_suffix(".json").read_text()), json.loads(done.stdout)))


def main(names: list[str]) -> int:
    faults = 0
    for script in sorted(HERE.glob("*.R")):
        if names and script.stem not in names:
            continue
        if reads_data(script) and not DATA.exists():
            print(f"{script.name}: left out, there is no {DATA}")
            continue
        found = rerun(script)
        faults += bool(found)
        print(f"{script.name}: {'as recorded' if not found else f'{len(found)} differences'}")
        print("".join(f"    {one}\n" for one in found[:20]), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
