"""What is wrong with a metric of a model that the model alone cannot know: names of the catalogue, queries, points, parts."""

from __future__ import annotations

from touchpath.metrics.catalogue import CATALOGUE
from touchpath.model.errors import BadInput, Missing
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.metric_definition import MetricDefinition
from touchpath.services.targets import find_metric, find_target
from touchpath.services.tied import check_tie, line_of


def check_metric(definition: MetricDefinition, fields: Fields, experience: Experience) -> None:
    """Note in the fields of a metric whatever is wrong with it."""
    if definition.id in CATALOGUE and definition.metric != definition.id:
        fields.fault(
            fields.line,
            f"'{definition.id}' is a metric of the catalogue. Give this one another id, or tie it with 'metric: {definition.id}'.",
        )
    if definition.kind == "item":
        _check_points(definition, fields, experience)
    if definition.kind == "composite":
        _check_parts(definition, fields, experience)
    if definition.kind == "query" and definition.metric:
        check_tie(definition, fields, experience)


def _check_points(definition: MetricDefinition, fields: Fields, experience: Experience) -> None:
    question = next((one for one in experience.questions if one.id == definition.question), None)
    if question is None or not definition.points:
        return
    low, high = definition.points[0], definition.points[-1]
    if not question.low <= low <= high <= question.high:
        fields.fault(
            line_of(fields, "points"),
            f"'{question.id}' runs from {question.low} to {question.high}, but 'points' {low} to {high} came.",
        )


def _check_parts(definition: MetricDefinition, fields: Fields, experience: Experience) -> None:
    """Every part must be a metric that there is, of something that there is, and no composite itself."""
    composites = {one.id for one in experience.metrics if one.kind == "composite"}
    for part in definition.parts:
        if part.metric in composites:
            fields.fault(
                line_of(fields, "parts"), f"part '{part.metric}' is a composite itself. Name the metrics that it is made of."
            )
            continue
        try:
            find_metric(experience, part.metric)
            find_target(experience, part.metric, part.subject)
        except Missing as error:
            fields.fault(line_of(fields, "parts"), f"part '{part.metric}': {error}")
        except BadInput:
            continue  # faults of that metric's own query are told where it stands
