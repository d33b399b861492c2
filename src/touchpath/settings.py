"""Every setting with its default, its unit and one sentence. Environment variables override: TOUCHPATH_PORT=9000."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from touchpath.model.errors import BadInput

PREFIX = "TOUCHPATH_"
_NOT_NEGATIVE = (
    "spark_most_sent_mb", "spark_patience_seconds", "trust_proxy", "spool_limit_mb", "disk_reserve_mb", "lake_patience_seconds",
    "sign_in",
)  # fmt: skip
_AT_LEAST_ONE = (
    "upload_limit_mb", "imports_at_once", "smallest_group", "session_idle_hours", "session_days", "api_requests_a_minute",
)  # fmt: skip
LEAST_MEMORY_MB = 64
#: The languages of the pages; kept here too, as reading a setting should not load the pages.
SPOKEN = ("en", "de", "es", "pt")


@dataclass(frozen=True)
class Settings:
    """All settings of one server or one opened workspace."""

    host: str = "127.0.0.1"
    port: int = 8400
    sign_in: int = 0
    site_url: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    session_idle_hours: int = 24
    session_days: int = 14
    password_length: int = 15
    api_requests_a_minute: int = 600
    threads: int = 0
    memory_limit_mb: int = 4096
    overlay_share: float = 0.05
    time_zone: str = "UTC"
    week_start: int = 0
    shared_devices: str = "part"
    most_links: int = 20
    confidence: float = 0.95
    smallest_group: int = 5
    database_url: str = ""
    engine: str = "local"
    spark_master: str = ""
    spark_most_sent_mb: int = 1024
    spark_patience_seconds: int = 60
    upload_limit_mb: int = 4096
    imports_at_once: int = 1
    language: str = ""
    public_url: str = ""
    ingest_host: str = ""
    ingest_port: int = 8401
    ingest_url: str = ""
    trust_proxy: int = 0
    spool_limit_mb: int = 1024
    disk_reserve_mb: int = 256
    lake_patience_seconds: int = 30
    privacy_key_file: str = ""
    pseudonym_key_file: str = ""
    personal_details_detector: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    browser: str = ""

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1:
            raise BadInput(f"The setting confidence came as {self.confidence}. Give a share from 0.5 to below 1, as in 0.95.")
        if self.shared_devices not in ("part", "join"):
            raise BadInput(f"The setting shared_devices came as '{self.shared_devices}'. Give part or join.")
        if self.most_links < 1:
            raise BadInput(f"The setting most_links came as {self.most_links}. Give 1 or more.")
        if not 0 <= self.week_start <= 6:
            raise BadInput(f"The setting week_start came as {self.week_start}. Give 0 (Monday) to 6 (Sunday).")
        if not 0 <= self.port <= 65_535:
            raise BadInput(f"The setting port came as {self.port}. Give 0 (any free one) to 65535.")
        if self.language not in ("", *SPOKEN):
            raise BadInput(f"The setting language came as '{self.language}'. Give one of: {', '.join(SPOKEN)}.")
        if self.threads < 0:
            raise BadInput(f"The setting threads came as {self.threads}. Give 0 (one per processor) or more.")
        if self.memory_limit_mb < LEAST_MEMORY_MB:
            raise BadInput(f"The setting memory_limit_mb came as {self.memory_limit_mb}. Give {LEAST_MEMORY_MB} or more.")
        if not 0 < self.overlay_share <= 1:
            raise BadInput(f"The setting overlay_share came as {self.overlay_share}. Give a share above 0, at most 1.")
        if self.password_length < 8:
            raise BadInput(
                f"The setting password_length came as {self.password_length}. Give 8 or more; 15 is what NIST asks for."
            )
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise BadInput("The settings tls_certificate and tls_key belong together. Give both, or neither.")
        if self.site_url and not self.site_url.startswith(("https://", "http://")):
            raise BadInput(
                f"The setting site_url came as '{self.site_url}'. Give a whole address, as in https://touchpath.example."
            )
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise BadInput(f"The setting {name} came as {getattr(self, name)}. Give 1 or more.")
        if not 0 <= self.ingest_port <= 65_535:
            raise BadInput(f"The setting ingest_port came as {self.ingest_port}. Give 0 (any free one) to 65535.")
        if self.ingest_url and not self.ingest_url.startswith(("https://", "http://")):
            raise BadInput(
                f"The setting ingest_url came as '{self.ingest_url}'. Give a whole address, as in https://in.shop.example."
            )
        if self.smtp_security not in ("starttls", "tls", "none"):
            raise BadInput(f"The setting smtp_security came as '{self.smtp_security}'. Give starttls, tls or none.")
        if not 1 <= self.smtp_port <= 65_535:
            raise BadInput(f"The setting smtp_port came as {self.smtp_port}. Give 1 to 65535; 587 is usual, 465 for tls.")
        if self.smtp_host and "@" not in self.mail_from:
            raise BadInput(f"The setting mail_from came as '{self.mail_from}'. Give the address that mails come from.")
        if self.smtp_password and not self.smtp_password.startswith(("env:", "file:")):
            raise BadInput(
                "The setting smtp_password says where the password stands: env:NAME or file:/PATH. It is never given in clear."
            )
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise BadInput(f"The setting {name} came as {getattr(self, name)}. Give 0 or more.")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"The setting time_zone came as '{self.time_zone}'. Give a zone, as in Europe/Madrid.") from None


#: What each setting does, with its unit.
SAYS: Mapping[str, tuple[str, str]] = {
    "host": ("", "Address that the server listens on. On any but a loopback address everybody has to sign in."),
    "port": ("", "TCP port that the server listens on."),
    "sign_in": (
        "",
        "1 = everybody has to sign in on a loopback address, too, as when a proxy stands in front. Other addresses always ask for it.",
    ),
    "site_url": (
        "",
        "Where members reach the pages, as in https://touchpath.example; with https cookies are only sent encrypted. Empty = at the address "
        "that the server listens on. A name of its own turns sign-in on.",
    ),
    "tls_certificate": ("", "File with the certificate (and its chain, PEM) by which the server speaks https itself."),
    "tls_key": ("", "File with the private key of that certificate (PEM)."),
    "session_idle_hours": ("hours", "A member who does nothing for so long is signed out."),
    "session_days": ("days", "A member is signed out after so long in any case."),
    "password_length": ("characters", "The fewest that a password has."),
    "api_requests_a_minute": ("requests", "That one member or token may send to the JSON API in a minute."),
    "threads": ("threads", "How many threads read timelines at once; 0 = one per processor."),
    "memory_limit_mb": ("MiB", "Memory that building timelines may use."),
    "overlay_share": ("share", "When more than this share of the signals is in the overlay, the base is built again."),
    "time_zone": ("", "Zone whose days, weeks and months periods follow, as in Europe/Madrid."),
    "week_start": ("", "First day of the week: 0 Monday to 6 Sunday."),
    "shared_devices": ("", "Whether people seen on one device are one person: part (handed on by time) or join."),
    "most_links": ("links", "An id with more links than this to ids of its own or a stronger kind joins nobody."),
    "confidence": ("share", "Confidence of every interval unless a query says otherwise."),
    "smallest_group": (
        "people",
        "Who may not read single people sees no measurement of a group of fewer, nor one that would give it away; 1 = all.",
    ),
    "database_url": ("", "Where records are kept; empty = SQLite in the workspace folder, or a PostgreSQL URL."),
    "engine": ("", "Where queries run: local (threads of this machine), spark (a cluster), or what a package brings."),
    "spark_master": ("", "The cluster of the engine spark, as in spark://host:7077."),
    "spark_most_sent_mb": ("MiB", "Timelines whose files a worker cannot open are sent to it, up to this much in one query."),
    "spark_patience_seconds": ("seconds", "How long a query waits for the cluster to have a worker for it."),
    "upload_limit_mb": ("MiB", "The largest file that may be brought in through the browser."),
    "imports_at_once": ("imports", "How many files that came through the browser are imported beside each other."),
    "language": ("", "What pages speak to whoever chose no language: en, de, es or pt; empty = what their browser asks for."),
    "public_url": (
        "",
        "Where visitors reach the pages behind QR codes, as in https://touch.example; empty = where the code was made.",
    ),
    "ingest_host": (
        "",
        "Address on which live signals, and nothing else, are taken from other machines too; empty = only beside the pages.",
    ),
    "ingest_port": ("", "TCP port of that address."),
    "ingest_url": (
        "",
        "Where other systems reach the live signals, as in https://in.shop.example; HubSpot signs it. Empty = https and the host they name.",
    ),
    "trust_proxy": ("", "1 = a proxy of ours stands in front: the last address of X-Forwarded-For is the sender's."),
    "spool_limit_mb": (
        "MiB",
        "Accepted signals that wait for the lake take at most so much disk; then senders are asked to come again.",
    ),
    "disk_reserve_mb": ("MiB", "No live signals are taken while the disk has less than this left."),
    "lake_patience_seconds": ("seconds", "How long a write waits for another process that is writing to the same workspace."),
    "privacy_key_file": (
        "",
        "Secret key that erased people are recognised by, outside the workspace; empty = touchpath/privacy.key in the user's "
        "configuration folder. Made when it is first needed; keep a copy apart from the backups.",
    ),
    "pseudonym_key_file": (
        "",
        "Secret key of the pseudonyms of a workspace that was made with --pseudonymise; empty = touchpath/pseudonym.key in the user's "
        "configuration folder.",
    ),
    "personal_details_detector": (
        "",
        "Finds personal details in texts beside the rules, as in package.module:function; see the page about privacy.",
    ),
    "smtp_host": ("", "Mail server by which boards are sent, as in mail.example.org; empty = no mails."),
    "smtp_port": ("", "TCP port of the mail server: 587 as a rule, 465 where security is tls."),
    "smtp_security": ("", "How the way to the mail server is encrypted: starttls, tls, or none for one on this machine."),
    "smtp_user": ("", "User at the mail server; empty = it asks for none."),
    "smtp_password": ("", "Where the password of that user stands: env:NAME or file:/PATH."),
    "mail_from": ("", "Address that mails come from, as in touchpath@example.org."),
    "browser": ("", "A Chromium or Chrome that makes PDFs of boards; empty = one that is found on this machine."),
}


def _parse(name: str, kind: str, text: str) -> int | float | str:
    if kind == "str":
        return text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        needs = "a whole number" if kind == "int" else "a number"
        raise BadInput(f"The setting {PREFIX}{name.upper()} came as '{text}'. It needs {needs}.") from None


def load_settings(environment: Mapping[str, str] = os.environ, **chosen: int | float | str) -> Settings:
    """Defaults, overridden by the environment, overridden by what the caller chose."""
    found: dict[str, int | float | str] = {}
    for each in dataclasses.fields(Settings):
        text = environment.get(PREFIX + each.name.upper())
        if text is not None:
            found[each.name] = _parse(each.name, str(each.type), text)
    return Settings(**{**found, **chosen})  # type: ignore[arg-type]


def settings_page() -> str:
    """The handbook's page of all settings."""
    lines = [
        "# Settings",
        "",
        "Set them as environment variables. Defaults are in the last column.",
        "",
        "| variable | unit | what it does | default |",
        "| --- | --- | --- | --- |",
    ]
    for each in dataclasses.fields(Settings):
        unit, says = SAYS[each.name]
        shown = f"`{each.default}`" if each.default != "" else "empty"
        lines.append(f"| `{PREFIX}{each.name.upper()}` | {unit} | {says} | {shown} |")
    return "\n".join(lines) + "\n"
