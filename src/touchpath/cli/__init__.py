"""The terminal's door: `touchpath --help`."""
