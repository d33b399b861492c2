"""A model file becomes an Experience, or all of its faults at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_models import BUY, HEAD, faults

from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import BadInput, ModelErrors
from touchpath.model.experience import AccountFacts, Experience
from touchpath.model.parse import parse_document, parse_model, parse_model_file
from touchpath.model.rules import EventRule


def test_the_smallest_model_is_a_brand():
    assert parse_model(HEAD) == Experience(brand=parse_model(HEAD).brand)
    assert parse_model(HEAD).brand.title == "The Shop"


def test_a_journey_is_read_with_its_defaults():
    journey = parse_model(HEAD + BUY).journey("buy")
    assert journey.window == timedelta(days=30)
    assert [step.match for step in journey.steps] == [EventRule(("order.paid",))]


def test_a_stage_that_is_not_in_its_journey_is_told_with_the_nearest():
    metric = "{id: paid, title: Paid, kind: rate, numerator: {kind: a}, denominator: {kind: b}, journey: buy, stage: Chekout}"
    said = faults(f"{HEAD}{BUY}metrics:\n  - {metric}\n")
    assert said == ["12: metrics/paid: stage 'Chekout' is not in journey 'buy'. Did you mean 'Checkout'?"]


def test_all_faults_of_a_file_are_told_at_once_with_their_lines():
    said = faults(
        """\
format: touchpath-model/1
brand: {id: shop}
colour: blue
tasks:
  - id: checkout
    title: Check out
    start: {kind: checkout.started}
    limit: 30 minutes
    produkt: web
journeys:
  - id: buy
    title: Buy
    stages: []
    review_due: 2027-02-30
"""
    )
    assert said == [
        "2: brand: 'title' is missing.",
        "3: a model has no key 'colour'. There are: format, revision, about, brand, product_families, channels, touchpoints, "
        "object_kinds, dimensions, personas, roles, lifecycle, accounts, tasks, questions, journeys, metrics, schedules.",
        "5: tasks/checkout: 'success' is missing. Write a rule as {kind: order.placed} or "
        "{kind: [order.placed, order.paid], where: {channel: web}}.",
        "8: tasks/checkout: 'limit': '30 minutes' is not a span. Write a whole number and s, m, h, d or w, as in 30m or 7d.",
        "9: tasks/checkout: a task has no key 'produkt'. Did you mean 'product'?",
        "11: journeys/buy: a journey needs at least one stage with one step.",
        "14: journeys/buy: 'review_due' is a day of the calendar as in 2027-01-31, but '2027-02-30' came.",
    ]


def test_the_message_of_the_error_names_file_and_line():
    with pytest.raises(BadInput, match=r"^m\.yaml:1: 'brand' is missing"):
        parse_model("format: touchpath-model/1", "m.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "0: The file is empty. A model starts with 'format: touchpath-model/1'."),
        (
            "a: b: c",
            "1: This is not YAML: mapping values are not allowed here. Put text that holds any of : # ? , [ ] { } in quotes.",
        ),
        ("a:\n\t- b", "2: A tab stands where YAML wants spaces. Indent with spaces."),
        ("a: 'never closed\n", "2: This is not YAML: found unexpected end of stream."),
        ("a:\n  - \x07", "2: The character U+0007 cannot stand in a YAML file."),
        (b"a: b\nc: \xff\n", "2: Byte 0xff is not UTF-8. Save the file as UTF-8."),
        ("[" * 5_000, "1: This is nested more than 30 levels deep."),
        ("x" * 1_000_001, "0: The file has 1,000,001 characters; a model file may have 1,000,000."),
        ("[" + "a," * 100_000 + "]", "1: Up to here there are 100,000 keys and values; that is the most a file may have."),
        ('"\\UFFFFFFFF"', "0: The YAML cannot be read: it names a character that does not exist."),
        ("just words", "1: a model is written as 'key: value' pairs, but 'just words' came."),
        ("- 1\n- 2", "1: a model is written as 'key: value' pairs, but a list came."),
    ],
)
def test_text_that_is_no_model_is_refused_in_one_sentence(text, expected):
    assert faults(text) == [expected]


def test_a_bomb_of_aliases_is_refused_without_unfolding_it():
    bomb = "a: &a [x, x, x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert "2: '*a' repeats another part of the file. Write it out: aliases are not read." in faults(bomb)


def test_a_hopeless_file_stops_at_the_500th_fault():
    said = faults(HEAD + "".join(f"key{number}: 1\n" for number in range(600)))
    assert len(said) == 501
    assert said[-1] == "502: There are more than 500 faults. Mend these first."


def test_tags_and_second_documents_are_refused():
    assert "3: The tag 'tag:yaml.org,2002:python/object:os.system' is not read. Leave it out." in faults(
        HEAD + "about: !!python/object:os.system x\n"
    )
    assert faults(HEAD + "---\nformat: x\n") == ["3: A second document starts here ('---'). Keep one model per file."]


def test_a_key_that_comes_twice_is_told_with_both_lines():
    assert faults(HEAD + "about: a\nabout: b\n") == ["4: The key 'about' came before, on line 3. Keep one of them."]


def test_an_id_that_comes_twice_is_told_with_both_lines():
    said = faults(HEAD + "channels:\n  - {id: web, title: Web}\n  - {id: web, title: Web again}\n")
    assert said == ["5: channels/web: another channel is called 'web' already (the first is on line 4). Give each its own id."]


def test_a_product_id_is_unique_across_families():
    family = "  - {id: %s, title: F, products: [{id: app, title: App}]}\n"
    said = faults(HEAD + "product_families:\n" + family % "a" + family % "b")
    assert said[0].startswith("5: product_families/b/products/app: another product is called 'app' already")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("touchpoints: [till]", "No touchpoint is called 'till'. There is none yet."),
        ("tasks: [chekout]", "No task is called 'chekout'. Did you mean 'checkout'?"),
        ("questions: nps", "No question is called 'nps'. There is none yet."),
        ("touchpoints: {a: b}", "'touchpoints' is text, but a mapping came."),
        ("use: later", "'use' cannot be 'later'. There are: before, during, after."),
        ("optional: maybe", "'optional' is true or false, but 'maybe' came."),
    ],
)
def test_a_step_says_what_is_wrong_with_it(fields, expected):
    task = "tasks: [{id: checkout, title: T, start: {kind: a}, success: {kind: b}}]\n"
    said = faults(HEAD + task + BUY.replace("match:", f"{fields}, match:"))
    assert said == [f"11: journeys/buy/stages/Checkout/steps/pay: {expected}"]


def test_object_kinds_must_be_declared_but_sessions_and_responses_are_known():
    task = "tasks: [{id: t, title: T, start: {kind: a}, success: {kind: b, where: {objects.%s: {exists: true}}}, same: %s}]\n"
    assert parse_model(HEAD + task % ("response", "session")).task("t").same == "session"
    assert faults(HEAD + task % ("basket", "basket")) == [
        "3: tasks/t: 'success': No object kind is called 'basket'. There are: response, session.",
        "3: tasks/t: No object kind is called 'basket'. There are: response, session.",
    ]


@pytest.mark.parametrize("scale", ["{low: 5, high: 5}", "{low: 10, high: 0}", "{low: 0, high: 5000}"])
def test_a_scale_runs_upwards(scale):
    said = faults(f"{HEAD}questions: [{{id: q, title: Q, asked: {{kind: a}}, scale: {scale}, metric: nps}}]")
    assert len(said) == 1
    assert "'low' must be less than 'high', by at most 1,000" in said[0]


@pytest.mark.parametrize("low", [".nan", "1.5", "one", "1_000", "0x10", "99999999999999999999999", "[1]", "true"])
def test_an_end_of_a_scale_is_a_whole_number(low):
    said = faults(f"{HEAD}questions: [{{id: q, title: Q, asked: {{kind: a}}, scale: {{low: {low}, high: 9}}, metric: nps}}]")
    assert [one for one in said if "'low' is a whole number from -1,000,000 to 1,000,000, but" in one] == said


@pytest.mark.parametrize("id", ["''", "a b", "é", "a.b", "-a", "x" * 65, "[a]"])
def test_an_id_is_short_and_plain(id):
    assert any("cannot be an id" in one for one in faults(f"{HEAD}channels: [{{id: {id}, title: T}}]"))


@pytest.mark.parametrize("title", ["''", "' '", '"\\0"', '"\\ud800"', "{a: b}", "x" * 10_001])
def test_a_title_is_text_that_can_be_printed(title):
    assert "channels/a: 'title'" in faults(f"{HEAD}channels: [{{id: a, title: {title}}}]")[0]


def test_words_that_yaml_would_turn_into_something_else_stay_text():
    text = f"{HEAD}channels: [{{id: no, title: NO}}, {{id: '2', title: 2027-01-01}}]\nabout: 1.10\n"
    experience = parse_model(text)
    assert [(one.id, one.title) for one in experience.channels] == [("no", "NO"), ("2", "2027-01-01")]
    assert experience.about == "1.10"


def test_the_revision_of_an_export_is_read():
    assert parse_model_file(HEAD + "revision: 7\n").revision == 7
    assert parse_model_file(HEAD).revision is None
    assert faults(HEAD + "revision: seven\n") == ["3: 'revision' is a whole number from 0 to 2,147,483,648, but 'seven' came."]


def test_a_file_of_another_format_is_refused():
    assert faults("format: touchpath-model/9\nbrand: {id: a, title: A}") == [
        "1: 'format' is touchpath-model/1 for a file that this version reads, but 'touchpath-model/9' came."
    ]


def test_a_question_names_a_metric_that_exists_when_the_metrics_are_known():
    text = f"{HEAD}questions: [{{id: q, title: Q, asked: {{kind: a}}, scale: {{low: 0, high: 10}}, metric: npps}}]"
    assert parse_model(text).question("q").metric == "npps"
    with pytest.raises(ModelErrors, match=r"No metric is called 'npps'. Did you mean 'nps'\?"):
        parse_model(text, metrics=["nps", "sus"])


def test_a_question_on_a_scale_of_its_own_needs_no_metric_and_an_item_reads_it():
    text = (
        f"{HEAD}questions: [{{id: q, title: Quality, asked: {{kind: a}}, scale: {{low: -5, high: 5}}}}]\n"
        "metrics: [{id: good, title: Good, kind: item, question: q, points: [3, 5]}]\n"
    )
    experience = parse_model(text, metrics={"nps": ((0, 10),)})
    assert experience.question("q").metric == ""
    assert parse_model(dump_model(experience), metrics={"nps": ((0, 10),)}) == experience


def test_a_windows_file_with_a_byte_order_mark_is_read():
    text = (HEAD + "personas: [{id: p, title: P, rule: {kind: a}, review_due: 2027-01-31}]\n").replace("\n", "\r\n")
    assert parse_model(text.encode("utf-8-sig")).personas[0].review_due == date(2027, 1, 31)


def test_a_question_on_a_scale_that_its_metric_does_not_read_is_a_fault():
    text = f"{HEAD}questions:\n  - {{id: r, title: Recommend, asked: {{kind: a}}, scale: {{low: 1, high: 10}}, metric: nps}}\n"
    with pytest.raises(ModelErrors) as failed:
        parse_model(text, metrics={"nps": ((0, 10),), "sus": ()})
    assert "'nps' is read on a scale of 0 to 10, but its scale runs from 1 to 10." in str(failed.value)
    assert parse_model(text.replace("low: 1,", "low: 0,"), metrics={"nps": ((0, 10),)}).questions[0].high == 10


def test_what_is_known_of_accounts_is_read_and_written_again():
    text = (
        f"{HEAD}object_kinds: [{{id: deal, title: Deal}}]\n"
        "accounts: {name: properties.company, renewal: properties.until, paid: {kind: invoice.settled}, same: deal}\n"
    )
    experience = parse_model(text)
    assert experience.accounts == AccountFacts(
        "properties.company", "properties.until", EventRule(("invoice.settled",)), same="deal"
    )
    assert experience.properties == ("company", "until")
    assert EventRule(("invoice.settled",)) in tuple(experience.rules())
    assert parse_model(dump_model(experience)) == experience
    assert parse_document(to_document(experience)) == experience


def test_faults_of_what_is_known_of_accounts_are_told_together():
    said = faults(f"{HEAD}accounts: {{name: channel, same: deal, owner: me}}\n")
    assert said[0] == "3: accounts: 'channel' is no property. Write it as properties.NAME, as in properties.company_name."
    assert said[1].startswith("3: accounts: what is known of accounts has no key 'owner'.")
    assert "No object kind is called 'deal'" in said[2]
