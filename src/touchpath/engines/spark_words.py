"""Tells the troubles of a Spark cluster in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from touchpath.engines.versions import differ
from touchpath.model.errors import Unavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SPARKS_OWN = ("SparkException", "Py4JJavaError", "PythonException")


def in_words(error: Exception) -> Unavailable:
    """Why a job failed, and what to do."""
    text = str(error)
    if "PYTHON_VERSION_MISMATCH" in text:
        worker, driver = (re.search(rf"{side}[^0-9]*([0-9]+\.[0-9]+)", text) for side in ("in worker", "in driver"))
        return differ({"Python": driver[1] if driver else "?"}, {"Python": worker[1] if worker else "?"})
    if "spark.driver.maxResultSize" in text:
        return Unavailable(
            f"{_size_of(text)} Ask for fewer periods, segments or kinds at once, or raise spark.driver.maxResultSize (and "
            "spark.driver.memory) in Spark's conf/spark-defaults.conf."
        )
    return Unavailable(f"The Spark cluster could not finish the query: {_cause(text) or repr(error)}")


def no_workers(session: SparkSession, seconds: float) -> Unavailable:
    """Nobody took the query."""
    context = session.sparkContext
    memory = context.getConf().get("spark.executor.memory", "1g")
    return Unavailable(
        f"For {seconds:g} s no worker of the Spark cluster at {context.master} has worked for us. Start a worker there, or free a "
        f"core and {memory} of memory (spark.executor.memory) on one; its web page tells which workers are alive."
    )


def _size_of(text: str) -> str:
    found = re.search(r"Total size of serialized results of (\d+) tasks \(([^)]*)\) is bigger than [^(]*\(([^)]*)\)", text)
    if found is None:
        return "The answers of the workers are larger than Spark's driver takes."
    return f"The answers of {found[1]} tasks take {found[2]}, and Spark's driver takes {found[3]} at most."


def _cause(text: str) -> str:
    """The line of a long report that says most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.$]*(Error|Exception)\b.", line)]
    causes = [line for line in errors if not any(own in line for own in _SPARKS_OWN)]
    return (causes or errors or lines or [""])[-1]
