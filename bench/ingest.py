"""Live signals per second, durable and judged one by one, beside a bare server that parses the same bodies and keeps nothing.

    python bench/ingest.py [--seconds 5] [--rounds 3] [--connections 32]
    python bench/ingest.py --hold SECONDS [--rate BATCHES_PER_SECOND]

Batches of 100 calls of about 600 bytes, sent by wrk: 100 of 500,000 people at a time, each of whom comes for 20 calls. Both servers run on uvicorn with uvloop and httptools, one worker, pinned to one
processor; the loader has the other one, together with the drain that takes signals into the lake and a reader that asks for the newest
timelines every second. Rounds of the two servers take turns. After each of our rounds the spool is drained, and the lake must hold
exactly what was answered with 200.

--hold: a steady rate for so long, telling memory, spool and lag all along; the last line is JSON. The rate is half of what is asked of us, which
is ASKED of the bare server's median, so that it does not depend on how well we did; or --rate.
Here all share both processors as the system has it.
Lake lag is the age of the oldest post in the spool; answer lag is how long ago everything was accepted that timelines show.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from steady_load import hold
from under_load import (
    EVENTS,
    KEY,
    OTHER,
    READER,
    SERVER,
    VISIT,
    VISITS,
    find_drain,
    free_port,
    make_workspace,
    memory,
    running,
    serving,
    signals_in,
    template,
    wait_until_drained,
)

#: What share of the bare server's rate is asked for.
ASKED = 0.4

BARE = """
import gc, sys, msgspec, uvicorn
read = msgspec.json.Decoder().decode
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    read(b"".join(parts))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", b"16")]})
    await send({"type": "http.response.body", "body": b'{"success":true}'})
gc.collect(); gc.freeze(); gc.set_threshold(100_000, 50, 1000)
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
"""

LUA = """
local template = [==[%s]==]
local seed, count = os.time() %% 100000 * 1000, 0
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer %s"
wrk.headers["Content-Type"] = "application/json"
local thread_number = 0
function setup(thread) thread:set("number", thread_number); thread_number = thread_number + 1 end
function request()
  count = count + 1
  local stamp = string.format("%%d-%%d-%%d", seed, number, count)
  local visit = string.format("%%05d", math.floor(count / %d) %% %d)
  return wrk.format(nil, "/v1/batch", nil, (template:gsub("@@", stamp):gsub("##", visit)))
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%.1f %%.1f\\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True)
class Round:
    """One round: batches answered with 200 per second, the rest, and latency in milliseconds."""

    batches: int
    rate: float
    refused: int
    broken: int
    middle: float
    slow: float


def load(port: int, seconds: int, connections: int, folder: Path) -> Round:
    """Send as fast as it goes, on the other processor."""
    script = folder / "load.lua"
    script.write_text(LUA % (template(), KEY, VISIT, VISITS))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, OTHER))
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)", ran.stdout)
    assert found, ran.stdout + ran.stderr
    requests, micros, refused, broken = (int(text) for text in found.groups()[:4])
    batches = requests - refused
    return Round(batches, batches / (micros / 1e6), refused, broken, float(found[5]), float(found[6]))


def move_drain(server: int) -> int:
    """Put the drain of a server beside the loader, and give its process id."""
    drain = find_drain(server)
    for task in Path(f"/proc/{drain}/task").iterdir():
        os.sched_setaffinity(int(task.name), OTHER)
    return drain


def verdict(more: int, connections: int) -> str:
    """What the lake holds beyond the answers that the loader saw: it stops with one batch under way on each connection."""
    if 0 <= more <= connections * EVENTS:
        return f"exact (and {more:,} that were under way at the end)"
    return f"DIFFERENT by {more:+,}"


def side_by_side(folder: Path, seconds: int, rounds: int, connections: int) -> float:
    """Rounds in turns; gives the bare server's median rate in batches per second."""
    workspace = folder / "workspace"
    make_workspace(workspace)
    bare_port, port = free_port(), free_port()
    with (
        running([sys.executable, "-c", BARE, str(bare_port)], bare_port, SERVER),
        running(serving(workspace, port), port, SERVER) as server,
        subprocess.Popen(
            [sys.executable, "-c", READER, str(workspace)],
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, OTHER),
        ) as reader,
    ):
        drain = move_drain(server.pid)
        load(bare_port, 2, connections, folder), load(port, 2, connections, folder)
        wait_until_drained(workspace)
        bare, ours, held = list[Round](), list[Round](), signals_in(workspace)
        for _ in range(rounds):
            bare.append(load(bare_port, seconds, connections, folder))
            one = load(port, seconds, connections, folder)
            lag = wait_until_drained(workspace)
            now = signals_in(workspace)
            told, held = now - held, now
            ours.append(one)
            whole = verdict(told - one.batches * EVENTS, connections)
            print(
                f"bare {bare[-1].rate:7,.0f}/s p99 {bare[-1].slow:6.1f} ms | ours {one.rate:7,.0f}/s = {one.rate * EVENTS:9,.0f} events/s, "
                f"p50 {one.middle:.1f} p99 {one.slow:.1f} ms, refused {one.refused}, broken {one.broken}; lake {whole}, drained {lag:.1f} s "
                f"later; memory server {memory(server.pid):.0f} MiB, drain {memory(drain):.0f} MiB",
                flush=True,
            )
        reader.terminate()
    ratio = median(o.rate for o in ours) / median(b.rate for b in bare)
    print(f"accepted, judged and durable against bare: {ratio:.2f} (medians), best against best "
          f"{max(o.rate for o in ours) / max(b.rate for b in bare):.2f}")  # fmt: skip
    return median(b.rate for b in bare)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--hold", type=float, default=0, help="seconds of a steady load")
    parser.add_argument("--rate", type=float, default=0, help="its batches per second; half of what is asked for unless given")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rate = chosen.rate
        if not (chosen.hold and rate):
            rate = ASKED / 2 * side_by_side(Path(folder), chosen.seconds, chosen.rounds, chosen.connections)
        if chosen.hold:
            hold(Path(folder), rate, chosen.hold)


if __name__ == "__main__":
    main()
