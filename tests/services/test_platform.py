"""A workspace made by hand, small enough to count on paper, asked through the same services as every door."""

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.email import hash_email
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.models import ModelService
from touchpath.services.results import JourneyMap
from touchpath.services.subjects import asked

MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
product_families:
  - {id: all, title: All, products: [{id: web, title: Web shop}]}
object_kinds: [{id: order, title: Order}]
dimensions: [{id: channel, title: Channel, field: channel}, {id: plan, title: Plan, field: properties.plan, level: person, changes: latest}]
tasks: [{id: pay, title: Pay, product: web, start: {kind: pay.started}, success: {kind: order.placed}, error: {kind: pay.error}, limit: 30m}]
questions:
  - {id: happy, title: "Happy?", asked: {kind: survey.answered, where: {properties.question: happy}}, scale: {low: 1, high: 5}, metric: csat}
journeys:
  - id: buy
    title: Buy
    window: 1d
    products: [web]
    contacts: {kind: ticket.opened}
    stages:
      - {id: look, title: Look, steps: [{id: see, title: See, match: {kind: page.viewed}}]}
      - id: act
        title: Act
        steps:
          - {id: pay, title: Pay, match: {kind: order.placed}, tasks: [pay], questions: [happy]}
          - {id: gift, title: Wrap it, match: {kind: gift.wrapped}, optional: true}
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(person: str, minute: int, kind: str, **fields) -> Signal:
    moment = START + timedelta(minutes=minute)
    return Signal("test", f"{person}-{minute}-{kind}", kind, moment, (f"user:{person}",), **fields)


def four_people():
    """a: sees, pays (one error), is happy. b: sees, gives up, asks for help. c: pays without seeing. d: sees at the very end."""
    yield at("a", 0, "page.viewed", channel="web", properties={"plan": "pro"})
    yield at("a", 1, "pay.started")
    yield at("a", 2, "pay.error")
    yield at("a", 5, "order.placed", channel="web", objects={"order": "o1"}, value=20.0)
    yield at("a", 60, "survey.answered", value=5.0, text="Lovely, thanks", properties={"question": "happy"})
    yield at("b", 0, "page.viewed", channel="app", properties={"plan": "free"})
    yield at("b", 3, "pay.started")
    yield at("b", 20, "ticket.opened", text="It does not work")
    yield at("c", 7, "order.placed", channel="app")
    yield at("d", 20 * 24 * 60, "page.viewed", channel="web")


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop", "Shop")
    workspace = open_workspace(tmp_path / "shop")
    workspace.models.apply(MODEL, "me", "first")
    workspace.record(four_people())
    yield workspace
    workspace.close()


def step(map: JourneyMap, id: str):
    return next(step for stage in map.stages for step in stage.steps if step.step.id == id)


def test_the_map_counts_what_can_be_counted_on_paper(workspace):
    map = workspace.platform.journey_map("buy")
    assert (map.entrants, map.open_entrants) == (3, 1)
    assert (map.conversion.value, map.conversion.n) == (0.5, 2)
    assert step(map, "see").volume.value == 3
    assert step(map, "pay").volume.value == 2
    assert step(map, "pay").drop_off.value == 0.5
    assert step(map, "pay").time == Undefined(
        "only 1 person, and an interval needs two", 1, "entrants", "step_time", map.period, map.data_version
    )
    assert "'See' and 'Pay'" in map.finding


def test_the_first_step_has_no_drop_off_and_says_so(workspace):
    assert "none before it" in step(workspace.platform.journey_map("buy"), "see").drop_off.reason


def test_an_optional_step_has_volume_and_no_place_on_the_way(workspace):
    gift = step(workspace.platform.journey_map("buy"), "gift")
    assert isinstance(gift.completion, Undefined)
    assert gift.volume.value == 0


def test_contacts_within_seven_days_belong_to_the_step(workspace):
    contacts = step(workspace.platform.journey_map("buy"), "see").contacts
    assert (contacts.value, contacts.n) == (0.5, 2)


def test_a_question_on_a_scale_that_its_metric_cannot_read_is_refused(workspace):
    with pytest.raises(BadInput, match="'csat' is read on a scale of 1 to 5 or 1 to 7, but its scale runs from 0 to 5"):
        workspace.models.apply(MODEL.replace("low: 1, high: 5", "low: 0, high: 5"), "me", "odd", onto=1)


def test_such_a_question_kept_by_an_older_version_costs_one_number_only(workspace):
    lenient = ModelService(workspace.records)
    lenient.apply(MODEL.replace("low: 1, high: 5", "low: 0, high: 5"), "me", "odd", onto=1)
    (happy,) = step(workspace.platform.journey_map("buy"), "pay").attitude
    assert "1 to 5 or 1 to 7" in happy.number.reason
    assert workspace.platform.overview().rows


def test_verbatims_are_those_of_the_step_and_the_period(workspace):
    (said,) = step(workspace.platform.journey_map("buy"), "pay").verbatims
    assert (said.text, said.value, said.question) == ("Lovely, thanks", 5.0, "Happy?")


def test_a_map_of_one_segment_counts_only_its_people(workspace):
    web = workspace.platform.journey_map("buy", by="channel", segment="web")
    assert (web.entrants, web.conversion.value) == (2, 1.0)
    free = workspace.platform.journey_map("buy", by="plan", segment="free")
    assert (free.entrants, step(free, "pay").verbatims) == (1, ())


def test_texts_of_a_segment_follow_the_same_cut_as_its_numbers(workspace):
    """The answer itself names neither topic nor plan: the plan is carried on from the view before, "other" is a pool."""
    carried = MODEL.replace("changes: latest", "changes: as_of_signal")
    pooled = carried.replace("field: channel}", "field: channel, max_cells: 1}")
    workspace.models.apply(pooled, "me", "carried and pooled", onto=1)
    pro = step(workspace.platform.journey_map("buy", by="plan", segment="pro"), "pay")
    assert [said.text for said in pro.verbatims] == ["Lovely, thanks"]
    assert step(workspace.platform.journey_map("buy", by="plan", segment="free"), "pay").verbatims == ()
    (other,) = workspace.platform.segments("channel")
    everybody = step(workspace.platform.journey_map("buy", by="channel", segment=other), "pay")
    assert [said.text for said in everybody.verbatims] == ["Lovely, thanks"]


def test_a_period_holds_entries_whose_later_steps_may_come_after_its_end(workspace):
    morning = Period(START - timedelta(hours=1), START + timedelta(minutes=1))
    map = workspace.platform.journey_map("buy", period=morning)
    assert (map.entrants, map.open_entrants, map.conversion.value) == (2, 0, 0.5)
    assert step(map, "pay").volume.value == 0
    assert step(map, "pay").verbatims == ()


def test_a_segment_without_signals_in_the_period_is_empty_not_unknown(workspace):
    later = Period(START + timedelta(days=19), START + timedelta(days=21))
    map = workspace.platform.journey_map("buy", by="channel", segment="app", period=later)
    assert (map.entrants, step(map, "see").volume.value) == (0, 0)
    measured = workspace.platform.measure("active_people", by="channel", period=later)
    assert [(reading.segment, reading.number.value) for reading in measured.readings] == [("web", 1), ("app", 0), ("(none)", 0)]


def test_an_unknown_segment_is_named_with_what_there_is(workspace):
    with pytest.raises(Missing, match=r"No segment is called 'wep'\. Did you mean 'web'"):
        workspace.platform.journey_map("buy", by="channel", segment="wep")


def test_a_task_counts_attempts_errors_and_what_is_given_up(workspace):
    task = workspace.platform.task("pay")
    assert (task.started, task.open) == (2, 0)
    assert task.numbers["task_success"].number.value == 0.5
    assert task.numbers["task_errors"].number.value == 0.5
    assert task.attempts[0].n == 2
    assert isinstance(task.attempts[1], Undefined)


def test_a_funnel_of_kinds_agrees_with_the_journey(workspace):
    (cell,) = workspace.platform.funnel(["page.viewed", "order.placed"], window="1d").cells
    assert (cell.entrants, cell.open, cell.steps[1].reach.value) == (3, 1, 0.5)


def test_a_funnel_of_an_unknown_kind_names_the_nearest(workspace):
    with pytest.raises(Missing, match=r"Did you mean 'page\.viewed'"):
        workspace.platform.funnel(["page.view"])


def test_a_window_that_is_no_span_is_refused(workspace):
    with pytest.raises(BadInput, match="soon"):
        workspace.platform.funnel(["page.viewed"], window="soon")


def test_paths_say_what_follows_what(workspace):
    edges = {(edge.before, edge.after): edge.times for edge in workspace.platform.paths().edges}
    assert edges[("page.viewed", "pay.started")] == 2
    assert edges[("pay.error", "order.placed")] == 1
    assert {(edge.before, edge.after) for edge in workspace.platform.paths(journey="buy").edges} == {("See", "Pay")}


def test_periods_are_cut_in_the_calendar_and_the_last_is_not_complete(workspace):
    measured = workspace.platform.measure("task_success", "pay", grain="week")
    assert [reading.complete for reading in measured.readings] == [True, True, False]
    assert measured.readings[0].number.n == 2
    assert isinstance(measured.readings[1].number, Undefined)


def test_a_new_signal_is_in_the_next_answer(workspace):
    before = workspace.platform.task("pay").started
    workspace.record([at("e", 30, "pay.started"), at("e", 31, "order.placed")])
    assert workspace.platform.task("pay").started == before + 1


def test_a_changed_model_changes_the_next_answer(workspace):
    workspace.models.apply(MODEL.replace("window: 1d", "window: 2m"), "me", "tighter", onto=1)
    assert workspace.platform.journey_map("buy").conversion.value == 0.0


def test_a_person_is_one_page_for_all_of_their_ids(workspace):
    link = Signal("test", "link", "user.signed_in", START, ("user:a", "anonymous:xyz"))
    workspace.record([link])
    person = workspace.platform.person("anonymous:xyz")
    assert set(person.actors) == {"user:a", "anonymous:xyz"}
    assert (person.total, person.matching) == (6, 6)
    assert person.entries[0].text == "Lovely, thanks"
    assert next(entry for entry in person.entries if entry.kind == "order.placed").steps == ("Pay",)
    assert [entry.kind for entry in workspace.platform.person("user:a", search="O1 order").entries] == ["order.placed"]


def test_people_are_found_by_id_and_by_their_words(workspace):
    assert [hit.actor for hit in workspace.platform.find_people("user:b")] == ["user:b"]
    assert [hit.actor for hit in workspace.platform.find_people("lovely")] == ["user:a"]


def test_people_are_found_by_their_e_mail_address(workspace):
    known = f"email:{hash_email('ann@example.org')}"
    workspace.record([Signal("test", "letter", "mail.opened", START, (known, "user:a"))])
    assert [hit.actor for hit in workspace.platform.find_people("Ann@Example.org ")] == [known]
    for written in ("Ann@Example.org", "email:ann@example.org", known):
        assert set(workspace.platform.person(written).actors) == {"user:a", known}


def test_an_unknown_person_is_missing_with_words(workspace):
    with pytest.raises(Missing, match="Nobody is known as 'user:zzz'"):
        workspace.platform.person("user:zzz")


def test_a_forgotten_person_is_in_no_answer_and_on_no_page(workspace):
    assert workspace.forget(["user:a"]) == 5
    assert workspace.platform.journey_map("buy").entrants == 2
    assert workspace.platform.find_people("lovely") == ()
    with pytest.raises(Missing):
        workspace.platform.person("user:a")


def test_every_refused_signal_is_named_and_the_others_are_kept(workspace):
    bad = Signal("test", "", "page.viewed", START, ("user:z",))
    with pytest.raises(BadInput, match="1 signals were kept, 1 refused"):
        workspace.record([bad, at("z", 1, "page.viewed")])
    assert workspace.platform.person("user:z").total == 1
    assert [one.line for one in workspace.quarantine.rejected("record")] == [1]


def test_an_empty_workspace_answers_with_words_not_with_zeros(tmp_path):
    create_workspace(tmp_path / "empty")
    workspace = open_workspace(tmp_path / "empty")
    assert workspace.platform.overview().rows == ()
    assert workspace.platform.span() is None
    assert workspace.platform.kinds() == ()
    with pytest.raises(Missing, match="There are no signals yet"):
        workspace.platform.measure("active_people")
    workspace.models.apply(MODEL, "me", "first")
    designed = workspace.platform.journey_map("buy")
    assert (designed.entrants, designed.period, [stage.stage.id for stage in designed.stages]) == (0, None, ["look", "act"])
    assert step(designed, "see").volume == Undefined("there are no signals yet")
    assert "nobody has been seen" in designed.finding
    assert workspace.platform.segments("channel") == ()
    workspace.close()


def test_a_folder_that_is_no_workspace_says_what_to_do(tmp_path):
    with pytest.raises(Missing, match="touchpath init"):
        open_workspace(tmp_path)
    (tmp_path / "something").touch()
    with pytest.raises(BadInput, match="holds something else"):
        create_workspace(tmp_path)
    create_workspace(tmp_path / "new")
    with pytest.raises(Conflict, match="already"):
        create_workspace(tmp_path / "new")


def test_all_estimates_say_what_they_are(workspace):
    number = workspace.platform.measure("task_success", "pay").total
    assert isinstance(number, Estimate)
    assert (number.definition, number.data_version, number.method) == ("task_success", "lake 1, model 1", "adjusted-Wald")


def test_the_people_behind_a_number_filter_any_other_question(workspace):
    stuck = workspace.platform.select_funnel(["page.viewed", "order.placed"], reached=0, window="1d")
    assert [hit.actor for hit in workspace.platform.actors(stuck)] == ["user:b"]
    assert workspace.platform.task("pay", who=stuck).started == 1
    assert workspace.platform.measure("task_success", "pay", who=stuck).total.value == 0.0
    assert workspace.platform.measure("task_success", "pay").total.value == 0.5
    asked_for_help = workspace.platform.select_who_did("ticket.opened")
    assert asked_for_help.keys.tolist() == stuck.keys.tolist()
    assert workspace.platform.funnel(["page.viewed"], who=asked_for_help).cells[0].entrants == 1


def test_a_step_that_is_not_there_is_refused(workspace):
    with pytest.raises(BadInput, match="numbered 0 to 1"):
        workspace.platform.select_funnel(["page.viewed", "order.placed"], reached=2)


def test_a_metric_of_the_models_own_is_measured_like_any_other(workspace):
    own = """
metrics:
  - {id: saw_and_bought, title: Saw and bought, kind: ratio, numerator: {kind: order.placed}, denominator: {kind: page.viewed}, window: 1d, journey: buy}
  - {id: tickets, title: Tickets per visitor, kind: rate, numerator: {kind: ticket.opened}, denominator: {kind: page.viewed}}
"""
    workspace.models.apply(MODEL + own, "me", "our own", onto=1)
    share = workspace.platform.measure("saw_and_bought").total
    assert (share.value, share.n) == (0.5, 2)
    rate = workspace.platform.measure("tickets").total
    assert (round(rate.value, 4), rate.n) == (0.3333, 3)
    assert {"saw_and_bought", "tickets", "nps"} <= {words.id for words in workspace.platform.metrics()}
    journey = next(row for row in workspace.platform.overview().rows if row.kind == "journey")
    assert "saw_and_bought" in [measured.metric.id for measured in journey.cx]


def test_a_period_whose_attempts_may_still_end_is_not_complete(workspace):
    workspace.models.apply(MODEL.replace("limit: 30m", "limit: 10d"), "me", "patient", onto=1)
    weeks = workspace.platform.measure("task_success", "pay", grain="week").readings
    assert [week.complete for week in weeks] == [True, False, False]
    weeks = workspace.platform.measure("active_people", grain="week").readings
    assert [week.complete for week in weeks] == [True, True, False]


def test_items_of_a_questionnaire_are_one_number_on_the_map(company):
    experience = company.platform.experience()
    items = tuple(question.id for question in experience.questions if question.questionnaire == "sus")
    assert len(items) == 10
    assert asked(experience, (*items, "nps")) == [("sus", "sus"), ("nps", "nps")]


def test_a_way_that_loses_nobody_is_said_to(workspace):
    workspace.models.apply(MODEL.replace("match: {kind: order.placed}", "match: {kind: pay.started}"), "me", "easier", onto=1)
    assert (
        workspace.platform.journey_map("buy").finding
        == "Nobody was lost on the way: all 2 entrants whose time is up came to the end."
    )


def test_another_lake_in_the_same_place_is_noticed(workspace):
    folder = workspace.folder
    assert workspace.platform.task("pay").started == 2
    workspace.close()
    shutil.rmtree(folder / "lake")
    with closing(open_workspace(folder)) as again:
        again.record([at("z", 0, "pay.started")])
        again.record([at("z", 1, "page.viewed")])
        assert again.platform.task("pay").started == 1
        assert [hit.actor for hit in again.platform.find_people("")] == ["user:z"]
