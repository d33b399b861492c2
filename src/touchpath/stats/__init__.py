"""Numbers in, numbers out: intervals, tests and scores. Pure, and free of any idea where the numbers came from."""
