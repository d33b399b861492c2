"""The engine that settings name: ours, one of a package, or a clear error."""

from __future__ import annotations

import builtins
import shutil
from importlib.metadata import EntryPoint

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.engines import choice
from touchpath.engines.choice import choose_engine
from touchpath.engines.local import LocalEngine
from touchpath.engines.spark import SparkEngine
from touchpath.engines.spark_session import open_session
from touchpath.model.errors import BadInput, Unavailable
from touchpath.settings import load_settings


def test_a_workspace_runs_its_queries_where_the_settings_say(tmp_path):
    create_workspace(tmp_path / "w")
    for settings, expected in (
        ({}, LocalEngine(2)),
        ({"TOUCHPATH_ENGINE": "spark", "TOUCHPATH_SPARK_MASTER": "spark://host:7077"}, SparkEngine("spark://host:7077")),
    ):
        workspace = open_workspace(tmp_path / "w", load_settings(settings, threads=2))
        assert workspace.platform.engine.engine == expected
        workspace.close()


def test_settings_reach_the_engine():
    chosen = {"spark_master": "spark://a:1,b:2", "spark_most_sent_mb": 7, "spark_patience_seconds": 9}
    engine = choose_engine("spark", chosen)
    assert (engine.most_sent, engine.patience_seconds) == (7 << 20, 9.0)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("sparc", {}, "Did you mean 'spark'"),
        ("cloud", {}, "There are: local, spark"),
        ("spark", {}, "Set TOUCHPATH_SPARK_MASTER, as in spark://host:7077"),
        ("spark", {"spark_master": "host:7077"}, "came as 'host:7077'"),
        ("spark", {"spark_master": "spark://host:many"}, "came as 'spark://host:many'"),
        ("spark", {"spark_master": "spark://:7077"}, "came as 'spark://:7077'"),
    ],
)
def test_what_is_wrong_with_the_settings_is_told(name, settings, said):
    with pytest.raises(BadInput) as caught:
        choose_engine(name, settings)
    assert said in str(caught.value)


def test_a_package_brings_an_engine_but_never_replaces_ours(monkeypatch):
    brought = [
        EntryPoint("theirs", "touchpath.engines.local:open_engine", choice.GROUP),
        EntryPoint("spark", "touchpath.engines.local:open_engine", choice.GROUP),
        EntryPoint("gone", "touchpath.nowhere:open_engine", choice.GROUP),
        EntryPoint("empty", "builtins:dict", choice.GROUP),
    ]
    monkeypatch.setattr(choice, "entry_points", lambda group: brought)
    assert choose_engine("theirs", {"threads": 3}) == LocalEngine(3)
    assert choose_engine("spark", {"spark_master": "spark://host"}) == SparkEngine("spark://host")
    with pytest.raises(BadInput, match=r"'gone'.*cannot be loaded.*nowhere"):
        choose_engine("gone", {})
    with pytest.raises(BadInput, match=r"'empty'.*has no summarise, summarise_all, select"):
        choose_engine("empty", {})


# -- what is missing is told when a query first needs it ----------------------------------------------------------------


@pytest.mark.parametrize("package", ["pyspark", "pandas"])
def test_without_the_extra_its_name_is_told(monkeypatch, package):
    true_import = builtins.__import__

    def without(name, *arguments, **more):
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named '{name}'", name=package)
        return true_import(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unavailable, match=rf"needs {package}\. Install it with: pip install 'touchpath\[spark\]'"):
        open_session("spark://nowhere:7077", {})


def test_without_java_it_is_told(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="needs Java 17 or newer"):
        open_session("spark://nowhere:7077", {})


def test_a_master_that_does_not_answer_is_told_at_once():
    with pytest.raises(Unavailable, match=r"No Spark master answers at spark://127\.0\.0\.1:9"):
        open_session("spark://127.0.0.1:9", {})
