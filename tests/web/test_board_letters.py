"""Boards outside of the pages: letters, files for printing, and the page on which schedules are kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from made_up import HOSTILE, RTL
from smtp_sink import sink

from touchpath.model.errors import Unavailable
from touchpath.services.board_blocks import make_block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_links import BoardLinks
from touchpath.services.board_mails import BoardMails
from touchpath.services.mail_server import MailServer
from touchpath.services.own_boards import OwnBoards
from touchpath.services.saved_queries import SavedQueries
from touchpath.stores.records import open_records
from touchpath.web.app import build_app
from touchpath.web.board_letters import BoardWriter

PAGE = {"accept": "text/html"}
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BLOCKS = [
    ("text", {"text": f"# Look\n\n{HOSTILE} [plan](https://example.org) {RTL}"}),
    ("metric", {"number": "task_success:checkout"}),
    ("goal", {"number": "nps:nps"}),
    ("chart", {"number": "nps:nps"}),
    ("table", {"query": "orders"}),
    ("map", {"journey": "buy"}),
    ("verbatims", {}),
    ("metric", {"number": "nothing:here"}),
]


class House:
    """An application with a board, its writer, and mails that go to a mail server of the test's own."""

    def __init__(self, folder, fresh, port) -> None:
        self.records = open_records(folder / "records.sqlite")
        boards, saved = OwnBoards(self.records), SavedQueries(self.records)
        saved.save("Orders", {"query": "volume", "of": ["order.placed"]}, "ada")
        self.board = boards.make("Weekly <b>look</b>", "ada", [make_block("", sort, says) for sort, says in BLOCKS])
        desk = BoardDesk(boards, saved, BoardLinks(self.records))
        self.writer = BoardWriter(fresh["shop"], desk, self.make_pdf, "https://touchpath.example/")
        mailer = MailServer("127.0.0.1", port, "touchpath@shop.example", "none")
        self.mails = BoardMails(self.records, boards, self.writer.letter, mailer, "Europe/Madrid", lambda: NOW)
        self.app = build_app(fresh, boards={"shop": BoardDesk(boards, saved, desk.links, self.mails)})
        self.at = f"/w/shop/boards/{self.board.id}/mails"
        self.printed: list[str] = []

    def make_pdf(self, html):
        self.printed.append(html)
        return b"%PDF-1.7 made up"


@pytest.fixture
def post():
    with sink() as server:
        yield server


@pytest.fixture
def house(tmp_path, fresh, post):
    found = House(tmp_path, fresh, post.port)
    yield found
    found.records.close()


def test_a_letter_says_every_block_in_words_and_tables_and_nothing_of_single_people(house):
    letter = house.writer.letter(house.board.id, {"period": "28"}, "en", False)
    assert letter.subject == "Weekly <b>look</b>: 3 Jun 2026 – 30 Jun 2026"
    for text in (letter.html, letter.text):
        for said in ("Task success", "95 % CI", "No target is set for this number.", "Orders", "Buy something", "Simulated"):
            assert said.replace(" %", "\N{NARROW NO-BREAK SPACE}%") in text, said
        assert "The form refused my number twice." not in text
        assert "No metric is called" in text
        assert f"https://touchpath.example/w/shop/boards/{house.board.id}?period=28" in text
    assert HOSTILE not in letter.html
    assert "Weekly &lt;b&gt;look&lt;/b&gt;" in letter.html
    assert "<svg" not in letter.html
    assert letter.attached is None
    assert letter.html.count("<tr>") < 200


def test_a_letter_speaks_the_language_that_it_was_asked_for_in(house):
    assert "Für diese Zahl ist kein Ziel gesetzt." in house.writer.letter(house.board.id, {}, "de", False).text
    assert '<html lang="de"' in house.writer.letter(house.board.id, {}, "de", False).html


def test_a_pdf_comes_along_and_where_it_cannot_the_letter_goes_without_and_says_why(house):
    letter = house.writer.letter(house.board.id, {}, "en", True)
    assert letter.attached == ("weekly-b-look-b.pdf", b"%PDF-1.7 made up")

    def fail(html):
        raise Unavailable("No browser was found.")

    writer = BoardWriter(house.writer.platform, house.writer.desk, fail)
    letter = writer.letter(house.board.id, {}, "en", True)
    assert letter.attached is None
    assert "The PDF could not be made: No browser was found." in letter.text
    with pytest.raises(Unavailable):
        writer.pdf(house.board.id, {})


def test_the_file_for_printing_needs_nothing_from_elsewhere(house):
    html = house.writer.document(house.board.id, {"period": "28"})
    assert "<script" not in html
    assert HOSTILE not in html
    fetched = re.findall(r'(?:src|srcset|poster)="([^"]+)"|url\("?([^)"]+)', html)
    assert [one for pair in fetched for one in pair if one and not one.startswith(("data:", "#"))] == []
    assert not re.search(r"<link[^>]+href", html)
    assert "Content-Security-Policy" in html
    assert "The form refused my number twice." not in html


def test_a_schedule_is_kept_shown_and_taken_away_again(house, send):
    made = send(house.app, "POST", house.at, headers=PAGE, data={
        "recipients": "ada@shop.example, BEN@shop.example", "every": "week-2", "hour": "8", "language": "de", "pdf": "yes", "period": "28",
    })  # fmt: skip
    assert made.status_code == 303
    (kept,) = house.mails.schedules.list()
    assert kept.schedule.recipients == ("ada@shop.example", "ben@shop.example")
    assert (kept.schedule.weekday, kept.schedule.hour, kept.schedule.filters, kept.schedule.pdf) == (2, 8, {"period": "28"}, True)
    page = send(house.app, "GET", house.at, headers=PAGE).text
    assert "every Wednesday at 08:00" in page
    assert "ben@shop.example" in page
    send(house.app, "POST", f"{house.at}/{kept.id}/drop", headers=PAGE, data={"address": "ben@shop.example"})
    assert house.mails.schedules.list()[0].schedule.recipients == ("ada@shop.example",)
    send(house.app, "POST", f"{house.at}/{kept.id}/remove", headers=PAGE)
    assert house.mails.schedules.list() == ()
    send(house.app, "POST", f"{house.at}/{kept.id}/back", headers=PAGE)
    assert len(house.mails.schedules.list()) == 1


def test_a_board_is_sent_from_the_page_and_what_did_not_go_is_shown_with_a_button(house, send, post):
    form = {"recipients": "ada@shop.example", "hour": "7", "language": "en"}
    assert send(house.app, "POST", f"{house.at}/now", headers=PAGE, data=form).status_code == 303
    assert post.to == ["ada@shop.example"]
    assert "Task success" in post.got[0][1].get_body(("plain",)).get_content()
    post.refuses = {"ada@shop.example": "550 no such mailbox"}
    refused = send(house.app, "POST", f"{house.at}/now", headers=PAGE, data=form)
    assert (refused.status_code, "550 no such mailbox" in refused.text) == (503, True)
    page = send(house.app, "GET", house.at, headers=PAGE).text
    again = re.search(r'action="([^"]+/retry)"', page)[1]
    post.refuses = {}
    assert send(house.app, "POST", again, headers=PAGE).status_code == 303
    assert post.to == ["ada@shop.example", "ada@shop.example"]
    assert "/retry" not in send(house.app, "GET", house.at, headers=PAGE).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"recipients": ""}, "at least one e-mail address"),
        ({"recipients": HOSTILE}, "e-mail address came as"),
        ({"recipients": "ada@shop.example", "every": "never"}, "There are: day, week, month"),
        ({"recipients": "ada@shop.example", "hour": "noon"}, "Choose a day and an hour"),
        ({"recipients": "ada@shop.example", "hour": "7", "period": "soon"}, "The period came as"),
        ({"recipients": "ada@shop.example", "hour": "7", "language": "xx"}, "There is no language"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_shown_again_with_the_reason(house, send, form, said):
    answer = send(house.app, "POST", house.at, headers=PAGE, data=form)
    assert answer.status_code == 400
    assert said in answer.text
    assert HOSTILE not in answer.text
    assert house.mails.schedules.list() == ()


def test_without_a_mail_server_the_page_says_what_to_set(house, send):
    house.mails.mailer = None
    assert "TOUCHPATH_SMTP_HOST" in send(house.app, "GET", house.at, headers=PAGE).text
