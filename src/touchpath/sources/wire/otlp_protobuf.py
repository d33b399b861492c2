"""OTLP's log export request from protobuf to the form that it has in JSON: the few messages that it is made of, and no more.

Source: protobuf.dev, "Encoding"; opentelemetry-proto, collector/logs/v1, logs/v1, resource/v1 and common/v1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from touchpath.model.errors import BadInput

_DEEPEST = 32
_CUT_SHORT = "The protobuf body is cut short or damaged."


def read_logs(body: bytes) -> dict[str, Any]:
    """The request as OTLP/JSON writes it; fields that nobody asks for are left out. Raises BadInput for anything else."""
    try:
        return {"resourceLogs": [_resource_logs(part) for number, part in _fields(body) if number == 1]}
    except (IndexError, struct.error, TypeError, UnicodeDecodeError) as error:
        raise BadInput(_CUT_SHORT) from error


def _resource_logs(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"resource": {}, "scopeLogs": []}
    for number, part in _fields(body):
        if number == 1:
            found["resource"] = {"attributes": _attributes(part, 1)}
        elif number == 2:
            found["scopeLogs"].append({"logRecords": [_record(record) for n, record in _fields(part) if n == 2]})
    return found


def _record(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"attributes": _attributes(body, 6)}
    for number, part in _fields(body):
        if number in (1, 11):
            found["timeUnixNano" if number == 1 else "observedTimeUnixNano"] = str(struct.unpack("<Q", part)[0])
        elif number == 3:
            found["severityText"] = bytes(part).decode()
        elif number == 5:
            found["body"] = _value(part, _DEEPEST)
        elif number in (9, 10):
            found["traceId" if number == 9 else "spanId"] = bytes(part).hex()
        elif number == 12:
            found["eventName"] = bytes(part).decode()
    return found


def _attributes(body: bytes, where: int) -> list[dict[str, Any]]:
    return [_pair(part, _DEEPEST) for number, part in _fields(body) if number == where]


def _pair(body: bytes, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"key": "", "value": {}}
    for number, part in _fields(body):
        if number == 1:
            found["key"] = bytes(part).decode()
        elif number == 2:
            found["value"] = _value(part, depth)
    return found


def _value(body: bytes, depth: int) -> dict[str, Any]:
    if not depth:
        raise BadInput(f"Values lie inside each other more than {_DEEPEST} deep.")
    for number, part in _fields(body):
        if number == 1:
            return {"stringValue": bytes(part).decode()}
        if number == 2:
            return {"boolValue": bool(part)}
        if number == 3:
            signed = part - (1 << 64) if part >= 1 << 63 else part
            return {"intValue": str(signed)}
        if number == 4:
            return {"doubleValue": struct.unpack("<d", part)[0]}
        if number == 5:
            return {"arrayValue": {"values": [_value(one, depth - 1) for n, one in _fields(part) if n == 1]}}
        if number == 6:
            return {"kvlistValue": {"values": [_pair(one, depth - 1) for n, one in _fields(part) if n == 1]}}
        if number == 7:
            return {"bytesValue": bytes(part).hex()}
    return {}


def _fields(body: Any) -> Iterator[tuple[int, Any]]:
    """The fields of a message: numbers for varints, bytes for everything else."""
    view, at = memoryview(body), 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, sort = tag >> 3, tag & 7
        if sort == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        if sort == 2:
            length, at = _varint(view, at)
        elif sort in (1, 5):
            length = 8 if sort == 1 else 4
        else:
            raise BadInput(_CUT_SHORT)
        if at + length > len(view):
            raise BadInput(_CUT_SHORT)
        yield number, view[at : at + length]
        at += length


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, at
    raise BadInput(_CUT_SHORT)
