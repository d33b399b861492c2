"""Small drawings beside words: never alone, so they are hidden from screen readers."""

from __future__ import annotations

from markupsafe import Markup

_STROKES = {
    "up": "M8 13V3M4 7l4-4 4 4",
    "down": "M8 3v10M4 9l4 4 4-4",
    "flat": "M3 8h10",
    "overview": "M2.5 2.5h4.5v5H2.5zM9 2.5h4.5v3H9zM9 7.5h4.5v6H9zM2.5 9.5H7v4H2.5z",
    "journey": "M2 12c3 0 3-8 6-8s3 6 6 6M8 4h.01M2 12h.01M14 10h.01",
    "people": "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4",
    "metrics": "M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6",
    "signals": "M2 8h2.5l2-4.5 3 9 2-4.5H14",
    "search": "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14",
    "warn": "M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01",
    "info": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5h.01",
    "flag": "M3.5 14V2.5M3.5 3h8l-2 3 2 3h-8",
    "check": "M3 8.5 6.5 12 13 4.5",
    "star": "M8 2.5 9.7 6l3.8.5-2.8 2.6.7 3.9L8 11.2 4.6 13l.7-3.9L2.5 6.5 6.3 6z",
    "handoff": "M2.5 5.5h9M9 3l2.5 2.5L9 8M13.5 10.5h-9M7 8l-2.5 2.5L7 13",
    "real": "M8 2.5c3.3 0 5.5.9 5.5 2v7c0 1.1-2.2 2-5.5 2s-5.5-.9-5.5-2v-7c0-1.1 2.2-2 5.5-2zM2.5 4.5c0 1.1 2.2 2 5.5 2s5.5-.9 5.5-2M2.5 8c0 1.1 2.2 2 5.5 2s5.5-.9 5.5-2",
    "simulated": "M6 2.5h4M7 2.5v4L3 13a.4.4 0 0 0 .4.5h9.2A.4.4 0 0 0 13 13L9 6.5v-4M5 10.5h6",
    "quote": "M3 11V8a3.5 3.5 0 0 1 3-3.5M3 8h3v3H3zM9.5 11V8a3.5 3.5 0 0 1 3-3.5M9.5 8h3v3h-3z",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "next": "M6 3.5 10.5 8 6 12.5",
    "clock": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.2l2 1.3",
    "tray": "M2.5 9.5h3l1 2h3l1-2h3M2.5 9.5v4h11v-4M2.5 9.5 4.5 3h7l2 6.5",
    "imports": "M8 2.5v7M4.5 6 8 9.5 11.5 6M2.5 10.5v3h11v-3",
    "connections": "M6.5 9.5 9.5 6.5M7 4.5l1.8-1.8a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.8 1.8a3 3 0 0 1-4.5-4.5L4.5 7",
    "quarantine": "M8 2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM8 5.5v3M8 10.8h.01",
    "shield": "M4.5 7.5v-2a3.5 3.5 0 0 1 7 0v2M3 7.5h10v6H3zM8 10v1.5",
    "live": "M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM5.2 10.8a4 4 0 0 1 0-5.6M10.8 5.2a4 4 0 0 1 0 5.6M3 13A7 7 0 0 1 3 3M13 3a7 7 0 0 1 0 10",
    "contact": "M2.5 3.5h11v7h-6l-3 3v-3h-2zM5.5 6h5M5.5 8h3",
    "qr": "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h1.5v1.5M13.5 9.5v4h-4",
    "stop": "M4 4h8v8H4z",
    "undo": "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
    "account": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM4.2 12.4c.6-1.5 2-2.4 3.8-2.4s3.2.9 3.8 2.4",
    "key": "M5.5 13a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM7.3 8.7 13 3M10.5 5.5l2 2",
    "log": "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
    "optional": "M3 8h2M7 8h2M11 8h2",
    "home": "M2.5 7.5 8 3l5.5 4.5M4 6.5v7h8v-7",
    "board": "M2.5 2.5h11v11h-11zM2.5 6.5h11M7 6.5v7",
    "explore": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM10.5 5.5 9 9l-3.5 1.5L7 7z",
    "settings": "M2.5 5h5M11.5 5h2M2.5 11h2M8.5 11h5M9.5 3.2v3.6M6.5 9.2v3.6",
    "close": "M4 4l8 8M12 4l-8 8",
    "help": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.7-.8 1.3M8 11.3h.01",
    "updown": "M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3",
    "copy": "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    "chevron": "M4 6l4 4 4-4",
    "plus": "M8 3v10M3 8h10",
    "link": "M6.5 9.5 9.5 6.5M7 4.5l1.8-1.8a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.8 1.8a3 3 0 0 1-4.5-4.5L4.5 7",
}


#: Drawings that point along a line of text, and so the other way where text runs from right to left.
_ALONG = {"next", "handoff", "undo", "journey"}


def icon(name: str) -> Markup:
    """A drawing by its name, as large as the text around it."""
    return Markup(
        '<svg class="icon{}" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.6" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>'
    ).format(" along" if name in _ALONG else "", _STROKES[name])
