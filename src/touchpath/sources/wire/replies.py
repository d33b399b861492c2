"""Answers that please every client at once."""

from __future__ import annotations

from touchpath.services.receiving import Reply

#: Segment's clients read `success`, Mixpanel's and PostHog's `status`, Amplitude's `code`.
TAKEN = Reply(200, b'{"success":true,"status":1,"code":200}')
#: A transparent image of one pixel.
PIXEL = Reply(
    200, bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"), "image/gif"
)
