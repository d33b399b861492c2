"""What `touchpath doctor` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from touchpath.bootstrap.workspace import Workspace
from touchpath.model.errors import Unavailable
from touchpath.services.doctor import Finding, examine


def examine_workspace(workspace: Workspace) -> Iterator[Finding]:
    """What `touchpath doctor` finds."""

    def timelines() -> str:
        opened = workspace.timelines.open("person", workspace.platform.experience().properties)
        faults = workspace.timelines.verify()
        if faults:
            raise Unavailable(" ".join(faults) + " Delete the folder 'timelines': it is built again.")
        people = sum(shard.people - int(shard.skip.sum()) for shard in opened.shards)
        return f"{people:,} people in {len(opened.shards)} shards, checksums hold."

    def search() -> str:
        return (
            f"{len(workspace.platform.index.find_actors('', 1))} actor found first."
            if workspace.signals.version >= 0
            else "Empty."
        )

    def privacy() -> str:
        suppression = workspace.forgetting.suppression
        suppression.keeps_out("user:nobody")
        if workspace.forgetting.pending.load() is not None:
            raise Unavailable(
                "An erasure was stopped on the way. Open the workspace while nobody writes to it: it is finished then."
            )
        return f"{suppression.size:,} ids kept out, {len(workspace.forgetting.backups.kept()):,} backups known."

    checks = {"timelines": timelines, "search": search, "privacy": privacy}
    return examine(workspace.folder, workspace.signals, workspace.models, checks, datetime.now(UTC))
