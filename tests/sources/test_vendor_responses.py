"""The shape that the responses of all survey tools come down to, and who they are filed under."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.email import email_actor
from touchpath.services.record import signal_table
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors.payload import plain_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, number
from touchpath.sources.vendors.respondents import respondent, without_personal
from touchpath.sources.vendors.responses import Answer, Response, numbered, response_signals, wording_key

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_response(**changes: object) -> Response:
    fields = {"source": "tool", "id": "r1", "answered_at": NOON, "actors": ("user:42",), "survey": "s1", **changes}
    return Response(**fields)  # type: ignore[arg-type]


def kinds(response: Response) -> list[str]:
    return [signal.kind for signal in response_signals(response)]


def test_a_whole_response_starts_is_answered_and_ends():
    answers = (Answer("q1", "q1", value=9.0), Answer("q2", "q2", text="fast"))
    assert kinds(a_response(started_at=NOON, answers=answers)) == [
        "survey.started",
        "survey.answered",
        "survey.answered",
        "survey.completed",
    ]


@pytest.mark.parametrize(("status", "end"), [("partial", []), ("disqualified", ["survey.disqualified"])])
def test_a_partial_response_has_no_end_and_a_disqualified_one_another(status, end):
    assert kinds(a_response(status=status)) == end


def test_a_preview_is_kept_and_marked():
    (ended,) = response_signals(a_response(test=True))
    assert ended.properties["test"] is True
    (ended,) = response_signals(a_response())
    assert "test" not in ended.properties


def test_hidden_fields_become_properties_and_never_hide_ours():
    hidden = {"plan": "pro", "question": "from a link", "status": "gold"}
    answered, _ = response_signals(a_response(answers=(Answer("q1", "q1"),), hidden=hidden))
    assert answered.properties["plan"] == "pro"
    assert answered.properties["question"] == "q1"
    assert answered.properties["embedded_question"] == "from a link"
    assert answered.properties["status"] == "complete"


def test_the_first_of_several_choices_has_the_key_of_an_only_one():
    choices = [Answer("q1", "q1", choice=word) for word in "abc"]
    assert [answer.key for answer in numbered(choices)] == ["q1", "q1/2", "q1/3"]


def test_two_questions_in_the_same_words_stay_two_answers():
    key = wording_key("Any comments?")
    first, second, _ = response_signals(a_response(answers=(Answer("a", key), Answer("b", key))))
    assert first.id != second.id


def test_wordings_are_the_same_whatever_their_blanks_and_capitals():
    assert wording_key("How  easy\nwas it?") == wording_key(" how easy was it? ")
    assert wording_key("Thanks, {{field:abc}}! *Why*?") == wording_key("Thanks, {{answer_606}}! Why?")
    assert wording_key("How easy?", "Checkout") != wording_key("How easy? Checkout")


def test_who_answered_is_told_strongest_first():
    actors = respondent("tool", "r1", user="u_81", contact="c7", addresses=(" Ann@Example.com ",))
    assert actors == ("user:u_81", "external:tool-c7", email_actor("ann@example.com"))


@pytest.mark.parametrize("placeholder", ["xxxxx", "{{contact.id}}", "${e://Field/id}", "[id]", "null", "undefined", "", None])
def test_a_link_whose_field_was_never_filled_in_names_nobody(placeholder):
    assert respondent("tool", "r1", hidden={"user_id": placeholder}) == ("anonymous:tool-r1",)


def test_two_anonymous_responses_are_two_people():
    assert respondent("tool", "r1") != respondent("tool", "r2")


def test_nothing_personal_is_kept_in_clear():
    kept = without_personal({"First Name": "Ann", "phoneNumber": "1", "RecipientEmail": "ann@example.com", "product name": "Pro"})
    assert kept == {"RecipientEmail": email_actor("ann@example.com"), "product name": "Pro"}


@pytest.mark.parametrize("name", ["name", "first_name", "lastName", "IP Address", "date of birth", "LocationLatitude", "Mobile"])
def test_personal_fields_are_known_by_their_names(name):
    assert is_personal(name)


@pytest.mark.parametrize("name", ["company name", "plan", "mobile app version", "membership", "campaign name", "shipping"])
def test_other_fields_are_not_taken_for_personal_ones(name):
    assert not is_personal(name)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists))
def test_whatever_a_field_holds_it_is_read_or_left_out(value):
    text_of(value), number(value), maybe_moment(value), plain_text(value)


def test_a_wording_is_read_without_its_markup():
    assert plain_text("<b>How&nbsp;likely</b>\n are you?") == "How likely are you?"


@given(st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False), st.dictionaries(st.text(), st.text()))
def test_every_response_gives_signals_that_the_lake_takes(wording, text, value, hidden):
    answer = Answer("q1", wording_key(wording), wording=wording, text=text, value=value)
    signals = list(response_signals(a_response(answers=(answer, answer), hidden=hidden)))
    table, refused = signal_table(enumerate(signals), NOON)
    unicode = all(_is_unicode(part) for part in (wording, text, *hidden, *hidden.values()))
    assert table.num_rows == len(signals) or not unicode
    assert not refused or not unicode


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
