"""What a number means: fold, conclusion, words. One file per family."""
