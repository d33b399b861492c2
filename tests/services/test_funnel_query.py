"""Documents of funnels: how they are to be counted, what contradicts itself, and the ways of other systems."""

from __future__ import annotations

from datetime import timedelta

import pytest

from touchpath.model.errors import BadInput
from touchpath.model.experience import Brand, Experience
from touchpath.model.rules import EventRule
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.funnel_variants import DEFAULTS, VARIANTS
from touchpath.services.queries.reading import read_asked
from touchpath.timelines.ways import LAST, Ways, Without

EXPERIENCE = Experience(Brand("b", "B"))
STEPS = "steps: [A, B, C, D]"


def read(more):
    return read_asked(f"{{query: funnel, {STEPS}, {more}}}", QUERIES, EXPERIENCE).query


def test_without_further_keys_a_funnel_is_plain():
    assert read("window: 7d").ways == Ways()


def test_every_key_reaches_the_fold():
    query = read(
        "order: strict, else: [X, {kind: Y}], repeats: true, between: [1d, none, 2h], optional: [2], ties: rise, round: 1s,"
        " held: properties.plan, segment: last, totals: true, open: counted, reentry: false,"
        " without: [X, {did: {kind: Y}, from: 1, to: 3}], effect: drop"
    )
    x, y, day = EventRule(("X",)), EventRule(("Y",)), timedelta(days=1)
    assert query.ways == Ways(
        order="strict",
        others=(x, y),
        repeats=True,
        between=(day, None, timedelta(hours=2)),
        without=(Without(x), Without(y, 0, 2)),
        effect="drop",
        optional=(1,),
        ties="rise",
        unit=timedelta(seconds=1),
        held="properties.plan",
        segment=LAST,
        totals=True,
        count_open=True,
    )
    assert not query.reentry
    assert [rule.kinds for rule in query.rules(EXPERIENCE)] == [
        ("A",),
        ("B",),
        ("C",),
        ("D",),
        ("X",),
        ("Y",),
        ("X",),
        ("Y",),
        (),
    ]
    assert hash(query) == hash(read("window: 7d")) or query != read("window: 7d")


def test_a_funnel_without_a_window_takes_the_times_between_steps_together():
    assert read("window: none, between: 2h").window == timedelta(hours=6)
    assert read("window: none, between: [1h, 2h, 3h]").window == timedelta(hours=6)


def test_outcomes_know_the_steps_that_are_needed():
    outcomes = read("optional: [2, 3]").outcomes()
    assert sorted(outcomes) == ["converted", "lost", "reached 1", "reached 4", "stopped at 1", "stopped at 4"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("order: odd", "'order' cannot be 'odd'. There are: ordered, strict, any"),
        ("between: soon", "'between': "),
        ("window: none, between: [1h, none, 1h]", "longest time between each of its steps"),
        ("optional: 5", "numbers from 1 to 4, but '5' came"),
        ("optional: 4", "Step 4 of 4 cannot be optional"),
        ("segment: first", "entry, last, agree, or its number from 1 to 4, but 'first' came"),
        ("segment: 9", "numbers from 1 to 4"),
        ("without: {did: X, from: 3, to: 2}", "the first before the second, but 3 and 2"),
        ("without: {did: X, between: 2}", "no key 'between'"),
        ("without: {from: 2}", "kind"),
        ("every: true, totals: true", "but not both"),
        ("mode: strict_order", "add 'variant: clickhouse'"),
        ("variant: clickhouse, mode: strict", "'mode' cannot be 'strict'. There are: strict_deduplication"),
        ("variant: clickhouse, mode: allow_reentry", "together with strict_order"),
        ("variant: clickhouse, mode: [strict_once, strict_order]", "strict_once goes with strict_increase only"),
        ("variant: clickhouse, order: any", "as windowFunnel does: order: ordered. Leave 'order' out"),
        ("variant: mixpanel, grace: 3s", "as Mixpanel does: grace: 2s"),
        ("variant: mixpanel, order: strict", "no strict order"),
        ("variant: mixpanel, optional: 2", "without 'optional'"),
        ("variant: posthog, order: any, without: X", "leaves exclusions unapplied"),
        ("variant: posthog, reentry: false", "reentry: true"),
        ("variant: amplitude, round: 2s", "round: 1s"),
        ("variant: odd", "'variant' cannot be 'odd'. There are: posthog, mixpanel, amplitude, clickhouse"),
        ("held: plan", "No field of a signal is called 'plan'"),
        ("held: value", "holds no words"),
        ("grace: 2s, order: strict", "does not go with order: strict"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(more, says):
    with pytest.raises(BadInput) as refused:
        read(more)
    assert says in str(refused.value)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_may_say_what_it_gives(name):
    """Written out, what a variant gives is the variant: nothing contradicts."""
    variant = VARIANTS[name]
    texts = {timedelta(seconds=1): "1s", timedelta(seconds=2): "2s", True: "true", False: "false"}
    said = ", ".join(f"{key}: {texts.get(value, value)}" for key, value in variant.given.items())
    assert read(f"variant: {name}, {said}") == read(f"variant: {name}")
    assert variant.free <= set(DEFAULTS)
    assert set(variant.given) <= set(DEFAULTS)
    assert read(f"variant: {name}").ways.count_open
