"""Whether a text or a file names a person, in whatever way its system writes ids."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.model.email import hash_email

_ADDRESS = re.compile(r"[\w.%+-]+@[\w.-]+\.\w+")
_TELLING = 6
#: The name of a field that says who somebody is, in JSON (perhaps inside a JSON text) or as name=value, up to its value.
_PERSONS_FIELD = r"\b\w{0,40}(?:user|customer|client|contact|member|person|actor|anonymous|distinct|requester)\w{0,40}[\"'\\\\]*\s*[:=]\s*[\"'\\\\]*"
#: Texts without line ends are looked at in pieces, which share so much with the one before that no id is cut.
_PIECE, _SHARED = 1 << 20, 4096


def holds_actor(record: str, actors: Sequence[str]) -> bool:
    """Whether a text names one of these actors; see `QuarantineFile.forget`."""
    addresses = {f"email:{hash_email(found)}" for found in _ADDRESS.findall(record)}
    return any(
        _holds_word(record, actor) or actor in addresses or any(_holds_name(record, name) for name in _names(actor))
        for actor in actors
    )


def _names(actor: str) -> list[str]:
    """What a system itself calls an actor: the id without its namespace, and without the name of the system that it comes from."""
    namespace, _, name = actor.partition(":")
    own = name.partition("-")[2] if namespace == "external" else ""
    return [name, own] if own else [name]


def _holds_name(record: str, name: str) -> bool:
    if len(name) >= _TELLING:
        return _holds_word(record, name)
    return re.search(rf"{_PERSONS_FIELD}{re.escape(name)}(?!\w)", record, re.IGNORECASE) is not None


def _holds_word(record: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", record) is not None


def file_names_actor(path: Path, actors: Sequence[str]) -> bool:
    """Whether a file names one of these actors; a text, packed or not, a table, an archive. True for one that cannot be read.

    It may name them then, and nobody could tell.
    """
    try:
        return any(holds_actor(piece, actors) for piece in _pieces(path))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, pa.ArrowException, RuntimeError, NotImplementedError):
        return True


def _pieces(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"PAR1":
        for batch in pq.ParquetFile(path).iter_batches(10_000):
            yield str(batch.to_pylist())
    elif head[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as opened:
                    yield from _texts(opened.read)
    elif head[:2] == b"\x1f\x8b":
        with gzip.open(path, "rb") as packed:
            yield from _texts(packed.read)
    elif head.startswith(b"SQLite format 3"):
        raise ValueError("a database is not looked through")
    else:
        with path.open("rb") as plain:
            yield from _texts(plain.read)


def _texts(read: Callable[[int], bytes]) -> Iterator[str]:
    """The text piece by piece; bytes that are no UTF-8 (or UTF-16, where it begins so) are read as Latin-1, which never fails."""
    last = b""
    form = ""
    while piece := read(_PIECE):
        form = form or ("utf-16" if piece[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        whole = last + piece
        if form == "utf-16":
            yield whole.replace(b"\0", b"").decode("latin-1")
        else:
            yield whole.decode("utf-8", "surrogateescape")
        last = whole[-_SHARED:]
