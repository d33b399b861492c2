"""Is this workspace well? One finding per part, each saying what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from touchpath.model.errors import Missing, TouchpathError
from touchpath.services.coverage import unmatched, unseen
from touchpath.services.models import ModelService
from touchpath.store.signals import SignalStore

#: Below this much free disk, appends may soon fail.
LOW_DISK = 2 << 30
#: So far clocks of systems may be ahead of ours.
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part. `state`: "well", "note" (works, worth a look) or "ill" (answers may fail)."""

    part: str
    state: Literal["well", "note", "ill"]
    says: str


def examine(
    folder: Path, signals: SignalStore, models: ModelService, checks: Mapping[str, Callable[[], str]], now: datetime
) -> Iterator[Finding]:
    """All findings. `checks`: further parts by name; each says what it found, or raises a TouchpathError that says what to do."""
    yield from _disk(folder)
    yield from _safely("lake", lambda: _lake(signals))
    yield from _safely("times", lambda: _times(signals, now))
    for part, check in checks.items():
        yield from _safely(part, partial(_one, part, check))
    yield from _safely("model", lambda: _model(signals, models))


def _one(part: str, check: Callable[[], str]) -> Iterator[Finding]:
    yield Finding(part, "well", check())


def _safely(part: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (TouchpathError, OSError) as error:
        yield Finding(part, "ill", str(error))


def _disk(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    state: Literal["well", "note"] = "note" if free < LOW_DISK else "well"
    advice = " Free some before you import more." if state == "note" else ""
    yield Finding("disk", state, f"{free / (1 << 30):.1f} GiB free.{advice}")


def _lake(signals: SignalStore) -> Iterator[Finding]:
    kinds = signals.kinds()
    if not kinds:
        yield Finding("lake", "note", "No signals yet. Import some: touchpath import FILE --propose")
        return
    yield Finding(
        "lake", "well", f"{sum(kind.signals for kind in kinds):,} signals of {len(kinds):,} kinds, version {signals.version}."
    )


def _times(signals: SignalStore, now: datetime) -> Iterator[Finding]:
    """Kinds of signals of times that are yet to come: numbers take it that everything is known up to the last signal."""
    ahead = [kind for kind in signals.kinds() if kind.last > now + CLOCKS_DIFFER]
    if ahead:
        named = ", ".join(f"{kind.kind} (until {kind.last.date().isoformat()})" for kind in ahead[:5])
        yield Finding(
            "times",
            "note",
            f"{len(ahead)} kinds of signals have times that are yet to come: {named}. Numbers take it that all is known until then: windows "
            "count as over, and cases that are open as lost. Correct or undo these signals; what is planned belongs in a property.",
        )


def _model(signals: SignalStore, models: ModelService) -> Iterator[Finding]:
    try:
        kept = models.show()
    except Missing as error:
        yield Finding("model", "note", str(error))
        return
    yield Finding("model", "well", f"Revision {kept.revision}: {len(kept.experience.journeys)} journeys.")
    kinds = signals.kinds()
    unread = unmatched(kinds, kept.experience)
    if unread:
        names = ", ".join(f"{kind.kind} ({kind.signals:,})" for kind in unread[:5])
        yield Finding(
            "model", "note", f"{len(unread)} kinds of signals are read by nothing in the model: {names}. See: touchpath kinds"
        )
    for kind in unseen(kinds, kept.experience) if kinds else ():
        near = f" Did you mean '{kind.nearest}'?" if kind.nearest else ""
        yield Finding("model", "note", f"No signal is of the kind '{kind.kind}', which {kind.used_by[0]} reads.{near}")
