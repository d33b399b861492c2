"""Keeps the connection of this process to a Spark cluster, with errors that say what is missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from touchpath.model.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

_REACH_SECONDS = 5.0

#: For the whole application. Spark's own files (conf/spark-defaults.conf) hold everything else.
_APPLICATION = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.rpc.message.maxSize": "1024",
    "spark.scheduler.mode": "FAIR",
}

#: For our session in it: each row of a table that is handed over becomes a task of its own, and partitions stay as they are.
_SESSION = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
    "spark.sql.execution.arrow.localRelationThreshold": "0",
    "spark.sql.adaptive.enabled": "false",
}

_LOCK = threading.Lock()

#: Our session by master, one at most; and the applications that we did not find but started, so that we may end them.
_ours: dict[str, SparkSession] = {}
_started: list[SparkContext] = []


def open_session(master: str, properties: Mapping[str, str]) -> SparkSession:
    """A session of our own in this process's Spark application, which is started if there is none, or if it has ended.

    Raises Unavailable, saying what to do, without pyspark, without Java, if no master answers, or if this process is connected
    to another cluster; BadInput without a master.
    """
    with _LOCK:
        session = _ours.get(master)
        if session is None or not _is_alive(session.sparkContext):
            session = _ours[master] = _opened(master, properties)
        return session


def close_session() -> None:
    """End this process's Spark application if it is ours; one that was there before is left to whoever started it."""
    with _LOCK:
        for session in _ours.values():
            if session.sparkContext in _started and _is_alive(session.sparkContext):
                session.stop()
        _ours.clear()
        _started.clear()


def need_master(master: str) -> list[tuple[str, int]]:
    """The places of a standalone cluster's masters; none for the other kinds of clusters. Raises BadInput if it is none."""
    if not master:
        raise BadInput("The engine 'spark' needs a master. Set TOUCHPATH_SPARK_MASTER, as in spark://host:7077.")
    if not master.startswith("spark://"):
        if master.partition("[")[0].partition(":")[0] not in ("local", "yarn", "k8s"):
            raise _no_master(master)
        return []
    try:
        places = [urlsplit(f"//{place}") for place in master.removeprefix("spark://").split(",")]
        found = [(place.hostname or "", place.port or 7077) for place in places]
    except ValueError:
        raise _no_master(master) from None
    if not all(host for host, _ in found):
        raise _no_master(master)
    return found


def _no_master(master: str) -> BadInput:
    return BadInput(
        f"The Spark master came as '{master}'. Give spark://HOST:PORT in TOUCHPATH_SPARK_MASTER, as in spark://host:7077."
    )


def _opened(master: str, properties: Mapping[str, str]) -> SparkSession:
    kind = _need_spark()
    places = need_master(master)
    if places and not any(_answers(host, port) for host, port in places):
        raise Unavailable(f"No Spark master answers at {master}. Start it, or give another in TOUCHPATH_SPARK_MASTER.")
    found = _found_alive()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = kind.builder.appName("touchpath").master(master)
    for name, value in {**_APPLICATION, **properties}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate().newSession()
    except Exception as error:
        raise Unavailable(f"The Spark cluster at {master} could not be used: {_first_line(error)}") from error
    if str(session.sparkContext.master) != master:
        raise Unavailable(
            f"This process is connected to the Spark cluster at {session.sparkContext.master} already, so it cannot use {master}. "
            "End that connection first."
        )
    if not found:
        _started.append(session.sparkContext)
    for name, value in _SESSION.items():
        session.conf.set(name, value)
    return session


def _is_alive(context: SparkContext) -> bool:
    """Whether a connection can still be used: its Java process may have ended, or given up on its cluster."""
    try:
        return context._jsc is not None and not context._jsc.sc().isStopped()
    except Exception:
        return False


def _found_alive() -> bool:
    """Whether there is an application already. One that has ended by itself is cleared away: PySpark would go on using it."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    context = SparkContext._active_spark_context
    if context is None or _is_alive(context):
        return context is not None
    _ours.clear()
    _started.clear()
    gateway: Any = SparkContext._gateway
    java_ended = gateway is not None and _has_ended(gateway)
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        with contextlib.suppress(OSError):  # Nobody answers any more; then the second call clears the rest.
            context.stop()
        context.stop()
    SparkSession._instantiatedSession = SparkSession._activeSession = None
    if java_ended:
        gateway.shutdown()
        with contextlib.suppress(OSError, AttributeError):
            gateway.proc.stdin.close()
        SparkContext._gateway = SparkContext._jvm = None
    return False


def _has_ended(gateway: Any) -> bool:
    """Whether the Java process that PySpark started answers no more; what is left of it is cleared away."""
    process = getattr(gateway, "proc", None)
    try:
        gateway.jvm.java.lang.System.currentTimeMillis()
    except Exception:
        if process is not None:
            process.kill()
            process.wait(_REACH_SECONDS)
        return True
    return False


def _need_spark() -> type[SparkSession]:
    try:
        import pandas  # noqa: F401
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unavailable(
            f"The engine 'spark' needs {error.name or 'pyspark'}. Install it with: pip install 'touchpath[spark]'"
        ) from error
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise Unavailable(
            "The engine 'spark' needs Java 17 or newer. Install it, as with: apt-get install openjdk-17-jre-headless"
        )
    # Asked for by mapInArrow, which hands over Arrow's batches and no data frame.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    return SparkSession


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_REACH_SECONDS):
            return True
    except OSError:
        return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0]
