"""A model file becomes an Experience, or a list of everything that is wrong with it. Never a traceback."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

from touchpath.model.errors import unknown
from touchpath.model.experience import (
    BUILT_IN_OBJECT_KINDS,
    AccountFacts,
    Brand,
    Channel,
    Dimension,
    Experience,
    Journey,
    Level,
    Lifecycle,
    Medium,
    ObjectKind,
    Persona,
    Product,
    ProductFamily,
    Question,
    Role,
    Stage,
    Step,
    Surface,
    Task,
    Touchpoint,
    Use,
)
from touchpath.model.fields import Fields, Names, Reference, nearest
from touchpath.model.flow import Flow, steps_in
from touchpath.model.flow_text import read_flow
from touchpath.model.hours import read_schedule
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.metric_text import read_metric
from touchpath.model.nodes import Faults, Node, Scalar, decode, nodes_of, quoted, read_nodes
from touchpath.model.rule_text import needed_rule, read_rule
from touchpath.model.rules import RULE_FIELDS

FORMAT = "touchpath-model/1"
_NUMBERS = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What a model file says. `revision` is the one it was exported from, None when it does not say."""

    experience: Experience
    revision: int | None = None


#: Tells what is wrong with questions that are asked together as one questionnaire, each time with the question at fault.
ItemCheck = Callable[[Sequence[Question]], Iterable[tuple[Question, str]]]
#: Notes in the fields of a metric whatever is wrong with it that the model alone cannot know.
MetricCheck = Callable[[MetricDefinition, Fields, Experience], None]


def parse_model(
    text: str | bytes, file_name: str = "model.yaml", metrics: Collection[str] = (), check: MetricCheck | None = None
) -> Experience:
    """The experience that a model file describes; raises ModelErrors with all faults of the file at once.

    `metrics`: the names a question's `metric` may have; any name will do when none are given. A mapping gives for each name the
    scales (lowest, highest) that it reads, none = any, or what checks the items of a questionnaire. `check` looks at each metric of the model.
    """
    return parse_model_file(text, file_name, metrics, check).experience


def parse_model_file(
    text: str | bytes, file_name: str = "model.yaml", metrics: Collection[str] = (), check: MetricCheck | None = None
) -> ModelFile:
    """The experience of a model file together with the revision it was exported from; raises ModelErrors."""
    faults = Faults(file_name)
    return _read(read_nodes(decode(text, faults), faults), faults, metrics, check)


def parse_document(document: Mapping[str, object], name: str = "records") -> Experience:
    """The experience that `document` keeps (see touchpath.model.document); raises ModelErrors."""
    return _read(nodes_of(document), Faults(name), ()).experience


def _read(root: Node, faults: Faults, metrics: Collection[str], check: MetricCheck | None = None) -> ModelFile:
    names = Names(faults)
    names.declared[("object kind", "")] = dict.fromkeys(BUILT_IN_OBJECT_KINDS, 0)
    fields = Fields(root, "", "a model", names)
    if not fields.broken:
        _check_format(fields)
    revision = fields.whole("revision", 0, 2**31, 0) if fields.node("revision") else None
    experience = _experience(fields)
    fields.close()
    if check is not None:
        for definition, its_fields in zip(experience.metrics, names.metrics, strict=True):
            check(definition, its_fields, experience)
    names.resolve()
    _check_metrics(experience, metrics, names)
    faults.check()
    return ModelFile(experience, revision)


def _check_format(fields: Fields) -> None:
    found = fields.needed("format")
    if found is not None and not (isinstance(found, Scalar) and found.text == FORMAT):
        came = quoted(found.text) if isinstance(found, Scalar) else "something else"
        fields.fault(found.line, f"'format' is {FORMAT} for a file that this version reads, but {came} came.")


def _check_metrics(experience: Experience, metrics: Collection[str], names: Names) -> None:
    together: dict[tuple[str, str], list[Question]] = {}
    read_by: Mapping[str, Any] = metrics if isinstance(metrics, Mapping) else {}
    for question in experience.questions if metrics else ():
        reads = read_by.get(question.metric, ())
        if not question.metric:
            continue  # on a scale of its own
        if question.metric not in metrics:
            _fault(question, unknown("metric", question.metric, metrics), names)
        elif callable(reads) and not question.questionnaire:
            name = question.metric
            _fault(question, f"'{name}' reads items together. Write 'questionnaire: {name}' and 'item: 1' and so on.", names)
        elif callable(reads):
            together.setdefault((question.metric, question.questionnaire), []).append(question)
        elif reads and (question.low, question.high) not in reads:
            scales = " or ".join(f"{low} to {high}" for low, high in reads)
            came = f"its scale runs from {question.low} to {question.high}"
            _fault(question, f"'{question.metric}' is read on a scale of {scales}, but {came}.", names)
    for (metric, _), questions in together.items():
        for question, fault in read_by[metric](questions):
            _fault(question, f"{fault}.", names)


def _fault(question: Question, fault: str, names: Names) -> None:
    line = names.declared.get(("question", ""), {}).get(question.id, 0)
    names.faults.add(line, f"questions/{question.id}: {fault}")


def _experience(fields: Fields) -> Experience:
    return Experience(
        about=fields.text("about", ""),
        brand=_brand(fields),
        families=fields.each("product_families", "a product family", _family),
        channels=fields.each("channels", "a channel", lambda f: Channel(f.id(), f.text("title"))),
        touchpoints=fields.each("touchpoints", "a touchpoint", _touchpoint),
        object_kinds=fields.each("object_kinds", "an object kind", lambda f: ObjectKind(f.id(), f.text("title"))),
        dimensions=fields.each("dimensions", "a dimension", _dimension),
        personas=fields.each("personas", "a persona", _persona),
        roles=fields.each("roles", "a role", lambda f: Role(f.id(), f.text("title"), needed_rule(f, "rule"))),
        lifecycle=_lifecycle(fields),
        accounts=_accounts(fields),
        tasks=fields.each("tasks", "a task", _task),
        questions=fields.each("questions", "a question", _question),
        journeys=fields.each("journeys", "a journey", _journey),
        metrics=fields.each("metrics", "a metric", read_metric),
        schedules=fields.each("schedules", "a schedule", lambda f: read_schedule(f, f.id(), f.text("title"))),
    )


def _lifecycle(fields: Fields) -> Lifecycle | None:
    inside = fields.inside("lifecycle", "the lifecycle")
    if inside is None:
        return None
    quiet = inside.span("quiet", timedelta()) if inside.node("quiet") is not None else None
    found = Lifecycle(needed_rule(inside, "current"), read_rule(inside, "past"), quiet)
    if found.past is None and not found.quiet and not inside.broken:
        inside.fault(
            inside.line, "a lifecycle needs 'past' (what ends it), 'quiet' (a time without 'current', as in 365d), or both."
        )
    inside.close()
    return found


def _accounts(fields: Fields) -> AccountFacts | None:
    inside = fields.inside("accounts", "what is known of accounts")
    if inside is None:
        return None
    name, renewal = (_property(inside, key) for key in ("name", "renewal"))
    paid, sets, ends = (read_rule(inside, key) for key in ("paid", "sets", "ends"))
    found = AccountFacts(name, renewal, paid, sets, ends, inside.reference("same", "object kind"))
    inside.close()
    return found


def _property(fields: Fields, key: str) -> str:
    """A property of signals; "" = none."""
    node = fields.node(key)
    if node is None:
        return ""
    name = fields.as_text(node, key)
    if name and not (name.startswith("properties.") and name.removeprefix("properties.").strip()):
        fields.fault(node.line, f"{quoted(name)} is no property. Write it as properties.NAME, as in properties.company_name.")
        return ""
    return name


def _brand(fields: Fields) -> Brand:
    inside = fields.inside("brand", "a brand")
    if inside is None:
        if not fields.broken:
            fields.fault(fields.line, "'brand' is missing. Write one as brand: {id: shop, title: The Shop}.")
        return Brand("", "")
    brand = Brand(inside.id(), inside.text("title"))
    inside.close()
    return brand


def _family(fields: Fields) -> ProductFamily:
    return ProductFamily(fields.id(), fields.text("title"), fields.each("products", "a product", _product))


def _product(fields: Fields) -> Product:
    return Product(fields.id(), fields.text("title"), fields.each("surfaces", "a surface", _surface))


def _surface(fields: Fields) -> Surface:
    type_ = fields.text("type", "website")
    return Surface(fields.id(), fields.text("title"), type_, fields.text("platform", ""), fields.text("version", ""))


def _touchpoint(fields: Fields) -> Touchpoint:
    return Touchpoint(
        id=fields.id(),
        title=fields.text("title"),
        medium=fields.choice("medium", get_args(Medium), "digital"),
        type=fields.text("type", ""),
        direct=fields.flag("direct", True),
        channel=fields.reference("channel", "channel"),
        owner=fields.text("owner", ""),
        policy=fields.text("policy", ""),
        promise=fields.text("promise", ""),
    )


def _dimension(fields: Fields) -> Dimension:
    return Dimension(
        id=fields.id(),
        title=fields.text("title"),
        field=_signal_field(fields),
        level=fields.choice("level", ("signal", "person", "account", "object"), "signal"),
        changes=fields.choice("changes", ("fixed", "as_of_signal", "latest"), "as_of_signal"),
        max_cells=fields.whole("max_cells", 1, 4_096, 64),
    )


def _signal_field(fields: Fields) -> str:
    found = fields.needed("field")
    if found is None:
        return ""
    name = fields.as_text(found, "field")
    if name and name not in RULE_FIELDS and not (name.startswith("properties.") and name.removeprefix("properties.").strip()):
        known = (*RULE_FIELDS, "properties.NAME")
        near = nearest(name, known)
        hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(known)}."
        fields.fault(found.line, f"a signal has no field {quoted(name)} to cut by. {hint}")
    return name


def _persona(fields: Fields) -> Persona:
    return Persona(
        id=fields.id(),
        title=fields.text("title"),
        rule=needed_rule(fields, "rule"),
        needs=fields.text("needs", ""),
        evidence=fields.text("evidence", ""),
        review_due=fields.day("review_due"),
        purpose=fields.text("purpose", ""),
        pains=fields.text("pains", ""),
        owner=fields.text("owner", ""),
    )


def _task(fields: Fields) -> Task:
    return Task(
        id=fields.id(),
        title=fields.text("title"),
        start=needed_rule(fields, "start"),
        success=needed_rule(fields, "success"),
        failure=read_rule(fields, "failure"),
        error=read_rule(fields, "error"),
        abandon=read_rule(fields, "abandon"),
        limit=fields.span("limit", _default(Task, "limit")),
        product=fields.reference("product", "product"),
        same=fields.reference("same", "object kind"),
    )


def _question(fields: Fields) -> Question:
    low, high = _scale(fields)
    questionnaire = fields.text("questionnaire", "")
    return Question(
        id=fields.id(),
        title=fields.text("title"),
        asked=needed_rule(fields, "asked"),
        low=low,
        high=high,
        metric=fields.text("metric", questionnaire),
        questionnaire=questionnaire,
        item=fields.whole("item", 0, 1_000, 0),
    )


def _scale(fields: Fields) -> tuple[int, int]:
    """Ends of a scale: whole numbers, the lower one first, at most 1,000 apart."""
    if fields.needed("scale") is None:
        return 0, 1
    scale = fields.inside("scale", "a scale")
    if scale is None:
        return 0, 1
    before = len(fields.faults.found)
    low, high = scale.whole("low", -_NUMBERS, _NUMBERS), scale.whole("high", -_NUMBERS, _NUMBERS)
    scale.close()
    if len(fields.faults.found) == before and not 0 < high - low <= 1_000:
        scale.fault(scale.line, f"'low' must be less than 'high', by at most 1,000, but {low} and {high} came.")
    return low, high


def _journey(fields: Fields) -> Journey:
    id = fields.id()
    journey = Journey(
        id=id,
        title=fields.text("title"),
        stages=fields.each("stages", "a stage", lambda stage: _stage(stage, f"journey '{id}'")),
        purpose=fields.text("purpose", ""),
        level=fields.choice("level", get_args(Level), "L2"),
        version=fields.whole("version", 1, _NUMBERS, 1),
        state=fields.choice("state", ("as-is", "to-be"), "as-is"),
        window=fields.span("window", _default(Journey, "window")),
        same=fields.reference("same", "object kind"),
        products=fields.references("products", "product"),
        contacts=read_rule(fields, "contacts"),
        owner=fields.text("owner", ""),
        review_due=fields.day("review_due"),
        personas=fields.references("personas", "persona"),
        flow=_flow(fields, f"journey '{id}'"),
    )
    _check_flow(fields, journey)
    if not journey.stages and not fields.broken:
        fields.fault(fields.line, "a journey needs at least one stage with one step.")
    return journey


def _flow(fields: Fields, journey: str) -> Flow:
    """The orders of steps that a journey allows; each step named must be one of its own."""

    def named(name: str, line: int) -> None:
        fields.names.references.append(Reference("step", journey, name, line, f"{fields.path}: 'flow'"))

    return read_flow(fields, "flow", named)


def _check_flow(fields: Fields, journey: Journey) -> None:
    """A flow must say where each step belongs: a step that is in no order would only ever be in the way."""
    named = set(steps_in(journey.flow))
    left_out = [step.id for step in journey.steps if step.id not in named]
    node = fields.node("flow")
    if journey.flow and left_out and node is not None:
        told = ", ".join(map(quoted, left_out))
        fields.fault(
            node.line,
            f"'flow' says nothing about {told}. It names every step of the journey; write {{optional: "
            f"{left_out[0]}}} for one that may be left out.",
        )


def _stage(fields: Fields, journey: str) -> Stage:
    steps = fields.each("steps", "a step", lambda step: _step(step, journey))
    if not steps and not fields.broken:
        fields.fault(fields.line, "a stage needs at least one step.")
    return Stage(fields.id(journey), fields.text("title"), steps)


def _step(fields: Fields, journey: str) -> Step:
    return Step(
        id=fields.id(journey),
        title=fields.text("title"),
        match=needed_rule(fields, "match"),
        use=fields.choice("use", get_args(Use), "during"),
        touchpoints=fields.references("touchpoints", "touchpoint"),
        tasks=fields.references("tasks", "task"),
        questions=fields.references("questions", "question"),
        optional=fields.flag("optional", False),
        hand_off=fields.flag("hand_off", False),
        moment_of_truth=fields.flag("moment_of_truth", False),
    )


def _default(noun: type, name: str) -> Any:
    """The default of a noun's field, so that it is written down in one place."""
    return next(field.default for field in dataclasses.fields(noun) if field.name == name)
