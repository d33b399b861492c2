"""Whose traffic it is: bots and our own people are marked, never dropped, so that a query can leave them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

#: Under this name a marked signal says "bot" or "internal" among its properties.
PROPERTY = "$traffic"
#: What crawlers, previewers, monitors and scripts call themselves. Source: the words that the public lists of crawler user agents share.
_BOT = re.compile(
    r"bot\b|bot[/;_ -]|crawl|spider|slurp|headless|phantomjs|lighthouse|pagespeed|preview|facebookexternalhit|"
    r"monitor|uptime|pingdom|synthetic|scrap(?:y|er)|archiver|curl/|wget/|python-requests|python-urllib|aiohttp|httpx|"
    r"go-http-client|okhttp-bot|java/|libwww|mediapartners|embedly|whatsapp/|bingbot|yandex(?:bot|images)|baiduspider|gptbot|claudebot",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent says of itself that no person is behind it. "" says nothing."""
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


def mark_traffic(user_agent: str, internal: bool) -> str:
    """ "bot", "internal", or "" for everybody else."""
    if is_bot(user_agent):
        return "bot"
    return "internal" if internal else ""
