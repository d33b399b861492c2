"""Everything about signals on their way in, as the pages of one workspace reach it."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.services.catalogue import CatalogueService
from touchpath.services.intake import Intake
from touchpath.services.offline import Offline
from touchpath.services.pull_runs import PullRuns
from touchpath.services.quarantine import QuarantineService
from touchpath.services.uploads import UploadService


@dataclass(frozen=True)
class Incoming:
    """What a workspace can do about signals that come in.

    upload_limit: bytes that one file may have. public_url: where visitors reach the pages behind QR codes, "" = nowhere else.
    trusts_proxy: the last address of X-Forwarded-For is the visitor's.
    """

    uploads: UploadService
    quarantine: QuarantineService
    catalogue: CatalogueService
    offline: Offline
    intake: Intake
    upload_limit: int = 4 << 30
    runs: PullRuns | None = None
    public_url: str = ""
    trusts_proxy: bool = False
