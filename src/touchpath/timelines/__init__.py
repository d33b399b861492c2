"""Timelines, the folds that read them, and the kernels inside. Arrays only: no files, no names of people."""
