"""The protocols of other systems' clients, and our own: requests in, signals out. Pure; `web/ingest.py` does the talking."""

from touchpath.services.receiving import Receiver
from touchpath.sources.wire.amplitude import Amplitude
from touchpath.sources.wire.by_shape import ByShape
from touchpath.sources.wire.mixpanel import Mixpanel
from touchpath.sources.wire.native import Native
from touchpath.sources.wire.otlp import Otlp
from touchpath.sources.wire.segment import Segment
from touchpath.sources.wire.snowplow import Snowplow
from touchpath.sources.wire.webhooks import Webhooks

#: Every protocol there is. Their routes must not overlap.
RECEIVERS: tuple[Receiver, ...] = (Native(), Segment(), ByShape(), Mixpanel(), Amplitude(), Snowplow(), Otlp(), Webhooks())
