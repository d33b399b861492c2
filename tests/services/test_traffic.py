"""Who is behind a signal: bots and our own people are marked."""

from __future__ import annotations

import pytest

from touchpath.services.traffic import mark_traffic

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("said", "sent_by", "mark"),
    [
        (CHROME, CHROME, ""),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", CHROME, "bot"),
        ("", CHROME.replace("Chrome/", "HeadlessChrome/"), "bot"),
        ("python-requests/2.34.2", "analytics-node/3.0.13", "bot"),
    ],
)
def test_a_signal_of_a_bot_is_marked(said: str, sent_by: str, mark: str) -> None:
    assert mark_traffic(said, sent_by, internal=False) == mark


@pytest.mark.parametrize("library", ["python-requests/2.34.2", "Go-http-client/1.1", "curl/8.5.0", "Java/21.0.2"])
def test_a_tracker_on_a_server_is_no_bot_for_the_library_that_it_sends_with(library: str) -> None:
    assert mark_traffic("", library, internal=False) == ""
    assert mark_traffic("", library, internal=True) == "internal"
