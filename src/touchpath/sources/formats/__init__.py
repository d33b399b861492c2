"""Files of known tools, recognised by what is in them and read without a mapping."""
