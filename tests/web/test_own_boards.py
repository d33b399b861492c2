"""Boards that members build, in the browser: by forms alone, and against forms that nobody meant."""

from __future__ import annotations

import re

import pytest
from made_up import HOSTILE, RTL
from records_in_memory import RecordsInMemory

from touchpath.model.errors import NotAllowed
from touchpath.services.board_blocks import make_block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_links import BoardLinks
from touchpath.services.own_boards import OwnBoards
from touchpath.services.saved_queries import SavedQueries
from touchpath.services.throttle import Limit, Throttle
from touchpath.web.access import Action, LoopbackPolicy
from touchpath.web.app import build_app
from touchpath.web.pages.board_links import SharedLimits
from touchpath.web.prose import show_prose

PAGE = {"accept": "text/html"}
BOARDS = "/w/shop/boards"


@pytest.fixture
def desk():
    records = RecordsInMemory()
    saved = SavedQueries(records)
    saved.save("Orders", {"query": "volume", "of": ["order.placed"]}, "ada")
    return BoardDesk(OwnBoards(records), saved, BoardLinks(records))


@pytest.fixture
def shop(fresh, desk):
    return build_app(fresh, boards={"shop": desk})


@pytest.fixture
def get(send, shop):
    return lambda path: send(shop, "GET", path, headers=PAGE).text


@pytest.fixture
def post(send, shop):
    return lambda path, **form: send(shop, "POST", path, data=form, headers=PAGE)


@pytest.fixture
def board(desk):
    """A board with a block of every sort."""
    blocks = [
        make_block("", "text", {"text": f"## Look\n\n{HOSTILE} [plan](https://example.org) {RTL}"}),
        make_block("", "metric", {"number": "task_success:checkout"}),
        make_block("", "goal", {"number": "nps:nps"}),
        make_block("", "chart", {"number": "nps:nps"}),
        make_block("", "chart", {"query": "orders"}),
        make_block("", "table", {"query": "orders"}, HOSTILE),
        make_block("", "map", {"journey": "buy"}),
        make_block("", "verbatims", {}),
        make_block("", "metric", {"number": "nothing:here"}),
    ]
    return desk.boards.make("Weekly look", "ada@example.org", blocks)


def test_a_board_is_built_by_forms_alone(get, post, desk):
    assert "There is no board yet" in get(BOARDS)
    made = post(BOARDS, title="Buying", start="journey:buy")
    assert made.status_code == 303
    (kept,) = desk.boards.list()
    assert made.headers["location"] == f"{BOARDS}/{kept.id}/edit"
    assert {one.sort for one in kept.blocks} == {"metric", "chart", "map"}
    form = get(f"{BOARDS}/{kept.id}/blocks/new?sort=goal")
    assert '<option value="nps:nps">' in form
    assert post(f"{BOARDS}/{kept.id}/blocks", sort="goal", number="nps:nps", width="half", revision="1").status_code == 303
    last = desk.boards.show(kept.id).blocks[-1]
    assert (last.sort, last.width, last.number) == ("goal", "half", ("nps", "nps"))
    for deed in ("up", "width"):
        now = desk.boards.show(kept.id)
        moved = post(f"{BOARDS}/{kept.id}/blocks/{last.id}/{deed}", revision=str(now.revision))
        assert moved.headers["location"] == f"{BOARDS}/{kept.id}/edit#block-{last.id}"
    blocks = desk.boards.show(kept.id).blocks
    assert (blocks[-2].id, blocks[-2].width) == (last.id, "full")
    assert "Buying" in get(BOARDS)


def test_every_sort_of_block_is_shown_and_what_is_wrong_with_one_says_so(get, board):
    page = get(f"{BOARDS}/{board.id}")
    assert page.count('class="board-block') == 9
    assert "<h2>Look</h2>" in page
    assert HOSTILE not in page
    assert 'href="https://example.org" rel="noopener noreferrer"' in page
    for said in ("Task success", "No target is set", "Orders", "Buy something", "The form refused my number twice."):
        assert said in page, said
    assert page.count("This block cannot be shown: No metric is called &#39;nothing&#39;") == 1
    assert 'id="figure-block-4"' in page


def test_a_figure_of_a_board_can_be_had_as_a_file(send, shop, board):
    answer = send(shop, "GET", f"{BOARDS}/{board.id}?figure=block-4&as=csv", headers=PAGE)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("start,end")


def test_filters_of_the_page_stay_and_say_what_they_hold_numbers_against(get, board):
    page = get(f"{BOARDS}/{board.id}?period=28&compare=before&segment=channel:web")
    assert "held against" in page
    assert f"{BOARDS}/{board.id}/versions?period=28&amp;compare=before&amp;segment=channel%3Aweb" in page
    assert "Choose a period, too" in get(f"{BOARDS}/{board.id}?compare=before")
    assert "No segment is called" in get(f"{BOARDS}/{board.id}?segment=channel:fax")


def test_taking_a_block_away_is_undone_by_the_message(get, post, send, shop, board, desk):
    gone = post(f"{BOARDS}/{board.id}/blocks/2/remove", revision="1")
    assert len(desk.boards.show(board.id).blocks) == 8
    cookie = gone.headers["set-cookie"].split(";")[0]
    page = send(shop, "GET", f"{BOARDS}/{board.id}/edit", headers=PAGE | {"cookie": cookie}).text
    assert f'action="{BOARDS}/{board.id}/restore"><input type="hidden" name="revision" value="1">' in page
    post(f"{BOARDS}/{board.id}/restore", revision="1")
    assert desk.boards.show(board.id).blocks == board.blocks


def test_a_board_is_duplicated_taken_away_and_brought_back(get, post, board, desk):
    assert post(f"{BOARDS}/{board.id}/duplicate").status_code == 303
    assert sorted(one.title for one in desk.boards.list()) == ["Weekly look", "Weekly look (copy)"]
    assert post(f"{BOARDS}/{board.id}/remove").headers["location"] == BOARDS
    assert "There is no board" in get(f"{BOARDS}/{board.id}") or "No board is called" in get(f"{BOARDS}/{board.id}")
    post(f"{BOARDS}/{board.id}/back")
    assert "version 3" in get(f"{BOARDS}/{board.id}")


def test_older_versions_can_be_looked_at_and_made_the_newest(get, post, board):
    post(f"{BOARDS}/{board.id}/title", title="Another", revision="1")
    assert "This is an older version." in get(f"{BOARDS}/{board.id}?version=1")
    versions = get(f"{BOARDS}/{board.id}/versions")
    assert "another title" in versions
    assert post(f"{BOARDS}/{board.id}/restore", revision="1").status_code == 303
    assert "Weekly look" in get(f"{BOARDS}/{board.id}")


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("", {"title": " "}, 400, "Give the board a title"),
        ("", {"title": "A", "start": "planet:mars"}, 400, "KIND:ID"),
        ("/%/title", {"title": "", "revision": "1"}, 400, "Give the board a title"),
        ("/%/title", {"title": "x", "revision": "one"}, 400, "whole number"),
        ("/%/blocks", {"sort": "chart", "revision": "1"}, 400, "and not both"),
        ("/%/blocks", {"sort": "gauge", "revision": "1"}, 404, "gauge"),
        ("/%/blocks/2", {"number": "", "revision": "1"}, 400, "needs &#39;number&#39;"),
        ("/%/blocks/77", {"number": "nps:nps", "revision": "1"}, 404, "77"),
        ("/%/blocks/2", {"number": "nps:nps", "revision": "7"}, 409, "nps:nps"),
        ("/%/blocks/2/up", {"revision": "7"}, 409, "meanwhile"),
        ("/%/blocks/2/remove", {"revision": ""}, 400, "whole number"),
        ("/nothing/blocks", {"sort": "text", "text": "x", "revision": "1"}, 404, "nothing"),
    ],
)
def test_a_form_that_cannot_be_meant_is_answered_in_words(post, board, desk, path, form, status, said):
    answer = post(f"{BOARDS}{path.replace('%', board.id)}", **form)
    assert answer.status_code == status
    assert said in answer.text
    assert desk.boards.show(board.id) == board


def test_what_was_typed_is_there_again_with_the_fault(post, board):
    answer = post(f"{BOARDS}/{board.id}/blocks", sort="text", text="", title=HOSTILE[:100], width="half", revision="1")
    assert answer.status_code == 400
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    gone = post(f"{BOARDS}/{board.id}/blocks/9", number="nothing:here", title="x" * 130, revision="1").text
    assert re.search(r'<optgroup label="Not there any more"><option value="nothing:here" selected>', gone)


def test_whoever_may_only_read_builds_nothing(send, fresh, desk, board):
    class Reader:
        def check(self, action, request):
            LoopbackPolicy().check(action, request)
            if action in (Action.BUILD_BOARDS, Action.READ_PEOPLE):
                raise NotAllowed("Readers read.")

    shop = build_app(fresh, boards={"shop": desk}, policy=Reader())
    page = send(shop, "GET", f"{BOARDS}/{board.id}", headers=PAGE).text
    assert "The form refused my number twice." not in page
    assert "shown to those who may see people" in page
    assert "/edit" not in page
    assert "Build a board" not in send(shop, "GET", BOARDS, headers=PAGE).text.partition("<main")[2]
    assert send(shop, "GET", f"{BOARDS}/{board.id}/edit", headers=PAGE).status_code == 403
    assert send(shop, "POST", f"{BOARDS}/{board.id}/remove", headers=PAGE).status_code == 403


def test_a_server_that_keeps_no_boards_says_so(send, fresh):
    shop = build_app(fresh)
    assert "There is no board yet" in send(shop, "GET", BOARDS, headers=PAGE).text
    assert send(shop, "GET", f"{BOARDS}/x", headers=PAGE).status_code == 503


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# A\n\n## B", "<h3>A</h3>\n<h4>B</h4>\n"),
        ("### A\n\n##### B", "<h3>A</h3>\n<h5>B</h5>\n"),
        ("a **b** *c* `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt:alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>\n"),
        ("[x](data:text/html,x)", "<p>[x](data:text/html,x)</p>\n"),
        ("[x](//evil.example)", "<p>[x](//evil.example)</p>\n"),
        ("[x](/w/shop/)", '<p><a href="/w/shop/" rel="noopener noreferrer">x</a></p>\n'),
        ("![x](https://evil.example/pixel)", '<p>!<a href="https://evil.example/pixel" rel="noopener noreferrer">x</a></p>\n'),
        ("<https://example.org>", '<p><a href="https://example.org" rel="noopener noreferrer">https://example.org</a></p>\n'),
        ("    code", "<p>code</p>\n"),
    ],
)
def test_texts_are_read_as_a_small_part_of_markdown(text, shown):
    assert show_prose(text) == shown


def test_a_text_made_to_be_slow_is_read_all_the_same():
    assert len(show_prose("[" * 4_000 + "*" * 4_000)) < 20_000
    assert show_prose("> " * 4_000).count("<blockquote>") < 200


def share(send, shop, board, **form):
    answer = send(shop, "POST", f"{BOARDS}/{board.id}/share", data={"days": "7", **form}, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return re.search(r'id="made-link">https?://[^/]+([^<]+)<', answer.text)[1]


def test_a_link_opens_one_board_without_single_people_and_leads_nowhere_else(send, shop, board):
    path = share(send, shop, board, period="28", label="The board")
    answer = send(shop, "GET", path, client=("198.51.100.7", 5000))
    assert answer.status_code == 200
    assert "Task success" in answer.text
    assert "The form refused my number twice." not in answer.text
    assert "user:42" not in answer.text
    assert 'content="noindex, nofollow"' in answer.text
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"
    assert "/w/shop" not in answer.text
    assert "3 Jun 2026" in answer.text  # narrowed as it was made, whatever the address adds
    assert send(shop, "GET", f"{path}?period=365").text == answer.text
    listed = send(shop, "GET", f"{BOARDS}/{board.id}/share", headers=PAGE).text
    assert "The board" in listed
    assert path.rpartition("/")[2] not in listed


def test_a_link_that_is_revoked_or_made_up_opens_nothing(send, shop, board, desk):
    path = share(send, shop, board)
    (link,) = desk.links.list(board.id)
    send(shop, "POST", f"{BOARDS}/{board.id}/share/{link.id}/revoke", headers=PAGE)
    for asked in (path, f"/shared/shop/{'x' * 43}", "/shared/nowhere/x", f"/shared/shop/{link.hash}"):
        answer = send(shop, "GET", asked, headers=PAGE)
        assert answer.status_code == 404
        assert "no longer good" in answer.text
    assert "revoked" in send(shop, "GET", f"{BOARDS}/{board.id}/share", headers=PAGE).text


def test_a_link_to_a_board_that_was_taken_away_opens_nothing(send, shop, board, desk):
    path = share(send, shop, board)
    desk.boards.remove(board.id, "ada")
    assert send(shop, "GET", path).status_code == 404


def test_links_can_be_opened_so_often_and_no_more(send, shop, board):
    shop.state.shared = SharedLimits(*(Throttle(Limit(120, 60), clock=lambda: 0.0) for _ in range(2)))
    statuses = [send(shop, "GET", f"/shared/shop/{n}", client=("198.51.100.8", 5000)).status_code for n in range(125)]
    assert statuses[:120] == [404] * 120
    assert statuses[120:] == [429] * 5
    assert send(shop, "GET", share(send, shop, board), client=("198.51.100.9", 5000)).status_code == 200


@pytest.mark.parametrize(
    "form", [{"days": "many"}, {"days": "0"}, {"days": "7", "segment": "web"}, {"days": "7", "period": "soon"}]
)
def test_a_link_that_cannot_be_meant_is_not_made(post, board, desk, form):
    assert post(f"{BOARDS}/{board.id}/share", **form).status_code == 400
    assert desk.links.list(board.id) == ()


def test_a_board_is_presented_as_one_long_page_without_scripts(get, board):
    page = get(f"{BOARDS}/{board.id}/present?period=28")
    assert page.count('class="slide') == 10
    assert " hidden" not in page
    assert f'href="{BOARDS}/{board.id}?period=28"' in page
