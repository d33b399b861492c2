"""Where folds run."""
