"""The whole stack over a folder of facts, and all that it tells about them: tables, people and other folds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from law_documents import UNITS, documents, experience
from law_facts import KINDS, Fact, table_of
from short_form import short_form

from touchpath.model.experience import Question, Task
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.queries.ask import ask, select
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.document import answer_document
from touchpath.services.queries.features import read_features
from touchpath.services.queries.reading import read_asked
from touchpath.services.queries.together import ask_all
from touchpath.services.results import QueryAnswer
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_builder import Limits
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.belonging import Belonging
from touchpath.timelines.build import assemble
from touchpath.timelines.counting import CountMoves, CountSessions, MoveNumbers
from touchpath.timelines.fold import Engine, Fold
from touchpath.timelines.kano import KanoPairs
from touchpath.timelines.memberships import Did, Memberships
from touchpath.timelines.one_by_one import Accounted, ByAccount
from touchpath.timelines.overlay import skipped_rows
from touchpath.timelines.questionnaires import Scores
from touchpath.timelines.rows import Rows
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.totals import Totals
from touchpath.timelines.who import EverMatched

ZONE, WEEK_START = "Europe/Madrid", 0
KEY = short_form(0, 10)
TINY = Limits(chunk_rows=16, shard_rows=24, threads=2)


def folds() -> tuple[Fold[Any], ...]:
    """The folds that no query asks for."""

    def items(number: int) -> Question:
        asked = EventRule(("answered",), (Condition("properties.item", "equals", str(number)),))
        return Question(f"q{number}", "", asked, 0, 10, "short", "short", number)

    rule = {name: EventRule((name,)) for name in KINDS}
    task = Task("buy", "", rule["cart"], rule["order"], error=rule["ticket"], limit=timedelta(days=2))
    nps = Question("nps", "", rule["answered"], 0, 10, "nps")
    return (
        Memberships((Did(rule["cart"]), Did(rule["order"]))),
        Belonging((EverMatched(rule["cart"]), EverMatched(rule["order"]))),
        Answers(nps),
        Answers(nps, "all"),
        Scores(tuple(map(items, (1, 2, 3))), KEY),
        KanoPairs(tuple(replace(items(number), low=1, high=5) for number in (1, 2))),
        Attempts(task),
        Attempts(replace(task, same="order")),
        CountSessions(timedelta(hours=2)),
        CountMoves(),
        Totals(rule["ticket"], rule["order"]),
        Totals(rule["cart"], rule["order"], of_values=True),
        ByAccount(Answers(nps)),
        ByAccount(Scores(tuple(map(items, (1, 2, 3))), KEY)),
        ByAccount(Attempts(replace(task, same="order"))),
    )


class Shop:
    """The whole stack over a folder: a lake, timelines in files, and questions."""

    def __init__(self, folder: Path, limits: Limits = TINY, overlay_share: float = 100.0, *, background: bool = False) -> None:
        self.lake = DeltaLake(folder / "lake")
        self.files = TimelineFiles(
            folder / "timelines",
            self.lake,
            limits=limits,
            overlay_share=overlay_share,
            background=background,
            lake=lambda: self.lake.identity,
        )
        self.experience = experience()

    def append(self, facts: Sequence[Fact]) -> None:
        """Keep some facts."""
        self.lake.append(table_of(facts))

    def told(
        self, engine: Engine, opened: Mapping[str, TimelineSet] | None = None, units: Sequence[str] = UNITS
    ) -> dict[str, Any]:
        """Everything that can be said: the tables and the selections of all documents of some units, and all other folds.

        opened: read these timelines instead.
        """
        ground, found = Ground(self.experience, self.files, engine, ZONE, WEEK_START), dict[str, Any]()
        ground._opened.update(opened or {})
        for unit in units:
            for name, document in documents(unit):
                found[f"{unit}: {name}"] = tell(ground, document)
            found[f"{unit}: all at once"] = tell_together(ground, [document for _, document in documents(unit)])
            frame = ground.frame(grain="month", by="channel", unit=unit)
            for place, fold in enumerate(folds()):
                summary = ground.engine.summarise(fold, frame.timelines, frame.cut, ())
                found[f"{unit}: fold {place} {type(fold).__name__}"] = plain(summary, frame)
        return found

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.files.close()
        self.lake.close()


def told_in_memory(engine: Engine, facts: Sequence[Fact], zone: str, units: Sequence[str] = ("person",)) -> dict[str, Any]:
    """What the documents tell about facts in a zone, on a lake that is gone again."""
    with TemporaryDirectory() as folder, Shop(Path(folder), Limits(10_000, 10_000, 1)) as shop:
        shop.append(facts)
        ground = Ground(shop.experience, shop.files, engine, zone, WEEK_START)
        return {f"{unit}: {name}": tell(ground, document) for unit in units for name, document in documents(unit)}


def tell(ground: Ground, document: Mapping[str, Any]) -> Any:
    """Tables and selections of one document, without the version of the data."""
    asked = read_asked(document, QUERIES, ground.experience, ground.zone)
    if asked.query.name == "features":
        rows = read_features(ground, asked).read_all().to_pylist()
        return sorted(rows, key=lambda row: (row["owner"], row["anchor_key"]))
    answer = answer_document(ask(ground, asked, 0.95))
    outcomes = list(asked.query.outcomes())[:4]
    people = {name: select(ground, asked, name).keys.tolist() for name in outcomes}
    return {"tables": answer["tables"], "notes": sorted(answer["notes"]), "people": people}


def tell_together(ground: Ground, asked: Sequence[Mapping[str, Any]]) -> Any:
    """The tables of many documents, read in one pass."""
    queries = [read_asked(one, QUERIES, ground.experience, ground.zone) for one in asked if one["query"] != "features"]
    return [answer_document(answer)["tables"] for answer in ask_all(ground, queries, 0.95) if isinstance(answer, QueryAnswer)]


def plain(summary: Any, frame: Frame) -> Any:
    """A summary in words instead of codes, which depend on what came first."""
    if isinstance(summary, Accounted):
        accounts = frame.timelines.words["account"]
        return Counter({(cell, accounts[code], *rest): times for cell, code, *rest, times in summary.rows.tolist()})
    if not isinstance(summary, MoveNumbers):
        return summary
    words, moves = frame.timelines.words["kind"], Counter[tuple[str, str, str]]()
    for cell, before, after in np.argwhere(summary.moves).tolist():
        where = f"{frame.periods[cell // len(frame.segments)].start}, {frame.segments[cell % len(frame.segments)]}"
        moves[where, words[before], words[after]] = int(summary.moves[cell, before, after])
    return moves


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """What was told differently, by name."""
    return [name for name in expected if found[name] != expected[name]]


def in_shards(opened: TimelineSet, count: int) -> TimelineSet:
    """The same timelines in so many shards, owner by owner in turn, all in memory."""
    everybody = (
        replace(shard, skip=1 - shard.skip if shard.skip.size else np.ones(shard.people, np.uint8)) for shard in opened.shards
    )
    rows = Rows.join(skipped_rows(shard) for shard in everybody)
    owners = np.unique(rows.owners)
    shards = tuple(
        replace(assemble(rows.take(np.isin(rows.owners, owners[part::count]))), words=opened.words) for part in range(count)
    )
    return replace(opened, shards=shards)
