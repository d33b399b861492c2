"""Boards by mail, through a real mail server: when letters are due, that none goes twice, and what becomes of those that do not go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from smtp_sink import sink

from touchpath.model.errors import BadInput, Conflict, Missing, Unavailable
from touchpath.services.board_mails import LEASE, MAILING, BoardMails
from touchpath.services.board_schedules import Schedule, check_schedule, last_due
from touchpath.services.mail_server import Letter, MailServer, make_message
from touchpath.services.own_boards import OwnBoards
from touchpath.services.secrets import Secret
from touchpath.stores.records import open_records

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
MONDAY = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)  # 7 o'clock in Madrid
LETTER = Letter("Weekly look", "Plain words.\n", "<p>Plain <b>words</b>.</p>", ("look.pdf", b"%PDF-1.7 x"))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class House:
    """Records, a board and its mails, as one server has them; `again` is the same after a restart."""

    def __init__(self, folder, server) -> None:
        self.records = open_records(folder / "records.sqlite")
        self.boards = OwnBoards(self.records)
        self.board = self.boards.make("Weekly look", "ada").id
        self.clock, self.server, self.composed = Clock(), server, []
        self.mails = self.again()

    def compose(self, board, filters, language, pdf):
        self.composed.append((board, dict(filters), language, pdf))
        self.boards.show(board)
        return LETTER

    def again(self, server=None):
        mailer = MailServer("127.0.0.1", (server or self.server).port, "touchpath@shop.example", "none")
        return BoardMails(self.records, self.boards, self.compose, mailer, "Europe/Madrid", self.clock)

    def schedule(self, *to, **more):
        return self.mails.schedules.add(Schedule(self.board, to or ("ada@shop.example", "ben@shop.example"), **more), "ada")


@pytest.fixture
def post():
    with sink() as server:
        yield server


@pytest.fixture
def house(tmp_path, post):
    found = House(tmp_path, post)
    yield found
    found.records.close()


def test_a_board_goes_to_everybody_once_when_it_is_due(house, post):
    house.schedule(filters={"period": "28"}, language="de", pdf=True)
    assert house.mails.step() == 0
    house.clock.now = MONDAY - timedelta(seconds=1)
    assert house.mails.step() == 0
    house.clock.now = MONDAY
    assert house.mails.step() == 1
    assert post.to == ["ada@shop.example", "ben@shop.example"]
    assert house.composed == [(house.board, {"period": "28"}, "de", True)]
    for later in (0, 1, 3600, 86_400 * 6):
        house.clock.now = MONDAY + timedelta(seconds=later)
        assert house.mails.step() == 0
        assert house.again().step() == 0
    house.clock.now = MONDAY + timedelta(days=7)
    house.again().step()
    assert len(post.got) == 4


def test_the_letter_is_plain_text_and_html_with_the_pdf_and_shows_nobody_else(house, post):
    house.schedule()
    house.clock.now = MONDAY
    house.mails.step()
    to, message = post.got[0]
    assert (message["To"], message["From"], message["Subject"]) == (to, "touchpath@shop.example", "Weekly look")
    assert message["Auto-Submitted"] == "auto-generated"
    assert "ben@shop.example" not in message.as_string()
    assert message.get_body(("plain",)).get_content().strip() == "Plain words."
    assert "<b>words</b>" in message.get_body(("html",)).get_content()
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("look.pdf", b"%PDF-1.7 x")


def test_of_two_servers_that_look_at_once_one_sends(house, post):
    house.schedule()
    house.clock.now = MONDAY
    other = house.again()
    real, claimed = house.mails._begin, []

    def begin(*asked):
        claimed.append(other.step())  # the other one is quicker
        return real(*asked)

    house.mails._begin = begin
    assert house.mails.step() == 0
    assert claimed == [1]
    assert post.to == ["ada@shop.example", "ben@shop.example"]


def test_a_letter_that_was_on_its_way_when_the_server_was_killed_is_never_sent_by_itself_again(house, post):
    house.schedule("ada@shop.example", "ben@shop.example", "eve@shop.example")
    house.clock.now = MONDAY

    class Killed(BaseException):
        pass

    def send(letter, to, id, at, real=house.mails.mailer.send):
        real(letter, to, id, at)
        if to == "ben@shop.example":
            raise Killed

    house.mails.mailer = type("Mailer", (), {"send": staticmethod(send)})()
    with pytest.raises(Killed):
        house.mails.step()
    restarted = house.again()
    assert restarted.step() == 0  # somebody may still be at it
    house.clock.now += LEASE
    assert restarted.step() == 1
    assert post.to == ["ada@shop.example", "ben@shop.example", "eve@shop.example"]
    (sending,) = restarted.mailings(house.board)
    assert "may have gone or not" in sending.failed["ben@shop.example"].why
    assert sending.done
    first = post.got[1][1]["Message-ID"]
    restarted.retry(sending.id, "ada")
    assert post.to[3:] == ["ben@shop.example"]
    assert post.got[3][1]["Message-ID"] == first  # so that a reader's mail program can tell it is the same
    with pytest.raises(Conflict):
        restarted.retry(sending.id, "ada")


def test_what_is_refused_for_good_is_kept_with_the_reason_and_costs_nobody_else(house, post):
    post.refuses = {"ada@shop.example": "550 no such mailbox"}
    house.schedule()
    house.clock.now = MONDAY
    house.mails.step()
    (sending,) = house.mails.mailings(house.board)
    assert post.to == ["ben@shop.example"]
    assert "550 no such mailbox" in sending.failed["ada@shop.example"].why
    assert (sending.done, sending.again_at) == (True, None)


def test_what_is_refused_for_now_is_tried_again_three_times_and_then_by_hand(house, post):
    post.refuses = {"ada@shop.example": "451 try later"}
    house.schedule()
    house.clock.now = MONDAY
    house.mails.step()
    for wait in (5, 30, 120):
        (sending,) = house.mails.mailings(house.board)
        assert sending.again_at == house.clock.now + timedelta(minutes=wait)
        assert house.mails.step() == 0
        house.clock.now = sending.again_at
        assert house.again().step() == 1
    (sending,) = house.mails.mailings(house.board)
    assert (sending.done, len(post.got)) == (True, 1)
    post.refuses = {}
    assert house.mails.retry(sending.id, "ada").failed == {}
    assert post.to == ["ben@shop.example", "ada@shop.example"]


def test_a_mail_server_that_does_not_answer_is_tried_again(house, post, tmp_path):
    house.schedule("ada@shop.example")
    with sink() as gone:
        away = house.again(gone)
    house.clock.now = MONDAY
    assert away.step() == 1
    (sending,) = away.mailings(house.board)
    assert "cannot be used" in sending.failed["ada@shop.example"].why
    house.clock.now += timedelta(minutes=5)
    house.mails.step()
    assert post.to == ["ada@shop.example"]


def test_a_way_that_breaks_in_the_middle_is_not_tried_again_by_itself(house, post):
    post.breaks = True
    house.schedule("ada@shop.example")
    house.clock.now = MONDAY
    house.mails.step()
    (sending,) = house.mails.mailings(house.board)
    assert "it may have gone to ada@shop.example or not" in sending.failed["ada@shop.example"].why
    assert sending.done


def test_whoever_is_taken_off_gets_nothing_more_not_even_what_waits(house, post):
    kept = house.schedule()
    post.refuses = {"ada@shop.example": "451 try later"}
    house.clock.now = MONDAY
    house.mails.step()
    house.mails.schedules.drop_recipient(kept.id, "ada@shop.example", "eve")
    post.refuses, house.clock.now = {}, MONDAY + timedelta(days=8)
    house.mails.step()
    assert post.to == ["ben@shop.example", "ben@shop.example"]
    with pytest.raises(Missing):
        house.mails.schedules.drop_recipient(kept.id, "ada@shop.example", "eve")
    assert house.mails.schedules.drop_recipient(kept.id, "ben@shop.example", "eve") is None
    assert house.mails.schedules.list() == ()


def test_a_schedule_that_is_brought_back_sends_nothing_of_meanwhile(house, post):
    kept = house.schedule()
    house.mails.schedules.remove(kept.id, "ada")
    house.clock.now = MONDAY + timedelta(hours=1)
    assert house.mails.step() == 0
    house.mails.schedules.bring_back(kept.id, "ada")
    assert house.mails.step() == 0
    house.clock.now = MONDAY + timedelta(days=7)
    house.mails.step()
    assert len(post.got) == 2


def test_a_board_that_is_taken_away_is_not_sent(house, post):
    house.schedule()
    house.boards.remove(house.board, "ada")
    house.clock.now = MONDAY
    assert house.mails.step() == 0
    house.boards.bring_back(house.board, "ada")
    house.mails.step()
    assert len(post.got) == 2


def test_a_letter_that_cannot_be_written_is_told_and_sent_to_nobody(house, post, caplog):
    def fail(*asked):
        raise ZeroDivisionError

    house.schedule()
    house.mails._compose = fail
    house.clock.now = MONDAY
    house.mails.step()
    (sending,) = house.mails.mailings(house.board)
    assert set(sending.failed) == {"ada@shop.example", "ben@shop.example"}
    assert "not foreseen" in sending.failed["ada@shop.example"].why
    assert post.got == []


def test_without_a_mail_server_nothing_is_sent_and_nothing_is_lost(house, post):
    house.schedule()
    house.mails.mailer, kept = None, house.mails.mailer
    house.clock.now = MONDAY
    assert house.mails.step() == 0
    with pytest.raises(Unavailable, match="TOUCHPATH_SMTP_HOST"):
        house.mails.send_now(Schedule(house.board, ("ada@shop.example",)), "ada")
    house.mails.mailer = kept
    assert house.mails.step() == 1


def test_a_board_is_sent_at_once_to_those_named(house, post):
    sent = house.mails.send_now(Schedule(house.board, ("Eve@Shop.example",)), "ada")
    assert (sent.sent, sent.done, post.to) == (("eve@shop.example",), True, ["eve@shop.example"])
    with pytest.raises(Missing):
        house.mails.send_now(Schedule("nothing", ("eve@shop.example",)), "ada")


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        (Schedule("b", (), "day", 7), "2026-03-04T06:00", "2026-03-04T06:00"),
        (Schedule("b", (), "day", 7), "2026-03-04T05:59", "2026-03-03T06:00"),
        (Schedule("b", (), "week", 7, 0), "2026-03-04T12:00", "2026-03-02T06:00"),
        (Schedule("b", (), "month", 7, 0, 28), "2026-03-04T12:00", "2026-02-28T06:00"),
        (Schedule("b", (), "day", 7), "2026-04-04T06:00", "2026-04-04T05:00"),  # summer time
        (Schedule("b", (), "day", 2), "2026-03-29T12:00", "2026-03-29T01:00"),  # two o'clock does not come on this day
    ],
)
def test_letters_are_due_by_the_clock_of_the_workspace(schedule, now, due):
    read = partial(datetime.fromisoformat)
    assert last_due(schedule, read(f"{now}+00:00"), "Europe/Madrid") == read(f"{due}+00:00")


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule("b", ()), "at least one e-mail address"),
        (Schedule("b", ("ada",)), "came as 'ada'"),
        (Schedule("b", ("a@b.example\nBcc: all@c.example",)), "e-mail address came as"),
        (Schedule("b", tuple(f"a{n}@b.example" for n in range(51))), "at most 50"),
        (Schedule("b", ("a@b.example",), "hour"), "There are: day, week, month"),
        (Schedule("b", ("a@b.example",), "month", day=31), "Give 1 to 28"),
        (Schedule("b", ("a@b.example",), hour=24), "Give 0 to 23"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(schedule, said):
    with pytest.raises(BadInput, match=said):
        check_schedule(schedule)


def test_a_mail_server_that_offers_no_encryption_gets_nothing_in_clear(post):
    server = MailServer("127.0.0.1", post.port, "touchpath@shop.example", "starttls")
    with pytest.raises(Unavailable, match="STARTTLS"):
        server.send(LETTER, "ada@shop.example", "x", NOW)
    with pytest.raises(Unavailable, match="encrypted way"):
        MailServer("127.0.0.1", post.port, "touchpath@shop.example", "tls").send(LETTER, "ada@shop.example", "x", NOW)
    assert post.got == []


def test_the_password_is_read_when_it_is_used_and_told_nowhere(post, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "correct horse")
    server = MailServer("127.0.0.1", post.port, "t@shop.example", "none", "t", Secret("env:MAIL_PASSWORD"))
    assert "correct horse" not in repr(server)
    server.send(LETTER, "ada@shop.example", "x", NOW)
    assert post.seen_login.startswith("AUTH PLAIN")
    post.takes = "nothing that fits"
    with pytest.raises(Unavailable, match="does not take the user and password") as refused:
        server.send(LETTER, "ada@shop.example", "x", NOW)
    assert "correct horse" not in str(refused.value)
    monkeypatch.delenv("MAIL_PASSWORD")
    with pytest.raises(Unavailable, match="MAIL_PASSWORD is not set"):
        server.send(LETTER, "ada@shop.example", "x", NOW)


def test_no_line_of_a_title_becomes_a_header():
    message = make_message(Letter("a\r\nBcc: all@c.example", "t", "h"), "t@shop.example", "ada@shop.example", "x", NOW)
    assert message["Bcc"] is None
    assert message["Subject"] == "a Bcc: all@c.example"


def test_what_was_sent_is_kept_in_the_records(house, post):
    house.mails.send_now(Schedule(house.board, ("eve@shop.example",)), "ada")
    (record,) = house.records.list(MAILING)
    assert record.document["sent"] == ["eve@shop.example"]
    assert record.document["going"] == ""
