"""Warming asks every fold there is, and leaves nothing to compile."""

import subprocess
import sys
from pathlib import Path

from touchpath.metrics.catalogue import METRICS
from touchpath.services.warm import _folds, warm_kernels

VECTORS = sorted((Path(__file__).parents[2] / "docs" / "conformance").glob("*.json"))

#: In a process of its own, since kernels that another test has used are ready here. Prints each kernel that was not.
COUNT = """
import sys
from pathlib import Path
from numba.core.registry import CPUDispatcher
from touchpath.engines.local import LocalEngine
from touchpath.services.vectors import check_vectors
from touchpath.services.warm import warm_kernels

def ready():
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("touchpath.")]
    kernels = {id(one): one for module in modules for one in vars(module).values() if isinstance(one, CPUDispatcher)}
    return {f"{one.__module__}.{one.__name__}": len(one.signatures) for one in kernels.values()}

warm_kernels()
warm = ready()
for file in map(Path, sys.argv[1:]):
    check_vectors(file.read_bytes(), LocalEngine(1), file.name)
    for name, signatures in ready().items():
        if warm.get(name) != signatures:
            print(f"{name}, first used by {file.name}")
    warm = ready()
"""


def test_every_metric_is_warmed():
    folds = [type(fold) for fold in _folds()]
    assert len(folds) > len(METRICS)
    assert {"Funnel", "Attempts", "Answers", "Scores", "Volume", "Sessions", "DirectlyFollows"} <= {one.__name__ for one in folds}


def test_a_second_warming_finds_everything_compiled():
    warm_kernels()
    assert warm_kernels() < 5


def test_no_published_case_finds_anything_left_to_compile():
    asked = subprocess.run([sys.executable, "-c", COUNT, *map(str, VECTORS)], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.splitlines() == []
