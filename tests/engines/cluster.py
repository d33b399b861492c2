"""A real standalone Spark cluster on loopback: one master, two workers of one core each, from the pip package's spark-class."""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

SECONDS = 120
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"

#: What makes an application small, and keeps it on this machine.
SMALL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.extraJavaOptions": QUICK,
}


def _end_with_parent() -> None:
    """No daemon outlives the tests, whatever happens to them."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Daemon:
    """One process of the cluster, ready once it has said so. All that it says is kept in its folder."""

    def __init__(self, folder: Path, arguments: list[str], ready: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        (folder / "conf").mkdir(parents=True, exist_ok=True)
        self.log = folder / "log.txt"
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
        start = [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{arguments[0]}"]
        self._process = subprocess.Popen(
            [*start, "--host", "127.0.0.1", *arguments[1:]],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_end_with_parent,
        )
        self.line, self._said = "", queue.Queue[str]()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()

    def wait(self) -> Daemon:
        """Until it is ready."""
        with contextlib.suppress(queue.Empty):
            self.line = self.line or self._said.get(timeout=SECONDS)
        if not self.line:
            self.stop()
            raise RuntimeError(f"The process was not ready within {SECONDS} s, or ended early:\n{self.log.read_text()[-2000:]}")
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self, ready: str) -> None:
        with self.log.open("w") as log:
            for line in self._process.stderr:
                log.write(line)
                log.flush()
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
        self.folder, self.workers, self._numbers = folder, list[Daemon](), 0
        arguments = ["master.Master", "--port", "0", "--webui-port", "0"]
        self._master = Daemon(folder / "master", arguments, "Starting Spark master at")
        try:
            self.master = self._master.wait().line.split(" at ")[-1].strip()
            self.replace_killed()
        except BaseException:
            self.stop()
            raise

    def replace_killed(self) -> None:
        """Two workers again, started side by side."""
        while len(self.workers) < 2:
            folder = self.folder / f"worker-{self._numbers}"
            self._numbers += 1
            arguments = [
                "worker.Worker",
                "--cores",
                "1",
                "--memory",
                "600m",
                "--webui-port",
                "0",
                "--work-dir",
                str(folder / "work"),
            ]
            self.workers.append(Daemon(folder, [*arguments, self.master], "Successfully registered with master"))
        for worker in self.workers:
            worker.wait()

    def kill_worker_of(self, pid: int) -> None:
        """SIGKILL the worker under which this Python process runs."""
        family = _ancestors(pid)
        self._kill(next(worker for worker in self.workers if worker.pid in family))

    def kill_workers(self) -> None:
        """SIGKILL all workers."""
        for worker in list(self.workers):
            self._kill(worker)

    def _kill(self, worker: Daemon) -> None:
        worker.stop(signal.SIGKILL)
        self.workers.remove(worker)

    def stop(self) -> None:
        """End all of it, and wait until the processes that it started have ended too."""
        started = [pid for daemon in [*self.workers, self._master] for pid in _descendants(daemon.pid)]
        for daemon in [*self.workers, self._master]:
            daemon.stop()
        self.workers = []
        patient_until = time.monotonic() + 20
        while (left := [pid for pid in started if _is_running(pid)]) and time.monotonic() < patient_until:
            time.sleep(0.1)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def logs(self) -> str:
        """The end of what every process said, executors included."""
        files = sorted(self.folder.rglob("log.txt")) + sorted(self.folder.rglob("stderr"))
        return "\n".join(f"-- {file}\n{file.read_text(errors='replace')[-3000:]}" for file in files)


def _stat(pid: int) -> list[str]:
    """What Linux says of a process after its name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        found.append(pid)
        pid = int(_stat(pid)[1])
    return found


def _descendants(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if pid in _ancestors(int(folder.name))[1:]:
                found.append(int(folder.name))
    return found


def _is_running(pid: int) -> bool:
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def stop_gateway() -> None:
    """End the driver's Java process, which otherwise lives as long as this one."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(30)
        SparkContext._gateway = SparkContext._jvm = None
