"""Each engine in a process of its own: loads its file once, then answers questions one by one, with seconds and peak memory."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """One answer: seconds, processor seconds of all threads, and the most memory held meanwhile, in MiB (loaded tables included)."""

    seconds: float
    worked: float
    peak: float
    answer: Any


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _serve(module: str, name: str, folder: Path, threads: int, pipe: Connection) -> None:
    os.environ["POLARS_MAX_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = str(threads)
    engine = getattr(__import__(module), name)(folder, threads)
    pipe.send({method for method in dir(engine) if callable(getattr(engine, method, None))})
    while call := pipe.recv():
        method, arguments = call
        _reset_peak()
        began, worked = time.perf_counter(), time.process_time()
        try:
            answer = getattr(engine, method)(*arguments)
        except Exception:
            pipe.send(traceback.format_exc())
            continue
        pipe.send(Ran(time.perf_counter() - began, time.process_time() - worked, _peak(), answer))


class Side:
    """An engine in its process; used with `with`. Raises SystemExit when a question fails there."""

    def __init__(self, module: str, name: str, folder: Path, threads: int) -> None:
        self.name, self.kind = name, module
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(module, name, folder, threads, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.methods: set[str] = self.pipe.recv()

    def ask(self, method: str, *arguments: object) -> Ran:
        self.pipe.send((method, arguments))
        found = self.pipe.recv()
        if isinstance(found, str):
            raise SystemExit(f"{self.kind}.{self.name}.{method} failed:\n{found}")
        return found

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.send(None)
        self.process.join(30)
        self.process.kill()
