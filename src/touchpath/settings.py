"""Every setting with its default, its unit and one sentence. Environment variables override: TOUCHPATH_PORT=9000."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass

from touchpath.model.errors import BadInput

PREFIX = "TOUCHPATH_"


@dataclass(frozen=True)
class Settings:
    """All settings of one server or one opened workspace."""

    host: str = "127.0.0.1"
    port: int = 8400
    threads: int = 0
    memory_limit_mb: int = 4096
    overlay_share: float = 0.05
    time_zone: str = "UTC"
    week_start: int = 0
    confidence: float = 0.95
    import_batch_rows: int = 100_000
    database_url: str = ""

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1:
            raise BadInput(f"The setting confidence came as {self.confidence}. Give a share from 0.5 to below 1, as in 0.95.")
        if not 0 <= self.week_start <= 6:
            raise BadInput(f"The setting week_start came as {self.week_start}. Give 0 (Monday) to 6 (Sunday).")


#: What each setting does, with its unit.
SAYS: Mapping[str, tuple[str, str]] = {
    "host": ("", "Address that the server listens on; only loopback addresses need no sign-in."),
    "port": ("", "TCP port that the server listens on."),
    "threads": ("threads", "How many threads read timelines at once; 0 = one per processor."),
    "memory_limit_mb": ("MiB", "Memory that building timelines may use."),
    "overlay_share": ("share", "When more than this share of the signals is in the overlay, the base is built again."),
    "time_zone": ("", "Zone whose days, weeks and months periods follow, as in Europe/Madrid."),
    "week_start": ("", "First day of the week: 0 Monday to 6 Sunday."),
    "confidence": ("share", "Confidence of every interval unless a query says otherwise."),
    "import_batch_rows": ("rows", "How many rows an import keeps at once."),
    "database_url": ("", "Where records are kept; empty = SQLite in the workspace folder, or a PostgreSQL URL."),
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
