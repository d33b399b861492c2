"""Merging files in a process of its own: at a low priority, with memory that goes back to the system when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from touchpath.model.errors import Unavailable
from touchpath.stores.child_process import when_input_ends
from touchpath.stores.compaction import merge
from touchpath.stores.delta_log import DataFile
from touchpath.stores.signal_files import NewFile

#: Fewer rows than this are merged at once, before another process would have begun.
FEW_ROWS = 100_000
#: Behind everybody who waits for an answer.
_NICENESS = 15
#: Memory that is free again is used again rather than given back at once: the process lives for seconds, and fresh memory costs it more than its work.
_KEEP_MEMORY = {"MIMALLOC_PURGE_DELAY": "-1"}


class Order(msgspec.Struct, frozen=True):
    """What is to be merged, and where to."""

    folder: str
    files: tuple[DataFile, ...]
    spill: str


def merge_aside(folder: Path, files: Sequence[DataFile], spill: Path) -> list[NewFile]:
    """As `compaction.merge`, by another process if it is much. Raises Unavailable if that fails; its error output says why.

    A thread would share one interpreter, and its turns on the processors, with those who take signals in meanwhile. The other
    process lives no longer than this one: what it writes must not come after an erasure.
    """
    if sum(file.rows for file in files) < FEW_ROWS:
        return merge(folder, files, spill)
    order = msgspec.json.encode(Order(str(folder), tuple(files), str(spill)))
    command = [sys.executable, "-c", f"from {__name__} import obey; obey()"]
    environment = {**os.environ, **_KEEP_MEMORY}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order + b"\n")
        process.stdin.flush()  # and stays open: its end is the end of this process
        made = process.stdout.read()
    if process.returncode:
        raise Unavailable(f"Small files were not merged: the process that does it ended with {process.returncode}.")
    return msgspec.json.decode(made, type=list[NewFile])


def obey() -> None:
    """Merge what standard input names, and tell the new files on standard output; stop when the input ends."""
    os.nice(_NICENESS)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    when_input_ends(lambda: os._exit(1))
    failed = True
    try:
        made = merge(Path(order.folder), order.files, Path(order.spill))
        sys.stdout.buffer.write(msgspec.json.encode(made))
        sys.stdout.flush()
        failed = False
    except Exception:
        traceback.print_exc()
    os._exit(failed)  # no tidy end: the other thread sits in a read that nothing ends
