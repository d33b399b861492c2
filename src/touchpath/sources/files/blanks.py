"""Tables written for the eye, their cells lined up with blanks, as streams of tab-separated lines."""

from __future__ import annotations

import re
from pathlib import Path

from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.parts import Part

_RUN = re.compile(rb"[ \t]+")
_AROUND = re.compile(rb"^\t|\t(?=\r?$)", re.M)


def squeeze(lines: bytes) -> bytes:
    """Whole lines with one tab for each run of spaces and tabs, and none around a line."""
    return _AROUND.sub(b"", _RUN.sub(b"\t", lines))


class SqueezedStream(ByteStream):
    """A file whose runs of blanks come as one tab each. Cells that hold blanks themselves cannot be told apart."""

    def __init__(self, path: Path | Part, encoding: str = "utf-8") -> None:
        super().__init__(path, encoding)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """The next lines, about `size` bytes of the file; b"" at the end, and only there."""
        while True:
            more = super().read(size)
            content = self._rest + more
            cut = content.rfind(b"\n") + 1 if more else len(content)
            self._rest = content[cut:]
            squeezed = squeeze(content[:cut])
            if squeezed or not more:
                return squeezed
