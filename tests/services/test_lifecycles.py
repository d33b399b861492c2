"""Models to begin with: sound, whole from discovery to recommendation, and fitted to what is called otherwise here."""

from __future__ import annotations

from typing import Any

import pytest

from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.document import to_document
from touchpath.model.errors import Missing
from touchpath.model.experience import Experience
from touchpath.model.parse import parse_document, parse_model
from touchpath.services.coverage import uses
from touchpath.services.fitting import (
    LEFT_OUT,
    asked_as,
    fitted,
    merged,
    unread_questions,
    wanted_kinds,
    wanted_questions,
)
from touchpath.services.lifecycles import TEMPLATES, find_template
from touchpath.services.likeness import likeness, most_alike
from touchpath.services.metric_check import check_metric
from touchpath.store.catalogue import AskedQuestion


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_sound_and_reaches_from_discovery_to_recommendation(name: str) -> None:
    experience = parse_model(TEMPLATES[name].text, name, QUESTION_SCALES, check_metric)
    whole = experience.journey("relationship")
    assert (whole.level, whole.stages[0].id) == ("L0", "discover")
    assert whole.stages[-1].id in ("advocate", "trust")
    assert len(experience.journeys) >= 4
    assert len(experience.personas) >= 3
    assert {one.metric for one in experience.questions} >= {"customer_satisfaction", "customer_effort", "single_ease", "sus"}
    used = {id for journey in experience.journeys for step in journey.steps for id in step.touchpoints}
    assert used <= {one.id for one in experience.touchpoints}
    for journey in experience.journeys:
        assert journey.purpose, journey.id
        assert any(step.moment_of_truth for step in journey.steps), journey.id


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_task_question_and_metric_of_a_template_stands_on_a_product_a_step_or_a_journey(name: str) -> None:
    experience = TEMPLATES[name].experience
    asked = {id for journey in experience.journeys for step in journey.steps for id in step.questions}
    assert {one.id for one in experience.questions if not one.questionnaire} - asked <= {"csat-renewal", "nps", "csat-app"}
    assert all(task.product for task in experience.tasks)


def test_an_unknown_template_is_told_with_those_that_there_are() -> None:
    with pytest.raises(Missing, match="subscription"):
        find_template("nothing")


@pytest.mark.parametrize(
    ("wanted", "here"),
    [
        ("order.placed", "Order Completed"),
        ("order.placed", "checkout_purchase_completed"),
        ("page.viewed", "Viewed Page"),
        ("ticket.opened", "conversation.created"),
        ("parcel.delivered", "shipment_arrived"),
        ("account.created", "User Signup"),
        ("subscription.cancelled", "membership.ended"),
        ("refund.paid", "refund issued"),
    ],
)
def test_other_words_for_the_same_thing_are_found(wanted: str, here: str) -> None:
    others = ["button.clicked", "video.played", "email.bounced", "note.written", "page.scrolled", "session.resumed"]
    assert most_alike(wanted, [*others, here])[0] == here


def test_nothing_is_proposed_for_what_nothing_is_like() -> None:
    assert most_alike("appeal.filed", ["video.played", "button.clicked"]) == ()
    assert likeness("order.placed", "order.placed") == 1


def test_kinds_that_came_are_counted_and_others_get_the_nearest_that_nothing_else_reads() -> None:
    seen = {"page.viewed": 10, "Order Completed": 4, "video.played": 9}
    wanted = {one.kind: one for one in wanted_kinds(TEMPLATES["shop"].experience, seen)}
    assert wanted["page.viewed"].signals == 10
    assert wanted["order.placed"].near[0] == "Order Completed"
    assert "step 'Place the order' of journey 'Buy and receive'" in wanted["order.placed"].used_by
    assert not any("page.viewed" in one.near for one in wanted.values())


def document(name: str) -> dict[str, Any]:
    return dict(to_document(TEMPLATES[name].experience))


def kinds_of(experience: Experience) -> set[str]:
    return {kind for use in uses(experience) for kind in use.rule.kinds}


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_kind_of_a_template_can_be_renamed_and_left_out(name: str) -> None:
    model, all_kinds = document(name), sorted(kinds_of(TEMPLATES[name].experience))
    for kind in all_kinds:
        left = parse_document(fitted(model, {kind: LEFT_OUT}, {}))
        assert kinds_of(left) <= set(all_kinds) - {kind}
    half = dict.fromkeys(all_kinds[::2], LEFT_OUT) | {kind: f"here {kind}" for kind in all_kinds[1::2]}
    changed = parse_model(dump(fitted(model, half, {})), name, QUESTION_SCALES, check_metric)
    assert kinds_of(changed) <= set(half.values())
    assert kinds_of(changed)


def dump(model: dict[str, Any]) -> str:
    from touchpath.model.document import dump_model

    return dump_model(parse_document(model))


def test_what_rests_on_something_left_out_goes_with_it_and_the_rest_stays() -> None:
    left = parse_document(fitted(document("shop"), dict.fromkeys(("return.requested", "refund.paid"), LEFT_OUT), {}))
    assert "returners" not in {one.id for one in (*left.personas, *left.roles)}
    assert "send-back" not in {one.id for one in left.tasks}
    assert "sent-back" not in {one.id for one in left.metrics}
    send_back = left.journey("send-back")
    assert [step.id for step in send_back.steps] == ["receive", "refund"]
    assert send_back.steps[-1].match.kinds == ("charge.refunded",)
    assert send_back.personas == ()
    everything = fitted(document("shop"), dict.fromkeys(kinds_of(TEMPLATES["shop"].experience), LEFT_OUT), {})
    nothing = parse_document(everything)
    assert (nothing.journeys, nothing.tasks, nothing.questions, nothing.metrics, nothing.lifecycle) == ((), (), (), (), None)
    assert nothing.touchpoints


def test_a_question_is_read_under_the_name_that_its_tool_gave_it() -> None:
    fit = parse_document(fitted(document("shop"), {}, {"nps": "QID1", "ces-return": LEFT_OUT}))
    assert asked_as(fit.question("nps")) == "QID1"
    assert "ces-return" not in {one.id for one in fit.questions}
    assert not any("ces-return" in step.questions for journey in fit.journeys for step in journey.steps)


def test_questions_are_offered_only_answers_that_lie_on_their_scale() -> None:
    seen = [AskedQuestion("QID1", "Recommend?", 90, 0, 10, "nps"), AskedQuestion("QID2", "Happy?", 80, 1, 5, "")]
    wanted = {one.id: one for one in wanted_questions(TEMPLATES["shop"].experience, seen)}
    assert [one.id for one in wanted["nps"].near] == ["QID1", "QID2"]
    assert [one.id for one in wanted["csat-delivery"].near] == ["QID2"]
    assert "sus-1" not in wanted
    texts = AskedQuestion("why", "Why?", 7, None, None, "")
    assert unread_questions(TEMPLATES["shop"].experience, [*seen, texts]) == tuple(seen)


def test_a_template_goes_beside_what_is_there_and_changes_nothing_of_it() -> None:
    mine = document("subscription")
    both, there = merged(mine, document("shop"))
    model = parse_model(dump(both), "both", QUESTION_SCALES, check_metric)
    assert "journeys/relationship" in there
    assert "questions/nps" in there
    assert model.journey("relationship") == TEMPLATES["subscription"].experience.journey("relationship")
    assert model.journey("send-back")
    assert model.lifecycle == TEMPLATES["subscription"].experience.lifecycle
    again, all_there = merged(both, document("shop"))
    assert parse_document(again) == model
    assert len(all_there) > len(there)
