"""Pages hear of new signals: one look for all who listen, nothing missed, nobody held up when the server stops."""

from __future__ import annotations

import asyncio

import pytest

from touchpath.model.errors import NotAllowed, Unavailable
from touchpath.web import news
from touchpath.web.app import build_app
from touchpath.web.news import Newsroom


class Lake:
    """A version that grows, and how often somebody looked."""

    def __init__(self):
        self.version, self.looks = 1, 0

    def look(self):
        self.looks += 1
        return str(self.version)


@pytest.fixture
def lake(monkeypatch):
    monkeypatch.setattr(news, "EVERY", 0.01)
    return Lake()


async def heard(told, number):
    """The next so many pieces, one second each at most."""
    return [await asyncio.wait_for(anext(told), 1) for _ in range(number)]


def test_a_listener_hears_of_each_change_once(lake):
    async def story():
        told = Newsroom().tell("shop", lake.look, "")
        (first,) = await heard(told, 1)
        waiting = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        lake.version = 2
        second = await asyncio.wait_for(waiting, 1)
        lake.version = 3
        return first, second, *await heard(told, 1)

    assert asyncio.run(story()) == (b"retry: 2000\n\n", b"id: 2\nevent: news\ndata: 2\n\n", b"id: 3\nevent: news\ndata: 3\n\n")


def test_what_came_while_nobody_listened_is_told_at_once(lake):
    async def story():
        return await heard(Newsroom().tell("shop", lake.look, "0"), 2)

    assert asyncio.run(story())[1] == b"id: 1\nevent: news\ndata: 1\n\n"


def test_many_listeners_look_once(lake):
    async def story():
        newsroom = Newsroom(clock=lambda: 5.0)
        told = [newsroom.tell("shop", lake.look, "0") for _ in range(50)]
        return await asyncio.gather(*(heard(one, 2) for one in told))

    assert len(asyncio.run(story())) == 50
    assert lake.looks == 1


def test_a_quiet_line_is_kept_open_for_a_while_and_then_ends(lake, monkeypatch):
    monkeypatch.setattr(news, "STILL_HERE", 0.0)
    monkeypatch.setattr(news, "LONGEST", 0.05)

    async def story():
        return [piece async for piece in Newsroom().tell("shop", lake.look, "")]

    _, *rest = asyncio.run(story())
    assert set(rest) == {b": still here\n\n"}


def test_everybody_is_let_go_when_the_server_stops(lake):
    async def story():
        newsroom = Newsroom()
        told = newsroom.tell("shop", lake.look, "")
        await heard(told, 1)
        newsroom.close()
        return [piece async for piece in told]

    assert asyncio.run(asyncio.wait_for(story(), 1)) == []


def test_more_listeners_than_there_is_room_for_are_sent_away(lake, monkeypatch):
    monkeypatch.setattr(news, "MOST_LISTENERS", 1)

    async def story():
        newsroom = Newsroom()
        told = newsroom.tell("shop", lake.look, "")
        newsroom.check()
        await heard(told, 1)
        with pytest.raises(Unavailable, match="loaded again by hand"):
            newsroom.check()
        await told.aclose()
        newsroom.check()

    asyncio.run(story())


def test_news_are_told_as_an_event_stream_to_whoever_may_read_numbers(send, workspaces, monkeypatch):
    monkeypatch.setattr(news, "LONGEST", 0.02)
    monkeypatch.setattr(news, "EVERY", 0.01)
    app = build_app(workspaces)
    answer = send(app, "GET", "/api/v1/workspaces/shop/news?since=old", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
    assert "id: 7.1.0\nevent: news" in answer.text
    again = send(app, "GET", "/api/v1/workspaces/shop/news?since=old", headers={"last-event-id": "7.1.0"})
    assert "event: news" not in again.text


def test_news_are_for_those_who_may_read_numbers(send, workspaces):
    class Nobody:
        def check(self, action, request):
            raise NotAllowed(f"You may not {action}.")

    assert send(build_app(workspaces, policy=Nobody()), "GET", "/api/v1/workspaces/shop/news").status_code == 403


def test_only_pages_that_show_numbers_follow(send, app):
    assert 'data-since="7.1.0"' in send(app, "GET", "/w/shop/", headers={"accept": "text/html"}).text
    assert 'id="follow"' not in send(app, "GET", "/w/shop/people", headers={"accept": "text/html"}).text
