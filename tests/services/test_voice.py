"""What people say: found by question, words, period and sentiment, with whoever labelled it named."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import Missing, NotAllowed
from touchpath.model.time import Period
from touchpath.services.voice import Label, VoiceAsked

MODEL = """
format: touchpath-model/1
brand: {id: shop, title: The Shop}
questions:
  - {id: csat, title: How was it, asked: {kind: survey.answered, where: {properties.question: csat}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
metrics:
  - {id: tone, title: Tone, metric: net_sentiment, query: {query: sentiment, labels: ratings,
     positive: {kind: survey.answered, where: {value: {">": 3}}}, neutral: {kind: survey.answered, where: {value: 3}},
     negative: {kind: survey.answered, where: {value: {"<": 3}}}}}
  - {id: tone-by-model, title: Tone by a model, metric: net_sentiment_unvalidated, query: {query: sentiment, labels: model,
     positive: {kind: ticket.opened, where: {properties.tone: good}}, neutral: {kind: ticket.opened, where: {properties.tone: even}},
     negative: {kind: ticket.opened, where: {properties.tone: bad}}}}
"""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice") / "shop"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply(MODEL, "test")

    def said(day, kind, text, value=None, **properties):
        return Signal(
            "web", f"{day}", kind, NOON + timedelta(days=day), (f"user:{day}",), value=value, text=text, properties=properties
        )

    opened.record([
        said(1, "survey.answered", "Delivery was late, call me: anna@example.com", 2.0, question="csat"),
        said(2, "survey.answered", "Delivery was quick", 5.0, question="csat"),
        said(3, "survey.answered", "Fine", 3.0, question="other"),
        said(4, "ticket.opened", "Where is my delivery?", tone="bad"),
        said(5, "ticket.opened", "Thanks", tone="odd"),
        Signal("web", "6", "page.viewed", NOON, ("user:6",)),
        Signal("web", "7", "page.error", NOON + timedelta(days=1), ("anonymous:b1",)),
        Signal("web", "8", "user.signed_in", NOON + timedelta(days=2), ("user:1", "anonymous:b1")),
        Signal("web", "9", "page.error", NOON + timedelta(days=3), ("user:4",)),
    ])  # fmt: skip
    yield opened
    opened.close()


def days(voice):
    return [int(one.actor.removeprefix("user:")) for one in voice.said]


def test_everything_that_was_said_comes_newest_first_with_its_question_and_label(shop):
    voice = shop.platform.voice(VoiceAsked())
    assert days(voice) == [5, 4, 3, 2, 1]
    assert [one.label for one in voice.said] == [
        None, Label("negative", "model"), Label("neutral", "ratings"), Label("positive", "ratings"), Label("negative", "ratings"),
    ]  # fmt: skip
    assert [one.questions for one in voice.said] == [(), (), (), ("How was it",), ("How was it",)]
    assert not voice.more


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (VoiceAsked("csat"), [2, 1]),
        (VoiceAsked(words="deliv"), [4, 2, 1]),
        (VoiceAsked("csat", "late delivery"), [1]),
        (VoiceAsked(sentiment="negative"), [4, 1]),
        (VoiceAsked(period=Period(NOON + timedelta(days=2), NOON + timedelta(days=4))), [3, 2]),
        (VoiceAsked(words='"'), [5, 4, 3, 2, 1][:0]),
        (VoiceAsked(did="page.error"), [4, 1]),
        (VoiceAsked(did="page.error", question="csat"), [1]),
        (VoiceAsked(did="page.error", period=Period(NOON, NOON + timedelta(days=2))), [1]),
        (VoiceAsked(did="page.viewed"), []),
    ],
)
def test_texts_are_found_by_question_words_sentiment_and_period(shop, asked, found):
    assert days(shop.platform.voice(asked)) == found


def test_there_is_more_behind_the_last_one_shown(shop):
    voice = shop.platform.voice(VoiceAsked(), limit=2)
    assert (days(voice), voice.more) == ([5, 4], True)
    assert not shop.platform.voice(VoiceAsked(), limit=5).more


def test_what_a_group_said_is_told_by_person_with_how_many_they_are(shop):
    voice = shop.platform.voice(VoiceAsked(did="page.error"), limit=1)
    assert (days(voice), voice.more, voice.people) == ([4], True, 2)
    assert shop.platform.voice(VoiceAsked(did="page.viewed")).people == 1
    assert shop.platform.voice(VoiceAsked()).people is None
    group = shop.platform.people_with("{query: volume, of: page.error}", "did")
    assert [one.actor for one in group.said] == ["user:4", "user:1"]
    assert "anna@example.com" not in group.said[-1].text
    with pytest.raises(Missing, match=r"page\.error"):
        shop.platform.voice(VoiceAsked(did="page.errors"))


def test_personal_details_are_hidden_unless_somebody_asks_for_them_in_clear(shop):
    assert "anna@example.com" not in shop.platform.voice(VoiceAsked("csat")).said[-1].text
    assert "anna@example.com" in shop.platform.voice(VoiceAsked("csat"), clear=True).said[-1].text


def test_what_is_not_there_is_told_with_what_is(shop):
    with pytest.raises(Missing, match="csat"):
        shop.platform.voice(VoiceAsked("csta"))
    with pytest.raises(Missing, match="positive"):
        shop.platform.voice(VoiceAsked(sentiment="angry"))


def test_whoever_may_not_see_people_reads_nothing(shop):
    with pytest.raises(NotAllowed):
        shop.platform.for_viewers().voice(VoiceAsked())
