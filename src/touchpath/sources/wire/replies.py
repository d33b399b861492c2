"""Answers that please every client at once."""

from __future__ import annotations

from touchpath.services.receiving import Reply

#: Segment's clients read `success`, Mixpanel's and PostHog's `status`, Amplitude's `code`.
TAKEN = Reply(200, b'{"success":true,"status":1,"code":200}')
