"""The query `features`: a table with one row per anchor signal, streamed. It has rows instead of tables of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast, get_args

import pyarrow as pa

from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import MapNode, Node, Scalar
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.queries.ask import choose, held_by
from touchpath.services.queries.query import Setting
from touchpath.services.queries.reading import Asked, needed_rule_at, read_span
from touchpath.services.queries.undeclared import join_undeclared
from touchpath.services.results import Table
from touchpath.timelines.features import Feature, Features, Measure, Which
from touchpath.timelines.fold import Fold
from touchpath.timelines.only import blocks_of, only_rows, rows_that
from touchpath.timelines.who import who_are

_HOW = "Write features: {visits: {count: page.viewed, before: 30d}, left: {did: account.closed, after: 90d}}."


@dataclass(frozen=True, slots=True)
class FeaturesQuery:
    """One row per anchor signal with what happened before and after it: for models, and for looking closer. Rows, no tables."""

    features: Features

    name: ClassVar[str] = "features"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: anchor, which, features."""
        anchor, which = needed_rule_at(fields, "anchor"), fields.choice("which", get_args(Which), "each")
        found = fields.needed("features")
        pairs = found.pairs if isinstance(found, MapNode) else {}
        if found is not None and not pairs:
            fields.fault(found.line, f"'features' names columns and what they tell. {_HOW}")
        columns = tuple(_feature(fields, name, node) for name, node in pairs.items())
        return cls(Features(anchor, columns, which))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The anchor, and what features read."""
        columns = (EventRule((), (Condition(f.column, "exists", True),)) for f in self.features.columns if "." in f.column)
        return (self.features.anchor, *(feature.rule for feature in self.features.columns), *columns)

    def fold(self, setting: Setting) -> Fold[Any]:
        """Raises BadInput: rows are streamed, not counted."""
        raise BadInput("Features are rows, not numbers. Write them to a file: touchpath features QUERY --out features.parquet")

    def tables(self, summary: Any, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """None."""
        return ()

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """None."""
        return {}


def _feature(fields: Fields, name: str, node: Node) -> Feature:
    """One column: {count: RULE, before: 30d}, {sum: RULE, after: 7d}, {known: properties.plan}, {distinct: channel, of: RULE} ..."""
    inside = Fields(node, f"features/{name}", "a feature", fields.names)
    measures = [measure for measure in get_args(Measure) if inside.node(measure) is not None]
    before, after = read_span(inside, "before"), read_span(inside, "after")
    of = inside.node("of")
    if len(measures) != 1 or (before and after):
        inside.fault(inside.line, f"a feature has one measure, and 'before' or 'after', not both. {_HOW}")
        return Feature(name, "count")
    measure = cast(Measure, measures[0])
    told = inside.needed(measure)
    assert told is not None
    column, rule = "", EventRule(())
    if measure in ("distinct", "known"):
        column = told.text if isinstance(told, Scalar) else ""
        rule = rule if of is None else rule_at(inside, "of", of)
    else:
        rule = rule_at(inside, measure, told)
    inside.close()
    try:
        return Feature(name, measure, rule, after or before, after is not None, column)
    except BadInput as error:
        inside.fault(inside.line, str(error))
        return Feature(name, "count")


def read_features(ground: Ground, asked: Asked) -> pa.RecordBatchReader:
    """The rows of a `features` query, streamed block by block of owners: whoever stops reading stops the work.

    Raises BadInput for another query, and for cuts.
    """
    query = asked.query
    if not isinstance(query, FeaturesQuery):
        raise BadInput(f"'{query.name}' gives numbers, not rows. Ask it with: touchpath ask QUERY")
    if asked.by or asked.grain:
        raise BadInput("Features are not cut by 'by' or 'grain': add a feature instead, as in {channel: {known: channel}}.")
    join_undeclared(ground, asked)
    return pa.RecordBatchReader.from_batches(query.features.schema, _rows(ground, asked, query.features))


def _rows(ground: Ground, asked: Asked, features: Features) -> Iterator[pa.RecordBatch]:
    opened = ground.open(asked.unit)
    who = (*ground.who, *(choose(ground, one, asked.unit) for one in asked.who))
    held = held_by(ground, asked)
    low, high = (asked.period.micros) if asked.period else (opened.first, opened.end + 1)
    for shard in opened.shards:
        people = who_are(shard, who)
        for block, owners in blocks_of(shard):
            if asked.where or held:
                block = only_rows(block, rows_that(block, EventRule((), asked.where), held))
            yield from features.read(block, people[owners], opened.end, low, high)
