"""Demo workspaces."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from touchpath.bootstrap.folder import create_workspace, is_workspace
from touchpath.bootstrap.workspace import Workspace, open_workspace
from touchpath.model.errors import Conflict
from touchpath.services.tidying import tidy
from touchpath.sources.demo import DEMOS, Demo
from touchpath.store.signals import SIGNAL_SCHEMA


def demos() -> tuple[str, ...]:
    """The names of the demo workspaces."""
    return tuple(DEMOS)


def prepare_demo(name: str, folder: Path, people: int, seed: int, report: Callable[[str], None]) -> str:
    """Make a demo workspace, or go on with one that was stopped; says in one sentence what it holds.

    Raises Conflict when the folder holds a simulation of other people or of another seed.
    """
    demo = DEMOS[name]
    if not is_workspace(folder):
        create_workspace(folder, demo.title, demo.zone)
    with closing(open_workspace(folder)) as workspace:
        if not workspace.models.history():
            workspace.models.apply(demo.model_text(), "demo", "The demo's model", file=f"{name}.yaml")
        job = f"demo-{name}-{people}-{seed}" if demo.simulated else f"demo-{name}"
        _append_demo(workspace, demo, job, people, seed, report)
        report("building timelines")
        opened = workspace.timelines.open("person", workspace.platform.experience().properties)
        report("indexing texts and people")
        workspace.platform.index.find_actors("", 1)
        people_here = sum(shard.people for shard in opened.shards)
        return f"{sum(kind.signals for kind in workspace.signals.kinds()):,} signals of {people_here:,} people."


def _append_demo(workspace: Workspace, demo: Demo, job: str, people: int, seed: int, report: Callable[[str], None]) -> None:
    """Keep the demo's signals, each batch once; an empty batch of a second job marks the end."""
    signals, whole = workspace.signals, f"{job}-whole"
    if signals.progress(whole) is not None:
        return
    done = signals.progress(job)
    if done is None and signals.kinds():
        raise Conflict(
            f"{workspace.folder} holds other signals than {people:,} people of seed {seed}. Delete it, or give another --folder."
        )
    for sequence, table in enumerate(demo.tables(people, seed)):
        if done is None or sequence > done:
            signals.append(table, job=job, sequence=sequence)
            report(f"{sum(kind.signals for kind in signals.kinds()):,} signals kept")
    signals.append(SIGNAL_SCHEMA.empty_table(), job=whole, sequence=0)
    tidy(signals)
