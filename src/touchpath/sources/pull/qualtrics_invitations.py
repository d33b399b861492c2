"""Pulls what became of Qualtrics' invitations: each distribution's history, contact by contact.

Sources: api.qualtrics.com, "List distributions" (surveyId, pages by `nextPage`) and "Distribution history" (contactId, status, sentAt, openedAt, responseId).
A history tells where each invitation stands now, so distributions of the last weeks are read again by every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from touchpath.services.connectors import Opening, RawBatch, RawRecord
from touchpath.sources.pull.surveys import EPOCH, going_on
from touchpath.sources.pull.web import Params, Web
from touchpath.sources.vendors.reading import maybe_id, maybe_moment, maybe_record, records_in
from touchpath.store.pulls import Cursor

#: Invitations are opened and bounce for weeks after they were sent.
LIVELY = timedelta(days=30)
_MOST_PAGES = 100_000
#: How an invitation of a kind of distribution reaches people.
_CHANNELS = {"Invite": "email", "Reminder": "email", "ThankYou": "email", "GeneratedInvite": "link"}


def read_invitations(web: Web, opening: Opening, surveys: Sequence[str], cursor: Cursor | None) -> Iterator[RawBatch]:
    """The invitations of all distributions that were sent since the last run, or in the weeks before it.

    cursor: surveys = by id, up to when its distributions were read; at = the survey that is being read.
    """
    told = dict(cursor or {})
    states = dict(maybe_record(told.get("surveys")))
    for survey in going_on(surveys, told.get("at")):
        now, first = opening.clock(), _first(maybe_record(states.get(survey)), opening)
        for distribution in _listed(web, "distributions", {"surveyId": survey}):
            sent, id = maybe_moment(distribution.get("sendDate")), maybe_id(distribution.get("id"))
            if id is None or sent is None or sent < first - LIVELY:
                continue
            channel = _CHANNELS.get(str(distribution.get("requestType")))
            about = {"distributionId": id, "surveyId": survey, "channel": channel, "sendDate": sent.isoformat()}
            for records in _pages(web, f"distributions/{quote(id, safe='')}/history", {"surveyId": survey}):
                yield RawBatch(tuple({**about, **record} for record in records), {"surveys": dict(states), "at": survey})
        states[survey] = {"until": now.isoformat(), "start": (opening.since or EPOCH).isoformat()}
        yield RawBatch((), {"surveys": dict(states), "at": survey})


def _first(state: RawRecord, opening: Opening) -> datetime:
    """From when on: where the last run ended, unless reading is to begin earlier than it ever did."""
    wanted = opening.since or EPOCH
    until, start = maybe_moment(state.get("until")), maybe_moment(state.get("start"))
    return until if until and start and start <= wanted else wanted


def _listed(web: Web, path: str, where: Params) -> Iterator[RawRecord]:
    for records in _pages(web, path, where):
        yield from records


def _pages(web: Web, path: str, where: Params) -> Iterator[list[RawRecord]]:
    """The pages of a list; each names the address of the next."""
    following: str | None = path
    for number in range(_MOST_PAGES):
        if following is None:
            return
        page = maybe_record(maybe_record(web.get(following, where if number == 0 else None)).get("result"))
        yield records_in(page.get("elements"))
        following = maybe_id(page.get("nextPage"))
