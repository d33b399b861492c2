"""A measurement as a document: what is asked, as in {metric: churn, grain: month}, and the answer as plain values, to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from touchpath.metrics.weighing import WEIGHTS
from touchpath.model.errors import BadInput
from touchpath.model.fields import Fields, Names
from touchpath.model.nodes import Faults, MapNode
from touchpath.model.time import Grain, Period
from touchpath.services.queries.document import answer_document
from touchpath.services.queries.reading import Document, read_period, root_of
from touchpath.services.results import Measurement, QueryAnswer, Table, Value


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric to be measured."""

    metric: str
    subject: str = ""
    by: str = ""
    grain: Grain | None = None
    period: Period | None = None
    weight: str = ""


def read_measure(document: Document, zone: str) -> Measure | None:
    """The metric that a document asks for; None when it asks a query. Raises BadInput with every fault."""
    root = root_of(document)
    if not isinstance(root, MapNode) or "metric" not in root.pairs:
        return None
    if "query" in root.pairs:
        raise BadInput("A document asks for a 'metric' or for a 'query', but both came.")
    faults = Faults("metric")
    fields = Fields(root, "", "a measurement", Names(faults))
    measure = Measure(
        fields.text("metric"),
        fields.text("subject", ""),
        fields.text("by", ""),
        fields.choice("grain", get_args(Grain)) if fields.node("grain") else None,
        read_period(fields, "period", zone),
        fields.choice("weight", WEIGHTS) if fields.node("weight") else "",
    )
    fields.close()
    faults.check()
    return measure


def kept_document(answer: QueryAnswer | Measurement) -> dict[str, Any]:
    """An answer as plain values; a measurement's with the version that it was made with."""
    if isinstance(answer, QueryAnswer):
        return answer_document(answer)
    words = answer.metric
    definition = {"metric": words.id, "version": words.version_label, "definition": words.definition, "formula": words.formula}
    return answer_document(_as_tables(answer)) | {"definition": definition}


def _as_tables(measured: Measurement) -> QueryAnswer:
    rows: list[tuple[Value, ...]] = [
        ((one.period or measured.period).start, (one.period or measured.period).end, one.segment, one.number)
        for one in measured.readings
    ]
    tables = [
        Table("total", ("number",), ((measured.total,),)),
        Table("readings", ("from", "to", "segment", "number"), tuple(rows)),
    ]
    if measured.parts:
        parts = tuple((part.words.id, part.subject, part.weight, part.number, part.score) for part in measured.parts)
        tables.append(Table("parts", ("part", "of", "weight", "number", "score"), parts))
    title = f"{measured.metric.title}: {measured.about}"
    notes = measured.notes if measured.weighing else ()
    return QueryAnswer("metric", title, tuple(tables), "person", measured.period, measured.data_version, notes)
