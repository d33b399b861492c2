"""Warming asks every fold there is, and leaves nothing to compile."""

from touchpath.metrics.catalogue import CATALOGUE
from touchpath.services.warm import _folds, warm_kernels


def test_every_metric_is_warmed():
    folds = [type(fold) for fold in _folds()]
    assert len(folds) > len(CATALOGUE)
    assert {"Funnel", "Attempts", "Answers", "Scores", "Volume", "Sessions", "DirectlyFollows"} <= {one.__name__ for one in folds}


def test_a_second_warming_finds_everything_compiled():
    warm_kernels()
    assert warm_kernels() < 5
