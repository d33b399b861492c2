"""Forms as browsers send them: fields in memory and bounded, files straight to disk, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from touchpath.model.errors import BadInput
from touchpath.services.uploads import UploadService
from touchpath.store.uploads import Receiving, Upload

FIELD = "file"
_MOST_FIELDS = 200
#: Pieces of a file are gathered to about this many bytes before they go to disk.
_AT_ONCE = 1 << 20


async def read_form(request: Request, longest: int = 64 << 10) -> Mapping[str, str]:
    """The fields of a form; of a name that comes twice the last. Raises BadInput above `longest` bytes."""
    body = await read_body(request, longest)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise BadInput("The form cannot be read: it is not UTF-8, or has too many fields.") from None


async def read_body(request: Request, longest: int) -> bytes:
    """The body; raises BadInput above `longest` bytes, before more than that is held."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > longest:
            raise BadInput(f"What came is larger than {longest:,} bytes, the most that is read.")
    return bytes(body)


async def receive_file(request: Request, uploads: UploadService, name: str = "") -> Upload:
    """Take the file that a form or a body brings to disk, without ever holding more than about a megabyte of it.

    name: of a file that comes as a bare body. Raises BadInput for a form without a file, or for one above the size limit.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        return await _receive_body(request, uploads.receive(name or "file"))
    if not options.get(b"boundary"):
        raise BadInput("The form names no boundary between its parts, so it cannot be read.")
    parts = _Parts(options[b"boundary"], uploads)
    try:
        async for piece in request.stream():
            if parts.feed(piece) >= _AT_ONCE:
                await run_in_threadpool(parts.flush)
        return await run_in_threadpool(parts.finish)
    except MultipartParseError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error
    finally:
        await run_in_threadpool(parts.abandon)


async def _receive_body(request: Request, receiving: Receiving) -> Upload:
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _AT_ONCE:
                await run_in_threadpool(receiving.write, bytes(waiting))
                waiting.clear()
        if waiting:
            await run_in_threadpool(receiving.write, bytes(waiting))
        return await run_in_threadpool(receiving.finish)
    finally:
        await run_in_threadpool(receiving.abandon)


class _Parts:
    """Finds the file among the parts of a form, and hands on what comes of it."""

    def __init__(self, boundary: bytes, uploads: UploadService) -> None:
        self._uploads = uploads
        self._receiving: Receiving | None = None
        self._inside = False
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._waiting = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._take,
                "on_part_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> int:
        """Read some more of the form; gives how many bytes of the file wait to be written."""
        self._parser.write(piece)
        return len(self._waiting)

    def flush(self) -> None:
        """Write what waits."""
        if self._receiving is not None and self._waiting:
            self._receiving.write(bytes(self._waiting))
            self._waiting.clear()

    def finish(self) -> Upload:
        """The upload, kept."""
        self._parser.finalize()
        self.flush()
        if self._receiving is None:
            raise BadInput("No file came with the form. Choose one, and send the form again.")
        return self._receiving.finish()

    def abandon(self) -> None:
        """Leave nothing of what is not finished."""
        if self._receiving is not None:
            self._receiving.abandon()

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename", b"").decode("utf-8", "replace").replace("%22", '"')  # as browsers write quotes there
        self._inside = options.get(b"name") == FIELD.encode() and bool(name) and self._receiving is None
        if self._inside:
            self._receiving = self._uploads.receive(name)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._waiting += data[start:end]

    def _end(self) -> None:
        self._inside = False
