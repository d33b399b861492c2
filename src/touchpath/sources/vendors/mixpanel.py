"""Mixpanel's events: what its clients notice by themselves, in our words. Whom they name: `sources/formats/mixpanel.py`."""

from __future__ import annotations

#: Whatever an organisation named itself keeps its name. Source: docs.mixpanel.com, "Autocapture" and "Session Replay".
KINDS = {
    "$mp_web_page_view": "page.viewed",
    "$mp_page_leave": "page.left",
    "$mp_click": "element.clicked",
    "$mp_input_change": "form.changed",
    "$mp_submit": "form.sent",
    "$mp_rage_click": "page.rage_clicked",
    "$mp_dead_click": "page.dead_clicked",
    "$identify": "user.identified",
    "$create_alias": "user.aliased",
    "$merge": "user.aliased",
}
