"""The protocols of other systems' clients, and our own: requests in, signals out. Pure; `web/ingest.py` does the talking."""

from touchpath.services.receiving import Receiver
from touchpath.sources.wire.native import Native
from touchpath.sources.wire.otlp import Otlp
from touchpath.sources.wire.posthog import PostHog
from touchpath.sources.wire.segment import Segment
from touchpath.sources.wire.snowplow import Snowplow
from touchpath.sources.wire.webhooks import Webhooks

#: Every protocol there is. Their routes must not overlap.
RECEIVERS: tuple[Receiver, ...] = (Native(), Segment(), PostHog(), Snowplow(), Otlp(), Webhooks())
