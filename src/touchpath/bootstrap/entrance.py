"""Who gets in: whether a server asks for sign-in, and the gate over the members that its first workspace keeps."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from touchpath.bootstrap.workspace import Workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.services.gate import Gate
from touchpath.services.members import Members
from touchpath.services.passwords import Passwords
from touchpath.services.sessions import ApiTokens, Sessions
from touchpath.settings import Settings
from touchpath.stores.members import SqlMembers
from touchpath.stores.sessions import SqlSessions
from touchpath.web.guard import LOOPBACK_HOSTS, host_name
from touchpath.web.site import Site


@dataclass(frozen=True)
class Entrance:
    """How a server is entered. gate: None = nobody signs in, and only this machine gets in.

    hosts: names that it may be asked by; addresses: by any IP address, too. certificate: files of certificate and key, None = http.
    """

    gate: Gate | None
    site: Site
    hosts: frozenset[str]
    addresses: bool = False
    requests_a_minute: int = 600
    certificate: tuple[Path, Path] | None = None

    @property
    def scheme(self) -> str:
        """What the server speaks itself."""
        return "https" if self.certificate else "http"


#: Nobody signs in, and only this machine gets in.
ON_THIS_MACHINE = Entrance(None, Site(), LOOPBACK_HOSTS)


def open_gate(workspace: Workspace, settings: Settings) -> Gate:
    """The gate over the members that a workspace keeps."""
    members, sessions = SqlMembers(workspace.records.database), SqlSessions(workspace.records.database)
    idle, lasts = timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days)
    passwords = Passwords(settings.password_length)
    return Gate(Members(members, passwords), Sessions(sessions, idle, lasts), ApiTokens(sessions), sessions)


def open_entrance(workspace: Workspace, settings: Settings, host: str) -> Entrance:
    """How a server at an address is entered, whose first workspace keeps the members: sign-in is on unless only this machine gets there.

    A name of the site that is none of this machine's own means that others come, though it be by a proxy.

    Raises Missing or BadInput for a certificate that cannot be used.
    """
    site = Site(settings.site_url, bool(settings.trust_proxy))
    certificate = _certificate(settings)
    hosts = LOOPBACK_HOSTS | {host_name(urlsplit(settings.site_url).netloc)} - {""}
    if is_loopback_address(host) and hosts == LOOPBACK_HOSTS and not settings.sign_in:
        return Entrance(None, site, hosts, certificate=certificate)
    gate = open_gate(workspace, settings)
    gate.tidy()
    named = hosts | {host.lower(), socket.gethostname().lower()}
    return Entrance(gate, site, named, not is_loopback_address(host), settings.api_requests_a_minute, certificate)


def is_loopback_address(host: str) -> bool:
    """Whether only this machine reaches a server at an address; raises BadInput for what is none."""
    wanted = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.getaddrinfo(host, None, wanted, socket.SOCK_STREAM)
    except OSError:
        raise BadInput(f"There is no address '{host}'. Give one of this machine, as in 127.0.0.1 or 0.0.0.0.") from None
    return all(ip_address(str(address[0])).is_loopback for *_, address in found)


def _certificate(settings: Settings) -> tuple[Path, Path] | None:
    if not settings.tls_certificate:
        return None
    files = Path(settings.tls_certificate), Path(settings.tls_key)
    for file in files:
        if not file.is_file():
            raise Missing(f"There is no file '{file}'. TOUCHPATH_TLS_CERTIFICATE and TOUCHPATH_TLS_KEY name PEM files.")
    return files
