"""IP addresses: shortened to the network they come from, or dropped, before anything of them is stored."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

import numpy as np

#: What stays of an address: a network of up to 256 neighbours, or a site of one customer of a provider.
IPV4_BITS, IPV6_BITS = 24, 48
#: 6to4 writes a whole IPv4 address behind its first 16 bits (RFC 3056, section 2), so less of it may stay.
_6TO4, _6TO4_BITS = ipaddress.ip_network("2002::/16"), 16 + IPV4_BITS
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]+)\](?::\d{1,5})?|(?P<plain>\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
#: The last two letters of names of fields with addresses.
_ENDS = (
    *(b"ip", b"IP", b"Ip", b"iP", b"ps", b"Ps", b"PS"),
    *(b"v4", b"v6", b"V4", b"V6", b"p4", b"p6", b"P4", b"P6"),
    *(b"dr", b"DR", b"ss", b"SS", b"or", b"OR"),
)
#: By two letters as a number: whether such a name may end with them.
_MAY_END = np.zeros(1 << 16, np.bool_)
_MAY_END[[int.from_bytes(end, "big") for end in _ENDS]] = True
_QUOTE = b'"'[0]
_NAME = re.compile(
    rb"(?:[\w$.-]*[_$.-])?(?:[iI][pP](?:[sS]|[vV]?[46])?(?:[_-]?(?i:addr(?:ess)?))?|(?i:x[_-]?forwarded[_-]?for))"
    rb"|[a-z]+I[pP](?:s|[vV]?[46])?(?:Addr(?:ess)?)?|user_ipaddress|(?i:remote[_-]?addr)"
    rb"|(?:client|source|net\.peer|net\.sock\.peer)\.addr(?:ess)?"
)
#: What follows such a name: a text, or a list of texts; or where the name is itself a text, as in OpenTelemetry's attributes, its value.
_TEXT = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_VALUE = re.compile(rb'\s*(?::\s*(\[\s*)?|,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*)' + _TEXT)
_NEXT_VALUE = re.compile(rb"\s*,\s*" + _TEXT)
_LONGEST_NAME = 80


class KeepAddress(StrEnum):
    """What is kept of the addresses that signals come from."""

    NETWORK = "network"
    NOTHING = "nothing"
    WHOLE = "whole"


def shorten_address(text: str, keep: KeepAddress = KeepAddress.NETWORK) -> str | None:
    """The network of an address: "203.0.113.9" is "203.0.113.0" (/24), "2001:db8:1:2::3" is "2001:db8:1::" (/48).

    A port, brackets and the name of an interface are taken off; an IPv4 address inside IPv6 is shortened as IPv4. None for
    what is no address, as nothing should be kept of what cannot be shortened, and for everything if nothing is to be kept.
    """
    if keep is KeepAddress.WHOLE:
        return text or None
    address = _read(text.strip())
    if address is None or keep is KeepAddress.NOTHING:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address.packed, _bits(address)), strict=False).network_address)


def shorten_in_json(body: bytes, keep: KeepAddress = KeepAddress.NETWORK) -> bytes:
    """A JSON text with the fields shortened that are named as an address ("ip", "$ip", "clientIp", "ips", "X-Forwarded-For" ...), wherever
    they stand: texts, and texts in a list. Every other byte stays as it is.

    A text of several addresses, as proxies write it ("client, proxy"), is shortened one by one. What is no address becomes "", as nothing
    should be kept of what cannot be shortened. Works on the text, so that a body is not taken apart and written again only for this.
    """
    if keep is KeepAddress.WHOLE:
        return body
    parts, done = [], 0
    for start, stop in _found(body):
        parts += [body[done:start], _all_of(body[start:stop].decode("utf-8", "replace"), keep).encode()]
        done = stop
    return b"".join([*parts, body[done:]]) if parts else body


def _found(body: bytes) -> Iterator[tuple[int, int]]:
    """Where the texts stand of fields whose name is that of an address."""
    for quote in _ends_of_names(body):
        value = _VALUE.match(body, quote + 1)
        name = body[max(0, quote - _LONGEST_NAME) : quote].rpartition(b'"')[2] if value else b""
        if value and _NAME.fullmatch(name):
            yield value.span(2)
            more = _NEXT_VALUE.match(body, value.end()) if value[1] else None
            while more:
                yield more.span(1)
                more = _NEXT_VALUE.match(body, more.end())


def _ends_of_names(body: bytes) -> list[int]:
    """Where a quote stands behind two letters that such a name may end with: one pass, as nearly no quote does."""
    signs = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    quotes = quotes[quotes >= 2]
    ends = signs[quotes - 2].astype(np.uint16) << 8 | signs[quotes - 1]
    found: list[int] = quotes[_MAY_END[ends]].tolist()
    return found


def _all_of(text: str, keep: KeepAddress) -> str:
    """Every address of a text with commas shortened; "" where there is none."""
    parts = [shorten_address(part, keep) for part in text.split(",")]
    return ", ".join(part for part in parts if part)


def _bits(address: IPv4Address | IPv6Address) -> int:
    """How much of an address may stay."""
    if isinstance(address, IPv4Address):
        return IPV4_BITS
    return _6TO4_BITS if address in _6TO4 else IPV6_BITS


def _read(text: str) -> IPv4Address | IPv6Address | None:
    ported = _WITH_PORT.fullmatch(text)
    if ported:
        text = ported["bracketed"] or ported["plain"]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
