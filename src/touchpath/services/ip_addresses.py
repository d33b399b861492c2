"""IP addresses: shortened to the network they come from, or dropped, before anything of them is stored."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import numpy as np

#: What stays of an address: a network of up to 256 neighbours, or a site of one customer of a provider.
IPV4_BITS, IPV6_BITS = 24, 48
#: 6to4 writes a whole IPv4 address behind its first 16 bits (RFC 3056, section 2), so less of it may stay.
_6TO4, _6TO4_BITS = ipaddress.ip_network("2002::/16"), 16 + IPV4_BITS
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]+)\](?::\d{1,5})?|(?P<plain>\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMES = frozenset({"ip", "ips", "ipaddress", "ipaddr", "ipv", "remoteaddr", "xforwardedfor", "clientip", "userip"})
_DEEPEST = 32
#: The last two letters of names of fields with addresses.
_ENDS = (b"ip", b"IP", b"Ip", b"dr", b"ss")
_QUOTE = b'"'[0]
_NAME = re.compile(
    rb"(?:[\w$.-]*[_$.-])?[iI][pP](?:[_-]?[aA]ddr(?:ess)?)?|[a-z]+I[pP](?:Addr(?:ess)?)?|user_ipaddress|remote_?[aA]ddr"
)
_VALUE = re.compile(rb'\s*:\s*"([0-9a-fA-F:., \[\]]{3,90})"')
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


def shorten_addresses(fields: Mapping[str, Any], keep: KeepAddress = KeepAddress.NETWORK) -> dict[str, Any]:
    """The same properties or context with every field that is named as an address ("ip", "$ip", "client_ip", "ipAddress") shortened.

    Fields inside fields are looked at too. A list of addresses as proxies write it ("client, proxy") is shortened one by one.
    What such a field holds that is no address is dropped.
    """
    return _shortened(fields, keep, _DEEPEST)


def shorten_in_json(body: bytes, keep: KeepAddress = KeepAddress.NETWORK) -> bytes:
    """A JSON text with the text fields shortened that are named as an address; every other byte stays as it is. "" = nothing is kept.

    Works on the text, so that a body is not taken apart and written again only for this.
    """
    if keep is KeepAddress.WHOLE:
        return body
    parts, done = [], 0
    for start, stop in _found(body):
        parts += [body[done:start], (_all_of(body[start:stop].decode("ascii"), keep) or "").encode()]
        done = stop
    return b"".join([*parts, body[done:]]) if parts else body


def _found(body: bytes) -> Iterator[tuple[int, int]]:
    """Where the values stand of fields whose name is that of an address."""
    for quote in _ends_of_names(body):
        name = body[max(0, quote - _LONGEST_NAME) : quote].rpartition(b'"')[2]
        value = _VALUE.match(body, quote + 1)
        if value and _NAME.fullmatch(name):
            yield value.span(1)


def _ends_of_names(body: bytes) -> list[int]:
    """Where a quote stands behind two letters that such a name may end with: one pass, as nearly no quote does."""
    signs = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    quotes = quotes[quotes >= 2]
    last, before = signs[quotes - 1], signs[quotes - 2]
    fitting = np.zeros(quotes.size, np.bool_)
    for end in _ENDS:
        fitting |= (last == end[1]) & (before == end[0])
    found: list[int] = quotes[fitting].tolist()
    return found


def _shortened(fields: Mapping[str, Any], keep: KeepAddress, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, str | list | tuple) and _names_address(str(name)):
            value = _all_of(value, keep)
            if value is None:
                continue
        elif depth:
            value = _inside(value, keep, depth - 1)
        found[name] = value
    return found


def _inside(value: Any, keep: KeepAddress, depth: int) -> Any:
    if isinstance(value, Mapping):
        return _shortened(value, keep, depth)
    if isinstance(value, list | tuple) and depth:
        return [_inside(one, keep, depth - 1) for one in value]
    return value


def _all_of(value: str | list[Any] | tuple[Any, ...], keep: KeepAddress) -> Any:
    if not isinstance(value, str):
        return [short for one in value if isinstance(one, str) and (short := shorten_address(one, keep))] or None
    parts = [shorten_address(part, keep) for part in value.split(",")]
    return ", ".join(part for part in parts if part) or None


def _names_address(name: str) -> bool:
    """Whether a field's name says that it holds an address: "ip" as a word of its own, however words are joined."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(word in _NAMES for word in words) or "".join(words) in _NAMES


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
