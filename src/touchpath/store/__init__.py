"""The promises that storage keeps. Protocols only."""
