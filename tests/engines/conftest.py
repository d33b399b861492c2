"""One cluster for all tests of a process; its workers import the files beside this one, too."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import cluster
import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Connected:
    """A running cluster and an engine that uses it. versions: a folder on the workers' path, where tests may put packages."""

    cluster: object
    engine: object
    versions: Path

    def patient(self, **changes):
        """The same engine, changed a little."""
        return replace(self.engine, **changes)


@pytest.fixture(scope="session")
def connected(tmp_path_factory, request):
    """A cluster of one master and two workers. When a test fails, what its processes said is shown."""
    from touchpath.engines.spark import SparkEngine

    folder = tmp_path_factory.mktemp("cluster")
    (folder / "versions").mkdir()
    path = [str(folder / "versions"), str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    properties = {**cluster.SMALL, "spark.executorEnv.PYTHONPATH": os.pathsep.join(path)}
    failed, started = request.session.testsfailed, cluster.Cluster(folder)
    engine = SparkEngine(started.master, properties=properties)
    try:
        yield Connected(started, engine, folder / "versions")
        engine.close()
    finally:
        if request.session.testsfailed > failed:
            print(started.logs())
        cluster.stop_gateway()
        started.stop()
