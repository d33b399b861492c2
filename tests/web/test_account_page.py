"""The page of one account on a real workspace: its numbers for everybody, and what is hidden from those who see no single people."""

from __future__ import annotations

import re
from html import unescape

import pytest
from tests.services.test_accounts import platform as platform
from tests.services.test_accounts import workspace as workspace
from tests.web.test_api import NumbersOnly

from touchpath.web.app import build_app

PAGE = {"accept": "text/html"}


@pytest.fixture
def get(platform, send):
    whole, viewers = build_app({"w": platform}), build_app({"w": platform}, policy=NumbersOnly())
    return lambda path, to_viewers=False, **more: send(viewers if to_viewers else whole, "GET", path, headers=PAGE | more)


def test_an_account_is_shown_with_its_people_roles_and_numbers(get):
    shown = get("/w/w/accounts/acme")
    text = unescape(shown.text)
    assert shown.status_code == 200
    assert re.search(r"<h1[^>]*>Acme Ltd", text)
    assert "Buyer" in text
    assert re.search('/w/w/people/user(:|%3A)a9"', text)
    assert "Recommend" in text


@pytest.mark.parametrize(
    ("language", "hidden"), [("en", "hidden: a group of fewer than 5"), ("de", "verborgen: eine Gruppe von weniger als 5")]
)
def test_what_few_people_of_a_real_account_did_is_said_to_be_hidden(get, language, hidden):
    text = unescape(get("/w/w/accounts/acme", to_viewers=True, **{"accept-language": language}).text)
    assert hidden in text
    assert "user:a" not in text


def test_a_small_account_and_an_unknown_one_are_refused_in_words(get):
    assert get("/w/w/accounts/tiny").status_code == 200
    small = get("/w/w/accounts/tiny", to_viewers=True)
    assert (small.status_code, "fewer than 5 people" in small.text) == (403, True)
    assert get("/w/w/accounts/nobody").status_code == 404
