"""XML read as a stream of starts and ends of elements: no tree is built, and nothing that a document declares is expanded.

A document type declaration is refused as a whole. Event logs need none, and with one a file of a few lines can stand for gigabytes
or for files of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.parsers import expat

from touchpath.model.errors import BadInput
from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.parts import Part

_BLOCK = 256 << 10

#: The longest text of one element, and the deepest nesting, that are read.
LONGEST_TEXT, DEEPEST = 1 << 20, 100


class Step(NamedTuple):
    """The start of an element (`opens`) or its end, with the text that stood directly in it. Names come without a prefix."""

    opens: bool
    name: str
    attributes: Mapping[str, str]
    text: str
    line: int
    position: int


def steps(part: Part) -> Iterator[Step]:
    """The elements of a file in order; raises BadInput with the line at the first thing that is no XML of a log."""
    with ByteStream(part) as stream:
        reading = _Reading(stream, part.name)
        while True:
            block = stream.read(_BLOCK)
            fault = reading.feed(block)
            yield from reading.taken()
            if fault:
                raise fault
            if not block:
                if stream.broken:
                    raise BadInput(f"{part.name}: {stream.broken}")
                return


class _Reading:
    """One pass of the parser, which pushes what it finds into a list."""

    def __init__(self, stream: ByteStream, name: str) -> None:
        self._stream, self._name = stream, name
        self._found: list[Step] = []
        self._texts: list[list[str]] = []
        self._size = self._position = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse

    def feed(self, block: bytes) -> BadInput | None:
        """Read on; gives what was wrong, as what came before it still counts."""
        self._position = self._stream.position
        try:
            self._parser.Parse(block, not block and not self._stream.broken)
        except BadInput as fault:
            return fault
        except expat.ExpatError as error:
            return BadInput(f"{self._name}:{error.lineno}: The file is not XML from here on: {expat.ErrorString(error.code)}.")
        return None

    def taken(self) -> list[Step]:
        """What was found since the last time."""
        found, self._found = self._found, []
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._texts) >= DEEPEST:
            raise BadInput(f"{self._name}:{self._parser.CurrentLineNumber}: Elements are nested deeper than {DEEPEST} levels.")
        self._texts.append([])
        self._size = 0
        self._push(True, name, attributes, "")

    def _end(self, name: str) -> None:
        self._push(False, name, {}, "".join(self._texts.pop()))

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._size > LONGEST_TEXT:
            raise BadInput(f"{self._name}:{self._parser.CurrentLineNumber}: A text is longer than {LONGEST_TEXT:,} characters.")
        self._texts[-1].append(text)

    def _push(self, opens: bool, name: str, attributes: Mapping[str, str], text: str) -> None:
        plain = name.rpartition(":")[2] if ":" in name else name
        self._found.append(Step(opens, plain, attributes, text, self._parser.CurrentLineNumber, self._position))

    def _refuse(self, *_declared: object) -> None:
        line = self._parser.CurrentLineNumber
        raise BadInput(
            f"{self._name}:{line}: The file declares a document type or entities. Event logs need none: take them out."
        )
