"""What is new, as server-sent events."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from touchpath.web.access import NUMBERS
from touchpath.web.news import Newsroom
from touchpath.web.platform import PlatformDep

router = APIRouter()
#: No answer's word is longer; whatever else comes is no news of ours.
Seen = Annotated[str, Query(max_length=200, description="What was known last, as `id` of an event or as `pulse` of a page.")]


@router.get(
    "/workspaces/{workspace}/news",
    dependencies=[NUMBERS],
    tags=["numbers"],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "An event `news` whenever numbers may have changed."}},
)
async def read_news(
    request: Request,
    platform: PlatformDep,
    since: Seen = "",
    last_event_id: Annotated[str, Header(max_length=200)] = "",
) -> StreamingResponse:
    """Hear when numbers may have changed: new signals, another model, other decisions about who is whom.

    The stream ends after some minutes; browsers ask again by themselves, and miss nothing.
    """
    newsroom = cast(Newsroom, request.app.state.newsroom)
    newsroom.check()
    told = newsroom.tell(platform.name, platform.pulse, last_event_id or since)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
