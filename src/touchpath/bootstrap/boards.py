"""Boards of one's own in an open workspace: what keeps them, and what sends and prints them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from touchpath.bootstrap.workspace import Workspace
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_links import BoardLinks
from touchpath.services.board_mails import BoardMails
from touchpath.services.mail_server import MailServer
from touchpath.services.own_boards import OwnBoards
from touchpath.services.pdf import find_browser, print_pdf
from touchpath.services.saved_queries import SavedQueries
from touchpath.services.secrets import parse_secret
from touchpath.settings import Settings
from touchpath.web.board_letters import BoardWriter


def desk_of(workspace: Workspace) -> BoardDesk:
    """What keeps the boards that the members of a workspace made, with the mails that go by the settings' mail server."""
    desk, records = _kept(workspace), workspace.records
    writer = writer_of(workspace)
    mails = BoardMails(records, desk.boards, writer.letter, mail_server(workspace.settings), workspace.platform.zone)
    return replace(desk, mails=mails)


def writer_of(workspace: Workspace) -> BoardWriter:
    """What writes the boards of a workspace for those outside, who see what viewers see."""
    settings = workspace.settings
    return BoardWriter(workspace.platform.for_viewers(), _kept(workspace), partial(_print, settings.browser), settings.site_url)


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of the settings; None where none is set."""
    if not settings.smtp_host:
        return None
    password = parse_secret("smtp_password", settings.smtp_password) if settings.smtp_password else None
    return MailServer(
        settings.smtp_host, settings.smtp_port, settings.mail_from, settings.smtp_security, settings.smtp_user, password
    )


def _kept(workspace: Workspace) -> BoardDesk:
    records = workspace.records
    return BoardDesk(OwnBoards(records), SavedQueries(records), BoardLinks(records))


def _print(browser: str, html: str) -> bytes:
    return print_pdf(html, find_browser(browser))
