"""The folder of a workspace: the mark that makes it one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.pseudonyms import proof_of
from touchpath.settings import Settings, load_settings
from touchpath.stores.durability import make_folder, write_whole
from touchpath.stores.key_file import KeyFile, usual_key_place

FORMAT = "touchpath-workspace/1"
_MARK = "workspace.json"


def create_workspace(
    folder: Path, title: str = "", zone: str = "", *, pseudonymise: bool = False, settings: Settings | None = None
) -> None:
    """Make an empty workspace whose days and weeks follow a zone (the setting's, unless given).

    pseudonymise: keep no id of a person in clear, for ever; the key is made now, unless it is there. Raises Conflict if the folder is
    a workspace already, BadInput if it holds something else.
    """
    if (folder / _MARK).exists():
        raise Conflict(f"{folder} is a workspace already.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something else. Give a new or an empty folder.")
    proof = proof_of(pseudonym_key(settings or load_settings(), folder).make()) if pseudonymise else ""
    make_folder(folder)
    mark = {"format": FORMAT, "title": title or folder.resolve().name, "zone": zone}
    mark |= {"pseudonyms": proof} if proof else {}
    write_whole(folder / _MARK, json.dumps(mark).encode())


def pseudonym_key(settings: Settings, folder: Path) -> KeyFile:
    """Where the key is kept that ids are replaced with."""
    return KeyFile(settings.pseudonym_key_file or usual_key_place("pseudonym.key"), folder, "TOUCHPATH_PSEUDONYM_KEY_FILE")


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace."""
    return (folder / _MARK).is_file()


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file says that makes a folder a workspace."""

    title: str
    zone: str
    pseudonyms: str = ""


def read_mark(folder: Path) -> Mark:
    if not is_workspace(folder):
        raise Missing(f"{folder} is not a workspace. Make one with 'touchpath init {folder}', or name another with --folder.")
    try:
        mark = json.loads((folder / _MARK).read_bytes())
        layout, _, found = (
            mark["format"],
            mark["title"],
            Mark(*(str(mark.get(name, "")) for name in ("title", "zone", "pseudonyms"))),
        )
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{folder / _MARK} is damaged. It should read: {json.dumps({'format': FORMAT, 'title': '...'})}") from None
    if layout != FORMAT:
        raise BadInput(f"{folder} has the format '{layout}', this version reads '{FORMAT}'. Use the version that wrote it.")
    return found
