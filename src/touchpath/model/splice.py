"""A changed model as text that keeps what somebody wrote around it: comments, order and layout of all that did not change.

Only the entries that changed are written anew. Comments inside a changed entry go; those above it and all others stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import TouchpathError
from touchpath.model.experience import Experience
from touchpath.model.parse import parse_model

_KEY = re.compile(r"([a-z_]+):")
_ENTRY = re.compile(r"( *)- ")


def write_onto(text: str, before: Experience, after: Experience, revision: int | None = None) -> str:
    """`text`, which says `before`, changed to say `after`; written anew from end to end where it cannot be patched."""
    whole = dump_model(after, revision)
    patched = _patched(text, before, after, whole)
    try:
        return patched if parse_model(patched) == after else whole
    except TouchpathError:
        return whole


def _patched(text: str, before: Experience, after: Experience, whole: str) -> str:
    old, new = to_document(before), to_document(after)
    ours, anew = _sections(text), _sections(whole)
    kept: list[str] = [ours.pop("", "")]
    for key in (*ours, *(key for key in anew if key and key not in ours)):
        if key in ours and (key in ("format", "revision") or old.get(key) == new.get(key)):
            kept.append(ours[key])
        elif key in ours and key in anew:
            kept.append(_listed(ours[key], anew[key], old.get(key), new.get(key)))
        elif key in anew:
            kept.append(anew[key] if anew[key].startswith("\n") or not kept[-1] else f"\n{anew[key]}")
    return "".join(kept)


def _sections(text: str) -> dict[str, str]:
    """The text by its top-level keys; comments above a key belong to it, what stands before the first key to ""."""
    found: dict[str, str] = {"": ""}
    key, waiting = "", ""
    for line in text.splitlines(keepends=True):
        match = _KEY.match(line)
        if match:
            key = match.group(1)
            found[key] = found.get(key, "") + waiting + line
            waiting = ""
        elif not line.strip() or line.startswith("#"):
            waiting += line
        else:
            found[key] += waiting + line
            waiting = ""
    found[key] += waiting
    return found


def _listed(ours: str, anew: str, old: object, new: object) -> str:
    """One list: entries that did not change as they stand in `ours`, the others as in `anew`; all of it anew where it is no list of nouns."""
    head, chunks, indent = _entries(ours)
    _, plain, _ = _entries(anew)
    fresh = [_shifted(one, indent) for one in plain]
    befores, afters = _nouns(old), _nouns(new)
    if befores is None or afters is None or len(chunks) != len(befores) or len(fresh) != len(afters):
        return anew
    kept = {str(noun["id"]): (noun, chunk) for noun, chunk in zip(befores, chunks, strict=True)}
    written = [
        kept[str(noun["id"])][1] if str(noun["id"]) in kept and kept[str(noun["id"])][0] == noun else _above(kept, noun) + chunk
        for noun, chunk in zip(afters, fresh, strict=True)
    ]
    return head + "".join(one if one.endswith("\n") else f"{one}\n" for one in written)


def _above(kept: Mapping[str, tuple[Mapping[str, object], str]], noun: Mapping[str, object]) -> str:
    """The comments that stand above an entry."""
    chunk = kept[str(noun["id"])][1] if str(noun["id"]) in kept else ""
    lines = []
    for line in chunk.splitlines(keepends=True):
        if _ENTRY.match(line):
            break
        lines.append(line)
    return "".join(lines)


def _shifted(chunk: str, indent: int) -> str:
    """An entry that begins at the edge, moved in."""
    return "".join(f"{' ' * indent}{line}" if line.strip() else line for line in chunk.splitlines(keepends=True))


def _entries(section: str) -> tuple[str, list[str], int]:
    """The head of a list, its entries, each with the comments above it, and how far they stand in."""
    lines = section.splitlines(keepends=True)
    starts = [match for line in lines if (match := _ENTRY.match(line))]
    indent = min((len(match.group(1)) for match in starts), default=-1)
    head, chunks, waiting = "", [], ""
    for line in lines:
        match = _ENTRY.match(line)
        if match and len(match.group(1)) == indent:
            chunks.append(waiting + line)
            waiting = ""
        elif not line.strip() or line.lstrip().startswith("#"):
            waiting += line
        elif chunks:
            chunks[-1] += waiting + line
            waiting = ""
        else:
            head += waiting + line
            waiting = ""
    if chunks:
        chunks[-1] += waiting
    return head, chunks, max(indent, 0)


def _nouns(value: object) -> Sequence[Mapping[str, object]] | None:
    if isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value):
        return value
    return None
