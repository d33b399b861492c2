"""Files of other systems as signals: CSV, JSON lines and Parquet, read by a mapping."""

from touchpath.sources.files.feed import FileFeed, FileSource
from touchpath.sources.files.mapping import Mapping
from touchpath.sources.files.mapping_text import parse_mapping

__all__ = ["FileFeed", "FileSource", "Mapping", "parse_mapping"]
