"""Reads from a funnel's document in which way it is to be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from touchpath.model.errors import BadInput
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came, plain_value
from touchpath.model.rule_text import rule_at
from touchpath.model.spans import parse_span
from touchpath.services.queries.funnel_variants import OWN, VARIANTS
from touchpath.services.queries.reading import needed_rule_at, read_span, rules_at
from touchpath.timelines.ways import AGREE, ENTRY, LAST, Effect, Mode, Order, Ties, Ways, Without

_SEGMENTS = {"entry": ENTRY, "last": LAST, "agree": AGREE}
_ONCE = "strict_once"


def read_variant(fields: Fields) -> str:
    """The system whose way of counting is asked for; "" = ours."""
    return fields.choice("variant", tuple(VARIANTS)) if fields.node("variant") is not None else ""


def read_options(fields: Fields, variant: str, steps: int) -> Mapping[str, Any]:
    """What the document says about each key, or else what the variant does; a key that contradicts the variant is a fault."""
    system = VARIANTS.get(variant, OWN)
    options = {
        "reentry": fields.flag("reentry", system.value("reentry")),
        "every": fields.flag("every", system.value("every")),
        "totals": fields.flag("totals", system.value("totals")),
        "same": fields.text("same", system.value("same")),
        "held": fields.text("held", system.value("held")),
        "order": fields.choice("order", get_args(Order), system.value("order")),
        "else": rules_at(fields, "else"),
        "repeats": fields.flag("repeats", system.value("repeats")),
        "between": _spans(fields, "between"),
        "without": tuple(_without(fields, node, steps) for node in _listed(fields.node("without"))),
        "effect": fields.choice("effect", get_args(Effect), system.value("effect")),
        "optional": tuple(_step(fields, "optional", node, steps) for node in _listed(fields.node("optional"))),
        "ties": fields.choice("ties", get_args(Ties), system.value("ties")),
        "grace": read_span(fields, "grace", system.value("grace")),
        "round": read_span(fields, "round", system.value("round")),
        "segment": _segment(fields, steps, system.value("segment")),
        "open": fields.choice("open", ("apart", "counted"), system.value("open")),
        "mode": tuple(_mode(fields, node) for node in _listed(fields.node("mode"))),
    }
    system.check(fields, variant, options)
    if options["every"] and options["totals"]:
        raise BadInput("Each entry counts ('every'), or each after the one before has ended ('totals'), but not both.")
    if options["mode"] and variant != "clickhouse":
        raise BadInput("Modes are those of ClickHouse's windowFunnel: add 'variant: clickhouse'.")
    return options


def read_window(fields: Fields, between: tuple[timedelta | None, ...], steps: int) -> timedelta:
    """The window from entry; `none` = as long as all the times between steps together."""
    window = read_span(fields, "window", timedelta(days=7))
    if window is not None:
        return window
    limits: tuple[timedelta | None, ...] = between * (steps - 1) if len(between) == 1 else between
    if not limits or None in limits:
        raise BadInput("A funnel has a window from entry, or a longest time between each of its steps ('between').")
    return sum((limit for limit in limits if limit), timedelta())


def ways_of(options: Mapping[str, Any], variant: str) -> Ways:
    """The ways of counting that a document's options ask for."""
    if variant == "posthog" and options["order"] == "any" and options["without"]:
        raise BadInput("variant: posthog leaves exclusions unapplied in any order. Ask without 'variant', or without 'without'.")
    if variant == "mixpanel" and options["order"] == "strict":
        raise BadInput("variant: mixpanel has no strict order. There are: ordered, any.")
    if variant == "clickhouse":
        return _windowfunnel(options)
    unordered = options["order"] == "any"
    return Ways(
        order=options["order"],
        others=options["else"],
        repeats=options["repeats"] and (options["order"] == "strict" or variant != "posthog"),
        between=options["between"],
        without=options["without"],
        effect=options["effect"],
        optional=tuple(step - 1 for step in options["optional"]),
        ties=options["ties"],
        grace=(options["grace"] or timedelta()) if not (unordered and variant) else timedelta(),
        unit=options["round"],
        held=options["held"],
        segment=_SEGMENTS[options["segment"]] if options["segment"] in _SEGMENTS else options["segment"] - 1,
        totals=options["totals"],
        count_open=options["open"] == "counted",
    )


def _windowfunnel(options: Mapping[str, Any]) -> Ways:
    """windowFunnel itself, or with strict_once the chains it is defined by."""
    modes = options["mode"]
    if _ONCE not in modes:
        return Ways(levels=modes, held=options["held"], count_open=True)
    if set(modes) - {_ONCE, "strict_increase"}:
        raise BadInput(
            "strict_once goes with strict_increase only: with the other modes what a signal stops depends on its order."
        )
    return Ways(ties="rise" if "strict_increase" in modes else "either", held=options["held"], count_open=True)


# -- single keys -------------------------------------------------------------------------------------------------------


def _listed(node: Node | None) -> Sequence[Node]:
    """The entries of a list; a single one may stand without brackets."""
    return [] if node is None else node.items if isinstance(node, ListNode) else [node]


def _spans(fields: Fields, key: str) -> tuple[timedelta | None, ...]:
    return tuple(_span(fields, key, node) for node in _listed(fields.node(key)))


def _span(fields: Fields, key: str, node: Node) -> timedelta | None:
    text = node.text if isinstance(node, Scalar) else came(node)
    if text == "none":
        return None
    try:
        return parse_span(text)
    except BadInput as error:
        fields.fault(node.line, f"'{key}': {error}")
        return None


def _step(fields: Fields, key: str, node: Node, steps: int) -> int:
    """The number of a step, counted from 1."""
    value = plain_value(node.text) if isinstance(node, Scalar) and node.plain else ""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= steps:
        return value
    fields.fault(node.line, f"'{key}' tells steps by their numbers from 1 to {steps}, but {came(node)} came.")
    return 1


def _segment(fields: Fields, steps: int, default: str) -> str | int:
    node = fields.node("segment")
    if node is None:
        return default
    if isinstance(node, Scalar) and node.text in _SEGMENTS:
        return node.text
    if isinstance(node, Scalar) and node.text.isdigit():
        return _step(fields, "segment", node, steps)
    fields.fault(
        node.line, f"'segment' is that of a step: {', '.join(_SEGMENTS)}, or its number from 1 to {steps}, but {came(node)} came."
    )
    return default


def _mode(fields: Fields, node: Node) -> str:
    known: tuple[str, ...] = (*get_args(Mode), _ONCE)
    for mode in known:
        if isinstance(node, Scalar) and node.text == mode:
            return mode
    fields.fault(node.line, f"'mode' cannot be {came(node)}. There are: {', '.join(known)}.")
    return known[0]


def _without(fields: Fields, node: Node, steps: int) -> Without:
    """An event rule, or {did: rule, from: 1, to: 2}: between which steps."""
    if not (isinstance(node, MapNode) and "did" in node.pairs):
        return Without(rule_at(fields, "without", node))
    inside = Fields(node, f"{fields.path}/without".lstrip("/"), "an exclusion", fields.names)
    rule = needed_rule_at(inside, "did")
    first, last = inside.whole("from", 1, steps, 1), inside.whole("to", 1, steps, steps)
    inside.close()
    return Without(rule, first - 1, -1 if last == steps else last - 1)
