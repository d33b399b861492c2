"""Blocks of a board: what each says, and adding, changing, moving and dropping one.

A block is read when it is kept, for its form only: what it names may go away later, and then that block says so and harms no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.time import Grain
from touchpath.services.lanes import LANES
from touchpath.services.voice import SENTIMENTS

MOST_BLOCKS = 40
LONGEST_TITLE, LONGEST_TEXT = 120, 8_000
_LONGEST = 300
Width = Literal["half", "full"]
WIDTHS: tuple[str, ...] = get_args(Width)
#: Of a map, what is shown unless lanes are chosen.
USUAL_LANES = ("volume", "completion", "task_success", "attitude")
MOST_TEXTS = 20


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a block says. what: "number" is a metric and what it is measured of, as in task_success:checkout; the others name a
    noun, or are words. choices: the only words that may stand there, () = any."""

    name: str
    what: Literal["number", "query", "journey", "question", "choice", "choices", "text", "words", "count"]
    needed: bool = False
    choices: tuple[str, ...] = ()


#: What each sort of block says, in the order of its form.
SORTS: Mapping[str, tuple[Field, ...]] = {
    "metric": (Field("number", "number", needed=True),),
    "chart": (Field("number", "number"), Field("grain", "choice", choices=get_args(Grain)), Field("query", "query")),
    "map": (
        Field("journey", "journey", needed=True),
        Field("zoom", "choice", choices=("step", "stage")),
        Field("lanes", "choices", choices=tuple(LANES)),
    ),
    "text": (Field("text", "text", needed=True),),
    "table": (Field("query", "query", needed=True), Field("table", "words")),
    "verbatims": (
        Field("question", "question"),
        Field("sentiment", "choice", choices=SENTIMENTS),
        Field("words", "words"),
        Field("most", "count"),
    ),
    "goal": (Field("number", "number", needed=True),),
}


@dataclass(frozen=True, slots=True)
class Block:
    """One block. id: its own within a board, and kept when it moves. says: by the names of `SORTS`, what is blank left out."""

    id: str
    sort: str
    says: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    width: str = "half"

    def get(self, name: str) -> str:
        """What it says by this name; "" = nothing."""
        return self.says.get(name, "")

    @property
    def number(self) -> tuple[str, str]:
        """The metric, and what it is measured of."""
        metric, _, subject = self.get("number").partition(":")
        return metric, subject

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes of a map, in the order of the map."""
        chosen = self.get("lanes").split()
        return tuple(one for one in LANES if one in chosen) or USUAL_LANES

    @property
    def most(self) -> int:
        """How many texts are shown."""
        return int(self.get("most") or 5)

    def as_document(self) -> dict[str, object]:
        """As it is kept and sent."""
        return {"id": self.id, "sort": self.sort, "title": self.title, "width": self.width, "says": dict(self.says)}


def make_block(id: str, sort: str, says: Mapping[str, object], title: object = "", width: object = "") -> Block:
    """A block of what somebody gave; raises BadInput naming the block's sort, what came and what would do."""
    if sort not in SORTS:
        raise BadInput(f"A block came as '{sort[:40]}'. There are: {', '.join(SORTS)}.")
    if width not in ("", *WIDTHS):
        raise BadInput(f"The width of a {sort} came as '{str(width)[:40]}'. There are: {', '.join(WIDTHS)}.")
    if not isinstance(title, str) or len(title) > LONGEST_TITLE or not _is_clean(title):
        raise BadInput(f"The title of a {sort} is a text of at most {LONGEST_TITLE} characters.")
    fields = {one.name: one for one in SORTS[sort]}
    for name in says:
        if name not in fields:
            raise BadInput(f"A {sort} came with '{str(name)[:40]}'. It can say: {', '.join(fields)}.")
    kept = {name: text for name, one in fields.items() if (text := _read(sort, one, says.get(name)))}
    for name, one in fields.items():
        if one.needed and name not in kept:
            raise BadInput(f"A {sort} needs '{name}', and it is blank.")
    if sort == "chart" and ("number" in kept) == ("query" in kept):
        raise BadInput("A chart draws either a number over time or a saved query: give 'number' or 'query', and not both.")
    return Block(id, sort, kept, " ".join(title.split()), str(width) or usual_width(sort))


def read_block(plain: object) -> Block:
    """A block from its document; raises BadInput."""
    if not isinstance(plain, Mapping) or not isinstance(plain.get("sort"), str):
        raise BadInput('A block is an object with at least a \'sort\', as in {"sort": "text", "says": {"text": "..."}}.')
    if more := [str(name)[:40] for name in plain if name not in ("id", "sort", "title", "width", "says")]:
        raise BadInput(f"A block came with '{more[0]}'. It has: id, sort, title, width, says.")
    id, says = plain.get("id", ""), plain.get("says", {})
    if not isinstance(id, str) or len(id) > 40 or (id and not id.isalnum()):
        raise BadInput("The 'id' of a block is up to 40 letters and digits.")
    if not isinstance(says, Mapping):
        raise BadInput('What a block \'says\' is an object, as in {"number": "nps:nps"}.')
    return make_block(id, plain["sort"], says, plain.get("title", ""), plain.get("width", ""))


def add_block(blocks: Sequence[Block], block: Block) -> tuple[Block, ...]:
    """The blocks with another one at the end, under an id that none of them has; raises BadInput when there are too many."""
    if len(blocks) >= MOST_BLOCKS:
        raise BadInput(f"A board has at most {MOST_BLOCKS} blocks. Take one away first, or make another board.")
    taken = {one.id for one in blocks}
    id = block.id if block.id and block.id not in taken else next(str(n) for n in range(1, 10_000) if str(n) not in taken)
    return (*blocks, replace(block, id=id))


def change_block(blocks: Sequence[Block], block: Block) -> tuple[Block, ...]:
    """The blocks with this one in the place of the one with its id; raises Missing."""
    find_block(blocks, block.id)
    return tuple(block if one.id == block.id else one for one in blocks)


def move_block(blocks: Sequence[Block], id: str, by: int) -> tuple[Block, ...]:
    """The blocks with one of them moved by so many places, as far as there are places; raises Missing."""
    moved = find_block(blocks, id)
    rest = [one for one in blocks if one.id != id]
    rest.insert(max(0, min(len(rest), [one.id for one in blocks].index(id) + by)), moved)
    return tuple(rest)


def drop_block(blocks: Sequence[Block], id: str) -> tuple[Block, ...]:
    """The blocks without one; raises Missing."""
    find_block(blocks, id)
    return tuple(one for one in blocks if one.id != id)


def find_block(blocks: Sequence[Block], id: str) -> Block:
    """The block with this id; raises Missing."""
    for one in blocks:
        if one.id == id:
            return one
    raise Missing(unknown("block", id, (one.id for one in blocks)))


def usual_width(sort: str) -> Width:
    """How wide a new block of a sort is."""
    return "half" if sort in ("metric", "goal") else "full"


def _read(sort: str, one: Field, came: Any) -> str:
    """What a field says as it is kept; "" for nothing."""
    if came is None:
        return ""
    if one.what == "choices" and isinstance(came, list | tuple):
        came = " ".join(map(str, came))
    if not isinstance(came, str | int) or isinstance(came, bool):
        raise BadInput(f"'{one.name}' of a {sort} is a text, but {type(came).__name__} came.")
    text = str(came).strip() if one.what != "text" else str(came).replace("\r\n", "\n").strip("\n ")
    longest = LONGEST_TEXT if one.what == "text" else _LONGEST
    if len(text) > longest:
        raise BadInput(f"'{one.name}' of a {sort} has {len(text):,} characters; at most {longest:,} will do.")
    if not _is_clean(text):
        raise BadInput(f"'{one.name}' of a {sort} holds a character that cannot be shown. Take it out.")
    named = text.split() if one.what == "choices" else [text] if text and one.choices else []
    for word in named:
        if word not in one.choices:
            raise BadInput(f"'{one.name}' of a {sort} came as '{word}'. There are: {', '.join(one.choices)}.")
    if (
        one.what == "count"
        and text
        and not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= MOST_TEXTS)
    ):
        raise BadInput(f"'{one.name}' of a {sort} came as '{text[:40]}'. Give a whole number from 1 to {MOST_TEXTS}.")
    return text


def _is_clean(text: str) -> bool:
    """Whether a text can be kept and shown: lines and tabs may stand in it, other control characters and halves of characters may not."""
    return not any(
        (letter < " " and letter not in "\n\t") or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in text
    )
