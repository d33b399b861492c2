"""What is shown of people's words to those who may not read personal details: the same, with the details hidden.

A property may hold anything that somebody wrote, so every text of an answer is looked through, whichever column it stands in: a value, the
name of a segment, what is known of a person before a signal. Rows stay apart, also where their texts look alike once hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import pyarrow as pa

from touchpath.model.estimate import Undefined
from touchpath.services.associations import AssociationsFound
from touchpath.services.compared import Compared, Contrast
from touchpath.services.effect_found import EffectFound
from touchpath.services.personal_details import Detector, hide_details, hide_in
from touchpath.services.results import FunnelAnswer, JourneyMap, Measurement, QueryAnswer, StepMap, Table, TimelineEntry, Value
from touchpath.stats.mixes import MixBetween, MixChange

Mix = TypeVar("Mix", MixChange, MixBetween)

#: So many different texts of one answer are remembered while it is looked through.
_REMEMBERED = 10_000


def hide_in_entry(entry: TimelineEntry, more: Sequence[Detector] = ()) -> TimelineEntry:
    """One signal of a timeline; its ids stay, as they are what it is found by."""
    properties = {name: hide_in(value, more) for name, value in entry.properties.items()}
    return replace(entry, text=hide_details(entry.text, more), properties=properties)


def hide_in_map(shown: JourneyMap, more: Sequence[Detector] = ()) -> JourneyMap:
    """A journey map with what people wrote at its steps."""
    stages = tuple(replace(stage, steps=tuple(_hide_in_step(step, more) for step in stage.steps)) for stage in shown.stages)
    return replace(shown, stages=stages)


def hide_in_answer(answer: QueryAnswer, more: Sequence[Detector] = ()) -> QueryAnswer:
    """The answer to a query: every text in its tables and notes."""
    hide = _hider(more)
    return replace(answer, tables=tuple(_hide_in_table(one, hide) for one in answer.tables), notes=tuple(map(hide, answer.notes)))


def hide_in_measurement(shown: Measurement, more: Sequence[Detector] = ()) -> Measurement:
    """A metric that is cut: the names of its segments."""
    hide = _hider(more)
    readings = tuple(replace(one, segment=hide(one.segment)) for one in shown.readings)
    return replace(shown, readings=readings, mix=_hide_in_mix(shown.mix, hide) if shown.mix else None)


def hide_in_comparison(shown: Compared, more: Sequence[Detector] = ()) -> Compared:
    """A comparison: the names of its sides, and the reasons that tell them."""
    hide = _hider(more)

    def hidden(one: Contrast) -> Contrast:
        found = replace(one.found, reason=hide(one.found.reason)) if isinstance(one.found, Undefined) else one.found
        before, after, segment = map(hide, (one.before_title, one.after_title, one.segment))
        return replace(one, before_title=before, after_title=after, segment=segment, found=found)

    mix = _hide_in_mix(shown.mix, hide) if isinstance(shown.mix, MixChange) else shown.mix
    mixes = tuple(
        replace(_hide_in_mix(one, hide), before_title=hide(one.before_title), after_title=hide(one.after_title))
        for one in shown.mixes
    )
    return replace(shown, contrasts=tuple(map(hidden, shown.contrasts)), mix=mix, mixes=mixes)


def hide_in_associations(shown: AssociationsFound, more: Sequence[Detector] = ()) -> AssociationsFound:
    """How metrics go together: the names of segments."""
    hide = _hider(more)
    pairs = tuple(replace(one, spots=tuple(replace(spot, title=hide(spot.title)) for spot in one.spots)) for one in shown.pairs)
    return replace(shown, pairs=pairs)


def hide_in_effect(shown: EffectFound, more: Sequence[Detector] = ()) -> EffectFound:
    """The effect of a change: the names of segments that are left out."""
    return replace(shown, gaps=tuple(map(_hider(more), shown.gaps)))


def _hide_in_mix(mix: Mix, hide: Callable[[str], str]) -> Mix:
    return replace(mix, parts=tuple(replace(part, title=hide(part.title)) for part in mix.parts))


def hide_in_funnel(shown: FunnelAnswer, more: Sequence[Detector] = ()) -> FunnelAnswer:
    """A funnel that is cut: the names of its segments."""
    hide = _hider(more)
    return replace(shown, cells=tuple(replace(one, segment=hide(one.segment)) for one in shown.cells))


def hide_in_rows(rows: pa.RecordBatchReader, more: Sequence[Detector] = ()) -> pa.RecordBatchReader:
    """A stream of rows: every text in them, batch by batch as it is read."""
    hide = _hider(more)
    hidden = (
        pa.RecordBatch.from_arrays([_hide_in_column(one, hide) for one in batch.columns], schema=rows.schema) for batch in rows
    )
    return pa.RecordBatchReader.from_batches(rows.schema, hidden)


def _hider(more: Sequence[Detector]) -> Callable[[str], str]:
    """Hides details; texts come again and again, so what one became is remembered."""
    return lru_cache(_REMEMBERED)(lambda text: hide_details(text, more))


def _hide_in_table(table: Table, hide: Callable[[str], str]) -> Table:
    def shown(value: Value) -> Value:
        return hide(value) if isinstance(value, str) else value

    return replace(table, rows=tuple(tuple(map(shown, row)) for row in table.rows))


def _hide_in_column(column: pa.Array, hide: Callable[[str], str]) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, _hide_in_column(column.dictionary, hide))
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    apart = column.dictionary_encode()
    hidden = pa.array([hide(text) for text in apart.dictionary.to_pylist()], column.type)
    return hidden.take(apart.indices)


def _hide_in_step(step: StepMap, more: Sequence[Detector]) -> StepMap:
    return replace(step, verbatims=tuple(replace(one, text=hide_details(one.text, more)) for one in step.verbatims))
