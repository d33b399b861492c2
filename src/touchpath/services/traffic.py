"""Whose traffic it is: bots and our own people are marked, never dropped, so that a query can leave them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

#: Under this name a marked signal says "bot" or "internal" among its properties.
PROPERTY = "$traffic"
#: What crawlers, previewers and monitors call themselves. Source: the words that the public lists of crawler user agents share.
_BOT = re.compile(
    r"bot\b|bot[/;_ -]|crawl|spider|slurp|headless|phantomjs|lighthouse|pagespeed|preview|facebookexternalhit|"
    r"monitor|uptime|pingdom|synthetic|scrap(?:y|er)|archiver|okhttp-bot|"
    r"mediapartners|embedly|whatsapp/|bingbot|yandex(?:bot|images)|baiduspider|gptbot|claudebot",
    re.IGNORECASE,
)
#: What programs call themselves that fetch by a library. A visitor of that name is no person; but trackers on
#: servers use the same libraries to tell of people.
_LIBRARY = re.compile(r"curl/|wget/|python-requests|python-urllib|aiohttp|httpx|go-http-client|java/|libwww", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent says of itself that no person is behind it. "" says nothing."""
    return bool(user_agent) and (_BOT.search(user_agent) or _LIBRARY.search(user_agent)) is not None


@lru_cache(maxsize=4096)
def is_sent_by_bot(user_agent: str) -> bool:
    """The same of what sent a signal that says nothing of its own: a library may be a tracker on a server."""
    return bool(user_agent) and _BOT.search(user_agent) is not None


@lru_cache(maxsize=4096)
def is_internal(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of these networks."""
    if not networks or not address:
        return False
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in networks)


def mark_traffic(user_agent: str, sent_by: str, internal: bool) -> str:
    """ "bot", "internal", or "" for everybody else. user_agent: what the signal says; "" = see who sent it."""
    if is_bot(user_agent) if user_agent else is_sent_by_bot(sent_by):
        return "bot"
    return "internal" if internal else ""
