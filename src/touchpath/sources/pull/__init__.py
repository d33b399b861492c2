"""Connectors that pull records from other systems, page by page, with a cursor."""
