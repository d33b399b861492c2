"""What a number means: each metric names the fold that counts, the function that concludes, and the words that explain."""
