"""The nouns: what an experience is made of, and what a number must say. Frozen, no I/O."""
