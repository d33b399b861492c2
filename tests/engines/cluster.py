"""A real standalone Spark cluster on loopback: one master, two workers of one core each, from the pip package's spark-class."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

SECONDS = 90
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"


def _end_with_parent() -> None:
    """No daemon outlives the tests, whatever happens to them."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Daemon:
    """One process of the cluster, ready once it has said so."""

    def __init__(self, folder: Path, arguments: list[str], ready: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        (folder / "conf").mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(folder / "scratch"),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": f"{QUICK} -Dspark.master.rest.enabled=false",
            "PYSPARK_PYTHON": sys.executable,
        }
        command = [
            str(home / "bin/spark-class"),
            f"org.apache.spark.deploy.{arguments[0]}",
            "--host",
            "127.0.0.1",
            *arguments[1:],
        ]
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_end_with_parent,
        )
        self._said: queue.Queue[str] = queue.Queue()
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        self.line = self._said.get(timeout=SECONDS)
        if not self.line:
            self.stop()
            raise RuntimeError("The process ended early:\n" + "".join(self._lines[-20:]))

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self, ready: str) -> None:
        for line in self._process.stderr:
            self._lines.append(line)
            if ready in line:
                self._said.put(line)
        self._said.put("")

    def stop(self, by: int = signal.SIGTERM) -> None:
        self._process.send_signal(by)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stderr.close()


class Cluster:
    """Start it, ask for `master`, stop it; a worker that was killed can be replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._daemons = folder, list[Daemon]()
        try:
            arguments = ["master.Master", "--port", "0", "--webui-port", "0"]
            self._master = Daemon(folder / "master", arguments, "Starting Spark master at")
            self.master = self._master.line.split(" at ")[-1].strip()
            self.workers = [self._worker() for _ in range(2)]
        except BaseException:
            self.stop()
            raise

    def _worker(self) -> Daemon:
        folder = self._folder / f"worker-{len(self._daemons)}"
        arguments = ["worker.Worker", "--cores", "1", "--memory", "600m", "--webui-port", "0", "--work-dir", str(folder / "work")]
        daemon = Daemon(folder, [*arguments, self.master], "Successfully registered with master")
        self._daemons.append(daemon)
        return daemon

    def kill_worker_of(self, pid: int) -> None:
        """SIGKILL the worker under which this Python process runs."""
        family = _ancestors(pid)
        victim = next(worker for worker in self.workers if worker.pid in family)
        victim.stop(signal.SIGKILL)
        self.workers.remove(victim)
        self._daemons.remove(victim)

    def replace_killed(self) -> None:
        while len(self.workers) < 2:
            self.workers.append(self._worker())

    def stop(self) -> None:
        for daemon in [*self._daemons, *([self._master] if hasattr(self, "_master") else [])]:
            daemon.stop()
        self._daemons = []


def _ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        found.append(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def stop_gateway() -> None:
    """End the driver's Java process, which otherwise lives as long as this one."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(30)
        SparkContext._gateway = SparkContext._jvm = None
