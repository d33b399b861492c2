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
import asyncio
import bisect
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

KEY = "tp_bench_0123456789"
EVENTS = 100
#: What share of the bare server's rate is asked for.
ASKED = 0.4
SERVER, OTHER = {0}, {max(os.sched_getaffinity(0))}
BOTH = SERVER | OTHER
#: People come for so many calls, in as many batches; after so many visits the first people come again.
VISIT, VISITS = 20, 5_000

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

READER = """
import sys, time
from contextlib import closing
from pathlib import Path
from touchpath.bootstrap import open_workspace
with closing(open_workspace(Path(sys.argv[1]))) as workspace:
    while True:
        began = time.time()
        opened = workspace.platform.timelines.open("person", ())
        print(sum(shard.signals_read for shard in opened.shards), round(time.time() - began, 3), flush=True)
        time.sleep(max(0.0, 1 - (time.time() - began)))
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


def a_call(number: int) -> dict[str, object]:
    """One call; `@@` becomes what makes the batch unique, `##` which visit it is."""
    return {
        "type": "track",
        "event": ("Product Viewed", "Cart Added", "Checkout Started", "Order Completed")[number % 4],
        "userId": f"user-##-{number:02d}",
        "anonymousId": f"an-##-{number:02d}-4e60-4b2a",
        "messageId": f"{number:03d}-@@",
        "timestamp": "2026-11-25T09:00:00.123Z",
        "properties": {"order_id": f"o-{number}", "revenue": 59.9, "currency": "EUR", "sku": "A-1", "plan": "pro", "position": 3},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "page": {"path": "/pricing", "url": "https://shop.example/pricing", "title": "Pricing - Shop"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "locale": "en-GB",
        },
    }


def template() -> str:
    """The body of a batch."""
    calls = [a_call(number) for number in range(EVENTS)]
    return json.dumps({"batch": calls, "sentAt": "2026-11-25T09:00:01.000Z"}, separators=(",", ":"))


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


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, processors: set[int]) -> Iterator[subprocess.Popen[bytes]]:
    """A server on some processors, ready when this gives it."""
    with subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, processors)) as process:
        try:
            for _ in range(600):
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def find_drain(server: int) -> int:
    """The process id of a server's drain."""
    for _ in range(600):
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        more = [child for task in Path(f"/proc/{server}/task").iterdir() for child in (task / "children").read_text().split()]
        for child in {*children, *more}:
            if b"--while-fed" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        time.sleep(0.1)
    raise RuntimeError("the server has no drain")


def move_drain(server: int) -> int:
    """Put the drain of a server beside the loader, and give its process id."""
    drain = find_drain(server)
    for task in Path(f"/proc/{drain}/task").iterdir():
        os.sched_setaffinity(int(task.name), OTHER)
    return drain


def memory(process: int) -> float:
    """Memory of its own in MiB; pages of files that the system may drop at any time are not counted."""
    found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def make_workspace(folder: Path) -> None:
    """An empty workspace with a key."""
    program = [sys.executable, "-c", "from touchpath.cli.main import main; main()"]
    subprocess.run([*program, "init", str(folder)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*program, "key", "add", "bench", "--key", KEY, "-w", str(folder)], check=True, stdout=subprocess.DEVNULL)


def signals_in(folder: Path) -> int:
    """How many signals the lake holds."""
    from touchpath.stores.delta_lake import DeltaLake

    return sum(kind.signals for kind in DeltaLake(folder / "lake").kinds())


def wait_until_drained(folder: Path, patience: float = 300) -> float:
    """Seconds until the spool is empty."""
    from touchpath.stores.spool import SpoolFile

    spool, began = SpoolFile(folder / "spool.sqlite"), time.monotonic()
    while spool.backlog()[0]:
        if time.monotonic() - began > patience:
            raise RuntimeError("the spool was not drained")
        time.sleep(0.1)
    return time.monotonic() - began


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
    ours_command = [
        sys.executable,
        "-c",
        "from touchpath.cli.main import main; main()",
        "serve",
        str(workspace),
        "--port",
        str(port),
    ]
    with (
        running([sys.executable, "-c", BARE, str(bare_port)], bare_port, SERVER),
        running(ours_command, port, SERVER) as server,
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


@dataclass
class Held:
    """A steady load as it goes: what was taken by when, and samples of lag (seconds) and size (MiB)."""

    taken: int = 0
    refused: int = 0
    ended_drains: int = 0
    history: list[tuple[float, int]] = field(default_factory=list)
    lake_lag: list[float] = field(default_factory=list)
    answer_lag: list[float] = field(default_factory=list)
    spool: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    drain: list[float] = field(default_factory=list)


async def send_steadily(port: int, rate: float, seconds: float, held: Held) -> None:
    """Send batches at a steady rate over a few connections."""
    text, began, stamp, due = template(), time.monotonic(), f"{time.time_ns()}", itertools.count()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (wait := began + (number := next(due)) / rate - time.monotonic()) < seconds and time.monotonic() - began < seconds:
            await asyncio.sleep(max(0.0, wait))
            body = text.replace("@@", f"{stamp}-{number}").replace("##", f"{number // VISIT % VISITS:05d}").encode()
            head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            if answer.startswith(b"HTTP/1.1 200"):
                held.taken += 1
                held.history.append((time.time(), held.taken * EVENTS))
            else:
                held.refused += 1
        writer.close()

    await asyncio.gather(*(sender() for _ in range(8)))


def watch(held: Held, workspace: Path, server: int, drain: int, stop: threading.Event) -> None:
    """Take a sample each second. A drain that ends, though another one goes on, is a fault: it is counted."""
    from touchpath.stores.spool import SpoolFile

    spool = SpoolFile(workspace / "spool.sqlite")
    while not stop.wait(1.0):
        oldest = spool.backlog()[1]
        held.lake_lag.append(time.time() - oldest / 1e6 if oldest else 0.0)
        files = (workspace / f"spool.sqlite{end}" for end in ("", "-wal"))
        held.spool.append(sum(file.stat().st_size for file in files if file.exists()) / 2**20)
        held.server.append(memory(server))
        if not Path(f"/proc/{drain}").exists():
            held.ended_drains, drain = held.ended_drains + 1, find_drain(server)
        held.drain.append(memory(drain))
        if len(held.drain) % 60 == 0:
            print(
                f"minute {len(held.drain) // 60}: {held.taken * EVENTS:,} taken, lake lag {percentile(held.lake_lag[-60:], 95)} s (p95), "
                f"{percentile(held.lake_lag[-60:], 100)} s (most); answer lag {percentile(held.answer_lag[-60:], 95)} s, "
                f"{percentile(held.answer_lag[-60:], 100)} s; memory server {held.server[-1]:.0f} MiB, drain {held.drain[-1]:.0f} MiB",
                file=sys.stderr,
                flush=True,
            )


def read_lags(held: Held, reader: subprocess.Popen[bytes]) -> None:
    """For each time that timelines were opened: how long before it the last signal was accepted that they do not miss."""
    assert reader.stdout is not None
    for line in reader.stdout:
        shown, now = int(line.split()[0]), time.time()
        history = list(held.history)
        place = bisect.bisect_right(history, shown, key=lambda one: one[1])
        if place < len(history):
            held.answer_lag.append(now - history[place][0])


def hold(folder: Path, rate: float, seconds: float) -> None:
    """A steady load against a server with its drain and a reader; says what came of it, last as JSON."""
    workspace, port = folder / "held", free_port()
    make_workspace(workspace)
    held, stop = Held(), threading.Event()
    command = [sys.executable, "-c", "from touchpath.cli.main import main; main()", "serve", str(workspace), "--port", str(port)]
    with running(command, port, BOTH) as server:
        drain = find_drain(server.pid)
        reading = [sys.executable, "-c", READER, str(workspace)]
        with subprocess.Popen(reading, stdout=subprocess.PIPE) as reader:
            threads = [
                threading.Thread(target=watch, args=(held, workspace, server.pid, drain, stop)),
                threading.Thread(target=read_lags, args=(held, reader)),
            ]
            asyncio.run(send_steadily(port, 10, 0.5, held))  # so that the drain has started when the clock does
            wait_until_drained(workspace)
            for thread in threads:
                thread.start()
            asyncio.run(send_steadily(port, rate, seconds, held))
            drained = wait_until_drained(workspace)
            stop.set()
            reader.terminate()
            for thread in threads:
                thread.join()
    part = max(1, len(held.server) // 4)
    result = {
        "batches_per_second": rate,
        "taken": held.taken * EVENTS,
        "refused_batches": held.refused,
        "ended_drains": held.ended_drains,
        "in_lake": signals_in(workspace),
        "drained_after_seconds": round(drained, 1),
        "lake_lag_p95": percentile(held.lake_lag, 95),
        "lake_lag_most": percentile(held.lake_lag, 100),
        "answer_lag_p95": percentile(held.answer_lag, 95),
        "answer_lag_most": percentile(held.answer_lag, 100),
        "spool_mib_most": percentile(held.spool, 100),
        "server_mib_first_last_quarter": [round(median(held.server[:part])), round(median(held.server[-part:]))],
        "drain_mib_first_last_quarter": [round(median(held.drain[:part])), round(median(held.drain[-part:]))],
    }
    print(json.dumps(result), flush=True)


def percentile(samples: list[float], share: int) -> float:
    """The nearest-rank percentile, rounded; 0 without samples."""
    ordered = sorted(samples)
    return round(ordered[max(0, -(-len(ordered) * share // 100) - 1)], 2) if ordered else 0.0


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
