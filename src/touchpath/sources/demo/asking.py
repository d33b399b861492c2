"""Surveys: who is asked, who answers, on which channel, with which score and words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.sources.demo.cast import EMAIL, USER, Cast
from touchpath.sources.demo.season import DAY, LAST, Floats, Int64s, draw_codes, spread
from touchpath.sources.demo.sheet import Coded, Sheet, Text, as_json
from touchpath.sources.demo.truths import PlantedTruths
from touchpath.sources.demo.visits import NEVER
from touchpath.sources.demo.words import BAD, GOOD, MIXED, TOPICS, draw_texts

_EVERY_DAYS = 120
_TEXT_SHARE = 0.55


def draw_scores(rng: Generator, shares: tuple[float, ...], others: tuple[float, ...], is_other: NDArray[np.bool_]) -> Int64s:
    """Answers 1, 2, 3 ... drawn with `shares`, or with `others` where `is_other`."""
    first, second = draw_codes(rng, shares, is_other.size), draw_codes(rng, others, is_other.size)
    return 1 + np.where(is_other, second, first)


def ask(
    rng: Generator,
    sheet: Sheet,
    cast: Cast,
    question: str,
    topic: str,
    who: Int64s,
    at: Int64s,
    scores: Int64s,
    top: int,
    response: float,
    *,
    objects: Mapping[str, Int64s] | None = None,
    channel: Text = "email",
    after_seconds: float = 9 * 3600.0,
) -> None:
    """Send a question to everybody at these times; a share of them answers with the score drawn for them.

    `top`: the highest score of the scale, from which the mood of the words follows.
    """
    number = sheet.fresh(who.size)
    about = {**(objects or {}), "response": number}
    facts = as_json(who.size, question=question)
    sheet.add(
        "surveys",
        "survey.sent",
        at,
        (cast.name(EMAIL, who),),
        objects=about,
        touchpoint="survey",
        channel=channel,
        properties=facts,
    )
    answers = np.flatnonzero(rng.random(who.size) < response)
    mood = np.where(scores <= 0.5 * top, BAD, np.where(scores > 0.8 * top, GOOD, MIXED))[answers]
    topics = np.full(answers.size, TOPICS.index(topic))
    sheet.add(
        "surveys",
        "survey.answered",
        at[answers] + spread(rng, after_seconds, 1.2, answers.size),
        (cast.name(USER, who[answers]), cast.name(EMAIL, who[answers])),
        accounts=cast.account[who[answers]],
        objects={kind: numbers[answers] for kind, numbers in about.items()},
        touchpoint="survey",
        channel=channel if isinstance(channel, str) else Coded(channel.words, channel.codes[answers]),
        value=scores[answers],
        unit="points",
        text=draw_texts(rng, topics, mood, cast.language[who[answers]], _TEXT_SHARE),
        properties=as_json(answers.size, question=question),
    )


def write_recommendations(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, joined: Int64s) -> None:
    """Ask everybody with an account, a month after joining and every four months, how likely they are to recommend us."""
    times = np.where(joined < NEVER, joined, LAST)[:, None] + (30 + _EVERY_DAYS * np.arange(3)) * DAY
    who, turn = np.nonzero(times < LAST)
    at = times[who, turn]
    channels = tuple(plan.recommendation)
    channel = draw_codes(rng, (0.4, 0.3, 0.3), who.size)
    score = _draw_recommendations(rng, np.array(list(plan.recommendation.values())), channel)
    ask(
        rng,
        sheet,
        cast,
        "nps",
        "relationship",
        who,
        at,
        score,
        10,
        plan.recommendation_response,
        channel=Coded(channels, channel),
    )


def _draw_recommendations(rng: Generator, shares: Floats, channel: Int64s) -> Int64s:
    """0 to 10: promoters 9 or 10, passives 7 or 8, detractors mostly 4 to 6."""
    promoters, passives = shares[channel, 0], shares[channel, 1]
    draw, within = rng.random(channel.size), rng.random(channel.size)
    low = np.floor(7 * np.sqrt(within)).astype(np.int64)
    return np.where(
        draw < promoters, 9 + (within < 0.55), np.where(draw < promoters + passives, 7 + (within < 0.6), np.minimum(low, 6))
    )
