"""What is shown of people's words to those who may not read personal details: the same, with the details hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from touchpath.services.personal_details import Detector, hide_details, hide_in
from touchpath.services.results import JourneyMap, StepMap, TimelineEntry


def hide_in_entry(entry: TimelineEntry, more: Sequence[Detector] = ()) -> TimelineEntry:
    """One signal of a timeline; its ids stay, as they are what it is found by."""
    properties = {name: hide_in(value, more) for name, value in entry.properties.items()}
    return replace(entry, text=hide_details(entry.text, more), properties=properties)


def hide_in_map(shown: JourneyMap, more: Sequence[Detector] = ()) -> JourneyMap:
    """A journey map with what people wrote at its steps."""
    stages = tuple(replace(stage, steps=tuple(_hide_in_step(step, more) for step in stage.steps)) for stage in shown.stages)
    return replace(shown, stages=stages)


def _hide_in_step(step: StepMap, more: Sequence[Detector]) -> StepMap:
    return replace(step, verbatims=tuple(replace(one, text=hide_details(one.text, more)) for one in step.verbatims))
