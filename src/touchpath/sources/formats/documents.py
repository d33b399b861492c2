"""The elements of lists inside one large JSON document, streamed: the document itself is never held in memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.csv_rows import LONGEST_RECORD
from touchpath.sources.files.parts import Part
from touchpath.sources.files.sniff import Sample

#: The name of a list that is the document itself.
LISTED = ""

_BLOCK = 1 << 20
_GAP = re.compile(r"[ \t\r\n]*")
_SEPARATORS = re.compile(r"[ \t\r\n,]*")
_DECODER = json.JSONDecoder()


class Element(NamedTuple):
    """One element of a list: the list's name, the line it begins on, its text, why it is none, bytes of the part read so far."""

    under: str
    line: int
    text: bytes
    fault: str
    position: int


def list_within(sample: Sample, under: Sequence[str]) -> bool | None:
    """Whether a document is one object with such a list (True), one list (False), or neither, as JSON lines are (None)."""
    text = sample.content.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("["):
        return False
    if not text.startswith("{") or not under:
        return None
    first = text.partition("\n")[0]
    if len(first) < len(text.rstrip()) and _is_whole(first):
        return None
    return True if any(re.search(rf'"{re.escape(name)}"\s*:\s*[\[{{]', text) for name in under) or not _is_whole(first) else None


def _is_whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def elements(part: Part, wanted: Sequence[str]) -> Iterator[Element]:
    """The elements of the lists (and the members of the objects) with these names, in the order of the file. A broken document ends at the fault, which is told."""
    with ByteStream(part) as stream:
        yield from _Reading(stream, frozenset(wanted)).elements()


class _Broken(Exception):
    """What stands here is no JSON, or there is no more of it."""


class _Reading:
    """Where one pass over a document has got to."""

    def __init__(self, stream: ByteStream, wanted: frozenset[str]) -> None:
        self._stream, self._wanted = stream, wanted
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text, self._at, self._line, self._ended = "", 0, 1, False

    def elements(self) -> Iterator[Element]:
        try:
            opening = self._next()
            if opening == "[":
                yield from self._list(LISTED)
            elif opening == "{":
                yield from self._object()
            elif opening:
                raise _Broken("it begins with neither a list nor an object")
        except _Broken as fault:
            why = self._stream.broken or f"From here on the file is not JSON: {fault}."
            rest = self._text[self._at : self._at + 2_000].encode("utf-8", "surrogateescape")
            yield Element(LISTED, self._line, rest, why, self._stream.position)

    def _object(self) -> Iterator[Element]:
        """The members of the document: wanted lists are given element by element, whatever else is passed over."""
        self._at += 1
        while (sign := self._next(_SEPARATORS)) != "}":
            if sign != '"':
                raise _Broken(f"a name in quotes is due, but {sign!r} came")
            name, _ = self._value()
            if self._next() != ":":
                raise _Broken("a colon is due after a name")
            self._at += 1
            sign = self._next()
            if sign == "[":
                yield from self._list(str(name))
            elif sign == "{" and name in self._wanted:
                yield from self._members(str(name))
            else:
                self._value()

    def _members(self, name: str) -> Iterator[Element]:
        """The members of a wanted object, each as {"key": its name, "value": what it is}."""
        self._at += 1
        while self._next(_SEPARATORS) != "}":
            line = self._line
            _, key = self._value()
            if self._next() != ":":
                raise _Broken("a colon is due after a name")
            self._at += 1
            self._next()
            _, text = self._value()
            whole = f'{{"key":{key},"value":{text}}}'
            yield Element(name, line, whole.encode("utf-8", "surrogateescape"), "", self._stream.position)
        self._at += 1

    def _list(self, name: str) -> Iterator[Element]:
        self._at += 1
        wanted = name in self._wanted
        while self._next(_SEPARATORS) != "]":
            line = self._line
            _, text = self._value()
            if wanted:
                yield Element(name, line, text.encode("utf-8", "surrogateescape"), "", self._stream.position)
        self._at += 1

    def _next(self, gap: re.Pattern[str] = _GAP) -> str:
        """The next sign behind a gap; "" at the end of the document."""
        while True:
            found = gap.match(self._text, self._at)
            self._move(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                if gap is _SEPARATORS:
                    raise _Broken("it ends in the middle")
                return ""

    def _value(self) -> tuple[object, str]:
        """The value that begins here, with its text."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > LONGEST_RECORD:
                    raise _Broken(f"one value is longer than {LONGEST_RECORD:,} characters or is not closed") from error
                if not self._more():
                    raise _Broken(str(error).partition(":")[0]) from error
                continue
            if end == len(self._text) and self._more():
                continue
            text = self._text[self._at : end]
            self._move(end)
            return value, text

    def _move(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read on; False at the end."""
        if self._ended:
            return False
        block = self._stream.read(_BLOCK)
        self._ended = not block
        self._text, self._at = self._text[self._at :] + self._decode(block, not block), 0
        return not self._ended
