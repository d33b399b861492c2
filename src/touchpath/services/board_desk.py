"""What the pages about boards of one's own need beside the workspace itself."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.services.board_links import BoardLinks
from touchpath.services.board_mails import BoardMails
from touchpath.services.own_boards import OwnBoards
from touchpath.services.saved_queries import SavedQueries


@dataclass(frozen=True)
class BoardDesk:
    """The boards that members of one workspace made, the queries that blocks show, and the links and mails by which boards are read from
    outside; without `mails` none are sent."""

    boards: OwnBoards
    saved: SavedQueries
    links: BoardLinks
    mails: BoardMails | None = None
