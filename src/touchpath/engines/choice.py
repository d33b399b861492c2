"""Finds the engine that settings name: one of ours, or one that an installed package brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from touchpath.model.errors import BadInput, unknown
from touchpath.timelines.fold import Engine

#: Where packages say which engines they bring: name = "module:function", a function of all settings that gives an engine.
GROUP = "touchpath.engines"

_OURS = {name: EntryPoint(name, f"touchpath.engines.{name}:open_engine", GROUP) for name in ("local", "spark")}
_NEEDED = ("summarise", "summarise_all", "select")


def choose_engine(name: str, settings: Mapping[str, Any]) -> Engine:
    """The engine of a name, opened with all settings; raises BadInput for a name that nobody has, or for what is no engine."""
    found = _found()
    if name not in found:
        raise BadInput(f"The setting engine: {unknown('engine', name, found)}")
    entry = found[name]
    try:
        opener = cast(Callable[[Mapping[str, Any]], Engine], entry.load())
    except (ImportError, AttributeError) as error:
        raise BadInput(f"{_told(entry)} cannot be loaded: {error}. Install it anew, or choose another engine.") from error
    engine = opener(settings)
    if missing := [each for each in _NEEDED if not callable(getattr(engine, each, None))]:
        raise BadInput(f"{_told(entry)} is none: it has no {', '.join(missing)}. Its maker can tell more.")
    return engine


def _found() -> dict[str, EntryPoint]:
    """Every engine by name; no package takes the place of ours."""
    return {**{entry.name: entry for entry in entry_points(group=GROUP)}, **_OURS}


def _told(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else "touchpath"
    return f"The engine '{entry.name}' of the package {package} ({entry.value})"
