"""Opens the connection to a Spark cluster, with errors that say what is missing."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from touchpath.model.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OPENING = threading.Lock()
_REACH_SECONDS = 5.0

#: For the whole application. Spark's own files (conf/spark-defaults.conf) hold everything else.
_APPLICATION = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.rpc.message.maxSize": "1024",
}

#: For our session in it: each row of a table that is handed over becomes a task of its own.
_SESSION = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
    "spark.sql.execution.arrow.localRelationThreshold": "0",
}


def open_session(master: str, properties: Mapping[str, str]) -> SparkSession:
    """A session of our own in this process's Spark application, which is started if there is none.

    Raises Unavailable, saying what to do, without pyspark, without Java, or if no master answers; BadInput without a master.
    """
    builder_of = _need_spark()
    _reach(master)
    with _OPENING:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder_of.builder.appName("touchpath").master(master)
        for name, value in {**_APPLICATION, **properties}.items():
            builder = builder.config(name, value)
        try:
            session = builder.getOrCreate().newSession()
        except Exception as error:
            raise Unavailable(f"The Spark cluster at {master} could not be used: {_first_line(error)}") from error
        for name, value in _SESSION.items():
            session.conf.set(name, value)
        return session


def _need_spark() -> type[SparkSession]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unavailable("The engine 'spark' needs pyspark. Install it with: pip install 'touchpath[spark]'") from error
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise Unavailable(
            "The engine 'spark' needs Java 17 or newer. Install it, as with: apt-get install openjdk-17-jre-headless"
        )
    return SparkSession


def _reach(master: str) -> None:
    """Raises if it is a standalone master that nobody answers for; Spark itself would try for a minute."""
    if not master:
        raise BadInput("The engine 'spark' needs a master. Set TOUCHPATH_SPARK_MASTER, as in spark://host:7077.")
    if not master.startswith("spark://"):
        return
    places = [urlsplit(f"//{place}") for place in master.removeprefix("spark://").split(",")]
    try:
        found = [(place.hostname or "", place.port or 7077) for place in places]
    except ValueError:
        raise BadInput(f"The Spark master came as '{master}'. Give spark://HOST:PORT, as in spark://host:7077.") from None
    if not any(_answers(host, port) for host, port in found):
        raise Unavailable(f"No Spark master answers at {master}. Start it, or give another in TOUCHPATH_SPARK_MASTER.")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_REACH_SECONDS):
            return True
    except OSError:
        return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0]
