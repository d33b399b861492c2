"""Finds the sources that can be pulled: ours, and those that installed packages bring."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import cast

from touchpath.model.errors import BadInput, unknown
from touchpath.services.connectors import Setting, SourceKind

#: Where packages say which sources they bring: name = "module:object", an object with title, settings and open.
GROUP = "touchpath.sources"

_NAMES = (
    *("delighted", "formbricks", "hubspot", "intercom", "jira"),
    *("qualtrics", "stripe", "surveymonkey", "typeform", "zendesk"),
)
_TABLES = ("database", "duckdb", "folder")
_OURS = {name: EntryPoint(name, f"touchpath.sources.pull.{name}:{name.upper()}", GROUP) for name in (*_TABLES, *_NAMES)}


def source_names() -> tuple[str, ...]:
    """The names of all sources that can be connected."""
    return tuple(sorted(_found()))


def choose_source(name: str) -> SourceKind:
    """The source of a name; raises BadInput for a name that nobody has, or for what is no source, naming the package."""
    found = _found()
    if name not in found:
        raise BadInput(unknown("source", name, found))
    entry = found[name]
    try:
        kind = entry.load()
    except (ImportError, AttributeError) as error:
        raise BadInput(f"{_told(entry)} cannot be loaded: {error}. Install it anew.") from error
    if faults := list(_faults(kind)):
        raise BadInput(f"{_told(entry)} is none: {'; '.join(faults)}. Its maker can tell more.")
    return cast(SourceKind, kind)


def _faults(kind: object) -> list[str]:
    faults = []
    if not isinstance(getattr(kind, "title", None), str):
        faults.append("its title is no text")
    settings = getattr(kind, "settings", None)
    if not isinstance(settings, tuple) or not all(isinstance(one, Setting) for one in settings):
        faults.append("its settings are no tuple of Setting")
    if not callable(getattr(kind, "open", None)):
        faults.append("it has no open")
    return faults


def _found() -> dict[str, EntryPoint]:
    """Every source by name; no package takes the place of ours."""
    return {**{entry.name: entry for entry in entry_points(group=GROUP)}, **_OURS}


def _told(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else "touchpath"
    return f"The source '{entry.name}' of the package {package} ({entry.value})"
