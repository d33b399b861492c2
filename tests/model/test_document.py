"""Writing a model and reading it back changes nothing, and no text whatever gets anything but ModelErrors."""

from __future__ import annotations

import contextlib
import json
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.diff import diff_models
from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import ModelErrors
from touchpath.model.experience import (
    Brand,
    Channel,
    Dimension,
    Experience,
    Journey,
    ObjectKind,
    Persona,
    Product,
    ProductFamily,
    Question,
    Stage,
    Step,
    Surface,
    Task,
    Touchpoint,
)
from touchpath.model.flow import Flow
from touchpath.model.kept_query import KeptQuery
from touchpath.model.metric_definition import MetricDefinition, MetricPart
from touchpath.model.parse import parse_document, parse_model, parse_model_file
from touchpath.model.rules import Condition, EventRule

# Whole models take long to draw when the machine is busy; that says nothing about the code.
SLOW_TO_DRAW = settings(suppress_health_check=[HealthCheck.too_slow])

printable = st.characters(exclude_categories=("Cc", "Cs"))
texts = st.text(printable | st.sampled_from("\n\t: #'\"-{}[]&*!|>%@`"), max_size=30)
titles = texts.filter(str.strip)
spans = st.integers(1, 100_000).map(lambda minutes: timedelta(minutes=minutes))
days = st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31))
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=8).filter(lambda name: name[0] not in "-_")
words = st.text(printable, min_size=1, max_size=12)
numbers = st.integers(-(10**14), 10**14) | st.floats(-1e6, 1e6)
singles = (
    words
    | numbers
    | st.booleans()
    | st.sampled_from(["null", "~", "true", "1e5", "007", "no", "2027-01-01", "0x1f", "1_000", ".5"])
)
fields = st.sampled_from(["source", "channel", "surface", "value"]) | words.filter(str.strip).map(
    lambda name: f"properties.{name}"
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from(["equals", "in", "prefix", "contains", "matches", ">", "<", "exists"]))
    if operator == "exists":
        return Condition(draw(fields | st.just("objects.session")), operator, draw(st.booleans()))
    operands = {"equals": singles, "in": st.lists(singles, min_size=1, max_size=3).map(tuple), "matches": st.just("^a+$")}
    operand = operands.get(operator, numbers if operator in "<>" else words)
    return Condition(draw(fields), operator, draw(operand))


rules = st.builds(
    EventRule,
    st.lists(words.filter(lambda w: w == w.strip()), max_size=2).map(tuple),
    st.lists(conditions(), max_size=3).map(tuple),
)


def some(ids: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(ids), max_size=2).map(tuple) if ids else st.just(())


def one(ids: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *ids])


def flows(steps: list[str]) -> st.SearchStrategy[Flow]:
    """Flows that name every one of some steps, and any of them again."""
    leaf = st.sampled_from(steps).map(lambda name: ("step", name))

    def nest(inner: st.SearchStrategy[Flow]) -> st.SearchStrategy[Flow]:
        kinds = st.sampled_from(["sequence", "one_of", "all_of"])
        several = st.builds(lambda kind, parts: (kind, *parts), kinds, st.lists(inner, min_size=1, max_size=3))
        return several | st.tuples(st.sampled_from(["repeat", "optional"]), inner)

    named = tuple(("step", name) for name in steps)
    return st.recursive(leaf, nest, max_leaves=6).map(lambda flow: ("sequence", flow, *named))


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | titles,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=3),
    max_leaves=6,
)
kept_queries = st.dictionaries(names, plain_values, max_size=4).map(KeptQuery.of)


@st.composite
def stages(draw: st.DrawFn, step: dict[str, st.SearchStrategy]) -> tuple[Stage, ...]:
    """Steps, each with what it names, in stages."""
    step_ids = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    stage_ids = draw(st.lists(names, min_size=1, max_size=len(step_ids), unique=True))
    parts = [step_ids[at :: len(stage_ids)] for at in range(len(stage_ids))]
    return tuple(
        Stage(stage, draw(titles), tuple(draw(st.builds(Step, st.just(id), titles, rules, **step)) for id in part))
        for stage, part in zip(stage_ids, parts, strict=True)
    )


@st.composite
def journeys(draw: st.DrawFn, id: str, step: dict[str, st.SearchStrategy], around: dict[str, st.SearchStrategy]) -> Journey:
    """A journey. step: what its steps name; around: what it names itself."""
    parts = draw(stages(step))
    flow = draw(st.just(()) | flows([step.id for stage in parts for step in stage.steps]))
    built = st.builds(
        Journey, st.just(id), titles, st.just(parts), texts, window=spans, flow=st.just(flow), contacts=st.none() | rules,
        review_due=days, version=st.integers(1, 99), level=st.sampled_from(["L0", "L2", "L4"]),
        state=st.sampled_from(["as-is", "to-be"]), **around,
    )  # fmt: skip
    return draw(built)


def metrics(id: str) -> st.SearchStrategy[MetricDefinition]:
    """A metric of any kind."""
    named, number = (st.just(id), titles), st.floats(-1e6, 1e6, allow_nan=False)
    parts = st.builds(MetricPart, names, st.floats(0.5, 9), number, number, texts).filter(lambda part: part.worst != part.best)
    return (
        st.builds(MetricDefinition, *named, st.sampled_from(["ratio", "rate"]), rules, rules, window=spans)
        | st.builds(MetricDefinition, *named, st.sampled_from(["events", "sums"]), rules, rules, version=st.integers(1, 99))
        | st.builds(MetricDefinition, *named, st.just("share"), rules, st.none() | rules)
        | st.builds(MetricDefinition, *named, st.just("mean"), rules, per=st.sampled_from(["signal", "person"]))
        | st.builds(MetricDefinition, *named, st.just("quantile"), rules, quantile=st.floats(0.001, 0.999))
        | st.builds(
            MetricDefinition, *named, st.just("composite"), parts=st.lists(parts, min_size=2, max_size=3).map(tuple),
            together=st.sampled_from(["any", "independent"]),
        )
        | st.builds(MetricDefinition, *named, st.just("query"), metric=names, query=kept_queries)
    )  # fmt: skip


@st.composite
def experiences(draw: st.DrawFn) -> Experience:
    def ids(most: int = 2) -> list[str]:
        return draw(st.lists(names, max_size=most, unique=True))

    product_ids, kinds, channel_ids = ids(), ids(), ids()
    surface_ids, touchpoint_ids, task_ids, question_ids, persona_ids, journey_ids = ids(), ids(), ids(), ids(), ids(), ids()
    same = one([*kinds, "session"])
    surfaces = tuple(draw(st.builds(Surface, st.just(id), titles, texts, texts, texts)) for id in surface_ids)
    products = tuple(Product(id, draw(titles), surfaces if at == 0 else ()) for at, id in enumerate(product_ids))
    step = {"touchpoints": some(touchpoint_ids), "tasks": some(task_ids), "questions": some(question_ids)}
    around = {"same": same, "products": some(product_ids), "personas": some(persona_ids)}
    return Experience(
        brand=Brand("b", draw(titles)),
        about=draw(texts),
        families=(ProductFamily("f", draw(titles), products),) if products else (),
        channels=tuple(Channel(id, draw(titles)) for id in channel_ids),
        object_kinds=tuple(ObjectKind(id, draw(titles)) for id in kinds if id not in ("session", "response")),
        touchpoints=tuple(
            draw(st.builds(Touchpoint, st.just(id), titles, channel=one(channel_ids), direct=st.booleans(), promise=texts))
            for id in touchpoint_ids
        ),
        dimensions=tuple(Dimension(id, draw(titles), draw(fields), max_cells=draw(st.integers(1, 4096))) for id in ids()),
        personas=tuple(Persona(id, draw(titles), draw(rules), review_due=draw(days), needs=draw(texts)) for id in persona_ids),
        tasks=tuple(
            draw(st.builds(Task, st.just(id), titles, rules, rules, error=st.none() | rules, limit=spans, same=same))
            for id in task_ids
        ),
        questions=tuple(
            draw(st.builds(Question, st.just(id), titles, rules, st.integers(-9, 0), st.integers(1, 9), titles))
            for id in question_ids
        ),
        journeys=tuple(draw(journeys(id, step, around)) for id in journey_ids),
        metrics=tuple(draw(metrics(id)) for id in ids()),
    )


@many(120, SLOW_TO_DRAW)
@given(experiences(), st.none() | st.integers(0, 9))
def test_a_model_written_as_yaml_reads_back_the_same(experience, revision):
    read = parse_model_file(dump_model(experience, revision))
    assert read.experience == experience
    assert read.revision == revision


@settings(SLOW_TO_DRAW, max_examples=80)
@given(experiences())
def test_a_model_kept_as_a_json_document_reads_back_the_same(experience):
    assert parse_document(json.loads(json.dumps(to_document(experience)))) == experience


@settings(SLOW_TO_DRAW, max_examples=60)
@given(experiences(), experiences())
def test_two_models_differ_in_words_exactly_when_they_differ(before, after):
    assert diff_models(before, before) == ()
    assert bool(diff_models(before, after)) == (before != after)


VALID = dump_model(
    Experience(
        Brand("shop", "Shop"),
        tasks=(Task("t", "T", EventRule(("a",)), EventRule(("b",), (Condition("value", ">", 3),))),),
        journeys=(Journey("j", "J", (Stage("s", "S", (Step("p", "P", EventRule(("a",)), tasks=("t",)),)),)),),
    )
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.binary(max_size=4)
keys = st.sampled_from(
    [*"abc", "id", "title", "kind", "where", "stages", "steps", "match", "brand", "format", "tasks", "scale"]
) | st.text(max_size=5)
structures = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


def read_or_refuse(text: str | bytes) -> None:
    """Read a text; ModelErrors with at least one sentence is the only way to fail."""
    with contextlib.suppress(ModelErrors):
        assert isinstance(parse_model(text), Experience)
        return
    with pytest.raises(ModelErrors) as caught:
        parse_model(text)
    assert caught.value.faults
    assert all(fault.message and "\n" not in fault.message for fault in caught.value.faults)


def test_a_name_of_several_lines_is_refused_in_one():
    with pytest.raises(ModelErrors, match=r"No task is called 'a\\nb'"):
        parse_model(VALID.replace("tasks: [t]", r'tasks: ["a\nb"]'))


@many(150, SLOW_TO_DRAW)
@given(st.dictionaries(st.sampled_from(list(to_document(Experience(Brand("a", "A"))))), structures, max_size=5))
def test_any_structure_under_the_right_keys_is_read_or_refused_in_words(structure):
    read_or_refuse(yaml.safe_dump(structure))
    read_or_refuse(yaml.safe_dump({"format": "touchpath-model/1", "brand": {"id": "a", "title": "A"}} | structure))


@many(150, SLOW_TO_DRAW)
@given(
    st.integers(0, len(VALID)),
    st.integers(0, 12),
    st.text(max_size=6) | st.sampled_from(["\t", "*a", "&a", "!!x ", "? ", "<<: ", "- "]),
)
def test_a_valid_file_with_a_scratch_is_read_or_refused_in_words(at, gone, put):
    read_or_refuse(VALID[:at] + put + VALID[at + gone :])


@settings(SLOW_TO_DRAW, max_examples=100)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_or_bytes_are_read_or_refused_in_words(text):
    read_or_refuse(text)


@st.composite
def swapped(draw: st.DrawFn) -> str:
    """A valid document in which one value was replaced by any other structure."""
    document = yaml.safe_load(VALID)
    place = document
    for _ in range(draw(st.integers(0, 8))):
        inside = [
            key for key in (place if isinstance(place, dict) else range(len(place))) if isinstance(place[key], (dict, list))
        ]
        if not inside:
            break
        place = place[draw(st.sampled_from(inside))]
    spots = list(place if isinstance(place, dict) else range(len(place)))
    if spots:
        place[draw(st.sampled_from(spots))] = draw(structures)
    return yaml.safe_dump(document)


@many(150, SLOW_TO_DRAW)
@given(swapped())
def test_a_valid_file_with_one_wrong_value_is_read_or_refused_in_words(text):
    read_or_refuse(text)
