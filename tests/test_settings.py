"""Settings have one home, and the handbook shows all of them."""

import dataclasses
from pathlib import Path

import pytest

from touchpath.model.errors import BadInput
from touchpath.settings import SAYS, SPOKEN, Settings, load_settings, settings_page
from touchpath.web.languages import LANGUAGES

ROOT = Path(__file__).parents[1]


def test_every_setting_says_what_it_does():
    assert [each.name for each in dataclasses.fields(Settings)] == list(SAYS)


def test_the_handbook_page_is_the_one_the_settings_give():
    assert (ROOT / "docs/reference/settings.md").read_text() == settings_page()


def test_the_languages_that_can_be_set_are_those_of_the_pages():
    assert set(SPOKEN) == set(LANGUAGES)


def test_the_environment_overrides_defaults_and_the_caller_overrides_both():
    settings = load_settings({"TOUCHPATH_PORT": "9000", "TOUCHPATH_CONFIDENCE": "0.9"}, port=9001)
    assert (settings.port, settings.confidence) == (9001, 0.9)


def test_a_setting_of_the_wrong_kind_is_named():
    with pytest.raises(BadInput, match=r"TOUCHPATH_PORT came as 'many'\. It needs a whole number"):
        load_settings({"TOUCHPATH_PORT": "many"})


WRONG = [
    ("confidence", 1.5),
    ("week_start", 7),
    ("port", 70_000),
    ("shared_devices", "maybe"),
    ("most_links", 0),
    ("threads", -1),
    ("language", "fr"),
    ("memory_limit_mb", 0),
    ("overlay_share", 0.0),
    ("spark_most_sent_mb", -1),
    ("spark_patience_seconds", -1),
    ("time_zone", "Mars/Olympus"),
    ("time_zone", "../etc/passwd"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_setting_out_of_range_is_refused(name, value):
    with pytest.raises(BadInput, match=name):
        load_settings({}, **{name: value})
