"""The formats that are read without a mapping: one line each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from touchpath.model.errors import BadInput, TouchpathError, unknown
from touchpath.services.formats import Chosen, KnownFormat, Recognition
from touchpath.services.imports import Feed
from touchpath.sources.formats.amplitude import AMPLITUDE
from touchpath.sources.formats.delighted import DELIGHTED
from touchpath.sources.formats.format import STUMBLES, Format, Sure
from touchpath.sources.formats.formbricks import FORMBRICKS
from touchpath.sources.formats.ga4 import GA4
from touchpath.sources.formats.head import Head, take_head
from touchpath.sources.formats.intercom import INTERCOM
from touchpath.sources.formats.mixpanel import MIXPANEL
from touchpath.sources.formats.ocel import OCEL
from touchpath.sources.formats.offline import OFFLINE
from touchpath.sources.formats.posthog import POSTHOG
from touchpath.sources.formats.qualtrics import QUALTRICS, QUALTRICS_JSON
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.segment import SEGMENT
from touchpath.sources.formats.stripe import STRIPE, STRIPE_CSV
from touchpath.sources.formats.surveymonkey import SURVEYMONKEY
from touchpath.sources.formats.typeform import TYPEFORM
from touchpath.sources.formats.xes import XES
from touchpath.sources.formats.zendesk import ZENDESK, ZENDESK_CSV

FORMATS: tuple[Format, ...] = (
    AMPLITUDE,
    GA4,
    MIXPANEL,
    OCEL,
    POSTHOG,
    SEGMENT,
    XES,
    QUALTRICS,
    QUALTRICS_JSON,
    SURVEYMONKEY,
    TYPEFORM,
    DELIGHTED,
    FORMBRICKS,
    *OFFLINE,
    INTERCOM,
    STRIPE,
    STRIPE_CSV,
    ZENDESK,
    ZENDESK_CSV,
)

#: A format that is less sure than this says nothing.
_SURE_ENOUGH = 0.5


class FormatSource:
    """Recognises and opens files of these formats."""

    def __init__(self, formats: Sequence[Format] = FORMATS) -> None:
        self._formats = {one.known.name: one for one in formats}

    def known(self) -> tuple[KnownFormat, ...]:
        """All formats, by title."""
        return tuple(sorted((one.known for one in self._formats.values()), key=lambda one: one.title.lower()))

    def recognise(self, path: Path) -> tuple[Recognition, ...]:
        """What a file may be, surest first; () when no format knows it."""
        head = take_head(path)
        found = [(one, _told(one, head)) for one in self._formats.values()]
        sure = [Recognition(one.known, told.share, told.why) for one, told in found if told and told.share >= _SURE_ENOUGH]
        return tuple(sorted(sure, key=lambda one: (-one.sure, one.format.title)))

    def open(self, path: Path, chosen: Chosen) -> Feed:
        """A file, read as the chosen format."""
        if chosen.format not in self._formats:
            raise BadInput(unknown("format", chosen.format, self._formats))
        return self._formats[chosen.format].open(path, chosen.options)


def record_format(name: str) -> RecordFormat:
    """The format of records that has a name; raises BadInput."""
    for one in FORMATS:
        found = getattr(one, "records", one)
        if isinstance(found, RecordFormat) and found.name == name:
            return found
    raise BadInput(f"No format is called '{name}'.")


def _told(format: Format, head: Head) -> Sure | None:
    """How sure a format is; one that stumbles over what it sees does not know the file."""
    try:
        return format.recognise(head)
    except (TouchpathError, *STUMBLES):
        return None
