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


def receivers(public_url: str = "") -> tuple[Receiver, ...]:
    """Every protocol there is; their routes do not overlap. public_url: where other systems reach us, "" = as their requests say."""
    return Native(), Segment(), ByShape(), Mixpanel(), Amplitude(), Snowplow(), Otlp(), Webhooks(public_url)


#: Every protocol there is, for posts whose signatures were checked.
RECEIVERS: tuple[Receiver, ...] = receivers()
