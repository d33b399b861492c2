"""The terminal's door: `touchpath --help`."""

from touchpath.cli.main import main

__all__ = ["main"]
