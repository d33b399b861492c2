"""Metrics of the catalogue that a model ties to a query: their queries are checked with the model, and read when they are measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from touchpath.metrics.called import no_metric
from touchpath.metrics.catalogue import METRICS, QUERY_METRICS
from touchpath.metrics.metric import QueryMetric
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.nodes import Scalar
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.query import HasColumns, Query
from touchpath.services.queries.reading import Asked, read_asked, read_fields

#: What is chosen anew each time a metric is measured, and so is not part of what it means.
_CHOSEN_LATER = ("period", "grain", "by", "confidence")


def check_tie(definition: MetricDefinition, fields: Fields, experience: Experience) -> None:
    """Note in the fields of a metric what is wrong with the catalogue's metric that it names, and with its query."""
    one = QUERY_METRICS.get(definition.metric)
    if one is None:
        fields.fault(line_of(fields, "metric"), _no_such(definition.metric))
    elif definition.query is not None:
        _check_query(one, fields, experience)


def _no_such(name: str) -> str:
    if name in METRICS:
        return f"'{name}' is measured of a {METRICS[name].subject}, not of a query, so it needs no entry here."
    return no_metric(name, QUERY_METRICS, "metric that is measured of a query")


def _check_query(one: QueryMetric[Any], fields: Fields, experience: Experience) -> None:
    inside = fields.inside("query", "a query")
    if inside is None or inside.broken:
        return
    named = inside.node("query")
    if isinstance(named, Scalar) and named.text in QUERIES and named.text != one.query:
        fields.fault(named.line, f"'{one.name}' is measured of a query '{one.query}', but '{named.text}' came.")
        return
    for key in _CHOSEN_LATER:
        if (node := inside.node(key)) is not None:
            inside.fault(node.line, f"'{key}' is chosen each time the metric is measured. Take it out.")
    for key, values in one.needs.items():
        node = inside.node(key)
        if node is None or (values and not (isinstance(node, Scalar) and node.text in values)):
            wanted = f"'{key}: {' or '.join(values)}'" if values else f"'{key}'"
            inside.fault(node.line if node else inside.line, f"'{one.name}' needs {wanted}.")
    asked = read_fields(inside, QUERIES, experience)
    if asked is not None and (problem := misfit(one, asked.query)):
        inside.fault(inside.line, problem)


def misfit(one: QueryMetric[Any], query: Query) -> str:
    """Why a query of the right name does not have what a metric reads; "" when it does."""
    columns = list(query.columns()) if isinstance(query, HasColumns) else []
    if not one.column or one.column in columns:
        return ""
    return f"'{one.name}' reads '{one.column}', but this query counts {', '.join(columns[:3])} to {columns[-1]}. Change what it counts."


def line_of(fields: Fields, key: str) -> int:
    """The line of a key, or of the whole noun."""
    node = fields.node(key)
    return node.line if node else fields.line


def tied_metric(definition: MetricDefinition) -> QueryMetric[Any]:
    """The catalogue's metric under the name that the model gives it; raises Missing when the catalogue has it no more."""
    one = QUERY_METRICS.get(definition.metric)
    if one is None:
        raise Missing(f"Metric '{definition.id}': {_no_such(definition.metric)}")
    told = definition.definition or one.definition
    return replace(
        one,
        name=definition.id,
        title=definition.title,
        definition=told,
        version=definition.version,
        catalogue_version=one.version,
        worthwhile=definition.worthwhile or one.worthwhile,
    )


def tied_query(definition: MetricDefinition, experience: Experience, zone: str) -> Asked:
    """The query that a metric is measured of; raises BadInput for one that this version cannot read."""
    assert definition.query is not None
    return read_asked(definition.query.plain(), QUERIES, experience, zone)


def find_tied(experience: Experience, name: str, subject: str) -> MetricDefinition:
    """The definition that ties a metric of the catalogue to a query: the one named, or the only one. Raises Missing."""
    ties = {one.id: one for one in experience.metrics if one.metric == name}
    if subject:
        if subject not in ties:
            raise Missing(unknown(f"metric of the model that ties '{name}' to a query", subject, ties))
        return ties[subject]
    if len(ties) == 1:
        return next(iter(ties.values()))
    if ties:
        raise Missing(f"The model ties '{name}' to several queries. Name one: {', '.join(ties)}.")
    query = QUERY_METRICS[name].query
    raise Missing(
        f"The model does not say which signals '{name}' is read from. Tie it to a query under 'metrics': "
        f"{{id: {name}, title: {QUERY_METRICS[name].title}, metric: {name}, query: {{query: {query}, ...}}}}. See docs/guide/model.md."
    )
